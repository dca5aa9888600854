"""Lists and threads over HTTP."""

from kefu.staff.permissions import Role


async def test_a_customer_who_wants_a_human_is_in_the_list(world):
    lin = await world.hire("lin")
    await world.hand_off("web-a")
    page = await lin.get("inbox?view=waiting")
    (row,) = page["items"]
    assert (row["conversation_id"], row["state"], row["channel"]) == ("web-a", "waiting", "web")
    assert row["reason"] == {"code": "asked", "detail": "转人工"}
    assert row["last"]["text"] == "转人工"
    assert (await lin.get("inbox/counts"))["waiting"] == 1
    assert (await lin.get("inbox"))["items"] == []
    assert await lin.get("conversations/web-a/row") == row


async def test_a_thread_opens_at_its_end_and_is_read_backwards(world):
    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    for number in range(30):
        await world.hear("web-a", f"问 {number}")
        await lin.say("web-a", f"答 {number}")
    seen, page = [], await lin.get("conversations/web-a/thread?limit=7")
    assert not page["has_after"]
    while True:
        seen = page["items"] + seen
        if not page["has_before"]:
            break
        page = await lin.get(f"conversations/web-a/thread?limit=7&before={page['first_seq']}")
    texts = [item["text"] for item in seen if item["kind"] in ("customer", "agent")]
    assert texts == ["转人工", *(f"{one} {n}" for n in range(30) for one in ("问", "答"))]
    assert [item["seq"] for item in seen] == sorted({item["seq"] for item in seen})
    assert seen[0]["kind"] == "customer"


async def test_a_supervisor_sees_all_and_a_colleague_not_what_is_anothers(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.served_by(lin, "web-a")
    status, problem = await chen.ask("GET", "conversations/web-a/thread")
    assert (status, problem["type"]) == (404, "urn:kefu:problem:gone")
    assert [item["kind"] for item in (await boss.get("conversations/web-a/thread"))["items"]]
    context = await lin.get("conversations/web-a/context")
    assert context["can"]["answer"]
    assert not context["can"]["take_over"]
    assert (await boss.get("conversations/web-a/context"))["can"]["take_over"]
