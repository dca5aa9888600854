"""Conversations in Redis, in Rasa's form and under Rasa's keys."""

import json
import secrets

import pytest
from redis.asyncio import Redis

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.core.messages import UserMessage
from kefu.errors import StorageError
from kefu.gateway.copying import Copying, take_over
from kefu.project.settings import Endpoints, RedisTrackers
from kefu.storage.memory import open_memory
from kefu.storage.redis.link import RedisLink
from kefu.storage.redis.trackers import RedisTrackerCopies
from tests.contract.test_exporting import say
from tests.unit.app.test_assembly import a_model

RASAS = {
    "name": "old",
    "events": [
        {"event": "action", "timestamp": 1.0, "name": "action_session_start"},
        {"event": "session_started", "timestamp": 1.0},
        {"event": "action", "timestamp": 1.0, "name": "action_listen"},
        {
            "event": "user",
            "timestamp": 2.0,
            "text": "hi",
            "parse_data": {"intent": {"name": "greet"}},
        },
        {"event": "from the future", "timestamp": 3.0},
    ],
}


@pytest.fixture
def prefix():
    return f"kefutest{secrets.token_hex(4)}:tracker:"


@pytest.fixture
async def redis(redis_url, prefix):
    async with Redis.from_url(redis_url) as client:
        yield client
        async for key in client.scan_iter(f"{prefix}*"):
            await client.delete(key)


@pytest.fixture
async def copies(redis, redis_url, prefix):
    link = RedisLink(redis_url)
    yield RedisTrackerCopies(link, prefix=prefix, expires_in=None)
    await link.close()


async def test_a_copy_is_what_rasa_writes_and_follows_the_log(copies, redis, prefix):
    storage = open_memory()
    await say(storage, "安", 1, 2)
    copying = Copying(storage.stores.log, copies)
    await copying.committed("安", (), channel="rest")
    await copying.copy_changed()
    kept = json.loads(await redis.get(f"{prefix}安"))
    assert kept["name"] == "安"
    assert [event["timestamp"] for event in kept["events"]] == [1, 2]
    await say(storage, "安", 3)
    for _ in range(2):
        await copying.committed("安", (), channel="rest")
    await copying.copy_changed()
    assert len(json.loads(await redis.get(f"{prefix}安"))["events"]) == 3
    assert await redis.ttl(f"{prefix}安") == -1


async def test_what_stood_before_a_new_beginning_is_not_copied(copies, redis, prefix):
    storage = open_memory()
    await say(storage, "a", 1)
    await say(storage, "a", 2, kind="replaced")
    await say(storage, "a", 3)
    for kind in ("message", "note"):
        await say(storage, "a", 4, kind=kind)
    copying = Copying(storage.stores.log, copies)
    await copying.committed("a", (), channel="rest")
    await copying.copy_changed()
    assert [e["timestamp"] for e in json.loads(await redis.get(f"{prefix}a"))["events"]] == [3]


async def test_copies_expire_as_rasas_do(redis, redis_url, prefix):
    link = RedisLink(redis_url)
    await RedisTrackerCopies(link, prefix=prefix, expires_in=100).put("a", "{}")
    await link.close()
    assert 0 < await redis.ttl(f"{prefix}a") <= 100


async def test_all_that_is_kept_is_found_and_nothing_of_others(copies, redis, prefix):
    for number in range(1200):
        await redis.set(f"{prefix}{number}", "{}")
    await redis.set(f"x{prefix}other", "{}")
    assert {name async for name in copies.known()} == {str(number) for number in range(1200)}
    await redis.delete(f"x{prefix}other")


async def test_what_cannot_be_copied_is_copied_later():
    class Away:
        is_away = True
        kept = ()

        async def put(self, conversation_id, body):
            if self.is_away:
                raise StorageError("away")
            self.kept = (*self.kept, conversation_id)

    storage, away = open_memory(), Away()
    await say(storage, "a", 1)
    copying = Copying(storage.stores.log, away)
    await copying.committed("a", (), channel="rest")
    with pytest.raises(StorageError):
        await copying.copy_changed()
    away.is_away = False
    await copying.copy_changed()
    assert away.kept == ("a",)


async def test_what_rasa_kept_goes_on_and_what_nobody_can_read_is_told(copies, redis, prefix):
    await redis.set(f"{prefix}old", json.dumps(RASAS))
    await redis.set(f"{prefix}known", json.dumps(RASAS))
    await redis.set(f"{prefix}pickled", b"\x80\x04")
    begun = {}

    async def exists(name):
        return name == "known"

    async def begin(name, events):
        begun[name] = events

    assert await take_over(copies, exists, begin) == (1, 1)
    assert [type(event).__name__ for event in begun["old"]][-1] == "UserUttered"
    assert len(begun["old"]) == 4


async def test_a_project_of_rasas_with_redis_goes_on(tmp_path, redis, redis_url, prefix):
    await redis.set(f"{prefix}old", json.dumps(RASAS))
    settings = AppSettings(
        root=tmp_path,
        model=a_model(tmp_path / "models", "one", "Hi!"),
        has_channels=False,
        endpoints=Endpoints(redis_trackers=RedisTrackers(url=redis_url, prefix=prefix)),
    )
    for starts in (1, 2):
        async with open_app(settings) as app:
            message = UserMessage(conversation_id="old", text="/greet", message_id=f"m{starts}")
            assert [reply.text for reply in (await app.gateway.handle(message)).replies] == ["Hi!"]
            state = await app.gateway.state("old", events="ALL")
            assert state["events"][3]["text"] == "hi"
        kept = json.loads(await redis.get(f"{prefix}old"))
        assert kept["events"] == state["events"]
        said = [event["text"] for event in kept["events"] if event["event"] == "user"]
        assert said == ["hi", *["/greet"] * starts]


async def test_without_redis_customers_are_answered_all_the_same(tmp_path):
    settings = AppSettings(
        root=tmp_path,
        model=a_model(tmp_path / "models", "one", "Hi!"),
        has_channels=False,
        endpoints=Endpoints(redis_trackers=RedisTrackers(url="redis://127.0.0.1:1/0")),
    )
    async with open_app(settings) as app:
        message = UserMessage(conversation_id="a", text="/greet", message_id="m")
        assert [reply.text for reply in (await app.gateway.handle(message)).replies] == ["Hi!"]
