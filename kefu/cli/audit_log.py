"""The audit log, shown and verified."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from kefu.cli.output import print_table
from kefu.errors import KefuError
from kefu.staff.audit import Head, Verifier
from kefu.staff.ports import AuditLog

__all__ = ["show", "verified"]

_THE_END = 2**53
_AT_ONCE = 1000


async def show(log: AuditLog, last: int) -> None:
    """Print the newest entries, oldest first."""
    entries = await log.newest(before=_THE_END, limit=last)
    rows = [
        (
            str(entry.seq),
            datetime.fromtimestamp(entry.at, tz=UTC).strftime("%Y-%m-%d %H:%M:%S"),
            entry.actor_name,
            entry.act,
            entry.subject,
            msgspec.json.encode(dict(entry.data)).decode(),
        )
        for entry in reversed(entries)
    ]
    print_table(("seq", "time (UTC)", "who", "act", "to", "data"), rows)


async def verified(log: AuditLog, expected: str | None) -> str:
    """Read the whole log and return what to keep of it.

    Args:
        log: The log.
        expected: ``SEQ:HASH`` of an earlier time; None: none is known.

    Raises:
        KefuError: Something in it is not as it was written down.
    """
    stored = await log.head()  # before reading: what is written meanwhile is behind it
    known = _known(expected)
    verifier = Verifier()
    while verifier.wrong is None and verifier.head.seq < stored.seq:
        entries = await log.written(after=verifier.head.seq, limit=_AT_ONCE)
        entries = [entry for entry in entries if entry.seq <= stored.seq]
        if not entries:
            break
        verifier.read(entries)
        held = {entry.seq: entry.digest for entry in entries}
        if known is not None and known.seq in held and held[known.seq] != known.digest:
            raise KefuError(f"the audit log is another one: entry {known.seq} is not the one kept")
    verifier.end(stored)
    if verifier.wrong is not None:
        raise KefuError(f"the audit log was changed: {verifier.wrong}")
    if known is not None and known.seq > stored.seq:
        raise KefuError(f"the audit log was cut: it ends before entry {known.seq}")
    return (
        f"{stored.seq} entries are as they were written down. Keep this elsewhere:\n"
        f"{stored.seq}:{stored.digest}"
    )


def _known(text: str | None) -> Head | None:
    if text is None:
        return None
    seq, colon, digest = text.strip().partition(":")
    if not (colon and seq.isdecimal() and len(digest) == 64):
        raise KefuError("--expect takes what --verify printed: a number, a colon and 64 digits")
    return Head(int(seq), digest)
