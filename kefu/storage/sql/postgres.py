"""PostgreSQL, through asyncpg."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

from kefu.errors import StorageError, Unavailable
from kefu.storage.sql.texts import Texts
from kefu.storage.sql.work import Again, Work

__all__ = ["PostgresDatabase", "connected", "described", "translated"]

T = TypeVar("T")

_MAX_ATTEMPTS = 10
_COMMAND_SECONDS = 30.0
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
                reset=_leave_as_it_is,
            )
        except (*_UNREACHABLE, asyncpg.PostgresError) as error:
            raise translated(error, url) from error
        return cls(url, texts, pool)

    async def write(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work in a transaction of its own."""
        return await self._run(make)

    async def read(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work that changes nothing."""
        return await self._run(make, isolation="repeatable_read", readonly=True)

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        await self._pool.close()

    async def _run(self, make: Callable[[], Work[T]], **how: Any) -> T:
        for _ in range(_MAX_ATTEMPTS):
            try:
                async with self._pool.acquire() as connection, connection.transaction(**how):
                    return await self._drive(connection, make())
            except (Again, asyncpg.TransactionRollbackError):
                continue
            except (*_UNREACHABLE, asyncpg.PostgresError) as error:
                raise translated(error, self._url) from error
        raise Unavailable(f"{self.description} is too busy")

    async def _drive(self, connection: Any, work: Work[T]) -> T:
        rows: Sequence[Sequence[Any]] = ()
        try:
            step = next(work)
            while True:
                name, values = step
                sql, parameters = self._texts[name]
                if isinstance(values, list):
                    await connection.executemany(sql, [_bound(parameters, v) for v in values])
                    rows = ()
                else:
                    rows = await connection.fetch(sql, *_bound(parameters, values))
                step = work.send(rows)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            work.close()


async def _leave_as_it_is(_connection: Any) -> None:
    """Spare the round trip that would reset a session which no unit of work changes."""


def _bound(parameters: Sequence[str], values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(values[name] for name in parameters)
