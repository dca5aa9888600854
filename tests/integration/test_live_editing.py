"""A bot that is edited while customers write: nothing is lost, all processes change together."""

import asyncio
import json
import random
import re
import threading

import aiohttp
import pytest

from tests.integration.command import Server, kefu, wait_until

SEED = 20261129
WORDS = re.compile(r"Version \d+!")
EDITS = 12


class Watching(Server):
    """A server whose lines are read as they come."""

    def __enter__(self):
        super().__enter__()
        self.lines = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        return self

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)
        self._reading.join(timeout=60)
        super().__exit__(*failure)

    def count(self, start):
        lines = [*self.greeting.splitlines(), *self.lines]
        return sum(line.startswith(start) for line in lines)


def greeting(folder, words):
    """Let the bot greet with ``words``."""
    path = folder / "domain.yml"
    text = path.read_text("utf-8")
    head, mark, rest = text.partition("  utter_greet:\n")
    _, line, rest = rest.partition("\n")
    path.write_text(f'{head}{mark}  - text: "{words}"{line}{rest}', "utf-8")


def greeted(server, name):
    body = json.dumps({"sender": name, "message": "/greet"})
    status, text = server.call("/webhooks/rest/webhook", body)
    assert status == 200
    return json.loads(text)[0]["text"]


class Customers:
    """Write all the time, each one message after the other's answer."""

    def __init__(self, url, chance):
        self._url = url
        self._chance = chance
        self.sent = 0
        self.answers = []
        self.is_over = False

    async def run(self, count):
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._one(session, f"c{n}") for n in range(count)))

    async def _one(self, session, name):
        while not self.is_over:
            self.sent += 1
            body = {"sender": name, "message": "/greet"}
            async with session.post(f"{self._url}/webhooks/rest/webhook", json=body) as answer:
                assert answer.status == 200
                (reply,) = await answer.json()
            self.answers.append((name, reply["text"]))
            # As fast as the gateway lets one customer write.
            await asyncio.sleep(self._chance.uniform(0.2, 0.3))


def edits(folder, server, chance, written):
    """Save versions, some twice at once, some broken first; wait for each."""
    path = folder / "domain.yml"
    for number in range(1, EDITS + 1):
        kind = chance.choice(["plain", "twice", "broken", "renamed"])
        done = server.count("✓ live")
        if kind == "twice":
            greeting(folder, "Version 0!")
        if kind == "broken":
            wrong = server.count("✗")
            whole = path.read_text("utf-8")
            path.write_text(whole + "\n  broken: [", "utf-8")
            wait_until(lambda wrong=wrong: server.count("✗") > wrong, 60)
            path.write_text(whole, "utf-8")
        greeting(folder, f"Version {number}!")
        written.append(number)
        if kind == "renamed":
            other = path.with_name(".domain.yml.new")
            path.rename(other)
            other.replace(path)
        wait_until(lambda done=done: server.count("✓ live") > done, 60)


@pytest.mark.parametrize("workers", [1, 2])
async def test_no_message_is_lost_while_the_bot_is_edited(project, workers):
    chance = random.Random(SEED + workers)
    greeting(project, "Version 0!")
    assert kefu("train", "--quiet", cwd=project).status == 0
    options = ["--watch", *(["--workers", str(workers)] if workers > 1 else [])]
    with Watching(*options, cwd=project) as server:
        wait_until(lambda: server.count("Watching") == 1, 60)
        customers = Customers(server.url, chance)
        writing = asyncio.ensure_future(customers.run(20))
        written = [0]
        await asyncio.to_thread(edits, project, server, chance, written)
        last = f"Version {EDITS}!"
        seen = len(customers.answers)
        while len(customers.answers) < seen + 80 and not writing.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        customers.is_over = True
        await writing
    lost = customers.sent - len(customers.answers)
    assert lost == 0
    texts = [text for _, text in customers.answers]
    assert all(WORDS.fullmatch(text) for text in texts)
    assert texts[-1] == last
    assert {last, "Version 0!"} <= set(texts)
    newest = {name: int(text.split()[1][:-1]) for name, text in customers.answers}
    assert set(newest.values()) == {EDITS}


async def test_a_rollback_reaches_all_workers_and_survives_a_restart(project):
    greeting(project, "Version 1!")
    assert kefu("train", "--quiet", "--fixed-model-name", "one", cwd=project).status == 0
    greeting(project, "Version 2!")
    assert kefu("train", "--quiet", "--fixed-model-name", "two", cwd=project).status == 0
    with Watching("--workers", "2", cwd=project) as server:
        assert greeted(server, "a") == "Version 2!"
        assert kefu("model", "use", "one", cwd=project).status == 0
        wait_until(lambda: server.count("✓ live: one") == 1, 60)
        await asyncio.sleep(0)
        for number in range(20):  # whichever worker it is
            wait_until(lambda n=number: greeted(server, f"b{n}") == "Version 1!", 60)
        assert kefu("model", "rollback", cwd=project).status == 0
        wait_until(lambda: server.count("✓ live: two") == 1, 60)
        assert kefu("model", "use", "one", cwd=project).status == 0
        wait_until(lambda: server.count("✓ live: one") == 2, 60)
    with Server("--workers", "2", cwd=project) as server:
        assert "models/one.tar.gz" in server.greeting
        assert {greeted(server, f"c{n}") for n in range(10)} == {"Version 1!"}


async def test_actions_are_loaded_anew_and_keep_working_when_they_are_broken(project):
    actions = project / "actions" / "tea.py"
    (project / "actions" / "__init__.py").touch()
    code = """
from rasa_sdk import Action


class Say(Action):
    def name(self):
        return "action_say"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="{words}")
        return []
"""
    actions.write_text(code.replace("{words}", "first"), "utf-8")
    domain = project / "domain.yml"
    text = domain.read_text("utf-8")
    has = "\nactions:\n" in text
    text = (
        text.replace("\nactions:\n", "\nactions:\n- action_say\n")
        if has
        else f"{text}\nactions:\n- action_say\n"
    )
    domain.write_text(text.replace("\nintents:\n", "\nintents:\n- say\n"), "utf-8")
    rules = project / "data" / "rules.yml"
    rule = "- rule: say\n  steps:\n  - intent: say\n  - action: action_say\n"
    rules.write_text(rules.read_text("utf-8") + rule, "utf-8")
    assert kefu("train", "--quiet", cwd=project).status == 0

    def said(server, name):
        body = json.dumps({"sender": name, "message": "/say"})
        return json.loads(server.call("/webhooks/rest/webhook", body)[1])[0]["text"]

    with Watching("--watch", cwd=project) as server:
        wait_until(lambda: server.count("Watching") == 1, 60)
        assert said(server, "a") == "first"
        actions.write_text(code.replace("{words}", "second"), "utf-8")
        wait_until(lambda: server.count("✓ actions") == 1, 60)
        assert said(server, "b") == "second"
        actions.write_text(code.replace("{words}", "third") + "def broken(:\n", "utf-8")
        wait_until(lambda: server.count("✗ actions not loaded: actions/tea.py:12:") == 1, 60)
        assert said(server, "c") == "second"
        actions.write_text(code.replace("{words}", "fourth"), "utf-8")
        wait_until(lambda: server.count("✓ actions") == 2, 60)
        assert said(server, "d") == "fourth"


def test_the_page_is_told_what_is_wrong_and_others_are_not(project):
    with Watching("--watch", cwd=project) as server:
        wait_until(lambda: server.count("Watching") == 1, 60)
        status, text = server.call("/watch/news")
        assert (status, json.loads(text)["trouble"]) == (200, None)
        number = json.loads(text)["number"]
        rules = project / "data" / "rules.yml"
        rules.write_text(rules.read_text("utf-8") + "- rule: x\n  steps: [\n", "utf-8")
        trouble = None
        while trouble is None:  # each call waits for news
            state = json.loads(server.call(f"/watch/news?after={number}")[1])
            number, trouble = state["number"], state["trouble"]
        assert trouble["problems"][0]["place"].startswith("data/rules.yml:")
        assert trouble["problems"][0]["advice"]
        assert trouble["model"]
    with Server(cwd=project) as server:
        assert server.call("/watch/news")[0] == 404
