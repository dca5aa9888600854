"""The event broker and the queue for peaks, put together as endpoints.yml says."""

import asyncio
import json
import sys

import pytest

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.core.messages import UserMessage
from kefu.errors import BrokerError, Unavailable
from kefu.project.settings import MEMORY, Endpoints, EventBroker, InboundQueueSettings
from kefu.storage.redis.link import RedisLink
from tests.unit.app.test_assembly import a_model


@pytest.fixture
def make_settings(tmp_path):
    model = a_model(tmp_path / "models", "one", "Hi!")

    def make(**endpoints):
        return AppSettings(
            root=tmp_path,
            model=model,
            storage_url=MEMORY,
            has_channels=False,
            endpoints=Endpoints(**endpoints),
        )

    return make


def greeting(number, conversation_id="c"):
    return UserMessage(
        conversation_id=conversation_id, text="/greet", message_id=f"{conversation_id}-{number}"
    )


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - other tasks work meanwhile
            await asyncio.sleep(0.01)


async def test_committed_events_reach_the_broker_in_order(make_settings, tmp_path):
    path = tmp_path / "events.log"
    settings = make_settings(event_broker=EventBroker(kind="file", address="events.log"))
    async with open_app(settings) as app:
        for number in range(3):
            await app.gateway.handle(greeting(number))
        logged = [entry.event for entry in await app.gateway.log("c")]
        await until(lambda: app.measurements()["event_broker_published_total"] == len(logged))
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert {event["sender_id"] for event in events} == {"c"}
    assert [event["timestamp"] for event in events] == [event.timestamp for event in logged]
    assert [event["text"] for event in events if event["event"] == "bot"] == ["Hi!"] * 3


async def test_messages_go_through_the_queue_and_are_answered(make_settings, redis_url):
    name = "kefu-test-app-brokers"
    link = RedisLink(redis_url)
    queue = InboundQueueSettings(kind="redis", url=redis_url, name=name, partitions=2)
    try:
        async with open_app(make_settings(inbound_queue=queue)) as app:
            receipts = [await app.gateway.receive(greeting(0, f"c{n}")) for n in range(6)]
            assert {receipt.seq for receipt in receipts} == {0}
            await until(lambda: app.measurements()["inbound_queue_taken_total"] == 6)
            await app.gateway.idle()
            assert app.gateway.counters.turns == 6
            outcome = await app.gateway.handle(greeting(1, "c0"))
            assert [reply.text for reply in outcome.replies] == ["Hi!"]
            assert app.measurements()["inbound_queue_queued_total"] == 6
    finally:
        for key in await link.run("KEYS", f"*{name}*"):
            await link.run("DEL", key)
        await link.close()


async def test_nothing_is_taken_while_the_queue_is_away(make_settings):
    queue = InboundQueueSettings(kind="redis", url="redis://127.0.0.1:1", name="away")
    async with open_app(make_settings(inbound_queue=queue)) as app:
        with pytest.raises(Unavailable):
            await app.gateway.receive(greeting(0))
        assert not await app.gateway.exists("c")


@pytest.mark.parametrize(
    ("endpoints", "module", "package"),
    [
        ({"event_broker": EventBroker(kind="kafka", address="x:9092")}, "kafka", "aiokafka"),
        (
            {"event_broker": EventBroker(kind="rabbitmq", address="amqp://x")},
            "rabbitmq",
            "aio-pika",
        ),
        (
            {"inbound_queue": InboundQueueSettings(kind="rabbitmq", url="amqp://x")},
            "rabbitmq_queue",
            "aio-pika",
        ),
    ],
)
async def test_a_package_that_is_missing_is_named(
    make_settings, monkeypatch, endpoints, module, package
):
    monkeypatch.setitem(sys.modules, f"kefu.brokers.{module}", None)
    with pytest.raises(BrokerError, match=f"needs the package {package}: pip install"):
        async with open_app(make_settings(**endpoints)):
            pass
