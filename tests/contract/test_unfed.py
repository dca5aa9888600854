"""What commits note for feeds; see kefu.gateway.feeding.Unfed."""

import pytest

from kefu.gateway.records import Arrival, Commit, NewEntry, NewReminder
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.contract.postgres import emptied


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def fed(request, tmp_path):
    """Return an empty store with two feeds."""
    feeds = ("one", "two")
    match request.param:
        case "memory":
            storage = open_memory(feeds=feeds)
        case "sqlite":
            storage = await open_sql(tmp_path / "kefu.db", feeds=feeds)
        case _:
            url = request.getfixturevalue("postgres_database")
            await emptied(url)
            storage = await open_sql(url, feeds=feeds)
    yield storage
    await storage.close()


def entries(*bodies):
    return tuple(NewEntry(kind="bot", timestamp=1.0, body=body) for body in bodies)


def arrival(conversation_id, **more):
    return Arrival(
        conversation_id=conversation_id,
        channel="rest",
        message_id=None,
        timestamp=1.0,
        body="{}",
        **more,
    )


async def committed(storage, conversation_id, version, *bodies, **more):
    await storage.stores.log.commit(
        Commit(
            conversation_id=conversation_id,
            expected_version=version,
            owner=more.pop("owner", "bot"),
            timestamp=1.0,
            entries=entries(*bodies),
            **more,
        )
    )


def shown(stretches):
    return [
        (stretch.conversation_id, [entry.body for entry in stretch.entries])
        for stretch in stretches
    ]


async def test_commits_are_noted_for_every_feed_in_their_order(fed):
    await fed.stores.log.receive(arrival("a"))
    await committed(fed, "a", 0, "a1", "a2", answers=1)
    await committed(fed, "b", 0, "b1")  # one that creates its conversation
    reminder = NewReminder(name="", intent="i", entities="[]", due_at=9.0, body="{}")
    await committed(fed, "a", 1, "a3", reminders=(reminder,))
    expected = [("a", ["a1", "a2"]), ("b", ["b1"]), ("a", ["a3"])]
    for feed in ("one", "two"):
        assert shown(await fed.unfed.next(feed, limit=10)) == expected
        assert await fed.unfed.count(feed) == 3


async def test_messages_and_commits_without_events_are_not_noted(fed):
    await fed.stores.log.receive(arrival("a"))
    await committed(fed, "a", 0, owner="agent")
    assert await fed.unfed.next("one", limit=10) == []


async def test_what_is_relayed_with_a_message_is_noted(fed):
    await fed.stores.log.receive(arrival("a"))
    await committed(fed, "a", 0, owner="agent", answers=1)
    (relayed,) = entries("relayed")
    received = await fed.stores.log.receive(arrival("a", relayed=relayed))
    assert received.is_relayed
    assert shown(await fed.unfed.next("one", limit=10)) == [("a", ["relayed"])]


async def test_what_one_feed_forgets_the_other_still_has(fed):
    for number in range(3):
        await committed(fed, f"c{number}", 0, str(number))
    first = await fed.unfed.next("one", limit=2)
    assert shown(first) == [("c0", ["0"]), ("c1", ["1"])]
    await fed.unfed.forget([stretch.id for stretch in first])
    assert shown(await fed.unfed.next("one", limit=2)) == [("c2", ["2"])]
    assert await fed.unfed.count("one") == 1
    assert await fed.unfed.count("two") == 3


async def test_without_feeds_nothing_is_noted(storage):
    await committed(storage, "a", 0, "a1")
    assert await storage.unfed.next("one", limit=10) == []
