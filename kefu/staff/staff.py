"""Everything about the staff in one place, as the composition root hands it on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kefu.clock import Clock
from kefu.staff.demo import Demo
from kefu.staff.directory import Acting, Directory
from kefu.staff.following import Following
from kefu.staff.invitations import Invitations
from kefu.staff.logins import Lifetimes
from kefu.staff.naming import Naming
from kefu.staff.passwords import Passwords
from kefu.staff.ports import AuditLog, StaffStore
from kefu.staff.signing_in import SigningIn
from kefu.staff.watching import Watch

__all__ = ["Staff"]


class Staff:
    """The parts that server and command line use."""

    def __init__(
        self,
        store: StaffStore,
        clock: Clock,
        *,
        passwords: Passwords | None = None,
        lifetimes: Lifetimes | None = None,
        public_url: str = "",
    ) -> None:
        """Put it together.

        Args:
            store: Where everything is kept.
            clock: Tells the time.
            passwords: Hashes them; by default with argon2's own parameters.
            lifetimes: How long logins last.
            public_url: Where agents reach the server; empty: as they asked for it.
        """
        passwords, lifetimes = passwords or Passwords(), lifetimes or Lifetimes()
        self.watch = Watch(store, clock)
        self.following = Following()
        self.invitations = Invitations(store, passwords, clock, self.following)
        self.signing_in = SigningIn(
            store, passwords, clock, lifetimes=lifetimes, when_out=self.watch.look_now
        )
        self.directory = Directory(
            store, self.invitations, clock, self.following, when_out=self.watch.look_now
        )
        self.naming = Naming(store, clock, self.following)
        self.demo = Demo(store, passwords, clock, self.following)
        self.audit: AuditLog = store
        self._store = store
        self._clock = clock
        self.lifetimes = lifetimes
        self.public_url = public_url

    async def record(
        self, by: Acting, act: str, subject: str, data: Mapping[str, Any] | None = None
    ) -> None:
        """Write down something that was done elsewhere in the app.

        Args:
            by: Who did it.
            act: What; docs/howto/set_up_agents.md lists them.
            subject: Id of what it was done to.
            data: What is worth knowing of it, as JSON; never a secret.
        """
        await self._store.apply([], by.entry(self._clock.now(), act, subject, data))

    @staticmethod
    def link(base: str, token: str) -> str:
        """Return the address of a one-time link; what is behind ``#`` is sent to no server."""
        return f"{base.rstrip('/')}/desk/setup#token={token}"
