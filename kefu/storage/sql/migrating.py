"""Upgrades older tables with Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from kefu.errors import StorageError

__all__ = ["upgrade", "upgrade_postgres", "upgrade_sqlite"]

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(connection: Connection, found: str, *, to: str = "head") -> None:
    """Run the migrations that lead from version ``found`` to ``to``.

    Raises:
        StorageError: ``found`` is not a version that the migrations know.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    if found:
        _check_known(config, found)
    try:
        command.upgrade(config, to)
    except (CommandError, SQLAlchemyError) as error:
        raise StorageError(f"the database could not be upgraded: {error}") from error


def _check_known(config: Config, found: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise StorageError(
            f"the database has schema version {found!r}, which this version of Kefu does not "
            f"know; it was made by a newer one: upgrade Kefu, or restore an older backup"
        )


def upgrade_sqlite(path: Path, found: str) -> None:
    """Upgrade the file at ``path``."""
    engine = create_engine(URL.create("sqlite", database=str(path)))
    try:
        with engine.begin() as connection:
            upgrade(connection, found)
    finally:
        engine.dispose()


async def upgrade_postgres(url: str, found: str) -> None:
    """Upgrade the database at ``url``."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - PostgreSQL only

    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))

    def run(connection: Any) -> None:
        upgrade(connection, found)

    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()
