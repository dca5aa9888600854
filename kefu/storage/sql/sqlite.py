"""SQLite, on the event loop's own thread.

A unit of work takes some 50 µs; handing it to another thread and taking the result back costs
several times that, because two threads of Python pass one lock to and fro with every statement
(``docs/adr`` has the measurements). So units of work run where they are asked for, and all that
were asked for since the loop last came round share one transaction. What can really take long,
flushing to the disk, is left to another thread.

WAL with ``synchronous=NORMAL``: a process that is killed loses nothing that was committed. A
machine that loses power loses at most what was committed since the last flush, a second or so,
never the consistency of the file. With ``FULL`` nobody is told that something is committed before
it is flushed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from kefu.errors import StorageError, Unavailable
from kefu.logs import fields
from kefu.storage.sql.texts import Texts
from kefu.storage.sql.work import Again, Rows, Values, Work, alone

__all__ = ["SqliteDatabase", "Synchronous", "connect", "translated"]

log = logging.getLogger(__name__)

T = TypeVar("T")

Synchronous: TypeAlias = Literal["NORMAL", "FULL"]

_BUSY_SECONDS = 10.0
"""How long another process may hold the file before work is given up."""
_BUSY_PAUSE = 0.005
_LARGEST_GROUP = 32
_MAX_ATTEMPTS = 10
_WORK_PER_CHECKPOINT = 2_000
_SECONDS_PER_FLUSH = 1.0


class _Job:
    """A unit of work that waits to be written."""

    __slots__ = ("attempts", "error", "future", "make", "result")

    def __init__(self, make: Callable[[], Work[Any]], future: asyncio.Future[Any]) -> None:
        self.make = make
        self.future = future
        self.attempts = 0
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Tell whoever waits."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def connect(path: Path, *, busy_seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """Open ``path``, creating it when there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        _set_up(connection)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(
            f"cannot open the database {path}: {error}; check that the folder exists and can be "
            f"written to, and that the file is an SQLite database"
        ) from error
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    """Set what a connection needs; close it when the file cannot be used."""
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_size_limit=67108864")
    except sqlite3.Error:
        connection.close()
        raise


class SqliteDatabase:
    """A database in a file; belongs to the event loop that first uses it."""

    def __init__(self, path: Path, texts: Texts, *, synchronous: Synchronous = "NORMAL") -> None:
        """Open the file, whose tables must be there."""
        self.description = f"SQLite {path}"
        self._statements = {
            name: (text.sql, _binder(text.parameters)) for name, text in texts.statements.items()
        }
        self._connection = connect(path, busy_seconds=0.0)
        self._connection.execute("PRAGMA wal_autocheckpoint=0")
        self._flushing = _Flushing(path)
        self._is_flushed_first = synchronous == "FULL"
        self._waiting: deque[_Job] = deque()
        self._alone = 0
        """How many of the next jobs are written each in a transaction of its own."""
        self._is_scheduled = False
        self._busy_until: float | None = None
        self._since_checkpoint = 0
        self._checkpoint: asyncio.Task[None] | None = None
        self._is_held = False
        self._is_dirty = False
        self._is_closed = False

    async def write(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work in a transaction that it may share with others."""
        self._check_open()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Job(make, future))
        self._schedule(loop)
        return await future

    async def read(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work that changes nothing."""
        self._check_open()
        connection = self._connection
        try:
            connection.execute("BEGIN")
            try:
                return self._drive(make())
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise translated(error) from error

    async def write_once(self, name: str, values: Values | list[Any]) -> Rows:
        """Execute one statement as a unit of work."""
        return await self.write(lambda: alone(name, values))

    async def rows(self, name: str, values: Values) -> Rows:
        """Return the rows of one statement that changes nothing."""
        self._check_open()
        sql, bind = self._statements[name]
        try:
            return self._connection.execute(sql, bind(values)).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        if self._is_closed:
            return
        while self._waiting:
            await asyncio.wait([self._waiting[-1].future])
        self._is_closed = True
        if self._checkpoint is not None:
            await asyncio.wait([self._checkpoint])
        await self._flushing.close()
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA optimize")
        self._connection.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise Unavailable("the database is closed")

    # -- writing ---------------------------------------------------------------------------

    def _schedule(self, loop: asyncio.AbstractEventLoop, pause: float = 0.0) -> None:
        if self._is_scheduled or self._is_held:
            return
        self._is_scheduled = True
        if pause:
            loop.call_later(pause, self._write_waiting, loop)
        else:
            loop.call_soon(self._write_waiting, loop)

    def _write_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_scheduled = False
        if self._is_held or not self._waiting:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._wait_for_others(loop, error)
            return
        self._busy_until = None
        size = 1 if self._alone else min(len(self._waiting), _LARGEST_GROUP)
        group = [self._waiting.popleft() for _ in range(size)]
        if self._write_group(group):
            self._alone = max(0, self._alone - 1)
            self._hand_back(loop, group)
            self._since_checkpoint += len(group)
            if self._since_checkpoint >= _WORK_PER_CHECKPOINT and self._checkpoint is None:
                self._checkpoint = loop.create_task(self._run_checkpoint(loop))
        else:
            self._waiting.extendleft(reversed(group))
            self._alone = max(self._alone, len(group))
        if self._waiting:
            self._schedule(loop)

    def _wait_for_others(self, loop: asyncio.AbstractEventLoop, error: sqlite3.Error) -> None:
        """Try again soon; give up when the file was held by another process for too long."""
        if self._busy_until is None:
            self._busy_until = loop.time() + _BUSY_SECONDS
        if _is_busy(error) and loop.time() < self._busy_until:
            self._schedule(loop, _BUSY_PAUSE)
            return
        self._busy_until = None
        while self._waiting:
            job = self._waiting.popleft()
            job.error = translated(error)
            job.settle()
        self._alone = 0

    def _write_group(self, group: Sequence[_Job]) -> bool:
        """Write ``group`` in the open transaction; False when one of several has spoilt it."""
        connection = self._connection
        try:
            for job in group:
                before = connection.total_changes
                try:
                    job.result, job.error = self._drive(job.make()), None
                except StorageError as error:
                    if connection.total_changes != before:
                        raise
                    job.error = error
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for the result
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return len(group) == 1 and self._has_failed(group[0], error)
        return True

    def _has_failed(self, job: _Job, error: Exception) -> bool:
        """Whether a job that was alone has failed for good."""
        job.attempts += 1
        if isinstance(error, Again):
            if job.attempts < _MAX_ATTEMPTS:
                return False
            error = Unavailable("the database is too busy")
        job.error = translated(error)
        return True

    def _hand_back(self, loop: asyncio.AbstractEventLoop, group: Sequence[_Job]) -> None:
        if self._is_flushed_first:
            flushed = loop.run_in_executor(self._flushing.thread, self._flushing.flush)
            flushed.add_done_callback(lambda done: _settle_flushed(group, done))
            return
        for job in group:
            job.settle()
        if not self._is_dirty:
            self._is_dirty = True
            loop.call_later(_SECONDS_PER_FLUSH, self._flush_soon, loop)

    def _flush_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_dirty = False
        if not self._is_closed and self._checkpoint is None:
            flushed = loop.run_in_executor(self._flushing.thread, self._flushing.flush)
            flushed.add_done_callback(self._note_flushed)

    def _note_flushed(self, flushed: asyncio.Future[None]) -> None:
        if not flushed.cancelled() and (error := flushed.exception()) is not None:
            log.error("the database was not flushed", extra=fields(error=str(error)))

    async def _run_checkpoint(self, loop: asyncio.AbstractEventLoop) -> None:
        """Move the write-ahead log into the file: most of it while writing goes on."""
        thread, flushing = self._flushing.thread, self._flushing
        try:
            await loop.run_in_executor(thread, flushing.checkpoint)
            self._is_held = True
            await loop.run_in_executor(thread, flushing.checkpoint)
            self._since_checkpoint = 0
        except sqlite3.Error:
            self._since_checkpoint = _WORK_PER_CHECKPOINT // 2  # sooner again; nothing is lost
        finally:
            self._is_held = False
            self._checkpoint = None
            if self._waiting:
                self._schedule(loop)

    def _drive(self, work: Work[T]) -> T:
        execute, statements = self._connection.execute, self._statements
        rows: Sequence[Sequence[Any]] = ()
        try:
            step = next(work)
            while True:
                name, values = step
                sql, bind = statements[name]
                if isinstance(values, list):
                    self._connection.executemany(sql, map(bind, values))
                    rows = ()
                else:
                    rows = execute(sql, bind(values)).fetchall()
                step = work.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            work.close()


class _Flushing:
    """What is done beside the loop, in one thread: flushing the log, and checkpoints."""

    def __init__(self, path: Path) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="kefu-sqlite")
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def flush(self) -> None:
        """Bring the write-ahead log to the disk.

        Opening and closing the log is safe: SQLite's locks are on the other two files.
        """
        try:
            descriptor = os.open(f"{self._path}-wal", os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def checkpoint(self) -> None:
        """Copy what is committed from the log into the file, waiting for nobody."""
        if self._connection is None:
            self._connection = connect(self._path)
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    async def close(self) -> None:
        """Finish, and close the connection."""
        await asyncio.get_running_loop().run_in_executor(self.thread, self._close)
        self.thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _settle_flushed(group: Sequence[_Job], flushed: asyncio.Future[None]) -> None:
    error = None if flushed.cancelled() else flushed.exception()
    for job in group:
        if error is not None and job.error is None:
            job.error = Unavailable(f"the database could not be flushed to the disk: {error}")
        job.settle()


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def translated(error: Exception) -> Exception:
    """Return what callers are told about ``error``."""
    is_missing = str(error).startswith("no such table")
    if isinstance(error, sqlite3.OperationalError) and not is_missing:
        return Unavailable(f"the database did not work: {error}")
    if isinstance(error, sqlite3.Error):
        return StorageError(f"the database refused: {error}")
    return error


def _binder(parameters: list[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(parameters) > 1:
        return itemgetter(*parameters)
    return lambda values: tuple(values[name] for name in parameters)
