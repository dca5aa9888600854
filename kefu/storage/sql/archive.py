"""The logs, opened to be read and nothing else: no table is made, no row written."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import quote

from kefu.errors import StorageError, Unavailable
from kefu.evaluation.replay.recording import Entry
from kefu.storage.sql.opening import DEFAULT_PATH, kind_of
from kefu.storage.sql.schema import VERSION_TABLE
from kefu.storage.sql.sqlite import translated
from kefu.storage.sql.texts import Texts, texts_for
from kefu.storage.sql.work import Reading, Rows, Values

__all__ = ["SqlArchive", "open_archive"]

_READ_VERSION = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant
_START_ONCE = (
    "start this version of Kefu on it once, which brings its tables up to date, or read it with"
    " the version that wrote it"
)


class SqlArchive:
    """Reads logs; see :class:`kefu.evaluation.inbox.ports.MessageLog`."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def listed(self, *, after: str, since: float, limit: int) -> Sequence[str]:
        """Return ids of what changed at ``since`` or later."""
        values = {"after": after, "since": since, "limit": limit}
        return [row[0] for row in await self._reading.rows("listed_since", values)]

    async def entries(self, conversation_id: str, *, after: int, limit: int) -> Sequence[Entry]:
        """Return a page of a log."""
        values = {"conversation_id": conversation_id, "after": after, "limit": limit}
        return [Entry(*row) for row in await self._reading.rows("page", values)]

    async def items(self, kind: str) -> Sequence[str]:
        """Return the JSON of everything of a kind that trainers and agents keep."""
        return [row[4] for row in await self._reading.rows("desk_items", {"kind": kind})]

    async def end(self) -> int:
        """Return the position of the last entry of all logs."""
        ((position,),) = await self._reading.rows("end_of_logs", {})
        return position or 0

    async def tail(self, *, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return what came to all logs behind a position."""
        rows = await self._reading.rows("tail_of_logs", {"after": after, "limit": limit})
        return [(row[0], row[1]) for row in rows]


class _SqliteFile:
    """An SQLite file that is opened read-only; a server may write to it meanwhile."""

    def __init__(self, path: Path, texts: Texts) -> None:
        self._texts = {name: (text.sql, text.parameters) for name, text in texts.statements.items()}
        if not path.is_file():
            raise StorageError(f"there is no database {path} — check endpoints.yml, or --store")
        try:
            where = f"file:{quote(str(path.resolve()))}?mode=ro"
            self.connection = sqlite3.connect(where, uri=True, isolation_level=None)
            self.connection.execute("PRAGMA query_only=ON")
        except sqlite3.Error as error:
            raise Unavailable(f"cannot read the database {path}: {error}") from error

    async def rows(self, name: str, values: Values) -> Rows:
        """Return the rows of one statement; nothing else happens on this loop meanwhile."""
        sql, parameters = self._texts[name]
        try:
            bound = [values[parameter] for parameter in parameters]
            return self.connection.execute(sql, bound).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error


@asynccontextmanager
async def open_archive(where: str | Path = DEFAULT_PATH) -> AsyncIterator[SqlArchive]:
    """Give the logs of a database, which is opened read-only and closed at the end.

    Args:
        where: As :func:`kefu.storage.sql.open_sql` takes it.

    Raises:
        Unavailable: It cannot be reached.
        StorageError: It is not there, or not a database of this version of Kefu.
    """
    kind, rest = kind_of(where)
    texts = texts_for("postgresql" if kind == "postgresql" else "sqlite")
    if kind == "postgresql":
        async with _postgres(str(rest), texts) as reading:
            yield SqlArchive(reading)
        return
    path = Path(rest)
    file = _SqliteFile(path, texts)
    with closing(file.connection):
        try:
            row = file.connection.execute(_READ_VERSION).fetchone()
        except sqlite3.Error as error:
            raise StorageError(f"{path} is no database of Kefu: {error}") from error
        _check_version(str(row[0]) if row else "", texts, str(path))
        yield SqlArchive(file)


@asynccontextmanager
async def _postgres(url: str, texts: Texts) -> AsyncIterator[Reading]:
    try:
        from kefu.storage.sql.postgres import (  # noqa: PLC0415 - only when named
            PostgresDatabase,
            connected,
            described,
        )
    except ModuleNotFoundError as error:
        raise StorageError(
            "PostgreSQL needs the package asyncpg: pip install 'kefu[postgres]'"
        ) from error
    # An unknown parameter of the URL is one of the session: the server itself refuses to write.
    url += f"{'&' if '?' in url else '?'}default_transaction_read_only=on"
    async with connected(url) as connection:
        is_there = await connection.fetchval(f"SELECT to_regclass('{VERSION_TABLE}')")
        version = await connection.fetchval(_READ_VERSION) if is_there else None
        _check_version(str(version or ""), texts, described(url))
    database = await PostgresDatabase.opened(url, texts, connections=1)
    try:
        yield database
    finally:
        await database.close()


def _check_version(version: str, texts: Texts, where: str) -> None:
    if not version:
        raise StorageError(f"{where} is no database of Kefu — check endpoints.yml, or --store")
    if version != texts.schema_version:
        raise StorageError(
            f"{where} has the tables of another version ({version}, not {texts.schema_version}):"
            f" {_START_ONCE}"
        )
