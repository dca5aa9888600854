"""Custom actions behind a webhook: the protocol of rasa-sdk's action server."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from kefu.dialogue.ports import ActionCall, ActionResult
from kefu.errors import ActionFailed, ActionRejected, ActionUnreachable
from kefu.logs import shown_url
from kefu.remote.http_endpoint import HttpAnswer, HttpEndpoint, HttpSettings, reason_of

__all__ = ["IDEMPOTENCY_HEADER", "PROTOCOL_VERSION", "ActionServer"]

PROTOCOL_VERSION = "3.6.21"
"""The version of Rasa whose side of the protocol this is."""

IDEMPOTENCY_HEADER = "Idempotency-Key"
"""Carries the same value in every attempt at the same step of the same turn."""

REJECTED = 400
NOT_FOUND = 404
DOMAIN_WANTED = 449


class ActionServer:
    """Runs actions on a server."""

    def __init__(self, settings: HttpSettings, *, sends_domain_always: bool = True) -> None:
        """Connect to a server.

        Args:
            settings: Where it is.
            sends_domain_always: False sends the domain only with actions that declare the need
                for it, and with the answer to a server that asks for it.
        """
        self._http = HttpEndpoint(settings)
        self._sends_domain_always = sends_domain_always
        self._domain: tuple[Mapping[str, Any], msgspec.Raw, str] | None = None

    async def run(self, call: ActionCall) -> ActionResult:
        """Run an action and return what it answered.

        Raises:
            ActionRejected: The action declined to run.
            ActionUnreachable: Nobody answered.
            ActionFailed: It raised, answered nonsense or ran out of time.
        """
        with_domain = self._sends_domain_always or call.needs_domain
        answer = await self._asked(call, with_domain=with_domain)
        if answer.status == DOMAIN_WANTED and not with_domain:
            answer = await self._asked(call, with_domain=True)
        return _result(call.action_name, answer)

    async def close(self) -> None:
        """Close open connections."""
        await self._http.close()

    async def _asked(self, call: ActionCall, *, with_domain: bool) -> HttpAnswer:
        name = call.action_name
        headers = {IDEMPOTENCY_HEADER: quote(call.idempotency_key, safe=":")}
        try:
            return await self._http.post(self._body(call, with_domain=with_domain), headers)
        except TimeoutError as error:
            seconds = self._http.timeout_seconds
            raise ActionFailed(name, f"no answer within {seconds:g} s") from error
        except aiohttp.ClientConnectionError as error:
            reason = f"cannot connect to the action server at {shown_url(self._http.url)}"
            raise ActionUnreachable(name, reason) from error
        except aiohttp.ClientError as error:
            raise ActionFailed(name, f"the action server broke off: {reason_of(error)}") from error

    def _body(self, call: ActionCall, *, with_domain: bool) -> bytes:
        domain, digest = self._encoded_domain(call.domain)
        body: dict[str, Any] = {
            "next_action": call.action_name,
            "sender_id": call.conversation_id,
            "tracker": call.tracker,
            "version": PROTOCOL_VERSION,
            "domain_digest": digest,
        }
        if with_domain:
            body["domain"] = domain
        return msgspec.json.encode(body)

    def _encoded_domain(self, domain: Mapping[str, Any]) -> tuple[msgspec.Raw, str]:
        if self._domain is None or self._domain[0] is not domain:
            encoded = msgspec.json.encode(domain)
            digest = hashlib.sha256(encoded).hexdigest()
            self._domain = (domain, msgspec.Raw(encoded), digest)
        return self._domain[1], self._domain[2]


def _result(name: str, answer: HttpAnswer) -> ActionResult:
    body = _decoded(answer.body)
    if answer.status == REJECTED and isinstance(body, dict) and body.get("action_name"):
        raise ActionRejected(name, str(body.get("error") or "it declined to run"))
    if answer.status == NOT_FOUND:
        raise ActionFailed(name, "the action server has no action of this name")
    if answer.status >= 400:
        detail = body.get("error") if isinstance(body, dict) else None
        raise ActionFailed(name, f"the action server answered {answer.status}: {detail or '?'}")
    if not isinstance(body, dict):
        raise ActionFailed(name, "the action server's answer is not a JSON object")
    events, responses = body.get("events") or [], body.get("responses") or []
    if not (_is_list_of_objects(events) and _is_list_of_objects(responses)):
        raise ActionFailed(name, "'events' and 'responses' of the answer must be lists of objects")
    return ActionResult(events=events, responses=responses)


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
