"""A database of PostgreSQL that is created where there is none."""

import secrets
from urllib.parse import urlsplit

import asyncpg
import pytest

from kefu.errors import StorageError
from kefu.storage.sql import open_sql


async def test_a_database_is_created_once_from_another_one(postgres_database):
    parts = urlsplit(postgres_database)
    name = f"kefu_{secrets.token_hex(4)}-新"
    url = parts._replace(path=f"/{name}").geturl()
    login = parts.path.strip("/")
    try:
        for _ in range(2):
            storage = await open_sql(url, login_db=login)
            await storage.check()
            await storage.close()
    finally:
        connection = await asyncpg.connect(postgres_database)
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        await connection.close()


async def test_a_database_to_log_in_to_has_to_be_there(postgres_database):
    with pytest.raises(StorageError):
        await open_sql(postgres_database, login_db="no_such_database")
