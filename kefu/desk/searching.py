"""Searches: pages of what was said, and of customers, as far as somebody may see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, TypeAlias

from kefu.desk.entry_texts import read_entry
from kefu.desk.rows import Reach
from kefu.desk.search import By, Query, Range, Shown, matches, shown
from kefu.desk.search_ports import Candidate, KnownCustomer, SearchIndex
from kefu.errors import DeskError

__all__ = ["Found", "FoundPage", "Kind", "Readable", "Searching"]

Kind = Literal["messages", "customers", "all"]

Readable: TypeAlias = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Tells which of some conversations may be read."""

_FIRST_CHUNK: Final = 3
"""Candidates looked at first, for each hit that is wanted."""
_CHUNK: Final = 500
_MOST_CANDIDATES: Final = 4_000
"""Looked at for one page; behind that, a page is short and goes on where it ended."""
_MESSAGES, _CUSTOMERS = "m", "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that was looked for."""

    kind: Literal["message", "customer"]
    conversation_id: str
    """Where it was said; of a customer, theirs."""
    leads_to: str
    """The conversation to open."""
    customer_name: str
    channel: str
    at: float
    shown: Shown
    customer_id: str | None = None
    seq: int | None = None
    by: By | None = None
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of them."""

    items: tuple[Found, ...]
    next: str | None
    """Where the next page begins; None: there is none. A page may be short, and have a next."""


@dataclass(frozen=True, slots=True)
class _Hit:
    candidate: Candidate
    by: By
    speaker: str
    shown: Shown


class Searching:
    """Searches conversations and customers, newest first."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    async def may_read(self, conversation_id: str, reach: Reach) -> bool:
        """Whether somebody may read a conversation."""
        return reach.sees_all or bool(await self._index.readable([conversation_id], reach))

    def readable_by(self, reach: Reach) -> Readable | None:
        """Return what tells which conversations somebody may read; None: all."""
        return None if reach.sees_all else partial(self._index.readable, reach=reach)

    async def page(
        self,
        query: Query,
        *,
        kind: Kind = "all",
        readable: Readable | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> FoundPage:
        """Return a page of what was looked for: customers first, then what was said.

        Args:
            query: What is looked for.
            kind: What may be found.
            readable: Which conversations may be read; None: all.
            cursor: ``next`` of the page before.
            limit: How many at most.

        Raises:
            DeskError: The cursor is none of this search (400).
        """
        table, below = _place(cursor, kind)
        if query.is_about_messages:
            table = _MESSAGES
        items: list[Found] = []
        following: int | None = None
        if table == _CUSTOMERS:
            items, following = await self._customers(query, readable, below, limit)
            if following is not None:
                return FoundPage(tuple(items), f"{_CUSTOMERS}{following}")
            below = None
            if kind == "customers":
                return FoundPage(tuple(items), None)
            if len(items) == limit:
                return FoundPage(tuple(items), _MESSAGES)
        elif kind == "customers":
            return FoundPage((), None)  # what it filters by, customers do not have
        said, following = await self._messages(query, readable, below, limit - len(items))
        after = None if following is None else f"{_MESSAGES}{following}"
        return FoundPage((*items, *said), after)

    # -- what was said ---------------------------------------------------------------------

    async def _messages(
        self, query: Query, readable: Readable | None, below: int | None, limit: int
    ) -> tuple[list[Found], int | None]:
        """Return hits and where to go on; None: that was all."""
        hits: list[_Hit] = []
        seen, chunk = 0, _FIRST_CHUNK * limit
        admitted: dict[str, bool] = {}
        while seen < _MOST_CANDIDATES:
            found = await self._index.messages(query, below=below, limit=chunk)
            await _admit(admitted, (one.leads_to for one in found), readable)
            for hit in _hits(query, found, admitted):
                hits.append(hit)
                if len(hits) == limit:
                    is_last = len(found) < chunk and hit.candidate is found[-1]
                    return await self._named(hits), None if is_last else hit.candidate.position
            if len(found) < chunk:
                return await self._named(hits), None
            below, seen, chunk = found[-1].position, seen + len(found), _CHUNK
        return await self._named(hits), below

    async def _named(self, hits: Sequence[_Hit]) -> list[Found]:
        names = await self._index.names({hit.candidate.leads_to for hit in hits}) if hits else {}
        return [
            Found(
                kind="message",
                conversation_id=hit.candidate.conversation_id,
                leads_to=hit.candidate.leads_to,
                customer_name=names.get(hit.candidate.leads_to, ""),
                channel=hit.candidate.channel,
                at=hit.candidate.timestamp,
                seq=hit.candidate.seq,
                by=hit.by,
                speaker=hit.speaker,
                shown=hit.shown,
            )
            for hit in hits
        ]

    # -- customers -------------------------------------------------------------------------

    async def _customers(
        self, query: Query, readable: Readable | None, below: int | None, limit: int
    ) -> tuple[list[Found], int | None]:
        """Return hits and where to go on; None: that was all."""
        hits: list[Found] = []
        seen, chunk = 0, _FIRST_CHUNK * limit
        admitted: dict[str, bool] = {}
        while seen < _MOST_CANDIDATES:
            found = await self._index.customers(query, below=below, limit=chunk)
            await _admit(admitted, (one.conversation_id for one in found), readable)
            for customer in found:
                part = _part(query, customer) if admitted[customer.conversation_id] else None
                if part is None:
                    continue
                hits.append(_found(customer, part))
                if len(hits) == limit:
                    is_last = len(found) < chunk and customer is found[-1]
                    return hits, None if is_last else customer.number
            if len(found) < chunk:
                return hits, None
            below, seen, chunk = found[-1].number, seen + len(found), _CHUNK
        return hits, below


def _place(cursor: str | None, kind: Kind) -> tuple[str, int | None]:
    """Return in which table, and below which place, a page begins."""
    if cursor is None:
        return _MESSAGES if kind == "messages" else _CUSTOMERS, None
    table, number = cursor[:1], cursor[1:]
    is_place = not number or (number.isascii() and number.isdecimal() and len(number) < 19)
    is_other = (kind == "messages" and table == _CUSTOMERS) or (
        kind == "customers" and table == _MESSAGES
    )
    if table not in {_MESSAGES, _CUSTOMERS} or not is_place or is_other:
        raise DeskError("bad-request", "'cursor' must be 'next' of a page", status=400)
    return table, int(number) if number else None


async def _admit(known: dict[str, bool], wanted: Iterator[str], readable: Readable | None) -> None:
    """Find out which conversations may be read that nobody asked about yet."""
    new = {name for name in wanted if name not in known}
    if new:
        allowed = new if readable is None else set(await readable(new))
        known.update((name, name in allowed) for name in new)


def _hits(query: Query, found: Sequence[Candidate], admitted: dict[str, bool]) -> Iterator[_Hit]:
    for candidate in found:
        if not admitted[candidate.leads_to]:
            continue
        if query.channel is not None and candidate.channel != query.channel:
            continue
        said = read_entry(candidate.kind, candidate.body)
        ranges = None if said is None else matches(query, said.text)
        if said is not None and ranges is not None:
            yield _Hit(candidate, said.by, said.speaker, shown(said.text, ranges))


def _part(query: Query, customer: KnownCustomer) -> Shown | None:
    """Return what a customer is found by; all that is looked for need not stand in one text."""
    if query.channel is not None and customer.channel != query.channel:
        return None
    if matches(replace(query, wanted=()), _whole(customer)) is None:
        return None
    ranges: dict[str, list[Range]] = {}
    for phrase in query.wanted:
        alone = Query(wanted=(phrase,))
        places = {text: matches(alone, text) for text in customer.texts}
        held = {text: found for text, found in places.items() if found}
        if not held:
            return None
        for text, found in held.items():
            ranges.setdefault(text, []).extend(found)
    text = max(ranges, key=lambda one: len(ranges[one]))
    return shown(text, sorted(ranges[text]))


def _whole(customer: KnownCustomer) -> str:
    return "\n".join(customer.texts)


def _found(customer: KnownCustomer, part: Shown) -> Found:
    return Found(
        kind="customer",
        conversation_id=customer.conversation_id,
        leads_to=customer.conversation_id,
        customer_name=customer.name,
        channel=customer.channel,
        at=customer.created_at,
        customer_id=customer.customer_id,
        shown=part,
    )
