"""``action_review``: an answer waits until an agent has looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kefu.core.events import ActionExecuted, Event
from kefu.core.names import ACTION_LISTEN, ACTION_REVIEW, REVIEW_KEY
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.asking_the_desk import draft_of, prospects_for
from kefu.errors import ActionRejected

__all__ = ["ask_for_review"]

DEFAULT_SECONDS = 30.0


async def ask_for_review(context: ActionContext) -> list[Event]:
    """Hold back the action that the prediction's metadata names below ``review``, and listen.

    The metadata of this action's event then has the review's ``id``, the ``draft`` and the
    ``deadline`` (seconds since the epoch) besides. Nothing is said to the customer.

    Raises:
        ActionRejected: There is nothing to review, or nobody to do it.
    """
    wanted = context.metadata.get(REVIEW_KEY)
    if not isinstance(wanted, Mapping) or not isinstance(wanted.get("action"), str):
        raise ActionRejected(ACTION_REVIEW, "there is nothing to review")
    prospects = await prospects_for(context, "low_confidence", is_review=True)
    if prospects is None or not prospects.has_somebody:
        raise ActionRejected(ACTION_REVIEW, "nobody is on duty")
    review: dict[str, Any] = {
        **wanted,
        "id": next(context.call_keys),
        "draft": await draft_of(wanted["action"], context),
        "deadline": context.tools.clock.now() + float(wanted.get("seconds") or DEFAULT_SECONDS),
    }
    context.metadata[REVIEW_KEY] = review
    return [ActionExecuted(action_name=ACTION_LISTEN)]
