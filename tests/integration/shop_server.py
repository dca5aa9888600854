"""A shop service on a free port, for the tests that need one."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from examples.shop.database import SHANGHAI, open_database
from examples.shop.service import Settings, build_service

__all__ = ["KEY", "NOON", "running_shop"]

KEY = "key-of-the-tests"
SECRET = "secret-of-the-tests-of-32-letters"

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
_NUMBERS = count()


@asynccontextmanager
async def running_shop(now: Callable[[], datetime] = lambda: NOON) -> AsyncIterator[str]:
    """Serve the demonstration data in a passing folder while the context is open; gives the URL.

    ``KEY`` opens its API; conftest.py puts it where the actions look for it.
    """
    folder = TemporaryDirectory()
    database = _laid_out(folder.name, now())
    app = build_service(database, Settings(KEY, SECRET), now=now, name=f"shop_{next(_NUMBERS)}")
    app.config.TOUCHUP = False  # Sanic rewrites its own methods, which works once a process only
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = await app.create_server(
            sock=listener,
            return_asyncio_server=True,
            asyncio_server_kwargs={"start_serving": False},
        )
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.start_serving()
        await server.after_start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.before_stop()
            await server.close()
            await server.after_stop()
            app.unregister_app(app)
            folder.cleanup()


def _laid_out(folder: str, moment: datetime) -> str:
    database = Path(folder, "shop.db")
    database.write_bytes(_made_at(moment))
    return str(database)


@cache
def _made_at(moment: datetime) -> bytes:
    """Return the file that the shop makes at ``moment``: made once for all tests of a process."""
    connection = open_database(":memory:", lambda: moment)
    made = connection.serialize()
    connection.close()
    return made
