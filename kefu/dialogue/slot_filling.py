"""Fills slots from the latest message, as the slots' mappings say."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kefu.core.domain import Domain, Form
from kefu.core.events import BotUttered, Event, SlotSet
from kefu.core.names import (
    ACTION_VALIDATE_SLOT_MAPPINGS,
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    SESSION_STARTED_METADATA_SLOT,
)
from kefu.core.slots import Slot
from kefu.core.state import ConversationState
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.custom import CustomAction
from kefu.dialogue.slot_mappings import (
    as_list,
    is_usable,
    mapping_applies,
    mapping_key,
    mapping_values,
)
from kefu.errors import ActionFailed
from kefu.logs import fields

__all__ = ["SlotFilling"]

log = logging.getLogger(__name__)

NOT_FILLED = {REQUESTED_SLOT, SESSION_STARTED_METADATA_SLOT, *KNOWLEDGE_BASE_SLOTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filler:
    """A mapping, and by what most messages are told to be none of its business."""

    mapping: Mapping[str, Any]
    kind: Any
    entity: Any
    intents: frozenset[str]
    """Empty: any will do."""
    loops: frozenset[str | None]
    """As of :func:`_loops`."""


class SlotFilling:
    """The action ``action_extract_slots``, which runs after every message."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._mappings = [
            (
                slot,
                [
                    _Filler(
                        mapping=mapping,
                        kind=mapping.get("type"),
                        entity=mapping.get("entity"),
                        intents=frozenset(as_list(mapping.get("intent"))),
                        loops=_loops(mapping),
                    )
                    for mapping in slot.mappings
                    if is_usable(mapping, domain) and _does_something(mapping)
                ],
            )
            for slot in domain.slots.values()
            if slot.name not in NOT_FILLED and slot.mappings
        ]
        self._shared_in_form = {form.name: _shared(form, domain) for form in domain.forms.values()}
        self._validates = ACTION_VALIDATE_SLOT_MAPPINGS in domain.custom_actions

    async def run(self, context: ActionContext) -> list[Event]:
        """Return the slots that the latest message sets, validated if the project does that."""
        extracted = await self._extracted(context)
        if not self._validates:
            return list(extracted)
        tracker = context.tracker.copy()
        tracker.extend(extracted)
        checked = await _run_slot_action(ACTION_VALIDATE_SLOT_MAPPINGS, context.on(tracker))
        names = {event.key for event in checked if isinstance(event, SlotSet)}
        return [*checked, *(event for event in extracted if event.key not in names)]

    async def _extracted(self, context: ActionContext) -> list[SlotSet]:
        state = context.tracker.state
        events: list[SlotSet] = []
        already_run: set[str] = set()
        message = state.latest_message
        intent = message.intent_name if message else None
        entities = [entity.get("entity") for entity in message.entities] if message else []
        active = state.active_loop_name
        for slot, fillers in self._mappings:
            for filler in fillers:
                # Most mappings end here, for next to nothing.
                if filler.kind == "from_entity" and filler.entity not in entities:
                    continue
                if filler.intents and intent not in filler.intents:
                    continue
                if filler.loops and active not in filler.loops:
                    continue
                if not self._applies(filler.mapping, slot, state):
                    continue
                if filler.kind == "custom":
                    events += await _custom_values(filler.mapping, already_run, context)
                    continue
                event = _slot_set(slot, filler.mapping, state)
                if event is not None:
                    events.append(event)
                    break
        return events

    def _applies(self, mapping: Mapping[str, Any], slot: Slot, state: ConversationState) -> bool:
        if not mapping_applies(mapping, slot.name, state, self._domain):
            return False
        return not self._is_ambiguous(mapping, slot.name, state)

    def _is_ambiguous(
        self, mapping: Mapping[str, Any], slot: str, state: ConversationState
    ) -> bool:
        """Whether the same entity could as well fill another slot of the active form."""
        form = self._domain.forms.get(state.active_loop_name or "")
        return (
            form is not None
            and mapping.get("type") == "from_entity"
            and state.slots.get(REQUESTED_SLOT) != slot
            and slot in form.required_slots
            and mapping_key(mapping) in self._shared_in_form[form.name]
        )


def _does_something(mapping: Mapping[str, Any]) -> bool:
    """Whether it is more than the note that the project fills the slot by itself."""
    return mapping.get("type") != "custom" or bool(as_list(mapping.get("action")))


def _loops(mapping: Mapping[str, Any]) -> frozenset[str | None]:
    """Return the loops of which one, or None for no loop, has to be active; empty: any will do."""
    if mapping.get("type") == "from_trigger_intent":
        return frozenset()
    conditions = mapping.get("conditions") or ()
    return frozenset(condition.get("active_loop") for condition in conditions)


def _shared(form: Form, domain: Domain) -> frozenset[str]:
    """Return the keys of entity mappings that several slots of ``form`` have."""
    seen: set[str] = set()
    shared: set[str] = set()
    for name in form.required_slots:
        slot = domain.slots.get(name)
        for mapping in slot.mappings if slot else ():
            if mapping.get("type") == "from_entity":
                key = mapping_key(mapping)
                (shared if key in seen else seen).add(key)
    return frozenset(shared)


def _slot_set(slot: Slot, mapping: Mapping[str, Any], state: ConversationState) -> SlotSet | None:
    values = mapping_values(mapping, state)
    if not values:
        return None
    value = values if slot.type == "list" else values[-1]
    if value is None and state.slots.get(slot.name) is None:
        return None
    return SlotSet(key=slot.name, value=value)


async def _custom_values(
    mapping: Mapping[str, Any], already_run: set[str], context: ActionContext
) -> list[SlotSet]:
    names = [name for name in as_list(mapping.get("action")) if name not in already_run]
    events: list[SlotSet] = []
    for name in names:
        already_run.add(name)
        found = await _run_slot_action(name, context)
        events += [event for event in found if isinstance(event, SlotSet)]
    return events


async def _run_slot_action(name: str, context: ActionContext) -> list[SlotSet | BotUttered]:
    """Run a custom action that may set slots and say something; a failure sets nothing."""
    try:
        events = await CustomAction(name).run(context)
    except ActionFailed as error:
        where = fields(conversation_id=context.tracker.conversation_id, reason=error.reason)
        log.warning("an action that fills slots failed", extra=where)
        return []
    return [event for event in events if isinstance(event, SlotSet | BotUttered)]
