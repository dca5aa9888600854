"""How many steps of test stories were right, and what was taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kefu.core.names import ACTION_LISTEN
from kefu.evaluation.stories import StoryResult

__all__ = ["confusions", "outcomes"]


def outcomes(results: Sequence[StoryResult]) -> dict[str, list[bool]]:
    """Return by kind what was right, one by one; kinds that the stories do not have are left out.

    Kinds are ``stories``, ``actions``, ``spoken`` (actions but listening), ``intents`` and
    ``entities`` (messages with any).
    """
    steps = [step for result in results for step in result.steps]
    actions = [step for step in steps if step.kind == "action"]
    found = {
        "stories": [result.is_right for result in results],
        "actions": [step.expected == step.predicted for step in actions],
        "spoken": [s.expected == s.predicted for s in actions if s.expected != ACTION_LISTEN],
        "intents": [s.expected == s.predicted for s in steps if s.kind == "user" and s.expected],
        "entities": [not s.has_wrong_entities for s in steps if s.entities or s.predicted_entities],
    }
    return {kind: right for kind, right in found.items() if right}


def confusions(results: Sequence[StoryResult], kind: str) -> list[tuple[str, str, int]]:
    """Return what was expected, what was predicted instead and how often, most often first.

    Args:
        results: The stories.
        kind: ``action``, or ``user`` for intents.
    """
    wrong = Counter(
        (step.expected, step.predicted)
        for result in results
        for step in result.steps
        if step.kind == kind and step.expected != step.predicted
    )
    ranked = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    return [(expected, predicted, number) for (expected, predicted), number in ranked]
