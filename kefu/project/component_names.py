"""Names of policies that a config.yml may contain, and what became of those of earlier Rasas.

Names of pipeline components stand in :mod:`kefu.nlu.registry`, together with what they need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["FORMER_PIPELINES", "POLICIES", "PolicyName", "policy_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyName:
    """What a name under ``policies`` means."""

    key: str | None = None
    """Kefu's policy: ``rule``, ``memoization``, ``augmented_memoization``, ``learned`` or
    ``unexpected_intent``; None when the name means nothing any more."""
    instead: str = ""
    """What to write instead of a name that means nothing any more."""


POLICIES: Final[Mapping[str, PolicyName]] = {
    "RulePolicy": PolicyName(key="rule"),
    "MemoizationPolicy": PolicyName(key="memoization"),
    "AugmentedMemoizationPolicy": PolicyName(key="augmented_memoization"),
    "TEDPolicy": PolicyName(key="learned"),
    "UnexpecTEDIntentPolicy": PolicyName(key="unexpected_intent"),
    "FormPolicy": PolicyName(instead="RulePolicy runs forms; delete this entry"),
    "MappingPolicy": PolicyName(
        instead="use RulePolicy, and a rule with the intent and the action for each 'triggers'"
    ),
    "FallbackPolicy": PolicyName(
        instead="use RulePolicy with core_fallback_threshold, and FallbackClassifier in the pipeline"
    ),
    "TwoStageFallbackPolicy": PolicyName(
        instead="use FallbackClassifier in the pipeline, and a rule from the intent nlu_fallback to "
        "action_two_stage_fallback and the loop of that name"
    ),
    "KerasPolicy": PolicyName(instead="use TEDPolicy"),
    "EmbeddingPolicy": PolicyName(instead="use TEDPolicy"),
    "SklearnPolicy": PolicyName(instead="use TEDPolicy"),
    "EnsemblePolicy": PolicyName(instead="delete this entry; policies are always combined"),
    "SimplePolicyEnsemble": PolicyName(instead="delete this entry; policies are always combined"),
}
"""Every policy name of Rasa 3.6, and those of Rasa 1 and 2."""

FORMER_PIPELINES: Final = (
    "supervised_embeddings",
    "pretrained_embeddings_spacy",
    "pretrained_embeddings_convert",
    "tensorflow_embedding",
    "spacy_sklearn",
    "keyword",
)
"""Whole pipelines that Rasa 1 knew by one name."""


def policy_key(name: str) -> str | None:
    """Return Kefu's policy behind a name or the path of a Rasa class, None when there is none."""
    short = name.rpartition(".")[2] if name.startswith("rasa.") else name
    known = POLICIES.get(short)
    return known.key if known else None
