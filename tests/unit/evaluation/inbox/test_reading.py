"""A log is read once; what came to it since is read alone, and comes to the same."""

import random
from contextlib import asynccontextmanager

import pytest

from kefu.core.events import Restarted
from kefu.evaluation.inbox import reading
from kefu.evaluation.inbox.reading import LogReader
from tests.unit.evaluation.replay.logs import SESSION, does, entries, handed_over, says, sets

BELOW = 0.7
PIECES = [
    [*SESSION],
    [says("怎么退款", "refund", 0.4), *does("utter_refund")],
    [says("你好", "greet", 0.98), *does("utter_greet")],
    [says("人呢", "request_human", 0.98), *does("utter_ok")],
    [says("那个", "nlu_fallback", 0.2), *handed_over()],
    [says("订单", "order", 0.9), *sets(requested_slot="order_no"), *does("utter_ask")],
    [says("不知道", "deny", 0.3), *sets(order_no=None), *does("utter_ask")],
    [says("602611112222", "inform", 0.3), *sets(order_no="602611112222"), *does("utter_ok")],
    [Restarted()],
    [{"replaced": True}],
    [{"note": "rated", "score": 1, "rating_id": "stars"}],
]


class Log:
    """A log that grows; says what was read of it."""

    def __init__(self):
        self.kept = {}
        self.positions = []
        self.reads = []

    def write(self, name, *events):
        before = self.kept.setdefault(name, [])
        more = entries(events, start=1000.0 * len(self.positions))
        for place, entry in enumerate(more, start=len(before) + 1):
            self.kept[name].append(type(entry)(place, entry.kind, entry.timestamp, entry.body))
            self.positions.append((len(self.positions) + 1, name))

    async def listed(self, *, after, since, limit):
        return sorted(name for name in self.kept if name > after)[:limit]

    async def entries(self, conversation_id, *, after, limit):
        found = [one for one in self.kept[conversation_id] if one.seq > after][:limit]
        self.reads.append((conversation_id, len(found)))
        return found

    async def end(self):
        return max((position for position, _ in self.positions), default=0)

    async def tail(self, *, after, limit):
        return sorted(one for one in self.positions if one[0] > after)[:limit]

    @asynccontextmanager
    async def opened(self):
        yield self


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def reader(log):
    return LogReader(log.opened)


async def found(reader, since=0.0, below=BELOW):
    await reader.renew(since=since, below=below)
    return sorted((hit.conversation_id, hit.seq, hit.text, hit.why) for hit in reader.hits)


async def test_only_what_changed_is_read_again(log, reader):
    for name in ("a", "b"):
        log.write(name, *SESSION, says("怎么退款", "refund", 0.4), *does("utter_refund"))
    assert len(await found(reader)) == 2
    assert reader.conversations == 2
    log.reads.clear()
    revision = reader.revision
    assert len(await found(reader)) == 2
    assert (log.reads, reader.revision) == ([], revision)
    log.write("b", *SESSION, says("在吗", "greet", 0.3), *does("utter_greet"))
    log.write("c", *SESSION, says("在吗", "greet", 0.3), *does("utter_greet"))
    assert len(await found(reader)) == 4
    assert [name for name, _ in log.reads] == ["b", "c"]
    assert reader.revision > revision


async def test_of_a_long_conversation_only_the_newest_session_is_read(log, reader):
    for _ in range(30):
        log.write("a", *SESSION, says("怎么退款", "refund", 0.4), *does("utter_refund"))
    assert len(await found(reader)) == 30
    log.reads.clear()
    log.write("a", says("在吗", "greet", 0.3), *does("utter_greet"))
    assert len(await found(reader)) == 31
    ((_, count),) = log.reads
    assert count < 20


@pytest.mark.parametrize("seed", range(30))
async def test_read_piece_by_piece_it_comes_to_the_same(log, reader, seed):
    rng = random.Random(seed)
    log.write("a", *SESSION)
    for _ in range(25):
        log.write(rng.choice("ab"), *rng.choice(PIECES))
        if rng.random() < 0.5:
            await found(reader)
    assert await found(reader) == await found(LogReader(log.opened))


async def test_what_shows_late_in_front_of_others_is_read(log, reader):
    log.write("a", *SESSION, says("怎么退款", "refund", 0.4), *does("utter_refund"))
    late = log.positions.copy()
    log.write("b", *SESSION, says("在吗", "greet", 0.3), *does("utter_greet"))
    log.positions = log.positions[len(late) :]
    kept = log.kept.pop("a")
    assert len(await found(reader)) == 1
    log.positions, log.kept["a"] = late + log.positions, kept
    assert len(await found(reader)) == 2


async def test_more_is_read_when_more_is_asked_for(log, reader):
    log.write("a", *SESSION, says("发票", "invoice", 0.8), *does("utter_invoice"))
    log.write("b", *SESSION, says("退款", "refund", 0.4), *does("utter_refund"))
    assert len(await found(reader, since=2_000.0)) == 1
    assert len(await found(reader)) == 1
    assert len(await found(reader, below=0.9)) == 2


async def test_the_oldest_give_way_and_are_not_looked_for_again(log, reader, monkeypatch):
    monkeypatch.setattr(reading, "MOST_HITS", 10)
    for number in range(15):
        log.write(f"c{number:02}", *SESSION, says("退款", "refund", 0.4), *does("utter_refund"))
    names = [name for name, *_ in await found(reader)]
    assert reader.is_cut
    assert len(names) <= 10
    assert names[-1] == "c14"
    log.reads.clear()
    await found(reader)
    assert log.reads == []


async def test_a_log_that_was_put_back_is_read_anew(log, reader):
    log.write("a", *SESSION, says("退款", "refund", 0.4), *does("utter_refund"))
    assert len(await found(reader)) == 1
    log.kept.clear()
    log.positions.clear()
    assert await found(reader) == []


async def test_who_gives_up_leaves_the_rest_to_the_next(log, reader):
    for name in "abc":
        log.write(name, *SESSION, says("退款", "refund", 0.4), *does("utter_refund"))
    read = log.entries

    async def broken(name, **page):
        if name == "b":
            raise TimeoutError
        return await read(name, **page)

    log.entries = broken
    with pytest.raises(TimeoutError):
        await found(reader)
    log.entries = read
    assert [name for name, *_ in await found(reader)] == ["a", "b", "c"]
    assert [name for name, _ in log.reads].count("a") == 1
