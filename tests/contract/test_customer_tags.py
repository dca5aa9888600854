"""Tags of customers: put on, taken off, counted and found by, on every store."""

import asyncio
import contextlib
import random

import msgspec
import pytest

from kefu.customers.records import Profile, TagCount
from kefu.customers.tags import tag_key
from kefu.desk.changes import AddSession
from kefu.desk.rows import RowQuery
from kefu.desk.search import parsed
from kefu.desk.zones import zone_of
from kefu.errors import CustomerError
from kefu.storage.memory import open_memory
from tests.contract.customers import World
from tests.contract.desk import EVERYBODY, a_session


@pytest.fixture
def world(storage):
    return World(storage, slots={"tags": "tags"})


async def known(world, *addresses):
    """Let customers talk, and return their ids."""
    for address in addresses:
        await world.say(address)
        await world.customers.set_attributes(address, {"at": address})
    return [(await world.views.at(address))["customer_id"] for address in addresses]


async def tags_of(world, address):
    return (await world.views.at(address))["tags"]


async def counts(world, words="", limit=10):
    found = await world.customers.tags.in_use(words, limit=limit)
    return [(one.tag, one.customers) for one in found]


async def with_tag(world, tag, **query):
    rows = await world.storage.desk.rows(
        RowQuery(reach=EVERYBODY, customer_tag=tag_key(tag), **{"view": "all", **query})
    )
    return sorted(row.conversation_id for row in rows)


# -- one customer ------------------------------------------------------------------------------


async def test_tags_are_put_on_and_taken_off(world):
    (customer,) = await known(world, "web-a")
    done = await world.customers.tags.change(customer, add=["VIP", " 爱退货 "])
    assert (done.customer_id, done.conversation_id) == (customer, "web-a")
    assert done.tags == done.added == ("VIP", "爱退货")
    again = await world.customers.tags.change(customer, add=["vip", "新"], remove=["没有"])
    assert (again.tags, again.added, again.removed) == (("VIP", "爱退货", "新"), ("新",), ())
    fewer = await world.customers.tags.change(customer, remove=["ｖｉｐ"])
    assert (fewer.tags, fewer.removed) == (("爱退货", "新"), ("VIP",))
    assert await tags_of(world, "web-a") == ["爱退货", "新"]


async def test_nothing_changes_where_nothing_is_to_change(world):
    (customer,) = await known(world, "web-a")
    await world.customers.tags.change(customer, add=["VIP"])
    before = await world.storage.customers.customer(customer)
    world.conversations.told.clear()
    await world.customers.tags.change(customer, add=["VIP"], remove=["x"])
    assert await world.storage.customers.customer(customer) == before
    assert not world.conversations.told


async def test_two_who_tag_a_stranger_at_once_make_one_customer(world):
    await world.say("web-a")
    done = await asyncio.gather(
        *(world.customers.tags.change_at("web-a", add=[tag]) for tag in "甲乙")
    )
    assert len({one.customer_id for one in done}) == 1
    assert sorted(await tags_of(world, "web-a")) == ["乙", "甲"]
    assert await with_tag(world, "甲") == ["web-a"]
    with pytest.raises(CustomerError, match="nobody is known there"):
        await world.customers.tags.change_at("web-b", remove=["甲"])


async def test_several_who_tag_at_once_lose_nothing(world):
    (customer,) = await known(world, "web-a")
    await asyncio.gather(
        *(world.customers.tags.change(customer, add=[f"t{n}"]) for n in range(5)),
        world.customers.set_attributes("web-a", {"city": "杭州"}),
    )
    assert sorted(await tags_of(world, "web-a")) == [f"t{n}" for n in range(5)]
    assert (await world.views.at("web-a"))["attributes"]["city"] == "杭州"


async def test_the_last_tags_go_to_whoever_comes_first(world):
    (customer,) = await known(world, "web-a")
    await world.customers.tags.change(customer, add=[f"t{n}" for n in range(49)])
    done = await asyncio.gather(
        *(world.customers.tags.change(customer, add=[name]) for name in "ab"),
        return_exceptions=True,
    )
    assert sum(isinstance(one, CustomerError) for one in done) == 1
    assert len(await tags_of(world, "web-a")) == 50


async def test_bad_tags_and_nobodys_tags_are_refused(world):
    (customer,) = await known(world, "web-a")
    with pytest.raises(CustomerError, match="not empty"):
        await world.customers.tags.change(customer, add=["ok", " "])
    assert await tags_of(world, "web-a") == []
    with pytest.raises(CustomerError, match="no such customer"):
        await world.customers.tags.change("customer-x", add=["a"])


async def test_the_customer_does_not_see_what_the_staff_call_them(world):
    (customer,) = await known(world, "web-a")
    await world.customers.tags.change(customer, add=["麻烦"])
    assert "tags" not in await world.customers.profile("web-a")


async def test_the_bot_knows_tags_where_a_slot_is_named_for_them(world):
    (customer,) = await known(world, "web-a")
    await world.customers.tags.change(customer, add=["VIP"])
    assert world.conversations.told["web-a"] == {"tags": ["VIP"]}
    await world.customers.tags.change(customer, remove=["VIP"])
    assert world.conversations.told["web-a"] == {"tags": []}


async def test_who_has_everything_deleted_has_no_tags_any_more(world):
    (customer,) = await known(world, "web-a")
    await world.customers.tags.change(customer, add=["VIP"])
    await world.customers.forget("web-a", ["attributes"])
    assert await tags_of(world, "web-a") == ["VIP"]
    await world.customers.forget("web-a")
    assert await tags_of(world, "web-a") == []
    assert await counts(world) == []
    assert await with_tag(world, "VIP") == []


# -- merged customers --------------------------------------------------------------------------


async def test_merged_customers_have_the_tags_of_both_and_parted_ones_their_own(world):
    here, there = await known(world, "web-a", "wechat-b")
    await world.customers.tags.change(here, add=["VIP", "老客户"])
    await world.customers.tags.change(there, add=["vip", "微信"])
    kept = await world.customers.merge(here, there)
    assert kept.customer_id == here
    assert await tags_of(world, "web-a") == ["VIP", "老客户", "微信"]
    assert await counts(world) == [("VIP", 1), ("微信", 1), ("老客户", 1)]
    assert await with_tag(world, "微信") == ["web-a"]
    await world.customers.tags.change(here, add=["新"], remove=["老客户"])
    (merge,) = await world.views.merges(here)
    await world.customers.undo(merge["merge_id"])
    assert await tags_of(world, "web-a") == ["VIP", "新"]
    assert await tags_of(world, "wechat-b") == ["vip", "微信"]
    assert await counts(world) == [("VIP", 2), ("微信", 1), ("新", 1)]
    assert await with_tag(world, "微信") == ["wechat-b"]
    assert await with_tag(world, "VIP") == ["web-a", "wechat-b"]


async def test_a_tag_that_is_taken_off_is_gone_from_whoever_was_merged_in(world):
    here, there = await known(world, "web-a", "wechat-b")
    await world.customers.tags.change(there, add=["微信"])
    await world.customers.merge(here, there)
    done = await world.customers.tags.change(here, remove=["微信"])
    assert (done.tags, done.removed) == ((), ("微信",))
    assert await with_tag(world, "微信") == []
    with pytest.raises(CustomerError, match="no longer"):
        await world.customers.tags.change(there, add=["x"])
    (merge,) = await world.views.merges(here)
    await world.customers.undo(merge["merge_id"])
    assert await tags_of(world, "wechat-b") == []


async def test_tags_follow_a_chain_of_merges_and_come_back_in_any_order(world):
    a, b, c = await known(world, "web-a", "web-b", "web-c")
    for customer, tag in ((a, "甲"), (b, "乙"), (c, "丙")):
        await world.customers.tags.change(customer, add=[tag])
    await world.customers.merge(b, c)
    await world.customers.merge(a, b)
    assert await tags_of(world, "web-a") == ["甲", "乙", "丙"]
    for tag in "甲乙丙":
        assert await with_tag(world, tag) == ["web-a"]
    first, second = sorted(one["merge_id"] for one in await world.views.merges(a))
    await world.customers.undo(first)  # c leaves, b stays with a
    assert await with_tag(world, "丙") == ["web-c"]
    assert await with_tag(world, "乙") == ["web-a"]
    await world.customers.undo(second)
    assert await with_tag(world, "乙") == ["web-b"]
    assert await counts(world) == [("丙", 1), ("乙", 1), ("甲", 1)]


async def test_lists_and_counts_go_by_what_profiles_say_whatever_was_merged_and_undone(world):
    chance = random.Random(7)
    people = await known(world, *(f"web-{n}" for n in range(5)))
    merges = undone = 0
    for _ in range(100):
        one, other = chance.sample(people, 2)
        done = chance.choice(("add", "remove", "merge", "merge", "undo", "undo"))
        with contextlib.suppress(CustomerError):  # merged already
            if done == "merge":
                await world.customers.merge(one, other)
                merges += 1
            elif done == "undo":
                of_one = await world.views.merges(one)
                if still := [it["merge_id"] for it in of_one if it["undone_at"] is None]:
                    await world.customers.undo(chance.choice(sorted(still)))
                    undone += 1
            else:
                await world.customers.tags.change(one, **{done: [chance.choice("甲乙丙")]})
        here = {}
        for name in people:
            customer = await world.views.customer(name)
            here[customer["conversation_id"]] = customer["tags"]
        for tag in "甲乙丙":
            expected = sorted(place for place, tags in here.items() if tag in tags)
            assert await with_tag(world, tag) == expected
        counted = {tag: sum(tag in tags for tags in here.values()) for tag in "甲乙丙"}
        assert dict(await counts(world)) == {tag: n for tag, n in counted.items() if n}
    assert merges >= undone > 5


# -- which there are ---------------------------------------------------------------------------


async def test_tags_in_use_are_those_of_most_customers_first(world):
    people = await known(world, *(f"web-{n}" for n in range(4)))
    for customer, tags in zip(people, (["vip"], ["VIP", "100%"], ["b_c"], []), strict=True):
        await world.customers.tags.change(customer, add=tags)
    assert await counts(world) == [("VIP", 2), ("100%", 1), ("b_c", 1)]
    assert await counts(world, limit=1) == [("VIP", 2)]
    assert await counts(world, "ＩＰ") == [("VIP", 2)]
    assert await counts(world, "%") == [("100%", 1)]
    assert await counts(world, "_") == [("b_c", 1)]
    assert await counts(world, "\\") == []
    assert await world.storage.customers.tags_in_use("vip", limit=5) == [TagCount("VIP", 2)]


# -- what is found by them ---------------------------------------------------------------------


async def test_the_list_is_filtered_by_a_tag_in_every_view(world):
    people = await known(world, "web-a", "web-b", "web-c")
    for customer in people[:2]:
        await world.customers.tags.change(customer, add=["VIP"])
    desk = world.storage.desk
    for name in ("web-b", "web-c"):
        await desk.apply([AddSession(a_session(name, name))])
    assert await with_tag(world, "ｖｉｐ") == ["web-a", "web-b"]
    assert await with_tag(world, "vip", sort="priority") == ["web-a", "web-b"]
    assert await with_tag(world, "vip", sort="oldest", limit=1) == ["web-a"]
    assert await with_tag(world, "vip", view="waiting") == ["web-b"]
    assert await with_tag(world, "vip", state="bot") == ["web-a"]
    assert await with_tag(world, "nothing") == []
    row = await desk.row("web-b")
    assert row.customer_tags == ("VIP",)


async def test_customers_are_found_by_their_tags(world):
    here, there = await known(world, "web-a", "wechat-b")
    await world.customers.tags.change(there, add=["爱退货的客户"])
    search = world.storage.search

    async def found(words):
        while await search.advance(100):
            pass
        query = parsed(words, zone_of("Asia/Shanghai"))
        return [one.conversation_id for one in await search.customers(query, below=None, limit=10)]

    assert await found("退货") == ["wechat-b"]
    await world.customers.merge(here, there)
    assert await found("退货") == ["web-a"]
    await world.customers.tags.change(here, remove=["爱退货的客户"])
    assert await found("退货") == []


async def test_profiles_from_before_there_were_tags_are_read():
    assert msgspec.json.decode(b'{"shop_name":"w"}', type=Profile).tags == ()
    world = World(open_memory())
    await known(world, "web-a")
    assert await tags_of(world, "web-a") == []
