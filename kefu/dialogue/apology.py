"""What the customer is told when something on our side did not work."""

from __future__ import annotations

from kefu.core.events import Event
from kefu.core.names import UTTER_PREFIX
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.actions.utter import Utter
from kefu.dialogue.responses.utterances import utterance

__all__ = ["APOLOGY_MARK", "apology"]

APOLOGY_MARK = "apology"
"""Metadata key of an utterance that is an apology."""


async def apology(context: ActionContext) -> list[Event]:
    """Return the configured apology; nothing when there is none, or it was said this turn."""
    wording = context.tools.settings.apology
    if not wording or context.apologies.given:
        return []
    context.apologies.given = True
    if wording.startswith(UTTER_PREFIX):
        return await Utter(wording).run(context)
    return [utterance({"text": wording, APOLOGY_MARK: True})]
