"""The trainer's inbox over HTTP: who may, what is written, two trainers at once."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from kefu.clock import SystemClock
from kefu.desk.library.records import By
from kefu.errors import DeskError
from kefu.evaluation.inbox.decisions import Decisions
from kefu.evaluation.inbox.inbox import InboxOrder, TrainingInbox
from kefu.staff.permissions import Role
from kefu.storage.memory import open_memory
from tests.integration.server.test_staff import Desk
from tests.serving import running_server
from tests.staffing import a_staff, hired
from tests.unit.evaluation.replay.logs import SESSION, does, entries, says

NLU = """nlu:
- intent: greet   # first of all
  examples: |
    - 你好
"""
BASE = "training/inbox"
REPHRASE = does("utter_rephrase")


class Understanding:
    """Takes everything for a greeting, and is not sure."""

    async def parse(self, text):
        intent = {"name": "greet", "confidence": 0.4}
        return {"text": text, "intent": intent, "intent_ranking": [intent], "entities": []}


class Log:
    """A log of two customers."""

    def __init__(self):
        one = [*SESSION, says("你们招人吗", "nlu_fallback", 0.3), *REPHRASE]
        two = [*SESSION, says("你们还招人吗，回13812345678", "nlu_fallback", 0.3), *REPHRASE]
        three = [*SESSION, says("可以开发票吗", "nlu_fallback", 0.3), *REPHRASE]
        self.kept = {"a": entries(one), "b": entries(two), "c": entries(three)}

    async def listed(self, *, after, since, limit):
        return [name for name in self.kept if name > after]

    async def entries(self, conversation_id, *, after, limit):
        return [one for one in self.kept[conversation_id] if one.seq > after]

    async def end(self):
        return 0

    async def tail(self, *, after, limit):
        return []


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "nlu.yml").write_text(NLU, "utf-8")
    (folder / "domain.yml").write_text("intents: [greet]\nentities: [phone]\n", "utf-8")
    return folder


@asynccontextmanager
async def opened():
    yield Log()


@pytest.fixture
def storage():
    return open_memory()


@pytest.fixture
def training(root, storage):
    """Return what makes the inbox of a process; all have the same store and files."""

    def made():
        decisions = Decisions(storage.desk_items, SystemClock())
        understanding = Understanding()
        return TrainingInbox(root, opened, decisions, lambda: (understanding, 0.7))

    return made


@pytest.fixture
async def desk(tmp_path, training, storage):
    staff, clock, _ = a_staff(storage.staff)
    training = training()
    async with running_server(tmp_path, staff=staff, storage=storage, training=training) as server:
        desk = Desk(server, staff, clock)
        for role in Role:
            await hired(staff, f"the-{role}", role)
        await hired(staff, "li", Role.TRAINER, display_name="李")
        yield desk
        await desk.close()


async def test_trainers_and_administrators_see_it_and_nobody_else(desk):
    for role in Role:
        browser = await desk.signed_in(f"the-{role}")
        status, _ = await browser.ask("GET", BASE)
        assert status == (200 if role in {Role.TRAINER, Role.ADMIN} else 403), role
    assert (await desk.browser().ask("GET", BASE))[0] == 401


async def test_a_group_becomes_an_example_and_goes_back(desk, root):
    browser = await desk.signed_in("the-trainer")
    _, found = await browser.ask("GET", BASE)
    first = found["groups"][0]
    assert (first["count"], found["messages"], found["is_watching"]) == (2, 3, False)
    assert found["intents"] == ["greet"]
    assert first["suggestions"] == [{"intent": "greet", "confidence": 0.4}]
    assert first["texts"][1]["example"].startswith("你们还招人吗，回[1390000")
    assert "13812345678" not in str(found)
    body = {"intent": "join_us", "examples": [one["example"] for one in first["texts"]]}
    status, refused = await browser.ask("POST", f"{BASE}/{first['id']}/accept", body)
    assert (status, refused["type"]) == (409, "urn:kefu:problem:not-written")
    assert "no intent 'join_us'" in refused["detail"]
    assert (root / "data" / "nlu.yml").read_text("utf-8") == NLU
    body["is_new"] = True
    status, written = await browser.ask("POST", f"{BASE}/{first['id']}/accept", body)
    assert status == 200, written
    assert written["is_new"]
    lines = (root / "data" / "nlu.yml").read_text("utf-8").splitlines()
    for one in written["placed"]:
        assert lines[one["line"] - 1].strip() == f"- {one['example']}"
    assert len((await browser.ask("GET", BASE))[1]["groups"]) == 1
    status, undone = await browser.ask("POST", f"{BASE}/{first['id']}/undo", {})
    assert status == 200
    assert undone["texts"][0] == "你们招人吗"
    assert (root / "data" / "nlu.yml").read_text("utf-8") == NLU
    assert len((await browser.ask("GET", BASE))[1]["groups"]) == 2


async def test_of_two_trainers_the_second_is_told_what_the_first_did(desk, root):
    first, second = await desk.signed_in("the-trainer"), await desk.signed_in("li")
    _, found = await first.ask("GET", BASE)
    group = found["groups"][0]["id"]
    assert (await first.ask("POST", f"{BASE}/{group}/accept", {"intent": "greet"}))[0] == 200
    status, late = await second.ask("POST", f"{BASE}/{group}/accept", {"intent": "greet"})
    assert (status, late["type"]) == (409, "urn:kefu:problem:decided-meanwhile")
    assert "The-Trainer made it 'greet'" in late["detail"]
    assert late["details"]["file"].endswith("nlu.yml")
    assert (root / "data" / "nlu.yml").read_text("utf-8").count("你们招人吗") == 1


async def test_groups_are_dismissed_and_put_off(desk):
    browser = await desk.signed_in("the-admin")
    _, found = await browser.ask("GET", BASE)
    first, second = (group["id"] for group in found["groups"])
    assert (await browser.ask("POST", f"{BASE}/{first}/dismiss", {}))[0] == 204
    assert (await browser.ask("POST", f"{BASE}/{second}/later", {}))[0] == 204
    assert (await browser.ask("GET", BASE))[1]["groups"] == []
    assert (await browser.ask("POST", f"{BASE}/nonsense/dismiss", {}))[0] == 404
    assert (await browser.ask("POST", f"{BASE}/nonsense/undo", {}))[0] == 404


async def test_what_one_process_decided_is_gone_in_the_others(desk, training, root, storage):
    browser = await desk.signed_in("the-trainer")
    _, found = await browser.ask("GET", BASE)
    first = found["groups"][0]
    other = training()  # it has never listed anything
    group = await other.group(first["id"], InboxOrder(), {one["id"] for one in first["texts"]})
    await other.accept(group, "greet", by=By(agent_id="", name="王"))
    assert first["id"] not in {one["id"] for one in (await browser.ask("GET", BASE))[1]["groups"]}
    texts = [one["id"] for one in first["texts"]]
    body = {"intent": "greet", "texts": texts}
    status, late = await browser.ask("POST", f"{BASE}/{first['id']}/accept", body)
    assert (status, late["type"]) == (409, "urn:kefu:problem:decided-meanwhile")
    assert "王 made it 'greet'" in late["detail"]
    assert (await browser.ask("POST", f"{BASE}/{first['id']}/undo", {}))[0] == 200
    assert len((await other.look(InboxOrder())).groups) == 2


async def test_of_two_processes_at_once_one_writes(desk, training, root):
    inboxes = [training() for _ in range(4)]
    (group, _) = (await inboxes[0].look(InboxOrder())).groups
    groups = [await one.group(group.group_id, InboxOrder()) for one in inboxes]
    done = await asyncio.gather(
        *(
            one.accept(its, "greet", by=By(agent_id="", name=str(number)))
            for number, (one, its) in enumerate(zip(inboxes, groups, strict=True))
        ),
        return_exceptions=True,
    )
    lost = [one for one in done if isinstance(one, DeskError)]
    assert len(lost) == 3
    assert all("load the inbox again" in str(one) for one in lost)
    assert (root / "data" / "nlu.yml").read_text("utf-8").count("你们招人吗") == 1


async def test_only_what_was_shown_is_settled(desk):
    browser = await desk.signed_in("the-trainer")
    _, found = await browser.ask("GET", BASE)
    first, second = found["groups"][0]["texts"]
    group = found["groups"][0]["id"]
    body = {"texts": [first["id"]]}
    assert (await browser.ask("POST", f"{BASE}/{group}/dismiss", body))[0] == 204
    left = (await browser.ask("GET", BASE))[1]["groups"]
    assert second["id"] in {text["id"] for group in left for text in group["texts"]}
    assert first["id"] not in {text["id"] for group in left for text in group["texts"]}


async def test_who_did_what_is_in_the_audit_log(desk, storage):
    browser = await desk.signed_in("li")
    _, found = await browser.ask("GET", BASE)
    first, second = (group["id"] for group in found["groups"])
    refused = await browser.ask("POST", f"{BASE}/{first}/accept", {"intent": "gret"})
    assert refused[0] == 409
    await browser.ask("POST", f"{BASE}/{first}/accept", {"intent": "greet"})
    await browser.ask("POST", f"{BASE}/{second}/later", {})
    await browser.ask("POST", f"{BASE}/{first}/undo", {})
    kept = await storage.staff.newest(before=2**53, limit=3)
    undone, put_off, accepted = kept
    assert [one.act for one in kept] == [
        "training.undone",
        "training.put_off",
        "training.accepted",
    ]
    assert {one.actor_name for one in kept} == {"李"}
    assert (accepted.subject, put_off.subject) == (first, second)
    assert accepted.data["intent"] == "greet"
    assert accepted.data["messages"] == 2
    (where,) = accepted.data["files"]
    assert where.endswith("data/nlu.yml:5")
    assert undone.data["files"] == [where.rpartition(":")[0]]


FILTERS = {
    "why=unsure&why=edited&channel=web": 2,
    "why=edited": 0,
    "channel=wechat&channel=wecom": 0,
    "text=发票": 1,
    "intent=greet": 2,
    "intent=bye": 0,
    "confidence_from=0.3&confidence_to=0.3&sort=newest": 2,
    "confidence_to=0.2": 0,
}


async def test_filters(desk):
    browser = await desk.signed_in("the-admin")
    found = {query: (await browser.ask("GET", f"{BASE}?{query}"))[1] for query in FILTERS}
    assert {query: len(one["groups"]) for query, one in found.items()} == FILTERS
    assert {tuple(one["channels"]) for one in found.values()} == {("web",)}


async def test_files_that_are_not_to_be_written_to_are_told(desk, root, monkeypatch):
    monkeypatch.setattr("kefu.evaluation.inbox.examples.os.access", lambda *_: False)
    browser = await desk.signed_in("the-admin")
    assert (await browser.ask("GET", BASE))[1]["is_writable"] is False


BAD = ("below=2", "days=-1", "limit=many", "why=because", "sort=oldest", "confidence_to=x")


async def test_bad_filters_are_told(desk):
    browser = await desk.signed_in("the-admin")
    for query in BAD:
        status, wrong = await browser.ask("GET", f"{BASE}?{query}")
        assert status == 400, query
        assert query.partition("=")[0] in wrong["detail"]


async def test_files_that_cannot_be_read_are_told(desk, root):
    (root / "data" / "nlu.yml").write_text("nlu: [", "utf-8")
    browser = await desk.signed_in("the-admin")
    status, wrong = await browser.ask("GET", BASE)
    assert (status, wrong["type"]) == (409, "urn:kefu:problem:not-written")


async def test_a_server_without_the_files_says_so(tmp_path):
    staff, clock, _ = a_staff()
    async with running_server(tmp_path, staff=staff) as server:
        desk = Desk(server, staff, clock)
        await hired(staff, "li", Role.TRAINER)
        browser = await desk.signed_in("li")
        status, wrong = await browser.ask("GET", BASE)
        assert (status, wrong["type"]) == (404, "urn:kefu:problem:no-training")
        await desk.close()
