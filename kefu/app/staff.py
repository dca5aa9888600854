"""Puts the staff together, for a running app and for commands beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from kefu.app.background import Background
from kefu.app.settings import AppSettings
from kefu.app.storage import open_storage
from kefu.clock import Clock, SystemClock
from kefu.errors import ProjectError
from kefu.project.settings import MEMORY
from kefu.staff.logins import Lifetimes
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["staff_of_project", "watched_staff"]


@contextmanager
def watched_staff(
    settings: AppSettings, storage: Storage, clock: Clock, background: Background
) -> Iterator[Staff]:
    """Give the staff of an app, whose live connections are watched until the end."""
    staff = _staff(settings, storage, clock)
    watching = background.keep_going("staff", staff.watch.run)
    try:
        yield staff
    finally:
        watching.cancel()


def _staff(settings: AppSettings, storage: Storage, clock: Clock) -> Staff:
    wanted = settings.endpoints.staff
    return Staff(
        storage.staff,
        clock,
        lifetimes=Lifetimes(idle=wanted.idle_seconds, longest=wanted.longest_seconds),
        public_url=wanted.public_url,
    )


@asynccontextmanager
async def staff_of_project(settings: AppSettings) -> AsyncIterator[Staff]:
    """Give the staff without anything else of the app; a server may run meanwhile.

    Raises:
        ProjectError: The project keeps everything in the memory of the running process.
        StorageError: The store cannot be opened.
    """
    if (settings.storage_url or settings.endpoints.storage_url) == MEMORY:
        raise ProjectError(
            "this project keeps everything in memory, accounts included: in endpoints.yml, give"
            " tracker_store the type SQL"
        )
    async with open_storage(settings) as storage:
        yield _staff(settings, storage, SystemClock())
