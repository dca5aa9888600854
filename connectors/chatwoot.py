"""Another desk in the place of Kefu's: Chatwoot, by its application API.

docs/howto/use_another_desk.md walks through this file. Named in endpoints.yml, for what goes to
Chatwoot, and in credentials.yml, for what its agents say::

    human_queue:
      name: connectors.chatwoot.HumanQueue
      url: https://chat.example.com
      account: 1
      inbox: 4
      token: ${CHATWOOT_TOKEN}

    connectors.chatwoot.Chatwoot:
      secret: ${CHATWOOT_WEBHOOK_SECRET}
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Self

import aiohttp
import msgspec

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Route,
    WebRequest,
    WebResponse,
    decoded_body,
    json_response,
)
from kefu.core.events import ConversationResumed, Event, UserUttered
from kefu.core.human_queue import Handoff
from kefu.core.human_queue import HumanQueue as Queue
from kefu.core.messages import AgentMessage, Reply
from kefu.errors import ChannelError, Conflict, ProjectError, Refused, Untrusted

__all__ = ["Chatwoot", "HumanQueue"]

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10


class HumanQueue:
    """Lets customers wait in Chatwoot; see :class:`kefu.core.human_queue.HumanQueue`.

    Chatwoot keeps what belongs together: a contact's ``identifier`` is the conversation's id here.
    So nothing is stored, and everything may be told twice.
    """

    is_elsewhere = True
    """The bot does not ask Kefu's own desk who is on duty."""

    def __init__(self, *, url: str, account: int, inbox: int, token: str) -> None:
        self._base = f"{url.rstrip('/')}/api/v1/accounts/{account}"
        self._inbox = inbox
        self._headers = {"api_access_token": token, "Content-Type": "application/json"}

    @classmethod
    def from_settings(cls, settings: dict[str, Any], *, desk: Queue) -> Self:  # noqa: ARG003
        """Build the adapter from its section of endpoints.yml; Kefu's own ``desk`` is not used."""
        try:
            return cls(
                url=str(settings["url"]),
                account=int(settings["account"]),
                inbox=int(settings["inbox"]),
                token=str(settings["token"]),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise ProjectError(
                "endpoints.yml: human_queue for Chatwoot needs url, account, inbox (numbers) and"
                f" token; wrong or missing: {error}"
            ) from error

    async def request(self, handoff: Handoff) -> None:
        """Let a conversation wait for an agent, if it does not yet."""
        async with self._session() as session:
            contact = await self._contact(session, handoff)
            if await self._open(session, contact) is not None:
                return
            begun = await self._ask(
                session,
                "POST",
                "/conversations",
                {
                    "inbox_id": self._inbox,
                    "contact_id": contact["id"],
                    "source_id": _source(contact, self._inbox),
                    "additional_attributes": {"channel": handoff.channel},
                },
            )
            words = handoff.detail or handoff.reason
            note = {"content": words, "message_type": "outgoing", "private": True}
            await self._ask(session, "POST", f"/conversations/{begun['id']}/messages", note)

    async def withdraw(self, conversation_id: str, *, at: float) -> None:  # noqa: ARG002 - the port
        """Let it wait no longer."""
        async with self._session() as session:
            open_ = await self._open_of(session, conversation_id)
            if open_ is not None:
                path = f"/conversations/{open_['id']}/toggle_status"
                await self._ask(session, "POST", path, {"status": "resolved"})

    async def heard(
        self,
        conversation_id: str,
        events: Sequence[Event],
        *,
        channel: str,  # noqa: ARG002 - the port
        at: float,  # noqa: ARG002
    ) -> None:
        """Show the agent what the customer writes."""
        said = [event for event in events if isinstance(event, UserUttered) and event.text]
        if not said:
            return
        async with self._session() as session:
            open_ = await self._open_of(session, conversation_id)
            if open_ is None:
                return
            for event in said:
                path = f"/conversations/{open_['id']}/messages"
                body = {"content": event.text, "message_type": "incoming"}
                await self._ask(session, "POST", path, body)

    async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:  # noqa: ARG002 - the port
        """Return nobody: Chatwoot shows who waits."""
        return []

    # -- Chatwoot --------------------------------------------------------------------------

    async def _contact(self, session: aiohttp.ClientSession, handoff: Handoff) -> dict[str, Any]:
        found = await self._found(session, handoff.conversation_id)
        if found is not None:
            return found
        body = {
            "inbox_id": self._inbox,
            "name": handoff.customer_name or handoff.conversation_id,
            "identifier": handoff.conversation_id,
        }
        made = await self._ask(session, "POST", "/contacts", body)
        contact: dict[str, Any] = made["payload"]["contact"]
        return contact

    async def _found(
        self, session: aiohttp.ClientSession, conversation_id: str
    ) -> dict[str, Any] | None:
        search = await self._ask(session, "GET", "/contacts/search", query={"q": conversation_id})
        fits = (one for one in search["payload"] if one.get("identifier") == conversation_id)
        return next(fits, None)

    async def _open_of(
        self, session: aiohttp.ClientSession, conversation_id: str
    ) -> dict[str, Any] | None:
        contact = await self._found(session, conversation_id)
        return None if contact is None else await self._open(session, contact)

    async def _open(
        self, session: aiohttp.ClientSession, contact: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        answer = await self._ask(session, "GET", f"/contacts/{contact['id']}/conversations")
        fits = (
            one
            for one in answer["payload"]
            if one.get("inbox_id") == self._inbox and one.get("status") != "resolved"
        )
        return next(fits, None)

    def _session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        return aiohttp.ClientSession(headers=self._headers, timeout=timeout)

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        data = None if body is None else msgspec.json.encode(body)
        try:
            async with session.request(
                method, self._base + path, data=data, params=query
            ) as response:
                if response.status >= 400:
                    raise ChannelError(f"Chatwoot answers {response.status} to {method} {path}")
                return msgspec.json.decode(await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChannelError(f"Chatwoot does not answer: {type(error).__name__}") from error


class Chatwoot:
    """Hears from Chatwoot what its agents say: the webhook of the API inbox."""

    name = "chatwoot"
    capabilities = Capabilities()

    def __init__(self, context: ChannelContext, *, secret: str) -> None:
        self._context = context
        self._secret = secret

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector from ``secret``, which the webhook's address ends with."""
        secret = settings.get("secret")
        if not isinstance(secret, str) or len(secret) < 16:
            raise ChannelError("setting 'secret' must be a text of 16 characters or more")
        return cls(context, secret=secret)

    def routes(self) -> Sequence[Route]:
        """Return the address for Chatwoot's events: ``/webhooks/chatwoot/events?secret=...``."""
        return (Route(method="POST", path="/events", serve=self.event, max_body=256 * 1024),)

    async def event(self, request: WebRequest) -> WebResponse:
        """Take an event; those that are none of ours are answered and forgotten."""
        given = request.query.get("secret", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Untrusted("bad_signature", "the secret in the webhook's address is not ours")
        body = decoded_body(request)
        match body.get("event"):
            case "message_created":
                await self._said(body)
            case "conversation_status_changed" if body.get("status") == "resolved":
                await self._resolved(_customer(body))
            case _:
                pass
        return json_response({})

    async def _said(self, body: Mapping[str, Any]) -> None:
        is_for_customer = body.get("message_type") == "outgoing" and not body.get("private")
        conversation_id = _customer(body.get("conversation") or {})
        if not is_for_customer or not conversation_id or not body.get("content"):
            return
        sender = body.get("sender") or {}
        door = self._context.door
        head = await door.head(conversation_id)
        if head is None or head.owner == "bot":
            return  # given back, or never handed over: the bot answers
        if head.owner == "queue":
            await door.change_owner(conversation_id, "agent")
        said = AgentMessage(
            conversation_id=conversation_id,
            agent={"id": f"chatwoot-{sender.get('id')}", "name": str(sender.get("name") or "")},
            message_id=f"chatwoot-{body.get('id')}",  # Chatwoot may tell it twice
            text=str(body["content"]),
        )
        try:
            await door.agent_says(said)
        except Conflict as error:
            log.info("what an agent said in Chatwoot came too late: %s", error)

    async def _resolved(self, conversation_id: str) -> None:
        """Give the conversation back to the bot."""
        door = self._context.door
        head = await door.head(conversation_id) if conversation_id else None
        if head is not None and head.owner != "bot":
            await door.change_owner(conversation_id, "bot")
            await door.append_events(conversation_id, [ConversationResumed()])

    async def send(
        self,
        reply: Reply,  # noqa: ARG002 - the port
        *,
        delivery_id: int,  # noqa: ARG002
        recipient: str,  # noqa: ARG002
    ) -> str | None:
        """Refuse: customers are on other channels."""
        raise Refused("no customer writes through Chatwoot")

    async def close(self) -> None:
        """Nothing is open."""


def _customer(conversation: Mapping[str, Any]) -> str:
    """Return the conversation here that one of Chatwoot's is about; empty: none."""
    sender = (conversation.get("meta") or {}).get("sender") or {}
    return str(sender.get("identifier") or "")


def _source(contact: Mapping[str, Any], inbox: int) -> str | None:
    inboxes = contact.get("contact_inboxes") or ()
    return next(
        (one["source_id"] for one in inboxes if (one.get("inbox") or {}).get("id") == inbox), None
    )
