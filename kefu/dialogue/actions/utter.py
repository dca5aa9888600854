"""Actions that say something."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from kefu.core.events import Event
from kefu.core.names import UTTER_PREFIX
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.responses.utterances import utterance
from kefu.logs import fields

__all__ = ["SayText", "Utter", "UtterSelected", "selected_response"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Utter:
    """Says a response of the domain."""

    response: str
    is_optional: bool = False
    """Whether a missing response is nothing to talk about."""

    async def run(self, context: ActionContext) -> list[Event]:
        """Return the utterance; nothing when no variation fits."""
        message = await context.tools.responses.generate(
            self.response, context.tracker, context.channel, {}
        )
        if message is None:
            if not self.is_optional:
                conversation_id = context.tracker.conversation_id
                where = fields(response=self.response, conversation_id=conversation_id)
                log.error("no variation of a response fits", extra=where)
            return []
        message["utter_action"] = self.response
        return [utterance(message)]


@dataclass(frozen=True, slots=True)
class UtterSelected:
    """Says the answer that the response selector chose for a retrieval intent."""

    action_name: str

    async def run(self, context: ActionContext) -> list[Event]:
        """Return the utterance; nothing when the selector chose none."""
        response = selected_response(self.action_name, context)
        if response is None:
            log.error("no response was selected", extra=fields(action=self.action_name))
            return []
        return await Utter(response).run(context)


def selected_response(action_name: str, context: ActionContext) -> str | None:
    """Return the full name of the response selected for ``utter_<retrieval intent>``."""
    message = context.tracker.state.latest_message
    selected = (message.parse_data.get("response_selector") if message else None) or {}
    intent = action_name.removeprefix(UTTER_PREFIX)
    result = selected.get(intent) or selected.get("default")
    name: str | None = ((result or {}).get("response") or {}).get("utter_action")
    return name


@dataclass(frozen=True, slots=True)
class SayText:
    """Says the text of an end-to-end story."""

    text: str

    async def run(self, context: ActionContext) -> list[Event]:  # noqa: ARG002 - the contract
        """Return the utterance."""
        return [utterance({"text": self.text})]
