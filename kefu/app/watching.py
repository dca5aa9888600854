"""Live editing: what is saved is checked, trained and answers, without a message lost.

One process watches and trains, in a thread; the others follow it, see
:mod:`kefu.app.following_models`. What cannot be trained changes nothing: the model that answers is
the last good one.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from kefu.app.abandoned import AbandonedThreads
from kefu.app.following_models import ModelFollower
from kefu.clock import Clock
from kefu.errors import KefuError, ModelError
from kefu.model.archive import read_metadata
from kefu.model.location import latest_model
from kefu.project.garbage import collection_paused
from kefu.project.named_files import named_paths
from kefu.project.project import Project
from kefu.project.watched import Change, Kind, Look, WatchedProject, changes_between
from kefu.training.news import NewsKind, WatchNews, shown_problems
from kefu.training.session import Retrained, TrainingSession

__all__ = ["Watcher"]

log = logging.getLogger(__name__)

GLANCE_SECONDS: Final = 0.04
QUIET_SECONDS: Final = 0.06
"""Two saves within that time are one."""
_LONGEST_UNREST: Final = 2.0
_LOOK_SECONDS: Final = 3.0
"""A glance does not see all that a look does: folders behind links."""
_EXACT_SECONDS: Final = 1.5
"""After so long without a save, what was only corrected is trained from scratch."""
KEPT: Final = 10
"""So many models of one watch stay; what answers or has a tag stays in any case."""


@dataclass(slots=True, kw_only=True)
class _Keeping:
    """A model that answers, and whose archive is being written."""

    task: asyncio.Task[None]
    retrained: Retrained
    files: tuple[str, ...]
    superseded: Sequence[Path]


class Watcher:
    """Watches a project's files and has them answer."""

    def __init__(
        self,
        project: WatchedProject,
        session: TrainingSession,
        follower: ModelFollower,
        tell: Callable[[WatchNews], None],
        clock: Clock,
        *,
        reload_actions: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Put it together; :meth:`run` begins.

        Args:
            project: The files.
            session: Trains them.
            follower: Has a model answer, here and elsewhere.
            tell: Hears what happens.
            clock: Tells the time.
            reload_actions: Loads the code of the actions anew, or raises KefuError; None: they do
                not run in this process.
        """
        self._project = project
        self._session = session
        self._follower = follower
        self._tell = tell
        self._clock = clock
        self._reload_actions = reload_actions
        self.on_read: Callable[[Project], None] | None = None
        """Hears what the files have, after they answer; or were refused."""
        self._written: list[Path] = []
        self._is_exact = True
        self._was_wrong = False
        self._noticed = 0.0
        self._exactly: asyncio.Task[bool] | None = None
        self._keeping: list[_Keeping] = []
        self._pending: Retrained | None = None
        """What was trained, but could not be put into service, or not be kept."""
        self._trainings = AbandonedThreads()
        self._named: tuple[Path, ...] = ()
        """Where the pipeline's settings may name files."""
        self._latest: Path | None = None
        """Archive of what was put into service last."""

    @property
    def is_training(self) -> bool:
        """Whether something is trained, be it that :meth:`run` was ended meanwhile."""
        return self._trainings.are_busy

    async def run(self) -> NoReturn:
        """Watch for ever."""
        look = await asyncio.to_thread(self._look)
        await self._train((), is_first=True)
        try:
            while True:
                look = await self._with_named(look)
                changes, look = await self._next(look)
                if changes:
                    await self._take(changes)
                await self._take_kept()
                if not changes and self._exactly is not None and self._exactly.done():
                    await self._take_exact()
        finally:
            await asyncio.gather(*(one.task for one in self._keeping), return_exceptions=True)
            if self._exactly is not None:
                self._exactly.cancel()
                for process in multiprocessing.active_children():
                    process.terminate()  # it would be waited for

    # -- noticing ---------------------------------------------------------------------------

    async def _next(self, before: Look) -> tuple[tuple[Change, ...], Look]:
        """Wait for the next change and until no more follow; or for what else there is to do."""
        loop = asyncio.get_running_loop()
        began = looked = loop.time()
        while await asyncio.to_thread(before.is_still_so):
            await asyncio.sleep(GLANCE_SECONDS)
            now = loop.time()
            if not self._is_exact and self._exactly is None and now - began >= _EXACT_SECONDS:
                self._exactly = asyncio.create_task(  # noqa: TID251 - ended by run
                    asyncio.to_thread(self._session.train_exactly)
                )
            under_way = [self._exactly, *(one.task for one in self._keeping)]
            if any(task is not None and task.done() for task in under_way):
                return (), before
            if now - looked >= _LOOK_SECONDS:
                looked = now
                after = await asyncio.to_thread(self._look)
                if after.files != before.files:
                    break
        self._noticed = loop.time()
        after = await self._at_rest(self._noticed + _LONGEST_UNREST)
        return changes_between(before, after), after

    def _look(self) -> Look:
        return self._project.look(self._named)

    async def _with_named(self, before: Look) -> Look:
        """Return the look with files that the settings name since then."""
        draft, root = self._session.draft, self._project.root
        if draft is None:
            return before
        named = tuple(path for _, path in named_paths(draft.config.pipeline, root))
        if named == self._named:
            return before
        self._named = named
        look = await asyncio.to_thread(self._project.with_named, before, named)
        # One of them may have changed since it was read.
        if len(look.files) > len(before.files) and not self._was_wrong:
            await self._train((), is_quiet=True)
        return look

    async def _at_rest(self, deadline: float) -> Look:
        """Return what is there when nothing has changed for a moment."""
        while True:
            look = await asyncio.to_thread(self._look)
            await asyncio.sleep(QUIET_SECONDS)
            is_late = asyncio.get_running_loop().time() >= deadline
            if is_late or await asyncio.to_thread(look.is_still_so):
                return look

    # -- acting -----------------------------------------------------------------------------

    async def _take(self, changes: Sequence[Change]) -> None:
        def names(kind: Kind) -> tuple[str, ...]:
            return tuple(str(one) for one in changes if one.kind == kind)

        if settings := names("settings"):
            self._news("restart", files=settings)
        if code := names("actions"):
            await self._take_actions(code)
        if training := names("training"):
            self._news("working", files=training)
            await self._train(training)

    async def _take_actions(self, files: tuple[str, ...]) -> None:
        if self._reload_actions is None:
            self._news("restart", files=files)
            return
        try:
            await self._reload_actions()
        except KefuError as error:
            self._news("actions failed", files=files, text=str(error))
        else:
            self._news("actions", files=files)

    async def _train(
        self, files: tuple[str, ...], *, is_first: bool = False, is_quiet: bool = False
    ) -> None:
        """Train what is there now; whatever goes wrong is told, and changes nothing.

        Args:
            files: What was saved.
            is_first: At the start the model that answers may be right already.
            is_quiet: Nothing is said if there is nothing to learn.
        """
        if is_first:
            self._noticed = asyncio.get_running_loop().time()
        try:
            retrained = await self._trainings.run(self._retrain)
            if retrained.status == "unchanged" and self._pending is not None:
                retrained = self._pending
            if retrained.status == "invalid":
                self._refuse(retrained, files)
            elif retrained.model is None or (is_first and self._is_known(retrained)):
                was_wrong, self._was_wrong = self._was_wrong, False
                text = "the files are right again" if was_wrong else ""
                if not is_quiet:
                    self._news("watching" if is_first else "unchanged", files=files, text=text)
            else:
                await self._answer_with(retrained, files)
                if is_first:
                    self._news("watching")
        except Exception as error:  # noqa: BLE001 - told; it may be the project's own code
            self._failed(error, files)
        if self.on_read is not None and self._session.draft is not None:
            await asyncio.to_thread(self.on_read, self._session.draft)

    def _failed(self, error: BaseException, files: tuple[str, ...]) -> None:
        is_plain = isinstance(error, KefuError | OSError)
        reason = str(error) if is_plain else f"{type(error).__name__}: {error}"
        if not is_plain:
            log.warning("a training failed", exc_info=error)
        self._was_wrong = True
        self._news("failed", files=files, text=reason)

    def _retrain(self) -> Retrained:
        with collection_paused():  # it stops all threads, for a tenth of a second each time
            return self._session.retrain()

    def _refuse(self, retrained: Retrained, files: tuple[str, ...]) -> None:
        shown, hidden, warnings = shown_problems(retrained.problems)
        self._was_wrong = True
        self._news(
            "invalid",
            files=files,
            told=WatchNews(kind="invalid", problems=shown, hidden=hidden, warnings=warnings),
            parts=dict(retrained.seconds),
        )

    async def _answer_with(self, retrained: Retrained, files: tuple[str, ...]) -> None:
        replaces = retrained.is_exact and not self._is_exact and not files
        model = retrained.model
        assert model is not None

        def write() -> Path:
            return self._session.write(retrained)

        def told_live() -> None:
            kind: NewsKind = "exact" if replaces else "live"
            _, _, warnings = shown_problems(retrained.problems)
            told = WatchNews(kind=kind, warnings=warnings)
            self._news(kind, files=files, told=told, parts=dict(retrained.seconds))

        superseded = [self._latest] if replaces and self._latest is not None else []
        self._pending = retrained
        task = await self._follower.use_trained(model, write, told_live, replaces=replaces)
        self._pending, self._latest = None, model.path
        self._is_exact = retrained.is_exact
        self._was_wrong = False
        if task is None:
            await self._tidy(model.path, superseded)
        else:
            self._keeping.append(
                _Keeping(task=task, retrained=retrained, files=files, superseded=superseded)
            )

    async def _take_kept(self) -> None:
        """Take note of archives that were written meanwhile, or could not be."""
        done = [one for one in self._keeping if one.task.done()]
        self._keeping = [one for one in self._keeping if one not in done]
        for one in done:
            model = one.retrained.model
            assert model is not None
            error = one.task.exception()
            if error is None:
                await self._tidy(model.path, one.superseded)
                continue
            if model.path == self._latest:
                self._pending = one.retrained
            self._failed(error, one.files)

    async def _tidy(self, written: Path, superseded: Sequence[Path]) -> None:
        """Drop archives that nobody will ask for."""
        superseded = [path for path in superseded if path in self._written]
        self._written = [path for path in self._written if path not in superseded]
        self._written.append(written)
        dropped = await asyncio.to_thread(self._drop, superseded)
        self._written = [path for path in self._written if path not in dropped]

    def _drop(self, superseded: Sequence[Path]) -> Sequence[Path]:
        shelf = self._follower.shelf
        return [*shelf.drop_old(superseded, 0), *shelf.drop_old(self._written, KEPT)]

    async def _take_exact(self) -> None:
        """Answer with what was trained from scratch meanwhile, if the files are still the same."""
        assert self._exactly is not None
        done, self._exactly = self._exactly, None
        self._is_exact = True  # not tried again before something else is corrected
        if done.exception() is None and done.result() and not self._was_wrong:
            self._is_exact = False
            self._noticed = asyncio.get_running_loop().time()
            await self._train(())
            self._is_exact = True

    def _is_known(self, retrained: Retrained) -> bool:
        """Whether what was trained at the start answers already, or has given way to another."""
        assert retrained.model is not None
        wanted = retrained.model.metadata
        newest = latest_model(self._follower.shelf.folder)
        try:
            return newest is not None and read_metadata(newest).fingerprint == wanted.fingerprint
        except ModelError:
            return False

    def _news(
        self,
        kind: NewsKind,
        *,
        files: tuple[str, ...] = (),
        told: WatchNews | None = None,
        text: str = "",
        parts: dict[str, float] | None = None,
    ) -> None:
        told = told or WatchNews(kind=kind)
        self._tell(
            msgspec.structs.replace(
                told,
                kind=kind,
                files=files,
                text=text,
                parts=parts or {},
                model=self._follower.answering,
                seconds=asyncio.get_running_loop().time() - self._noticed,
                at=self._clock.now(),
            )
        )
