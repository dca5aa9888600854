"""Reads the log of an account, page by page, into ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from kefu.channels.base import StateChange
from kefu.channels.wecom.enterprise import Enterprise
from kefu.core.messages import UserMessage
from kefu.errors import ChannelError, Conflict

__all__ = ["Item", "Reader", "Taken", "Throttled"]

Item = Mapping[str, Any]
"""An entry of the platform's log."""

PAGE = 200
"""Entries in a page: as many messages are committed together."""
OVERLAP_SECONDS = 60.0
"""How far behind the newest message seen one starts again when the cursor is lost."""
EMPTY_PAGES = 50
TOO_OFTEN, BAD_CURSOR = frozenset({45009, 45011}), frozenset({40035, 40058, 95006})


class Throttled(ChannelError):
    """Raised when the platform lets nobody pull for a minute."""


class Position(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far an account was read; kept in the transaction that keeps what was read."""

    cursor: str = ""
    since: float = 0.0
    """What was sent before this is not taken: a cursor was lost, and old pages come again."""
    until: float = 0.0
    """When the newest message was sent."""
    failures: tuple[tuple[str, str, float], ...] = ()
    """Deliveries the platform reported as failed before we knew that they were sent: reference,
    reason, when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a page held."""

    messages: Sequence[UserMessage]
    failures: tuple[tuple[str, str, float], ...]
    until: float


class Inbox(Protocol):
    """What becomes of the entries of a page."""

    async def take(
        self, account: str, items: Sequence[Item], *, since: float, failures: tuple[Any, ...]
    ) -> Taken:
        """Do what must be done before a page is committed; doing it again changes nothing."""
        ...

    async def committed(self, taken: Taken) -> None:
        """Do what follows a commit."""
        ...


class Reader:
    """Reads accounts; one reader at a time for each account, see :mod:`.pulling`."""

    def __init__(self, enterprise: Enterprise, inbox: Inbox) -> None:
        self._enterprise = enterprise
        self._api = enterprise.api
        self._state = enterprise.context.state
        self._inbox = inbox

    async def read_all(self, account: str, token: str, may_go_on: Callable[[], bool]) -> None:
        """Read until the platform says that there is no more.

        Raises:
            Throttled: The platform wants a minute's rest.
            ChannelError: A page cannot be had.
            StorageError: A page cannot be kept.
        """
        empty = 0
        while True:
            position, version = await self._position(account)
            page = await self._page(account, position, token)
            if page is None:
                self._enterprise.count("cursor_lost")
                position = Position(since=max(position.since, position.until - OVERLAP_SECONDS))
                await self._state.change(_key(account), _text(position), expected_version=version)
                continue
            items = [item for item in page.get("msg_list") or () if isinstance(item, dict)]
            cursor = str(page.get("next_cursor") or position.cursor)
            empty = empty + 1 if not items and cursor == position.cursor else 0
            await self._keep(account, position, version, items, cursor)
            if not page.get("has_more"):
                return
            if empty > EMPTY_PAGES:
                raise ChannelError("sync_msg: there is said to be more, but all pages are empty")
            await asyncio.sleep(0.02 * empty)
            if not may_go_on():
                return

    async def _keep(
        self,
        account: str,
        position: Position,
        version: int,
        items: Sequence[Item],
        cursor: str,
    ) -> None:
        """Write a page's messages and the cursor behind them: together, or neither."""
        taken = await self._inbox.take(
            account, items, since=position.since, failures=position.failures
        )
        after = msgspec.structs.replace(
            position,
            cursor=cursor,
            until=max(position.until, taken.until),
            failures=taken.failures,
        )
        if after == position and not taken.messages:
            return
        change = StateChange(_key(account), _text(after), version)
        if await self._written(taken.messages, change):
            await self._inbox.committed(taken)
        else:
            # Another process read the same page; what it wrote stands, and is read on from there.
            self._enterprise.count("pull_overtaken")

    async def _written(self, messages: Sequence[UserMessage], change: StateChange) -> bool:
        if not messages:
            return await self._state.change(
                change.key, change.value, expected_version=change.expected_version
            )
        try:
            await self._enterprise.context.door.receive_all(messages, changes=(change,))
        except Conflict:
            return False
        return True

    async def _page(self, account: str, position: Position, token: str) -> Mapping[str, Any] | None:
        """Return a page; None when the platform does not know the cursor."""
        answer = await self._api.sync(account, cursor=position.cursor, token=token, limit=PAGE)
        if answer.errcode in TOO_OFTEN:
            raise Throttled(f"sync_msg: {answer.errcode} {answer.errmsg}")
        if answer.errcode in BAD_CURSOR and position.cursor:
            return None
        return answer.require()

    async def _position(self, account: str) -> tuple[Position, int]:
        stored = await self._state.get(_key(account))
        if stored is None:
            return Position(
                since=self._enterprise.now() - self._enterprise.settings.first_pull_age
            ), 0
        return msgspec.json.decode(stored.value, type=Position), stored.version


def _key(account: str) -> str:
    return f"wecom:position:{account}"


def _text(position: Position) -> str:
    return msgspec.json.encode(position).decode()
