"""The shop and ``kefu run --demo``, started in a folder of their own on free ports."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["Server", "served"]

ROOT = Path(__file__).parents[2]
PROJECT = (
    "actions", "config.yml", "connectors", "credentials.yml", "data", "desk.yml", "domain.yml",
    "endpoints.yml", "models",
)  # fmt: skip
SHOP = "127.0.0.1:5056"
"""Where the assistant's files expect the shop."""
START_SECONDS = 90
STOP_SECONDS = 20


class NotStarted(Exception):
    """A server did not come up; says what it wrote last."""


class Server:
    """Where desk, chat page and shop are, and how one signs in: as the start tells it."""

    def __init__(self, url: str, shop: str, key: str, said: str) -> None:
        self.url = url
        self.shop = shop
        self.shop_key = key
        self.passwords = dict(re.findall(r"Demo agent\s+(\S+)\s+password (\S+)", said))
        (self.set_up,) = re.findall(r"/desk/setup#token=(\S+)", said)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Serve a copy of the shop's assistant in ``folder``, trained if it is not; stop it at the end.

    Raises:
        NotStarted: A server ended, or is not ready after a while.
    """
    for name in PROJECT:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    shop, kefu = _free_port(), _free_port()
    desk = folder / "desk.yml"
    desk.write_text(desk.read_text("utf-8").replace(SHOP, f"127.0.0.1:{shop}"), "utf-8")
    key = secrets.token_hex(32)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SHOP_URL": f"http://127.0.0.1:{shop}",
        "SHOP_PORT": str(shop),
        "SHOP_API_KEY": key,
        "SHOP_JWT_SECRET": secrets.token_hex(32),
        "PYTHONUNBUFFERED": "1",
    }
    with contextlib.ExitStack() as stack:
        _train(folder, environment)
        url = f"http://127.0.0.1:{kefu}"
        start = ["-m", "examples.shop", "--port", str(shop), "--kefu", url]
        process = stack.enter_context(_running(start, folder, "shop.log", environment))
        shop_log = folder / "shop.log"
        _wait(_answers(f"http://127.0.0.1:{shop}/healthz"), process, shop_log)
        start = ["-m", "kefu", "run", "--enable-api", "--demo", "--port", str(kefu)]
        process = stack.enter_context(_running(start, folder, "kefu.log", environment))
        log = folder / "kefu.log"
        _wait(_answers(f"{url}/readyz"), process, log)
        _wait(lambda: "/desk/setup#token=" in log.read_text("utf-8"), process, log)
        yield Server(url, f"http://127.0.0.1:{shop}", key, log.read_text("utf-8"))


def _train(folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "kefu", "train"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotStarted(f"kefu train failed:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def _running(
    arguments: list[str], folder: Path, log: str, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / log).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _answers(url: str) -> Callable[[], bool]:
    def answers() -> bool:
        with contextlib.suppress(OSError, urllib.error.HTTPError):
            urllib.request.urlopen(url, timeout=2).close()
            return True
        return False

    return answers


def _wait(is_so: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if is_so():
            return
        time.sleep(0.1)
    raise NotStarted(f"a server did not become ready. {log.name} says:\n{log.read_text('utf-8')}")
