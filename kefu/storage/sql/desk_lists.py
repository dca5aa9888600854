"""The list of conversations that agents see, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kefu.customers.profiles import shown
from kefu.customers.records import Profile
from kefu.desk.places import BEGINNING, Place, place_in, read_place, written_place
from kefu.desk.rows import Counts, LastLine, Reach, RowQuery, RowRecord
from kefu.storage.sql.desk_rows import json_text, session_from
from kefu.storage.sql.work import Database, Rows

__all__ = ["SqlDeskLists"]

_profiles = msgspec.json.Decoder(list[Profile]).decode


class SqlDeskLists:
    """Finds conversations for agents; see :class:`kefu.desk.ports.RowRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, query: RowQuery) -> Sequence[RowRecord]:
        """Return a page of the list."""
        place = read_place(query)
        is_closed = query.view == "closed" or (query.view == "all" and query.state == "closed")
        if is_closed:
            found = await self._closed(query, place)
        elif query.view == "all":
            found = await self._all(query, place)
        else:
            found = await self._of_view(query, place)
        return [_record(row, query, is_closed=is_closed) for row in found]

    async def row(self, conversation_id: str) -> RowRecord | None:
        """Return one conversation as it stands in the list."""
        rows = await self._database.rows("row_alone", {"id": conversation_id})
        query = RowQuery(view="all", reach=Reach(sees_all=True))
        return _record(rows[0], query, is_closed=False) if rows else None

    async def counts(self, reach: Reach) -> Counts:
        """Return how many there are in each view."""
        row = (await self._database.rows("counts_of_rows", _reach_values(reach)))[0]
        mine, mine_unread, waiting, review, all_open, snoozed = row
        return Counts(
            mine=mine,
            mine_unread=mine_unread,
            waiting=waiting,
            review=review,
            all_open=all_open,
            snoozed=snoozed,
        )

    async def _of_view(self, query: RowQuery, place: Place) -> Rows:
        """Return rows of a view in which all have an open session."""
        if query.state not in ("", "waiting", "assigned"):
            return ()
        if query.view == "waiting":
            return () if query.state == "assigned" else await self._open(query, place, "waiting")
        values = _values(query, place)
        values["is_snoozed"] = int(query.view == "snoozed")
        return await self._database.rows("rows_mine", values)

    async def _all(self, query: RowQuery, place: Place) -> Rows:
        reach, is_by_age = query.reach, query.sort in ("newest", "oldest")
        needs_session = (
            query.state not in ("", "bot")
            or bool(query.group_id or query.agent_id or query.label)
            or (query.tier or 0) > 0
            or not (reach.sees_all or reach.sees_groups)
        )
        if needs_session:
            is_none = query.state == "bot"
            return () if is_none else await self._open(query, place, query.state)
        if query.state == "bot" or is_by_age:
            return await self._by_age(query, place, is_rest=query.state == "bot")
        found: Sequence[Any] = ()
        if place.part < 1:
            found = await self._open(query, place, "")
        if len(found) < query.limit:
            behind = place if place.part == 1 else BEGINNING
            left = query.limit - len(found)
            found = [*found, *await self._by_age(query, behind, is_rest=True, limit=left)]
        return found

    async def _open(self, query: RowQuery, place: Place, state: str) -> Rows:
        return await self._database.rows("rows_open", {**_values(query, place), "state": state})

    async def _by_age(
        self, query: RowQuery, place: Place, *, is_rest: bool, limit: int | None = None
    ) -> Rows:
        values = {**_values(query, place), **_age(query, place), "is_rest": int(is_rest)}
        values["limit"] = query.limit if limit is None else limit
        return await self._database.rows(f"rows_all_{_way(query)}", values)

    async def _closed(self, query: RowQuery, place: Place) -> Rows:
        if query.state not in ("", "closed"):
            return ()
        values = {**_values(query, place), **_age(query, place)}
        return await self._database.rows(f"rows_closed_{_way(query)}", values)


def _way(query: RowQuery) -> str:
    """Return by which way through time rows are found that do not wait for anybody."""
    return "oldest" if query.sort == "oldest" else "newest"


def _age(query: RowQuery, place: Place) -> dict[str, Any]:
    return {"at": place.first if query.sort == "oldest" else -place.first}


def _reach_values(reach: Reach) -> dict[str, Any]:
    return {
        "me": reach.agent_id,
        "groups": json_text(sorted(reach.groups)),
        "sees_groups": int(reach.sees_groups),
        "sees_all": int(reach.sees_all),
    }


def _values(query: RowQuery, place: Place) -> dict[str, Any]:
    return {
        **_reach_values(query.reach),
        "channel": query.channel,
        "group_id": query.group_id,
        "agent_id": query.agent_id,
        "label": query.label,
        "state": query.state,
        "tier": -(2**31) if query.tier is None else query.tier,
        "tag": query.customer_tag,
        "sort": query.sort,
        "k1": place.first,
        "k2": place.second,
        "k3": place.third,
        "k4": place.fourth,
        "id": place.conversation_id,
        "limit": query.limit,
    }


def _record(row: Sequence[Any], query: RowQuery, *, is_closed: bool) -> RowRecord:
    conversation_id, owner, channel, last_seq, changed_at, customer_id, profiles = row[:7]
    seq, kind, at, body, unread = row[7:12]
    session = None if row[12] is None else session_from(row[12:])
    if is_closed and session is not None:
        place = place_in(query.sort, conversation_id, session.changed_at, None)
    else:
        place = place_in(query.sort, conversation_id, changed_at, session)
    visible = shown(_profiles(profiles) if customer_id is not None else ())
    return RowRecord(
        conversation_id=conversation_id,
        owner=owner,
        channel=channel,
        last_seq=last_seq,
        changed_at=changed_at,
        session=session,
        customer_id=customer_id or "",
        customer_name=visible["name"] or "",
        customer_tags=tuple(visible["tags"]),
        last=None if seq is None else LastLine(seq=seq, kind=kind, at=at, body=body),
        unread=unread,
        cursor=written_place(query.view, query.sort, place),
    )
