"""A small assistant served by ``kefu run``, and a real browser to visit it."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parent / "project"
WIDGET = Path(__file__).parents[2] / "kefu" / "server" / "static" / "widget"
TOKEN = "e2e-token"
START_SECONDS = 60
WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WINDOWLESS = ("chromium-headless-shell", "chrome-headless-shell")
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


class KefuProcess:
    """``kefu run`` in a folder, on a port that stays the same when it is started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            self.port: int = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "kefu", "run", "--enable-api", "--auth-token", TOKEN]
        command += self._options
        with (self.folder / "run.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port), "-i", "127.0.0.1"],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def api(self, method: str, path: str, body: object = None) -> object:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read())

    def wait_for_line(self, part: str) -> str:
        """Return what it wrote, once there is such a line in it."""
        deadline = time.monotonic() + START_SECONDS
        while part not in (said := (self.folder / "run.log").read_text("utf-8")):
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        return said

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, (self.folder / "run.log").read_text("utf-8")
            with contextlib.suppress(OSError, urllib.error.HTTPError):
                urllib.request.urlopen(f"{self.url}/readyz", timeout=2).close()
                return
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")


@pytest.fixture(scope="session")
def trained_project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("e2e") / "project"
    shutil.copytree(PROJECT, folder)
    subprocess.run(
        [sys.executable, "-m", "kefu", "train"], cwd=folder, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="session")
def kefu(trained_project) -> Iterator[KefuProcess]:
    """A server for all tests: every visitor has a conversation of their own."""
    process = KefuProcess(trained_project)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def mortal_kefu(trained_project, tmp_path) -> Iterator[KefuProcess]:
    """A server for one test, which may kill it."""
    folder = tmp_path / "project"
    shutil.copytree(trained_project, folder, ignore=shutil.ignore_patterns("var", "run.log"))
    process = KefuProcess(folder)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def launch(require):
    """Return a function that starts the first browser there is of some, or CHROMIUM.

    While one is there an event loop runs in this thread, so it must be gone before tests of other
    modules begin that need one of their own.
    """
    if not (WIDGET / "widget.js").is_file():
        require("the built widget (make web)")

    def launch(*names: str) -> Any:
        found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
        if not found:
            require("a Chromium browser")
        return driver.chromium.launch(executable_path=found, args=BROWSER_OPTIONS)

    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        yield launch


@pytest.fixture(scope="module")
def browser(launch):
    """A real Chromium to visit the built widget, without a window and what belongs to one."""
    launched = launch(*WINDOWLESS, *WHOLE)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def whole_browser(launch):
    """A Chromium that records, too."""
    launched = launch(*WHOLE)
    yield launched
    launched.close()


@pytest.fixture
def visit(browser, kefu):
    """Return a function that opens the page as a new visitor; it fails on any script error."""
    errors: list[str] = []
    contexts = []

    def visit(server=kefu, path="/", before=lambda context: None, within=browser, **options):
        context = within.new_context(**({"locale": "zh-CN"} | options))
        contexts.append(context)
        context.on("page", watch)
        before(context)
        page = context.new_page()
        page.goto(server.url + path)
        return page

    def watch(page):
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)

    def note(message):
        # A server that is down shows as failed requests, which is what some tests want.
        # So do answers that are not published, as the questions of a project without any.
        wanted = ("net::ERR", "404 (Not Found)")
        if message.type == "error" and not any(text in message.text for text in wanted):
            errors.append(message.text)

    yield visit
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def site():
    """Another site: an origin of its own with one page."""
    pages = {}

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get("page", "").encode()
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body if self.path == "/" else b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield pages, f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
