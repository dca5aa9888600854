"""Servers of the run's own, so that they can be killed: PostgreSQL, Redis, an action server."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from aiohttp import web

from bench.serving import free_port

POSTGRES_USER = "postgres"


def program(name):
    """Return the path of a server's program, or None."""
    found = shutil.which(name)
    if found is None:
        places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        found = str(places[-1]) if places else None
    return found


async def run(*command, **options):
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    return await process.wait()


class Postgres:
    """A PostgreSQL cluster in a folder."""

    def __init__(self, folder):
        self.folder = folder / "postgres"
        self.port = free_port()
        self.url = f"postgresql://{POSTGRES_USER}@127.0.0.1:{self.port}/postgres"
        # The server refuses to run as root.
        self._as = {"user": POSTGRES_USER, "cwd": "/"} if os.getuid() == 0 else {}

    async def create(self):
        self.folder.mkdir()
        if self._as:
            shutil.chown(self.folder, POSTGRES_USER)
        initdb = program("initdb")
        if initdb is None:
            raise SystemExit("the run needs PostgreSQL's programs (initdb, pg_ctl)")
        options = ("-U", POSTGRES_USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        await run(initdb, "-D", str(self.folder), *options, **self._as)
        settings = (
            f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n"
            "max_connections = 100\n"
        )
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(settings)

    async def start(self):
        while not await self._runs():  # recovery after a crash, or a disk that is still full
            await self._control("-w", "-l", str(self.folder / "log"), "start")

    async def stop(self, *, how="immediate"):
        """Stop it; ``immediate`` is a crash."""
        await self._control("-w", "-m", how, "stop")

    async def _runs(self):
        return await self._control("status") == 0

    async def _control(self, *what):
        return await run(program("pg_ctl"), "-D", str(self.folder), *what, **self._as)


class Redis:
    """A Redis that keeps nothing."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process = None

    async def start(self):
        redis = program("redis-server") or program("valkey-server")
        if redis is None:
            raise SystemExit("the run needs redis-server")
        self._process = await asyncio.create_subprocess_exec(
            redis, "--port", str(self.port), "--save", "", "--appendonly", "no",
            "--dir", str(self.folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    async def stop(self):
        """Kill it: what it held is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


class ActionServer:
    """Runs the project's only action by rasa-sdk's protocol, and can hang."""

    def __init__(self):
        self.port = free_port()
        self._works = asyncio.Event()
        self._works.set()
        self._runner = None

    async def start(self):
        app = web.Application()
        app.router.add_post("/webhook", self._run)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self):
        self._works.set()
        await self._runner.cleanup()

    @contextlib.contextmanager
    def hanging(self):
        """Answer nothing inside the block."""
        self._works.clear()
        try:
            yield
        finally:
            self._works.set()

    async def _run(self, request):
        call = await request.json()
        await self._works.wait()
        what = call["tracker"]["slots"].get("what")
        return web.json_response({"events": [], "responses": [{"text": f"heard {what}"}]})


class Disk:
    """A small disk of its own, where the machine lets us have one."""

    def __init__(self, folder, size_mb=400):
        self.folder = folder
        self._size_mb = size_mb
        self.is_own = False

    async def mount(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        size = f"size={self._size_mb}m"
        self.is_own = not await run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.folder))

    async def unmount(self):
        if self.is_own:
            await run("umount", "-l", str(self.folder))

    @contextlib.contextmanager
    def full(self):
        """Leave no byte free inside the block."""
        filler = self.folder / "filler"
        try:
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                piece = b"\0" * 65_536
                while True:
                    file.write(piece)
            yield
        finally:
            filler.unlink()
