"""Built-in actions that only change the conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
)
from kefu.core.names import ACTION_LISTEN, INTENT_NLU_FALLBACK, INTENT_OUT_OF_SCOPE, REQUESTED_SLOT
from kefu.core.tracker import Tracker
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.utter import Utter
from kefu.dialogue.responses.utterances import utterance

__all__ = [
    "Simple",
    "ask_affirmation",
    "ask_rephrase",
    "back",
    "deactivate_loop",
    "default_fallback",
    "do_nothing",
    "restart",
    "start_session",
]

MAX_REPLAYED_SLOT_EVENTS = 64
"""Up to here a new session repeats every slot event of the last one, as Rasa does."""


@dataclass(frozen=True, slots=True)
class Simple:
    """An action made of a function."""

    function: Callable[[ActionContext], Awaitable[list[Event]]]

    async def run(self, context: ActionContext) -> list[Event]:
        """Call the function."""
        return await self.function(context)


async def do_nothing(context: ActionContext) -> list[Event]:  # noqa: ARG001 - the contract
    """Listen, or whatever else changes nothing by itself."""
    return []


async def restart(context: ActionContext) -> list[Event]:
    """Start the conversation over."""
    return [*await _say_if_known("utter_restart", context), Restarted()]


async def back(context: ActionContext) -> list[Event]:
    """Forget this turn and the one before it."""
    said = await _say_if_known("utter_back", context)
    return [*said, UserUtteranceReverted(), UserUtteranceReverted()]


async def default_fallback(context: ActionContext) -> list[Event]:
    """Say that nothing was understood and forget the turn."""
    return [*await _say_if_known("utter_default", context), UserUtteranceReverted()]


async def ask_rephrase(context: ActionContext) -> list[Event]:
    """Ask the customer to say it in other words."""
    return await _say_if_known("utter_ask_rephrase", context)


async def deactivate_loop(context: ActionContext) -> list[Event]:  # noqa: ARG001 - the contract
    """Leave the active form or loop."""
    return [ActiveLoop(name=None), SlotSet(key=REQUESTED_SLOT, value=None)]


async def start_session(context: ActionContext) -> list[Event]:
    """Begin a session, with the slots of the last one when the domain wants that."""
    events: list[Event] = [SessionStarted()]
    if context.tools.domain.session.carry_over_slots:
        events += _carried_over(context.tracker)
    return [*events, ActionExecuted(action_name=ACTION_LISTEN)]


def _carried_over(tracker: Tracker) -> list[Event]:
    set_before = [event for event in tracker.applied if isinstance(event, SlotSet)]
    if tracker.is_whole and len(set_before) <= MAX_REPLAYED_SLOT_EVENTS:
        return [replace(event, timestamp=None) for event in set_before]
    state = tracker.state
    return [SlotSet(key=name, value=state.slots[name]) for name in sorted(state.slots_ever_set)]


async def ask_affirmation(context: ActionContext) -> list[Event]:
    """Ask whether the customer meant the most likely intent."""
    message = context.tracker.state.latest_message
    intent = message.intent_name if message else None
    ranking: list[Any] = (message.parse_data.get("intent_ranking") if message else None) or []
    if intent == INTENT_NLU_FALLBACK and len(ranking) > 1:
        intent = ranking[1].get("name")
    question = {
        "text": f"Did you mean '{intent}'?",
        "buttons": [
            {"title": "Yes", "payload": f"/{intent}"},
            {"title": "No", "payload": f"/{INTENT_OUT_OF_SCOPE}"},
        ],
        "utter_action": "action_default_ask_affirmation",
    }
    return [utterance(question)]


async def _say_if_known(response: str, context: ActionContext) -> list[Event]:
    return await Utter(response, is_optional=True).run(context)
