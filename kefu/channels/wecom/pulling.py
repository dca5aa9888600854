"""Pulls what is new in the accounts' logs: one pull at a time for each account, on all machines.

A callback, or the passing of time, is a wish to pull. Wishes that come while a pull runs become
one further pull. Between processes a lease decides; who does not get it leaves word, and the one
who has it looks for word once it is done. What keeps a message from being taken twice is neither:
the cursor moves, by compare-and-set, in the transaction that writes the messages.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from kefu.channels.base import ChannelState, Lease, Leases
from kefu.channels.wecom.reading import Throttled
from kefu.clock import Clock
from kefu.errors import ChannelError, StorageError
from kefu.logs import fields

__all__ = ["Puller"]

log = logging.getLogger(__name__)

ACCOUNTS_KEY = "wecom:accounts"
LEASE_SECONDS = 3.0
"""Renewed while a pull goes on; so long do customers wait when its holder was killed."""
TOKEN_SECONDS = 540.0
"""A callback's token is good for ten minutes; one of these is left for the pull."""
UNTOKENED_SECONDS = 10.0
"""At most so often is an account pulled without a callback's token: more is punished."""
FIRST_PAUSE, LONGEST_PAUSE, THROTTLED_PAUSE = 0.5, 30.0, 61.0

ReadAll = Callable[[str, str, Callable[[], bool]], Awaitable[None]]
"""Reads an account to its end: account, callback token, and what says after each page whether
this process may go on."""


class _Account:
    """One account as this process sees it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.token = ""
        self.token_at = 0.0
        self.is_wanted = False
        self.is_running = False
        self.is_watched = False
        self.is_remembered = False
        self.news = asyncio.Event()


class Puller:
    """Decides when, and by whom, an account is read."""

    def __init__(
        self,
        read_all: ReadAll,
        *,
        state: ChannelState,
        leases: Leases,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        every: float,
    ) -> None:
        self._read_all = read_all
        self._state = state
        self._leases = leases
        self._clock = clock
        self._spawn = spawn
        self._every = every
        self._accounts: dict[str, _Account] = {}

    def wish(self, name: str, token: str = "") -> None:
        """Want account ``name`` pulled; returns at once."""
        account = self._accounts.setdefault(name, _Account(name))
        if token:
            account.token, account.token_at = token, self._clock.now()
        account.is_wanted = True
        account.news.set()
        if not account.is_running:
            account.is_running = True
            self._spawn(self._serve(account))

    async def keep_pulling(self, accounts: Sequence[str] = ()) -> None:
        """Pull every account at once and from time to time: a callback may have been lost.

        Args:
            accounts: Those to begin with, besides those that were ever seen.
        """
        is_first = True
        while True:
            with suppress(StorageError):
                accounts = [*dict.fromkeys((*accounts, *await self._remembered()))]
            for name in accounts:
                if is_first or await self._is_my_round(name):
                    self.wish(name)
            is_first = False
            await asyncio.sleep(self._pause() * random.uniform(0.8, 1.2))

    def _pause(self) -> float:
        return max(self._every, UNTOKENED_SECONDS * len(self._accounts))

    async def _is_my_round(self, name: str) -> bool:
        """Whether this process is the one of all that pulls now."""
        key, now = f"wecom:round:{name}", self._clock.now()
        with suppress(StorageError):
            stored = await self._state.get(key)
            if stored is not None and now - float(stored.value) < 0.9 * self._pause():
                return False
            version = 0 if stored is None else stored.version
            return await self._state.change(key, str(now), expected_version=version)
        return False

    async def _serve(self, account: _Account) -> None:
        """Pull until nobody wants more; what fails is tried again after a pause."""
        failures = 0
        try:
            while account.is_wanted:
                account.is_wanted = False
                account.news.clear()
                try:
                    await self._pull(account)
                    failures = 0
                except (ChannelError, StorageError) as error:
                    account.is_wanted = True
                    failures += 1
                    await self._rest(account, error, failures)
        finally:
            account.is_running = False

    async def _rest(self, account: _Account, error: Exception, failures: int) -> None:
        is_throttled = isinstance(error, Throttled)
        pause = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        pause = THROTTLED_PAUSE if is_throttled else pause
        log.warning(
            "messages not pulled",
            extra=fields(account=account.name, error=str(error), again_in_seconds=round(pause, 1)),
        )
        if is_throttled:
            await asyncio.sleep(pause)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await account.news.wait()

    async def _pull(self, account: _Account) -> None:
        await self._remember(account)
        lease = await self._lease(account)
        while lease is not None:
            word = await self._word(account)
            try:
                await self._read(account, lease)
            finally:
                await self._leases.release(lease)
            if await self._word(account) == word:
                return
            lease = await self._leases.acquire(_lease_name(account), seconds=LEASE_SECONDS)

    async def _read(self, account: _Account, lease: Lease) -> None:
        """Read while the lease is kept; a page with films takes longer than it lasts."""
        is_lost = False

        async def keep() -> None:
            nonlocal is_lost
            while not is_lost:
                await asyncio.sleep(LEASE_SECONDS / 3)
                with suppress(StorageError):
                    is_lost = not await self._leases.renew(lease, seconds=LEASE_SECONDS)

        keeping = asyncio.get_running_loop().create_task(keep())
        try:
            await self._read_all(account.name, self._token(account), lambda: not is_lost)
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _lease(self, account: _Account) -> Lease | None:
        """Return the lease, or None when another process will do what is wanted."""
        name = _lease_name(account)
        lease = await self._leases.acquire(name, seconds=LEASE_SECONDS)
        if lease is not None:
            return lease
        await self._state.put(_word_key(account), self._token(account))
        lease = await self._leases.acquire(name, seconds=LEASE_SECONDS)
        if lease is None and not account.is_watched:
            # Should its holder die, the wish must not die with it.
            account.is_watched = True
            self._spawn(self._look_again(account))
        return lease

    async def _look_again(self, account: _Account) -> None:
        try:
            await asyncio.sleep(LEASE_SECONDS)
        finally:
            account.is_watched = False
        self.wish(account.name)

    async def _word(self, account: _Account) -> int:
        """Return how often somebody left word."""
        stored = await self._state.get(_word_key(account))
        if stored is None:
            return 0
        if stored.value and not self._token(account):
            account.token, account.token_at = stored.value, self._clock.now()
        return stored.version

    async def _remembered(self) -> list[str]:
        """Return the accounts that any process ever pulled."""
        stored = await self._state.get(ACCOUNTS_KEY)
        names: list[str] = [] if stored is None else json.loads(stored.value)
        return names

    async def _remember(self, account: _Account) -> None:
        while not account.is_remembered:
            stored = await self._state.get(ACCOUNTS_KEY)
            names: list[str] = [] if stored is None else json.loads(stored.value)
            account.is_remembered = account.name in names or await self._state.change(
                ACCOUNTS_KEY,
                json.dumps([*names, account.name]),
                expected_version=0 if stored is None else stored.version,
            )

    def _token(self, account: _Account) -> str:
        is_good = self._clock.now() - account.token_at < TOKEN_SECONDS
        return account.token if is_good else ""


def _lease_name(account: _Account) -> str:
    return f"wecom:pull:{account.name}"


def _word_key(account: _Account) -> str:
    return f"wecom:word:{account.name}"
