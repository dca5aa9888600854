"""Drafts of agents; notes on customers, and blocks."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.desk.library.blocks import Block, BlockList
from kefu.desk.library.drafts import Draft, Moved
from kefu.errors import Conflict, DeskError
from tests.unit.desk.library.shelves import LIN, WU


def a_draft(text="您好", **changes):
    return Draft(**{"agent": "a_lin", "conversation_id": "c1", "text": text, **changes})


async def refused(work):
    with pytest.raises(DeskError) as caught:
        await work
    return caught.value.status, caught.value.problem


# -- drafts


async def test_the_last_draft_written_counts(shelves, library):
    first = await library.drafts.write(a_draft())
    shelves.clock.advance(1)
    draft = a_draft(" 您好，\n", mode="note", reply_to=7)
    later = await library.drafts.write(draft)
    assert (first.version, later.version, later.what) == (1, 2, draft)
    assert later.created_at == first.created_at < later.changed_at
    assert await library.drafts.find("a_lin", "c1") == later
    assert await library.drafts.find("a_wu", "c1") is None
    assert await shelves.acts() == []


async def test_who_says_which_version_they_expect_is_told_of_another(library):
    with pytest.raises(Conflict):
        await library.drafts.write(a_draft(), version=1)
    assert (await library.drafts.write(a_draft(), version=0)).version == 1
    with pytest.raises(Conflict):
        await library.drafts.write(a_draft("x"), version=0)
    assert (await library.drafts.write(a_draft("x"), version=1)).version == 2
    done = await asyncio.gather(
        *(library.drafts.write(a_draft(text), version=2) for text in "ab"), return_exceptions=True
    )
    assert sum(isinstance(one, Conflict) for one in done) == 1


async def test_an_empty_draft_is_none(library):
    await library.drafts.write(a_draft())
    assert await library.drafts.write(a_draft(" \n")) is None
    assert await library.drafts.find("a_lin", "c1") is None
    assert await library.drafts.write(a_draft("")) is None
    await library.drafts.drop("a_lin", "c1")


@pytest.mark.parametrize("text", ["x" * 20_001, "a\0", "\ud800"])
async def test_a_draft_is_text_of_a_length(library, text):
    assert await refused(library.drafts.write(a_draft(text))) == (400, "bad-field")
    assert (await library.drafts.write(a_draft("x" * 20_000))).version == 1


async def test_drafts_come_the_newest_first_and_each_agent_has_their_own(shelves, library):
    for number in range(3):
        await library.drafts.write(a_draft(conversation_id=f"c{number}"))
        shelves.clock.advance(1)
    await library.drafts.write(a_draft(agent="a_wu"))
    await library.drafts.write(a_draft("again", conversation_id="c0"))
    found = [kept.what.conversation_id for kept in await library.drafts.of("a_lin")]
    assert found == ["c0", "c2", "c1"]
    await library.forget_agent("a_lin")
    assert await library.drafts.of("a_lin") == []
    assert len(await library.drafts.of("a_wu")) == 1


async def test_a_draft_follows_a_merge(library):
    await library.drafts.write(a_draft(reply_to=7))
    await library.drafts.write(a_draft("吴写的", agent="a_wu"))
    await library.drafts.write(a_draft("别处", conversation_id="c3"))
    await library.drafts.move("c1", "c2")
    (here, other) = await library.drafts.of("a_lin")
    assert {here.what, other.what} == {
        a_draft(conversation_id="c2", moved=(Moved(origin="c1", text="您好", reply_to=7),)),
        a_draft("别处", conversation_id="c3"),
    }
    (his,) = await library.drafts.of("a_wu")
    assert (his.what.text, his.what.conversation_id) == ("吴写的", "c2")


@pytest.mark.parametrize(
    ("modes", "joined"), [(("reply",) * 2, "reply"), (("note", "reply"), "note")]
)
async def test_two_drafts_that_a_merge_brings_together_are_one(library, modes, joined):
    gone, kept = modes
    await library.drafts.write(a_draft("后写的", mode=gone, reply_to=7))
    await library.drafts.write(a_draft("先写的", mode=kept, conversation_id="c2", reply_to=3))
    await library.drafts.move("c1", "c2")
    (one,) = await library.drafts.of("a_lin")
    said = "先写的\n\n后写的"
    moved = (Moved(origin="c1", text="后写的", mode=gone, reply_to=7),)
    assert one.what == a_draft(said, mode=joined, conversation_id="c2", reply_to=3, moved=moved)
    assert one.version == 2  # a browser that has the old one is told


async def test_drafts_too_long_together_both_stay(library):
    long = a_draft("长" * 20_000)
    await library.drafts.write(long)
    await library.drafts.write(a_draft("短", conversation_id="c2"))
    await library.drafts.move("c1", "c2")
    assert (await library.drafts.find("a_lin", "c1")).what == long
    assert (await library.drafts.find("a_lin", "c2")).what.text == "短"


async def texts(library):
    """Return what is being written, by conversation."""
    return {kept.what.conversation_id: kept.what.text for kept in await library.drafts.of("a_lin")}


async def test_a_draft_goes_back_when_a_merge_is_undone(library):
    await library.drafts.write(a_draft("问发货", mode="note", reply_to=7))
    await library.drafts.write(a_draft("吴写的", agent="a_wu"))
    await library.drafts.move("c1", "c2")
    await library.drafts.give_back("c1")
    (one,) = await library.drafts.of("a_lin")
    assert one.what == a_draft("问发货", mode="note", reply_to=7)
    assert (await library.drafts.find("a_wu", "c1")).what.text == "吴写的"


@pytest.mark.parametrize("more", ["{}", "{}\n\n又写的", "开头\n\n{}"])
async def test_what_is_written_beside_what_came_stays(library, more):
    await library.drafts.write(a_draft("后写的"))
    await library.drafts.write(a_draft("先写的", conversation_id="c2"))
    await library.drafts.move("c1", "c2")
    here = (await library.drafts.find("a_lin", "c2")).what
    await library.drafts.write(replace(here, text=more.format(here.text), moved=()))
    await library.drafts.give_back("c1")
    assert await texts(library) == {"c1": "后写的", "c2": more.format("先写的")}


async def test_what_came_and_was_changed_stays(library):
    await library.drafts.write(a_draft("后写的"))
    await library.drafts.move("c1", "c2")
    await library.drafts.write(a_draft("后写的，改过", conversation_id="c2"))
    await library.drafts.write(a_draft("后写的", conversation_id="c2"))
    await library.drafts.give_back("c1")
    assert await texts(library) == {"c2": "后写的"}


async def test_who_has_begun_anew_where_it_came_from_is_left_alone(library):
    await library.drafts.write(a_draft("从前的"))
    await library.drafts.move("c1", "c2")
    await library.drafts.write(a_draft("新的"))
    await library.drafts.give_back("c1")
    assert await texts(library) == {"c1": "新的", "c2": "从前的"}


@pytest.mark.parametrize("order", [("c1", "c2"), ("c2", "c1")])
async def test_merges_of_merges_give_back_in_any_order(library, order):
    for name in ("c1", "c2", "c3"):
        await library.drafts.write(a_draft(f"写给 {name}", conversation_id=name))
    await library.drafts.move("c1", "c2")
    await library.drafts.move("c2", "c3")
    assert await texts(library) == {"c3": "写给 c3\n\n写给 c2\n\n写给 c1"}
    for name in order:
        await library.drafts.give_back(name)
    assert await texts(library) == {name: f"写给 {name}" for name in ("c1", "c2", "c3")}


async def test_of_too_many_drafts_the_oldest_goes(shelves, library):
    for number in range(501):
        await library.drafts.write(a_draft(conversation_id=f"c{number}"))
        shelves.clock.advance(1)
    found = {kept.what.conversation_id for kept in await library.drafts.of("a_lin")}
    assert len(found) == 500
    assert "c0" not in found
    await library.drafts.write(a_draft("x", conversation_id="c1"))
    assert len(await library.drafts.of("a_lin")) == 500


async def test_drafts_that_nobody_touches_for_a_month_are_dropped(shelves, library):
    await library.drafts.write(a_draft(conversation_id="old"))
    await library.drafts.write(a_draft(conversation_id="touched"))
    shelves.clock.advance(29 * 86_400)
    await library.drafts.write(a_draft("x", conversation_id="touched"))
    shelves.clock.advance(1.5 * 86_400)
    await library.drafts.drop_old()
    found = [kept.what.conversation_id for kept in await library.drafts.of("a_lin")]
    assert found == ["touched"]


# -- notes


async def test_only_its_author_changes_a_note(shelves, library):
    note = await library.notes.write(LIN, "cu_1", "喜欢 红色\n")
    assert (note.what.author, note.what.author_name) == ("a_lin", "林")
    assert await refused(library.notes.change(WU, note, "x")) == (403, "not-allowed")
    note = await library.notes.change(LIN, note, "喜欢蓝色", version=1)
    assert (await library.notes.one(note.item_id, ["cu_1"])).what.text == "喜欢蓝色"
    with pytest.raises(Conflict):
        await library.notes.change(LIN, note, "x", version=1)
    await library.notes.remove(LIN, note)
    assert await shelves.acts() == []


async def test_that_somebody_elses_note_was_removed_is_written_down_without_its_text(
    shelves, library
):
    note = await library.notes.write(LIN, "cu_1", "secret words")
    await library.notes.remove(WU, note)
    assert await library.notes.of(["cu_1"]) == []
    assert await shelves.acts() == ["contact_note.removed"]
    assert await shelves.told() == {"customer": "cu_1", "author": "林"}


async def test_notes_come_the_newest_first_of_all_whom_a_customer_was(shelves, library):
    for number, customer in enumerate(["cu_1", "cu_2", "cu_3", "cu_1"]):
        await library.notes.write(LIN, customer, f"{number}")
        shelves.clock.advance(1)
    notes = await library.notes.of({"cu_1", "cu_2"})
    assert [kept.what.text for kept in notes] == ["3", "1", "0"]
    assert (await refused(library.notes.one(notes[1].item_id, {"cu_1"})))[0] == 404
    assert (await refused(library.notes.one("n_x", {"cu_1"})))[0] == 404


@pytest.mark.parametrize("text", ["", " \n", "x" * 10_001, "a\0"])
async def test_a_note_says_something(library, text):
    assert await refused(library.notes.write(LIN, "cu_1", text)) == (400, "bad-field")


# -- blocks


async def test_a_block_holds_until_it_ends(shelves, library):
    now = shelves.clock.now()
    await library.blocks.block(LIN, "address", "web-1", until=now + 10, reason="骂人")
    forever = await library.blocks.block(LIN, "customer", "cu_1", until=None)
    current = await library.blocks.current()
    assert current is await library.blocks.current()
    assert current.is_blocked("web-1", now)
    assert not current.is_blocked("web-1", now + 10)
    assert current.is_blocked("web-2", now + 1e9, customer="cu_1")
    assert not current.is_blocked("cu_1", now)
    await library.blocks.end(LIN, forever.item_id)
    assert not (await library.blocks.current()).is_blocked("web-2", now, customer="cu_1")
    assert (await refused(library.blocks.end(LIN, forever.item_id)))[0] == 404
    assert await shelves.acts() == ["block.created", "block.created", "block.removed"]


async def test_who_is_blocked_is_not_blocked_again_before_that_is_over(shelves, library):
    now = shelves.clock.now()
    first = await library.blocks.block(LIN, "address", "web-1", until=now + 10)
    again = library.blocks.block(WU, "address", "web-1", until=None)
    assert await refused(again) == (409, "blocked-already")
    shelves.clock.advance(10)
    assert library.blocks.is_over(first)
    await library.blocks.block(WU, "address", "web-1", until=None)
    (kept,) = await library.blocks.all()
    assert (kept.what.by, kept.what.by_name, library.blocks.is_over(kept)) == ("a_wu", "吴", False)


@pytest.mark.parametrize(
    "options",
    [
        {"value": ""},
        {"value": "x" * 256},
        {"value": "a\0b"},
        {"until": 1_700_000_000.0},
        {"until": 5.0},
        {"reason": "x" * 501},
    ],
)
async def test_a_block_that_makes_no_sense_is_refused(library, options):
    asked = {"value": "web-1", "until": None, "reason": "", **options}
    work = library.blocks.block(LIN, "address", asked.pop("value"), **asked)
    assert await refused(work) == (400, "bad-field")


TIMES = st.none() | st.floats(0, 100)
NAMES = st.sampled_from(["a", "b", ""])


@given(
    st.lists(st.tuples(st.sampled_from(["address", "customer"]), NAMES, TIMES), max_size=4),
    NAMES,
    NAMES,
    st.floats(0, 100),
)
def test_somebody_is_blocked_while_one_of_their_blocks_holds(blocks, address, customer, now):
    unique = {(kind, value): until for kind, value, until in blocks if value}
    listed = BlockList(
        Block(kind=kind, value=value, until=until) for (kind, value), until in unique.items()
    )
    holds = [
        until is None or until > now
        for (kind, value), until in unique.items()
        if value == (address if kind == "address" else customer)
    ]
    assert listed.is_blocked(address, now, customer=customer) is any(holds)
