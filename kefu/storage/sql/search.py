"""The search index, in SQL."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from kefu.desk.entry_texts import read_entry
from kefu.desk.rows import Reach
from kefu.desk.search import By, Query
from kefu.desk.search_ports import Candidate, IndexState, KnownCustomer
from kefu.errors import StorageError, Unavailable
from kefu.storage.sql import search_customers
from kefu.storage.sql.search_customers import id_list, people, searchable
from kefu.storage.sql.search_texts import (
    INDEX_VERSION,
    fts_query,
    fts_terms,
    ts_query,
    ts_terms,
)
from kefu.storage.sql.work import Database, Reading, Rows, Step, Work

__all__ = ["PostgresSearch", "SqlSearch"]

_HOUR: Final = 3_600
_FAR: Final = 1_000_000_000
"""Hours from 1970 that nothing is said before or behind."""
_MORE: Final = 500
"""Candidates looked at at once where many are not of the hours that are asked for."""
_TABLES: Final = ("messages", "customers")
_NEWEST: Final = 20_000
"""Positions in which terms are looked for first on PostgreSQL."""
_WRITERS_PAUSE = 0.01
_WRITERS_PATIENCE = 5.0


class SqlSearch:
    """Finds, and keeps the index; see :mod:`kefu.desk.search_ports`."""

    def __init__(self, database: Database, reading: Reading) -> None:
        """Put it together.

        Args:
            database: Keeps everything.
            reading: Reads from it without keeping anybody waiting, however long that takes.
        """
        self._database = database
        self._reading = reading

    # -- finding ---------------------------------------------------------------------------

    async def messages(self, query: Query, *, below: int | None, limit: int) -> Sequence[Candidate]:
        """Return the newest candidates, descending."""
        since = -_FAR if query.after is None else _hour(query.after)
        until = _FAR if query.before is None else math.ceil(query.before / _HOUR) - 1
        hours = {"since": since, "until": min(until, _FAR)}
        ((cursor, first, last),) = await self._reading.rows("search_bounds", hours)
        if cursor is None or first is None or last is None:
            return ()
        above = min(last, cursor) + 1
        below = above if below is None else min(below, above)
        found: list[Candidate] = []
        wanted = limit
        while len(found) < limit and below > first:
            with _damage_told():
                rows = await self._found(query, below=below, least=first, limit=wanted)
            found += (Candidate(*row) for row in rows if _is_in_time(query, row[6]))
            if len(rows) < wanted:
                break
            below, wanted = rows[-1][0], max(wanted, _MORE)
        return found[:limit]

    async def _found(self, query: Query, *, below: int, least: int, limit: int) -> Rows:
        values = {"match": self._match(query), "below": below, "least": least, "limit": limit}
        return await self._reading.rows("find_messages", values)

    async def customers(
        self, query: Query, *, below: int | None, limit: int
    ) -> Sequence[KnownCustomer]:
        """Return the newest candidates, descending."""
        values = {
            "match": self._match(query),
            "below": 2**62 if below is None else below,
            "least": 0,
            "limit": limit,
        }
        with _damage_told():
            rows = await self._reading.rows("find_customers", values)
        return await search_customers.known(self._reading, rows)

    async def names(self, conversation_ids: Collection[str]) -> Mapping[str, str]:
        """Return the names of customers."""
        return await search_customers.names(self._reading, conversation_ids)

    async def readable(self, conversation_ids: Collection[str], reach: Reach) -> Collection[str]:
        """Return those conversations that somebody may read."""
        values = {
            **id_list(conversation_ids),
            "me": reach.agent_id,
            "groups": id_list(reach.groups)["ids"],
            "sees_groups": int(reach.sees_groups),
            "sees_all": int(reach.sees_all),
        }
        return {row[0] for row in await self._reading.rows("search_readable", values)}

    def _match(self, query: Query) -> str:
        return fts_query(query)

    # -- keeping ---------------------------------------------------------------------------

    async def advance(self, limit: int) -> bool:
        """Take the next entries and customers in; return whether there may be more."""
        end = await self._settled()
        if end is None:
            return False
        with _damage_told():
            return await self._database.write(lambda: self._advancing(end, limit))

    async def _settled(self) -> int | None:
        """Return a position up to which all entries are visible; None: there is nothing to do."""
        ((end, cursor, version, is_touched),) = await self._database.rows("search_end", {})
        is_idle = version == INDEX_VERSION and cursor >= end and not is_touched
        return None if is_idle else end

    async def state(self) -> IndexState:
        """Return how far it is."""
        ((cursor, end, touched),) = await self._database.rows("search_progress", {})
        return IndexState(cursor=cursor or 0, end=end or 0, customers=touched)

    async def clear(self) -> None:
        """Throw everything away and begin again."""
        await self._database.write(self._clearing)

    def _advancing(self, end: int, limit: int) -> Work[bool]:
        locked = yield "lock_search", {}
        if not locked:
            yield "add_search_state", {"version": INDEX_VERSION}
            return True
        cursor, version = locked[0]
        if version != INDEX_VERSION:
            yield from self._clearing()
            return True
        span = {"after": cursor, "end": end, "limit": limit}
        entries = yield "search_next", span
        is_more = len(entries) == limit
        said = [
            (position, said.by, said.text)
            for position, kind, _, body in entries
            if (said := read_entry(kind, body)) is not None
        ]
        if said:
            yield self._put("index_message", _said_rows(said))
            yield "note_search_hour", _hours(entries)
        reached = entries[-1][0] if is_more else max(cursor, end)
        if reached != cursor:
            yield "move_search", {"cursor": reached, "version": INDEX_VERSION}
        are_more = yield from self._take_customers(limit)
        return is_more or are_more

    def _take_customers(self, limit: int) -> Work[bool]:
        touched = yield "touched_customers", {"limit": limit}
        if not touched:
            return False
        ids = id_list({customer_id for _, customer_id in touched})
        families = yield "search_families", ids
        identities = yield "search_identities", ids
        found = people(families, identities)
        gone = [one.members[0].number for one in found.values() if one.members[0].merged_into]
        for number in gone:
            yield "unindex_customer", {"number": number}
        here = [
            (one.members[0].number, None, searchable(one))
            for one in found.values()
            if not one.members[0].merged_into
        ]
        if here:
            yield self._put("index_customer", here)
        yield "drop_touched", [{"id": number} for number, _ in touched]
        return len(touched) == limit

    def _put(self, name: str, rows: Iterable[tuple[int, By | None, Sequence[str]]]) -> Step:
        return name, [{"number": n, "terms": fts_terms(texts, by)} for n, by, texts in rows]

    def _clearing(self) -> Work[None]:
        yield "lock_search", {}
        yield "add_search_state", {"version": INDEX_VERSION}
        for table in _TABLES:
            yield f"drop_search_{table}", {}
            yield from self._creating(table)
        yield "drop_search_hours", {}
        yield "drop_all_touched", {}
        yield "touch_all_customers", {}
        yield "move_search", {"cursor": 0, "version": INDEX_VERSION}

    def _creating(self, table: str) -> Work[None]:
        yield f"create_search_{table}", {}


class PostgresSearch(SqlSearch):
    """The same on PostgreSQL."""

    async def _found(self, query: Query, *, below: int, least: int, limit: int) -> Rows:
        """Look among the newest first: what is in many of them is found there."""
        values: dict[str, Any] = {"match": self._match(query), "limit": limit}
        near = max(least, below - _NEWEST)
        newest = {**values, "below": below, "least": near}
        rows = await self._reading.rows("find_newest_messages", newest)
        if len(rows) >= limit or near == least:
            return rows
        further = {**values, "below": near, "least": least, "limit": limit - len(rows)}
        return [*rows, *await self._reading.rows("find_messages", further)]

    def _match(self, query: Query) -> str:
        return ts_query(query)

    async def _settled(self) -> int | None:
        """Wait for those who were writing entries when the newest visible one was looked up.

        They may have positions below it that become visible only when they commit. Who begins to
        write later gets higher ones.
        """
        end = await super()._settled()
        if end is None:
            return None
        waited_for = await self._writers()
        loop = asyncio.get_running_loop()
        patience = loop.time() + _WRITERS_PATIENCE
        while waited_for:
            if loop.time() > patience:
                return None  # somebody sleeps in the midst of it; later, then
            await asyncio.sleep(_WRITERS_PAUSE)
            waited_for &= await self._writers()
        return end

    async def _writers(self) -> set[str]:
        return {row[0] for row in await self._database.rows("search_writers", {})}

    def _put(self, name: str, rows: Iterable[tuple[int, By | None, Sequence[str]]]) -> Step:
        put = [(number, ts_terms(texts, by)) for number, by, texts in rows]
        return name, {"numbers": [n for n, _ in put], "terms": [terms for _, terms in put]}

    def _creating(self, table: str) -> Work[None]:
        yield f"create_search_{table}", {}
        yield f"create_search_{table}1", {}


@contextmanager
def _damage_told() -> Iterator[None]:
    """Tell what to do when the index cannot be used."""
    try:
        yield
    except Unavailable:
        raise
    except StorageError as error:
        raise StorageError(
            f"the search index is missing or damaged: {error}; 'kefu search rebuild' makes it anew"
        ) from error


def _said_rows(
    said: Iterable[tuple[int, By, str]],
) -> list[tuple[int, By | None, Sequence[str]]]:
    """Return entries as rows of the index."""
    return [(position, by, (text,)) for position, by, text in said]


def _is_in_time(query: Query, at: float) -> bool:
    if query.after is not None and at < query.after:
        return False
    return query.before is None or at < query.before


def _hours(entries: Rows) -> list[dict[str, int]]:
    """Return the hours of some entries, with the first and last position of each."""
    hours: dict[int, list[int]] = {}
    for position, _, timestamp, _ in entries:
        hours.setdefault(_hour(timestamp), []).append(position)
    return [{"hour": hour, "first": at[0], "last": at[-1]} for hour, at in hours.items()]


def _hour(timestamp: float) -> int:
    """Return the hour of a time; what no calendar has is at its ends."""
    return int(max(-_FAR, min(timestamp // _HOUR, _FAR)))
