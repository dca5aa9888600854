"""SQLite: one thread that writes, one that reads.

What waits to be written when the writing thread comes round is written in one transaction, so
that busy conversations share the cost of a commit. WAL with ``synchronous=NORMAL``: a process
that is killed loses nothing that was committed; a machine that loses power may lose the last
commits, never the consistency of the file. ``synchronous=FULL`` closes that gap at the price of a
disk flush per group.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from kefu.errors import StorageError, Unavailable
from kefu.storage.sql.texts import Texts
from kefu.storage.sql.work import Again, Work

__all__ = ["SqliteDatabase", "connect"]

T = TypeVar("T")

Synchronous: TypeAlias = Literal["NORMAL", "FULL"]

_BUSY_SECONDS = 10.0
_LARGEST_GROUP = 128
_MAX_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class _Job:
    make: Callable[[], Work[Any]]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class _Done:
    job: _Job
    result: Any = None
    error: BaseException | None = None


_Queue: TypeAlias = "queue.SimpleQueue[_Job | None]"


def connect(path: Path, synchronous: Synchronous = "NORMAL") -> sqlite3.Connection:
    """Open ``path``, creating it when there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_size_limit=33554432")
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(
            f"cannot open the database {path}: {error}; check that the folder exists and can be "
            f"written to, and that the file is an SQLite database"
        ) from error
    return connection


class SqliteDatabase:
    """A database in a file."""

    def __init__(self, path: Path, texts: Texts, *, synchronous: Synchronous = "NORMAL") -> None:
        """Open the file, whose tables must be there."""
        self.description = f"SQLite {path}"
        self._statements = {
            name: (text.sql, _binder(text.parameters)) for name, text in texts.statements.items()
        }
        self._writes: _Queue = queue.SimpleQueue()
        self._reads: _Queue = queue.SimpleQueue()
        writing, reading = connect(path, synchronous), connect(path, synchronous)
        reading.execute("PRAGMA query_only=ON")
        self._threads = [
            threading.Thread(target=target, args=(connection,), name=name, daemon=True)
            for target, connection, name in (
                (self._write_all, writing, "kefu-sqlite-write"),
                (self._read_all, reading, "kefu-sqlite-read"),
            )
        ]
        for thread in self._threads:
            thread.start()
        self._is_closed = False

    async def write(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work in a transaction that it may share with others."""
        return await self._submit(self._writes, make)

    async def read(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work that changes nothing."""
        return await self._submit(self._reads, make)

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        self._is_closed = True
        self._writes.put(None)
        self._reads.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    async def _submit(self, jobs: _Queue, make: Callable[[], Work[T]]) -> T:
        if self._is_closed:
            raise Unavailable("the database is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        jobs.put(_Job(make, future, loop))
        return await future

    # -- the writing thread ----------------------------------------------------------------

    def _write_all(self, connection: sqlite3.Connection) -> None:
        goes_on = True
        while goes_on:
            jobs, goes_on = _next_group(self._writes)
            if jobs:
                _hand_back(self._write_group(connection, jobs))
        with contextlib.suppress(sqlite3.Error):
            connection.execute("PRAGMA optimize")
        connection.close()

    def _write_group(self, connection: sqlite3.Connection, jobs: Sequence[_Job]) -> list[_Done]:
        """Write ``jobs`` in one transaction; when one of them spoils it, each in its own."""
        done: list[_Done] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                before = connection.total_changes
                try:
                    done.append(_Done(job, self._drive(connection, job.make())))
                except (StorageError, Again) as error:
                    is_clean = connection.total_changes == before
                    if isinstance(error, Again) or not is_clean:
                        raise
                    done.append(_Done(job, error=error))
            connection.execute("COMMIT")
        except Exception:  # noqa: BLE001 - found out below whose it is
            _roll_back(connection)
            return [self._write_alone(connection, job) for job in jobs]
        return done

    def _write_alone(self, connection: sqlite3.Connection, job: _Job) -> _Done:
        for _ in range(_MAX_ATTEMPTS):
            try:
                connection.execute("BEGIN IMMEDIATE")
                result = self._drive(connection, job.make())
                connection.execute("COMMIT")
            except Again:
                _roll_back(connection)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for the result
                _roll_back(connection)
                return _Done(job, error=_translated(error))
            else:
                return _Done(job, result)
        return _Done(job, error=Unavailable("the database is too busy"))

    # -- the reading thread ----------------------------------------------------------------

    def _read_all(self, connection: sqlite3.Connection) -> None:
        while (job := self._reads.get()) is not None:
            try:
                connection.execute("BEGIN")
                done = _Done(job, self._drive(connection, job.make()))
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for the result
                done = _Done(job, error=_translated(error))
            _roll_back(connection)
            _hand_back([done])
        connection.close()

    def _drive(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        rows: Sequence[Sequence[Any]] = ()
        try:
            step = next(work)
            while True:
                name, values = step
                sql, bind = self._statements[name]
                if isinstance(values, list):
                    connection.executemany(sql, map(bind, values))
                    rows = ()
                else:
                    rows = connection.execute(sql, bind(values)).fetchall()
                step = work.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            work.close()


def _next_group(jobs: _Queue) -> tuple[list[_Job], bool]:
    """Wait for a job and take all that wait with it; False when there will be no more."""
    group: list[_Job] = []
    job = jobs.get()
    with contextlib.suppress(queue.Empty):
        while job is not None:
            group.append(job)
            if len(group) == _LARGEST_GROUP:
                break
            job = jobs.get_nowait()
        else:
            return group, False
    return group, True


def _hand_back(done: Sequence[_Done]) -> None:
    loops = {item.job.loop for item in done}
    for loop in loops:
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(_settle, [item for item in done if item.job.loop is loop])


def _settle(done: Sequence[_Done]) -> None:
    for item in done:
        future = item.job.future
        if future.done():
            continue
        if item.error is not None:
            future.set_exception(item.error)
        else:
            future.set_result(item.result)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, sqlite3.OperationalError):
        return Unavailable(f"the database did not work: {error}")
    if isinstance(error, sqlite3.Error):
        return StorageError(f"the database refused: {error}")
    return error


def _binder(parameters: list[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(parameters) > 1:
        return itemgetter(*parameters)
    return lambda values: tuple(values[name] for name in parameters)
