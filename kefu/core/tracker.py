"""The tracker: a conversation's log as the bot sees it, folded into a state.

Cost of appending an event and of predicting does not depend on the length of the log: the
tracker keeps the recent events only, and the state that the older ones lead to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.state import ConversationState

__all__ = ["DEFAULT_TAIL", "Tracker"]

DEFAULT_TAIL = 200
"""Events that a tracker keeps at least when it is trimmed."""


class Tracker:
    """One conversation, seen from its latest event.

    Attributes:
        conversation_id: Whose log this is.
        domain: The domain that events are understood by.
        state: What the bot knows now.
        events: The recent part of the log, oldest first, nothing left out.
        applied: The recent events that still count: undone ones and, inside a form, the turns
            between two runs of the form are left out. Policies look at these.
        base: The state before ``applied[0]``.
        is_whole: Whether ``applied`` reaches back to the beginning of the session.
        revision: Changes whenever ``applied`` changes otherwise than by growing.
        memo: Views derived from this tracker, kept by whoever derives them; not copied.
    """

    __slots__ = (
        "_diverged",
        "_loop_names",
        "applied",
        "base",
        "conversation_id",
        "domain",
        "events",
        "is_whole",
        "memo",
        "revision",
        "state",
    )

    def __init__(self, conversation_id: str, domain: Domain) -> None:
        self.conversation_id = conversation_id
        self.domain = domain
        self.state = ConversationState.initial(domain)
        self.base = self.state.copy()
        self.events: list[Event] = []
        self.applied: list[Event] = []
        self.is_whole = True
        self.revision = 0
        self.memo: dict[str, Any] = {}
        self._loop_names: set[str] = set()
        self._diverged = False

    @classmethod
    def from_events(cls, conversation_id: str, domain: Domain, events: Iterable[Event]) -> Tracker:
        """Fold ``events`` into a new tracker, as a tracker that was stored and loaded again."""
        tracker = cls(conversation_id, domain)
        tracker.extend(events)
        tracker.settle()
        return tracker

    @classmethod
    def restored(
        cls,
        conversation_id: str,
        *,
        base: ConversationState,
        applied: Sequence[Event],
        events: Sequence[Event],
        is_whole: bool,
    ) -> Tracker:
        """Rebuild a trimmed tracker from what was kept of it."""
        tracker = cls(conversation_id, base.domain)
        tracker.base = base.copy()
        tracker.applied = list(applied)
        tracker.events = list(events)
        tracker.is_whole = is_whole
        known = (*applied, *events)
        tracker._loop_names = {e.name for e in known if isinstance(e, ActiveLoop) and e.name}
        if base.active_loop is not None:
            tracker._loop_names.add(base.active_loop.name)
        tracker._refold()
        return tracker

    def copy(self) -> Tracker:
        """Return an independent tracker with the same events and state."""
        twin = Tracker.__new__(Tracker)
        twin.conversation_id = self.conversation_id
        twin.domain = self.domain
        twin.state = self.state.copy()
        twin.base = self.base.copy()
        twin.events = list(self.events)
        twin.applied = list(self.applied)
        twin.is_whole = self.is_whole
        twin.revision = self.revision
        twin.memo = {}
        twin._loop_names = set(self._loop_names)
        twin._diverged = self._diverged
        return twin

    def extend(self, events: Iterable[Event]) -> None:
        """Append several events."""
        for event in events:
            self.append(event)

    def append(self, event: Event) -> None:
        """Append one event to the log and take it into account."""
        self.events.append(event)
        match event:
            case Restarted() | SessionStarted():
                self._start_over(event)
            case ActionReverted():
                self._undo_to(ActionExecuted)
                self._refold()
            case UserUtteranceReverted():
                self._undo_to(UserUttered)
                self._undo_to(ActionExecuted)
                self._refold()
            case ActionExecuted(action_name=str(name)) if self._repeats_loop(name):
                self._undo_turns_since_loop(name)
                self.state.apply(event)
                self._diverged = True
            case _:
                if isinstance(event, ActiveLoop) and event.name:
                    self._loop_names.add(event.name)
                self.applied.append(event)
                self.state.apply(event)

    def settle(self) -> None:
        """End a turn: from here on the state is that of the applied events alone.

        Inside a form the last message still stands in the state after the form ran, though the
        turn does not count for what comes next.
        """
        if self._diverged:
            self._refold()

    def take_followup(self) -> str | None:
        """Return the action that has to run next, if one has to, and forget it."""
        followup = self.state.followup_action
        self.state.followup_action = None
        return followup

    def trim(self, keep: int = DEFAULT_TAIL) -> None:
        """Forget old events once there are twice as many as ``keep``; the state stays the same."""
        if len(self.events) >= 2 * keep:
            del self.events[:-keep]
        if len(self.applied) >= 2 * keep:
            cut = len(self.applied) - keep
            for event in self.applied[:cut]:
                self.base.apply(event)
            del self.applied[:cut]
            self.is_whole = False
            self.revision += 1

    def last(self, kind: type[Event], *, skip_actions: Sequence[str] = ()) -> Event | None:
        """Return the last applied event of ``kind``; actions in ``skip_actions`` do not count."""
        for event in reversed(self.applied):
            if isinstance(event, kind) and not (
                isinstance(event, ActionExecuted) and event.action_name in skip_actions
            ):
                return event
        return None

    @property
    def latest_input_channel(self) -> str | None:
        """Channel of the latest message among the recent events."""
        for event in reversed(self.events):
            if isinstance(event, UserUttered):
                return event.input_channel
        return None

    def _start_over(self, event: Restarted | SessionStarted) -> None:
        self.state.apply(event)
        self.base = ConversationState.initial(self.domain)
        self.applied.clear()
        self.is_whole = True
        self.revision += 1
        # What a restart asks for is not among the applied events: it holds for this turn only.
        self._diverged = isinstance(event, Restarted)

    def _refold(self) -> None:
        self.state = self.base.copy()
        for event in self.applied:
            self.state.apply(event)
        self.revision += 1
        self._diverged = False

    def _undo_to(self, kind: type[ActionExecuted] | type[UserUttered]) -> None:
        while self.applied:
            if isinstance(self.applied.pop(), kind):
                break

    def _repeats_loop(self, name: str) -> bool:
        """Whether running loop ``name`` now continues it on the happy path."""
        if name not in self._loop_names:
            return False
        next_action: str | None = None
        for event in reversed(self.applied):
            match event:
                case ActiveLoop(name=None):
                    return False
                case ActionExecutionRejected(action_name=rejected) if rejected == name:
                    return False
                case UserUttered() if next_action is not None and next_action != name:
                    return False
                case ActionExecuted(action_name=action_name):
                    if action_name == name:
                        return True
                    next_action = action_name
                case _:
                    pass
        return False

    def _undo_turns_since_loop(self, name: str) -> None:
        kept: list[Event] = []
        while self.applied:
            event = self.applied[-1]
            if isinstance(event, ActionExecuted) and event.action_name == name:
                break
            self.applied.pop()
            if not isinstance(event, ActionExecuted | UserUttered | UserFeaturization):
                kept.append(event)
        self.applied.extend(reversed(kept))
        self.revision += 1
