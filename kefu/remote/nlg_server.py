"""Responses from a server (``nlg:`` in endpoints.yml), with the domain's as a safety net."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import msgspec

from kefu.core.tracker import Tracker
from kefu.core.tracker_json import tracker_as_json
from kefu.dialogue.ports import ResponseGenerator
from kefu.dialogue.responses.variations import variation_id
from kefu.logs import fields
from kefu.remote.http_endpoint import HttpEndpoint, HttpSettings, reason_of

__all__ = ["ResponseServer"]

log = logging.getLogger(__name__)

MAX_SENT_EVENTS = 200


class ResponseServer:
    """Asks a server for the words of every response."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        responses: Mapping[str, Sequence[Mapping[str, Any]]],
        fallback: ResponseGenerator,
    ) -> None:
        """Connect to a server.

        Args:
            settings: Where it is.
            responses: The domain's, for the ids of their variations.
            fallback: Finds the words when the server does not.
        """
        self._http = HttpEndpoint(settings)
        self._responses = responses
        self._fallback = fallback

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return what the server answers for response ``name``."""
        body = msgspec.json.encode(self._question(name, tracker, channel, arguments))
        try:
            answer = await self._http.post(body)
            message = msgspec.json.decode(answer.body) if answer.status < 400 else None
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            return await self._instead(name, tracker, channel, arguments, reason=reason_of(error))
        if not isinstance(message, dict):
            reason = f"answered {answer.status} without a JSON object"
            return await self._instead(name, tracker, channel, arguments, reason=reason)
        return message

    async def close(self) -> None:
        """Close open connections."""
        await self._http.close()

    def _question(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        variations = self._responses.get(name) or ()
        return {
            "response": name,
            "id": variation_id(variations, channel, tracker.state.slots),
            "arguments": dict(arguments),
            "tracker": tracker_as_json(tracker, tracker.events[-MAX_SENT_EVENTS:]),
            "channel": {"name": channel},
        }

    async def _instead(
        self,
        name: str,
        tracker: Tracker,
        channel: str,
        arguments: Mapping[str, Any],
        *,
        reason: str,
    ) -> dict[str, Any] | None:
        where = fields(conversation_id=tracker.conversation_id, response=name, reason=reason)
        log.error("the response server failed, using the domain's response", extra=where)
        return await self._fallback.generate(name, tracker, channel, arguments)
