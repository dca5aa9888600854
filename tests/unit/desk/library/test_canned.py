"""Canned replies: what they may be, how they are found and counted."""

from dataclasses import replace

import pytest

from kefu.desk.library.canned import CannedReply, search
from kefu.errors import Conflict, DeskError
from tests.unit.desk.library.shelves import LIN, WU


def a_reply(**changes):
    reply = {"title": "退款说明", "text": "您好 {{customer.name}}", "scope": "shared"}
    return CannedReply(**{**reply, **changes})


def own(agent="a_lin", **changes):
    return a_reply(scope="personal", owner=agent, **changes)


async def field_of(work):
    with pytest.raises(DeskError) as caught:
        await work
    return caught.value.status, caught.value.field


async def test_a_reply_is_kept_changed_and_removed(library):
    kept = await library.canned.create(LIN, a_reply(folder=" 售后 / 退款/", shortcut="/tk"))
    assert (kept.what.folder, kept.what.shortcut, kept.version) == ("售后/退款", "tk", 1)
    assert await library.canned.one(kept.item_id) == kept
    later = await library.canned.change(LIN, kept, replace(kept.what, title="退款"), version=1)
    assert (later.what.title, later.version) == ("退款", 2)
    with pytest.raises(Conflict):
        await library.canned.change(LIN, kept, replace(kept.what, title="x"))
    with pytest.raises(Conflict):
        await library.canned.change(LIN, later, replace(kept.what, title="x"), version=1)
    assert await library.canned.change(LIN, later, later.what) == later
    await library.canned.remove(LIN, later)
    assert (await field_of(library.canned.one(kept.item_id)))[0] == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 65}, "title"),
        ({"title": "a\u202eb"}, "title"),
        ({"text": " \n"}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "a\0"}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"folder": "a//b"}, "folder"),
        ({"folder": "a/b/c/d/e/f"}, "folder"),
        ({"folder": "a/\0"}, "folder"),
        ({"shortcut": "a b"}, "shortcut"),
        ({"shortcut": "a/b"}, "shortcut"),
        ({"shortcut": "x" * 33}, "shortcut"),
        ({"shortcut": "a\u200b"}, "shortcut"),
        ({"language": "中文"}, "language"),
        ({"language": "z"}, "language"),
        ({"scope": "personal"}, "scope"),
        ({"scope": "shared", "owner": "g_1"}, "scope"),
    ],
)
async def test_every_field_is_checked(library, changes, field):
    assert await field_of(library.canned.create(LIN, a_reply(**changes))) == (400, field)
    kept = await library.canned.create(LIN, a_reply())
    worse = replace(kept.what, **changes)
    assert await field_of(library.canned.change(LIN, kept, worse)) == (400, field)


async def test_text_of_several_lines_with_emoji_stays_as_it_is(library):
    text = "  您好 👩\u200d👧\r\n\t再见 \n"
    kept = await library.canned.create(LIN, a_reply(text=text))
    assert (await library.canned.one(kept.item_id)).what.text == text


async def test_a_shortcut_is_unique_among_those_of_one_owner(library):
    await library.canned.create(LIN, a_reply(shortcut="tk"))
    assert await field_of(library.canned.create(LIN, a_reply(shortcut="ＴＫ"))) == (409, "shortcut")
    kept = await library.canned.create(LIN, own(shortcut="tk"))
    await library.canned.create(WU, own("a_wu", shortcut="tk"))
    await library.canned.create(LIN, a_reply())
    await library.canned.create(LIN, a_reply())
    shared = replace(kept.what, scope="shared", owner="")
    assert await field_of(library.canned.change(LIN, kept, shared)) == (409, "shortcut")


async def test_only_what_others_see_is_written_down(shelves, library):
    mine = await library.canned.create(LIN, own())
    mine = await library.canned.change(LIN, mine, replace(mine.what, title="y"))
    assert await shelves.acts() == []
    shared = await library.canned.change(
        LIN, mine, replace(mine.what, scope="shared", owner="", text="x" * 300)
    )
    told = await shelves.told()
    assert told["scope"] == ["personal", "shared"]
    assert told["text"][1] == "x" * 200 + "…"
    mine = await library.canned.change(
        LIN, shared, replace(shared.what, scope="personal", owner="a_lin")
    )
    await library.canned.remove(LIN, mine)
    await library.canned.remove(LIN, await library.canned.create(LIN, a_reply()))
    changed = ["canned.changed", "canned.changed"]
    assert await shelves.acts() == [*changed, "canned.created", "canned.removed"]


async def test_replies_come_by_folder_position_and_title(library):
    for title, folder, position in [
        ("c", "b", 0), ("b", "a", 2), ("a", "b", 0), ("d", "a", 1), ("e", "", 9),
    ]:  # fmt: skip
        await library.canned.create(LIN, a_reply(title=title, folder=folder, position=position))
    await library.canned.create(LIN, own())
    titles = [kept.what.title for kept in await library.canned.of([""])]
    assert titles == ["e", "d", "b", "a", "c"]
    assert len(await library.canned.of(["", "a_lin"])) == 6
    assert len(await library.canned.of(["a_wu"])) == 0


async def test_the_best_find_comes_first(library):
    for title, shortcut, text in [
        ("发货", "kd2", "x"),
        ("快递", "k", "x"),
        ("查 KD 单号", "", "x"),
        ("其他", "", "说 kd 的"),
        ("无关", "", "x"),
        ("快递 一", "KD", "x"),
        ("别的", "xkd", "x"),
    ]:
        await library.canned.create(LIN, a_reply(title=title, shortcut=shortcut, text=text))

    async def titles(wanted):
        found = search(await library.canned.of([""]), wanted)
        assert [place for place, _ in found] == sorted(place for place, _ in found)
        return [kept.what.title for _, kept in found]

    assert await titles("/ｋｄ") == ["快递 一", "发货", "别的", "查 KD 单号", "其他"]
    assert await titles("的 说") == ["其他"]
    assert await titles("没有") == []
    assert len(await titles(" / ")) == 7


async def test_of_equals_the_more_used_comes_first(library):
    for title in ("甲 退款", "乙 退款"):
        kept = await library.canned.create(LIN, a_reply(title=title))
    for _ in range(2):
        await library.canned.used(LIN, kept, "c1")
    found = search(await library.canned.of([""]), "退款")
    assert [(kept.what.title, kept.uses) for _, kept in found] == [("乙 退款", 2), ("甲 退款", 0)]


async def test_using_does_not_get_into_the_way_of_changing(shelves, library):
    kept = await library.canned.create(LIN, a_reply())
    shelves.clock.advance(5)
    await library.canned.used(WU, kept, "c1")
    later = await library.canned.change(LIN, kept, replace(kept.what, title="x"), version=1)
    stored = await library.canned.one(kept.item_id)
    assert (stored.uses, stored.used_at, stored.version) == (1, shelves.clock.now(), 2)
    await library.canned.remove(LIN, later)
    assert (await field_of(library.canned.used(WU, kept, "c1")))[0] == 404


async def test_a_text_is_filled_with_what_is_known_of_the_conversation(library):
    text = "{{customer.name}} {{order_no}} {{agent.name}} {{x}}"
    filled = await library.canned.fill(text, "c1", {"agent.name": "林", "order_no": "B2"})
    assert (filled.text, filled.missing) == ("王芳 B2 林 {{x}}", ("x",))
    assert (await field_of(library.canned.fill(text, "c2", {})))[0] == 404


async def test_there_is_a_most_for_each_owner(library, monkeypatch):
    kind = replace(library.canned._keeping._kind, most=2)
    monkeypatch.setattr(library.canned._keeping, "_kind", kind)
    for _ in range(2):
        await library.canned.create(LIN, a_reply())
    mine = await library.canned.create(LIN, own())
    with pytest.raises(DeskError, match="2 canned replies already"):
        await library.canned.create(LIN, a_reply())
    shared = replace(mine.what, scope="shared", owner="")
    assert (await field_of(library.canned.change(LIN, mine, shared)))[0] == 409


async def test_what_was_an_agents_alone_goes_with_them(library):
    await library.canned.create(LIN, own())
    await library.canned.create(LIN, a_reply())
    await library.forget_agent("a_lin")
    assert await library.canned.of(["a_lin"]) == []
    assert len(await library.canned.of([""])) == 1
