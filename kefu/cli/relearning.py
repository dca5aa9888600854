"""Lets the bot of ``kefu interactive`` learn what was just written, and tells what came of it."""

from __future__ import annotations

import threading
from time import perf_counter

import click

from kefu.app.assembly import App
from kefu.cli.loop_thread import LoopThread
from kefu.errors import EditRefused
from kefu.evaluation.tracing import Origins
from kefu.training.session import ProjectFiles, Retrained, TrainingSession

__all__ = ["Relearning"]

MOST_PROBLEMS = 5


class Relearning:
    """Trains a project again whenever its files were changed."""

    def __init__(self, thread: LoopThread, app: App, files: ProjectFiles) -> None:
        self.files = files
        self._thread = thread
        self._app = app
        self._session = TrainingSession(files)
        self._origins: Origins | None = None
        self._knows_origins = False
        self._has_news = False
        self._learned = 0
        # The first training reads everything; while the trainer types there is time for that.
        self._first = threading.Thread(target=self._session.retrain, daemon=True)
        if app.models.current is not None:
            self._first.start()

    def begin(self) -> None:
        """Train what the files say, and answer with it.

        Raises:
            EditRefused: They cannot be trained.
        """
        began = perf_counter()
        if self._learn():
            click.echo(f"Trained what the files say in {perf_counter() - began:.1f} s.")
            self._has_news = False

    def learn(self) -> None:
        """Train what the files say after a correction, and go on with it.

        Raises:
            EditRefused: They cannot be trained; the bot is what it was.
        """
        began = perf_counter()
        if self._learn():
            self._learned += 1
            click.echo(f"  Learned in {perf_counter() - began:.1f} s.")

    def _learn(self) -> bool:
        retrained = self._session.retrain()
        if retrained.status == "invalid":
            raise EditRefused(_told(retrained))
        if retrained.model is None:
            return False
        self._thread.run(self._use(retrained))
        return True

    async def _use(self, retrained: Retrained) -> None:
        assert retrained.model is not None
        self._app.models.use(self._app.models.around(retrained.model))
        self._has_news = True
        self._knows_origins = False

    def take_news(self) -> bool:
        """Tell, once, that the bot has learned something."""
        has_news, self._has_news = self._has_news, False
        return has_news

    def origins(self) -> Origins | None:
        """Return where the rules and stories stand, None when the files cannot be read."""
        served = self._app.models.current
        if not self._knows_origins and served is not None:
            self._knows_origins = True
            project = self.files.load().project
            self._origins = Origins(project, served.model.ensemble) if project else None
        return self._origins

    def tell(self) -> None:
        """Say at the end what is to be done with what was learned."""
        if self._learned:
            click.echo(
                "The files are changed, the model in models/ is not: kefu train,"
                " or let kefu run --watch do it."
            )


def _told(retrained: Retrained) -> str:
    errors = [str(one) for one in retrained.problems if one.severity == "error"]
    more = len(errors) - MOST_PROBLEMS
    shown = "\n  ".join(errors[:MOST_PROBLEMS])
    return shown + (f"\n  and {more} more" if more > 0 else "")
