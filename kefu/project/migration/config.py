"""Rewrites the policies and the pipeline of Rasa 1 and 2 in config.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.project.editing.scalars import render
from kefu.project.migration.changes import YamlFile
from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["Rule", "migrate_config"]

Item = dict[str, Any]
_TWO_STAGES: Final = "action_two_stage_fallback"
_DEFAULT_FALLBACK: Final = "action_default_fallback"
_ASKS: Final = frozenset(("action_default_ask_affirmation", ""))


@dataclass(slots=True)
class Rule:
    """A rule that takes over what a former policy did."""

    name: str
    intent: str
    action: str
    loop: str = ""

    def steps(self) -> list[Item]:
        """Return its steps."""
        steps: list[Item] = [{"intent": self.intent}, {"action": self.action}]
        return [*steps, {"active_loop": self.loop}] if self.loop else steps


@dataclass(slots=True)
class _Fallback:
    """What FallbackPolicy or TwoStageFallbackPolicy had been told."""

    classifier: Item = field(default_factory=dict)
    rule_settings: Item = field(default_factory=dict)
    rule: Rule | None = None


def migrate_config(file: YamlFile, *, has_forms: bool = False) -> list[Rule]:
    """Decide the edits of config.yml; return the rules that former policies need.

    Args:
        file: The configuration.
        has_forms: Whether the domain has forms, which RulePolicy runs.
    """
    root = file.root
    rules: list[Rule] = []
    fallback = _policies(file, rules)
    if has_forms:
        _run_forms(file)
    pipeline = root.get("pipeline")
    language = str(root.get("language") or "en")
    if isinstance(pipeline, str):
        value = _former_pipeline(pipeline, language)
        if value is not None:
            value += [fallback] if fallback else []
            file.change(
                _line(file, "pipeline"),
                f"wrote out the pipeline {pipeline!r}",
                [file.blocks.rewrite_entry(root, "pipeline", value)],
            )
    elif isinstance(pipeline, YamlList):
        _components(file, pipeline, language)
        names = {str(item.get("name")) for item in pipeline if isinstance(item, YamlMap)}
        if fallback and "FallbackClassifier" not in names:
            file.change(
                _line(file, "pipeline"),
                "added FallbackClassifier to the pipeline",
                [file.blocks.append(root, "pipeline", [fallback])],
            )
    if "recipe" not in root and root:
        first = min(file.document.key(root, key).line for key in root)
        file.change(
            first, "added recipe: default.v1", [file.blocks.insert(first, ["recipe: default.v1"])]
        )
    return rules


def _line(file: YamlFile, key: str) -> int:
    return file.document.key(file.root, key).line


def _short(name: Any) -> str:
    """Return the name of a policy or component without the modules it was in."""
    return str(name or "").rpartition(".")[2] if str(name).startswith("rasa") else str(name or "")


# policies


def _policies(file: YamlFile, rules: list[Rule]) -> Item | None:
    """Replace the policies that are no more; return the classifier that one of them stood for."""
    policies = file.root.get("policies")
    if not isinstance(policies, YamlList):
        return None
    found = [(i, item) for i, item in enumerate(policies) if isinstance(item, YamlMap)]
    names = {_short(item.get("name")): index for index, item in found}
    fallback = _Fallback()
    gone: list[int] = []
    for index, item in found:
        name = _short(item.get("name"))
        if name in _FORMER:
            gone.append(index)
            if name in {"FallbackPolicy", "TwoStageFallbackPolicy"}:
                fallback = _fallback(name, plain(item))
        elif name and (name in _LEARNED or name != item.get("name")):
            _rename(file, item, _LEARNED.get(name, name))
    if gone:
        _replace(file, policies, gone, names.get("RulePolicy"), fallback.rule_settings)
    if fallback.rule:
        rules.append(fallback.rule)
    return fallback.classifier or None


def _run_forms(file: YamlFile) -> None:
    """Add RulePolicy where forms need it and no former policy became it."""
    policies = file.root.get("policies")
    if not isinstance(policies, YamlList) or not policies:
        return
    names = {_short(item.get("name")) for item in policies if isinstance(item, YamlMap)}
    if names.isdisjoint(("RulePolicy", *_FORMER)):
        file.change(
            _line(file, "policies"),
            "added RulePolicy, which runs the forms",
            [file.blocks.append(file.root, "policies", [{"name": "RulePolicy"}])],
        )


_FORMER: Final = ("FormPolicy", "MappingPolicy", "FallbackPolicy", "TwoStageFallbackPolicy")
_LEARNED: Final = {
    "KerasPolicy": "TEDPolicy",
    "EmbeddingPolicy": "TEDPolicy",
    "SklearnPolicy": "TEDPolicy",
}


def _rename(file: YamlFile, item: YamlMap, new: str) -> None:
    place = file.document.value(item, "name")
    old = str(item["name"])
    edit = file.blocks.rename(place.line, place.column, old, new)
    file.change(place.line, f"{old} -> {new}", [edit])


def _replace(
    file: YamlFile, policies: YamlList, gone: Sequence[int], rule_at: int | None, settings: Item
) -> None:
    """Put RulePolicy in the place of the policies that it replaces."""
    own = {"name": "RulePolicy", **settings}
    if rule_at is not None:
        own = {**settings, **plain(policies[rule_at])}
        own = {"name": own.pop("name"), **own}
    if file.blocks.is_flow(policies):
        left = [plain(item) for i, item in enumerate(policies) if i not in {*gone, rule_at}]
        names = ", ".join(_short(policies[index].get("name")) for index in gone)
        file.change(
            _line(file, "policies"),
            f"{names} -> RulePolicy",
            [file.blocks.rewrite_entry(file.root, "policies", [*left, own])],
        )
        return
    keeps = rule_at
    if keeps is None:
        keeps = gone[0]
    if rule_at is None or settings:
        line = file.document.item(policies, keeps).line
        old = _short(policies[keeps].get("name"))
        told = f"{old} -> RulePolicy" if rule_at is None else "RulePolicy took over the thresholds"
        file.change(line, told, [file.blocks.rewrite_item(policies, keeps, own)])
    for index in gone:
        if index != keeps:
            line = file.document.item(policies, index).line
            name = _short(policies[index].get("name"))
            file.change(
                line,
                f"took {name} away, RulePolicy does its work",
                [file.blocks.delete_item(policies, index)],
            )


def _fallback(name: str, item: Item) -> _Fallback:
    two_stages = name == "TwoStageFallbackPolicy"
    action = str(item.get("fallback_action_name") or _DEFAULT_FALLBACK)
    if two_stages:
        action = str(item.get("fallback_core_action_name") or _DEFAULT_FALLBACK)
    settings: Item = {"core_fallback_threshold": item.get("core_threshold", 0.3)}
    if action != _DEFAULT_FALLBACK:
        settings["core_fallback_action_name"] = action
    classifier: Item = {
        "name": "FallbackClassifier",
        "threshold": item.get("nlu_threshold", 0.3),
        "ambiguity_threshold": item.get("ambiguity_threshold", 0.1),
    }
    rule = Rule("What was not understood", "nlu_fallback", action)
    if two_stages:
        own = str(item.get("fallback_nlu_action_name") or "")
        rule = Rule("Ask again before giving up", "nlu_fallback", _TWO_STAGES, _TWO_STAGES)
        if own not in {*_ASKS, _DEFAULT_FALLBACK}:
            rule = Rule("What was not understood", "nlu_fallback", own)
    return _Fallback(classifier, settings, rule)


# pipeline

_COMPONENTS: Final = {
    "EmbeddingIntentClassifier": "DIETClassifier",
    "DucklingHTTPExtractor": "DucklingEntityExtractor",
    "nlp_spacy": "SpacyNLP",
    "nlp_mitie": "MitieNLP",
    "tokenizer_whitespace": "WhitespaceTokenizer",
    "tokenizer_jieba": "JiebaTokenizer",
    "tokenizer_spacy": "SpacyTokenizer",
    "tokenizer_mitie": "MitieTokenizer",
    "intent_featurizer_count_vectors": "CountVectorsFeaturizer",
    "intent_featurizer_spacy": "SpacyFeaturizer",
    "intent_featurizer_mitie": "MitieFeaturizer",
    "intent_entity_featurizer_regex": "RegexFeaturizer",
    "intent_classifier_sklearn": "SklearnIntentClassifier",
    "intent_classifier_mitie": "MitieIntentClassifier",
    "intent_classifier_keyword": "KeywordIntentClassifier",
    "intent_classifier_tensorflow_embedding": "DIETClassifier",
    "ner_crf": "CRFEntityExtractor",
    "ner_spacy": "SpacyEntityExtractor",
    "ner_mitie": "MitieEntityExtractor",
    "ner_synonyms": "EntitySynonymMapper",
    "ner_duckling_http": "DucklingEntityExtractor",
}
_ANY_TOKENIZER: Final = ("LanguageModelTokenizer", "ConveRTTokenizer")
_GONE: Final = {
    "HFTransformersNLP": "LanguageModelFeaturizer has its settings now",
    "NGramFeaturizer": "CountVectorsFeaturizer with analyzer char_wb does its work",
    "intent_featurizer_ngrams": "CountVectorsFeaturizer with analyzer char_wb does its work",
}


def _components(file: YamlFile, pipeline: YamlList, language: str) -> None:
    provider: Item = {}
    for index, item in enumerate(pipeline):
        if not isinstance(item, YamlMap):
            if isinstance(item, str):
                _bare(file, pipeline, index, item)
            continue
        name = _short(item.get("name"))
        if name in _GONE and not file.blocks.is_flow(pipeline):
            provider = plain(item) if name == "HFTransformersNLP" else provider
            line = file.document.item(pipeline, index).line
            file.change(
                line, f"took {name} away: {_GONE[name]}", [file.blocks.delete_item(pipeline, index)]
            )
        elif name == "ConveRTFeaturizer" and language == "en":
            line = file.document.item(pipeline, index).line
            file.change(
                line,
                "ConveRTFeaturizer -> StaticEmbeddingFeaturizer: its makers withdrew the model",
                [file.blocks.rewrite_item(pipeline, index, {"name": "StaticEmbeddingFeaturizer"})],
            )
        elif name in _ANY_TOKENIZER:
            _rename(file, item, _tokenizer(language))
        elif name == "LanguageModelFeaturizer" and provider:
            line = file.document.item(pipeline, index).line
            file.change(
                line,
                "LanguageModelFeaturizer took over the settings of HFTransformersNLP",
                [file.blocks.rewrite_item(pipeline, index, {**provider, **plain(item)})],
            )
        elif _COMPONENTS.get(name, name) != item.get("name") and name:
            _rename(file, item, _COMPONENTS.get(name, name))


def _bare(file: YamlFile, pipeline: YamlList, index: int, name: str) -> None:
    """A component that stands in the list by its name alone."""
    line = file.document.item(pipeline, index).line
    new = _COMPONENTS.get(_short(name), _short(name))
    if file.blocks.is_flow(pipeline):
        return
    file.change(
        line, f"{name} -> name: {new}", [file.blocks.rewrite_item(pipeline, index, {"name": new})]
    )


def _tokenizer(language: str) -> str:
    return "JiebaTokenizer" if language.startswith("zh") else "WhitespaceTokenizer"


def _former_pipeline(name: str, language: str) -> list[Item] | None:
    """Return the components of a pipeline that Rasa 1 knew by one name."""
    if name == "keyword":
        return [{"name": "KeywordIntentClassifier"}]
    start: list[Item] = [{"name": _tokenizer(language)}]
    features: list[Item] = []
    if name in {"pretrained_embeddings_spacy", "spacy_sklearn"}:
        start = [{"name": "SpacyNLP"}, {"name": "SpacyTokenizer"}]
        features = [{"name": "SpacyFeaturizer"}]
    elif name not in {
        "supervised_embeddings",
        "tensorflow_embedding",
        "pretrained_embeddings_convert",
    }:
        return None
    return [
        *start,
        *features,
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier"},
        {"name": "EntitySynonymMapper"},
    ]


def render_rules(rules: Sequence[Rule]) -> list[str]:
    """Return the lines of ``rules:``."""
    lines = ["rules:"]
    for rule in rules:
        lines += ["", *render([{"rule": rule.name, "steps": rule.steps()}])]
    return lines
