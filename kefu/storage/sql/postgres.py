"""PostgreSQL, through asyncpg."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import asyncpg

from kefu.errors import StorageError, Unavailable
from kefu.storage.sql.texts import Texts
from kefu.storage.sql.work import Again, Rows, Values, Work

__all__ = ["PostgresDatabase", "connected", "described", "translated"]

T = TypeVar("T")

_MAX_ATTEMPTS = 10
_COMMAND_SECONDS = 30.0
_GROUPS_AT_ONCE = 2
_LARGEST_GROUP = 32
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


def described(url: str) -> str:
    """Return ``url`` without user and password."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    return f"PostgreSQL {host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def translated(error: Exception, url: str) -> Exception:
    """Return what callers are told about ``error``."""
    if isinstance(error, _UNREACHABLE):
        return Unavailable(f"{described(url)} cannot be reached: {error or type(error).__name__}")
    if isinstance(error, asyncpg.PostgresError):
        return StorageError(f"{described(url)} refused: {error}")
    return error


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection of its own."""
    try:
        connection = await asyncpg.connect(url, timeout=10, command_timeout=_COMMAND_SECONDS)
    except (*_UNREACHABLE, asyncpg.PostgresError) as error:
        raise translated(error, url) from error
    try:
        yield connection
    finally:
        await connection.close()


class PostgresDatabase:
    """A database on a PostgreSQL server."""

    def __init__(self, url: str, texts: Texts, pool: asyncpg.Pool) -> None:
        """Take over ``pool``; :meth:`opened` makes one."""
        self.description = described(url)
        self._url = url
        self._texts = {name: (text.sql, text.parameters) for name, text in texts.statements.items()}
        self._pool = pool
        self._together: dict[str, _Together] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def opened(cls, url: str, texts: Texts, *, connections: int = 10) -> PostgresDatabase:
        """Connect to a database whose tables are there."""
        try:
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=connections,
                timeout=10,
                command_timeout=_COMMAND_SECONDS,
                init=_set_up,
                reset=_leave_as_it_is,
                max_cached_statement_lifetime=0,
                statement_cache_size=1_000,
            )
        except (*_UNREACHABLE, asyncpg.PostgresError) as error:
            raise translated(error, url) from error
        return cls(url, texts, pool)

    async def write(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work in a transaction of its own."""

        async def run(connection: Any) -> T:
            async with connection.transaction():
                return await self._drive(connection, make())

        return await self._again(run)

    async def read(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work that changes nothing; what takes one statement needs no more."""

        async def run(connection: Any) -> T:
            try:
                return await self._drive(connection, make(), most=1)
            except _TakesMore:
                pass
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await self._drive(connection, make())

        return await self._again(run)

    async def write_once(self, name: str, values: Values | list[Any]) -> Rows:
        """Execute one statement, which is a transaction without being told."""
        return await self._again(
            lambda connection: self._execute(connection, name, values),
            asyncpg.UniqueViolationError,
        )

    async def write_together(self, name: str, values: Values, *, order: str) -> Sequence[Any]:
        """Execute a statement that gives one row, in one transaction with others of its name.

        Those that are asked for while earlier ones are under way go together: one round trip and
        one flush of the disk. If one of them fails, each is executed alone.

        Args:
            name: Of the statement.
            values: Its parameters.
            order: Those of a transaction are executed in the order of this text, so that two
                transactions never wait for each other.
        """
        rows = await self._ask(name, _Asked(order, values, _new_future()), self._write_group)
        return rows[0]

    async def rows_together(self, name: str, values: Values) -> Rows:
        """Return the rows of a statement that reads for many at once.

        Each of its parameters is an array, with an element for each of those who ask while earlier
        ones are answered. The first column tells for whom a row is, counted from 1; it is left out.
        """
        return await self._ask(name, _Asked("", values, _new_future()), self._read_group)

    async def _ask(self, name: str, asked: _Asked, run: _RunGroup) -> Rows:
        queue = self._together.setdefault(name, _Together(run))
        queue.waiting.append(asked)
        if not queue.is_scheduled and queue.running < _GROUPS_AT_ONCE:
            queue.is_scheduled = True
            asyncio.get_running_loop().call_soon(self._start_group, name, queue)
        return await asked.future

    def _start_group(self, name: str, queue: _Together) -> None:
        queue.is_scheduled = False
        if not queue.waiting or queue.running >= _GROUPS_AT_ONCE:
            return
        group, queue.waiting = queue.waiting[:_LARGEST_GROUP], queue.waiting[_LARGEST_GROUP:]
        queue.running += 1
        task = asyncio.get_running_loop().create_task(queue.run(name, group))
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            queue.running -= 1
            self._start_group(name, queue)

        task.add_done_callback(ended)

    async def _write_group(self, name: str, group: list[_Asked]) -> None:
        group.sort(key=_order)
        if len(group) > 1:
            sql, parameters = self._texts[name]
            bound = [_bound(parameters, asked.values) for asked in group]
            try:
                rows = await self._again(lambda connection: connection.fetchmany(sql, bound))
            except Unavailable as error:
                for asked in group:
                    asked.settle(error)
                return
            except StorageError:
                pass  # one of them spoilt it for all
            else:
                for asked, row in zip(group, rows, strict=True):
                    asked.settle((row,))
                return
        for asked in group:
            try:
                asked.settle(await self.write_once(name, asked.values))
            except StorageError as error:
                asked.settle(error)

    async def _read_group(self, name: str, group: list[_Asked]) -> None:
        sql, parameters = self._texts[name]
        bound = [[asked.values[parameter] for asked in group] for parameter in parameters]
        try:
            rows: Rows = await self._again(lambda connection: connection.fetch(sql, *bound))
        except StorageError as error:
            for asked in group:
                asked.settle(error)
            return
        answers: list[list[Sequence[Any]]] = [[] for _ in group]
        for number, *row in rows:
            answers[number - 1].append(row)
        for asked, answer in zip(group, answers, strict=True):
            asked.settle(answer)

    async def rows(self, name: str, values: Values) -> Rows:
        """Return the rows of one statement that changes nothing."""
        return await self._again(lambda connection: self._execute(connection, name, values))

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._pool.close()

    async def _again(self, run: Callable[[Any], Awaitable[T]], *met_another: type[Exception]) -> T:
        """Do ``run`` with a connection, again when it met somebody else's work."""
        for _ in range(_MAX_ATTEMPTS):
            try:
                async with self._pool.acquire() as connection:
                    return await run(connection)
            except (Again, asyncpg.TransactionRollbackError, *met_another):
                continue
            except (*_UNREACHABLE, asyncpg.PostgresError) as error:
                raise translated(error, self._url) from error
        raise Unavailable(f"{self.description} is too busy")

    async def _execute(self, connection: Any, name: str, values: Values | list[Any]) -> Rows:
        sql, parameters = self._texts[name]
        if isinstance(values, list):
            await connection.executemany(sql, [_bound(parameters, v) for v in values])
            return ()
        rows: Rows = await connection.fetch(sql, *_bound(parameters, values))
        return rows

    async def _drive(self, connection: Any, work: Work[T], *, most: int | None = None) -> T:
        rows: Rows = ()
        done = 0
        try:
            step = next(work)
            while True:
                if done == most:
                    raise _TakesMore
                rows = await self._execute(connection, *step)
                done += 1
                step = work.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            work.close()


@dataclass(slots=True)
class _Asked:
    """A statement that somebody waits for."""

    order: str
    values: Values
    future: asyncio.Future[Rows]

    def settle(self, result: Rows | StorageError) -> None:
        """Tell whoever waits."""
        if self.future.done():
            return
        if isinstance(result, StorageError):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


@dataclass(slots=True)
class _Together:
    """What is asked for of one statement."""

    run: _RunGroup
    waiting: list[_Asked] = field(default_factory=list)
    running: int = 0
    is_scheduled: bool = False


_RunGroup: TypeAlias = Callable[[str, list[_Asked]], Coroutine[Any, Any, None]]
_order = attrgetter("order")


def _new_future() -> asyncio.Future[Rows]:
    return asyncio.get_running_loop().create_future()


class _TakesMore(Exception):
    """A unit of work wants another statement than those it may have."""


async def _set_up(connection: Any) -> None:
    """Plan each statement once: no plan here depends on the values it is given."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")


async def _leave_as_it_is(_connection: Any) -> None:
    """Spare the round trip that would reset a session which no unit of work changes."""


def _bound(parameters: Sequence[str], values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(values[name] for name in parameters)
