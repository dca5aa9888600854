"""The list of conversations that agents see, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from kefu.customers.profiles import shown
from kefu.customers.tags import tag_key
from kefu.desk.places import place_in, read_place, written_place
from kefu.desk.rows import Counts, LastLine, Reach, RowQuery, RowRecord, Sort, View
from kefu.desk.sessions import ServiceSession
from kefu.gateway.records import MESSAGE
from kefu.storage.memory.customers import MemoryCustomers
from kefu.storage.memory.desk_records import DeskShelf
from kefu.storage.memory.records import KeptConversation

__all__ = ["MemoryDeskLists"]

_SAID = frozenset({"user", "bot", "agent"})
_LOOKED_BACK = 200
_MOST_UNREAD = 99


class MemoryDeskLists:
    """Finds conversations for agents; see :class:`kefu.desk.ports.RowRecords`."""

    def __init__(self, desk: DeskShelf, customers: MemoryCustomers) -> None:
        self._kept = desk
        self._customers = customers

    async def rows(self, query: RowQuery) -> Sequence[RowRecord]:
        """Return a page of the list."""
        behind = read_place(query)
        is_closed = query.view == "closed" or (query.view == "all" and query.state == "closed")
        last = self._last_closed() if is_closed else {}
        found = []
        for name, kept in self._listed():
            session = last.get(name) if is_closed else self._kept.records.open_session(name)
            if is_closed and session is None:
                continue
            if not (_fits(query, kept, session) and is_seen(query.reach, session)):
                continue
            if query.customer_tag and not self._has_tag(query.customer_tag, name):
                continue
            if is_closed and session is not None:
                place = place_in(query.sort, name, session.changed_at, None)
            else:
                place = place_in(query.sort, name, kept.changed_at, session)
            if place > behind:
                found.append((place, kept, session))
        found.sort(key=lambda one: one[0])
        return [
            self._record(
                place.conversation_id, kept, session, written_place(query.view, query.sort, place)
            )
            for place, kept, session in found[: query.limit]
        ]

    async def row(self, conversation_id: str) -> RowRecord | None:
        """Return one conversation as it stands in the list."""
        kept = self._kept.shelf.conversations.get(conversation_id)
        if kept is None or conversation_id in self._kept.shelf.aliases:
            return None
        session = self._kept.records.open_session(conversation_id)
        view: View = "all"
        sort: Sort = "newest"
        place = place_in(sort, conversation_id, kept.changed_at, session)
        return self._record(conversation_id, kept, session, written_place(view, sort, place))

    async def counts(self, reach: Reach) -> Counts:
        """Return how many there are in each view."""
        records = self._kept.records
        found = [
            (kept, session)
            for name, kept in self._listed()
            if (session := records.open_session(name)) is not None
        ]
        mine = [(kept, one) for kept, one in found if _is_mine(reach, one)]
        awake = [(kept, one) for kept, one in mine if one.snoozed_until is None]
        seen = [one for _, one in found if is_seen(reach, one)]
        return Counts(
            mine=len(awake),
            mine_unread=sum(_unread(kept, one) > 0 for kept, one in awake),
            waiting=sum(one.state == "waiting" for one in seen),
            review=sum(
                review.is_open
                and (
                    reach.sees_all
                    or (
                        reach.sees_groups
                        and (review.group_id is None or review.group_id in reach.groups)
                    )
                )
                for review in records.reviews.values()
            ),
            all_open=len(seen),
            snoozed=len(mine) - len(awake),
        )

    def _has_tag(self, key: str, conversation_id: str) -> bool:
        return any(tag_key(tag) == key for tag in self._customers.tags_at(conversation_id))

    def _listed(self) -> Iterator[tuple[str, KeptConversation]]:
        """Give all conversations but those whose customers' messages go elsewhere."""
        shelf = self._kept.shelf
        for name, kept in shelf.conversations.items():
            if name not in shelf.aliases:
                yield name, kept

    def _last_closed(self) -> dict[str, ServiceSession]:
        """Return the last sessions of conversations in which none is open."""
        records = self._kept.records
        last: dict[str, ServiceSession] = {}
        for session in records.sessions.values():
            name = session.conversation_id
            if name not in records.open and (
                name not in last or session.opened_at >= last[name].opened_at
            ):
                last[name] = session
        return last

    def _record(
        self,
        conversation_id: str,
        kept: KeptConversation,
        session: ServiceSession | None,
        cursor: str,
    ) -> RowRecord:
        family = self._customers.family_at(conversation_id)
        visible = shown(member.profile for member in family)
        entries = islice(reversed(kept.entries), _LOOKED_BACK)
        last = next((entry for entry in entries if entry.kind in _SAID), None)
        return RowRecord(
            conversation_id=conversation_id,
            owner=kept.head.owner,
            channel=kept.head.channel,
            last_seq=kept.head.last_seq,
            changed_at=kept.changed_at,
            session=session,
            customer_id=family[0].customer_id if family else "",
            customer_name=visible["name"] or "",
            customer_tags=tuple(visible["tags"]),
            last=None
            if last is None
            else LastLine(seq=last.seq, kind=last.kind, at=last.timestamp, body=last.body),
            unread=_unread(kept, session),
            cursor=cursor,
        )


def _unread(kept: KeptConversation, session: ServiceSession | None) -> int:
    if session is None or not session.is_open:
        return 0
    behind = islice(kept.entries, session.read_seq, None)
    return sum(1 for _ in islice((one for one in behind if one.kind == MESSAGE), _MOST_UNREAD))


def _is_mine(reach: Reach, session: ServiceSession) -> bool:
    return bool(reach.agent_id) and reach.agent_id in {session.agent_id, *session.invited}


def is_seen(reach: Reach, session: ServiceSession | None) -> bool:
    """Whether somebody may see a conversation; what nothing is open in is nobody's."""
    if reach.sees_all or session is None:
        return reach.sees_all or reach.sees_groups
    if _is_mine(reach, session):
        return True
    is_free = session.agent_id is None and session.group_id is None
    return reach.sees_groups and (session.group_id in reach.groups or is_free)


def _fits(query: RowQuery, kept: KeptConversation, session: ServiceSession | None) -> bool:
    if query.channel and kept.head.channel != query.channel:
        return False
    if not _fits_view(query, session):
        return False
    if session is None:
        needs_session = query.group_id or query.agent_id or query.label
        return not needs_session and (query.tier or 0) <= 0
    return (
        query.group_id in ("", session.group_id)
        and query.agent_id in ("", session.agent_id)
        and (not query.label or query.label in session.labels)
        and (query.tier is None or session.tier >= query.tier)
    )


def _fits_view(query: RowQuery, session: ServiceSession | None) -> bool:
    if query.state not in ("", "bot" if session is None else session.state):
        return False
    if query.view in ("all", "closed"):
        return True
    if session is None:
        return False
    if query.view == "waiting":
        return session.state == "waiting"
    is_snoozed = session.snoozed_until is not None
    return _is_mine(query.reach, session) and is_snoozed == (query.view == "snoozed")
