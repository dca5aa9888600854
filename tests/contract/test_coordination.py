"""Live bus, presence and hot cache, in memory and on Redis."""

import asyncio
from dataclasses import replace

import pytest

from kefu.errors import StorageError, Unavailable
from kefu.gateway.coordination import CHANGED, WANTED, LiveMessage
from kefu.gateway.records import Head, LogEntry, Snapshot, StoredConversation
from kefu.storage.memory.bus import MemoryBus
from kefu.storage.memory.cache import MemoryCache
from kefu.storage.memory.presence import MemoryPresence
from kefu.storage.redis import open_redis
from tests.contract.redis_server import coordination, own_server


def entry(seq, body=None):
    return LogEntry(
        seq=seq, kind="user", timestamp=float(seq), body=body or f'{{"n": "第{seq}条"}}'
    )


def changed(conversation_id, body=""):
    return LiveMessage(conversation_id=conversation_id, kind=CHANGED, body=body)


class Heard:
    """Remembers what a bus brought."""

    def __init__(self, bus):
        self.messages = []
        self._grew = asyncio.Event()
        self.stop = bus.subscribe(self._hear)

    def _hear(self, message):
        self.messages.append(message)
        self._grew.set()

    async def until(self, count):
        while len(self.messages) < count:
            self._grew.clear()
            await asyncio.wait_for(self._grew.wait(), 10)


# -- bus


@pytest.fixture(params=["memory", "redis"])
async def buses(request):
    """Return the buses of two processes."""
    if request.param == "memory":
        first = MemoryBus()
        yield first, MemoryBus(first)
        return
    url = request.getfixturevalue("redis_url")
    async with coordination(url) as first, coordination(url, first.link.prefix) as second:
        yield first.bus, second.bus


async def test_what_one_process_publishes_the_other_hears_in_order(buses):
    here, there = buses
    own, others = Heard(here), Heard(there)
    assert here.is_complete
    sent = [changed(f"c{n}", body="{}") for n in range(20)]
    for message in sent:
        here.publish(message)
    await others.until(20)
    assert others.messages == sent
    there.publish(changed("back"))
    await own.until(1)
    assert own.messages == [changed("back")], "its own messages do not come back"


async def test_changes_of_a_moment_are_one_message_for_redis(redis_url):
    async with (
        coordination(redis_url) as first,
        coordination(redis_url, first.link.prefix) as second,
    ):
        there = Heard(second.bus)
        sent = []
        commands = []
        post = first.link.post
        first.link.post = lambda *command: (commands.append(command), post(*command))
        for number in range(3):
            sent += [changed(f"c{number}-{n}") for n in range(50)]
            for message in sent[-50:]:
                first.bus.publish(message)
            await there.until(len(sent))
        assert there.messages == sent
        assert len(commands) == 3
        assert second.bus.received == 150


async def test_who_is_waited_for_is_told_with_what_was_kept_back(redis_url):
    async with (
        coordination(redis_url) as first,
        coordination(redis_url, first.link.prefix) as second,
    ):
        there = Heard(second.bus)
        first.bus.publish(changed("c1"))
        await there.until(1)
        first.bus._sent_at += 3600.0  # from now on a change would wait for an hour
        first.bus.publish(changed("c2"))
        wanted = LiveMessage(conversation_id="c3", kind=WANTED)
        first.bus.publish(wanted)
        await there.until(3)
        assert there.messages == [changed("c1"), changed("c2"), wanted]


async def test_who_has_stopped_hears_no_more(buses):
    here, there = buses
    first, second = Heard(there), Heard(there)
    first.stop()
    here.publish(changed("c1"))
    await second.until(1)
    assert first.messages == []


# -- presence


@pytest.fixture(params=["memory", "redis"])
async def presence(request):
    if request.param == "memory":
        yield MemoryPresence()
        return
    async with coordination(request.getfixturevalue("redis_url")) as redis:
        yield redis.presence


async def test_who_is_connected_is_known_by_kind(presence):
    await presence.keep("visitor", ["a", "b", "客"], seconds=30)
    await presence.keep("agent", ["a"], seconds=30)
    assert await presence.count("visitor") == 3
    assert set(await presence.listed("visitor")) == {"a", "b", "客"}
    assert len(await presence.listed("visitor", limit=2)) == 2
    assert await presence.is_online("agent", "a")
    assert not await presence.is_online("agent", "b")
    await presence.leave("visitor", "b")
    assert not await presence.is_online("visitor", "b")
    assert await presence.count("visitor") == 2
    assert await presence.count("nobody") == 0


async def test_who_is_not_kept_is_gone_after_a_while(presence):
    await presence.keep("visitor", ["short"], seconds=0.03)
    await presence.keep("visitor", ["long"], seconds=30)
    async with asyncio.timeout(10):
        while await presence.is_online("visitor", "short"):  # noqa: ASYNC110 - time itself
            await asyncio.sleep(0)
    assert await presence.listed("visitor") == ["long"]
    assert await presence.count("visitor") == 1


# -- cache

HEAD = Head(version=3, owner="queue", channel="web", last_seq=5, last_message_seq=1, answered_seq=1)
STORED = StoredConversation(
    head=HEAD,
    snapshot=Snapshot(seq=4, body='{"a": 1}', needs=((2, 3),)),
    entries=(entry(2), entry(3), entry(5)),
)


@pytest.fixture(params=["memory", "redis"])
async def cache(request):
    if request.param == "memory":
        yield MemoryCache()
        return
    async with coordination(request.getfixturevalue("redis_url")) as redis:
        yield redis.cache


def later(head, count):
    return replace(head, version=head.version + 1, last_seq=head.last_seq + count)


async def test_what_is_not_cached_is_not_found(cache):
    assert await cache.get("c1") is None
    assert await cache.get("c1", after=3) is None


async def test_a_whole_conversation_comes_back_as_it_was(cache):
    cache.put("c1", STORED)
    assert await cache.get("c1") == STORED
    assert await cache.get("c1", after=4) == StoredConversation(
        head=HEAD, snapshot=None, entries=(entry(5),)
    )
    assert await cache.get("c1", after=1) is None, "before the snapshot entries are missing"


async def test_a_commit_adds_its_own_entries(cache):
    cache.put("c1", STORED)
    head = later(HEAD, 2)
    cache.append("c1", head, [entry(6), entry(7)], before=HEAD, begins_anew=False)
    whole = await cache.get("c1")
    assert whole.head == head
    assert whole.entries == (*STORED.entries, entry(6), entry(7))
    assert (await cache.get("c1", after=6)).entries == (entry(7),)
    assert (await cache.get("c1", after=7)).entries == ()


async def test_the_first_commit_of_a_conversation_is_all_of_it(cache):
    head = Head(version=1, last_seq=3)
    cache.append("c1", head, [entry(2), entry(3)], before=Head(), begins_anew=False)
    whole = StoredConversation(head=head, snapshot=None, entries=(entry(2), entry(3)))
    assert await cache.get("c1") == whole


async def test_a_cache_that_missed_a_commit_begins_anew(cache):
    cache.put("c1", STORED)
    before = later(HEAD, 4)
    cache.append("c1", later(before, 1), [entry(10)], before=before, begins_anew=False)
    assert await cache.get("c1") is None
    assert await cache.get("c1", after=5) is None
    tail = await cache.get("c1", after=9)
    assert (tail.head, tail.entries) == (later(before, 1), (entry(10),))


async def test_a_commit_with_a_snapshot_forgets_what_was_before_it(cache):
    cache.put("c1", STORED)
    cache.append("c1", later(HEAD, 1), [entry(6)], before=HEAD, begins_anew=True)
    assert await cache.get("c1") is None
    assert (await cache.get("c1", after=5)).entries == (entry(6),)


# -- Redis comes and goes


async def test_without_redis_commands_fail_at_once_and_work_again_when_it_is_back(require):
    with own_server(require) as server:
        redis = await open_redis(server.url)
        changes = []
        came_back = asyncio.Event()
        redis.link.tell(lambda is_up: (changes.append(is_up), is_up and came_back.set()))
        lease = await redis.leases.acquire("a", seconds=30)
        server.stop()
        with pytest.raises(Unavailable):
            await redis.leases.renew(lease, seconds=30)
        with pytest.raises(Unavailable):
            await redis.link.check()
        redis.bus.publish(changed("c1"))
        assert not redis.link.is_up
        assert not redis.bus.is_complete
        server.start()
        await asyncio.wait_for(came_back.wait(), 20)
        assert changes == [False, True]
        assert redis.link.failures == 1
        assert await redis.leases.acquire("a", seconds=30) is not None
        heard = Heard(redis.bus)
        other = await open_redis(server.url)
        async with asyncio.timeout(20):
            while not heard.messages:  # its own subscription comes back by itself
                other.bus.publish(changed("c1"))
                await asyncio.sleep(0)
        await other.close()
        await redis.close()


async def test_a_url_that_makes_no_sense_is_refused():
    with pytest.raises(StorageError, match="redis"):
        await open_redis("http://example.test")
