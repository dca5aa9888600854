"""The state of a conversation at one moment: what folding its events gives.

State is never set from outside; :meth:`ConversationState.apply` is the only way it changes.
Events that undo others are not handled here but by the tracker, which folds again without
what was undone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from kefu.core.names import ACTION_LISTEN, ACTION_SESSION_START, SHOULD_NOT_BE_SET
from kefu.logs import fields

__all__ = ["ConversationState", "LoopState"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopState:
    """The active form or loop."""

    name: str
    is_interrupted: bool = False
    """The last turn left the loop for another topic."""
    rejected: bool = False
    """The loop's action declined to run and has not run since."""
    trigger_message: Mapping[str, Any] | None = None
    """Parse data of the message that activated the loop."""


@dataclass(slots=True)
class ConversationState:
    """What the bot knows at one moment of a conversation."""

    domain: Domain
    slots: dict[str, Any] = field(default_factory=dict)
    """Value of every slot of the domain."""
    slots_ever_set: set[str] = field(default_factory=set)
    """Slots that an event has set, to whatever value, since the last reset."""
    is_paused: bool = False
    followup_action: str | None = ACTION_LISTEN
    latest_action: Mapping[str, str] = field(default_factory=dict)
    """``action_name`` or ``action_text`` of the last action; empty before the first."""
    latest_message: UserUttered | None = None
    uses_text: bool | None = None
    """Whether the text of the latest message, not its intent, led to the action after it."""
    latest_bot_utterance: BotUttered | None = None
    active_loop: LoopState | None = None

    @classmethod
    def initial(cls, domain: Domain) -> ConversationState:
        """Return the state before any event."""
        state = cls(domain)
        state._reset_slots()
        return state

    def copy(self) -> ConversationState:
        """Return an independent copy; values inside slots are shared."""
        return ConversationState(
            self.domain,
            dict(self.slots),
            set(self.slots_ever_set),
            self.is_paused,
            self.followup_action,
            self.latest_action,
            self.latest_message,
            self.uses_text,
            self.latest_bot_utterance,
            self.active_loop,
        )

    @property
    def latest_action_name(self) -> str | None:
        """Name of the last action, or its text when it was an end-to-end utterance."""
        return self.latest_action.get("action_name") or self.latest_action.get("action_text")

    @property
    def active_loop_name(self) -> str | None:
        """Name of the active loop, if one is active."""
        if self.active_loop is None or self.active_loop.name == SHOULD_NOT_BE_SET:
            return None
        return self.active_loop.name

    def apply(self, event: Event) -> None:  # noqa: C901, PLR0912 - one branch for each kind of event
        """Take one event into account."""
        match event:
            case ActionExecuted():
                self._act(event)
            case UserUttered():
                self.latest_message = event
                self.followup_action = None
                self.uses_text = _uses_text(event)
            case SlotSet(key=key, value=value):
                self._set_slot(key, value)
            case BotUttered():
                self.latest_bot_utterance = event
            case UserFeaturization(use_text_for_featurization=uses_text):
                if self.latest_action_name == ACTION_LISTEN and self.latest_message is not None:
                    self.uses_text = uses_text
            case EntitiesAdded(entities=entities):
                self._add_entities(entities)
            case ActiveLoop(name=name):
                self._change_loop(name)
            case LoopInterrupted(is_interrupted=is_interrupted):
                if self.active_loop is not None:
                    self.active_loop = replace(self.active_loop, is_interrupted=is_interrupted)
            case ActionExecutionRejected(action_name=name):
                if self.active_loop is not None and name == self.active_loop_name:
                    self.active_loop = replace(self.active_loop, rejected=True)
            case FollowupAction(action_name=name):
                self.followup_action = name
            case ConversationPaused():
                self.is_paused = True
            case ConversationResumed():
                self.is_paused = False
            case AllSlotsReset():
                self._reset_slots()
            case SessionStarted():
                self._reset()
            case Restarted():
                self._reset()
                self.followup_action = ACTION_SESSION_START
            case _:
                pass

    def _act(self, event: ActionExecuted) -> None:
        if event.action_name:
            self.latest_action = {"action_name": event.action_name}
        else:
            self.latest_action = {"action_text": event.action_text or ""}
        self.followup_action = None
        loop = self.active_loop
        if loop is not None and self.active_loop_name:
            has_run = event.action_name == loop.name
            if loop.is_interrupted or (loop.rejected and has_run):
                rejected = loop.rejected and not has_run
                self.active_loop = replace(loop, is_interrupted=False, rejected=rejected)

    def _set_slot(self, key: str, value: Any) -> None:
        slot = self.domain.slots.get(key)
        if slot is None:
            log.error("an event set a slot that the domain does not have", extra=fields(slot=key))
            return
        self.slots[key] = slot.stored(value)
        self.slots_ever_set.add(key)

    def _add_entities(self, entities: tuple[Mapping[str, Any], ...]) -> None:
        message = self.latest_message
        if message is None or self.latest_action_name != ACTION_LISTEN:
            return
        new = tuple(entity for entity in entities if entity not in message.entities)
        self.latest_message = replace(message, entities=message.entities + new)

    def _change_loop(self, name: str | None) -> None:
        if name is None:
            self.active_loop = None
            return
        trigger = self.latest_message.parse_data if self.latest_message else None
        self.active_loop = LoopState(name=name, trigger_message=trigger)

    def _reset_slots(self) -> None:
        slots = self.domain.slots
        self.slots = {slot.name: slot.stored(slot.initial_value) for slot in slots.values()}
        self.slots_ever_set = set()

    def _reset(self) -> None:
        self._reset_slots()
        self.is_paused = False
        self.followup_action = ACTION_LISTEN
        self.latest_action = {}
        self.latest_message = None
        self.uses_text = None
        self.latest_bot_utterance = None
        self.active_loop = None


def _uses_text(event: UserUttered) -> bool | None:
    if event.text and not event.intent_name:
        return True
    if event.intent_name and not event.text:
        return False
    return None
