"""Training conversations as pairs of a history and the action that followed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kefu.core.events import ActionExecuted
from kefu.core.names import ACTION_UNLIKELY_INTENT
from kefu.core.tracker import Tracker
from kefu.policies.situation import Situation
from kefu.policies.training_trackers import is_unpredictable

__all__ = ["Example", "examples_of"]


@dataclass(slots=True)
class Example:
    """An action and where in ``situations`` it happened."""

    situations: list[Situation]
    """All situations of the conversation; shared by its examples."""
    end: int
    """The history before the action is ``situations[:end]``."""
    event: ActionExecuted

    def history(self, count: int | None = None) -> list[Situation]:
        """Return the last ``count`` situations before the action."""
        start = 0 if not count else max(0, self.end - count)
        return self.situations[start : self.end]

    @property
    def action(self) -> str:
        """Name of the action, or the text of an end-to-end utterance."""
        return self.event.name_or_text


def examples_of(
    tracker: Tracker, situations: list[Situation], *, skips_unlikely_intent: bool = False
) -> Iterator[Example]:
    """Yield the actions of a training conversation that can be learned from it."""
    if skips_unlikely_intent:
        situations = [s for s in situations if not s.follows_unlikely_intent]
    end = 0
    for event in tracker.applied:
        if not isinstance(event, ActionExecuted):
            continue
        if skips_unlikely_intent and event.action_name == ACTION_UNLIKELY_INTENT:
            continue
        end += 1
        if not is_unpredictable(event):
            yield Example(situations, end, event)
