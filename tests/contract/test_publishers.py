"""What every publisher of events does, and what each does its own way.

RabbitMQ is real. There is no Kafka to test against: a stand-in at the border to aiokafka shows
what the adapter asks of it, and a simulated broker what aiokafka makes of that on the wire.
"""

import asyncio
import json
import secrets
import sqlite3
from collections import defaultdict
from typing import ClassVar

import aio_pika
import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from kefu.brokers.files import FilePublisher
from kefu.brokers.kafka import KafkaPublisher
from kefu.brokers.rabbitmq import RabbitPublisher
from kefu.brokers.sql import PostgresPublisher, SqlitePublisher
from kefu.errors import BrokerError
from kefu.gateway.feeding import Publication
from tests.simulators.kafka import NOT_LEADER, SimulatedKafka


def publications(count, key="a", begin=0):
    return [
        Publication(key=key, body=json.dumps({"sender_id": key, "value": begin + number}))
        for number in range(count)
    ]


async def test_a_file_has_one_event_a_line_and_is_followed_when_rotated(tmp_path):
    path = tmp_path / "logs" / "events.log"
    publisher = FilePublisher(path)
    await publisher.publish(publications(2))
    path.rename(tmp_path / "logs" / "events.log.1")
    await publisher.publish(publications(1, begin=2))
    assert [json.loads(line)["value"] for line in path.read_text().splitlines()] == [2]


@pytest.mark.parametrize("last", ['{"half', "a foreign line", "x" * 200_000])
async def test_what_stands_in_the_file_stays_and_events_begin_a_line_of_their_own(tmp_path, last):
    path = tmp_path / "events.log"
    path.write_text(f'{{"value": 0}}\n{last}')
    await FilePublisher(path).publish(publications(1, begin=1))
    first, second, event = path.read_text().splitlines()
    assert (first, second) == ('{"value": 0}', last)
    assert json.loads(event)["value"] == 1


async def test_a_file_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match="cannot write events"):
        await FilePublisher(tmp_path / "file" / "events.log").publish(publications(1))


async def test_sqlite_has_rasas_table(tmp_path):
    publisher = SqlitePublisher(tmp_path / "events.db")
    await publisher.publish(publications(2))
    await publisher.publish(publications(1, key="b", begin=2))
    with sqlite3.connect(tmp_path / "events.db") as connection:
        rows = connection.execute("SELECT id, sender_id, data FROM events ORDER BY id").fetchall()
    connection.close()
    assert [(row[0], row[1], json.loads(row[2])["value"]) for row in rows] == [
        (1, "a", 0),
        (2, "a", 1),
        (3, "b", 2),
    ]


async def test_postgresql_has_rasas_table_and_is_found_again(new_postgres_database):
    publisher = PostgresPublisher(new_postgres_database)
    await publisher.publish(publications(2))
    connection = await asyncpg.connect(new_postgres_database)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        try:  # the cut shows by the next statement, or has shown already
            await publisher.publish(publications(1, begin=2))
        except BrokerError:
            await publisher.publish(publications(1, begin=2))
        rows = await connection.fetch("SELECT sender_id, data FROM events ORDER BY id")
    finally:
        await connection.close()
        await publisher.close()
    assert [json.loads(row["data"])["value"] for row in rows] == [0, 1, 2]


@pytest.fixture
async def rabbit(rabbitmq_url):
    """Return a connection, a name for queue and exchange, and the publisher to it."""
    name = f"kefu-test-{secrets.token_hex(6)}"
    connection = await aio_pika.connect(rabbitmq_url)
    channel = await connection.channel()
    publisher = RabbitPublisher(rabbitmq_url, queues=[name], exchange=name)
    yield channel, name, publisher
    await publisher.close()
    await channel.queue_delete(name)
    await channel.exchange_delete(name)
    await connection.close()


async def taken(channel, name, count):
    queue = await channel.get_queue(name)
    found = []
    async with asyncio.timeout(10):
        while len(found) < count:
            message = await queue.get(fail=False)
            if message is not None:
                await message.ack()
                found.append(message)
    return found


async def test_rabbitmq_keeps_every_event_on_disk_in_order(rabbit):
    channel, name, publisher = rabbit
    await publisher.publish(publications(50) + publications(50, key="b"))
    messages = await taken(channel, name, 100)
    for key in ("a", "b"):
        own = [m for m in messages if m.headers["sender_id"] == key]
        assert [json.loads(m.body)["value"] for m in own] == list(range(50))
    assert {m.delivery_mode for m in messages} == {aio_pika.DeliveryMode.PERSISTENT}


def named(name, **headers):
    return Publication(key="a", body='{"value": 1}', id=name, headers=headers)


async def test_rabbitmq_gets_the_id_of_each_event_and_what_goes_beside_it(rabbit):
    channel, name, publisher = rabbit
    header = {"rasa-export-process-id": "p"}
    await publisher.publish([named("安:7", **header), named("安" * 200), named("安" * 200)])
    first, second, again = await taken(channel, name, 3)
    assert second.message_id == again.message_id
    assert (first.message_id, dict(first.headers)) == ("安:7", {"sender_id": "a", **header})
    assert len(second.message_id) == 64  # a digest, for what AMQP has no room for


async def test_rabbitmq_is_found_again(rabbit):
    channel, name, publisher = rabbit
    await publisher.publish(publications(1))
    await publisher._connection.close()
    await publisher.publish(publications(1, begin=1))
    assert [json.loads(m.body)["value"] for m in await taken(channel, name, 2)] == [0, 1]


async def test_an_exchange_that_rasa_made_is_used(rabbit):
    channel, name, publisher = rabbit
    await channel.declare_exchange(name, aio_pika.ExchangeType.FANOUT)  # not durable
    await publisher.publish(publications(1))
    assert [json.loads(m.body)["value"] for m in await taken(channel, name, 1)] == [0]


async def test_what_no_queue_of_rabbitmq_takes_is_not_confirmed(rabbit):
    channel, name, publisher = rabbit
    await publisher.publish(publications(1))
    await channel.queue_delete(name)
    with pytest.raises(BrokerError):
        await publisher.publish(publications(1))
    await publisher.publish(publications(1, begin=7))  # which makes the queue again
    assert [json.loads(m.body)["value"] for m in await taken(channel, name, 1)] == [7]


async def test_a_rabbitmq_that_is_away_is_told_without_its_password(unused_tcp_port):
    publisher = RabbitPublisher(
        f"amqp://me:secret@127.0.0.1:{unused_tcp_port}/", queues=["q"], exchange="e"
    )
    with pytest.raises(BrokerError) as caught:
        await publisher.publish(publications(1))
    assert "secret" not in str(caught.value)


class FakeProducer:
    """Stands in for aiokafka's producer."""

    made: ClassVar[list] = []

    def __init__(self, **settings):
        self.settings = settings
        self.sent = []
        self.headers = []
        self.is_stopped = False
        self.fails = False
        self.made.append(self)

    async def start(self):
        pass

    async def send(self, topic, value, *, key, headers):
        self.sent.append((topic, key, json.loads(value)["value"]))
        self.headers.append(headers)
        future = asyncio.get_running_loop().create_future()
        if self.fails:
            future.set_exception(KafkaConnectionError("away"))
        else:
            future.set_result(None)
        return future

    async def flush(self):
        pass

    async def stop(self):
        self.is_stopped = True


@pytest.fixture
def kafka():
    FakeProducer.made = []

    def make(**settings):
        return KafkaPublisher(
            ["localhost:9092"], topic="events", settings=settings, make=FakeProducer
        )

    return make


async def test_kafka_gets_the_id_of_each_event_and_what_goes_beside_it(kafka):
    publisher = kafka()
    await publisher.publish([named("安:7", process="p"), named("")])
    (producer,) = FakeProducer.made
    with_id = [("message_id", "安:7".encode()), ("process", b"p")]
    assert producer.headers == [with_id, []]


async def test_kafka_is_asked_for_order_by_conversation_and_all_replicas(kafka):
    publisher = kafka()
    await publisher.publish(publications(2) + publications(1, key="客"))
    (producer,) = FakeProducer.made
    assert producer.sent == [
        ("events", b"a", 0),
        ("events", b"a", 1),
        ("events", "客".encode(), 0),
    ]
    assert producer.settings["enable_idempotence"]
    assert producer.settings["acks"] == "all"
    assert producer.settings["security_protocol"] == "PLAINTEXT"


async def test_kafka_gets_rasas_login(kafka):
    await kafka(sasl_username="me", sasl_password="secret").publish(publications(1))
    settings = FakeProducer.made[0].settings
    assert settings["security_protocol"] == "SASL_PLAINTEXT"
    assert (settings["sasl_plain_username"], settings["sasl_plain_password"]) == ("me", "secret")
    assert settings["sasl_mechanism"] == "PLAIN"


@pytest.mark.parametrize(
    "wrong",
    [{"security_protocol": "WHAT"}, {"max_request_size": "abc"}, {"security_protocol": "SASL_SSL"}],
)
async def test_a_setting_that_kafkas_client_does_not_take_is_told(wrong):
    publisher = KafkaPublisher(["localhost:1"], topic="events", settings=wrong)
    for _ in range(2):  # as it is tried again
        with pytest.raises(BrokerError, match="Kafka localhost:1"):
            await publisher.publish(publications(1))


async def test_what_kafka_does_not_confirm_is_told_and_a_new_client_is_made(kafka):
    publisher = kafka()
    await publisher.publish(publications(1))
    FakeProducer.made[0].fails = True
    with pytest.raises(BrokerError):
        await publisher.publish(publications(1))
    assert FakeProducer.made[0].is_stopped
    await publisher.publish(publications(1))
    assert len(FakeProducer.made) == 2


async def test_what_is_too_large_for_kafka_does_not_hold_up_the_rest(kafka):
    publisher = kafka(max_request_size=2_000)
    large = Publication(key="a", body=json.dumps({"value": "x" * 3_000}))
    assert await publisher.publish([large, *publications(1)]) == 1
    assert FakeProducer.made[0].sent == [("events", b"a", 0)]


async def test_kafka_keeps_each_conversation_in_order_in_one_partition():
    async with SimulatedKafka("events") as kafka:
        publisher = KafkaPublisher([f"127.0.0.1:{kafka.port}"], topic="events", settings={})
        keys = [f"c{number}" for number in range(6)]
        for begin in range(0, 20, 5):
            batch = [one for key in keys for one in publications(5, key=key, begin=begin)]
            assert await publisher.publish(batch) == 0
        await publisher.close()
    partitions = defaultdict(set)
    values = defaultdict(list)
    for partition, lines in kafka.kept.items():
        for key, value in lines:
            partitions[key].add(partition)
            values[key].append(json.loads(value)["value"])
    assert values == {key: list(range(20)) for key in keys}
    assert all(len(found) == 1 for found in partitions.values())
    assert len(kafka.kept) > 1
    assert set(kafka.acks) == {-1}


async def test_what_kafka_took_and_could_not_confirm_is_kept_once():
    async with SimulatedKafka("events", partitions=1) as kafka:
        publisher = KafkaPublisher([f"127.0.0.1:{kafka.port}"], topic="events", settings={})
        await publisher.publish(publications(1))
        kafka.losing = 2
        await publisher.publish(publications(3, begin=1))
        kafka.refusing = [NOT_LEADER]
        await publisher.publish(publications(1, begin=4))
        await publisher.close()
    assert [json.loads(value)["value"] for _, value in kafka.kept[0]] == list(range(5))
    assert kafka.repeats == 2
    assert kafka.refusing == []


async def test_a_kafka_that_is_not_there_is_told():
    async with SimulatedKafka("events") as kafka:
        gone = kafka.port
    publisher = KafkaPublisher([f"127.0.0.1:{gone}"], topic="events", settings={})
    with pytest.raises(BrokerError, match=f"Kafka 127.0.0.1:{gone}"):
        await publisher.publish(publications(1))
