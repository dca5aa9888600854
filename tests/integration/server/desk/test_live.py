"""The live line over real sockets and polls."""

import asyncio
import json

import pytest

from kefu.clock import ManualClock
from kefu.core.signals import Signal
from kefu.staff.directory import Acting
from kefu.staff.permissions import ROLES, Actor, Role

HERE = "web-a"


def texts(frame):
    return [item.get("text") for item in frame["items"]]


async def test_a_line_is_welcomed_and_told_who_waits(world):
    lin = await world.hire("lin")
    async with lin.line() as line:
        welcome = await line.of("welcome")
        assert welcome["is_gapless"]
        assert welcome["presence"]["agent"]["id"] == lin.id
        assert welcome["counts"]["waiting"] == 0
        await world.hand_off(HERE)
        row = await line.row(lambda one: one["state"] == "waiting")
        assert row["conversation_id"] == HERE
        listed = await lin.get(f"conversations/{HERE}/row")
        assert listed == {**row, "has_draft": False}
        positions = [one["position"] for one in line.frames if one["type"] == "event"]
        assert positions == sorted(positions)
        await line.send(type="ping")
        await line.of("pong")


async def test_ones_own_conversations_are_told_with_their_row(world):
    lin = await world.hire("lin")
    async with lin.line() as line:
        await line.of("welcome")
        await world.served_by(lin, HERE)
        await line.row(lambda one: one["state"] == "assigned")
        await world.hear(HERE, "在吗")
        frame = await line.until(lambda one: one["type"] == "items" and "在吗" in texts(one))
        assert frame["row"]["unread"] > 0
        assert frame["last_seq"] == await world.gateway.last_seq(HERE)


async def test_an_open_thread_is_told_from_where_it_is_known(world):
    lin = await world.hire("lin")
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.served_by(lin, HERE)
    await world.hear(HERE, "以前")
    known = await world.gateway.last_seq(HERE)
    await world.hear(HERE, "错过")
    async with boss.line() as line:
        await line.of("welcome")
        await line.send(type="open", conversation_id=HERE, after=known)
        first = await line.until(lambda one: one["type"] == "items" and one["items"])
        assert texts(first) == ["错过"]
        assert first["row"] is None
        note = {"message_id": "n", "text": "内部"}
        await lin.act(f"conversations/{HERE}/private", note)
        frame = await line.until(lambda one: one["type"] == "items" and "内部" in texts(one))
        assert frame["items"][0]["kind"] == "private"
        await line.send(type="shut", conversation_id=HERE)
        await line.send(type="ping")
        await line.of("pong")
        await world.hear(HERE, "之后")
        await line.send(type="ping")
        await line.until(lambda one: one is line.frames[-1] and one["type"] == "pong")
        assert not any("之后" in texts(one) for one in line.frames if one["type"] == "items")


async def test_what_others_have_is_not_told_and_what_they_take_is_taken_away(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    async with chen.line() as line:
        await line.of("welcome")
        await world.hand_off(HERE)
        await line.row(lambda one: one["state"] == "waiting")
        await lin.act(f"conversations/{HERE}/claim")
        gone = await line.until(lambda one: one.get("kind") == "row" and one["row"] is None)
        assert gone["conversation_id"] == HERE
        before = len(line.frames)
        await line.send(type="open", conversation_id=HERE, after=0)
        await lin.say(HERE, "机密")
        await lin.act(f"conversations/{HERE}/priority", {"priority": 1})
        await world.hand_off("web-b")
        await line.row(lambda one: one["conversation_id"] == "web-b")
        told = json.dumps(line.frames[before:], ensure_ascii=False)
        assert "机密" not in told
        assert HERE not in told


async def test_notices_are_for_one_agent(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, HERE)
    async with lin.line() as lins, chen.line() as chens:
        await lins.of("welcome")
        await chens.of("welcome")
        transfer = {"to": {"agent_id": chen.id}, "note": "请接"}
        await lin.act(f"conversations/{HERE}/transfer", transfer)
        notice = await chens.of("notice")
        assert (notice["what"], notice["text"]) == ("transferred", "请接")
        assert notice["by"]["id"] == lin.id
        await lins.until(lambda one: one.get("kind") == "row" and one["row"] is None)
        assert not any(one.get("kind") == "notice" for one in lins.frames)


async def test_what_agents_take_and_give_is_counted_at_once(world):
    lin = await world.hire("lin")
    await world.hand_off(HERE)
    async with lin.line() as line:
        welcome = await line.of("welcome")
        assert (welcome["counts"]["mine"], welcome["counts"]["waiting"]) == (0, 1)
        world.served.live.clock = ManualClock()  # no number is due by time
        await lin.act(f"conversations/{HERE}/claim")
        told = await line.of("counts")
        assert (told["counts"]["mine"], told["counts"]["waiting"]) == (1, 0)
        await lin.act(f"conversations/{HERE}/close")
        await line.until(lambda one: one["type"] == "counts" and one["counts"]["mine"] == 0)


async def test_who_types_and_who_looks(world):
    lin = await world.hire("lin")
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.served_by(lin, HERE)
    async with lin.line(threads={HERE: 0}) as lins, boss.line(threads={HERE: 0}) as bosses:
        both = {lin.id, boss.id}

        def are_both(frame):
            return frame["type"] == "viewers" and {one["id"] for one in frame["agents"]} == both

        await lins.until(are_both)
        await bosses.until(are_both)
        world.gateway.signal(
            HERE, Signal(kind="typing", by="customer", data={"on": True, "text": "我想"})
        )
        frame = await lins.of("typing", by="customer")
        assert (frame["on"], frame["text"]) == (True, "我想")
        world.desk.shows_typing = False
        world.gateway.signal(
            HERE, Signal(kind="typing", by="customer", data={"on": True, "text": "我想问"})
        )
        await lins.until(lambda one: one["type"] == "typing" and "text" not in one)
        await lins.send(type="typing", conversation_id=HERE, on=True)
        frame = await bosses.of("typing", by="agent")
        assert frame["agent"]["id"] == lin.id
        await bosses.until(
            lambda one: (
                one["type"] == "viewers"
                and any(who["id"] == lin.id and who["is_typing"] for who in one["agents"])
            )
        )
        await boss.act(f"conversations/{HERE}/listen", {"on": True})
        await lins.until(
            lambda one: (
                one["type"] == "viewers" and [who["id"] for who in one["agents"]] == [lin.id]
            )
        )
        assert not any(one["type"] == "typing" and one["by"] == "agent" for one in lins.frames)


async def test_how_far_it_got_is_told(world):
    lin = await world.hire("lin")
    await world.served_by(lin, HERE)
    async with lin.line(threads={HERE: 0}) as line:
        seq = await lin.say(HERE, "请看")
        await line.until(lambda one: one["type"] == "items" and "请看" in texts(one))
        await world.gateway.seen(HERE, up_to=seq, state="read", channel="web")
        frame = await line.of("changed_items")
        assert {"seq": seq, "state": "read"} in frame["items"]
        await lin.act(f"conversations/{HERE}/recall", {"seq": seq})
        await line.until(
            lambda one: (
                one["type"] == "changed_items" and {"seq": seq, "is_recalled": True} in one["items"]
            )
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.127.0.0.1"},
    ],
)
async def test_pages_of_other_sites_get_nothing(world, headers):
    lin = await world.hire("lin")
    async with lin.raw_line(headers=headers) as socket:
        message = await socket.receive()
        assert message.data == 1008
        assert message.extra == "foreign-site"


async def test_a_page_of_this_site_gets_a_line(world):
    lin = await world.hire("lin")
    async with lin.raw_line(headers={"Origin": world.url}) as socket:
        await socket.send_json({"type": "hello"})
        assert (await socket.receive_json())["type"] == "welcome"


async def test_without_a_login_there_is_no_line(world):
    lin = await world.hire("lin")
    await lin.act("logout", status=204)
    async with lin.raw_line() as socket:
        assert await socket.receive_json() == {"type": "bye", "reason": "signed_out"}
        assert (await socket.receive()).data == 1008
    assert (await lin.ask("GET", "live/poll"))[0] == 401


async def test_a_login_that_ends_cuts_its_line(world):
    lin = await world.hire("lin")
    async with lin.line() as line:
        await line.of("welcome")
        await lin.act("logout", status=204)
        frames = await line.ended()
        assert frames[-1] == {"type": "bye", "reason": "signed_out"}
    assert world.served.live.count == 0


async def test_a_browser_that_leaves_leaves_no_task_behind(world):
    lin = await world.hire("lin")
    before = waiting_for_events()
    async with lin.line() as line:
        await line.of("welcome")
    while world.served.live.count:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)
    assert waiting_for_events() == before


def waiting_for_events():
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return names.count("Event.wait")


async def test_an_account_that_changes_is_seen_with_other_eyes(world):
    lin, chen = await world.hire("lin"), await world.hire("chen")
    await world.served_by(lin, HERE)
    async with chen.line() as line:
        await line.of("welcome")
        boss = Acting(Actor(account_id="", name="x", permissions=ROLES[Role.ADMIN]))
        await world.staff.directory.change(boss, chen.id, {"role": Role.SUPERVISOR})
        await line.until(lambda one: one["type"] == "welcome" and not one["is_gapless"])
        await lin.act(f"conversations/{HERE}/priority", {"priority": 2})
        await line.row(lambda one: one["conversation_id"] == HERE and one["priority"] == 2)
        await world.staff.directory.change(boss, chen.id, {"is_active": False})
        assert (await line.ended())[-1] == {"type": "bye", "reason": "signed_out"}


async def test_a_flood_of_frames_ends_the_line(world):
    lin = await world.hire("lin")
    async with lin.line() as line:
        await line.of("welcome")
        for _ in range(200):
            await line.send(type="ping")
        await line.ended()
        assert line.socket.close_code == 1008


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "[]",
        '{"type":"nothing"}',
        '{"type":"open"}',
        '{"type":"hello","cursor":-1}',
        '{"type":"hello","open":{"a":"b"}}',
        '{"type":"open","conversation_id":1}',
    ],
)
async def test_bad_frames_are_forgiven_a_few_times(world, data):
    lin = await world.hire("lin")
    async with lin.line() as line:
        await line.of("welcome")
        for _ in range(9):
            await line.socket.send_str(data)
        await line.send(type="ping")
        await line.of("pong")
        await line.socket.send_str(data)
        await line.ended()
        assert line.socket.close_code == 1008


async def test_many_tabs_are_one_agent_who_leaves_with_the_last(world):
    lin = await world.hire("lin", is_there=False)

    async def is_connected():
        return (await world.desk.store.agent(lin.id)).is_connected

    assert not await is_connected()
    async with lin.line() as first:
        await first.of("welcome")
        assert await is_connected()
        async with lin.line() as second:
            await second.of("welcome")
        assert (
            await world.desk.store.agent(lin.id)
        ).connected_until > world.served.clock.now() + 30
    agent = await world.desk.store.agent(lin.id)
    while agent.connected_until > world.served.clock.now() + 30:
        await lin.get("presence")
        agent = await world.desk.store.agent(lin.id)
    assert agent.is_connected


async def test_exactly_what_was_missed_comes_after_a_cut(world):
    lin = await world.hire("lin")
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.served_by(lin, HERE)
    async with boss.line(threads={HERE: 0}) as line:
        welcome = await line.of("welcome")
        await line.until(lambda one: one["type"] == "items")
        known = max(one["last_seq"] for one in line.frames if one["type"] == "items")
        cursor = max([welcome["cursor"], *(one.get("position", 0) for one in line.frames)])
    await world.hear(HERE, "断线时")
    await world.hand_off("web-b")
    async with boss.line(cursor=cursor, threads={HERE: known}) as line:
        assert (await line.of("welcome"))["is_gapless"]
        await line.row(lambda one: one["conversation_id"] == "web-b")
        frame = await line.until(lambda one: one["type"] == "items" and one["items"])
        assert texts(frame) == ["断线时"]
    async with boss.line(cursor=10**9) as line:
        assert not (await line.of("welcome"))["is_gapless"]


async def test_polls_bring_the_frames_of_the_socket(world):
    lin = await world.hire("lin")
    await world.served_by(lin, HERE)
    polled, cursor = [], None

    async def poll(wait=0):
        nonlocal cursor
        seq = max([0, *(one["last_seq"] for one in polled if one["type"] == "items")])
        path = f"live/poll?wait={wait}&open={HERE}:{seq}"
        answer = await lin.get(path if cursor is None else f"{path}&cursor={cursor}")
        polled.extend(answer["frames"])
        cursor = answer["cursor"]

    await poll()
    async with lin.line(threads={HERE: 0}) as line:
        await line.of("welcome")
        await lin.say(HERE, "一")
        await world.hear(HERE, "二")
        await world.hand_off("web-b")
        await line.row(lambda one: one["conversation_id"] == "web-b")
        await line.until(lambda one: one["type"] == "items" and "二" in texts(one))
        waiting = asyncio.create_task(poll(20))
        while not any(one.get("conversation_id") == "web-b" for one in polled):
            await waiting
            waiting = asyncio.create_task(poll(20))
        waiting.cancel()

        def things(frames):
            items = [item for one in frames if one["type"] == "items" for item in one["items"]]
            rows = {
                one["conversation_id"]: one["row"] for one in frames if one.get("kind") == "row"
            }
            return [item["seq"] for item in items], rows["web-b"]

        assert things(polled) == things(line.frames)
        assert polled[0]["type"] == "welcome"


async def test_a_poll_whose_answer_was_lost_is_asked_again(world):
    lin = await world.hire("lin")
    first = await lin.get("live/poll?wait=0")
    await world.hand_off(HERE)
    path = f"live/poll?wait=20&cursor={first['cursor']}"

    async def rows():
        found = []
        while not found:
            answer = await lin.get(path)
            found = [one["row"] for one in answer["frames"] if one.get("kind") == "row"]
        return found

    lost = await rows()
    assert await rows() == lost


async def test_too_many_polls_are_refused(world):
    lin = await world.hire("lin")
    answers = [await lin.ask("GET", "live/poll?wait=0") for _ in range(30)]
    assert {status for status, _ in answers} == {200, 429}
