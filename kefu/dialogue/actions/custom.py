"""Custom actions: what is asked of the endpoint, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kefu.core.codec import decode_event
from kefu.core.event_schema import check_event
from kefu.core.events import BotUttered, Event
from kefu.core.tracker_json import tracker_as_json
from kefu.dialogue.actions.action import ActionContext
from kefu.dialogue.ports import ActionCall
from kefu.dialogue.responses.utterances import utterance
from kefu.dialogue.session_events import session_events
from kefu.errors import ActionFailed, EventError

__all__ = ["MAX_SENT_EVENTS", "CustomAction"]

MAX_SENT_EVENTS = 200
"""Events that a custom action sees at most: the latest ones of the session."""


@dataclass(frozen=True, slots=True)
class CustomAction:
    """An action that runs at the endpoint."""

    name: str

    async def run(self, context: ActionContext) -> list[Event]:
        """Call the endpoint and return its responses and events.

        Raises:
            ActionRejected: The action declined to run.
            ActionFailed: It could not be run, or answered with an event that does not exist.
        """
        tools = context.tools
        if tools.endpoint is None:
            raise ActionFailed(self.name, "endpoints.yml names no action_endpoint")
        tracker = context.tracker
        call = ActionCall(
            action_name=self.name,
            conversation_id=tracker.conversation_id,
            tracker=tracker_as_json(
                tracker, session_events(tracker.events, context.turn_start, MAX_SENT_EVENTS)
            ),
            domain=tools.domain.data,
            needs_domain=self.name in tools.domain.actions_needing_domain,
            idempotency_key=next(context.call_keys),
        )
        result = await tools.endpoint.run(call)
        events = self._decoded(result.events)
        return [*await _uttered(result.responses, context), *events]

    def _decoded(self, raw: Sequence[Mapping[str, Any]]) -> list[Event]:
        given = [item for item in raw if "event" in item]
        try:
            for item in given:
                check_event(item)
            return [decode_event(item) for item in given]
        except (EventError, TypeError) as error:
            raise ActionFailed(self.name, f"its answer has a bad event: {error}") from error


async def _uttered(
    responses: Sequence[Mapping[str, Any]], context: ActionContext
) -> list[BotUttered]:
    uttered: list[BotUttered] = []
    for response in responses:
        message = await _message(dict(response), context)
        if message is not None:
            uttered.append(utterance(message))
    return uttered


async def _message(response: dict[str, Any], context: ActionContext) -> dict[str, Any] | None:
    """Fill the named response, if one is named, and add what the action gave along with it."""
    name = response.pop("response", None)
    message: dict[str, Any] = {}
    if name:
        generate = context.tools.responses.generate
        found = await generate(name, context.tracker, context.channel, response)
        if not found:
            return None
        message = {**found, "utter_action": name}
    buttons = response.pop("buttons", None)
    if buttons:
        message["buttons"] = [*(message.get("buttons") or ()), *buttons]
    message.update({key: value for key, value in response.items() if value})
    return message
