"""Events in a table ``events`` of a database, as Rasa's SQL broker keeps them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kefu.errors import BrokerError
from kefu.gateway.feeding import Publication
from kefu.logs import shown_url

__all__ = ["PostgresPublisher", "SqlitePublisher"]

_COLUMNS = "sender_id VARCHAR(255), data TEXT"


class SqlitePublisher:
    """Adds rows to an SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Add events in one transaction."""
        rows = [(publication.key, publication.body) for publication in publications]
        try:
            await asyncio.to_thread(self._add, rows)
        except (OSError, sqlite3.Error) as error:
            raise BrokerError(f"cannot write events to {self._path}: {error}") from error
        return 0

    async def close(self) -> None:
        """Do nothing: the file is open only while it is written."""

    def _add(self, rows: list[tuple[str, str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                connection.execute(
                    f"CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, {_COLUMNS})"
                )
                connection.executemany("INSERT INTO events (sender_id, data) VALUES (?, ?)", rows)
        finally:
            connection.close()


class PostgresPublisher:
    """Adds rows to a PostgreSQL database, which may be another one than the log's."""

    def __init__(self, url: str) -> None:
        """Connect with the first event.

        Raises:
            BrokerError: The package asyncpg is missing.
        """
        try:
            import asyncpg  # noqa: PLC0415 - loaded only when named
        except ModuleNotFoundError as error:
            raise BrokerError(
                "the event broker of type sql on PostgreSQL needs the package asyncpg: "
                "pip install 'kefu[postgres]'"
            ) from error
        self._asyncpg = asyncpg
        self._url = url
        self._connection: Any = None

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Add events in one transaction."""
        rows = [(publication.key[:255], publication.body) for publication in publications]
        try:
            connection = await self._connected()
            await connection.executemany(
                "INSERT INTO events (sender_id, data) VALUES ($1, $2)", rows
            )
        except (
            OSError,
            TimeoutError,
            self._asyncpg.PostgresError,
            self._asyncpg.InterfaceError,
            self._asyncpg.InternalClientError,
        ) as error:
            self._give_up()
            raise BrokerError(f"{shown_url(self._url)} took no events: {error!r}") from error
        return 0

    async def close(self) -> None:
        """Disconnect."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _give_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._asyncpg.connect(
                self._url, timeout=10, command_timeout=15
            )
            await self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS events (id BIGSERIAL PRIMARY KEY, {_COLUMNS})"
            )
        return self._connection
