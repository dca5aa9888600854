"""Opens a database by its URL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from kefu.errors import StorageError
from kefu.gateway.ports import Stores
from kefu.storage.opened import Storage
from kefu.storage.sql.attachments import SqlAttachments
from kefu.storage.sql.channel_state import SqlChannelState
from kefu.storage.sql.conversations import SqlConversations
from kefu.storage.sql.customers import SqlCustomers
from kefu.storage.sql.deliveries import SqlDeliveries
from kefu.storage.sql.desk import SqlDesk
from kefu.storage.sql.desk_items import SqlDeskItems
from kefu.storage.sql.leases import SqlLeases
from kefu.storage.sql.log import SqlConversationLog
from kefu.storage.sql.reminders import SqlReminders
from kefu.storage.sql.schema import prepare_postgres, prepare_sqlite
from kefu.storage.sql.search import PostgresSearch, SqlSearch
from kefu.storage.sql.sqlite import SqliteDatabase, Synchronous
from kefu.storage.sql.sqlite_reading import SqliteReading
from kefu.storage.sql.staff import SqlStaff
from kefu.storage.sql.texts import texts_for
from kefu.storage.sql.unfed import SqlUnfed
from kefu.storage.sql.visits import SqlVisits
from kefu.storage.sql.work import Database

__all__ = ["DEFAULT_PATH", "kind_of", "open_sql"]

DEFAULT_PATH = Path("var/kefu.db")


async def open_sql(
    where: str | Path = DEFAULT_PATH,
    *,
    synchronous: Synchronous = "NORMAL",
    connections: int = 10,
    feeds: Sequence[str] = (),
    login_db: str | None = None,
) -> Storage:
    """Open a database, creating or upgrading its tables where necessary.

    Args:
        where: Path of an SQLite file, ``sqlite:///path`` or ``postgresql://user@host/database``.
        synchronous: How SQLite flushes to the disk: FULL survives a power cut without losing the
            last second, and is slower. ``?synchronous=full`` in the URL says the same.
        connections: Most connections to PostgreSQL at a time.
        feeds: For whom it is noted what is committed; see :mod:`kefu.gateway.feeding`.
        login_db: Of PostgreSQL: create the database from here where there is none.

    Raises:
        Unavailable: It cannot be reached.
        StorageError: It is there, but is not a database of this version of Kefu.
    """
    kind, rest = kind_of(where)
    if kind == "postgresql":
        if login_db is not None:
            from kefu.storage.sql.creating import create_database  # noqa: PLC0415

            await create_database(str(rest), login_db)
        database, log = await _open_postgres(str(rest), connections, feeds)
        return _storage(database, log, PostgresSearch(database, database), database.close)
    path, texts = Path(rest), texts_for("sqlite")
    if "://" in str(where):
        synchronous = _synchronous(str(where), synchronous)
    prepare_sqlite(path, texts)
    database = SqliteDatabase(path, texts, synchronous=synchronous)
    reading = SqliteReading(path, texts)

    async def close() -> None:
        await reading.close()
        await database.close()

    log = SqlConversationLog(database, feeds=feeds)
    return _storage(database, log, SqlSearch(database, reading), close)


def kind_of(where: str | Path) -> tuple[str, str | Path]:
    """Return the kind of database that ``where`` names, and how to reach it.

    Raises:
        StorageError: It names none.
    """
    if isinstance(where, Path) or "://" not in where:
        return "sqlite", where
    parts = urlsplit(where)
    scheme = parts.scheme.split("+", 1)[0]
    if scheme in {"postgresql", "postgres"}:
        return "postgresql", parts._replace(scheme="postgresql").geturl()
    if scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return "sqlite", unquote(parts.path[1:])
    raise StorageError(
        f"cannot open {scheme}://…: give sqlite:///path/to/file.db or "
        f"postgresql://user:password@host/database"
    )


def _synchronous(url: str, otherwise: Synchronous) -> Synchronous:
    wanted = parse_qs(urlsplit(url).query).get("synchronous", [otherwise])[-1].upper()
    if wanted == "FULL":
        return "FULL"
    if wanted == "NORMAL":
        return "NORMAL"
    raise StorageError(f"synchronous={wanted.lower()} in {url!r}: give 'normal' or 'full'")


async def _open_postgres(
    url: str, connections: int, feeds: Sequence[str]
) -> tuple[Database, SqlConversationLog]:
    try:
        from kefu.storage.sql.postgres import PostgresDatabase, connected  # noqa: PLC0415
        from kefu.storage.sql.postgres_log import PostgresConversationLog  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise StorageError(
            "PostgreSQL needs the package asyncpg: pip install 'kefu[postgres]'"
        ) from error
    texts = texts_for("postgresql")
    async with connected(url) as connection:
        await prepare_postgres(connection, texts, url)
    database = await PostgresDatabase.opened(url, texts, connections=connections)
    return database, PostgresConversationLog(database, feeds=feeds)


def _storage(
    database: Database,
    log: SqlConversationLog,
    search: SqlSearch,
    close: Callable[[], Awaitable[None]],
) -> Storage:
    conversations = SqlConversations(database)

    async def check() -> None:
        await conversations.listed(limit=1)

    return Storage(
        description=database.description,
        stores=Stores(
            log=log,
            conversations=conversations,
            deliveries=SqlDeliveries(database),
            reminders=SqlReminders(database),
        ),
        leases=SqlLeases(database),
        attachments=SqlAttachments(database),
        channel_state=SqlChannelState(database),
        unfed=SqlUnfed(database),
        customers=SqlCustomers(database, feeds=log.feeds),
        visits=SqlVisits(database),
        staff=SqlStaff(database),
        desk=SqlDesk(database, feeds=log.feeds),
        desk_items=SqlDeskItems(database),
        search=search,
        close=close,
        check=check,
    )
