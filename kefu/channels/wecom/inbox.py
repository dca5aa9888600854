"""What becomes of a page of an account's log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from kefu.channels.base import InboundMessage
from kefu.channels.wecom.api import ASSISTANT, HUMAN, NEW, WAITING
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.events import Events, Failure
from kefu.channels.wecom.incoming import Incoming
from kefu.channels.wecom.reading import Item, Taken
from kefu.channels.wecom.sessions import Session, address_of, recipient_parts
from kefu.errors import ChannelError, KefuError
from kefu.logs import fields

__all__ = ["Inbox"]

log = logging.getLogger(__name__)

CUSTOMER, SYSTEM, SERVICER = 3, 4, 5
"""``origin``: who an entry of the log is from."""
FETCHES = 8
"""Files fetched at the same time."""
RELEASE_AGAIN_SECONDS = 2.0
SERVED_ELSEWHERE = frozenset({WAITING, HUMAN})


class Inbox:
    """Turns entries into messages and notes, and does for customers what follows."""

    def __init__(self, enterprise: Enterprise, incoming: Incoming, events: Events) -> None:
        self._enterprise = enterprise
        self._incoming = incoming
        self._events = events
        self._api = enterprise.api
        self._sessions = enterprise.sessions
        self._customers = enterprise.context.customers

    async def take(
        self, account: str, items: Sequence[Item], *, since: float, failures: tuple[Any, ...]
    ) -> Taken:
        """Do what must be done before a page is committed; doing it again changes nothing."""
        fresh = [item for item in items if _seconds(item.get("send_time")) >= since]
        if len(fresh) < len(items):
            self._enterprise.count("too_old", len(items) - len(fresh))
        said = await self._said(account, fresh)
        messages: list[InboundMessage] = []
        found: list[Failure] = list(failures)
        for item in fresh:
            result = said.get(id(item)) or await self._told(account, item)
            if isinstance(result, InboundMessage):
                messages.append(result)
            elif result is not None:
                found.append(result)
        await self._open_windows(fresh, messages)
        await self._release(messages)
        unknown = await self._events.settle(tuple(found)) if found else ()
        until = max((_seconds(item.get("send_time")) for item in fresh), default=0.0)
        return Taken(messages=messages, failures=unknown, until=until)

    async def committed(self, taken: Taken) -> None:
        """See to the sessions of the customers of a page, and to who they are."""
        strangers: list[tuple[str, str]] = []
        keeps_assistant = self._enterprise.settings.keeps_assistant
        for account, customer in _customers(taken.messages):
            session = await self._sessions.get(account, customer)
            if keeps_assistant and session.state not in (ASSISTANT, *SERVED_ELSEWHERE):
                self._enterprise.context.spawn(self._keep_assistant(account, customer))
            if self._customers is not None and not session.is_known:
                strangers.append((account, customer))
        for start in range(0, len(strangers), 100):
            self._enterprise.context.spawn(self._identify(strangers[start : start + 100]))

    async def _said(self, account: str, items: Sequence[Item]) -> dict[int, InboundMessage]:
        """Return what customers sent, by entry; their files are fetched at the same time."""
        sessions: dict[str, Session] = {}
        few = asyncio.Semaphore(FETCHES)

        async def one(item: Item) -> InboundMessage | None:
            customer = str(item.get("external_userid") or "")
            if customer not in sessions:
                sessions[customer] = await self._sessions.get(account, customer)
            try:
                async with few:
                    message = await self._incoming.message(account, item, sessions[customer])
            except ChannelError as error:
                self._enterprise.count("malformed")
                log.warning("an entry was left out", extra=fields(error=str(error)))
                return None
            self._enterprise.count("messages")
            return message

        own = [item for item in items if item.get("origin") == CUSTOMER]
        taken = await asyncio.gather(*map(one, own))
        return {
            id(item): message
            for item, message in zip(own, taken, strict=True)
            if message is not None
        }

    async def _told(self, account: str, item: Item) -> InboundMessage | Failure | None:
        origin = item.get("origin")
        if origin == SYSTEM:
            return await self._events.take(account, item)
        if origin == SERVICER:
            await self._events.servicer_said(account, item)
        return None

    async def _open_windows(
        self, items: Sequence[Item], messages: Sequence[InboundMessage]
    ) -> None:
        """Count anew what customers may be sent, before the bot can answer them."""
        said = {item.get("msgid"): item for item in items if item.get("origin") == CUSTOMER}
        latest = {m.sender: m for m in messages if m.message_id in said}
        for recipient, message in latest.items():
            act = str(message.message_id)
            at = _seconds(said[act].get("send_time"))
            await self._enterprise.ledger.opened(recipient, "message", act=act, at=at)

    async def _release(self, messages: Sequence[InboundMessage]) -> None:
        """Send what waited until these customers write: now their windows are open."""
        for account, customer in _customers(messages):
            if not (await self._sessions.get(account, customer)).has_held:
                continue
            door, address = self._enterprise.context.door, address_of(account, customer)
            await door.release_held(address)
            await self._sessions.change(account, customer, has_held=False)
            self._enterprise.context.spawn(self._release_again(address))

    async def _release_again(self, address: str) -> None:
        """Send what was just being held back while the rest was released."""
        await asyncio.sleep(RELEASE_AGAIN_SECONDS)
        await self._enterprise.context.door.release_held(address)

    async def _keep_assistant(self, account: str, customer: str) -> None:
        """Put a new session into the state in which it is answered through the API."""
        try:
            state = await self._api.service_state(account, customer)
            if state == NEW:
                (await self._api.transfer(account, customer, ASSISTANT)).require()
                state = ASSISTANT
            await self._sessions.change(account, customer, state=state)
        except KefuError as error:
            log.warning("a session's state is not known", extra=fields(error=str(error)))

    async def _identify(self, strangers: Sequence[tuple[str, str]]) -> None:
        assert self._customers is not None
        try:
            people = await self._api.people([customer for _, customer in strangers])
            known = {str(person.get("external_userid")): person for person in people}
            for account, customer in strangers:
                person = known.get(customer)
                if person is None:
                    continue
                address = address_of(account, customer)
                if person.get("unionid"):
                    value = str(person["unionid"])
                    await self._customers.identify(
                        address, kind="unionid", value=value, is_verified=True
                    )
                if person.get("nickname"):
                    told = {"nickname": str(person["nickname"])}
                    await self._customers.set_attributes(address, told)
                await self._sessions.change(account, customer, is_known=True)
        except KefuError as error:
            log.warning("a customer was not identified", extra=fields(error=str(error)))


def _customers(messages: Sequence[InboundMessage]) -> list[tuple[str, str]]:
    """Return the accounts and customers that messages are from, each once."""
    return [recipient_parts(one) for one in dict.fromkeys(message.sender for message in messages)]


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
