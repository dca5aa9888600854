"""Replays the project's log: reads the store, and nothing else, in as many processes as wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kefu.app.corrections import KIND, right_intents
from kefu.app.memory import spared_garbage_collector
from kefu.app.settings import AppSettings
from kefu.errors import ProjectError
from kefu.evaluation.replay.candidate import Candidate
from kefu.evaluation.replay.crew import worked_off
from kefu.evaluation.replay.judging import Thresholds
from kefu.evaluation.replay.ports import Archive
from kefu.evaluation.replay.recording import Entry, RecordedConversation, read_conversation
from kefu.evaluation.replay.replaying import Choice, Replay
from kefu.evaluation.replay.tally import Tally, chance_of
from kefu.evaluation.replay.tracker_file import Tracker, read_trackers
from kefu.evaluation.tracing import Origins
from kefu.gateway.records import MESSAGE
from kefu.model.load import Model, load_model
from kefu.policies.handoff import HandoffPolicy
from kefu.project.load import load_project
from kefu.project.settings import MEMORY

if TYPE_CHECKING:
    from kefu.storage.sql.archive import SqlArchive

__all__ = ["ReplayOrder", "replay_log", "thresholds_of"]

_PAGE = 1_000
_CONVERSATIONS_A_TASK = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOrder:
    """What is to be replayed, on what."""

    model: Path
    settings: AppSettings
    choice: Choice = field(default_factory=Choice)
    against: Path | None = None
    conversations: tuple[str, ...] = ()
    """Ids; none: all."""
    trackers: Path | None = None
    """A file with conversations that is read in place of the store."""
    jobs: int = 1


def replay_log(order: ReplayOrder, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Answer the log's messages anew, and return what came of it.

    Args:
        order: What is to be done.
        progress: Told what is known so far, again and again.

    Raises:
        ProjectError: The project keeps its log in memory, or a model cannot answer.
        ModelError: A model cannot be loaded.
        StorageError: The store cannot be read.
    """
    _check(order)
    total = Tally()
    make = partial(_replaying, order)
    for _, part in worked_off(make, _tasks(order), jobs=order.jobs):
        total.merge(part)
        progress(total)
    return total


def thresholds_of(model: Model) -> Thresholds:
    """Return from which confidence on a model answers, and has answers reviewed."""
    for policy in model.ensemble.policies:
        if isinstance(policy, HandoffPolicy):
            settings = policy.settings
            return Thresholds(answer=settings.answer_threshold, review=settings.review_threshold)
    return Thresholds()


def _check(order: ReplayOrder) -> None:
    if order.trackers is None and _url(order) == MEMORY:
        raise ProjectError(
            "this project keeps its conversations in memory, where nothing is left to replay: in"
            " endpoints.yml, give tracker_store the type SQL, or name a database with --store"
        )


def _url(order: ReplayOrder) -> str | Path:
    settings = order.settings
    url = settings.storage_url or settings.endpoints.storage_url
    return url if url is not None else settings.state_dir / "kefu.db"


@asynccontextmanager
async def _archive(order: ReplayOrder) -> AsyncIterator[SqlArchive]:
    from kefu.storage.sql.archive import open_archive

    async with open_archive(_url(order)) as archive:
        yield archive


@dataclass(frozen=True, slots=True)
class _Task:
    """Conversations to replay: those of some ids, or some that were read already."""

    names: Sequence[str] = ()
    trackers: Sequence[Tracker] = ()


def _tasks(order: ReplayOrder) -> Iterator[_Task]:
    """Yield conversations, some at a time, reading no further than is needed."""
    if order.trackers is not None:
        wanted = (one for one in read_trackers(order.trackers) if _is_wanted(order, one.name))
        while batch := tuple(islice(wanted, _CONVERSATIONS_A_TASK)):
            yield _Task(trackers=batch)
        return
    runner = asyncio.Runner()
    with runner:
        names = _names(order)
        while True:
            page = runner.run(_next(names))
            if page is None:
                return
            for first in range(0, len(page), _CONVERSATIONS_A_TASK):
                yield _Task(names=page[first : first + _CONVERSATIONS_A_TASK])


def _is_wanted(order: ReplayOrder, name: str) -> bool:
    if order.conversations:
        return name in order.conversations
    return chance_of(order.choice.seed, name) < order.choice.sample


async def _next(pages: AsyncIterator[Sequence[str]]) -> Sequence[str] | None:
    return await anext(pages, None)


async def _names(order: ReplayOrder) -> AsyncIterator[Sequence[str]]:
    choice = order.choice
    if order.conversations:
        yield order.conversations
        return
    after = ""
    async with _archive(order) as archive:
        while True:
            page = await archive.listed(after=after, since=choice.since or 0.0, limit=_PAGE)
            if not page:
                return
            after = page[-1]
            yield [name for name in page if _is_wanted(order, name)]


@contextmanager
def _replaying(order: ReplayOrder) -> Iterator[Callable[[_Task], Tally]]:
    """Give what replays conversations; runs in a process of its own, or here."""
    model = _model(order.model)
    against = None if order.against is None else _model(order.against)
    replay = Replay(
        candidate=_candidate(model, partial(_origins, order, model)),
        choice=order.choice,
        limits=thresholds_of(model),
        against=None if against is None else _candidate(against),
    )
    with asyncio.Runner() as runner, _quiet(), spared_garbage_collector():
        opened = AsyncExitStack()
        opened.push_async_callback(model.interpreter.close)
        if against is not None:
            opened.push_async_callback(against.interpreter.close)
        archive: list[SqlArchive] = []  # opened with the first task that needs it

        def work(task: _Task) -> Tally:
            replay.tally = Tally(limits=replay.limits)
            asked = replay.candidate.understanding.asked
            if task.names and not archive:
                archive.append(runner.run(opened.enter_async_context(_archive(order))))
                replay.right_intent = right_intents(runner.run(archive[0].items(KIND)))
            runner.run(_played(archive, replay, task))
            replay.tally.understood = replay.candidate.understanding.asked - asked
            return replay.tally

        try:
            yield work
        finally:
            runner.run(opened.aclose())


def _model(path: Path) -> Model:
    model = load_model(path)
    if model.metadata.training != "both":
        raise ProjectError(
            f"{model.path} holds only one half of a bot ({model.metadata.training}) — train it with"
            " 'kefu train'"
        )
    return model


def _origins(order: ReplayOrder, model: Model) -> Origins | None:
    """Return where the model's rules and stories stand, if the files can be read."""
    root = order.settings.root
    project = load_project(root, parts=("domain", "config", "stories")).project
    return None if project is None else Origins(project, model.ensemble)


def _candidate(model: Model, origins: Callable[[], Origins | None] = lambda: None) -> Candidate:
    return Candidate(
        origins=origins,
        domain=model.domain,
        understanding=model.interpreter.lazy(),
        predictor=model.ensemble,
        language=model.metadata.language,
    )


async def _played(archive: Sequence[Archive], replay: Replay, task: _Task) -> None:
    for tracker in task.trackers:
        await replay.play(read_conversation(tracker.name, tracker.entries))
    for name in task.names:
        await replay.play(await _conversation(archive[0], name))


async def _conversation(archive: Archive, name: str) -> RecordedConversation:
    entries: list[Entry] = []
    while True:
        page = await archive.entries(name, after=entries[-1].seq if entries else 0, limit=_PAGE)
        entries += page
        if len(page) < _PAGE:
            break
    return read_conversation(name, (entry for entry in entries if entry.kind != MESSAGE))


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of what a bot would log of a turn: of slots that are gone, for instance."""
    logger = logging.getLogger("kefu")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
