"""What the page of story tests shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kefu.core.names import ACTION_LISTEN
from kefu.evaluation.stories import StepResult, StoryResult, marked_entity

__all__ = ["stories_page"]


def stories_page(results: Sequence[StoryResult], *, model: str, end_to_end: bool) -> dict[str, Any]:
    """Return the data of the page: figures, what is taken for what, stories that failed."""
    steps = [step for result in results for step in result.steps]
    shares = {
        "stories": [result.is_right for result in results],
        "actions": [s.expected == s.predicted for s in steps if s.kind == "action"],
        "spoken": [
            s.expected == s.predicted
            for s in steps
            if s.kind == "action" and s.expected != ACTION_LISTEN
        ],
        "intents": [s.expected == s.predicted for s in steps if s.kind == "user" and s.expected],
    }
    return {
        "about": {"model": model, "end_to_end": end_to_end, "warned": _warned(results)},
        "shares": [[name, sum(right), len(right)] for name, right in shares.items() if right],
        "confusions": {kind: _confusions(steps, kind) for kind in ("action", "user")},
        "failed": [_story(result) for result in results if not result.is_right],
    }


def _warned(results: Sequence[StoryResult]) -> int:
    return sum(result.is_right and result.has_warnings for result in results)


def _confusions(steps: Sequence[StepResult], kind: str) -> list[list[Any]]:
    wrong = Counter(
        (step.expected, step.predicted)
        for step in steps
        if step.kind == kind and step.expected != step.predicted
    )
    ranked = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
    return [[expected, predicted, number] for (expected, predicted), number in ranked]


def _story(result: StoryResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "file": result.file,
        "steps": [
            {
                "kind": step.kind,
                "right": step.is_right,
                "text": step.text,
                "expected": step.expected,
                "predicted": step.predicted,
                "entities": [marked_entity(step.text, one) for one in step.entities],
                "found": [marked_entity(step.text, one) for one in step.predicted_entities],
                "by": step.policy or "",
                "confidence": step.confidence,
                "value": "" if step.value is None else str(step.value),
            }
            for step in result.steps
            if not (step.expected == ACTION_LISTEN and step.is_right)
        ],
    }
