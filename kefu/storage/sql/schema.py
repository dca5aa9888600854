"""Sees to it that the tables are there and are those of this version.

An empty database gets all tables at once, an older one is upgraded by the migrations; both ways
lead to the same tables. SQLAlchemy and Alembic are loaded for an upgrade only.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from kefu.errors import StorageError
from kefu.storage.sql.sqlite import connect
from kefu.storage.sql.texts import Texts

__all__ = ["VERSION_TABLE", "prepare_postgres", "prepare_sqlite"]

VERSION_TABLE: Final = "kefu_schema"
"""Alembic's version table; of its own name, so that other programs can share a database."""

_CREATE_VERSION = (
    f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
    f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
)
_STAMP = f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{{version}}')"  # noqa: S608 - a constant
_READ_VERSION = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant
_LOCK = 5_332_846
"""Key of the advisory lock that lets one process at a time prepare a PostgreSQL database."""


def prepare_sqlite(path: Path, texts: Texts) -> None:
    """Create or upgrade the tables of the file at ``path`` where that is necessary.

    Raises:
        StorageError: The file holds something else, or tables of a newer version.
    """
    connection = connect(path)
    try:
        version = _sqlite_version(connection, path, texts)
        if version is None:
            connection.execute("BEGIN IMMEDIATE")
            if _sqlite_version(connection, path, texts) is None:
                for statement in _creating(texts):
                    connection.execute(statement)
            connection.execute("COMMIT")
            version = _sqlite_version(connection, path, texts)
    except sqlite3.Error as error:
        raise StorageError(f"cannot use the database {path}: {error}") from error
    finally:
        connection.close()
    if version != texts.schema_version:
        from kefu.storage.sql.migrating import upgrade_sqlite  # noqa: PLC0415 - loads Alembic

        upgrade_sqlite(path, str(version))


def _sqlite_version(connection: sqlite3.Connection, path: Path, texts: Texts) -> str | None:
    """Return the version of the tables; None when there are none."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in rows}
    if VERSION_TABLE not in names:
        _check_free(names, texts, str(path))
        return None
    row = connection.execute(_READ_VERSION).fetchone()
    return str(row[0]) if row else ""


async def prepare_postgres(connection: Any, texts: Texts, url: str) -> None:
    """Create or upgrade the tables that ``connection`` sees where that is necessary.

    Raises:
        StorageError: There are tables of a newer version.
    """
    if await _postgres_version(connection) == texts.schema_version:
        return
    await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
    try:
        version = await _postgres_version(connection)
        if version is None:
            rows = await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            )
            _check_free({row[0] for row in rows}, texts, "the PostgreSQL database")
            async with connection.transaction():
                for statement in _creating(texts):
                    await connection.execute(statement)
        elif version != texts.schema_version:
            from kefu.storage.sql.migrating import upgrade_postgres  # noqa: PLC0415 - the same

            await upgrade_postgres(url, version)
    finally:
        await connection.execute(f"SELECT pg_advisory_unlock({_LOCK})")


async def _postgres_version(connection: Any) -> str | None:
    if await connection.fetchval(f"SELECT to_regclass('{VERSION_TABLE}')") is None:
        return None
    return str(await connection.fetchval(_READ_VERSION) or "")


def _check_free(names: set[str], texts: Texts, where: str) -> None:
    """Refuse a database in which tables of another program have names that Kefu needs."""
    taken = sorted(names.intersection(texts.tables))
    if taken:
        raise StorageError(
            f"{where} holds tables of another program with names that Kefu needs: "
            f"{', '.join(taken)}; give Kefu a database of its own"
        )


def _creating(texts: Texts) -> list[str]:
    return [*texts.creating, _CREATE_VERSION, _STAMP.format(version=texts.schema_version)]
