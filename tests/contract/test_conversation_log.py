"""What every conversation log does; see kefu.gateway.ports.ConversationLog."""

import asyncio

import pytest

from kefu.errors import Conflict
from kefu.gateway.records import (
    MESSAGE,
    Arrival,
    Commit,
    Head,
    NewDelivery,
    NewEntry,
    Snapshot,
)

ODD_IDS = [
    "plain",
    "微信用户",
    "😀👩‍👩‍👧",
    "x" * 300,
    'it\'s "quoted"; drop table conversations;--',
    "%_\\",
    " leading and trailing ",
    "",
    "tab\tnew\nline",
    "e\u0301 is not \u00e9",
]
BODIES = [
    "{}",
    '{"text": "你好😀"}',
    '{"text": "\\u0000 and \\ud83d\\ude00"}',
    '{"quote": "it\'s \\"fine\\""}',
    '{"big": "' + "大" * 300_000 + '"}',
    "",
]


def arrival(conversation_id="c1", *, message_id=None, channel="rest", body="{}", timestamp=100.0):
    return Arrival(
        conversation_id=conversation_id,
        channel=channel,
        message_id=message_id,
        timestamp=timestamp,
        body=body,
    )


def entry(body="{}", kind="bot", timestamp=101.0):
    return NewEntry(kind=kind, timestamp=timestamp, body=body)


def commit(conversation_id="c1", version=0, *, owner="bot", **more):
    return Commit(
        conversation_id=conversation_id,
        expected_version=version,
        owner=owner,
        timestamp=more.pop("timestamp", 101.0),
        **more,
    )


async def test_the_first_message_has_the_first_place(log):
    received = await log.receive(arrival())
    assert (received.seq, received.is_repeat, received.previous_message_seq) == (1, False, 0)
    assert received.head == Head(
        version=0, owner="bot", channel="rest", last_seq=1, last_message_seq=1, answered_seq=0
    )


async def test_places_ascend_without_gap_over_messages_and_commits(log):
    await log.receive(arrival())
    first = await log.commit(commit(entries=(entry("1"), entry("2")), answers=1))
    assert (first.version, first.first_seq) == (1, 2)
    second = await log.receive(arrival(timestamp=102.0))
    assert (second.seq, second.previous_message_seq) == (4, 1)
    assert second.head.version == 1
    assert second.head.answered_seq == 1
    third = await log.commit(commit(version=1, entries=(entry("3"),), answers=4))
    assert third.first_seq == 5
    history = await log.history("c1")
    assert [e.seq for e in history] == [1, 2, 3, 4, 5]
    assert [e.kind for e in history] == [MESSAGE, "bot", "bot", MESSAGE, "bot"]
    assert [e.timestamp for e in history] == [100.0, 101.0, 101.0, 102.0, 101.0]


async def test_a_repeat_changes_nothing_and_names_the_first(log):
    first = await log.receive(arrival(message_id="m"))
    await log.commit(commit(entries=(entry(),), answers=1))
    repeat = await log.receive(arrival(message_id="m", body="other"))
    assert repeat.is_repeat
    assert repeat.seq == first.seq
    assert repeat.head.answered_seq == 1
    assert len(await log.history("c1")) == 2


async def test_a_repeat_is_recognised_whatever_conversation_it_claims(log):
    await log.receive(arrival("c1", message_id="m"))
    repeat = await log.receive(arrival("c2", message_id="m"))
    assert repeat.is_repeat
    assert repeat.conversation_id == "c1"
    assert await log.load("c2") is None


async def test_message_ids_belong_to_their_channel(log):
    await log.receive(arrival(message_id="m", channel="rest"))
    assert not (await log.receive(arrival(message_id="m", channel="web"))).is_repeat


async def test_messages_without_id_never_repeat(log):
    assert not (await log.receive(arrival())).is_repeat
    assert not (await log.receive(arrival())).is_repeat


async def test_the_same_message_at_the_same_time_is_taken_once(log):
    results = await asyncio.gather(
        *(log.receive(arrival("new", message_id="m", body=str(n))) for n in range(20))
    )
    assert sum(not result.is_repeat for result in results) == 1
    assert {result.seq for result in results} == {1}
    assert len(await log.history("new")) == 1


async def test_the_same_message_for_two_new_conversations_at_once_is_taken_once(log):
    results = await asyncio.gather(
        *(log.receive(arrival(f"c{n}", message_id="m")) for n in range(12))
    )
    assert sum(not result.is_repeat for result in results) == 1
    assert len({result.conversation_id for result in results}) == 1


async def test_many_messages_at_the_same_time_have_places_of_their_own(log):
    results = await asyncio.gather(
        *(log.receive(arrival("busy", message_id=f"m{n}")) for n in range(40))
    )
    assert sorted(result.seq for result in results) == list(range(1, 41))
    assert [e.seq for e in await log.history("busy")] == list(range(1, 41))


async def test_of_two_writers_one_wins_and_the_other_leaves_no_trace(log):
    await log.receive(arrival())
    outcomes = await asyncio.gather(
        *(
            log.commit(
                commit(
                    entries=(entry(str(n)),),
                    answers=1,
                    deliveries=(NewDelivery(channel="rest", body=str(n), state="sent"),),
                )
            )
            for n in range(8)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 7
    history = await log.history("c1")
    assert [e.seq for e in history] == [1, 2]
    stored = await log.load("c1")
    assert stored.head.version == 1


async def test_two_writers_of_a_new_conversation_do_not_both_win(log):
    outcomes = await asyncio.gather(
        *(log.commit(commit("fresh", entries=(entry(),))) for _ in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 7
    assert len(await log.history("fresh")) == 1


@pytest.mark.parametrize("version", [1, 5, -1])
async def test_a_commit_on_a_version_that_is_not_there_is_refused(log, version):
    with pytest.raises(Conflict):
        await log.commit(commit("nobody", version))
    assert await log.load("nobody") is None


async def test_a_message_that_arrives_during_a_turn_does_not_disturb_its_commit(log):
    await log.receive(arrival())
    during = await log.receive(arrival())
    done = await log.commit(commit(entries=(entry(),), answers=1))
    assert during.seq == 2
    assert done.first_seq == 3
    stored = await log.load("c1")
    assert stored.head.answered_seq == 1
    assert stored.head.last_message_seq == 2
    assert not stored.head.is_answered


async def test_the_owner_is_what_the_last_commit_says_and_is_part_of_the_version(log):
    await log.receive(arrival())
    await log.commit(commit(owner="agent"))
    with pytest.raises(Conflict):
        await log.commit(commit(entries=(entry(),), answers=1))
    assert (await log.load("c1")).head.owner == "agent"


async def test_answers_never_go_back(log):
    await log.receive(arrival())
    await log.receive(arrival())
    await log.commit(commit(answers=2))
    await log.commit(commit(version=1, answers=1))
    assert (await log.load("c1")).head.answered_seq == 2


async def test_a_conversation_that_is_not_there_is_not_loaded(log):
    assert await log.load("nobody") is None
    assert list(await log.history("nobody")) == []


@pytest.mark.parametrize("conversation_id", ODD_IDS)
async def test_any_text_is_an_id(log, conversation_id):
    first = await log.receive(arrival(conversation_id, message_id=conversation_id))
    assert not first.is_repeat
    await log.commit(commit(conversation_id, entries=(entry(conversation_id),), answers=1))
    assert (await log.receive(arrival(conversation_id, message_id=conversation_id))).is_repeat
    assert [e.body for e in await log.history(conversation_id)] == ["{}", conversation_id]
    assert (await log.load(conversation_id)).head.version == 1


async def test_ids_that_look_alike_are_different(log):
    for conversation_id in ODD_IDS:
        await log.receive(arrival(conversation_id))
    for other in ("Plain", "plain ", "e\u0301 is not e\u0301", "leading and trailing"):
        assert await log.load(other) is None


@pytest.mark.parametrize("body", BODIES, ids=[str(n) for n in range(len(BODIES))])
async def test_bodies_come_back_as_they_were(log, body):
    await log.receive(arrival(body=body))
    await log.commit(commit(entries=(entry(body),), answers=1))
    assert [e.body for e in await log.history("c1")] == [body, body]


async def test_history_comes_in_pages(log):
    await log.commit(commit(entries=tuple(entry(str(n)) for n in range(25))))
    pages, after = [], 0
    while page := await log.history("c1", after=after, limit=10):
        pages.append(len(page))
        after = page[-1].seq
    assert pages == [10, 10, 5]
    assert list(await log.history("c1", after=25)) == []


async def test_loading_brings_the_snapshots_stretches_and_what_came_after(log):
    await log.commit(commit(entries=tuple(entry(str(n)) for n in range(100))))
    snapshot = Snapshot(seq=100, body='{"s": 1}', needs=((3, 4), (90, 95)))
    await log.commit(commit(version=1, entries=(entry("new"),), snapshot=snapshot))
    stored = await log.load("c1")
    assert stored.snapshot == snapshot
    assert [e.seq for e in stored.entries] == [3, 4, 90, 91, 92, 93, 94, 95, 101]
    later = Snapshot(seq=101, body='{"s": 2}', needs=())
    await log.commit(commit(version=2, entries=(entry("newer"),), snapshot=later))
    stored = await log.load("c1")
    assert stored.snapshot == later
    assert [e.body for e in stored.entries] == ["newer"]


async def test_loading_brings_messages_without_answer_from_before_the_snapshot(log):
    await log.receive(arrival(body="one"))
    await log.receive(arrival(body="two"))
    await log.commit(commit(entries=(entry(),), answers=1))
    snapshot = Snapshot(seq=3, body="{}", needs=())
    await log.commit(commit(version=1, entries=(entry(),), snapshot=snapshot))
    stored = await log.load("c1")
    assert [(e.seq, e.body) for e in stored.entries if e.kind == MESSAGE] == [(2, "two")]


async def test_what_a_failed_commit_brought_is_not_there(log, storage):
    await log.receive(arrival(message_id="m"))
    await log.commit(commit(entries=(entry("kept"),), answers=1))
    with pytest.raises(Conflict):
        await log.commit(
            commit(
                version=7,
                entries=(entry("lost"),),
                answers=1,
                deliveries=(NewDelivery(channel="x", body="lost", state="pending"),),
                snapshot=Snapshot(seq=1, body="lost", needs=()),
            )
        )
    stored = await log.load("c1")
    assert stored.snapshot is None
    assert [e.body for e in stored.entries] == ["{}", "kept"]
    assert await storage.stores.deliveries.claim_due(1e12, until=2e12, limit=9) == []


async def test_a_bad_unit_of_work_does_not_harm_those_it_is_written_with(log):
    await log.receive(arrival("good"))
    outcomes = await asyncio.gather(
        log.commit(commit("bad", 9, entries=(entry("lost"),))),
        *(log.receive(arrival(f"other{n}")) for n in range(20)),
        log.commit(commit("good", entries=(entry("kept"),), answers=1)),
        log.commit(commit("bad", 9, entries=(entry("lost"),))),
        return_exceptions=True,
    )
    assert [type(outcome).__name__ for outcome in outcomes].count("Conflict") == 2
    assert len(await log.history("good")) == 2
    for n in range(20):
        assert len(await log.history(f"other{n}")) == 1


async def test_conversations_that_are_written_at_the_same_time_keep_apart(log):
    async def talk(conversation_id):
        for turn in range(8):
            received = await log.receive(arrival(conversation_id, body=f"q{turn}"))
            await log.commit(
                commit(
                    conversation_id,
                    turn,
                    entries=(entry(f"a{turn}"), entry(f"b{turn}")),
                    answers=received.seq,
                )
            )

    await asyncio.gather(*(talk(f"c{n}") for n in range(16)))
    for n in range(16):
        bodies = [e.body for e in await log.history(f"c{n}")]
        assert bodies == [f"{kind}{turn}" for turn in range(8) for kind in "qab"]


async def test_a_caller_who_goes_away_leaves_the_store_working(log):
    calls = [asyncio.ensure_future(log.receive(arrival(f"c{n}"))) for n in range(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert (await log.receive(arrival("after"))).seq == 1


async def test_a_log_is_read_backwards_in_pages(log):
    await log.commit(commit(entries=tuple(entry(str(n)) for n in range(1, 8))))
    assert [e.seq for e in await log.earlier("c1", before=8, limit=3)] == [5, 6, 7]
    assert [e.seq for e in await log.earlier("c1", before=5, limit=3)] == [2, 3, 4]
    assert [e.seq for e in await log.earlier("c1", before=2, limit=3)] == [1]
    assert list(await log.earlier("c1", before=99, limit=99)) == list(await log.history("c1"))
    assert [e.seq for e in await log.earlier("c1", before=2**53, limit=2)] == [6, 7]
    assert list(await log.earlier("c1", before=1, limit=3)) == []
    assert list(await log.earlier("c1", before=0, limit=3)) == []
    assert list(await log.earlier("nobody", before=9, limit=3)) == []
