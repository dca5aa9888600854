"""``kefu run``, killed and started again on the same port, or with workers that are killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp

from bench.measure import environment, pinned, process_cpu_seconds, process_memory_mb
from bench.serving import free_port

ROOT = Path(__file__).parents[2]


class Served:
    """The server under test."""

    def __init__(self, folder, *, workers, core=None):
        self._folder = folder
        self._workers = workers
        self._pin = None if core is None else pinned(core)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None

    async def start(self):
        command = [sys.executable, "-m", "kefu", "run", "-p", str(self.port), "--enable-api"]
        if self._workers > 1:
            command += ["--workers", str(self._workers)]
        with (self._folder / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment({"PYTHONPATH": str(ROOT)}), start_new_session=True,
                preexec_fn=self._pin,
            )  # fmt: skip
        await self.until_ready()

    async def until_ready(self):
        async with aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    timeout = aiohttp.ClientTimeout(total=2)
                    async with session.get(f"{self.url}/readyz", timeout=timeout) as answer:
                        if answer.status == 200:
                            return
                if self._process.returncode is not None:
                    raise SystemExit(self.log()[-4000:])
                await asyncio.sleep(0.05)

    @property
    def pid(self):
        """The process that was started: the only one without workers."""
        return self._process.pid

    def cpu_seconds(self):
        """Return what it and its workers have used so far."""
        return sum(map(process_cpu_seconds, [self._process.pid, *self._children()]))

    def memory_mb(self):
        """Return the resident memory of it and its workers."""
        pids = [self._process.pid, *self._children()]
        return round(sum(map(process_memory_mb, pids)), 1)

    def log(self):
        """Return what it has printed."""
        return (self._folder / "server.log").read_text("utf-8", "replace")

    async def kill(self, chance):
        """Kill the process, or one worker of several, which its supervisor replaces."""
        if self._workers == 1:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
            await self.start()
            return
        children = self._children()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)

    def _children(self):
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return sorted(int(pid) for path in tasks for pid in path.read_text().split())

    async def stop(self):
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 30)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
