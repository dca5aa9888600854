"""The trainer's inbox of a project, for commands and for the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from kefu.app.assembly import App
from kefu.app.replay import thresholds_of
from kefu.app.settings import AppSettings
from kefu.app.storage import open_storage
from kefu.clock import Clock, SystemClock
from kefu.errors import ProjectError, RequestError
from kefu.evaluation.inbox.decisions import Decisions
from kefu.evaluation.inbox.inbox import TrainingInbox, Understanding
from kefu.evaluation.inbox.ports import MessageLog
from kefu.evaluation.replay.recording import Entry
from kefu.evaluation.replay.tracker_file import read_trackers
from kefu.model.load import load_model
from kefu.project.settings import MEMORY
from kefu.project.watched import WatchedProject

__all__ = ["inbox_of_app", "inbox_of_project"]


class _FileArchive:
    """A file with trackers as the log; see :class:`kefu.evaluation.inbox.ports.MessageLog`."""

    def __init__(self, path: Path) -> None:
        self._entries = {one.name: list(one.entries) for one in read_trackers(path)}

    async def listed(self, *, after: str, since: float, limit: int) -> Sequence[str]:
        """Return ids above ``after``; when they changed is not known."""
        del since
        return sorted(name for name in self._entries if name > after)[:limit]

    async def entries(self, conversation_id: str, *, after: int, limit: int) -> Sequence[Entry]:
        """Return a page of a log."""
        return [one for one in self._entries[conversation_id] if one.seq > after][:limit]

    async def end(self) -> int:
        """Return 0: nothing comes to a file."""
        return 0

    async def tail(self, *, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return nothing."""
        del after, limit
        return []


@asynccontextmanager
async def _opened_file(path: Path) -> AsyncIterator[MessageLog]:
    yield _FileArchive(path)


@asynccontextmanager
async def inbox_of_project(
    settings: AppSettings,
    model: Path,
    *,
    trackers: Path | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[TrainingInbox]:
    """Give the inbox of a project; a server may run meanwhile.

    Args:
        settings: Of the project.
        model: Says what messages are likely of.
        trackers: A file with conversations that is read in place of the log.
        clock: For tests.

    Raises:
        ProjectError: The project keeps its log in memory.
        ModelError: The model cannot be loaded.
        StorageError: The store cannot be opened.
    """
    url = settings.storage_url or settings.endpoints.storage_url
    if url == MEMORY:
        raise ProjectError(
            "this project keeps its conversations in memory, where no other program sees them: in"
            " endpoints.yml, give tracker_store the type SQL, or name a database with --store"
        )
    from kefu.storage.sql.archive import open_archive

    where = url if url is not None else settings.state_dir / "kefu.db"
    loaded = load_model(model)
    served = loaded.interpreter, thresholds_of(loaded).answer
    try:
        async with open_storage(settings) as storage:
            yield TrainingInbox(
                settings.root,
                (lambda: open_archive(where))
                if trackers is None
                else partial(_opened_file, trackers),
                Decisions(storage.desk_items, clock or SystemClock()),
                lambda: served,
            )
    finally:
        await loaded.interpreter.close()


def inbox_of_app(app: App) -> TrainingInbox | None:
    """Return the inbox of an app that runs beside the project's files.

    None where there are no such files, or the log is in memory: it cannot be read beside the turns.
    """
    settings = app.settings
    url = settings.storage_url or settings.endpoints.storage_url
    if url == MEMORY or not WatchedProject(root=settings.root).look().files:
        return None
    from kefu.storage.sql.archive import open_archive

    def served() -> tuple[Understanding, float]:
        current = app.models.current
        if current is None:
            raise RequestError(409, "Conflict", "No model is loaded yet: train one first.")
        return current.model.interpreter, thresholds_of(current.model).answer

    where = url if url is not None else settings.state_dir / "kefu.db"
    decisions = Decisions(app.storage.desk_items, app.context.clock)
    return TrainingInbox(settings.root, lambda: open_archive(where), decisions, served)
