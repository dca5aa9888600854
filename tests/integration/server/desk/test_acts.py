"""What agents do with conversations, over HTTP."""

import asyncio
from urllib.parse import quote

import pytest

from kefu.staff.permissions import Role

THIS = "conversations/web-a"
WORD = quote("发票")


def problem_of(answer):
    status, problem = answer
    return status, problem["type"].removeprefix("urn:kefu:problem:")


async def steps(browser, conversation="web-a"):
    page = await browser.get(f"conversations/{conversation}/thread?limit=200")
    return [item["step"] for item in page["items"] if item["kind"] == "step"]


async def test_a_conversation_from_claim_to_close(world):
    lin = await world.hire("lin")
    await world.hand_off("web-a")
    row = await lin.act(f"{THIS}/claim")
    assert (row["state"], row["agent"]["id"], row["agent"]["name"]) == ("assigned", lin.id, "Lin")
    seq = await lin.say("web-a", "您好，我是小林。", reply_to=1)
    page = await lin.get(f"{THIS}/thread")
    said = next(item for item in page["items"] if item["seq"] == seq)
    assert (said["kind"], said["agent"]["name"], said["reply_to"]) == ("agent", "Lin", 1)
    row = await lin.act(f"{THIS}/close", {"wrap_up": {"code": "done", "comment": "好"}})
    assert row["state"] == "bot"
    (session,) = (await lin.get(f"{THIS}/sessions"))["items"]
    assert session["closed_by"] == {"kind": "agent", "agent": row["agent"] or session["agent"]}
    assert session["wrap_up"] == {"code": "done", "comment": "好"}
    assert {"queued", "assigned", "closed"} <= set(await steps(lin))
    row = await lin.act(f"{THIS}/reopen")
    assert (row["state"], row["agent"]["id"]) == ("assigned", lin.id)


async def test_sending_again_says_it_once(world):
    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    body = {"message_id": "once", "text": "一次"}
    first = await lin.act(f"{THIS}/messages", body)
    assert await lin.act(f"{THIS}/messages", body) == first
    texts = [one.get("text") for one in (await lin.get(f"{THIS}/thread"))["items"]]
    assert texts.count("一次") == 1
    note = {"message_id": "n1", "text": "内部"}
    assert await lin.act(f"{THIS}/private", note) == await lin.act(f"{THIS}/private", note)


async def test_two_who_claim_at_the_same_instant(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.hand_off("web-a")
    answers = await asyncio.gather(
        lin.ask("POST", f"{THIS}/claim", {}), chen.ask("POST", f"{THIS}/claim", {})
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    winner, loser = (lin, chen) if answers[0][0] == 200 else (chen, lin)
    refused = next(problem for status, problem in answers if status == 409)
    assert refused["type"] == "urn:kefu:problem:not-yours"
    assert refused["details"]["owner"]["id"] == winner.id
    assert problem_of(
        await loser.ask("POST", f"{THIS}/messages", {"message_id": "x", "text": "y"})
    ) == (409, "not-yours")


async def test_two_who_close_and_transfer_at_the_same_instant(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, "web-a")
    answers = await asyncio.gather(
        lin.ask("POST", f"{THIS}/close", {}),
        lin.ask("POST", f"{THIS}/transfer", {"to": {"agent_id": chen.id}}),
    )
    assert sorted(status for status, _ in answers) in ([200, 200], [200, 409])
    sessions = await world.desk.store.sessions_of("web-a")
    assert len([one for one in sessions if one.is_open]) <= 1
    agents = {one.agent_id: one.open for one in await world.desk.store.agents()}
    served = [one.agent_id for one in sessions if one.state == "assigned"]
    assert agents == {name: served.count(name) for name in (lin.id, chen.id)}


async def test_a_transfer_goes_with_its_note_and_the_former_agent_can_speak_no_more(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, "web-a")
    row = await lin.act(f"{THIS}/transfer", {"to": {"agent_id": chen.id}, "note": "他懂发票"})
    assert row["agent"]["id"] == chen.id
    answer = await lin.ask("POST", f"{THIS}/messages", {"message_id": "x", "text": "y"})
    assert problem_of(answer) == (409, "not-yours")
    items = (await chen.get(f"{THIS}/thread"))["items"]
    told = next(item for item in items if item.get("step") == "transferred")
    assert told["data"]["text"] == "他懂发票"
    row = await chen.act(f"{THIS}/transfer", {"to": {"bot": True}})
    assert row["state"] == "bot"
    assert "given_back" in await steps(chen)


async def test_a_group_s_line_is_for_the_group(world):
    lin = await world.hire("lin")
    admin = await world.hire("root", Role.ADMIN, is_there=False)
    _, group = await admin.ask("POST", "groups", {"name": "售后"})
    await world.served_by(lin, "web-a")
    row = await lin.act(f"{THIS}/transfer", {"to": {"group_id": group["id"]}})
    assert (row["state"], row["group_id"], row["mark"]) == ("waiting", group["id"], "transferred")
    assert problem_of(await lin.ask("POST", f"{THIS}/claim", {})) == (404, "gone")
    wei = await world.hire("wei", groups=(group["id"],))
    assert (await wei.act(f"{THIS}/claim"))["agent"]["id"] == wei.id
    answer = await wei.ask("POST", f"{THIS}/transfer", {"to": {"group_id": "g_none"}})
    assert answer[0] == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages", {"text": "x"}),
        ("messages", {"message_id": "a b", "text": "x"}),
        ("messages", {"message_id": "x", "text": "y" * 10_001}),
        ("messages", {"message_id": "x", "text": ""}),
        ("messages", {"message_id": "x", "text": "y", "more": 1}),
        ("messages", {"message_id": "x", "content": {"type": "nothing"}}),
        ("messages", {"message_id": "x", "content": {"type": "rating", "score": 5}}),
        ("messages", {"message_id": "x", "content": {"type": "link", "url": "javascript:1"}}),
        ("messages", {"message_id": "x", "content": {"type": "image", "attachment": "no"}}),
        ("messages", {"message_id": "x", "text": "y", "reply_to": 0}),
        ("private", {"message_id": "x", "text": ""}),
        ("private", {"message_id": "x", "text": "y", "mentions": ["a_nobody"]}),
        ("private", {"message_id": "x", "text": "y", "mentions": ["a"] * 21}),
        ("transfer", {"to": {}}),
        ("transfer", {"to": {"bot": True, "agent_id": "a_x"}}),
        ("transfer", {"to": {"bot": True}, "note": "n" * 2_001}),
        ("close", {"wrap_up": {"code": ""}}),
        ("snooze", {}),
        ("snooze", {"until": "2001-01-01T00:00:00Z"}),
        ("snooze", {"until": "2031-01-01T00:00:00"}),
        ("labels", {"add": ["no-such-label"]}),
        ("labels", {"add": ["x"] * 21}),
        ("priority", {"priority": 3}),
        ("priority", {"priority": "high"}),
        ("read", {"seq": -1}),
        ("recall", {"seq": 0}),
        ("claim", {"x": 1}),
        ("invite", {}),
    ],
)
async def test_bad_input_is_refused_with_a_reason(world, path, body):
    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    before = await lin.get(f"{THIS}/row")
    status, problem = await lin.ask("POST", f"{THIS}/{path}", body)
    assert status == 400, problem
    assert problem["detail"]
    assert problem["type"].startswith("urn:kefu:problem:")
    assert await lin.get(f"{THIS}/row") == before


@pytest.mark.parametrize(
    "query",
    [
        "inbox?view=everything",
        "inbox?sort=random",
        "inbox?tier=high",
        "inbox?state=open",
        "inbox?limit=0",
        "inbox?cursor=%%%",
        "inbox?cursor=bm90IGEgY3Vyc29y",
        f"inbox?label={'x' * 65}",
        "inbox?channel=a%00b",
        f"{THIS}/thread?before=1&after=2",
        f"{THIS}/thread?before=x",
        f"{THIS}/thread/search",
        f"{THIS}/sessions?cursor=bm90IGEgY3Vyc29y",
        "reviews?state=all",
        "reviews/export?format=csv",
        "live/poll?open=web-a",
        "live/poll?cursor=-1",
    ],
)
async def test_bad_queries_are_refused_with_a_reason(world, query):
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.served_by(boss, "web-a")
    status, problem = await boss.ask("GET", query)
    assert status == 400, problem
    assert problem["detail"]


@pytest.mark.parametrize("name", ["nobody", "x" * 300, "%00", "a%2Fb%2F..", "%F0%9F%98%80"])
async def test_conversations_that_are_not_there(world, name):
    boss = await world.hire("boss", Role.SUPERVISOR)
    for path in ("row", "thread", "context", "sessions", "orders", "suggestions"):
        status, _ = await boss.ask("GET", f"conversations/{name}/{path}")
        assert status in (400, 404), path


async def test_marks_change_the_row_alone(world):
    lin = await world.hire("lin")
    admin = await world.hire("root", Role.ADMIN, is_there=False)
    await world.served_by(lin, "web-a")
    label = (await admin.ask("POST", "labels", {"name": "急"}))[1]["id"]
    row = await lin.act(f"{THIS}/labels", {"add": [label]})
    assert row["labels"] == [label]
    row = await lin.act(f"{THIS}/priority", {"priority": 2})
    assert row["priority"] == 2
    row = await lin.act(f"{THIS}/snooze", {"until": "2099-01-01T00:00:00Z"})
    assert row["snoozed_until"] == "2099-01-01T00:00:00Z"
    assert (await lin.get("inbox/counts"))["snoozed"] == 1
    row = await lin.act(f"{THIS}/snooze", {"until": None})
    assert row["snoozed_until"] is None
    await world.hear("web-a", "还在吗")
    assert (await lin.get(f"{THIS}/row"))["unread"] > 0
    last = (await lin.get(f"{THIS}/row"))["last_seq"]
    await lin.act(f"{THIS}/read", {"seq": last + 99}, status=204)
    assert (await lin.get(f"{THIS}/row"))["unread"] == 0
    assert (await lin.act(f"{THIS}/unread", {"seq": 0}))["unread"] > 0


async def test_what_was_said_is_taken_back_by_who_said_it(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, "web-a")
    seq = await lin.say("web-a", "说错了")
    await lin.act(f"{THIS}/invite", {"agent_id": chen.id})
    answer = await chen.ask("POST", f"{THIS}/recall", {"seq": seq})
    assert problem_of(answer) == (409, "not-yours")
    await lin.act(f"{THIS}/recall", {"seq": seq})
    items = (await lin.get(f"{THIS}/thread"))["items"]
    (item,) = [one for one in items if one["seq"] == seq]
    assert item["is_recalled"]
    assert "text" not in item


async def test_who_is_invited_may_answer_and_leave(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, "web-a")
    row = await lin.act(f"{THIS}/invite", {"agent_id": chen.id, "note": "帮忙看看"})
    assert [one["id"] for one in row["invited"]] == [chen.id]
    assert await chen.say("web-a", "我也在。")
    row = (await chen.ask("POST", f"{THIS}/leave", {}))[1]
    answer = await chen.ask("POST", f"{THIS}/messages", {"message_id": "x", "text": "y"})
    assert problem_of(answer) == (409, "not-yours")


async def test_whispers_are_supervisors_and_listening_is_written_down(world):
    lin = await world.hire("lin")
    boss = await world.hire("boss", Role.SUPERVISOR)
    admin = await world.hire("root", Role.ADMIN, is_there=False)
    await world.served_by(lin, "web-a")
    whisper = {"message_id": "w", "text": "先道歉", "is_whisper": True}
    assert problem_of(await lin.ask("POST", f"{THIS}/private", whisper)) == (403, "not-allowed")
    await boss.act(f"{THIS}/private", whisper)
    await boss.act(f"{THIS}/listen", {"on": True})
    row = await boss.act(f"{THIS}/take_over", {"note": "我来"})
    assert row["agent"]["id"] == boss.id
    acts = [entry["act"] for entry in (await admin.get("audit?act=session."))["items"]]
    assert acts == ["session.taken_over", "session.listened"]


async def test_many_at_once_each_by_itself(world):
    lin = await world.hire("lin")
    boss = await world.hire("boss", Role.SUPERVISOR)
    for name in ("web-a", "web-b"):
        await world.served_by(lin, name)
    await world.hear("web-c", "你好")
    ids = ["web-a", "web-b", "web-c", "web-nobody"]
    answer = await boss.act("inbox/bulk", {"conversation_ids": ids, "act": "close"})
    assert answer["done"] == ["web-a", "web-b"]
    assert [one["conversation_id"] for one in answer["failed"]] == ["web-c", "web-nobody"]
    assert {one["problem"]["status"] for one in answer["failed"]} <= {404, 409}
    assert (await lin.ask("POST", "inbox/bulk", {"conversation_ids": [], "act": "read"}))[0] == 400
    body = {"conversation_ids": ["web-a"], "act": "assign"}
    assert (await boss.ask("POST", "inbox/bulk", body))[0] == 400
    assert (await lin.ask("POST", "inbox/bulk", {**body, "agent_id": lin.id}))[0] == 403


async def test_a_customer_is_blocked_and_let_in_again(world):
    senior = await world.hire("mei", Role.SENIOR)
    await world.served_by(senior, "web-a")
    await senior.act(f"{THIS}/block", {"reason": "骂人"})
    assert (await senior.get(f"{THIS}/context"))["customer"]["is_blocked"]
    await senior.act(f"{THIS}/block", {"on": False})
    assert not (await senior.get(f"{THIS}/context"))["customer"]["is_blocked"]
    assert (await steps(senior)).count("blocked") == 2


async def test_a_rating_is_asked_for_when_it_is_closed(world):
    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    await lin.act(f"{THIS}/close", {"invite_rating": True})
    items = (await lin.get(f"{THIS}/thread"))["items"]
    contents = [item["content"] for item in items if "content" in item]
    assert contents[-1]["type"] == "rating_request"
    assert contents[-1]["rating_id"]


async def test_ratings_are_asked_for_when_many_are_closed(world):
    lin = await world.hire("lin")
    for name in ("web-a", "web-b"):
        await world.served_by(lin, name)
    body = {"conversation_ids": ["web-a", "web-b"], "act": "close", "invite_rating": True}
    assert (await lin.act("inbox/bulk", body))["done"] == ["web-a", "web-b"]
    for name in ("web-a", "web-b"):
        items = (await lin.get(f"conversations/{name}/thread"))["items"]
        contents = [item["content"] for item in items if "content" in item]
        assert contents[-1]["type"] == "rating_request"
        assert contents[-1]["rating_id"]


async def test_what_needs_a_wrap_up_is_not_closed_without_and_nobody_is_asked(world):
    lin = await world.hire("lin")
    world.desk.serving.needs_wrap_up = True
    await world.served_by(lin, "web-a")
    refused = await lin.ask("POST", f"{THIS}/close", {"invite_rating": True})
    assert problem_of(refused) == (422, "wrap-up-needed")
    body = {"conversation_ids": ["web-a"], "act": "close", "invite_rating": True}
    (failed,) = (await lin.act("inbox/bulk", body))["failed"]
    assert failed["problem"]["type"] == "urn:kefu:problem:wrap-up-needed"
    items = (await lin.get(f"{THIS}/thread"))["items"]
    assert "rating_request" not in [item["content"]["type"] for item in items if "content" in item]
    assert (await world.desk.store.open_session("web-a")).agent_id == lin.id
    assert (await lin.act(f"{THIS}/close", {"wrap_up": {"code": "done"}}))["state"] == "bot"
    await world.hand_off("web-b")  # nobody had it: there is nothing to say about it
    senior = await world.hire("mei", Role.SUPERVISOR)
    assert (await senior.act("conversations/web-b/close"))["state"] == "bot"


async def test_words_of_a_thread_are_found(world):
    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    for number in range(5):
        await world.hear("web-a", f"我的发票 {number} 呢")
    page = await lin.get(f"{THIS}/thread/search?q={WORD}&limit=3")
    assert len(page["items"]) == 3
    first = page["items"][0]
    (begin, end), text = first["ranges"][0], first["snippet"]
    assert text[begin:end] == "发票"
    rest = await lin.get(f"{THIS}/thread/search?q={WORD}&limit=3&cursor={page['next']}")
    assert len(rest["items"]) == 2
    assert (await lin.get(f"{THIS}/thread/search?q=.*"))["items"] == []


async def test_what_colleagues_answered_is_suggested_and_use_is_kept(world):
    lin = await world.hire("lin")
    await world.served_by(lin, "web-a")
    await world.hear("web-a", "发票怎么开？")
    await lin.say("web-a", "在订单页点开发票。")
    await world.served_by(lin, "web-b")
    await world.hear("web-b", "请问怎么开发票")
    (found,) = (await lin.get("conversations/web-b/suggestions"))["items"]
    assert (found["kind"], found["text"], found["source"]) == ("past", "在订单页点开发票。", "Lin")
    path = f"conversations/web-b/suggestions/{found['suggestion_id']}/used"
    await lin.act(path, {"text": "在订单页。"}, status=204)
    passage = await world.gateway.passage("web-b")
    (kept,) = [e.note for e in passage.entries if e.note and e.note["note"] == "suggestion_used"]
    assert (kept["kind"], kept["text"], kept["agent"]["id"]) == ("past", "在订单页。", lin.id)
    assert (await lin.ask("POST", "conversations/web-b/suggestions/x/used", {}))[0] == 404


async def test_presence_is_declared_and_the_board_counts(world):
    lin = await world.hire("lin")
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.served_by(lin, "web-a")
    await world.hand_off("web-b")
    status, shown = await lin.ask("PUT", "me/presence", {"status": "busy", "reason": "开会"})
    assert (status, shown["status"], shown["is_accepting"]) == (200, "busy", False)
    assert (await lin.ask("PUT", "me/presence", {"status": "asleep"}))[0] == 400
    board = await boss.get("board")
    assert [row["conversation_id"] for row in board["waiting"]] == ["web-b"]
    assert (board["waiting_count"], board["today"]["requested"]) == (1, 2)
    busy = next(one for one in board["agents"] if one["agent"]["id"] == lin.id)
    assert (busy["open"], busy["reason"]) == (1, "开会")
    assert (await lin.ask("GET", "board"))[0] == 403
