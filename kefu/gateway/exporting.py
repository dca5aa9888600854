"""Gives what stands in the logs to an event broker: the past, which feeds do not bring.

An export is of all events within a stretch of time, and goes through the conversations in the order
of their ids. How far it is, is noted after each batch that the broker has confirmed, so that it can
go on there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from kefu.errors import BrokerError
from kefu.gateway.feeding import Publication, Publisher, publication
from kefu.gateway.ports import Stores
from kefu.gateway.records import MESSAGE, NOTE, REPLACED, LogEntry

__all__ = ["Export", "ExportPlace", "ExportWish", "known_conversations"]

BATCH: Final = 100
_PAGE: Final = 500
_IDS: Final = 500
_CONFIRM_SECONDS: Final = 30.0
_NO_EVENTS: Final = frozenset({MESSAGE, NOTE, REPLACED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """What is exported."""

    before: float
    """Events of this time and later are not; seconds since the epoch."""
    since: float | None = None
    """Events of before are not."""
    offset: float = 0.0
    """Seconds that are added to the timestamps that go out."""
    process_id: str = ""
    """Goes with each message, as Rasa's export has it, in the header ``rasa-export-process-id``."""


class ExportPlace(msgspec.Struct, frozen=True, kw_only=True):
    """How far an export is."""

    conversation_id: str = ""
    """Conversations before this one are done."""
    seq: int = 0
    """Its entries up to here are done."""
    published: int = 0
    refused: int = 0
    """Events that the broker will never take."""


class Export:
    """Publishes events, batch by batch."""

    def __init__(
        self,
        stores: Stores,
        publisher: Publisher,
        wish: ExportWish,
        *,
        note: Callable[[ExportPlace], None],
        place: ExportPlace | None = None,
    ) -> None:
        """Begin, or go on at ``place``.

        Args:
            stores: The logs.
            publisher: Takes the events.
            wish: Which ones.
            note: Keeps the place; called each time that a batch is confirmed.
            place: Where an earlier run has stopped.
        """
        self._log = stores.log
        self._publisher = publisher
        self._wish = wish
        self._note = note
        self.place = place or ExportPlace()
        self._is_stopping = False

    def stop(self) -> None:
        """End after the batch that is under way."""
        self._is_stopping = True

    async def run(
        self, conversation_ids: Sequence[str], done: Callable[[int], None] = lambda _: None
    ) -> bool:
        """Export conversations; return whether that was all, False after :meth:`stop`.

        Args:
            conversation_ids: Ascending; those before the place are passed over.
            done: Told of conversations that are done.

        Raises:
            BrokerError: A batch was not confirmed; the place is before it.
        """
        batch: list[tuple[str, LogEntry]] = []
        for conversation_id in conversation_ids:
            if conversation_id >= self.place.conversation_id:
                after = self.place.seq if conversation_id == self.place.conversation_id else 0
                async for entry in self._wanted(conversation_id, after):
                    batch.append((conversation_id, entry))
                    if len(batch) >= BATCH or self._is_stopping:
                        await self._publish(batch)
                        batch = []
                    if self._is_stopping:
                        return False
            done(1)
        if batch:
            await self._publish(batch)
        return True

    async def _wanted(self, conversation_id: str, after: int) -> AsyncIterator[LogEntry]:
        since, before = self._wish.since, self._wish.before
        while page := await self._log.history(conversation_id, after=after, limit=_PAGE):
            for entry in page:
                is_in_time = (since is None or entry.timestamp >= since) and (
                    entry.timestamp < before
                )
                if is_in_time and entry.kind not in _NO_EVENTS:
                    yield entry
            after = page[-1].seq
            if len(page) < _PAGE:
                return

    async def _publish(self, batch: Sequence[tuple[str, LogEntry]]) -> None:
        publications = [self._publication(name, entry) for name, entry in batch]
        try:
            async with asyncio.timeout(_CONFIRM_SECONDS):
                refused = await self._publisher.publish(publications)
        except TimeoutError as error:
            raise BrokerError(f"no answer within {_CONFIRM_SECONDS:.0f} s") from error
        name, last = batch[-1]
        self.place = ExportPlace(
            conversation_id=name,
            seq=last.seq,
            published=self.place.published + len(publications) - refused,
            refused=self.place.refused + refused,
        )
        self._note(self.place)

    def _publication(self, conversation_id: str, entry: LogEntry) -> Publication:
        made = publication(conversation_id, entry)
        body = made.body
        if self._wish.offset:
            event = msgspec.json.decode(body)
            event["timestamp"] = entry.timestamp + self._wish.offset
            body = msgspec.json.encode(event).decode()
        headers = {"rasa-export-process-id": self._wish.process_id}
        return Publication(key=made.key, body=body, id=made.id, headers=headers)


async def known_conversations(
    stores: Stores, wanted: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the ids of conversations, ascending, and those of ``wanted`` that are none.

    Args:
        stores: The logs.
        wanted: Ids, or addresses that lead to a conversation; none: all there are.
    """
    if wanted:
        return await _found(stores.conversations.head, stores.conversations.resolve, wanted)
    names: list[str] = []
    while page := await stores.conversations.listed(after=names[-1] if names else "", limit=_IDS):
        names += page
        if len(page) < _IDS:
            break
    return names, []


async def _found(
    head: Callable[[str], Awaitable[object | None]],
    resolve: Callable[[str], Awaitable[str]],
    wanted: Sequence[str],
) -> tuple[list[str], list[str]]:
    found: set[str] = set()
    missing: list[str] = []
    for name in wanted:
        conversation_id = await resolve(name)
        if await head(conversation_id) is None:
            missing.append(name)
        else:
            found.add(conversation_id)
    return sorted(found), missing
