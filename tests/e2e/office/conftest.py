"""The real desk with a small bot behind it, and whoever comes and works there."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import KefuProcess
from tests.e2e.office.people import CHAT, PASSWORD, SCREEN, Agent, Customer, Office

PROJECT = Path(__file__).parent / "project"
ROOT = Path(__file__).parents[3]
BUILT = ROOT / "kefu" / "server" / "static" / "desk" / "index.html"
# Refusals that tests ask for, and of pages that are left behind.
EXPECTED = ("401 (Unauthorized)", "409 (Conflict)", "422 (Unprocessable", "net::ERR")
# ... and what a conversation answers to those from whom it was taken.
GONE = "404 (Not Found)", "/context"


@pytest.fixture(scope="session")
def served(require, tmp_path_factory):
    """The server, with the API as its administrator uses it."""
    if not BUILT.is_file():
        require("the built workbench (make web)")
    folder = tmp_path_factory.mktemp("office") / "project"
    shutil.copytree(PROJECT, folder)
    shutil.copytree(ROOT / "connectors", folder / "connectors")
    subprocess.run(
        [sys.executable, "-m", "kefu", "train"], cwd=folder, check=True, capture_output=True
    )
    process = KefuProcess(folder)
    process.start()
    office = Office(process.url, process.wait_for_line("/desk/setup#token="))
    office.ask("POST", "/groups", {"name": "贵宾"})
    yield process, office
    process.stop()


@pytest.fixture
def office(served) -> Office:
    return served[1]


class People:
    """Makes browsers, and notes what goes wrong in them."""

    def __init__(self, browser: Any, office: Office) -> None:
        self._browser, self._office = browser, office
        self._contexts: list[Any] = []
        self._hired: list[str] = []
        self.errors: list[str] = []

    def page(self, *, within: Any = None, **options: Any) -> Any:
        context = (within or self._browser).new_context(**options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, message: Any) -> None:
        is_expected = any(text in message.text for text in EXPECTED)
        where = message.location.get("url", "")
        is_gone = GONE[0] in message.text and where.endswith(GONE[1])
        if message.type in {"error", "warning"} and not is_expected and not is_gone:
            self.errors.append(f"{message.text} {where}")

    def customer(self, *, url: str = "", **more: Any) -> Customer:
        page = self.page(**(CHAT | more))
        page.goto(f"{url or self._office.url}/")
        return Customer(page)

    def agent(self, name: str = "林小雨", role: str = "agent", **fields: Any) -> Agent:
        """Hire somebody, who signs in and is online."""
        login = f"a{next(_numbers)}"
        agent_id = self._office.hire(login, name, role, **fields)
        self._hired.append(agent_id)
        return self.at_desk(login, agent_id, name)

    def at_desk(self, login: str, agent_id: str, name: str, *, url: str = "", **more: Any) -> Agent:
        """Sign somebody in, in one more browser."""
        url = url or self._office.url
        page = self.page(**(SCREEN | more))
        answer = page.request.post(
            f"{url}/api/v1/login", data={"login": login, "password": PASSWORD}
        )
        assert answer.ok, answer.text()
        page.goto(f"{url}/desk/")
        page.get_by_role("button", name="我的状态：在线").wait_for()
        agent = Agent(page, agent_id, name)
        agent.login = login
        return agent

    def go(self, name: str) -> None:
        folder = os.environ.get("PICTURES")
        for number, context in enumerate(self._contexts if folder else ()):
            for page in context.pages:
                page.screenshot(path=f"{folder}/{name}-{number}.png")
        for context in self._contexts:
            context.close()
        self._office.clear()
        for agent_id in self._hired:
            self._office.dismiss(agent_id)


_numbers = itertools.count(1)


@pytest.fixture
def people(browser, office, request):
    """Whoever is at the desk and in the chat in this test; all are gone after it.

    How their screens were at the end is kept in the folder PICTURES, if there is such a variable.
    """
    here = People(browser, office)
    yield here
    here.go(request.node.name)
    assert here.errors == []


@pytest.fixture
def agent(people):
    return people.agent


@pytest.fixture
def customer(people):
    return people.customer
