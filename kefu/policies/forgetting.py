"""Histories of which the beginning is forgotten: the situations as if the log began later.

What was set before the beginning - slots, the active form, the message - is not there in a
shortened history. The log is folded once; each situation remembers since when each of its
contents holds, so that shorter histories are views of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    Event,
    SlotSet,
    UserUttered,
)
from kefu.core.names import ACTION_LISTEN
from kefu.core.state import ConversationState
from kefu.policies.history import SituationBuilder
from kefu.policies.situation import Situation, SlotFeature, SlotView, UserView

__all__ = ["ShortenedHistories"]


@dataclass(slots=True)
class _Moment:
    """A situation, and the positions of the events its contents go back to."""

    action: tuple[str, bool] | None
    user: UserView | None
    user_since: int
    loop: str | None
    loop_since: int
    slots: dict[str, SlotFeature]
    slots_since: dict[str, int]


class ShortenedHistories:
    """The histories that begin at each of the actions of ``events``.

    Attributes:
        starts: Positions of the actions in ``events``.
    """

    def __init__(
        self,
        events: Sequence[Event],
        domain: Domain,
        *,
        rule_only_slots: frozenset[str],
        rule_only_loops: frozenset[str],
    ) -> None:
        self._builder = SituationBuilder(domain)
        self._hidden_slots = rule_only_slots
        self._hidden_loops = rule_only_loops
        initial = self._builder.slots(ConversationState.initial(domain))
        self._initial = dict(initial.values) if initial else {}
        self.starts = [i for i, event in enumerate(events) if isinstance(event, ActionExecuted)]
        self._moments = list(self._fold(events, domain))
        self._known: dict[tuple[object, ...], Situation] = {}

    def last(self, start: int) -> Situation:
        """Return the last situation of the history that begins at action ``start``."""
        index = len(self._moments) - 1
        situation = self._seen_from(index, start)
        while situation.follows_unlikely_intent and index > start:
            index -= 1
            situation = self._seen_from(index, start)
        return situation

    def length(self, start: int) -> int:
        """Return the number of situations of the history that begins at action ``start``."""
        return len(self._moments) - start

    def history(self, start: int, count: int | None) -> list[Situation]:
        """Return the last ``count`` situations of the history that begins at ``start``."""
        situations = [self._seen_from(i, start) for i in range(start, len(self._moments))]
        situations = [s for s in situations if not s.follows_unlikely_intent]
        return situations[-count:] if count else situations

    def _fold(self, events: Sequence[Event], domain: Domain) -> Iterator[_Moment]:
        state = ConversationState.initial(domain)
        user_since = action_since = loop_since = -1
        heard: tuple[UserView | None, int] = (None, -1)
        slots: dict[str, SlotFeature] = dict(self._initial)
        since: dict[str, int] = {}
        changed: list[str] = []
        for position, event in enumerate(events):
            if isinstance(event, ActionExecuted):
                slots = self._updated(slots, changed, state)
                if _listened(state):
                    heard = self._settled_user(state), min(user_since, action_since)
                yield _moment(state, heard, loop_since, (slots, dict(since)))
                action_since = position
            elif isinstance(event, SlotSet):
                since[event.key] = position
                changed.append(event.key)
            elif isinstance(event, AllSlotsReset):
                since = dict.fromkeys(domain.slots, position)
                changed.extend(domain.slots)
            elif isinstance(event, UserUttered):
                user_since = position
            elif isinstance(event, ActiveLoop):
                loop_since = position
            state.apply(event)
        slots = self._updated(slots, changed, state)
        if _listened(state):
            user = self._builder.user(state)
            heard = user.intent_only() if user else None, min(user_since, action_since)
        yield _moment(state, heard, loop_since, (slots, since))

    def _settled_user(self, state: ConversationState) -> UserView | None:
        user = self._builder.user(state)
        return user.settled() if user else None

    def _updated(
        self, slots: dict[str, SlotFeature], changed: list[str], state: ConversationState
    ) -> dict[str, SlotFeature]:
        if not changed:
            return slots
        changed.clear()
        view = self._builder.slots(state)
        return dict(view.values) if view else {}

    def _seen_from(self, index: int, start: int) -> Situation:
        """Return situation ``index`` in the history that begins at action ``start``."""
        moment = self._moments[index]
        begin = self.starts[start]
        forgotten = tuple(
            name
            for name in (*moment.slots, *self._initial)
            if moment.slots_since.get(name, -1) < begin
            and moment.slots.get(name) != self._initial.get(name)
        )
        sees_user = moment.user_since >= begin
        sees_loop = moment.loop_since >= begin
        key = (index, index == start, sees_user, sees_loop, forgotten)
        situation = self._known.get(key)
        if situation is None:
            name, is_text = (None, False) if index == start else moment.action or (None, False)
            loop = moment.loop if sees_loop and moment.loop not in self._hidden_loops else None
            situation = Situation(
                moment.user if sees_user else None,
                self._slots(moment, forgotten),
                name,
                loop,
                action_is_text=is_text,
            )
            self._known[key] = situation
        return situation

    def _slots(self, moment: _Moment, forgotten: Sequence[str]) -> SlotView | None:
        values = dict(moment.slots)
        for name in forgotten:
            values.pop(name, None)
            if name in self._initial:
                values[name] = self._initial[name]
        for name in self._hidden_slots:
            values.pop(name, None)
        return SlotView(values) if values else None


def _listened(state: ConversationState) -> bool:
    return state.latest_action.get("action_name") == ACTION_LISTEN


def _moment(
    state: ConversationState,
    heard: tuple[UserView | None, int],
    loop_since: int,
    slots: tuple[dict[str, SlotFeature], dict[str, int]],
) -> _Moment:
    action = state.latest_action
    return _Moment(
        (state.latest_action_name or "", "action_text" in action) if action else None,
        *heard,
        state.active_loop.name if state.active_loop else None,
        loop_since,
        *slots,
    )
