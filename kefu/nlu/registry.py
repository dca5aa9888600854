"""What stands behind each component name that a pipeline may contain.

A table of strings: the module behind a name is imported when a pipeline names it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kefu.nlu.component import Component

__all__ = ["COMPONENTS", "ComponentEntry", "Role", "implementation", "replacement_for"]

Role = Literal["tokenizer", "featurizer", "classifier", "extractor", "selector", "provider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentEntry:
    """What a component name means here."""

    role: Role
    target: str | None = None
    """``module:Class`` below :mod:`kefu.nlu`; None: the component only sets options of others."""
    stands_in: str = ""
    """What does the work when it is not what the name says."""
    missing: str = ""
    """Why the component as named cannot be had; empty: it can."""
    replacement: str | None = None
    """Name of the component to use instead where it is missing; None: nothing is needed."""
    settings: frozenset[str] = frozenset()
    """Settings that have an effect."""
    ignored: frozenset[str] = frozenset()
    """Settings that Rasa knows and that have no effect here."""
    needs_vectors: bool = False
    """Whether it reads the features of messages."""


_TOKENIZER_IGNORED = frozenset(
    ["intent_tokenization_flag", "intent_split_symbol", "prefix_separator_symbol", "case_sensitive"]
)
_NETWORK_IGNORED = frozenset(
    [
        "hidden_layers_sizes",
        "share_hidden_layers",
        "transformer_size",
        "number_of_transformer_layers",
        "number_of_attention_heads",
        "use_key_relative_attention",
        "use_value_relative_attention",
        "max_relative_position",
        "unidirectional_encoder",
        "batch_size",
        "batch_strategy",
        "epochs",
        "learning_rate",
        "embedding_dimension",
        "dense_dimension",
        "concat_dimension",
        "number_of_negative_examples",
        "similarity_type",
        "loss_type",
        "maximum_positive_similarity",
        "maximum_negative_similarity",
        "use_maximum_negative_similarity",
        "scale_loss",
        "regularization_constant",
        "negative_margin_scale",
        "drop_rate",
        "drop_rate_attention",
        "connection_density",
        "use_sparse_input_dropout",
        "use_dense_input_dropout",
        "evaluate_every_number_of_epochs",
        "evaluate_on_number_of_examples",
        "use_masked_language_model",
        "BILOU_flag",
        "tensorboard_log_directory",
        "tensorboard_log_level",
        "checkpoint_model",
        "featurizers",
        "constrain_similarities",
        "model_confidence",
        "renormalize_confidences",
        "run_eagerly",
        "drop_small_last_batch",
        "random_seed",
        "use_gpu",
        "split_entities_by_comma",
        "weight_sparsity",
        "sparse_input_dropout",
        "dense_input_dropout",
        "masked_lm",
        "scale_loss",
    ]
)
_INTENT_SETTINGS = frozenset(("ranking_length", "out_of_scope_share"))

COMPONENTS: Mapping[str, ComponentEntry] = {
    "WhitespaceTokenizer": ComponentEntry(
        role="tokenizer",
        target="tokenizers.whitespace:WhitespaceTokenizer",
        settings=frozenset(("token_pattern",)),
        ignored=_TOKENIZER_IGNORED,
    ),
    "JiebaTokenizer": ComponentEntry(
        role="tokenizer",
        target="tokenizers.jieba:JiebaTokenizer",
        settings=frozenset(("token_pattern", "dictionary_path")),
        ignored=_TOKENIZER_IGNORED,
    ),
    "SpacyNLP": ComponentEntry(
        role="provider",
        target="providers.spacy:SpacyNLP",
        settings=frozenset(("model",)),
        ignored=frozenset(("case_sensitive",)),
    ),
    "SpacyTokenizer": ComponentEntry(
        role="tokenizer",
        target="tokenizers.spacy:SpacyTokenizer",
        replacement="WhitespaceTokenizer",
        settings=frozenset(("token_pattern",)),
        ignored=_TOKENIZER_IGNORED,
    ),
    "SpacyFeaturizer": ComponentEntry(
        role="featurizer",
        target="pretrained.spacy:SpacyFeaturizer",
        replacement="CountVectorsFeaturizer",
        settings=frozenset(("pooling", "share")),
        ignored=frozenset(("alias",)),
    ),
    "SpacyEntityExtractor": ComponentEntry(
        role="extractor",
        target="extractors.spacy:SpacyEntityExtractor",
        settings=frozenset(("dimensions",)),
    ),
    "MitieNLP": ComponentEntry(
        role="provider",
        missing="MITIE and its language model are no longer maintained and not supported",
        ignored=frozenset(("model",)),
    ),
    "MitieTokenizer": ComponentEntry(
        role="tokenizer",
        missing="MITIE is no longer maintained and not supported",
        replacement="WhitespaceTokenizer",
        ignored=_TOKENIZER_IGNORED | {"token_pattern"},
    ),
    "MitieFeaturizer": ComponentEntry(
        role="featurizer",
        missing="MITIE is no longer maintained and not supported",
        replacement="CountVectorsFeaturizer",
        ignored=frozenset(("pooling", "alias")),
    ),
    "MitieIntentClassifier": ComponentEntry(
        role="classifier",
        missing="MITIE is no longer maintained and not supported",
        replacement="LogisticRegressionClassifier",
        ignored=frozenset(("num_threads",)),
    ),
    "MitieEntityExtractor": ComponentEntry(
        role="extractor",
        missing="MITIE is no longer maintained and not supported",
        replacement="CRFEntityExtractor",
        ignored=frozenset(("num_threads",)),
    ),
    "RegexFeaturizer": ComponentEntry(
        role="featurizer",
        settings=frozenset(("case_sensitive", "use_word_boundaries")),
        ignored=frozenset(
            ("use_lookup_tables", "use_regexes", "alias", "number_additional_patterns")
        ),
    ),
    "LexicalSyntacticFeaturizer": ComponentEntry(
        role="featurizer",
        stands_in="the CRF's own word features",
        ignored=frozenset(("features", "alias")),
    ),
    "CountVectorsFeaturizer": ComponentEntry(
        role="featurizer",
        settings=frozenset(
            [
                "analyzer",
                "lowercase",
                "strip_accents",
                "min_df",
                "stop_words",
                "OOV_token",
                "OOV_words",
            ]
        ),
        ignored=frozenset(
            [
                "alias",
                "min_ngram",
                "max_ngram",
                "max_df",
                "max_features",
                "use_lemma",
                "use_shared_vocab",
                "additional_vocabulary_size",
                "token_pattern",
            ]
        ),
    ),
    "ConveRTFeaturizer": ComponentEntry(
        role="featurizer",
        missing="the ConveRT model was withdrawn by its makers",
        replacement="CountVectorsFeaturizer",
        ignored=frozenset(("model_url", "alias")),
    ),
    "ConveRTTokenizer": ComponentEntry(
        role="tokenizer",
        missing="the ConveRT model was withdrawn by its makers",
        replacement="WhitespaceTokenizer",
        ignored=_TOKENIZER_IGNORED | {"token_pattern", "model_url"},
    ),
    "LanguageModelFeaturizer": ComponentEntry(
        role="featurizer",
        target="pretrained.language_model:LanguageModelFeaturizer",
        replacement="CountVectorsFeaturizer",
        settings=frozenset(
            ["model_name", "model_weights", "pooling", "share", "threads", "max_length"]
        ),
        ignored=frozenset(("cache_dir", "alias")),
    ),
    "StaticEmbeddingFeaturizer": ComponentEntry(
        role="featurizer",
        target="pretrained.static:StaticEmbeddingFeaturizer",
        settings=frozenset(("share",)),
    ),
    "LanguageModelTokenizer": ComponentEntry(
        role="tokenizer",
        missing="it was replaced in Rasa 2.1 by any other tokenizer",
        replacement="WhitespaceTokenizer",
        ignored=_TOKENIZER_IGNORED | {"token_pattern"},
    ),
    "HFTransformersNLP": ComponentEntry(
        role="provider",
        missing="since Rasa 2.1 its settings belong to LanguageModelFeaturizer",
        ignored=frozenset(("model_name", "model_weights", "cache_dir")),
    ),
    "DIETClassifier": ComponentEntry(
        role="classifier",
        target="classifiers.diet:IntentAndEntities",
        stands_in="linear intent classifier and CRF entity extractor",
        settings=_INTENT_SETTINGS | {"intent_classification", "entity_recognition"},
        ignored=_NETWORK_IGNORED,
        needs_vectors=True,
    ),
    "LogisticRegressionClassifier": ComponentEntry(
        role="classifier",
        target="classifiers.intent:IntentClassifier",
        stands_in="linear intent classifier",
        settings=_INTENT_SETTINGS,
        ignored=frozenset(["max_iter", "solver", "tol", "random_state"]) | _NETWORK_IGNORED,
        needs_vectors=True,
    ),
    "SklearnIntentClassifier": ComponentEntry(
        role="classifier",
        target="classifiers.intent:IntentClassifier",
        stands_in="linear intent classifier",
        settings=_INTENT_SETTINGS,
        ignored=frozenset(
            [
                "C",
                "gamma",
                "kernels",
                "max_cross_validation_folds",
                "scoring_function",
                "num_threads",
            ]
        ),
        needs_vectors=True,
    ),
    "KeywordIntentClassifier": ComponentEntry(
        role="classifier",
        target="classifiers.keyword:KeywordIntentClassifier",
        settings=frozenset(("case_sensitive",)),
    ),
    "FallbackClassifier": ComponentEntry(
        role="classifier",
        target="classifiers.fallback:FallbackClassifier",
        settings=frozenset(("threshold", "ambiguity_threshold")),
    ),
    "SentimentClassifier": ComponentEntry(
        role="classifier",
        target="classifiers.sentiment:SentimentClassifier",
        settings=frozenset(("threshold", "out_of_scope_share")),
    ),
    "CRFEntityExtractor": ComponentEntry(
        role="extractor",
        target="extractors.crf:CRFEntityExtractor",
        settings=frozenset(("max_iterations", "L1_c", "L2_c")),
        ignored=frozenset(["BILOU_flag", "split_entities_by_comma", "features", "featurizers"]),
    ),
    "RegexEntityExtractor": ComponentEntry(
        role="extractor",
        target="extractors.regex:RegexEntityExtractor",
        settings=frozenset(
            ["case_sensitive", "use_lookup_tables", "use_regexes", "use_word_boundaries"]
        ),
    ),
    "DucklingEntityExtractor": ComponentEntry(
        role="extractor",
        target="extractors.duckling:DucklingEntityExtractor",
        settings=frozenset(["url", "dimensions", "locale", "timezone", "timeout"]),
    ),
    "DucklingHTTPExtractor": ComponentEntry(
        role="extractor",
        target="extractors.duckling:DucklingEntityExtractor",
        settings=frozenset(["url", "dimensions", "locale", "timezone", "timeout"]),
    ),
    "EntitySynonymMapper": ComponentEntry(
        role="extractor", target="extractors.synonyms:EntitySynonymMapper"
    ),
    "ResponseSelector": ComponentEntry(
        role="selector",
        target="selectors.response:ResponseSelector",
        stands_in="linear classifier over the answers",
        settings=frozenset(("retrieval_intent", "ranking_length", "use_text_as_label")),
        ignored=_NETWORK_IGNORED,
        needs_vectors=True,
    ),
    "KnowledgeSelector": ComponentEntry(
        role="selector",
        target="selectors.knowledge:KnowledgeSelector",
        settings=frozenset(("threshold", "instead_of")),
    ),
    "QuestionSplitter": ComponentEntry(
        role="selector",
        target="selectors.questions:QuestionSplitter",
        settings=frozenset(("threshold", "answered_intents", "ignored_intents")),
    ),
}
"""Every component name of Rasa 3.6, those of its predecessors that projects still carry, ours."""


def replacement_for(name: str) -> str | None:
    """Return which component of ours does the work of an unknown one, judged by its name."""
    own_name = name.rpartition(".")[2]
    if own_name in COMPONENTS and not COMPONENTS[own_name].missing:
        return own_name
    lowered = own_name.lower()
    found = (use for hint, use in _REPLACEMENT_BY_HINT if hint in lowered)
    return next(found, None)


_REPLACEMENT_BY_HINT = (
    ("jieba", "JiebaTokenizer"),
    ("token", "WhitespaceTokenizer"),
    ("segment", "WhitespaceTokenizer"),
    ("featur", "CountVectorsFeaturizer"),
    ("embed", "CountVectorsFeaturizer"),
    ("selector", "ResponseSelector"),
    ("entit", "CRFEntityExtractor"),
    ("extract", "CRFEntityExtractor"),
    ("ner", "CRFEntityExtractor"),
    ("classif", "DIETClassifier"),
    ("intent", "DIETClassifier"),
)


def implementation(entry: ComponentEntry) -> type[Component]:
    """Import the class behind an entry that has a target."""
    assert entry.target is not None
    module, _, name = entry.target.partition(":")
    found = importlib.import_module(f"kefu.nlu.{module}")  # noqa: TID251 - a registry
    component: type[Component] = getattr(found, name)
    return component
