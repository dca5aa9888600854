"""The workbench in a real Chromium, on a mock of the API whose faults tests play."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WEB = ROOT / "web"
BUILT = ROOT / "kefu" / "server" / "static" / "desk"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
START_SECONDS = 60
PASSWORD = "kefu-mock-12"  # of everybody in the mock
SIGN_IN = """async ([login, password]) => {
  const body = JSON.stringify({login, password});
  const headers = {"Content-Type": "application/json"};
  return (await fetch("/api/v1/login", {method: "POST", headers, body})).status;
}"""
AXE_RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .map(one => [one.id, ...one.nodes.map(node => node.html)])"""


class Mock:
    """The built workbench, served by Vite with the mock."""

    def __init__(self, log: Path) -> None:
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        run = ["sh", str(WEB / "npm.sh"), sys.executable, "run", "--silent", "desk:mock-built"]
        options = ["--", "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*run, *options], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                self.play("reset")
                return
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                pytest.fail(f"the mock did not start:\n{log.read_text('utf-8')}")
            time.sleep(0.1)

    def play(self, name: str, **body: object) -> None:
        """Do what ``web/apps/desk/mock/plugin.ts`` does by that name."""
        request = urllib.request.Request(
            f"{self.url}/mock/{name}",
            method="POST",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(30)


@pytest.fixture(scope="session")
def served(require, tmp_path_factory) -> Iterator[Mock]:
    if not (BUILT / "index.html").is_file():
        require("the built workbench (make web)")
    if not (WEB / "node_modules").is_dir() or not shutil.which("npm"):
        require("Node.js and the packages of web/ (make web)")
    mock = Mock(tmp_path_factory.mktemp("mock") / "mock.log")
    yield mock
    mock.stop()


@pytest.fixture
def mock(served) -> Mock:
    """The mock as it begins."""
    served.play("reset")
    return served


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What went wrong in scripts; a test that expects something takes it out."""
    seen: list[str] = []
    yield seen
    assert seen == []


@pytest.fixture
def enter(browser, mock, errors):
    """Return a function that opens an address as an agent, by default as an administrator."""
    contexts = []

    def enter(path="/desk/", login="admin", *, language="zh-CN", theme="light", **options):
        context = browser.new_context(
            **{
                "locale": language,
                "viewport": {"width": 1280, "height": 800},
                "reduced_motion": "reduce",
            }
            | options
        )
        contexts.append(context)
        context.add_init_script(
            f"localStorage.setItem('kefu.desk.language', '{language}');"
            f"localStorage.setItem('kefu.desk.theme', '{theme}');"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{mock.url}/desk/icon.svg")
        if login:
            assert page.evaluate(SIGN_IN, [login, PASSWORD]) == 200
        page.goto(mock.url + path)
        return page

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def violations():
    """Return a function that gives what axe finds fault with on a page."""
    script = AXE.read_text("utf-8")

    def violations(page):
        page.evaluate(script)
        return page.evaluate(AXE_RUN)

    return violations
