"""What the desk has to say, and what it is shown of an answer that was held back."""

from __future__ import annotations

import logging
from typing import Any

from kefu.core.handoff import Reason
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.utter import Speaking
from kefu.dialogue.ports import HandoffWish, Prospects
from kefu.errors import KefuError
from kefu.logs import fields

__all__ = ["draft_of", "prospects_for"]

log = logging.getLogger(__name__)


async def prospects_for(
    context: ActionContext,
    reason: Reason,
    *,
    skills: tuple[str, ...] = (),
    group: str | None = None,
    is_review: bool = False,
) -> Prospects | None:
    """Return what the customer has to expect; None when there is no desk, or it cannot tell."""
    reception = context.tools.reception
    if reception is None:
        return None
    tracker = context.tracker
    message = tracker.state.latest_message
    wish = HandoffWish(
        conversation_id=tracker.conversation_id,
        channel=tracker.latest_input_channel or context.channel,
        reason=reason,
        intent=message.intent_name if message else None,
        skills=skills,
        group=group,
        is_review=is_review,
    )
    try:
        return await reception.prospects(wish)
    except KefuError as error:
        where = fields(conversation_id=tracker.conversation_id, reason=str(error))
        log.warning("the desk does not say what to expect", extra=where)
        return None


async def draft_of(action_name: str, context: ActionContext) -> dict[str, Any]:
    """Return what an action would say, without saying it.

    ``kind`` is ``reply``, with the ``message``; or ``action`` when it is no response: what such an
    action does is known only when it has run.
    """
    draft: dict[str, Any] = {"kind": "action", "name": action_name}
    if not context.tools.domain.is_known_action(action_name):
        return draft
    action = context.tools.catalog.find(action_name)
    if isinstance(action, Speaking):
        message = await action.message(context)
        if message is not None:
            return {"kind": "reply", "name": action_name, "message": message}
    return draft
