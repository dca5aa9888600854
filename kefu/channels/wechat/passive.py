"""Answers for accounts that may not send: in the response to a push, or to the next one.

An account that is not verified has no API of customer-service messages. What is to be sent while
one of the customer's pushes waits for its answer goes into that answer; everything else is held
back until the customer writes again. What an answer takes is written down before the gateway hears
that it was sent: should the response not get out, it is in the answer to WeChat's repeat, or to the
customer's next message.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import msgspec

from kefu.channels.base import ChannelState
from kefu.channels.wechat.outgoing import Part, combined
from kefu.errors import HeldBack

__all__ = ["PassiveAnswers", "Waiting"]

KEPT_SECONDS = 30 * 86400.0
TRIES = 3
"""How often WeChat pushes a message."""
LAST_TRY_SECONDS = 8.0
"""From this age on, a message is taken to be pushed for the last time."""
REMEMBERED = 10_000


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer was answered last."""

    key: str
    """Of the message."""
    parts: tuple[Part, ...]
    delivery_ids: tuple[int, ...] = ()
    """Of what was the gateway's own answer to the message."""
    is_written: bool = False
    """Whether the response got out."""


class Waiting:
    """A push that waits for its answer."""

    def __init__(self, openid: str, key: str, page: Page | None) -> None:
        self.openid = openid
        self.key = key
        self.parts = list(page.parts) if page else []
        self.delivery_ids = list(page.delivery_ids) if page else []
        self._settled = 0
        self._news = asyncio.Event()

    def settle(self, count: int) -> None:
        """Note that so many replies were taken, or refused to be."""
        self._settled += count
        self._news.set()

    async def until_settled(self, count: int, seconds: float) -> None:
        """Wait until ``count`` replies were taken or refused, but no longer than ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                while self._settled < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass  # what comes later is held back


class PassiveAnswers:
    """Brings what is to be sent into the answers to pushes.

    Args:
        state: Where answers are written down.
        name: Channel and account.
    """

    def __init__(self, state: ChannelState, *, name: str) -> None:
        self._state = state
        self._name = name
        self._waiting: dict[str, Waiting] = {}
        """By openid; of several the latest."""
        self._tries: OrderedDict[str, int] = OrderedDict()

    @contextmanager
    def waiting(self, openid: str, key: str, page: Page | None) -> Iterator[Waiting]:
        """Let what is sent to a customer go into an answer, for the length of the block.

        Args:
            openid: Whom.
            key: Of the message that is to be answered.
            page: An answer that has to be given again.
        """
        waiting = Waiting(openid, key, page)
        self._waiting[openid] = waiting
        try:
            yield waiting
        finally:
            if self._waiting.get(openid) is waiting:
                del self._waiting[openid]

    async def send(self, openid: str, part: Part, ready: Callable[[Part], Awaitable[Part]]) -> None:
        """Put a message into the answer that a customer waits for.

        Args:
            openid: Whom.
            part: The message.
            ready: Brings its file to the platform, if it has one.

        Raises:
            HeldBack: No push waits, or its answer has no room for the message.
            ChannelError: Its file cannot be brought there now.
        """
        waiting = self._waiting.get(openid)
        if waiting is not None:
            part = await ready(part)
            if self._waiting.get(openid) is waiting and combined([*waiting.parts, part]):
                waiting.parts.append(part)
                await self.keep(waiting)
                waiting.settle(1)
                return
            waiting.settle(REMEMBERED)  # whatever is behind waits as well
        raise HeldBack("the account may only answer when the customer writes")

    async def page(self, openid: str) -> Page | None:
        """Return what a customer was answered last; None if that is long ago."""
        stored = await self._state.get(self._key(openid))
        return None if stored is None else msgspec.json.decode(stored.value, type=Page)

    async def keep(self, waiting: Waiting, *, is_written: bool = False) -> None:
        """Write down an answer."""
        page = Page(
            key=waiting.key,
            parts=tuple(waiting.parts),
            delivery_ids=tuple(waiting.delivery_ids),
            is_written=is_written,
        )
        value = msgspec.json.encode(page).decode()
        await self._state.put(self._key(waiting.openid), value, expires_in=KEPT_SECONDS)

    def may_come_again(self, key: str, *, age: float) -> bool:
        """Count a push of a message; whether WeChat pushes it again if it is not answered.

        Args:
            key: Of the message.
            age: Of the message, in seconds; other processes may have counted pushes of it.
        """
        tries = self._tries.pop(key, 0) + 1
        self._tries[key] = tries
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        return tries < TRIES and age < LAST_TRY_SECONDS

    def _key(self, openid: str) -> str:
        return f"answer:{self._name}:{openid}"
