"""The audit log: who changed what in the administration, in a chain of hashes.

Each entry's hash covers the entry and the hash before it, so that an entry that was changed, added
or taken away later shows. Who keeps the newest hash elsewhere can show that nothing older changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

__all__ = ["BEGINNING", "AuditEntry", "Head", "Verifier", "chained"]

BEGINNING: Final = "0" * 64
"""What stands for the hash before the first entry."""

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that was done; without ``seq`` and ``digest`` until it is written down."""

    at: float
    actor_id: str
    """Account; empty where no account did it."""
    actor_name: str
    act: str
    """Such as ``agent.created``; see docs/howto/set_up_agents.md."""
    subject: str = ""
    """Id of what it was done to."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What is worth knowing, as JSON; never a secret."""
    address: str = ""
    """Network address of whoever did it."""
    seq: int = 0
    """Place in the log, from 1, without gaps."""
    digest: str = ""
    """SHA-256 over the digest before and all other fields, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends."""

    seq: int = 0
    digest: str = BEGINNING


def chained(entry: AuditEntry, head: Head) -> AuditEntry:
    """Return ``entry`` as the one behind ``head``."""
    placed = replace(entry, seq=head.seq + 1)
    return replace(placed, digest=_digest(placed, head.digest))


def _digest(entry: AuditEntry, before: str) -> str:
    said = [
        before,
        entry.seq,
        repr(entry.at),
        entry.actor_id,
        entry.actor_name,
        entry.act,
        entry.subject,
        dict(entry.data),
        entry.address,
    ]
    return hashlib.sha256(_encode(said)).hexdigest()


class Verifier:
    """Reads a log from its beginning and finds the first thing that is not as it was written."""

    def __init__(self) -> None:
        self._head = Head()
        self.wrong: str | None = None
        """What is wrong, for people."""

    @property
    def head(self) -> Head:
        """Where the part that was read, and is right, ends."""
        return self._head

    def read(self, entries: Iterable[AuditEntry]) -> None:
        """Read on; behind something wrong, nothing is read any more."""
        for entry in entries:
            if self.wrong is not None:
                return
            expected = chained(entry, self._head)
            if entry.seq != expected.seq:
                self.wrong = f"entry {expected.seq} is missing: {entry.seq} follows"
            elif entry.digest != expected.digest:
                self.wrong = f"entry {entry.seq} is not what was written down"
            else:
                self._head = Head(entry.seq, entry.digest)

    def end(self, stored: Head) -> None:
        """Compare with where the store says that the log ends."""
        if self.wrong is None and stored != self._head:
            self.wrong = (
                f"the log ends at entry {self._head.seq}, but {stored.seq} were written down"
            )
