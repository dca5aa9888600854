"""Reading from SQLite in threads: for what takes too long for the event loop's own."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kefu.errors import Unavailable
from kefu.storage.sql.sqlite import connect, translated
from kefu.storage.sql.texts import Texts
from kefu.storage.sql.work import Rows, Values

__all__ = ["SqliteReading"]

_THREADS = 2


class SqliteReading:
    """Executes statements that change nothing, each in a thread with a connection of its own.

    While SQLite works it lets the event loop run. Connections are opened when they are needed.
    """

    def __init__(self, path: Path, texts: Texts) -> None:
        """Read the file at ``path``, whose tables must be there."""
        self._path = path
        self._texts = {name: (text.sql, text.parameters) for name, text in texts.statements.items()}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="kefu-search")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._is_closed = False

    async def rows(self, name: str, values: Values) -> Rows:
        """Return the rows of one statement.

        Raises:
            StorageError: A table is missing, or the file is damaged.
            Unavailable: It cannot be read at the moment.
        """
        if self._is_closed:
            raise Unavailable("the database is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, name, values)

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        for connection in self._connections:
            connection.close()

    def _read(self, name: str, values: Values) -> Rows:
        sql, parameters = self._texts[name]
        bound = [values[parameter] for parameter in parameters]
        try:
            return self._connection().execute(sql, bound).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = connect(self._path)
            connection.execute("PRAGMA query_only=ON")
            self._own.connection = connection
            self._connections.append(connection)
        return connection
