"""Feeding a publisher: at least once, in order, nothing forgotten that was not confirmed."""

import asyncio
import contextlib
import json

import pytest

from kefu.errors import BrokerError
from kefu.gateway import feeding as module
from kefu.gateway.feeding import Feeding
from kefu.gateway.records import MESSAGE, NOTE, Commit, NewEntry
from kefu.storage.memory import open_memory


class Publisher:
    """Remembers what it was given; fails when told to, half-way through if told so."""

    def __init__(self):
        self.published = []
        self.fails = 0
        self.gets_half = False
        self.changed = asyncio.Event()

    async def publish(self, publications):
        self.changed.set()
        if self.fails:
            self.fails -= 1
            if self.gets_half:
                self.published += publications[: len(publications) // 2]
            raise BrokerError("away")
        self.published += publications
        return 0

    async def close(self):
        pass


@pytest.fixture
def storage():
    return open_memory(feeds=("event_broker",))


@pytest.fixture
def publisher():
    return Publisher()


@pytest.fixture
def feeding(storage, publisher):
    return Feeding(storage.unfed, publisher, storage.leases, feed="event_broker")


async def commit(storage, conversation_id, *numbers, kind="slot"):
    head = await storage.stores.conversations.head(conversation_id)
    await storage.stores.log.commit(
        Commit(
            conversation_id=conversation_id,
            expected_version=head.version if head else 0,
            owner="bot",
            timestamp=1.0,
            entries=tuple(
                NewEntry(kind=kind, timestamp=1.0, body=f'{{"event":"slot","value":{number}}}')
                for number in numbers
            ),
        )
    )


def values(publisher, key):
    return [json.loads(p.body)["value"] for p in publisher.published if p.key == key]


@contextlib.asynccontextmanager
async def running(feeding):
    task = asyncio.get_running_loop().create_task(feeding.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - it waits for what others do
            await asyncio.sleep(0.005)


async def test_events_have_rasas_form_with_their_sender(storage, publisher, feeding):
    await commit(storage, 'a"微信', 1)
    assert await feeding.feed_once() == 1
    (publication,) = publisher.published
    assert publication.key == 'a"微信'
    assert json.loads(publication.body) == {"sender_id": 'a"微信', "event": "slot", "value": 1}


async def test_what_is_no_event_is_not_published(storage, publisher, feeding):
    await commit(storage, "a", 1, kind=MESSAGE)
    await commit(storage, "a", 2, kind=NOTE)
    await commit(storage, "a", 3)
    assert await feeding.feed_once() == 3
    assert values(publisher, "a") == [3]
    assert await feeding.feed_once() == 0


async def test_what_was_not_confirmed_comes_again_in_order(storage, publisher, feeding):
    for number in range(6):
        await commit(storage, f"c{number % 2}", number)
    publisher.fails, publisher.gets_half = 1, True
    with pytest.raises(BrokerError):
        await feeding.feed_once()
    await feeding.feed_once()
    assert values(publisher, "c0") == [0, 2, 0, 2, 4]
    assert values(publisher, "c1") == [1, 1, 3, 5]


async def test_a_death_between_publishing_and_forgetting_doubles_and_loses_nothing(
    storage, publisher, feeding, monkeypatch
):
    await commit(storage, "a", 1, 2)

    async def die(_ids):
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(storage.unfed, "forget", die)
        with pytest.raises(asyncio.CancelledError):
            await feeding.feed_once()
    await commit(storage, "a", 3)
    successor = Feeding(storage.unfed, publisher, storage.leases, feed="event_broker")
    await successor.feed_once()
    assert values(publisher, "a") == [1, 2, 1, 2, 3]


async def test_a_broker_that_comes_back_gets_everything(storage, publisher, feeding, monkeypatch):
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    feeding._pause = 0.01
    publisher.fails = 3
    for number in range(5):
        await commit(storage, "a", number)
    async with running(feeding):
        await until(lambda: feeding.failures > 0)
        assert feeding.waiting == 5
        await until(lambda: feeding.published == 5)
        await commit(storage, "a", 5)
        await feeding.committed("a", (), channel="rest")
        await until(lambda: feeding.published == 6)
    assert values(publisher, "a") == [0, 1, 2, 3, 4, 5]
    assert feeding.measurements() == {
        "event_broker_published_total": 6,
        "event_broker_refused_total": 0,
        "event_broker_failures_total": 3,
        "event_broker_waiting": 0,
    }


async def test_one_process_at_a_time_feeds(storage, publisher, feeding):
    other_publisher = Publisher()
    other = Feeding(storage.unfed, other_publisher, storage.leases, feed="event_broker")
    async with running(feeding):
        await commit(storage, "a", 1)
        await until(lambda: feeding.published == 1)
        async with running(other):
            for number in range(2, 5):
                await commit(storage, "a", number)
                await feeding.committed("a", (), channel="rest")
                await until(lambda number=number: feeding.published == number)
    assert other_publisher.published == []
