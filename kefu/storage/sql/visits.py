"""Visits, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kefu.customers.records import Visit, VisitBody
from kefu.storage.sql.work import Database, Rows, Work

__all__ = ["SqlVisits"]

_body = msgspec.json.Decoder(VisitBody).decode
_encode = msgspec.json.Encoder().encode


class SqlVisits:
    """Keeps visits; see :class:`kefu.customers.ports.VisitStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, visit: Visit, *, keep: int) -> None:
        """Add a visit and drop old ones."""
        await self._database.write(lambda: _begin(visit, keep))

    async def change_latest(
        self, conversation_id: str, change: Callable[[Visit], Visit]
    ) -> Visit | None:
        """Change the newest visit of a conversation."""
        return await self._database.write(lambda: _change_latest(conversation_id, change))

    async def of(self, conversation_ids: Sequence[str], *, limit: int) -> Sequence[Visit]:
        """Return the newest visits of some conversations."""
        found: list[Visit] = []
        for conversation_id in conversation_ids:
            found += await self._database.read(
                lambda which=conversation_id: _newest(which, limit)  # type: ignore[misc]
            )
        return sorted(found, key=lambda visit: -visit.begun_at)[:limit]

    async def drop(self, conversation_ids: Sequence[str]) -> None:
        """Forget all visits of some conversations."""
        await self._database.write(lambda: _drop(conversation_ids))


def _visits(rows: Rows) -> list[Visit]:
    return [
        Visit(
            visit_id=row[0],
            conversation_id=row[1],
            body=_body(row[2]),
            begun_at=row[3],
            seen_at=row[4],
        )
        for row in rows
    ]


def _values(visit: Visit) -> dict[str, Any]:
    return {
        "visit_id": visit.visit_id,
        "body": _encode(visit.body).decode(),
        "seen_at": visit.seen_at,
    }


def _begin(visit: Visit, keep: int) -> Work[None]:
    values = {
        **_values(visit),
        "conversation_id": visit.conversation_id,
        "begun_at": visit.begun_at,
    }
    yield "add_visit", values
    yield "drop_old_visits", {"conversation_id": visit.conversation_id, "keep": keep}


def _newest(conversation_id: str, limit: int) -> Work[list[Visit]]:
    return _visits((yield "newest_visits", {"conversation_id": conversation_id, "limit": limit}))


def _change_latest(conversation_id: str, change: Callable[[Visit], Visit]) -> Work[Visit | None]:
    for visit in _visits((yield "lock_newest_visit", {"conversation_id": conversation_id})):
        changed = change(visit)
        yield "change_visit", _values(changed)
        return changed
    return None


def _drop(conversation_ids: Sequence[str]) -> Work[None]:
    yield "drop_visits", [{"conversation_id": which} for which in conversation_ids]
