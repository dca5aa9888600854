"""The trainer's inbox over HTTP: who may, what is written, two trainers at once."""

from contextlib import asynccontextmanager

import pytest

from kefu.clock import SystemClock
from kefu.evaluation.inbox.decisions import Decisions
from kefu.evaluation.inbox.inbox import TrainingInbox
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
async def desk(tmp_path, root):
    storage = open_memory()
    staff, clock, _ = a_staff(storage.staff)
    decisions = Decisions(storage.desk_items, SystemClock())
    training = TrainingInbox(root, opened, decisions, lambda: (Understanding(), 0.7))
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


@pytest.mark.parametrize("query", ["below=2", "days=-1", "limit=many"])
async def test_bad_filters_are_told(desk, query):
    browser = await desk.signed_in("the-admin")
    status, wrong = await browser.ask("GET", f"{BASE}?{query}")
    assert status == 400
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
