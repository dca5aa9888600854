"""Opening databases: fresh, older, newer, foreign and broken ones."""

import asyncio
import gc
import json
import sqlite3
import subprocess
import sys

import asyncpg
import pytest
from sqlalchemy import create_engine

from kefu.errors import StorageError, Unavailable
from kefu.storage.sql import open_sql
from kefu.storage.sql.migrating import upgrade
from kefu.storage.sql.statements import DIALECTS, compiled
from kefu.storage.sql.tables import SCHEMA_VERSION
from kefu.storage.sql.texts import FROZEN, texts_for
from tests.contract.test_conversation_log import arrival


def schema_of(path):
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    version = connection.execute("SELECT version_num FROM kefu_schema").fetchall()
    connection.close()
    return sorted((kind, name, table, _normal(sql)) for kind, name, table, sql in rows), version


def _normal(sql):
    return " ".join((sql or "").replace("(", " ( ").replace(")", " ) ").split())


@pytest.mark.parametrize("database", list(DIALECTS))
def test_the_frozen_texts_are_those_of_the_tables(database):
    """Run ``python -m kefu.storage.sql.statements`` after a change of tables or statements."""
    assert texts_for(database) == compiled(DIALECTS[database])
    assert set(json.loads(FROZEN.read_bytes())) == set(DIALECTS)


async def test_a_fresh_file_has_the_tables_that_upgrading_leads_to(tmp_path):
    fresh, upgraded = tmp_path / "fresh.db", tmp_path / "upgraded.db"
    await (await open_sql(fresh)).close()
    engine = create_engine(f"sqlite:///{upgraded}")
    with engine.begin() as connection:
        upgrade(connection, "")
    engine.dispose()
    assert schema_of(fresh) == schema_of(upgraded)
    assert schema_of(fresh)[1] == [(SCHEMA_VERSION,)]


async def test_a_fresh_postgres_database_has_the_tables_that_upgrading_leads_to(
    new_postgres_database,
):
    from sqlalchemy.ext.asyncio import create_async_engine

    await (await open_sql(new_postgres_database)).close()
    fresh = await postgres_schema(new_postgres_database)
    connection = await asyncpg.connect(new_postgres_database)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    engine = create_async_engine(
        new_postgres_database.replace("postgresql://", "postgresql+asyncpg://")
    )
    async with engine.begin() as async_connection:
        await async_connection.run_sync(lambda connection: upgrade(connection, ""))
    await engine.dispose()
    assert await postgres_schema(new_postgres_database) == fresh
    assert fresh


async def postgres_schema(url):
    connection = await asyncpg.connect(url)
    columns = await connection.fetch(
        "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    )
    constraints = await connection.fetch(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace ORDER BY 1"
    )
    await connection.close()
    return [[tuple(row) for row in rows] for rows in (columns, indexes, constraints)]


async def test_an_older_file_is_upgraded_when_it_is_opened(tmp_path):
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE kefu_schema (version_num VARCHAR(32) NOT NULL)")
    connection.close()
    storage = await open_sql(path)
    assert (await storage.stores.log.receive(arrival())).seq == 1
    await storage.close()


async def test_what_was_written_is_there_when_the_file_is_opened_again(tmp_path):
    path = tmp_path / "a" / "b" / "kefu.db"
    first = await open_sql(path)
    await first.stores.log.receive(arrival(message_id="m"))
    await first.close()
    second = await open_sql(f"sqlite:///{path}")
    assert (await second.stores.log.receive(arrival(message_id="m"))).is_repeat
    await second.close()


async def test_two_processes_share_a_file(tmp_path):
    one, two = await open_sql(tmp_path / "kefu.db"), await open_sql(tmp_path / "kefu.db")
    for n in range(10):
        await (one if n % 2 else two).stores.log.receive(arrival(message_id=f"m{n}"))
    assert len(await one.stores.log.history("c1")) == 10
    await one.close()
    await two.close()


async def test_two_processes_that_write_at_the_same_time_wait_for_each_other(tmp_path):
    both = [await open_sql(tmp_path / "kefu.db") for _ in range(2)]
    results = await asyncio.gather(
        *(
            storage.stores.log.receive(arrival(message_id=f"m{n}"))
            for n in range(100)
            for storage in both
        )
    )
    assert sum(not result.is_repeat for result in results) == 100
    assert len(await both[0].stores.log.history("c1", limit=1000)) == 100
    for storage in both:
        await storage.close()


async def test_the_write_ahead_log_is_emptied_while_work_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("kefu.storage.sql.sqlite._WORK_PER_CHECKPOINT", 20)
    path = tmp_path / "kefu.db"
    storage = await open_sql(path)
    database, written, sizes = storage.stores.log._database, 0, []
    for _ in range(6):
        while database._checkpoint is None:
            await asyncio.gather(
                *(storage.stores.log.receive(arrival(f"c{n}", body="x" * 5_000)) for n in range(40))
            )
            written += 40
        await asyncio.wait([database._checkpoint])
        sizes.append(path.with_name("kefu.db-wal").stat().st_size)
    assert path.stat().st_size > written * 5_000 / 2
    assert sizes[-1] < 3 * sizes[0]
    assert len(await storage.stores.log.history("c1", limit=1000)) == written / 40
    await storage.close()
    assert not path.with_name("kefu.db-wal").exists()


async def test_with_full_sync_a_commit_is_on_the_disk_before_anybody_is_told(tmp_path, monkeypatch):
    storage = await open_sql(tmp_path / "kefu.db", synchronous="FULL")
    flushed = []
    monkeypatch.setattr("kefu.storage.sql.sqlite.os.fsync", flushed.append)
    assert (await storage.stores.log.receive(arrival())).seq == 1
    assert len(flushed) == 1

    def broken(_descriptor):
        raise OSError("input/output error")

    monkeypatch.setattr("kefu.storage.sql.sqlite.os.fsync", broken)
    with pytest.raises(Unavailable, match="flushed"):
        await storage.stores.log.receive(arrival())
    await storage.close()


async def test_a_newer_file_is_refused_with_advice(tmp_path):
    path = tmp_path / "kefu.db"
    await (await open_sql(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE kefu_schema SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StorageError, match=r"'9999'.*upgrade Kefu"):
        await open_sql(path)


async def test_a_newer_postgres_database_is_refused_with_advice(new_postgres_database):
    await (await open_sql(new_postgres_database)).close()
    connection = await asyncpg.connect(new_postgres_database)
    await connection.execute("UPDATE kefu_schema SET version_num = '9999'")
    await connection.close()
    with pytest.raises(StorageError, match=r"'9999'.*upgrade Kefu"):
        await open_sql(new_postgres_database)


async def test_two_processes_may_prepare_the_same_postgres_database(new_postgres_database):
    opened = await asyncio.gather(*(open_sql(new_postgres_database) for _ in range(4)))
    for storage in opened:
        await storage.check()
        await storage.close()


async def test_a_file_of_rasas_is_shared_with_its_tables(tmp_path):
    path = tmp_path / "rasa.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE events (id INTEGER)")
    connection.execute("INSERT INTO events VALUES (7)")
    connection.commit()
    storage = await open_sql(path)
    assert (await storage.stores.log.receive(arrival())).seq == 1
    await storage.close()
    assert connection.execute("SELECT id FROM events").fetchall() == [(7,)]
    connection.close()


async def test_a_database_in_which_names_are_taken_is_left_alone(tmp_path, new_postgres_database):
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE conversations (id INTEGER)")
    connection.close()
    with pytest.raises(StorageError, match=r"another program.*conversations"):
        await open_sql(path)
    server = await asyncpg.connect(new_postgres_database)
    await server.execute("CREATE TABLE reminders (id INTEGER)")
    await server.close()
    with pytest.raises(StorageError, match=r"another program.*reminders"):
        await open_sql(new_postgres_database)


@pytest.mark.parametrize("value", ["full", "NORMAL"])
async def test_how_to_flush_can_be_said_in_the_url(tmp_path, value):
    storage = await open_sql(f"sqlite:///{tmp_path}/kefu.db?synchronous={value}")
    await storage.check()
    await storage.close()
    with pytest.raises(StorageError, match="'normal' or 'full'"):
        await open_sql(f"sqlite:///{tmp_path}/kefu.db?synchronous=sometimes")


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "kefu.db"
    path.write_text("this is not a database " * 100, encoding="utf-8")
    with pytest.raises(StorageError, match=r"kefu\.db"):
        await open_sql(path)
    gc.collect()  # Python 3.13 warns of a connection that was left open


async def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="cannot open"):
        await open_sql(tmp_path / "file" / "kefu.db")


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "redis://x"])
async def test_other_databases_are_refused_with_advice(url):
    with pytest.raises(StorageError, match="sqlite:///path"):
        await open_sql(url)


async def test_a_server_that_does_not_answer_is_unavailable_and_passwords_stay_secret():
    with pytest.raises(Unavailable) as caught:
        await open_sql("postgresql://someone:hunter2@127.0.0.1:1/nothing")
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:1/nothing" in str(caught.value)


async def test_a_server_that_drops_its_connections_is_used_again(new_postgres_database):
    storage = await open_sql(new_postgres_database)
    await storage.stores.log.receive(arrival(message_id="before"))
    server = await asyncpg.connect(new_postgres_database)
    await server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await server.close()
    for _ in range(5):
        try:
            received = await storage.stores.log.receive(arrival(message_id="after"))
            break
        except Unavailable:
            continue
    assert received.seq == 2
    assert (await storage.stores.log.receive(arrival(message_id="before"))).is_repeat
    await storage.close()


async def test_a_closed_store_says_so(tmp_path):
    storage = await open_sql(tmp_path / "kefu.db")
    await storage.close()
    with pytest.raises(Unavailable):
        await storage.check()


async def test_a_locked_file_is_unavailable_and_works_again_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr("kefu.storage.sql.sqlite._BUSY_SECONDS", 0.05)
    storage = await open_sql(tmp_path / "kefu.db")
    other = sqlite3.connect(tmp_path / "kefu.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await storage.stores.log.receive(arrival(message_id="m"))
    other.execute("ROLLBACK")
    other.close()
    assert not (await storage.stores.log.receive(arrival(message_id="m"))).is_repeat
    await storage.close()


async def test_a_full_disk_is_unavailable_and_loses_nothing_that_was_taken(tmp_path):
    path = tmp_path / "kefu.db"
    storage = await open_sql(path)
    await storage.stores.log.receive(arrival(message_id="kept"))
    await storage.close()

    full = await open_sql(path)
    writing = full.stores.log._database
    await writing.write(lambda: _limit(writing))
    with pytest.raises(Unavailable, match="full"):
        await _fill(full.stores.log)
    assert (await full.stores.log.receive(arrival(message_id="kept"))).is_repeat
    await full.close()


async def _fill(log):
    for n in range(200):
        await log.receive(arrival(message_id=f"m{n}", body="x" * 10_000))


def _limit(database):
    """Let the file grow by a few pages only, as a full disk does."""
    database._statements["limit"] = ("PRAGMA max_page_count = 40", lambda values: ())
    yield "limit", {}


def test_opening_a_current_file_loads_neither_alembic_nor_sqlalchemy(tmp_path):
    script = """
import asyncio, sys
from kefu.storage.sql import open_sql

async def main():
    storage = await open_sql(sys.argv[1])
    await storage.check()
    await storage.close()

asyncio.run(main())
loaded = [name for name in ("alembic", "sqlalchemy", "asyncpg") if name in sys.modules]
assert not loaded, loaded
"""
    for _ in range(2):  # a fresh file, and one that is there
        subprocess.run([sys.executable, "-c", script, str(tmp_path / "kefu.db")], check=True)
