"""Exports of the logs, over every store."""

import json

import pytest

from kefu.errors import BrokerError
from kefu.gateway.exporting import BATCH, Export, ExportPlace, ExportWish, known_conversations
from kefu.gateway.feeding import Publication, publication
from kefu.gateway.records import Commit, LogEntry, NewEntry


class Broker:
    """Keeps what it is given; fails as it is told."""

    def __init__(self):
        self.got: list[Publication] = []
        self.fails_after: int | None = None

    async def publish(self, publications):
        if self.fails_after is not None and len(self.got) + len(publications) > self.fails_after:
            raise BrokerError("it is away")
        self.got += publications
        return 0

    async def close(self):
        pass

    @property
    def ids(self):
        return [one.id for one in self.got]


async def say(storage, conversation_id, *times, kind="bot"):
    """Put an entry into a log for each of ``times``."""
    stored = await storage.stores.log.load(conversation_id)
    entries = tuple(
        NewEntry(
            kind=kind,
            timestamp=at,
            body=json.dumps({"event": kind, "timestamp": at, "text": f"{at}"}),
        )
        for at in times
    )
    await storage.stores.log.commit(
        Commit(
            conversation_id=conversation_id,
            expected_version=stored.head.version if stored else 0,
            owner="bot",
            timestamp=max(times),
            entries=entries,
        )
    )


async def exported(storage, broker, place=None, *, stop_after=None, **wish):
    """Export everything; return whether it was all, and the places that were noted."""
    noted: list[ExportPlace] = []

    def note(reached):
        noted.append(reached)
        if stop_after is not None and len(noted) >= stop_after:
            export.stop()

    export = Export(
        storage.stores, broker, ExportWish(**{"before": 1e12, **wish}), note=note, place=place
    )
    names, _ = await known_conversations(storage.stores)
    return await export.run(names), noted


@pytest.fixture
async def said(storage):
    """Return a store with three conversations: 5, 250 and 3 events."""
    await say(storage, "a", *range(1, 6))
    await say(storage, "b", *range(1, 251))
    await say(storage, "c", *range(1, 4))
    return storage


async def test_all_events_go_out_in_order_and_once(said):
    broker = Broker()
    is_all, noted = await exported(said, broker)
    assert is_all
    assert [place.published for place in noted] == [100, 200, 258]
    assert len(set(broker.ids)) == 258
    assert [one.key for one in broker.got] == ["a"] * 5 + ["b"] * 250 + ["c"] * 3
    of_b = [json.loads(one.body)["timestamp"] for one in broker.got if one.key == "b"]
    assert of_b == list(range(1, 251))


async def test_an_event_has_rasas_form_with_the_conversations_id(said):
    broker = Broker()
    await exported(said, broker, process_id="p1")
    first = broker.got[0]
    assert json.loads(first.body) == {
        "sender_id": "a",
        "event": "bot",
        "timestamp": 1,
        "text": "1",
    }
    assert dict(first.headers) == {"rasa-export-process-id": "p1"}


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        ({"since": 3.0}, 3 + 248 + 1),
        ({"before": 3.0}, 6),
        ({"since": 2.0, "before": 3.0}, 3),
        ({"since": 1000.0}, 0),
    ],
)
async def test_only_what_was_said_in_that_time_goes_out(said, wish, count):
    broker = Broker()
    is_all, _ = await exported(said, broker, **wish)
    assert is_all
    assert len(broker.got) == count


async def test_timestamps_are_moved_as_they_go_out_and_stay_in_the_log(said):
    broker = Broker()
    await exported(said, broker, offset=3600.5)
    assert json.loads(broker.got[0].body)["timestamp"] == 3601.5
    assert (await said.stores.log.history("a"))[0].timestamp == 1


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_what_was_stopped_goes_on_where_it_was(said, after):
    broker = Broker()
    is_all, noted = await exported(said, broker, stop_after=after)
    assert is_all == (after == 3)
    is_all, _ = await exported(said, broker, noted[-1])
    assert is_all
    assert len(broker.ids) == len(set(broker.ids)) == 258


async def test_a_broker_that_goes_away_loses_nothing_and_gets_nothing_twice(said):
    broker = Broker()
    broker.fails_after = 150
    noted = []
    export = Export(said.stores, broker, ExportWish(before=1e12), note=noted.append)
    with pytest.raises(BrokerError):
        await export.run(["a", "b", "c"])
    assert len(broker.got) == BATCH
    broker.fails_after = None
    await exported(said, broker, noted[-1])
    assert len(broker.ids) == len(set(broker.ids)) == 258


async def test_messages_and_notes_are_no_events(storage):
    await say(storage, "a", 1)
    for kind in ("message", "note", "replaced"):
        await say(storage, "a", 2, kind=kind)
    broker = Broker()
    await exported(storage, broker)
    assert len(broker.got) == 1


async def test_conversations_are_found_by_their_ids_and_what_is_none_is_told(said):
    assert await known_conversations(said.stores, ["c", "nobody", "a", "c"]) == (
        ["a", "c"],
        ["nobody"],
    )
    assert await known_conversations(said.stores) == (["a", "b", "c"], [])


def test_ids_of_events_are_their_places():
    entry = LogEntry(seq=7, kind="bot", timestamp=1.0, body='{"event":"bot"}')
    made = publication('安"', entry)
    assert (made.id, made.body) == ('安":7', '{"sender_id":"安\\"","event":"bot"}')
