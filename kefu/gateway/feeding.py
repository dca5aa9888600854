"""Feeds: what is committed to the logs goes out to others, such as an event broker.

A commit notes in its own transaction which stretch of a log a feed has not been given yet. One
process at a time takes these stretches in order, publishes their events, waits until all are
confirmed and only then forgets the stretches. So every event arrives at least once, and those of
a conversation in order; after a crash or a failure what was not forgotten comes again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn, Protocol

import msgspec

from kefu.core.codec import encode_event
from kefu.core.events import Event
from kefu.core.leases import Lease, Leases
from kefu.errors import BrokerError, StorageError
from kefu.gateway.records import MESSAGE, NOTE, REPLACED, LogEntry
from kefu.gateway.rows import as_json, event_of
from kefu.logs import fields

__all__ = [
    "EVENT_BROKER",
    "Feeding",
    "Publication",
    "Publisher",
    "Unfed",
    "UnfedStretch",
    "event_json",
    "publication",
]

log = logging.getLogger(__name__)

EVENT_BROKER: Final = "event_broker"
"""The feed of the broker in endpoints.yml."""

_BATCH = 100
_LEASE_SECONDS = 40.0
_RENEW_SECONDS = 10.0
_PUBLISH_SECONDS = 20.0
"""Longest time for a batch; with the former well below the lease, so that two processes never
publish at once."""
_LOOK_SECONDS = 0.5
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_NO_EVENTS: Final = frozenset({MESSAGE, NOTE, REPLACED})
_encode_text = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfedStretch:
    """Events of one commit that a feed has not been given."""

    id: int
    conversation_id: str
    entries: tuple[LogEntry, ...]


class Unfed(Protocol):
    """What feeds have not been given yet; commits add to it."""

    async def next(self, feed: str, *, limit: int) -> Sequence[UnfedStretch]:
        """Return the first stretches in the order of their commits."""
        ...

    async def forget(self, ids: Sequence[int]) -> None:
        """Forget stretches that were given."""
        ...

    async def count(self, feed: str) -> int:
        """Return how many stretches wait."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An event as it goes out."""

    key: str
    """The conversation's id: what has the same key stays in order."""
    body: str
    """JSON, as Rasa's brokers publish it: the event with its ``sender_id``."""
    id: str = ""
    """Of this event, whenever it is published: ``<conversation>:<place in its log>``."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What goes beside the body, where the broker can carry that."""


class Publisher(Protocol):
    """Gives events to others."""

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Return when all are confirmed, and how many of them are refused for good.

        Raises:
            BrokerError: Some are not confirmed; all will be published again.
        """
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...


class Feeding:
    """Feeds one publisher, in whichever process has the lease.

    Attributes:
        published: Events confirmed, since the process started.
        refused: Events that can never be published, such as those too large.
        failures: Batches that were not confirmed and are published again.
        waiting: Commits that wait to be published, as last seen by this process.
    """

    def __init__(self, unfed: Unfed, publisher: Publisher, leases: Leases, *, feed: str) -> None:
        self._unfed = unfed
        self._publisher = publisher
        self._leases = leases
        self._feed = feed
        self._wake = asyncio.Event()
        self._pause = _FIRST_PAUSE
        self.published = 0
        self.refused = 0
        self.failures = 0
        self.waiting = 0

    def measurements(self) -> dict[str, float]:
        """Return figures for ``/metrics``."""
        return {
            f"{self._feed}_published_total": self.published,
            f"{self._feed}_refused_total": self.refused,
            f"{self._feed}_failures_total": self.failures,
            f"{self._feed}_waiting": self.waiting,
        }

    async def committed(
        self, conversation_id: str, events: Sequence[Event], *, channel: str
    ) -> None:
        """Look soon: something was committed."""
        del conversation_id, events, channel
        self._wake.set()

    async def run(self) -> NoReturn:
        """Feed whenever there is something and no other process does, until cancelled."""
        while True:
            try:
                lease = await self._leases.acquire(f"feed:{self._feed}", seconds=_LEASE_SECONDS)
                if lease is not None:
                    await self._feed_under(lease)
            except (BrokerError, StorageError) as error:
                self._note_failure(error)
                await self._look()
                await asyncio.sleep(self._pause * random.uniform(0.7, 1.3))
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            else:
                await asyncio.sleep(_LEASE_SECONDS / 8 * random.uniform(0.7, 1.3))

    async def feed_once(self) -> int:
        """Publish the next batch; return how many commits it was.

        Raises:
            BrokerError: It was not confirmed and will be published again.
        """
        stretches = await self._unfed.next(self._feed, limit=_BATCH)
        if not stretches:
            self.waiting = 0
            return 0
        publications = [
            publication(stretch.conversation_id, entry)
            for stretch in stretches
            for entry in stretch.entries
            if entry.kind not in _NO_EVENTS
        ]
        refused = 0
        if publications:
            try:
                async with asyncio.timeout(_PUBLISH_SECONDS):
                    refused = await self._publisher.publish(publications)
            except TimeoutError as error:
                raise BrokerError(f"no answer within {_PUBLISH_SECONDS:.0f} s") from error
        await self._unfed.forget([stretch.id for stretch in stretches])
        self.published += len(publications) - refused
        self.refused += refused
        is_all = len(stretches) < _BATCH
        self.waiting = 0 if is_all else await self._unfed.count(self._feed)
        return len(stretches)

    async def _feed_under(self, lease: Lease) -> None:
        """Feed until the lease is lost."""
        now = asyncio.get_running_loop().time
        renewed = now()
        try:
            while True:
                if now() - renewed > _RENEW_SECONDS:
                    renewed = now()
                    if not await self._leases.renew(lease, seconds=_LEASE_SECONDS):
                        return
                self._wake.clear()
                count = await self.feed_once()
                self._pause = _FIRST_PAUSE
                if not count:
                    await self._wait()
        finally:
            await self._leases.release(lease)

    async def _wait(self) -> None:
        """Wait for a commit of this process; those of others are found by looking."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _look(self) -> None:
        try:
            self.waiting = await self._unfed.count(self._feed)
        except StorageError:
            return  # what was seen last stands

    def _note_failure(self, error: Exception) -> None:
        self.failures += 1
        log.warning(
            "events were not published; they are published again",
            extra=fields(feed=self._feed, error=str(error), in_seconds=self._pause),
        )


def event_json(entry: LogEntry) -> str:
    """Return an entry of a log, which has to be that of an event, as JSON text in Rasa's form."""
    if entry.kind == "cancel_reminder":  # where the log says more than Rasa's form
        return as_json(encode_event(event_of(entry)))
    return entry.body


def publication(conversation_id: str, entry: LogEntry) -> Publication:
    """Return an entry of a log, which has to be that of an event, as it goes out."""
    body = event_json(entry)
    sender = _encode_text(conversation_id).decode()
    return Publication(
        key=conversation_id,
        body=f'{{"sender_id":{sender},{body[1:]}',
        id=f"{conversation_id}:{entry.seq}",
    )
