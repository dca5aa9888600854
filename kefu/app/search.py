"""Puts the search together, for a running app and for commands beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final

from kefu.app.background import Background
from kefu.app.settings import AppSettings
from kefu.app.storage import open_storage
from kefu.channels.attachments.store import AttachmentStore
from kefu.core.leases import Leases
from kefu.desk.exporting import Exporting
from kefu.desk.indexing import Indexing
from kefu.desk.searching import Searching
from kefu.errors import ProjectError
from kefu.project.settings import MEMORY
from kefu.storage.opened import Storage

__all__ = ["exporting", "indexing", "search_of_project", "searching"]

_LINKED_SECONDS: Final = 86_400.0


@contextmanager
def indexing(storage: Storage, leases: Leases, background: Background) -> Iterator[Indexing]:
    """Keep the search index up to date, in one of several processes, until the end."""
    work = Indexing(storage.search, leases)
    task = background.keep_going("search", work.run)
    try:
        yield work
    finally:
        task.cancel()


def searching(storage: Storage) -> Searching:
    """Return the search of an app."""
    return Searching(storage.search)


def exporting(storage: Storage, files: AttachmentStore) -> Exporting:
    """Return what reads whole conversations; links in them to files are good for a day."""
    link = partial(files.link, seconds=_LINKED_SECONDS)
    return Exporting(storage.stores.log, storage.stores.conversations, link)


@asynccontextmanager
async def search_of_project(settings: AppSettings) -> AsyncIterator[Storage]:
    """Give the store without anything else of the app; a server may run meanwhile.

    Raises:
        ProjectError: The project keeps everything in the memory of the running process.
        StorageError: The store cannot be opened.
    """
    if (settings.storage_url or settings.endpoints.storage_url) == MEMORY:
        raise ProjectError(
            "this project keeps everything in memory, where nothing is indexed: in endpoints.yml,"
            " give tracker_store the type SQL"
        )
    async with open_storage(settings) as storage:
        yield storage
