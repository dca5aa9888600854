"""``action_handoff``: tells the customer what happens now, and hands the conversation over."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    ConversationPaused,
    Event,
    FollowupAction,
    SlotSet,
)
from kefu.core.handoff import Reason, reason_name
from kefu.core.names import (
    ACTION_HANDOFF,
    ACTION_LISTEN,
    CUSTOMER_NAME_SLOT,
    HANDOFF_KEY,
    HANDOFF_REASON_SLOT,
    REQUESTED_SLOT,
    UTTER_PREFIX,
)
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.asking_the_desk import draft_of, prospects_for
from kefu.dialogue.actions.utter import Utter
from kefu.dialogue.handoff_reasons import detail_of, reason_of
from kefu.dialogue.handoff_words import built_in_text, variables
from kefu.dialogue.ports import Prospects
from kefu.dialogue.responses.utterances import utterance
from kefu.errors import ActionRejected, KefuError
from kefu.logs import fields

__all__ = ["hand_over"]

log = logging.getLogger(__name__)

REASON_LENGTH = 120
"""Characters of the reason in words."""
CARRIED = ("skills", "group", "confidence", "parts", "action")
"""What whoever chose the action gives along and the pause says as well."""


async def hand_over(context: ActionContext) -> list[Event]:
    """Hand the conversation to a person.

    The metadata of the prediction may say, below ``handoff``, the ``reason`` and its ``detail``,
    who wants it (``by``), ``skills`` and ``group``, the action that runs ``first``, and what to do
    ``when_nobody`` is on duty: ``answer`` (decline), the name of a response that is said, anything
    else hands over all the same. Without a reason the conversation tells it.

    Raises:
        ActionRejected: Nobody is on duty, and the bot is to answer then.
    """
    given: Mapping[str, Any] = context.metadata.get(HANDOFF_KEY) or {}
    reason: Reason = given.get("reason") or reason_of(context.tracker)
    prospects = await prospects_for(
        context, reason, skills=tuple(given.get("skills") or ()), group=given.get("group")
    )
    nobody = prospects is None or not prospects.has_somebody
    if nobody and given.get("when_nobody") == "answer":
        raise ActionRejected(ACTION_HANDOFF, "nobody is on duty")
    language = context.tools.settings.language
    detail = given.get("detail") or detail_of(context.tracker, language)
    before = await _first(context, str(given.get("first") or ""))
    said = await _announcement(context, prospects, str(given.get("when_nobody") or ""))
    handoff = await _handoff(context, given, reason=reason, detail=detail)
    if prospects is not None:
        handoff["told"] = _told(prospects)
    return [
        *before,
        *_left_loop(context),
        utterance(said),
        # Whoever hears of the commit reads the reason and the name next to the pause.
        *_reason_slot(context, reason_name(reason, language), detail),
        *_name_slot(context),
        # A paused bot does not get to listen. Without saying so here, the first thing it does when
        # it is resumed would be to listen, and the customer's next message went unanswered.
        ActionExecuted(action_name=ACTION_LISTEN),
        ConversationPaused(metadata={HANDOFF_KEY: handoff}),
    ]


async def _first(context: ActionContext, name: str) -> list[Event]:
    """Run the action that comes before; what fails there keeps nobody from a human."""
    if not name or not context.tools.domain.is_known_action(name):
        return []
    try:
        events = await context.tools.catalog.find(name).run(context)
    except KefuError as error:
        where = fields(conversation_id=context.tracker.conversation_id, reason=str(error))
        log.warning("%s did not run before the handover", name, extra=where)
        return []
    return [event for event in events if not isinstance(event, FollowupAction)]


async def _handoff(
    context: ActionContext, given: Mapping[str, Any], *, reason: Reason, detail: str
) -> dict[str, Any]:
    message = context.tracker.state.latest_message
    handoff: dict[str, Any] = {
        "reason": reason,
        "detail": detail,
        "by": given.get("by") or ("customer" if reason == "asked" else "bot"),
    }
    if message is not None and message.intent_name:
        handoff["intent"] = message.intent_name
        handoff["confidence"] = message.intent.get("confidence")
    handoff |= {key: given[key] for key in CARRIED if given.get(key) is not None}
    if "action" in handoff:
        handoff["draft"] = await draft_of(str(handoff["action"]), context)
    return handoff


def _left_loop(context: ActionContext) -> list[Event]:
    """End the active form: nobody goes on with it, and what comes next is no answer to it."""
    if context.tracker.state.active_loop_name is None:
        return []
    left: list[Event] = [ActiveLoop(name=None)]
    if REQUESTED_SLOT in context.tools.domain.slots:
        left.append(SlotSet(key=REQUESTED_SLOT))
    return left


def _reason_slot(context: ActionContext, name: str, detail: str) -> list[Event]:
    if HANDOFF_REASON_SLOT not in context.tools.domain.slots:
        return []
    is_chinese = context.tools.settings.language.lower().startswith("zh")
    text = ("；" if is_chinese else "; ").join(filter(None, (name, detail)))
    short = text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 1] + "…"
    return [SlotSet(key=HANDOFF_REASON_SLOT, value=short)]


def _name_slot(context: ActionContext) -> list[Event]:
    name = context.tracker.state.slots.get(CUSTOMER_NAME_SLOT)
    return [SlotSet(key=CUSTOMER_NAME_SLOT, value=name)] if name else []


async def _announcement(
    context: ActionContext, prospects: Prospects | None, when_nobody: str
) -> dict[str, Any]:
    """Return what the customer is told: a response of the domain, else a text of our own."""
    kind = _kind(prospects)
    candidates = [f"utter_handoff_{kind}" if kind else "utter_handoff"]
    if kind == "waiting":
        candidates.append("utter_handoff")
    is_custom = when_nobody.startswith(UTTER_PREFIX)
    if is_custom and (prospects is None or not prospects.has_somebody):
        candidates.insert(0, when_nobody)
    language = context.tools.settings.language
    values = variables(prospects, language)
    for name in candidates:
        if name in context.tools.domain.responses:
            message = await Utter(name).message(context, values)
            if message is not None:
                return message
    text = built_in_text(kind, values, language)
    return {"text": text, "utter_action": candidates[-1]}


def _kind(prospects: Prospects | None) -> str:
    if prospects is None:
        return ""
    if not prospects.is_open:
        return "closed"
    if not prospects.agents_on_duty:
        return "nobody"
    return "waiting" if prospects.waiting_before > 0 else ""


def _told(prospects: Prospects) -> dict[str, Any]:
    """Return what the customer was told to expect, for the record."""
    return {
        "is_open": prospects.is_open,
        "agents_on_duty": prospects.agents_on_duty,
        "waiting_before": prospects.waiting_before,
        "wait_seconds": prospects.wait_seconds,
    }
