"""Words, labels and wrap-up codes as lists that administrators keep."""

import asyncio
from dataclasses import replace

import pytest

from kefu.desk.library.codes import WrapUpCode
from kefu.desk.library.labels import Label
from kefu.desk.library.words import SensitiveWord
from kefu.errors import Conflict, DeskError
from tests.unit.desk.library.shelves import LIN, Shelves


async def refused(work):
    with pytest.raises(DeskError) as caught:
        await work
    return caught.value.status, caught.value.problem, caught.value.field


# -- words


async def test_a_change_of_the_words_counts_at_once_also_in_other_processes(shelves, library):
    other = Shelves()
    other.library.words._keeping._store = shelves.items
    assert await other.library.words.check("加微信", "agent") == []
    kept = await library.words.create(LIN, SensitiveWord(word="微信", action="block"))
    (hit,) = await other.library.words.check("加微信", "agent")
    assert (hit.start, hit.end, hit.action) == (1, 3, "block")
    kept = await library.words.change(LIN, kept, replace(kept.what, side="customer"))
    assert await other.library.words.check("加微信", "agent") == []
    assert await other.library.words.check("加微信", "customer")
    await library.words.remove(LIN, kept)
    assert await other.library.words.check("加微信", "customer") == []
    assert await shelves.acts() == ["word.created", "word.changed", "word.removed"]


async def test_words_are_made_ready_once(library):
    await library.words.create(LIN, SensitiveWord(word="微信"))
    ready = await asyncio.gather(*(library.words.watchwords() for _ in range(4)))
    assert len({id(words) for words in [*ready, await library.words.watchwords()]}) == 1


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ({"word": ""}, "word"),
        ({"word": "\u200b"}, "word"),
        ({"word": "a\u200bb"}, "word"),
        ({"word": "x" * 101}, "word"),
        ({"word": "a\nb"}, "word"),
        ({"word": "a", "category": "x" * 65}, "category"),
    ],
)
async def test_a_word_can_be_seen_and_is_not_too_long(library, word, field):
    work = library.words.create(LIN, SensitiveWord(**word))
    assert await refused(work) == (400, "bad-field", field)


async def test_a_word_is_there_once_whatever_its_width_and_case(library):
    await library.words.create(LIN, SensitiveWord(word="VX"))
    work = library.words.create(LIN, SensitiveWord(word="ｖｘ", action="block"))
    assert await refused(work) == (409, "name-taken", "word")


async def test_words_come_by_category_and_word(library):
    for word, category in (("b", "y"), ("a", "y"), ("c", "x"), ("d", "")):
        await library.words.create(LIN, SensitiveWord(word=word, category=category))
    assert [kept.what.word for kept in await library.words.all()] == ["d", "c", "a", "b"]


# -- labels


async def test_labels_have_unique_names_and_an_order(shelves, library):
    for name, position in (("退款", 2), ("VIP", 1), ("b", 2)):
        await library.labels.create(LIN, Label(name=name, position=position))
    work = library.labels.create(LIN, Label(name=" ｖｉｐ "))
    assert await refused(work) == (409, "name-taken", "name")
    vip, b, refund = await library.labels.all()
    assert [one.what.name for one in (vip, b, refund)] == ["VIP", "b", "退款"]
    assert (await refused(library.labels.change(LIN, b, replace(b.what, name="vip"))))[0] == 409
    changed = await library.labels.change(LIN, b, replace(b.what, color="red"))
    assert await shelves.told() == {"color": ["gray", "red"]}
    with pytest.raises(Conflict):
        await library.labels.remove(LIN, b)
    await library.labels.remove(LIN, changed)
    assert len(await library.labels.all()) == 2


@pytest.mark.parametrize(
    "label",
    [
        {"name": ""},
        {"name": "x" * 65},
        {"name": "a\u202e"},
        {"name": "a", "description": "x" * 501},
    ],
)
async def test_a_label_has_a_name_that_can_be_seen(library, label):
    assert (await refused(library.labels.create(LIN, Label(**label))))[:2] == (400, "bad-field")


# -- wrap-up codes


async def a_code(library, name, parent="", **more):
    return await library.codes.create(LIN, WrapUpCode(name=name, parent=parent, **more))


async def test_codes_come_as_a_tree(library):
    sales = await a_code(library, "售前", position=2)
    after = await a_code(library, "售后", position=1)
    await a_code(library, "退款", after.item_id, position=2)
    await a_code(library, "换货", after.item_id, position=1, is_active=False)
    await a_code(library, "退款", sales.item_id)
    names = [kept.what.name for kept in await library.codes.all()]
    assert names == ["售后", "换货", "退款", "售前", "退款"]


async def test_a_name_is_there_once_below_a_parent(library):
    top = await a_code(library, "a")
    await a_code(library, "b", top.item_id)
    assert (await refused(a_code(library, "Ｂ", top.item_id)))[:2] == (409, "name-taken")
    await a_code(library, "b")


async def test_the_tree_stays_a_tree(library):
    levels = [await a_code(library, "0")]
    for depth in range(1, 4):
        levels.append(await a_code(library, str(depth), levels[-1].item_id))
    assert (await refused(a_code(library, "x", levels[-1].item_id)))[0] == 400
    assert (await refused(a_code(library, "x", "k_nobody")))[2] == "parent"
    for parent in (levels[0], levels[2]):
        moved = replace(levels[0].what, parent=parent.item_id)
        assert (await refused(library.codes.change(LIN, levels[0], moved)))[2] == "parent"
    other = await a_code(library, "other")
    deeper = replace(levels[0].what, parent=other.item_id)
    assert (await refused(library.codes.change(LIN, levels[0], deeper)))[2] == "parent"
    higher = replace(levels[2].what, parent=other.item_id)
    moved = await library.codes.change(LIN, levels[2], higher)
    assert moved.what.parent == other.item_id
    assert (await refused(library.codes.remove(LIN, moved)))[1] == "in-use"
    await library.codes.remove(LIN, levels[3])
    await library.codes.remove(LIN, moved)


@pytest.mark.parametrize("name", ["", "a/b", "x" * 65])
async def test_a_code_has_a_name_without_a_slash(library, name):
    assert (await refused(a_code(library, name)))[2] == "name"


async def test_of_two_who_move_codes_below_one_another_one_is_told_to_look_again(shelves, library):
    a, b = await a_code(library, "a"), await a_code(library, "b")
    parents = library.codes._parents
    entered, both = [], asyncio.Event()

    async def slowly():
        found = await parents()
        entered.append(1)
        if len(entered) == 2:
            both.set()
        await both.wait()
        return found

    library.codes._parents = slowly
    done = await asyncio.gather(
        library.codes.change(LIN, a, replace(a.what, parent=b.item_id)),
        library.codes.change(LIN, b, replace(b.what, parent=a.item_id)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Kept"]
    assert len(await library.codes.all()) == 2


async def test_the_projects_codes_are_kept_once(shelves, library):
    assert await library.codes.seed(["售后/退款", "售后/换货", "售前"])
    codes = [(kept.what.name, bool(kept.what.parent)) for kept in await library.codes.all()]
    assert codes == [("售后", False), ("退款", True), ("换货", True), ("售前", False)]
    assert await shelves.acts() == ["wrap_up_code.seeded"]
    assert not await library.codes.seed(["other"])
    for code in reversed(await library.codes.all()):
        await library.codes.remove(LIN, code)
    assert not await library.codes.seed(["售后"])
    assert await library.codes.all() == []


async def test_without_codes_in_the_project_there_are_none(shelves, library):
    assert not await library.codes.seed([])
    assert await shelves.acts() == []


async def test_of_processes_that_start_at_once_one_keeps_the_codes(library):
    done = await asyncio.gather(*(library.codes.seed(["a", "b"]) for _ in range(4)))
    assert sum(done) == 1
    assert len(await library.codes.all()) == 2


@pytest.mark.parametrize("names", [["a//b"], ["a/b/c/d/e"], [""], [f"n{n}" for n in range(1001)]])
async def test_codes_of_the_project_that_are_not_good_are_refused(library, names):
    assert (await refused(library.codes.seed(names)))[0] == 400
    assert await library.codes.all() == []
