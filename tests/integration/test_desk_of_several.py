"""Agents at different processes of one desk: they see each other, and get in nobody's way."""

import asyncio
import json
import secrets
from contextlib import asynccontextmanager
from functools import partial

import pytest

from kefu.clock import SystemClock
from kefu.server.desk.live.viewers import VIEWING_SECONDS
from kefu.staff.permissions import Role
from kefu.staff.staff import Staff
from kefu.storage.sql import open_sql
from tests.desk_serving import Browser
from tests.integration.command import Server
from tests.staffing import hired

ROUNDS = 12
QUEUE = "human_queue:\n  name: connectors.human_queue.HumanQueue\n"
PAUSE = {"event": "pause"}


SAID_AGAIN = VIEWING_SECONDS / 3 + 5
"""What the bus loses, as while Redis is late to answer, is said again within these seconds."""


@pytest.fixture
def shared_project(project, postgres, redis_url):
    project.joinpath("endpoints.yml").write_text(
        f"{QUEUE}tracker_store:\n  type: SQL\n  url: {postgres}\n"
        f"coordination:\n  type: redis\n  url: {redis_url}\n"
        f"  key_prefix: 'kefu-test-{secrets.token_hex(4)}:'\n"
    )
    return project


@pytest.fixture
def servers(shared_project):
    with (
        Server("--enable-api", cwd=shared_project) as one,
        Server("--enable-api", cwd=shared_project) as other,
    ):
        yield one, other


@pytest.fixture
async def accounts(postgres, servers):
    """Two who may take over, and whom the desk knows."""
    storage = await open_sql(postgres)
    staff = Staff(storage.staff, SystemClock())
    made = [await hired(staff, name, Role.SUPERVISOR, max_sessions=50) for name in ("lin", "chen")]
    async with asyncio.timeout(20):  # desks look at the accounts every five seconds
        while len(await storage.desk.agents()) < len(made):  # noqa: ASYNC110 - theirs to do
            await asyncio.sleep(0.05)
    await storage.close()
    return made


@asynccontextmanager
async def at_work(server, account):
    """Give the browser of an agent to whom nothing is assigned, and their live line."""
    browser = Browser(server.url, account)
    try:
        await browser.sign_in()
        async with browser.line() as line:
            await line.of("welcome")
            status, _ = await browser.ask("PUT", "me/presence", {"status": "busy"})
            assert status == 200
            yield browser, line
    finally:
        await browser.close()


async def called(server, path, body):
    status, answer = await asyncio.to_thread(server.call, path, json.dumps(body))
    assert status == 200, answer


async def wants_human(server, conversation):
    await called(server, "/webhooks/rest/webhook", {"sender": conversation, "message": "hello"})
    await called(server, f"/conversations/{conversation}/tracker/events", PAUSE)


def refusal(answer):
    status, problem = answer
    return status if status == 200 else (status, problem["type"].rpartition(":")[2])


async def test_of_two_who_act_at_the_same_instant_at_different_processes_one_does(
    servers, accounts
):
    async with (
        at_work(servers[0], accounts[0]) as (lin, lins),
        at_work(servers[1], accounts[1]) as (chen, chens),
    ):
        for number in range(ROUNDS):
            name = f"c{number}"
            await wants_human(servers[number % 2], name)
            is_its = partial(lambda name, row: row["conversation_id"] == name, name)
            await asyncio.gather(lins.row(is_its), chens.row(is_its))
            path = f"conversations/{name}"
            claims = await asyncio.gather(
                lin.ask("POST", f"{path}/claim", {}), chen.ask("POST", f"{path}/claim", {})
            )
            assert sorted(map(str, map(refusal, claims))) == ["(409, 'not-yours')", "200"]
            winner, loser = (lin, chen) if claims[0][0] == 200 else (chen, lin)
            refused = next(problem for status, problem in claims if status == 409)
            assert refused["details"]["owner"]["id"] == winner.id
            ends = await asyncio.gather(
                winner.ask("POST", f"{path}/transfer", {"to": {"bot": True}}),
                loser.ask("POST", f"{path}/close", {}),
            )
            assert 200 in map(refusal, ends)
            assert {refusal(end) for end in ends} <= {200, (409, "no-session")}
            page = await lin.get(f"{path}/thread?limit=200")
            steps = [item["step"] for item in page["items"] if item["kind"] == "step"]
            assert steps.count("assigned") == 1
            assert steps.count("closed") + steps.count("given_back") == 1


async def test_what_is_said_who_looks_and_who_types_is_seen_at_the_other_process(servers, accounts):
    async with (
        at_work(servers[0], accounts[0]) as (lin, lins),
        at_work(servers[1], accounts[1]) as (chen, chens),
    ):
        await wants_human(servers[1], "c1")
        await lins.row(lambda row: row["conversation_id"] == "c1")
        await lin.act("conversations/c1/claim")
        row = await chens.row(lambda row: row["state"] == "assigned")
        assert row["agent"]["id"] == lin.id
        for line in (lins, chens):
            await line.send(type="open", conversation_id="c1", after=0)
        both = {lin.id, chen.id}
        for line in (lins, chens):
            await line.until(
                lambda one: (
                    one["type"] == "viewers" and {who["id"] for who in one["agents"]} == both
                ),
                seconds=SAID_AGAIN,
            )
        await lins.send(type="typing", conversation_id="c1", on=True)
        typing = await chens.of("typing", by="agent")
        assert typing["agent"]["id"] == lin.id
        await lin.say("c1", "I am here")
        said = await chens.until(
            lambda one: (
                one["type"] == "items"
                and any(item.get("text") == "I am here" for item in one["items"])
            )
        )
        assert said["conversation_id"] == "c1"
        assert refusal(
            await chen.ask(
                "POST", "conversations/c1/messages", {"message_id": "x", "text": "me, too"}
            )
        ) == (409, "not-yours")
