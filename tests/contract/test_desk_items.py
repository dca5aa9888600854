"""What the desk keeps on every store: items, names, versions, revisions, and the audit log."""

import asyncio
from dataclasses import replace

import pytest

from kefu.desk.library.records import (
    Act,
    AddItem,
    By,
    ChangeItem,
    CountUse,
    DropItem,
    DropOwned,
    Item,
    NewRevision,
    PutItem,
)
from kefu.errors import Conflict, DeskError
from kefu.staff.audit import Verifier

NOW = 1_700_000_000.0
ADMIN = By(agent_id="a_1", name="管理员", address="192.0.2.1")


def an_item(item_id="lb_1", **changes):
    return Item(
        **{
            "kind": "label",
            "item_id": item_id,
            "owner": "",
            "key": f"key of {item_id}",
            "body": '{"name": "退款"}',
            "created_at": NOW,
            "changed_at": NOW + 1,
            **changes,
        }
    )


def an_act(what="label.created", **changes):
    act = {"at": NOW, "by": ADMIN, "what": what, "subject": "lb_1", "data": {"name": "退款"}}
    return Act(**{**act, **changes})


@pytest.fixture
def items(storage):
    return storage.desk_items


async def problem_of(work):
    with pytest.raises(DeskError) as caught:
        await work
    return caught.value.problem


async def test_an_item_comes_back_as_it_was(items):
    item = an_item(owner="g_1", key="退款", body='{"text": "你好 😀"}')
    assert await items.apply([AddItem(item)]) == 1
    assert await items.item("label", "lb_1") == item
    assert await items.item("label", "lb_2") is None
    assert await items.item("word", "lb_1") is None


async def test_items_come_by_kind_and_owner_the_oldest_first(items):
    for number, (kind, owner) in enumerate(
        [("label", "b"), ("label", ""), ("word", "b"), ("label", "b"), ("label", "c")]
    ):
        item = an_item(f"i_{number}", kind=kind, owner=owner, created_at=NOW - number)
        await items.apply([AddItem(item)])

    async def ids(*asked):
        return [item.item_id for item in await items.items(*asked)]

    assert await ids("label") == ["i_4", "i_3", "i_1", "i_0"]
    assert await ids("label", ["b", "", "b"]) == ["i_3", "i_1", "i_0"]
    assert await ids("label", []) == []
    assert await ids("word", ["b"]) == ["i_2"]
    assert await ids("hours") == []


async def test_ids_and_keys_are_unique_within_a_kind(items):
    await items.apply([AddItem(an_item(key="退款"))])
    assert await problem_of(items.apply([AddItem(an_item("lb_2", key="退款"))])) == "name-taken"
    assert await problem_of(items.apply([AddItem(an_item(key="other"))])) == "name-taken"
    await items.apply([AddItem(an_item("lb_2", key="退款", kind="word"))])
    await items.apply([AddItem(an_item("lb_2", key="物流"))])
    moved = an_item("lb_2", key="退款")
    assert await problem_of(items.apply([ChangeItem(moved)])) == "name-taken"
    assert (await items.item("label", "lb_2")).key == "物流"


async def test_a_change_keeps_when_it_was_made_and_how_often_it_was_used(items):
    await items.apply([AddItem(an_item())])
    await items.apply([CountUse("label", "lb_1", "a_1", "c1", NOW + 5)])
    later = an_item(
        owner="g_1", key="k", body="{}", created_at=NOW + 9, changed_at=NOW + 9, uses=7, version=1
    )
    assert await items.apply([ChangeItem(later)]) == 2
    expected = replace(later, version=2, created_at=NOW, uses=1, used_at=NOW + 5)
    assert await items.item("label", "lb_1") == expected
    with pytest.raises(Conflict):
        await items.apply([ChangeItem(later)])
    with pytest.raises(Conflict):
        await items.apply([ChangeItem(an_item("lb_2"))])
    assert await items.item("label", "lb_1") == expected


async def test_putting_takes_the_place_of_whatever_is_there(items):
    assert await items.apply([PutItem(an_item(version=5))]) == 1
    await items.apply([CountUse("label", "lb_1", "a_1", "c1", NOW + 5)])
    assert await items.apply([PutItem(an_item(body="{}", created_at=NOW + 3))]) == 2
    stored = await items.item("label", "lb_1")
    assert (stored.body, stored.version, stored.created_at, stored.uses) == ("{}", 2, NOW, 1)


async def test_dropping_needs_the_item_and_its_version(items):
    await items.apply([AddItem(an_item())])
    with pytest.raises(Conflict):
        await items.apply([DropItem("label", "lb_1", 2)])
    assert await problem_of(items.apply([DropItem("label", "lb_2")])) == "not-found"
    await items.apply([DropItem("label", "lb_1", 1)])
    assert await items.item("label", "lb_1") is None
    await items.apply([AddItem(an_item())])
    await items.apply([DropItem("label", "lb_1")])
    assert await problem_of(items.apply([DropItem("label", "lb_1")])) == "not-found"


async def test_what_belongs_to_somebody_goes_together(items):
    for number, owner in enumerate(["a_1", "a_2", "a_1"]):
        await items.apply([AddItem(an_item(f"i_{number}", owner=owner))])
    await items.apply([DropOwned("label", "a_1"), DropOwned("label", "a_1")])
    assert [item.item_id for item in await items.items("label")] == ["i_1"]


async def test_uses_are_counted_without_a_new_version(items):
    await items.apply([AddItem(an_item())])
    for number in range(3):
        await items.apply([CountUse("label", "lb_1", "a_1", f"c{number}", NOW + number)])
    stored = await items.item("label", "lb_1")
    assert (stored.uses, stored.used_at, stored.version) == (3, NOW + 2, 1)
    use = CountUse("label", "lb_2", "a_1", "c1", NOW)
    assert await problem_of(items.apply([use])) == "not-found"


async def test_all_steps_are_taken_or_none_and_nothing_is_told_of_none(items, storage):
    steps = [AddItem(an_item()), NewRevision("label"), DropItem("label", "lb_9")]
    assert await problem_of(items.apply(steps, an_act())) == "not-found"
    assert await items.items("label") == []
    assert await items.revision("label") == 0
    assert (await storage.staff.head()).seq == 0


async def test_an_act_stands_in_the_audit_log_behind_those_of_the_staff(items, storage):
    await items.apply([AddItem(an_item())], an_act())
    await items.apply([DropItem("label", "lb_1")], an_act("label.removed", data={"n": 1.5}))
    entries = await storage.staff.written(after=0, limit=10)
    told = [(entry.seq, entry.act, entry.subject, entry.actor_name) for entry in entries]
    assert told == [(1, "label.created", "lb_1", "管理员"), (2, "label.removed", "lb_1", "管理员")]
    assert (entries[0].data, entries[0].address) == ({"name": "退款"}, "192.0.2.1")
    verifier = Verifier()
    verifier.read(entries)
    verifier.end(await storage.staff.head())
    assert verifier.wrong is None


async def test_a_revision_tells_that_something_changed(items):
    assert await items.revision("label") == 0
    await items.apply([NewRevision("label", 0), AddItem(an_item())])
    await items.apply([NewRevision("label")])
    assert (await items.revision("label"), await items.revision("word")) == (2, 0)
    with pytest.raises(Conflict):
        await items.apply([NewRevision("label", 1), DropItem("label", "lb_1")])
    assert await items.item("label", "lb_1") is not None
    assert await items.revision("label") == 2


async def test_of_those_who_base_something_on_one_revision_one_succeeds(items):
    async def add(number):
        steps = [NewRevision("label", 0), AddItem(an_item(f"i_{number}"))]
        try:
            await items.apply(steps, an_act(subject=f"i_{number}"))
        except Conflict:
            return 0
        return 1

    assert sum(await asyncio.gather(*map(add, range(8)))) == 1
    assert len(await items.items("label")) == 1


async def test_of_those_who_take_a_name_at_once_one_succeeds(items, storage):
    async def add(number):
        try:
            await items.apply([AddItem(an_item(f"i_{number}", key="退款"))], an_act())
        except DeskError:
            return 0
        return 1

    assert sum(await asyncio.gather(*map(add, range(8)))) == 1
    assert (await storage.staff.head()).seq == 1


async def test_what_nobody_changed_for_long_is_dropped(items):
    for number in range(3):
        await items.apply([AddItem(an_item(f"i_{number}", changed_at=NOW + number))])
    await items.apply([AddItem(an_item("w", kind="word", changed_at=NOW))])
    await items.drop_old("label", NOW + 1)
    assert [item.item_id for item in await items.items("label")] == ["i_1", "i_2"]
    assert len(await items.items("word")) == 1
