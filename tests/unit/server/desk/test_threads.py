"""Threads in pages: whole, in order, without repeats, and at the same cost however long."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.core.events import ActionExecuted, AgentUttered, SlotSet, UserUttered
from kefu.core.notes import note
from kefu.gateway.reading import LoggedEntry, Passage
from kefu.server.desk.items import Items
from kefu.server.desk.threads import ThreadReader


class Log:
    """A log in a list; some places hold what people are never shown."""

    def __init__(self, things):
        self.entries = []
        for place, thing in enumerate(things, 1):
            if thing is None:  # a message as it arrived
                continue
            is_note = isinstance(thing, dict)
            entry = LoggedEntry(place, 1.0, None if is_note else thing, thing if is_note else None)
            self.entries.append(entry)
        self.last_seq, self.read = len(things), 0

    async def head(self, _):
        return self

    async def passage(self, name, *, after=0, limit=None, follows=True):
        assert follows
        found = [one for one in self.entries if one.seq > after][:limit]
        self.read += len(found)
        return Passage(name, found)

    async def earlier(self, _, *, before, limit):
        found = [one for one in self.entries if before - limit <= one.seq < before]
        self.read += len(found)
        return found

    async def deliveries_between(self, *_, **__):
        return []


def reader(things):
    log = Log(things)
    return ThreadReader(log, Items()), log


SHOWN = UserUttered(text="问"), AgentUttered(text="答"), note("private", text="注")
UNSEEN = None, ActionExecuted(action_name="a"), SlotSet(key="k", value=1)
LOGS = st.lists(st.sampled_from([*SHOWN, *UNSEEN]), max_size=900)


def places(items):
    return [item.seq for item in items]


@settings(max_examples=50, deadline=None)
@given(LOGS, st.integers(1, 60))
async def test_pages_join_without_gap_in_both_directions(things, limit):
    threads, _ = reader(things)
    everything = [place for place, one in enumerate(things, 1) if one in SHOWN and one is not None]
    page = await threads.newest("c", limit)
    assert not page.has_after
    backwards = places(page.items)
    while page.has_before:
        page = await threads.before("c", page.first_seq, limit)
        assert len(page.items) <= limit
        backwards = places(page.items) + backwards
    assert backwards == everything
    page = await threads.after("c", 0, limit)
    forwards = places(page.items)
    while page.has_after:
        page = await threads.after("c", page.last_seq, limit)
        forwards += places(page.items)
    assert forwards == everything


@settings(max_examples=50, deadline=None)
@given(LOGS, st.integers(0, 950), st.integers(1, 60))
async def test_around_a_place_is_what_surrounds_it(things, place, limit):
    threads, _ = reader(things)
    page = await threads.around("c", place, limit)
    found = places(page.items)
    assert found == sorted(set(found))
    assert len(found) <= limit + 1
    if 0 < place <= len(things) and things[place - 1] in SHOWN and things[place - 1] is not None:
        assert place in found


async def test_the_end_of_a_long_log_costs_what_that_of_a_short_one_costs():
    costs = []
    for length in (250, 5_000):
        threads, log = reader([UserUttered(text="问"), AgentUttered(text="答")] * length)
        page = await threads.newest("c", 50)
        assert len(page.items) == 50
        costs.append(log.read)
    assert costs[0] == costs[1]


async def test_a_long_silence_ends_a_page_but_not_the_thread():
    silence = [SlotSet(key="k", value=1)] * 9_000
    threads, log = reader([UserUttered(text="早"), *silence, UserUttered(text="晚")])
    page = await threads.newest("c", 50)
    assert [item.text for item in page.items] == ["晚"]
    assert page.has_before
    assert log.read < 5_000
    found = []
    while page.has_before:
        page = await threads.before("c", page.first_seq, 50)
        found += [item.text for item in page.items]
    assert found == ["早"]


async def test_what_was_taken_back_on_a_later_page_is_blank():
    said = AgentUttered(text="秘密")
    threads, _ = reader([said, *[UserUttered(text="x")] * 60, note("recalled", of_seq=1)])
    page = await threads.before("c", 2, 10)
    assert page.items[0].is_recalled


async def test_looking_for_words_goes_on_where_it_ended():
    things = [UserUttered(text=f"发票 {number}") for number in range(30)]
    threads, _ = reader([*things, *[SlotSet(key="k", value=1)] * 5_000])
    found, place = await threads.search("c", "发票", before=None, limit=7)
    texts = [one.item.text for one in found]
    while place is not None:
        found, place = await threads.search("c", "发票", before=place, limit=7)
        assert len(found) <= 7
        texts += [one.item.text for one in found]
    assert texts == [f"发票 {number}" for number in reversed(range(30))]
