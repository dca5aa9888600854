"""Threads in pages: the last fifty of five thousand messages cost the same as of fifty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kefu.core.events import AgentUttered, BotUttered
from kefu.desk.ports import Entry
from kefu.server.desk.items import Items
from kefu.server.desk.shapes import Item, ThreadPage
from kefu.server.desk_ports import Threads

__all__ = ["Found", "ThreadReader"]

_CHUNK: Final = 200
_MOST_CHUNKS: Final = 20
"""What a page looks through at most: a log may hold long stretches in which nobody says a word."""
_LOOKS_AHEAD: Final = 200
"""How far behind a message it is looked for whether it was taken back."""
_AROUND: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message in which what was looked for stands."""

    item: Item
    snippet: str
    ranges: list[tuple[int, int]]
    """Where in the snippet, as first character and the one behind the last."""


@dataclass(slots=True)
class _Stretch:
    """Entries without a gap, oldest first."""

    entries: list[Entry]
    first: int
    """Nothing between this place and :attr:`last` is missing."""
    last: int


class ThreadReader:
    """Reads threads."""

    def __init__(self, threads: Threads, items: Items, *, follows: bool = True) -> None:
        """Put it together; ``follows`` is false for threads of conversations that were merged."""
        self._threads = threads
        self._items = items
        self._follows = follows

    async def newest(self, conversation_id: str, limit: int) -> ThreadPage:
        """Return the end of a thread."""
        end = await self._end(conversation_id)
        return await self.before(conversation_id, end + 1, limit, end=end)

    async def before(
        self, conversation_id: str, before: int, limit: int, *, end: int | None = None
    ) -> ThreadPage:
        """Return the items right before a place.

        Args:
            conversation_id: Whose.
            before: The place.
            limit: How many at most.
            end: Where the log ends, if that is known.
        """
        end = await self._end(conversation_id) if end is None else end
        last = min(before - 1, end)
        stretch = await self._backwards(conversation_id, last, limit)
        later = await self._later(conversation_id, last, end)
        items = await self._shown(conversation_id, stretch, later)
        cut = items[-limit:]
        is_cut = len(cut) < len(items)
        first = cut[0].seq if is_cut else stretch.first
        return ThreadPage(
            conversation_id=conversation_id,
            items=cut,
            first_seq=first,
            last_seq=last,
            has_before=is_cut or first > 1,
            has_after=last < end,
        )

    async def after(self, conversation_id: str, after: int, limit: int) -> ThreadPage:
        """Return the items right behind a place."""
        end = await self._end(conversation_id)
        stretch = await self._forwards(conversation_id, min(after, end), limit, end)
        later = await self._later(conversation_id, stretch.last, end)
        items = await self._shown(conversation_id, stretch, later)
        cut = items[:limit]
        last = cut[-1].seq if len(cut) < len(items) else stretch.last
        return ThreadPage(
            conversation_id=conversation_id,
            items=cut,
            first_seq=stretch.first,
            last_seq=last,
            has_before=stretch.first > 1,
            has_after=last < end,
        )

    async def around(self, conversation_id: str, seq: int, limit: int) -> ThreadPage:
        """Return the items around a place, about as many before it as behind it."""
        half = max(1, limit // 2)
        earlier = await self.before(conversation_id, seq + 1, half)
        behind = await self.after(conversation_id, earlier.last_seq, limit - half)
        return ThreadPage(
            conversation_id=conversation_id,
            items=[*earlier.items, *behind.items],
            first_seq=earlier.first_seq,
            last_seq=behind.last_seq,
            has_before=earlier.has_before,
            has_after=behind.has_after,
        )

    async def search(
        self, conversation_id: str, words: str, *, before: int | None, limit: int
    ) -> tuple[list[Found], int | None]:
        """Return messages with some words, newest first, and where to look on; None: that was all.

        A page looks through a few thousand entries at most; it may be empty and not the last.
        """
        wanted = re.compile(re.escape(words), re.IGNORECASE)
        end = await self._end(conversation_id)
        place = min(before or end + 1, end + 1)
        found: list[Found] = []
        for _ in range(_MOST_CHUNKS):
            if place <= 1 or len(found) >= limit:
                break
            chunk = await self._threads.earlier(conversation_id, before=place, limit=_CHUNK)
            later = await self._later(conversation_id, place - 1, end)
            for item in reversed(self._items.of(chunk, later=later)):
                hit = _hit(item, wanted)
                if hit is not None:
                    found.append(hit)
            place = max(1, place - _CHUNK)
        if len(found) > limit:
            return found[:limit], found[limit - 1].item.seq
        return found, place if place > 1 else None

    async def shown(
        self, conversation_id: str, entries: Sequence[Entry], *, later: Sequence[Entry] = ()
    ) -> list[Item]:
        """Return the items of a stretch of a log, with what became of them."""
        said = [one.seq for one in entries if isinstance(one.event, AgentUttered | BotUttered)]
        if not said:
            return self._items.of(entries, later=later)
        deliveries = await self._threads.deliveries_between(
            conversation_id, first=said[0], last=said[-1]
        )
        return self._items.of(entries, deliveries, later=later)

    # -- reading ---------------------------------------------------------------------------

    async def _end(self, conversation_id: str) -> int:
        head = await self._threads.head(conversation_id)
        return 0 if head is None else head.last_seq

    async def _backwards(self, conversation_id: str, last: int, limit: int) -> _Stretch:
        entries: list[Entry] = []
        first, count = last + 1, 0
        for _ in range(_MOST_CHUNKS):
            if first <= 1 or count >= limit:
                break
            chunk = await self._threads.earlier(conversation_id, before=first, limit=_CHUNK)
            count += len(self._items.of(chunk))
            entries[:0] = chunk
            first = max(1, first - _CHUNK)
        return _Stretch(entries, first, last)

    async def _forwards(self, conversation_id: str, after: int, limit: int, end: int) -> _Stretch:
        entries: list[Entry] = []
        last, count = after, 0
        for _ in range(_MOST_CHUNKS):
            if last >= end or count >= limit:
                break
            chunk = await self._behind(conversation_id, last, _CHUNK)
            count += len(self._items.of(chunk))
            entries += chunk
            last = chunk[-1].seq if len(chunk) == _CHUNK else max(end, *(e.seq for e in chunk), 0)
        return _Stretch(entries, after + 1, last)

    async def _later(self, conversation_id: str, last: int, end: int) -> Sequence[Entry]:
        if last >= end:
            return ()
        return await self._behind(conversation_id, last, _LOOKS_AHEAD)

    async def _behind(self, conversation_id: str, last: int, limit: int) -> Sequence[Entry]:
        passage = await self._threads.passage(
            conversation_id, after=last, limit=limit, follows=self._follows
        )
        return passage.entries

    async def _shown(
        self, conversation_id: str, stretch: _Stretch, later: Sequence[Entry]
    ) -> list[Item]:
        return await self.shown(conversation_id, stretch.entries, later=later)


def _hit(item: Item, wanted: re.Pattern[str]) -> Found | None:
    text: Any = item.text
    match = wanted.search(text) if isinstance(text, str) else None
    if match is None:
        return None
    begin, end = max(0, match.start() - _AROUND), min(len(text), match.end() + _AROUND)
    before, behind = "…" if begin else "", "…" if end < len(text) else ""
    snippet = f"{before}{text[begin:end]}{behind}"
    ranges = [(one.start(), one.end()) for one in wanted.finditer(snippet)]
    return Found(item=item, snippet=snippet, ranges=ranges)
