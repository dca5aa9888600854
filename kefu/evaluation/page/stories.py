"""What the page of story tests shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kefu.core.names import ACTION_LISTEN
from kefu.evaluation.stories import StoryResult, marked_entity
from kefu.evaluation.story_figures import confusions, outcomes

__all__ = ["stories_page"]


def stories_page(results: Sequence[StoryResult], *, model: str, end_to_end: bool) -> dict[str, Any]:
    """Return the data of the page: figures, what is taken for what, stories that failed."""
    return {
        "about": {"model": model, "end_to_end": end_to_end, "warned": _warned(results)},
        "shares": [[name, sum(right), len(right)] for name, right in outcomes(results).items()],
        "confusions": {kind: confusions(results, kind) for kind in ("action", "user")},
        "failed": [_story(result) for result in results if not result.is_right],
    }


def _warned(results: Sequence[StoryResult]) -> int:
    return sum(result.is_right and result.has_warnings for result in results)


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
                "entities": _marked(step.text, step.entities),
                "found": _marked(step.text, step.predicted_entities),
                "by": step.policy or "",
                "confidence": step.confidence,
                "rival": list(step.rival) if step.rival and step.kind == "user" else None,
                "lines": [f"{one.file}:{one.line}" for one in step.origins],
                "line": step.place.line if step.place is not None else 0,
                "value": "" if step.value is None else str(step.value),
            }
            for step in result.steps
            if not (step.expected == ACTION_LISTEN and step.is_right)
        ],
    }


def _marked(text: str, entities: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return entities as they are marked, each once though several components found it."""
    return list(dict.fromkeys(marked_entity(text, one) for one in entities))
