"""Agents tag customers, and see what their colleagues do."""

import asyncio

import pytest

from kefu.staff.permissions import Role
from tests.integration.server.desk.test_acts import problem_of
from tests.integration.server.desk.test_merging import known

HERE = "web-a"


async def tag(browser, customer, **body):
    return await browser.act(f"customers/{customer}/tags", body)


async def tags_beside(browser, conversation=HERE):
    return (await browser.get(f"conversations/{conversation}/context"))["customer"]["tags"]


async def test_an_agent_tags_a_customer_and_takes_tags_off(world):
    lin = await world.hire("lin")
    ada = await known(world, HERE, "ada")
    await world.served_by(lin, HERE)
    assert await tags_beside(lin) == []
    shown = await tag(lin, ada, add=["VIP", " 爱退货 "])
    assert shown == {
        "customer_id": ada, "tags": ["VIP", "爱退货"], "added": ["VIP", "爱退货"], "removed": [],
    }  # fmt: skip
    assert (await tag(lin, ada, add=["vip", "新"], remove=["爱退货"]))["tags"] == ["VIP", "新"]
    assert await tags_beside(lin) == ["VIP", "新"]
    assert (await lin.get(f"customers/{ada}"))["tags"] == ["VIP", "新"]
    row = await lin.get(f"conversations/{HERE}/row")
    assert row["customer"]["tags"] == ["VIP", "新"]
    assert (await lin.get(f"conversations/{HERE}/context"))["can"]["tag"] is True
    steps = await steps_of(lin)
    assert [(one.get("added"), one.get("removed")) for one in steps] == [
        (["VIP", "爱退货"], None), (["新"], ["爱退货"]),
    ]  # fmt: skip
    assert steps[0]["agent"]["id"] == lin.id


async def steps_of(browser):
    items = (await browser.get(f"conversations/{HERE}/thread"))["items"]
    return [
        {"agent": one.get("agent"), **one["data"]} for one in items if one.get("step") == "tagged"
    ]


async def test_who_was_nobody_yet_becomes_somebody_by_the_first_tag(world):
    lin = await world.hire("lin")
    await world.served_by(lin, HERE)
    context = await lin.get(f"conversations/{HERE}/context")
    assert (context["customer"]["id"], context["customer"]["tags"]) == ("", [])
    status, _ = await lin.ask("POST", f"conversations/{HERE}/tags", {"remove": ["x"]})
    assert status == 400
    shown = await lin.act(f"conversations/{HERE}/tags", {"add": ["VIP"]})
    assert shown["tags"] == shown["added"] == ["VIP"]
    again = await lin.act(f"conversations/{HERE}/tags", {"add": ["新"], "remove": ["vip"]})
    assert (again["customer_id"], again["tags"]) == (shown["customer_id"], ["新"])
    context = await lin.get(f"conversations/{HERE}/context")
    assert (context["customer"]["id"], context["customer"]["tags"]) == (
        again["customer_id"],
        ["新"],
    )
    assert len(await steps_of(lin)) == 2
    assert (await lin.ask("POST", "conversations/nobody/tags", {"add": ["x"]}))[0] == 404


async def test_nothing_is_told_where_nothing_changed(world):
    lin = await world.hire("lin")
    ada = await known(world, HERE, "ada")
    await tag(lin, ada, add=["VIP"])
    await tag(lin, ada, add=["vip"], remove=["none"])
    assert len(await steps_of(lin)) == 1


async def test_two_agents_who_tag_at_once_both_do(world):
    lin, mei = await world.hire("lin"), await world.hire("mei", Role.SUPERVISOR)
    ada = await known(world, HERE, "ada")
    await asyncio.gather(tag(lin, ada, add=["甲"]), tag(mei, ada, add=["乙"]))
    assert sorted(await tags_beside(mei)) == ["乙", "甲"]


async def test_colleagues_who_look_are_told_at_once(world):
    lin, mei = await world.hire("lin"), await world.hire("mei", Role.SUPERVISOR)
    ada = await known(world, HERE, "ada")
    await world.served_by(lin, HERE)
    async with mei.line() as line:
        await line.of("welcome")
        await line.send(type="open", conversation_id=HERE, after=0)
        await line.until(lambda one: one["type"] == "items" and one["items"])
        await tag(lin, ada, add=["VIP"])
        step = await line.until(
            lambda one: (
                one["type"] == "items" and any(i.get("step") == "tagged" for i in one["items"])
            )
        )
        assert step["conversation_id"] == HERE
        await line.row(lambda one: one["customer"]["tags"] == ["VIP"])


@pytest.mark.parametrize(
    "body",
    [
        {"add": [""]},
        {"add": ["长" * 41]},
        {"add": ["a\u0000"]},
        {"add": [f"t{n}" for n in range(51)]},
        {"add": ["x"] * 101},
        {"add": "VIP"},
        {"set": ["VIP"]},
    ],
)
async def test_bad_tags_are_refused_with_why(world, body):
    lin = await world.hire("lin")
    ada = await known(world, HERE, "ada")
    status, problem = await lin.ask("POST", f"customers/{ada}/tags", body)
    assert status == 400
    assert problem["detail"]
    assert await tags_beside(lin) == []


async def test_who_may_not_see_a_customer_or_tag_cannot(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    trainer = await world.hire("tao", Role.TRAINER)
    ada = await known(world, HERE, "ada")
    await world.served_by(lin, HERE)
    here = f"customers/{ada}/tags"
    assert problem_of(await chen.ask("POST", here, {"add": ["x"]}))[0] == 404
    other_way = f"conversations/{HERE}/tags"
    assert problem_of(await chen.ask("POST", other_way, {"add": ["x"]}))[0] == 404
    assert problem_of(await trainer.ask("POST", here, {"add": ["x"]}))[0] == 403
    assert (await lin.ask("POST", "customers/nobody/tags", {"add": ["x"]}))[0] == 404
    assert await tags_beside(lin) == []


async def test_a_machine_may_tag(world):
    lin = await world.hire("lin")
    ada = await known(world, HERE, "ada")
    headers = {"Authorization": "Bearer secret"}
    await lin.act("logout", status=204)
    status, shown = await lin.ask(
        "POST", f"customers/{ada}/tags", {"add": ["CRM"]}, headers=headers
    )
    assert (status, shown["tags"]) == (200, ["CRM"])


async def test_tags_in_use_are_suggested_with_how_many_have_them(world):
    lin = await world.hire("lin")
    ada, bob = await known(world, HERE, "ada"), await known(world, "web-b", "bob")
    await tag(lin, ada, add=["VIP", "杭州"])
    await tag(lin, bob, add=["vip"])
    assert (await lin.get("customer-tags"))["items"] == [
        {"tag": "VIP", "customers": 2}, {"tag": "杭州", "customers": 1},
    ]  # fmt: skip
    assert (await lin.get("customer-tags?q=%E5%B7%9E"))["items"] == [
        {"tag": "杭州", "customers": 1}
    ]
    assert len((await lin.get("customer-tags?limit=1"))["items"]) == 1


async def test_the_list_is_filtered_by_a_customers_tag(world):
    boss = await world.hire("boss", Role.SUPERVISOR)
    ada = await known(world, HERE, "ada")
    await known(world, "web-b", "bob")
    for name in (HERE, "web-b"):
        await world.hand_off(name)
    await tag(boss, ada, add=["VIP"])
    for query in (
        "view=all&tag=vip",
        "view=waiting&tag=%EF%BC%B6IP",
        "view=all&tag=VIP&sort=oldest",
    ):
        page = await boss.get(f"inbox?{query}")
        assert [row["conversation_id"] for row in page["items"]] == [HERE], query
    assert (await boss.get("inbox?view=all&tag=x"))["items"] == []


async def test_merged_customers_have_all_tags_and_their_own_when_parted(world):
    mei = await world.hire("mei", Role.SUPERVISOR)
    ada, bob = await known(world, HERE, "ada"), await known(world, "web-b", "bob")
    await tag(mei, ada, add=["甲"])
    await tag(mei, bob, add=["乙"])
    kept = await mei.act(f"customers/{ada}/merge", {"other_customer_id": bob})
    assert sorted(kept["tags"]) == ["乙", "甲"]
    await tag(mei, ({ada, bob} - {kept["customer_id"]}).pop(), add=["丙"])  # whoever it leads to
    (merge,) = (await mei.get(f"customers/{kept['customer_id']}/merges"))["merges"]
    parted = await mei.act(f"customers/{kept['customer_id']}/undo", {"merge_id": merge["merge_id"]})
    here, there = (parted[name]["tags"] for name in ("customer", "parted"))
    own = {ada: "甲", bob: "乙"}
    assert here == [own[parted["customer"]["customer_id"]], "丙"]
    assert there == [own[parted["parted"]["customer_id"]]]


async def test_deleting_what_is_known_of_a_customer_deletes_tags(world):
    mei = await world.hire("mei", Role.SUPERVISOR)
    ada = await known(world, HERE, "ada")
    await tag(mei, ada, add=["VIP"])
    body = {"fields": ["tags", "messages"]}
    shown = await mei.act(f"customers/{ada}/forget", body)
    assert shown["tags"] == []
    assert await steps_of(mei) == []
