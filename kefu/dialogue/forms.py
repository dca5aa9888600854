"""Forms: ask for slots, check the answers, ask again, and end when all are filled."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kefu.core.domain import Form
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from kefu.core.names import ACTION_EXTRACT_SLOTS, ACTION_LISTEN, REQUESTED_SLOT
from kefu.core.tracker import Tracker
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.custom import CustomAction
from kefu.dialogue.apology import apology
from kefu.dialogue.loops import run_loop
from kefu.errors import ActionFailed, ActionRejected
from kefu.logs import fields

__all__ = ["FormAction"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FormAction:
    """The action of a form."""

    form: Form

    async def run(self, context: ActionContext) -> list[Event]:
        """Take the latest message into the form and ask for what is missing.

        Raises:
            ActionRejected: The message answers nothing that was asked.
        """
        return await run_loop(_FormRun(self.form, context))


class _FormRun:
    """One run of a form."""

    def __init__(self, form: Form, context: ActionContext) -> None:
        self.name = form.name
        self._form = form
        self._context = context
        self._tracker = context.tracker
        self._domain = context.tools.domain
        self._has_validation = self._domain.is_known_action(f"validate_{form.name}")
        self._validation_failed = False

    @property
    def is_active(self) -> bool:
        return self._tracker.state.active_loop_name == self.name

    async def activated(self) -> list[Event]:
        """Fill slots that only this form fills, and check all that are filled already."""
        tracker = self._tracker.copy()
        tracker.append(ActiveLoop(name=self.name))
        extract = self._context.tools.catalog.find(ACTION_EXTRACT_SLOTS)
        extracted = await extract.run(self._context.on(tracker))
        tracker.extend(extracted)
        set_now = [event for event in extracted if isinstance(event, SlotSet)]
        if not self._has_validation:
            return list(set_now)
        slots = tracker.state.slots
        filled = {
            name: slots[name] for name in self._form.required_slots if slots.get(name) is not None
        }
        checked = await self._validated(filled, tracker)
        names = {event.key for event in checked if isinstance(event, SlotSet)}
        return [*checked, *(event for event in set_now if event.key not in names)]

    async def step(self, so_far: list[Event]) -> list[Event]:
        events: list[Event] = []
        if all(isinstance(event, ActiveLoop) for event in so_far):
            events = await self._checked_answer()
        if not _has_rejected(events):
            events += await self._next_question([*so_far, *events])
        return events

    def is_done(self, so_far: list[Event]) -> bool:
        """Whether the events end the form: nothing more requested, or the loop left."""
        if _has_rejected(so_far):
            return False
        return _last_request(so_far) == SlotSet(key=REQUESTED_SLOT, value=None) or _last_loop(
            so_far
        ) == ActiveLoop(name=None)

    async def left(self) -> list[Event]:
        return []

    async def _checked_answer(self) -> list[Event]:
        """Check what the message filled, unless the form is only resumed after another topic."""
        state = self._tracker.state
        is_answer = state.active_loop is None or (
            state.latest_action_name == ACTION_LISTEN and not state.active_loop.is_interrupted
        )
        if not is_answer:
            return await self._validated({}, self._tracker)
        values = self._values_from_message(self._tracker)
        events = await self._validated(values, self._tracker)
        something_was_set = any(
            isinstance(event, SlotSet) and event.key != REQUESTED_SLOT for event in events
        )
        requested = self._requested_slot(self._tracker)
        if requested and not values and not something_was_set and not _has_rejected(events):
            raise ActionRejected(self.name, f"the message does not fill slot {requested!r}")
        return events

    def _values_from_message(self, tracker: Tracker) -> dict[str, Any]:
        wanted = {*self._form.required_slots, self._requested_slot(tracker)}
        events = _slots_set_since_message(tracker)
        return {event.key: event.value for event in events if event.key in wanted}

    async def _validated(self, candidates: Mapping[str, Any], tracker: Tracker) -> list[Event]:
        """Let the project's validation action check ``candidates``.

        When it fails, answers from this message are dropped so that they are asked for again.
        """
        if not self._has_validation or self._validation_failed:
            return []
        proposed = [SlotSet(key=name, value=value) for name, value in candidates.items()]
        action = CustomAction(f"validate_{self.name}")
        try:
            return await action.run(self._context.on(self._as_if_run(tracker, proposed)))
        except ActionRejected:
            raise
        except ActionFailed as error:
            self._validation_failed = True
            where = fields(conversation_id=tracker.conversation_id, reason=error.reason)
            log.warning("a form could not be validated", extra=where)
            unchecked = self._values_from_message(tracker)
            dropped = [SlotSet(key=name) for name in candidates if name in unchecked]
            return [*dropped, *await apology(self._context)]

    async def _next_question(self, so_far: list[Event]) -> list[Event]:
        if self.is_done(so_far):
            return [SlotSet(key=REQUESTED_SLOT)]
        tracker = self._as_if_run(self._tracker, so_far)
        slot = _first_requested(so_far)
        if slot:
            return await self._question(slot, tracker)
        slot = self._next_empty_slot(tracker)
        request = SlotSet(key=REQUESTED_SLOT, value=slot)
        return [request, *await self._question(slot, tracker)] if slot else [request]

    def _next_empty_slot(self, tracker: Tracker) -> str | None:
        slots = tracker.state.slots
        return next((name for name in self._form.required_slots if slots.get(name) is None), None)

    async def _question(self, slot: str, tracker: Tracker) -> list[Event]:
        names = (
            f"action_ask_{self.name}_{slot}",
            f"utter_ask_{self.name}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        )
        for name in names:
            if self._domain.is_known_action(name):
                return await self._asked(name, tracker)
        return []

    async def _asked(self, action_name: str, tracker: Tracker) -> list[Event]:
        action = self._context.tools.catalog.find(action_name)
        try:
            return await action.run(self._context.on(tracker))
        except ActionRejected:
            raise
        except ActionFailed as error:
            where = fields(conversation_id=tracker.conversation_id, reason=error.reason)
            log.warning("a form could not ask its question", extra=where)
            return await apology(self._context)

    def _as_if_run(self, tracker: Tracker, events: Sequence[Event]) -> Tracker:
        """Return the tracker as it is when the form has run with ``events``."""
        twin = tracker.copy()
        twin.append(SlotSet(key=REQUESTED_SLOT, value=self._requested_slot(tracker)))
        twin.append(ActionExecuted(action_name=self.name))
        twin.extend(events)
        return twin

    def _requested_slot(self, tracker: Tracker) -> str | None:
        """Return the slot that this form asked for; another form's request does not count."""
        state = tracker.state
        if state.active_loop_name != self.name:
            return None
        requested: str | None = state.slots.get(REQUESTED_SLOT)
        return requested


def _slots_set_since_message(tracker: Tracker) -> list[SlotSet]:
    message = tracker.state.latest_message
    found: list[SlotSet] = []
    for event in reversed(tracker.events):
        if isinstance(event, Restarted) or (
            isinstance(event, UserUttered) and message is not None and _is_same(event, message)
        ):
            break
        if isinstance(event, SlotSet):
            found.append(event)
    return found[::-1]


def _is_same(event: UserUttered, message: UserUttered) -> bool:
    return (event.text, event.intent_name) == (message.text, message.intent_name)


def _has_rejected(events: Sequence[Event]) -> bool:
    return any(isinstance(event, ActionExecutionRejected) for event in events)


def _first_requested(events: Sequence[Event]) -> str | None:
    for event in events:
        if isinstance(event, SlotSet) and event.key == REQUESTED_SLOT:
            first: str | None = event.value
            return first
    return None


def _last_request(events: Sequence[Event]) -> SlotSet | None:
    for event in reversed(events):
        if isinstance(event, SlotSet) and event.key == REQUESTED_SLOT:
            return event
    return None


def _last_loop(events: Sequence[Event]) -> ActiveLoop | None:
    return next((event for event in reversed(events) if isinstance(event, ActiveLoop)), None)
