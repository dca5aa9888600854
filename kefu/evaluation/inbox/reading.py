"""Reads a log once, and from then on only what came to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from math import inf
from typing import Final

from kefu.evaluation.inbox.gathering import Hit, hits_of, last_of_earlier_session
from kefu.evaluation.inbox.ports import MessageLog
from kefu.evaluation.replay.recording import Entry, read_conversation
from kefu.evaluation.replay.replaying import Choice

__all__ = ["LogReader"]

MOST_HITS: Final = 100_000
"""So many messages are kept; the oldest give way."""
OVERLAP: Final = 1_000
"""Where several write at once, an entry may show after one with a higher position: so many
positions are looked at again."""
LONG: Final = 200
"""A conversation without messages of note is read from its beginning again, if no longer."""
_MESSAGE: Final = "message"
"""Kind of an entry that only tells what arrived; the event of it is another one."""
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a conversation."""

    anchor: int = 0
    """Message from which on it is read again: no later one can change what is in front of it."""
    asked: str | None = None
    """Slot that a form asked for before that message."""
    hits: tuple[Hit, ...] = ()


class LogReader:
    """Keeps the messages of note of a log.

    Args:
        opened: Opens the log.
    """

    def __init__(self, opened: Callable[[], AbstractAsyncContextManager[MessageLog]]) -> None:
        self._opened = opened
        self._known: dict[str, _Known] = {}
        self._asked_for = self._since = inf
        self._below = 0.0
        self._listed: str | None = ""
        """Conversation up to which the log was read for the first time; None: it was, wholly."""
        self._position = 0
        self._seen: set[int] = set()
        self._count = 0
        self._lock = asyncio.Lock()
        self.revision = 0
        """Grows when the hits change."""
        self.conversations = 0
        """That were read when the log was read for the first time."""
        self.is_cut = False
        """There were too many messages: the oldest are missing."""

    @property
    def hits(self) -> list[Hit]:
        """The messages of note, in no order."""
        return [hit for known in self._known.values() for hit in known.hits]

    async def renew(self, *, since: float, below: float) -> None:
        """Read what came since the last time.

        Args:
            since: What is older is not needed.
            below: Of a lower confidence than this the bot was unsure; hits may have higher ones,
                where it was asked for more before.

        Raises:
            StorageError: The log cannot be read.
        """
        async with self._lock, self._opened() as log:
            end = await log.end()
            if since < self._asked_for or below > self._below or end < self._position:
                await self._start(log, end, min(since, self._asked_for), max(below, self._below))
            if self._listed is not None:
                await self._read_all(log)
            await self._read_tail(log)

    async def _start(self, log: MessageLog, end: int, since: float, below: float) -> None:
        self._known, self._count, self.conversations = {}, 0, 0
        self._asked_for = self._since = since
        self._below = below
        self._listed, self.is_cut = "", False
        self._position = end
        tail = await log.tail(after=max(0, end - OVERLAP), limit=OVERLAP)
        self._seen = {position for position, _ in tail}

    async def _read_all(self, log: MessageLog) -> None:
        """Read from where it was left, if whoever waited for it gave up."""
        since = max(0.0, self._since)
        while self._listed is not None:
            page = await log.listed(after=self._listed, since=since, limit=_PAGE)
            for name in page:
                await self._read(log, name)
                self._listed = name
                self.conversations += 1
            if not page:
                self._listed = None

    async def _read_tail(self, log: MessageLog) -> None:
        after = max(0, self._position - OVERLAP)
        changed: dict[str, None] = {}
        seen = set(self._seen)
        while page := await log.tail(after=after, limit=_PAGE):
            after = page[-1][0]
            changed |= {name: None for position, name in page if position not in self._seen}
            seen |= {position for position, _ in page}
        for name in changed:
            await self._read(log, name)
        self._position = max(after, self._position)
        self._seen = {position for position in seen if position > self._position - OVERLAP}

    async def _read(self, log: MessageLog, name: str) -> None:
        before = self._known.get(name, _Known())
        entries = await _entries(log, name, max(0, before.anchor - 1))
        conversation = read_conversation(name, entries)
        choice = Choice(since=self._since)
        fresh = hits_of(conversation, choice, self._below, before.asked)
        kept = [hit for hit in before.hits if hit.seq <= before.anchor]
        hits = (*kept, *(hit for hit in fresh if hit.seq > before.anchor or not before.anchor))
        place = last_of_earlier_session(conversation, before.asked)
        anchor, asked = place or (before.anchor, before.asked)
        self._known.pop(name, None)
        if hits or anchor > LONG:
            self._known[name] = _Known(anchor, asked, hits)
        self._count += len(hits) - len(before.hits)
        if hits != before.hits:
            self.revision += 1
        if self._count > MOST_HITS:
            self._cut()
        await asyncio.sleep(0)  # others have their turn

    def _cut(self) -> None:
        """Forget the oldest tenth."""
        times = sorted(hit.at for hit in self.hits)
        self._since = times[len(times) // 10]
        self.is_cut = True
        for name, known in list(self._known.items()):
            hits = tuple(hit for hit in known.hits if hit.at >= self._since)
            if hits or known.anchor > LONG:
                self._known[name] = _Known(known.anchor, known.asked, hits)
            else:
                del self._known[name]
        self._count = len(self.hits)


async def _entries(log: MessageLog, name: str, after: int) -> list[Entry]:
    entries: list[Entry] = []
    while True:
        page = await log.entries(name, after=entries[-1].seq if entries else after, limit=_PAGE)
        entries += page
        if len(page) < _PAGE:
            return [entry for entry in entries if entry.kind != _MESSAGE]
