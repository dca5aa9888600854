"""Lets the bot of ``kefu interactive`` learn what was just written, and tells what came of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import click

from kefu.app.assembly import App
from kefu.cli.loop_thread import LoopThread
from kefu.errors import EditRefused, ModelError
from kefu.evaluation.tracing import Origins
from kefu.model.location import find_model
from kefu.training.options import TrainingOptions
from kefu.training.session import ProjectFiles, Retrained, TrainingSession

__all__ = ["Relearning"]

MOST_PROBLEMS = 5
PATIENCE = 3.0
"""Seconds that a trainer waits for the first training where a model could answer."""


class Relearning:
    """Trains a project again whenever its files were changed."""

    def __init__(
        self, thread: LoopThread, app: App, files: ProjectFiles, *, core: bool = False
    ) -> None:
        """Begin without having trained anything; ``core``: policies alone are trained."""
        self.files = files
        self.is_core = core
        self._thread = thread
        self._app = app
        options = TrainingOptions(what="core" if core else "both")
        self._session = TrainingSession(files, options)
        self._threads: list[threading.Thread] = []
        self._origins: Origins | None = None
        self._knows_origins = False
        self._has_news = False
        self._first: Future[Retrained] | None = None

    def begin(self, model: Path | None) -> None:
        """Answer with what the files say.

        On a terminal nobody waits for a long training: the model there is answers meanwhile.

        Args:
            model: A model to begin with, whatever the files say; they count from the first
                correction on.

        Raises:
            EditRefused: The files cannot be trained, and there is no model.
        """
        began = perf_counter()
        first = self._training()
        if model is not None:
            return
        newest = _newest_model()
        is_hurried = newest is not None and sys.stdin.isatty()
        try:
            retrained = first.result(timeout=PATIENCE if is_hurried else None)
        except TimeoutError:
            assert newest is not None
            self._thread.run(self._app.models.load(newest))
            self._first = first
            click.echo(f"{newest} answers until what the files say has been trained.")
            return
        self._take(retrained)
        click.echo(f"Trained what the files say in {perf_counter() - began:.1f} s.")
        self._has_news = False

    def _training(self) -> Future[Retrained]:
        """Train in a thread that keeps nobody from leaving: reading everything takes its time."""
        future: Future[Retrained] = Future()

        def work() -> None:
            try:
                future.set_result(self._session.retrain())
            finally:
                future.cancel()  # which does nothing to one that has its result

        self._begin(work)
        return future

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="training", daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether something is trained, or made ready for training, at the moment."""
        return any(thread.is_alive() for thread in self._threads)

    def learn(self) -> None:
        """Train what the files say after a correction, and go on with it.

        Raises:
            EditRefused: They cannot be trained; the bot is what it was.
        """
        began = perf_counter()
        waits = sys.stdout.isatty()
        if waits:
            click.echo("  Learning ...", nl=False)
        try:
            has_learned = self._learn()
        finally:
            if waits:
                click.echo("\r             \r", nl=False)
        if has_learned:
            click.echo(f"  Learned in {perf_counter() - began:.1f} s.")

    def _learn(self) -> bool:
        self._first = None
        return self._take(self._session.retrain())

    def _take(self, retrained: Retrained) -> bool:
        if retrained.status == "invalid":
            raise EditRefused(_told(retrained))
        if retrained.model is None:
            return False
        self._thread.run(self._use(retrained))
        # What a correction needs is made ready while the trainer reads and types.
        self._begin(self._session.prepare)
        return True

    async def _use(self, retrained: Retrained) -> None:
        assert retrained.model is not None
        self._app.models.use(self._app.models.around(retrained.model))
        self._has_news = True
        self._knows_origins = False

    def take_news(self) -> bool:
        """Tell, once, that the bot has learned something."""
        if self._first is not None and self._first.done():
            first, self._first = self._first, None
            self._take(first.result())
            click.echo("  The bot is now what the files say.")
        has_news, self._has_news = self._has_news, False
        return has_news

    def origins(self) -> Origins | None:
        """Return where the rules and stories stand, None when the files cannot be read."""
        served = self._app.models.current
        if not self._knows_origins and served is not None:
            self._knows_origins = True
            project = self._session.draft or self.files.load().project
            self._origins = Origins(project, served.model.ensemble) if project else None
        return self._origins

    def tell(self, *, has_changed: bool) -> None:
        """Say at the end what is to be done with files that were changed."""
        if has_changed:
            click.echo(
                "The files are changed, the model in models/ is not: kefu train,"
                " or let kefu run --watch do it."
            )


def _newest_model() -> Path | None:
    with suppress(ModelError):
        return find_model(Path("models"))
    return None


def _told(retrained: Retrained) -> str:
    errors = [str(one) for one in retrained.problems if one.severity == "error"]
    more = len(errors) - MOST_PROBLEMS
    shown = "\n  ".join(errors[:MOST_PROBLEMS])
    return shown + (f"\n  and {more} more" if more > 0 else "")
