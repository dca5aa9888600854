"""Actions that say something."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from kefu.core.events import Event
from kefu.core.names import UTTER_PREFIX
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.responses.utterances import utterance
from kefu.logs import fields

__all__ = ["SayText", "Speaking", "Utter", "UtterSelected", "selected_response"]

log = logging.getLogger(__name__)

Message = dict[str, Any]


@runtime_checkable
class Speaking(Protocol):
    """An action that says one thing and nothing else."""

    async def message(self, context: ActionContext) -> Message | None:
        """Return what it says, as :func:`utterance` takes it; None when there is nothing to say."""
        ...


@dataclass(frozen=True, slots=True)
class Utter:
    """Says a response of the domain."""

    response: str
    is_optional: bool = False
    """Whether a missing response is nothing to talk about."""

    async def run(self, context: ActionContext) -> list[Event]:
        """Return the utterance; nothing when no variation fits."""
        message = await self.message(context)
        return [] if message is None else [utterance(message)]

    async def message(
        self, context: ActionContext, arguments: Mapping[str, Any] | None = None
    ) -> Message | None:
        """Return the words, with ``arguments`` as variables besides the slots."""
        message = await context.tools.responses.generate(
            self.response, context.tracker, context.channel, arguments or {}
        )
        if message is not None:
            message["utter_action"] = self.response
        elif not self.is_optional:
            conversation_id = context.tracker.conversation_id
            where = fields(response=self.response, conversation_id=conversation_id)
            log.error("no variation of a response fits", extra=where)
        return message


@dataclass(frozen=True, slots=True)
class UtterSelected:
    """Says the answer that the response selector chose for a retrieval intent."""

    action_name: str

    async def run(self, context: ActionContext) -> list[Event]:
        """Return the utterance; nothing when the selector chose none."""
        message = await self.message(context)
        return [] if message is None else [utterance(message)]

    async def message(self, context: ActionContext) -> Message | None:
        """Return the words of the chosen answer."""
        response = selected_response(self.action_name, context)
        if response is None:
            log.error("no response was selected", extra=fields(action=self.action_name))
            return None
        return await Utter(response).message(context)


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

    async def message(self, context: ActionContext) -> Message | None:  # noqa: ARG002 - the contract
        """Return the text."""
        return {"text": self.text}
