"""The logs, opened to be read only."""

import sqlite3

import pytest

from kefu.errors import StorageError
from kefu.gateway.records import Arrival
from kefu.storage.sql import open_sql
from kefu.storage.sql.archive import open_archive


@pytest.fixture(params=["sqlite", "postgresql"])
async def where(request, tmp_path):
    """Return where a database with two conversations is."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'log.db'}"
    else:
        url = request.getfixturevalue("new_postgres_database")
    storage = await open_sql(url)
    for number, name in enumerate(("b", "a", "b")):
        await storage.stores.log.receive(
            Arrival(
                conversation_id=name,
                channel="rest",
                message_id=f"m{number}",
                timestamp=100.0 + number,
                body=f'{{"text": "{number}"}}',
            )
        )
    await storage.close()
    return url


async def test_conversations_and_their_entries_are_read(where):
    async with open_archive(where) as archive:
        assert await archive.listed(after="", since=0.0, limit=10) == ["a", "b"]
        assert await archive.listed(after="a", since=0.0, limit=10) == ["b"]
        assert await archive.listed(after="", since=101.5, limit=10) == ["b"]
        assert await archive.listed(after="", since=0.0, limit=1) == ["a"]
        found = await archive.entries("b", after=0, limit=10)
        assert [(entry.seq, entry.kind, entry.timestamp) for entry in found] == [
            (1, "message", 100.0),
            (2, "message", 102.0),
        ]
        assert [entry.seq for entry in await archive.entries("b", after=1, limit=10)] == [2]
        assert await archive.entries("nobody", after=0, limit=10) == []


async def test_what_came_to_all_logs_is_read_behind_a_position(where):
    async with open_archive(where) as archive:
        end = await archive.end()
        every = await archive.tail(after=0, limit=10)
        assert [name for _, name in every] == ["b", "a", "b"]
        assert every[-1][0] == end
        assert await archive.tail(after=every[0][0], limit=1) == [every[1]]
        assert await archive.tail(after=end, limit=10) == []


async def test_the_database_itself_refuses_to_write(where):
    async with open_archive(where) as archive:
        values = {"address": "x", "conversation_id": "y"}
        with pytest.raises(StorageError):
            await archive._reading.rows("put_alias", values)


async def test_a_database_that_is_not_there_is_not_made(tmp_path):
    path = tmp_path / "none.db"
    with pytest.raises(StorageError, match="there is no database"):
        async with open_archive(path):
            pass
    assert not path.exists()


async def test_what_is_no_database_of_kefu_is_refused(tmp_path):
    empty, text = tmp_path / "empty.db", tmp_path / "text.db"
    sqlite3.connect(empty).close()
    empty.touch()
    text.write_text("no database at all, but a text that is long enough to be taken for one" * 9)
    for path in (empty, text):
        with pytest.raises(StorageError, match="no database"):
            async with open_archive(path):
                pass


async def test_tables_of_another_version_are_left_as_they_are(tmp_path):
    path = tmp_path / "old.db"
    storage = await open_sql(path)
    await storage.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE kefu_schema SET version_num = '0001'")
    connection.close()
    with pytest.raises(StorageError, match="another version"):
        async with open_archive(path):
            pass
