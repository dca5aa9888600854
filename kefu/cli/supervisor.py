"""Runs several workers on one socket, and replaces those that die or hang.

The supervisor itself serves nobody and loads nothing heavy, so that there is little in it to fail.
Workers inherit the socket: while some of them are being replaced, connections wait for the others.
Should the supervisor be killed, the workers notice and stop in order.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import click
from msgspec.structs import replace

from kefu.cli.desk_lines import check_demo
from kefu.cli.greeting_lines import STOP_LINE, listening_line, row, stopping_line
from kefu.cli.output import say
from kefu.cli.project_settings import read_settings
from kefu.cli.run_options import RunOptions
from kefu.cli.worker_jobs import KeptJobs
from kefu.cli.worker_messages import LONGEST_LINE, WorkerMessage, decoded, read_line
from kefu.errors import KefuError
from kefu.logs import fields
from kefu.project.settings import MEMORY, Endpoints
from kefu.server.merging import merged
from kefu.server.settings import choose_interface
from kefu.server.sockets import BACKLOG, listening_socket

__all__ = ["Supervisor", "supervise"]

log = logging.getLogger(__name__)

_START_SECONDS = 300.0
_SILENT_SECONDS = 30.0
_STOP_SECONDS = 30.0
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
_SOUND_SECONDS = 60.0
"""A worker that lived so long is replaced without a pause."""
_FIGURES_SECONDS = 2.0


def supervise(options: RunOptions) -> None:
    """Serve with several workers until SIGINT or SIGTERM arrives, then stop in order.

    Raises:
        KefuError: The settings do not allow several workers, or none can start.
    """
    if os.name != "posix":
        raise KefuError("--workers needs Linux or macOS; leave it out here")
    check_demo(options, options.server())
    check_store(read_settings(endpoints=options.endpoints).endpoints, options.workers)
    host, note = choose_interface(options.server(), options.interface)
    with listening_socket(host, options.port) as sock:
        sock.listen(BACKLOG)
        supervisor = Supervisor(options, sock)
        lines = (row("Workers", str(options.workers)), listening_line(host, note), STOP_LINE)
        status = asyncio.run(supervisor.run(lines))
    if status:
        raise click.exceptions.Exit(status)


def check_store(endpoints: Endpoints, workers: int) -> None:
    """Refuse stores that processes cannot share, and warn of slow ones."""
    url = endpoints.storage_url
    if url == MEMORY:
        raise KefuError(
            f"{workers} workers cannot share conversations that are kept in memory: in"
            " endpoints.yml, give tracker_store the type SQL, or leave --workers out"
        )
    if url is None or url.startswith("sqlite"):
        click.echo(
            "Several workers share one SQLite file: that works, but they wait for one another."
            " PostgreSQL is what several workers are for.",
            err=True,
        )


@dataclass(slots=True, eq=False)
class _Worker:
    """A running worker and the pipes to it."""

    number: int
    process: asyncio.subprocess.Process
    commands: Any
    reader: asyncio.StreamReader
    is_ready: bool = False
    figures: dict[int, asyncio.Future[str]] = field(default_factory=dict)

    def say(self, message: WorkerMessage) -> None:
        """Send a message; one to a worker that has died is lost."""
        if not self.commands.is_closing():
            self.commands.write(message.line())

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the process if it is there."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


class Supervisor:
    """Starts workers, watches them and stops them."""

    def __init__(
        self,
        options: RunOptions,
        sock: socket.socket,
        *,
        silent_seconds: float = _SILENT_SECONDS,
    ) -> None:
        """Put it together.

        Args:
            options: What every worker serves.
            sock: What they accept from; bound and listening.
            silent_seconds: After how long without a sign of life a worker is replaced.
        """
        self._options = options
        self._sock = sock
        self._silent_seconds = silent_seconds
        self._workers: dict[int, _Worker] = {}
        self._stopping = asyncio.Event()
        self._first_is_ready = asyncio.Event()
        self._begun: set[int] = set()
        self._all_have_begun = asyncio.Event()
        self._greeting = ""
        self._status = 0
        self._tickets = itertools.count(1)
        self._merging: set[asyncio.Task[None]] = set()
        self._news: WorkerMessage | None = None
        """What the worker that watches the files said last."""
        self._jobs = KeptJobs[_Worker](self._workers.values)
        self.replaced = 0
        """How many workers ended without being asked to."""

    async def run(self, lines: tuple[str, ...] = ()) -> int:
        """Serve until a signal arrives; return the status to leave with.

        Args:
            lines: What to say when all workers serve, after the greeting of the first.
        """
        loop = asyncio.get_running_loop()
        for asked in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(asked, self.stop)
        async with asyncio.TaskGroup() as tasks:
            for number in range(1, self._options.workers + 1):
                tasks.create_task(self._keep(number))
            greeting = tasks.create_task(self._greet(lines))
            stopping = tasks.create_task(self._stop_workers())
            await stopping
            greeting.cancel()
        return self._status

    @property
    def is_serving(self) -> bool:
        """Whether every worker has begun to serve, or tried to."""
        return self._all_have_begun.is_set()

    @property
    def process_ids(self) -> dict[int, int]:
        """The processes of the workers, by their numbers."""
        return {number: worker.process.pid for number, worker in self._workers.items()}

    def stop(self) -> None:
        """End everything in order; asked a second time, at once."""
        if self._stopping.is_set():
            for worker in self._workers.values():
                worker.kill()
        self._stopping.set()

    async def _greet(self, lines: tuple[str, ...]) -> None:
        await self._all_have_begun.wait()
        for line in (self._greeting, *lines):
            say(line)

    async def _stop_workers(self) -> None:
        await self._stopping.wait()
        if not self._status:
            say(stopping_line())
        for worker in self._workers.values():
            worker.kill(signal.SIGTERM)
        processes = [worker.process for worker in self._workers.values()]
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await asyncio.gather(*(process.wait() for process in processes))
        for worker in self._workers.values():
            log.warning("worker did not stop in time", extra=fields(worker=worker.number))
            worker.kill()

    # -- one worker ------------------------------------------------------------------------

    async def _keep(self, number: int) -> None:
        """Have worker ``number`` run, again and again, until everything stops."""
        if number > 1:  # the first prepares what all share, and shows whether one can start
            await self._either(self._first_is_ready, self._stopping)
        pause = 0.0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            worker = await self._start(number)
            status = await self._watch(worker)
            self._note_begun(number)
            if self._stopping.is_set():
                return
            if not self._first_is_ready.is_set():
                click.echo("The first worker could not start; nothing is served.", err=True)
                self._status = status if status > 0 else 1
                self._stopping.set()
                return
            self.replaced += 1
            is_sound = worker.is_ready and loop.time() - began >= _SOUND_SECONDS
            pause = 0.0 if is_sound else min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            log.error(
                "worker ended and is replaced",
                extra=fields(worker=number, ended=_how(status), in_seconds=pause),
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _start(self, number: int) -> _Worker:
        """Start a process and tell it what to do."""
        loop = asyncio.get_running_loop()
        commands, to_worker = os.pipe()
        from_worker, messages = os.pipe()
        given = (self._sock.fileno(), commands, messages)
        level = logging.getLevelName(logging.getLogger().level)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "kefu.cli.worker",
                str(number),
                level,
                *map(str, given),
                pass_fds=given,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(commands)
            os.close(messages)
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_worker, "rb")
        )
        transport, _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(to_worker, "wb")
        )
        transport.write(self._options.encoded().encode() + b"\n")
        worker = _Worker(number, process, transport, reader)
        self._workers[number] = worker
        if self._stopping.is_set():
            worker.kill(signal.SIGTERM)
        return worker

    async def _watch(self, worker: _Worker) -> int:
        """Hear a worker until it ends, which it is made to when silent; return its status."""
        try:
            while True:
                limit = self._silent_seconds if worker.is_ready else _START_SECONDS
                async with asyncio.timeout(None if self._stopping.is_set() else limit):
                    line = await read_line(worker.reader)
                if line is None:
                    worker.kill()
                if not line:
                    break
                message = decoded(line)
                if message is not None:
                    self._hear(worker, message)
        except TimeoutError:
            if not self._stopping.is_set():
                log.warning("worker does not answer", extra=fields(worker=worker.number))
                worker.kill()
        status = await worker.process.wait()
        if self._workers.get(worker.number) is worker:
            del self._workers[worker.number]
        worker.commands.close()
        for waiting in worker.figures.values():
            waiting.cancel()
        self._jobs.ended(worker)
        for other in self._workers.values():
            other.say(WorkerMessage(kind="nobody", number=worker.number))
        return status

    def _hear(self, worker: _Worker, message: WorkerMessage) -> None:
        match message.kind:
            case "ready":
                worker.is_ready = True
                self._jobs.greet(worker)
                if self._news is not None:
                    worker.say(self._news)
                self._greeting = self._greeting or message.text
                self._first_is_ready.set()
                self._note_begun(worker.number)
            case "figures":
                waiting = worker.figures.get(message.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.text)
            case "news":
                self._news = message
                for other in self._workers.values():
                    if other is not worker and other.is_ready:
                        other.say(message)
            case "merge":
                self._spawn(self._merge(worker, message.number))
            case "pass":
                self._pass(worker, message)
            case _:
                self._jobs.heard(worker, message)

    def _spawn(self, merging: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(merging)
        self._merging.add(task)
        task.add_done_callback(self._merging.discard)

    def _pass(self, worker: _Worker, message: WorkerMessage) -> None:
        """Bring one worker what another has to say."""
        other = self._workers.get(message.number)
        if other is None or not other.is_ready:
            worker.say(WorkerMessage(kind="nobody", number=message.number))
        else:
            other.say(replace(message, number=worker.number))

    def _note_begun(self, number: int) -> None:
        self._begun.add(number)
        if len(self._begun) == self._options.workers:
            self._all_have_begun.set()

    async def _merge(self, asking: _Worker, number: int) -> None:
        """Answer a worker that was asked for the figures of all."""
        workers = [worker for worker in self._workers.values() if worker.is_ready]
        texts = await asyncio.gather(*(self._figures(worker) for worker in workers))
        found = {
            worker.number: text
            for worker, text in zip(workers, texts, strict=True)
            if text is not None
        }
        text = merged(found) + (
            "# HELP kefu_workers_replaced_total workers that ended without being asked to\n"
            "# TYPE kefu_workers_replaced_total counter\n"
            f"kefu_workers_replaced_total {self.replaced}\n"
        )
        asking.say(WorkerMessage(kind="merged", number=number, text=text))

    async def _figures(self, worker: _Worker) -> str | None:
        ticket = next(self._tickets)
        waiting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        worker.figures[ticket] = waiting
        worker.say(WorkerMessage(kind="ask figures", number=ticket))
        try:
            async with asyncio.timeout(_FIGURES_SECONDS):
                await asyncio.wait([waiting])
        except TimeoutError:
            return None
        finally:
            del worker.figures[ticket]
        return None if waiting.cancelled() else waiting.result()

    @staticmethod
    async def _either(*events: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        waiting = [loop.create_task(event.wait()) for event in events]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()


def _how(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"
