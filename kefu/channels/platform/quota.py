"""How many messages a platform still allows to each customer, and until when.

What a customer does opens a window: so many messages, so many seconds. Every kind of act has a
window of its own, which the next act of the kind opens anew. A message that is sent is taken from
the window that ends first. The ledger is what we count; where the platform counts otherwise it says
so, and the ledger is corrected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kefu.channels.base import ChannelState, StateChange
from kefu.clock import Clock
from kefu.errors import Unavailable

__all__ = ["Allowance", "Left", "Opening", "QuotaLedger"]

ATTEMPTS = 20
REMEMBERED_ACTS = 16


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an act allows."""

    messages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """What a customer may still be sent."""

    messages: int
    ends: float | None
    """When the last window ends, as seconds since 1970; None: no window is open."""
    of: int = 0
    """Of how many, in the windows that are open."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A window that is about to be opened."""

    change: StateChange | None
    """What opens it; None: this act opened it before."""
    is_due: bool
    """Whether replies may be held back that can be sent then; see :meth:`QuotaLedger.is_due`."""


@dataclass(slots=True)
class _Page:
    """What is kept of one customer."""

    windows: dict[str, list[Any]]
    """Cause -> [ends, messages left]."""
    acts: list[str]
    """Keys of the latest acts, so that a repeat opens nothing."""
    version: int
    due: str = ""
    """``maybe`` or ``held``: replies may be held, or are, that can be sent once a window opens."""

    def open_windows(self, now: float) -> list[list[Any]]:
        return sorted(window for window in self.windows.values() if window[0] > now)


class QuotaLedger:
    """The windows of all customers of one account, shared by all processes."""

    def __init__(
        self,
        state: ChannelState,
        clock: Clock,
        *,
        name: str,
        allowances: Mapping[str, Allowance],
    ) -> None:
        self._state = state
        self._clock = clock
        self._name = name
        self._allowances = allowances
        self._longest = max(allowance.seconds for allowance in allowances.values())

    async def left(self, openid: str) -> Left:
        """Return what may be sent now. Callers show it: "3 of 5 left, until 14:05"."""
        page = await self._page(openid)
        windows = page.open_windows(self._clock.now())
        usable = [window for window in windows if window[1] > 0] or windows
        now = self._clock.now()
        granted = [
            self._allowances[cause].messages
            for cause, window in page.windows.items()
            if window[0] > now and cause in self._allowances
        ]
        return Left(
            messages=sum(window[1] for window in windows),
            ends=max((window[0] for window in usable), default=None),
            of=sum(granted),
        )

    async def opened(self, openid: str, cause: str, *, act: str, at: float | None = None) -> bool:
        """Open a window; False if this act, told by its key, opened it before.

        Args:
            openid: The customer.
            cause: A key of the allowances.
            act: The same for every repeat of the act.
            at: When it happened; now, if not given.
        """
        for _ in range(ATTEMPTS):
            opening = await self.opening(openid, cause, act=act, at=at)
            if opening.change is None:
                return False
            if await self._written(opening.change):
                return True
        raise Unavailable(f"the quota of {openid!r} is changed too often")

    async def opening(
        self, openid: str, cause: str, *, act: str, at: float | None = None
    ) -> Opening:
        """Return what opens a window once it is written, as in the transaction of a message.

        The arguments are those of :meth:`opened`.
        """
        allowance, now = self._allowances[cause], self._clock.now()
        page = await self._page(openid)
        if act in page.acts:
            return Opening(None, is_due=page.due != "")
        page.acts = [*page.acts, act][-REMEMBERED_ACTS:]
        if not any(window[1] > 0 for window in page.open_windows(now)):
            page.due = page.due or "maybe"
        ends = (now if at is None else min(at, now)) + allowance.seconds
        page.windows[cause] = [ends, allowance.messages]
        return Opening(self._change_to(openid, page), is_due=page.due != "")

    async def take(self, openid: str) -> bool:
        """Take one message before it is sent; False if there is none left.

        Of a customer whom the ledger does not know, the platform decides.
        """
        page = await self._page(openid)
        return page.version == 0 or await self._change(openid, _take_one)

    async def is_due(self, openid: str) -> bool:
        """Whether replies may be held back: a window opened after the last one was used up.

        True until :meth:`released`.
        """
        return (await self._page(openid)).due != ""

    async def hold(self, openid: str) -> None:
        """Note that a reply is being held back."""
        for _ in range(ATTEMPTS):
            page = await self._page(openid)
            if page.version == 0 or page.due == "held":
                return
            page.due = "held"
            if await self._keep(openid, page):
                return

    async def released(self, openid: str, count: int) -> None:
        """Note that so many replies that were held back are on their way.

        One that is just being held back may not be among them: then it stays due.
        """
        page = await self._page(openid)
        if page.due == "maybe" or (page.due and count):
            page.due = ""
            await self._keep(openid, page)  # who was faster notes it next time

    async def give_back(self, openid: str) -> None:
        """Return what was taken for a message that did not get out."""
        await self._change(openid, _give_one)

    async def exhaust(self, openid: str) -> None:
        """Believe the platform that nothing is left."""
        await self._change(openid, _empty)

    async def _change(self, openid: str, change: Any) -> bool:
        for _ in range(ATTEMPTS):
            page = await self._page(openid)
            if not change(page.open_windows(self._clock.now())):
                return False
            if await self._keep(openid, page):
                return True
        raise Unavailable(f"the quota of {openid!r} is changed too often")

    async def _page(self, openid: str) -> _Page:
        stored = await self._state.get(self._key(openid))
        if stored is None:
            return _Page({}, [], 0)
        windows, acts, due = json.loads(stored.value)
        return _Page(windows, acts, stored.version, due)

    async def _keep(self, openid: str, page: _Page) -> bool:
        return await self._written(self._change_to(openid, page))

    def _change_to(self, openid: str, page: _Page) -> StateChange:
        value = json.dumps([page.windows, page.acts, page.due])
        return StateChange(self._key(openid), value, page.version, self._longest)

    async def _written(self, change: StateChange) -> bool:
        return await self._state.change(
            change.key,
            change.value,
            expected_version=change.expected_version,
            expires_in=change.expires_in,
        )

    def _key(self, openid: str) -> str:
        return f"quota:{self._name}:{openid}"


def _take_one(windows: list[list[Any]]) -> bool:
    for window in windows:
        if window[1] > 0:
            window[1] -= 1
            return True
    return False


def _give_one(windows: list[list[Any]]) -> bool:
    for window in windows:
        window[1] += 1
        return True
    return False


def _empty(windows: list[list[Any]]) -> bool:
    for window in windows:
        window[1] = 0
    return bool(windows)
