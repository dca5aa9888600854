"""Runs the ``kefu`` command as a user does."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

KEFU = [sys.executable, "-m", "kefu"]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


def kefu(*args, cwd, said=""):
    """Run ``kefu`` with ``args`` in folder ``cwd``, ``said`` on its standard input."""
    done = subprocess.run(
        [*KEFU, *map(str, args)],
        cwd=cwd,
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "inside Kefu" not in done.stderr, done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


class Server:
    """A running ``kefu run``; a context manager."""

    def __init__(self, *args, cwd):
        self.process = subprocess.Popen(
            [*KEFU, "run", "--port", "0", *map(str, args)],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment(), "PYTHONUNBUFFERED": "1"},
        )
        self.greeting = ""

    def __enter__(self):
        for line in self.process.stdout:
            self.greeting += line
            if line.startswith("Press"):
                return self
        raise AssertionError(self.greeting + self.process.stderr.read())

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def url(self):
        return (
            next(word.rstrip("/,") for word in self.greeting.split() if word.startswith("http://"))
            .removesuffix("/webhooks/rest")
            .removesuffix("/healthz")
        )

    def call(self, path, body=None, method=None, headers=None):
        """Return status and text of a request."""
        data = None if body is None else body.encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def stop(self, number=signal.SIGTERM):
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def wait_until(condition, seconds=10):
    """Return as soon as ``condition`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
