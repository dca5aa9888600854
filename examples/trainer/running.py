"""``kefu run --watch`` on a copy of the assistant, and what can be asked of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

__all__ = ["Customers", "NotReady", "Running", "running"]

ROOT = Path(__file__).parents[2]
PROJECT = (
    "actions", "config.yml", "connectors", "credentials.yml", "data", "desk.yml", "domain.yml",
    "endpoints.yml",
)  # fmt: skip
CACHE = Path(".kefu") / "cache"
READY_SECONDS = 240.0
WAIT_SECONDS = 120.0
LOOK_SECONDS = 0.05
PACE_SECONDS = 0.1
"""What a customer of these thinks between two messages."""


class NotReady(Exception):
    """Something did not happen in time; says what the server wrote last."""


class Running:
    """A server that watches its files."""

    def __init__(self, folder: Path, url: str, log: Path) -> None:
        self.folder = folder
        self.url = url
        self.log = log
        self._senders = count(1)

    def call(self, path: str, body: Any = None) -> Any:
        """Return the JSON that is answered."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
            return json.loads(answer.read())

    def says(self, text: str) -> str:
        """Return what the bot answers a new customer."""
        body = {"sender": f"demo-{next(self._senders)}", "message": text}
        return "\n".join(
            reply.get("text", "") for reply in self.call("/webhooks/rest/webhook", body)
        )

    def understands(self, text: str) -> str:
        """Return the intent of a message."""
        return str(self.call("/model/parse", {"text": text})["intent"]["name"])

    def news(self, after: int = -1) -> Any:
        """Return what the page is told; with ``after``, when there is more than that."""
        return self.call(f"/watch/news?after={after}" if after >= 0 else "/watch/news")

    def until(self, is_so: Callable[[], bool], what: str) -> float:
        """Wait until ``is_so``; return how long that took, in seconds."""
        began = time.perf_counter()
        while not is_so():
            if time.perf_counter() - began > WAIT_SECONDS:
                said = self.log.read_text("utf-8")[-2000:]
                raise NotReady(f"waited {WAIT_SECONDS:g} s for: {what}\n{said}")
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - began

    def settled(self) -> None:
        """Wait until the server says nothing new for a moment, training from scratch included."""
        state = self.news()
        quiet = time.monotonic()
        while time.monotonic() - quiet < 3:
            latest = self.news()
            if latest["number"] != state["number"] or latest["latest"]["kind"] == "working":
                state, quiet = latest, time.monotonic()
            time.sleep(0.2)


class Customers:
    """Write meanwhile, one message after the other's answer; count what is lost."""

    def __init__(self, server: Running, text: str) -> None:
        self._server = server
        self._text = text
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.sent = self.answered = 0
        self.longest = 0.0
        """The longest that one waited for an answer, in seconds."""

    def __enter__(self) -> Customers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(WAIT_SECONDS)

    def _write(self) -> None:
        while not self._is_over.wait(PACE_SECONDS):
            self.sent += 1
            began = time.perf_counter()
            with contextlib.suppress(OSError, ValueError):
                self.answered += bool(self._server.says(self._text))
            self.longest = max(self.longest, time.perf_counter() - began)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Serve a copy of the assistant in ``folder``; stop it at the end.

    Raises:
        NotReady: It does not come up.
    """
    for name in PROJECT:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / name)
    if (ROOT / CACHE).is_dir():
        shutil.copytree(ROOT / CACHE, folder / CACHE)
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SHOP_API_KEY": "none",
    }
    kefu = [sys.executable, "-m", "kefu"]
    done = subprocess.run(
        [*kefu, "train", "--quiet"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotReady(f"kefu train failed:\n{done.stdout}{done.stderr}")
    log = folder / "kefu.log"
    command = [*kefu, "run", "--watch", "--enable-api", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while "Watching the project" not in log.read_text("utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(f"the server does not come up:\n{log.read_text('utf-8')}")
            time.sleep(0.1)
        yield Running(folder, f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
