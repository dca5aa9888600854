"""Watches the logins that live connections stand on, and tells them when one has ended.

A connection is asked for its cookie once, and then lives for hours. What ends a login may happen
in another process, or on the command line: so all logins that are followed here are looked up
together, once a second, in one statement; what happens in this process is looked up at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

from kefu.clock import Clock
from kefu.errors import StorageError
from kefu.logs import fields
from kefu.staff.logins import SignedIn
from kefu.staff.ports import StaffStore

__all__ = ["Followed", "Watch"]

log = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 1.0
_BLIND_SECONDS: Final = 30.0
"""How long logins are believed in while the store cannot be asked."""


class Followed:
    """A login that a connection stands on."""

    def __init__(self, who: SignedIn) -> None:
        self.login_id = who.login.login_id
        self.account_id = who.account.account_id
        self.out = asyncio.Event()
        """Set when the login has ended: the connection has to, too."""
        self.changed = asyncio.Event()
        """Set when the account changed: what it may do has to be read anew, then clear this."""
        self.version = who.account.version


class Watch:
    """Knows the connections of this process."""

    def __init__(self, store: StaffStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._followed: set[Followed] = set()
        self._now = asyncio.Event()
        self._seen_at: float | None = None

    @property
    def count(self) -> int:
        """How many connections there are."""
        return len(self._followed)

    @contextmanager
    def following(self, who: SignedIn) -> Iterator[Followed]:
        """Follow a login for as long as a connection stands on it.

        The login is looked up again right after this begins, so that one which ended while the
        connection was being made is noticed.
        """
        followed = Followed(who)
        self._followed.add(followed)
        self.look_now()
        try:
            yield followed
        finally:
            self._followed.discard(followed)

    def look_now(self) -> None:
        """Look the logins up at once; called when one was ended in this process."""
        self._now.set()

    async def run(self) -> NoReturn:
        """Look again and again, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_SECONDS):
                    await self._now.wait()
            self._now.clear()
            await self.look()

    async def look(self) -> None:
        """Look all logins up, and tell those that have ended or changed."""
        followed = tuple(self._followed)
        now = self._clock.now()
        if not followed:
            self._seen_at = now
            return
        try:
            alive = await self._store.still_in({one.login_id for one in followed}, now)
        except StorageError as error:
            log.warning("logins could not be looked up", extra=fields(error=str(error)))
            if now - (now if self._seen_at is None else self._seen_at) > _BLIND_SECONDS:
                for one in followed:
                    one.out.set()
            return
        self._seen_at = now
        for one in followed:
            version = alive.get(one.login_id)
            if version is None:
                one.out.set()
            elif version != one.version:
                one.version = version
                one.changed.set()
