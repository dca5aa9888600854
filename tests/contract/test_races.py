"""Several processes on one PostgreSQL, each with connections of its own: nothing is torn."""

import asyncio
import random

import pytest

from kefu.errors import Conflict
from kefu.gateway.records import (
    MESSAGE,
    Arrival,
    CancelReminders,
    Commit,
    NewDelivery,
    NewEntry,
    NewReminder,
    Snapshot,
)
from kefu.storage.sql import open_sql
from tests.contract.customers import World
from tests.contract.postgres import emptied


@pytest.fixture
async def stores(postgres_database):
    """Return four stores that are open on the same database."""
    await emptied(postgres_database)
    opened = [await open_sql(postgres_database, connections=4) for _ in range(4)]
    yield opened
    for store in opened:
        await store.close()


@pytest.fixture
def logs(stores):
    """Return the logs of four stores that are open on the same database."""
    return [store.stores.log for store in stores]


def arrival(conversation_id, message_id, body="{}"):
    return Arrival(
        conversation_id=conversation_id,
        channel="rest",
        message_id=message_id,
        timestamp=100.0,
        body=body,
    )


def commit(conversation_id, version, seq, **more):
    return Commit(
        conversation_id=conversation_id,
        expected_version=version,
        owner="bot",
        timestamp=101.0,
        answers=seq,
        entries=tuple(NewEntry(kind="bot", timestamp=101.0, body=f"{seq}/{n}") for n in range(3)),
        deliveries=(NewDelivery(channel="web", body=str(seq), state="pending", retry_at=9e9),),
        **more,
    )


async def test_the_same_message_everywhere_at_once_is_taken_once(logs):
    for round_ in range(30):
        names = [f"c{round_}", f"d{round_}"]
        results = await asyncio.gather(
            *(log.receive(arrival(random.choice(names), f"m{round_}")) for log in logs * 3)
        )
        assert sum(not result.is_repeat for result in results) == 1
        assert len({(result.conversation_id, result.seq) for result in results}) == 1


async def test_a_new_conversation_from_all_sides_at_once_is_one(logs):
    for round_ in range(30):
        results = await asyncio.gather(
            *(log.receive(arrival(f"c{round_}", f"m{round_}-{n}")) for n, log in enumerate(logs))
        )
        ordered = sorted(results, key=lambda result: result.seq)
        assert [result.seq for result in ordered] == [1, 2, 3, 4]
        assert [result.previous_message_seq for result in ordered] == [0, 1, 2, 3]


async def test_messages_and_commits_at_once_leave_a_log_without_gaps(logs):
    received, committed = [], []

    async def write(log, writer):
        for number in range(25):
            done = await log.receive(arrival("busy", f"{writer}-{number}"))
            received.append(done)

    async def answer(log):
        while len(received) < 50 or len(committed) < 20:
            stored = await log.load("busy")
            if stored is None:
                continue
            head = stored.head
            snapshot = Snapshot(seq=head.last_seq, body="{}", needs=((1, head.last_seq),))
            try:
                done = await log.commit(
                    commit("busy", head.version, head.last_message_seq, snapshot=snapshot)
                )
            except Conflict:
                continue
            committed.append(done)

    await asyncio.gather(write(logs[0], "a"), write(logs[1], "b"), answer(logs[2]), answer(logs[3]))
    history, after = [], 0
    while page := await logs[0].history("busy", after=after):
        history += page
        after = page[-1].seq
    assert [entry.seq for entry in history] == list(range(1, len(history) + 1))
    assert len(history) == 50 + 3 * len(committed)
    messages = [entry.seq for entry in history if entry.kind == MESSAGE]
    assert sorted(result.seq for result in received) == messages
    previous = {result.seq: result.previous_message_seq for result in received}
    assert previous == dict(zip(messages, [0, *messages], strict=False))
    assert sorted(done.version for done in committed) == list(range(1, len(committed) + 1))
    in_order = sorted(committed, key=lambda done: done.version)
    assert [len(done.pending_before) for done in in_order] == list(range(len(committed)))


async def test_of_many_commits_at_one_version_one_counts(logs):
    await logs[0].receive(arrival("c", "m"))
    extras = [
        {},
        {"reminders": (NewReminder(name="r", intent="i", entities="[]", due_at=1.0, body="{}"),)},
        {"reminders": (CancelReminders(),)},
        {"snapshot": Snapshot(seq=1, body="{}", needs=((1, 1),))},
    ]
    for version in range(20):
        outcomes = await asyncio.gather(
            *(
                log.commit(commit("c", version, 1, **more))
                for log, more in zip(logs, extras, strict=True)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
        assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert len(await logs[0].history("c")) == 1 + 3 * 20


@pytest.mark.parametrize("was_there", [True, False])
async def test_messages_while_two_customers_become_one_are_all_in_the_kept_log(
    stores, logs, was_there
):
    """Four processes write at the address of a customer whom a fifth merges into another one.

    ``was_there``: the address has a log already; otherwise it joins the other customer, or its
    first message is faster and the two are merged.
    """
    chance, world, rounds = random.Random(20_261), World(stores[3]), 60
    for round_ in range(rounds):
        kept, address, unionid = f"web-{round_}", f"wechat-{round_}", f"x{round_}"
        await world.say(kept)
        await world.identify(kept, "unionid", unionid)
        if was_there:
            await world.say(address)
        begins = [chance.uniform(0, 0.01) for _ in logs]
        merges_at = chance.uniform(0, 0.012)

        async def write(log, writer, pause, address=address):
            await asyncio.sleep(pause)
            return [
                await log.receive(arrival(address, f"{address}-{writer}-{n}")) for n in range(5)
            ]

        async def merge(pause, address=address, unionid=unionid):
            await asyncio.sleep(pause)
            return await world.identify(address, "unionid", unionid)

        writers = [write(log, n, begins[n]) for n, log in enumerate(logs)]
        ref, *_ = await asyncio.gather(merge(merges_at), *writers)
        assert await world.leads(address) == await world.leads(kept) == ref.conversation_id
        other = address if ref.conversation_id == kept else kept
        absorbed = await stores[0].stores.conversations.head(other)
        assert absorbed is None or absorbed.is_answered, f"round {round_}: left behind"
        places = [await log.receive(arrival(address, f"{address}-{n}-{m}"))
                  for n, log in enumerate(logs) for m in range(5)]  # fmt: skip
        assert all(place.is_repeat for place in places)
        assert {place.conversation_id for place in places} == {ref.conversation_id}
        assert len({place.seq for place in places}) == 20
