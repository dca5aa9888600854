"""Creates a database of PostgreSQL that is not there yet, as Rasa does with ``login_db``."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote, unquote, urlsplit

import asyncpg

from kefu.errors import StorageError
from kefu.storage.sql.postgres import connected

__all__ = ["create_database"]


async def create_database(url: str, login_db: str) -> None:
    """Create the database that ``url`` names, logged in to ``login_db``, if there is none.

    Raises:
        Unavailable: The server cannot be reached.
        StorageError: It may not be created.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    from_there = parts._replace(path=f"/{quote(login_db, safe='')}").geturl()
    async with connected(from_there) as connection:
        known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if known:
            return
        quoted = name.replace('"', '""')
        # another process may be faster
        with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            try:
                await connection.execute(f'CREATE DATABASE "{quoted}"')
            except asyncpg.InsufficientPrivilegeError as error:
                raise StorageError(
                    f"the database {name!r} cannot be created from {login_db!r}: {error} — create"
                    " it, or let the user create databases"
                ) from error
