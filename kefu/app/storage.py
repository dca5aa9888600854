"""Opens the store that the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kefu.app.settings import AppSettings
from kefu.gateway.feeding import EVENT_BROKER
from kefu.project.settings import MEMORY
from kefu.storage.opened import Storage

__all__ = ["open_storage"]


@asynccontextmanager
async def open_storage(settings: AppSettings) -> AsyncIterator[Storage]:
    """Give the open store, and close it at the end.

    Raises:
        StorageError: It cannot be opened.
    """
    storage = await _opened(settings)
    try:
        yield storage
    finally:
        await storage.close()


async def _opened(settings: AppSettings) -> Storage:
    url = settings.storage_url or settings.endpoints.storage_url
    feeds = () if settings.endpoints.event_broker is None else (EVENT_BROKER,)
    if url == MEMORY:
        from kefu.storage.memory import open_memory

        return open_memory(feeds=feeds)
    from kefu.storage.sql import open_sql

    if url is None:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        return await open_sql(settings.state_dir / "kefu.db", feeds=feeds)
    return await open_sql(url, feeds=feeds, login_db=settings.endpoints.login_db)
