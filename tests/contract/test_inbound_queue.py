"""What every queue for peaks does; Redis and RabbitMQ are real."""

import asyncio
import contextlib
import json
import secrets
import subprocess
import sys
import time

import aio_pika
import pytest

from kefu.brokers.rabbitmq_queue import RabbitInboundQueue
from kefu.core.messages import UserMessage
from kefu.errors import StorageError, Unavailable
from kefu.gateway.inbound import Inbound
from kefu.storage.memory import open_memory
from kefu.storage.redis.inbound import RedisInboundQueue
from kefu.storage.redis.link import RedisLink
from kefu.storage.sql import open_sql

PARTITIONS = 3


class Place:
    """Where a test's queue is, and how to open and to remove it."""

    def __init__(self, kind, url):
        self.kind, self.url = kind, url
        self.name = f"kefu-test-{secrets.token_hex(6)}"

    def open(self, max_length=3_000):
        how = {"name": self.name, "partitions": PARTITIONS, "max_length": max_length}
        if self.kind == "redis":
            return RedisInboundQueue(RedisLink(self.url), **how)
        return RabbitInboundQueue(self.url, **how)

    async def remove(self):
        names = [*map(str, range(PARTITIONS)), "aside"]
        if self.kind == "redis":
            link = RedisLink(self.url)
            await link.run("DEL", *(f"kefu:{{{self.name}}}:{name}" for name in names))
            await link.close()
            return
        connection = await aio_pika.connect(self.url)
        channel = await connection.channel()
        for name in names:
            await channel.queue_delete(f"{self.name}.{name}")
        await connection.close()


@pytest.fixture(params=["redis", "rabbitmq"])
async def place(request):
    """Return where the test's queue is."""
    place = Place(request.param, request.getfixturevalue(f"{request.param}_url"))
    yield place
    await place.remove()


@pytest.fixture
async def queue(place):
    queue = place.open()
    yield queue
    await queue.close()


def message(address, number, **more):
    return UserMessage(
        conversation_id=address,
        text=str(number),
        message_id=f"{address}/{number}",
        input_channel="test",
        **more,
    )


class Log:
    """Stands in for the gateway: notes what it takes, once; refuses what it is told to."""

    def __init__(self):
        self.taken = {}
        self.seen = set()
        self.repeats = 0
        self.refuse = lambda _message: None
        self.changed = asyncio.Condition()

    async def take_in(self, message):
        error = self.refuse(message)
        if error is not None:
            raise error
        if message.message_id in self.seen:
            self.repeats += 1
            return
        self.seen.add(message.message_id)
        self.taken.setdefault(message.conversation_id, []).append(message.text)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count):
        async with self.changed, asyncio.timeout(30):
            await self.changed.wait_for(lambda: len(self.seen) >= count)


@contextlib.asynccontextmanager
async def serving(queue, log, leases=None):
    inbound = Inbound(
        queue,
        leases or open_memory().leases,
        name="test",
        partitions=PARTITIONS,
        take_in=log.take_in,
    )
    task = asyncio.get_running_loop().create_task(inbound.run())
    try:
        yield inbound
    finally:
        task.cancel()
        await asyncio.wait([task])


def putting(queue):
    return Inbound(queue, open_memory().leases, name="test", partitions=PARTITIONS, take_in=None)


async def empty(queue):
    """Wait until nothing is in the queue."""
    async with asyncio.timeout(20):
        while (await queue.counts())[0]:  # noqa: ASYNC110 - the queue tells nobody
            await asyncio.sleep(0.02)


async def test_messages_come_through_whole_and_in_order(queue):
    log = Log()
    async with serving(queue, log) as inbound:
        for number in range(30):
            for address in ("a", "微信", "c"):
                receipt = await inbound.put(message(address, number))
                assert receipt.conversation_id == address
        await log.until(90)
        await empty(queue)
    expected = [str(number) for number in range(30)]
    assert log.taken == {"a": expected, "微信": expected, "c": expected}
    assert log.repeats == 0


async def test_everything_about_a_message_survives(queue):
    seen = []

    async def take_in(message):
        seen.append(message)

    log = Log()
    log.take_in = take_in
    sent = message("a", 1, metadata={"k": ["值"]}, sender="openid", output_channel="other")
    async with serving(queue, log) as inbound:
        await inbound.put(sent)
        await inbound.put(UserMessage(conversation_id="a", text="no id"))
        async with asyncio.timeout(20):
            while len(seen) < 2:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
    assert seen[0] == sent
    assert seen[1].message_id  # so that the log recognises it when it is brought twice


async def test_a_full_queue_refuses_and_takes_again_when_it_is_empty(place):
    queue = place.open(max_length=2 * PARTITIONS)
    inbound = putting(queue)
    refused = 0
    try:
        for number in range(12):
            try:
                await inbound.put(message("a", number))
            except Unavailable:
                refused += 1
        assert refused > 0
        log = Log()
        async with serving(queue, log) as inbound:
            await log.until(12 - refused)
            await empty(queue)
            await inbound.put(message("a", 100))
            await log.until(13 - refused)
        assert log.taken["a"] == sorted(log.taken["a"], key=int)
    finally:
        await queue.close()


async def test_what_cannot_be_read_is_set_aside_and_holds_up_nothing(queue):
    log = Log()
    inbound = putting(queue)
    partition = inbound.partition_of("a")
    await queue.put(partition, b"{garbage")
    await queue.put(partition, b'{"to": "a", "message": "{}"}')
    await inbound.put(message("a", 1))
    async with serving(queue, log) as inbound:
        await log.until(1)
        await empty(queue)
        assert inbound.measurements()["inbound_queue_set_aside_total"] == 2
    assert await queue.counts() == (0, 2)


async def test_while_the_database_is_away_messages_wait_and_stay_in_order(queue):
    log = Log()
    refusals = 5

    def refuse(_message):
        nonlocal refusals
        refusals -= 1
        return Unavailable("away") if refusals > 0 else None

    log.refuse = refuse
    async with serving(queue, log) as inbound:
        for number in range(10):
            await inbound.put(message("a", number))
        await log.until(10)
    assert log.taken["a"] == [str(number) for number in range(10)]


async def test_what_the_database_refuses_again_and_again_is_set_aside(queue):
    log = Log()
    log.refuse = lambda message: StorageError("no") if message.text == "1" else None
    async with serving(queue, log) as inbound:
        for number in range(3):
            await inbound.put(message("a", number))
        await log.until(2)
        await empty(queue)
    assert log.taken["a"] == ["0", "2"]
    assert (await queue.counts())[1] == 1


async def test_a_queue_that_is_away_refuses(unused_tcp_port):
    for queue in (
        RedisInboundQueue(
            RedisLink(f"redis://127.0.0.1:{unused_tcp_port}"), name="n", partitions=1, max_length=9
        ),
        RabbitInboundQueue(
            f"amqp://u:secret@127.0.0.1:{unused_tcp_port}/", name="n", partitions=1, max_length=9
        ),
    ):
        with pytest.raises(Unavailable) as caught:
            await putting(queue).put(message("a", 1))
        assert "secret" not in str(caught.value)
        await queue.close()


async def test_a_successor_begins_where_its_predecessor_died(place, tmp_path):
    """Processes that serve are killed in the middle; what they leave is an SQLite log."""
    database = tmp_path / "kefu.db"
    storage = await open_sql(database)
    queue = place.open()
    inbound = putting(queue)
    addresses = [f"c{number}" for number in range(6)]

    gates = [asyncio.Event() for _ in range(3)]

    async def write():
        for number in range(60):
            await gates[number // 20].wait()
            for address in addresses:
                await inbound.put(message(address, number))

    writing = asyncio.get_running_loop().create_task(write())
    count = kills = 0
    end = time.monotonic() + 60
    try:
        while count < 360:
            assert time.monotonic() < end
            # In the middle of what this consumer is given, then the rest.
            wanted = 120 * kills + 60 if kills < len(gates) else 360
            if kills < len(gates):
                gates[kills].set()
            process = subprocess.Popen(  # noqa: ASYNC220 - it takes a moment only
                [
                    sys.executable,
                    "-m",
                    "tests.contract.inbound_target",
                    place.kind,
                    place.url,
                    place.name,
                    str(database),
                ]
            )
            try:
                while count < wanted:
                    assert time.monotonic() < end
                    await asyncio.sleep(0.02)
                    count = sum([len(await texts(storage, address)) for address in addresses])
            finally:
                process.kill()
                process.wait()
                kills += 1
        await writing
    finally:
        writing.cancel()
        await queue.close()
    expected = [str(number) for number in range(60)]
    found = {address: await texts(storage, address) for address in addresses}
    await storage.close()
    assert kills >= 3
    assert found == dict.fromkeys(addresses, expected)


async def texts(storage, address):
    history = await storage.stores.log.history(address)
    return [json.loads(entry.body)["text"] for entry in history]
