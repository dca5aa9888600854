"""Which policy of config.yml is which here.

A table of strings: nothing is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from importlib import import_module  # noqa: TID251 - this is a registry
from typing import Any, Final, TypeVar, cast

from kefu.core.domain import Domain
from kefu.project.problems import Problem
from kefu.project.settings import ComponentConfig, ModelConfig
from kefu.project.story_data import StoryData

__all__ = [
    "DEFAULT_POLICIES",
    "POLICIES",
    "PolicyEntry",
    "chosen_policies",
    "find_entry",
    "load_object",
    "parse_settings",
    "policy_problems",
    "unused_rule_problems",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """What stands behind a policy's name."""

    settings: str
    """``module:class`` of its settings."""
    train: str
    """``module:function`` that trains it."""
    load: str
    """``module:function`` that loads it."""
    note: str = ""
    """What the training summary says when the policy is another one than in Rasa."""
    knows: frozenset[str] = frozenset()
    """Keys that may stand in config.yml and have no meaning here."""
    check: str = ""
    """``module:function`` that says what is wrong with settings of the right types; takes them,
    their component and the domain, which may be unknown."""


_NEURAL_KEYS: Final = frozenset(
    {
        *("hidden_layers_sizes", "dense_dimension", "concat_dimension", "encoding_dimension"),
        *("transformer_size", "number_of_transformer_layers", "number_of_attention_heads"),
        *("use_key_relative_attention", "use_value_relative_attention"),
        *("max_relative_position", "unidirectional_encoder", "batch_size", "batch_strategy"),
        *("epochs", "random_seed", "learning_rate", "embedding_dimension"),
        *("number_of_negative_examples", "similarity_type", "loss_type", "ranking_length"),
        *("scale_loss", "regularization_constant", "negative_margin_scale", "drop_rate_dialogue"),
        *("drop_rate_label", "drop_rate", "drop_rate_attention", "connection_density"),
        *("use_sparse_input_dropout", "use_dense_input_dropout", "use_masked_language_model"),
        *("evaluate_every_number_of_epochs", "evaluate_on_number_of_examples"),
        *("tensorboard_log_directory", "tensorboard_log_level", "checkpoint_model"),
        *("e2e_confidence_threshold", "entity_recognition", "constrain_similarities"),
        *("model_confidence", "BILOU_flag", "split_entities_by_comma", "use_gpu"),
        *("maximum_positive_similarity", "maximum_negative_similarity", "use_max_neg_sim"),
        *(
            "max_pos_sim",
            "max_neg_sim",
            "mu_pos",
            "mu_neg",
            "C2",
            "C_emb",
            "droprate",
            "featurizer",
        ),
        *("batch_size_max", "validation_split", "rnn_size", "loss", "optimizer", "metrics"),
        *("weight_sparsity", "num_transformer_layers", "num_heads", "max_seq_length", "num_neg"),
        *("ignore_intents_list", "use_label_embedding", "model", "param_grid", "cv", "scoring"),
    }
)

_LEARNED: Final = PolicyEntry(
    settings="kefu.policies.learned.settings:LearnedSettings",
    train="kefu.policies.learned.training:train_learned",
    load="kefu.policies.learned.policy:load_learned",
    note="learns with Kefu's linear model over the last turns",
    knows=_NEURAL_KEYS,
)

POLICIES: Final[Mapping[str, PolicyEntry]] = {
    "RulePolicy": PolicyEntry(
        settings="kefu.policies.rule.policy:RuleSettings",
        train="kefu.policies.rule.training:train_rules",
        load="kefu.policies.rule.policy:load_rules",
        knows=frozenset({"max_history", "enable_feature_string_compression"}),
    ),
    "MemoizationPolicy": PolicyEntry(
        settings="kefu.policies.memoization:MemoizationSettings",
        train="kefu.policies.memoization:train_memoization",
        load="kefu.policies.memoization:load_memoization",
        knows=frozenset({"enable_feature_string_compression", "featurizer"}),
    ),
    "AugmentedMemoizationPolicy": PolicyEntry(
        settings="kefu.policies.memoization:MemoizationSettings",
        train="kefu.policies.memoization:train_memoization",
        load="kefu.policies.memoization:load_augmented",
        knows=frozenset({"enable_feature_string_compression", "featurizer"}),
    ),
    "TEDPolicy": _LEARNED,
    "LearnedPolicy": PolicyEntry(
        settings=_LEARNED.settings, train=_LEARNED.train, load=_LEARNED.load
    ),
    "EmbeddingPolicy": _LEARNED,
    "KerasPolicy": _LEARNED,
    "SklearnPolicy": _LEARNED,
    "UnexpecTEDIntentPolicy": PolicyEntry(
        settings="kefu.policies.unlikely_intent:UnlikelyIntentSettings",
        train="kefu.policies.unlikely_intent:train_unlikely_intent",
        load="kefu.policies.unlikely_intent:load_unlikely_intent",
        note="counts which intents the stories know in which context",
        knows=_NEURAL_KEYS,
    ),
    "HandoffPolicy": PolicyEntry(
        settings="kefu.policies.handoff_settings:HandoffSettings",
        train="kefu.policies.handoff:train_handoff",
        load="kefu.policies.handoff:load_handoff",
        check="kefu.policies.handoff_settings:handoff_problems",
    ),
}
"""Names of policies in config.yml, without the module they live in at Rasa's."""

_REMOVED: Final = {
    "FormPolicy": "forms are handled by RulePolicy",
    "MappingPolicy": "write a rule 'intent, then action' for RulePolicy",
    "FallbackPolicy": "use FallbackClassifier in the pipeline and core_fallback_threshold of "
    "RulePolicy",
    "TwoStageFallbackPolicy": "use FallbackClassifier in the pipeline and a rule 'nlu_fallback, "
    "then action_two_stage_fallback'",
}
"""Policies of Rasa before 3.0, with what took their place."""

_OF_RASA_PRO: Final = (
    "EnterpriseSearchPolicy",
    "FlowPolicy",
    "IntentlessPolicy",
    "LLMPolicy",
)

DEFAULT_POLICIES: Final = (
    ComponentConfig(name="MemoizationPolicy"),
    ComponentConfig(name="RulePolicy"),
    ComponentConfig(name="UnexpecTEDIntentPolicy", settings={"max_history": 5}),
    ComponentConfig(name="TEDPolicy", settings={"max_history": 5}),
)
"""The policies of a project whose config.yml names none."""


def chosen_policies(config: ModelConfig) -> tuple[ComponentConfig, ...]:
    """Return the policies of a project, the default ones if it names none."""
    return config.policies if config.has_policies and config.policies else DEFAULT_POLICIES


def find_entry(name: str) -> PolicyEntry | None:
    """Return what stands behind a name, which may be a module path of Rasa's."""
    short = name.rsplit(".", 1)[-1]
    is_rasas = "." not in name or name.startswith(("rasa.", "kefu."))
    return POLICIES.get(short) if is_rasas else None


def policy_problems(
    config: ModelConfig,
    *,
    allow_missing_components: bool = False,
    domain: Domain | None = None,
) -> list[Problem]:
    """Return what is wrong with the ``policies`` section; names are looked up in ``domain``."""
    problems: list[Problem] = []
    for component in chosen_policies(config):
        entry = find_entry(component.name)
        if entry is None:
            problems.append(_unknown(component, is_allowed=allow_missing_components))
        else:
            settings, found = parse_settings(entry, component)
            problems.extend(found)
            if entry.check and not found:
                problems.extend(load_function(entry.check)(settings, component, domain))
    return problems


def unused_rule_problems(config: ModelConfig, stories: StoryData) -> list[Problem]:
    """Tell of rules in a project without RulePolicy."""
    policies = chosen_policies(config)
    if not stories.rules or any(p.name.rsplit(".", 1)[-1] == "RulePolicy" for p in policies):
        return []
    return [
        Problem(
            place=policies[0].place,
            severity="note",
            code="config.no-rule-policy",
            message=f"the project has {len(stories.rules)} rules, but no RulePolicy to follow "
            "them; neither do the intents restart and back have an effect",
            advice="add 'RulePolicy' to the policies",
            related=(stories.rules[0].place,),
        )
    ]


def _unknown(component: ComponentConfig, *, is_allowed: bool) -> Problem:
    short = component.name.rsplit(".", 1)[-1]
    near = get_close_matches(short, POLICIES, 1, 0.5)
    message = f"there is no policy '{component.name}'"
    go_on = "remove it, or go on without it with --allow-missing-components"
    if short in _REMOVED:
        advice = f"Rasa 3 has no {short} any more: {_REMOVED[short]}"
    elif short in _OF_RASA_PRO:
        message = f"{short} belongs to Rasa Pro; rules and stories do its work here"
        advice = go_on
    elif "." in component.name and not component.name.startswith(("rasa.", "kefu.")):
        message = f"{component.name} cannot be used: policies of other people's code, written for "
        message += "Rasa, do not run here"
        advice = f"{go_on}; RulePolicy and TEDPolicy follow the rules and stories"
    elif near:
        advice = f"did you mean '{near[0]}'?"
    else:
        advice = f"{go_on}; known policies: {', '.join(sorted(POLICIES))}"
    return Problem(
        place=component.place,
        severity="warning" if is_allowed else "error",
        code="config.unknown-policy",
        message=message,
        advice=advice,
    )


Settings = TypeVar("Settings")


def parse_settings(entry: PolicyEntry, component: ComponentConfig) -> tuple[Any, list[Problem]]:
    """Turn the settings of a policy into their class, and say what is wrong with them."""
    cls = load_object(entry.settings)
    known = {field.name: field.type for field in fields(cls)}
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in _flattened(component.settings).items():
        if key not in known:
            if key not in entry.knows:
                problems.append(_unknown_key(component, key, known))
        elif _fits(value, str(known[key])):
            values[key] = float(value) if known[key] == "float" else value
        else:
            problems.append(_wrong_value(component, key, value, str(known[key])))
    return cls(**values), problems


def _flattened(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with ``max_history`` taken out of a ``featurizer`` list."""
    flat = dict(settings)
    featurizers = flat.get("featurizer")
    first = featurizers[0] if isinstance(featurizers, list) and featurizers else None
    if isinstance(first, Mapping) and "max_history" in first:
        flat["max_history"] = first["max_history"]
    return flat


def _fits(value: Any, kind: str) -> bool:
    if value is None:
        return "None" in kind
    if isinstance(value, bool):
        return "bool" in kind
    if isinstance(value, int):
        return "int" in kind or "float" in kind
    if isinstance(value, float):
        return "float" in kind
    if isinstance(value, str):
        return "str" in kind and "Mapping" not in kind
    return ("Mapping" if isinstance(value, Mapping) else "tuple") in kind


def _unknown_key(component: ComponentConfig, key: str, known: Mapping[str, Any]) -> Problem:
    near = get_close_matches(key, known, 1, 0.6)
    return Problem(
        place=component.place,
        severity="warning",
        code="config.unknown-policy-setting",
        message=f"{component.name} has no setting '{key}'; it is ignored",
        advice=f"did you mean '{near[0]}'?" if near else "remove it",
    )


def _wrong_value(component: ComponentConfig, key: str, value: Any, kind: str) -> Problem:
    return Problem(
        place=component.place,
        severity="error",
        code="config.wrong-policy-setting",
        message=f"setting '{key}' of {component.name} is {value!r}",
        advice=f"give it a value of type {kind}",
    )


def load_object(path: str) -> Any:
    """Import ``module:name``."""
    module, name = path.split(":")
    return getattr(import_module(module), name)


def load_function(path: str) -> Callable[..., Any]:
    """Import a function given as ``module:name``."""
    return cast("Callable[..., Any]", load_object(path))
