"""``kefu run --watch``: what is saved is trained and answers; the terminal says how it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from kefu.app.assembly import App
from kefu.app.inbox import inbox_of_app
from kefu.app.tracing import Tracing
from kefu.cli.output import say
from kefu.cli.run_options import RunOptions
from kefu.cli.watch_lines import followed_line, lines_of
from kefu.cli.worker_link import SupervisorLink
from kefu.cli.worker_messages import WorkerMessage
from kefu.errors import ProjectError
from kefu.model.location import SUFFIX
from kefu.model.record import Served
from kefu.project.watched import WatchedProject
from kefu.server.services import Services
from kefu.training.news import BoardState, NewsBoard, WatchNews

if TYPE_CHECKING:
    from kefu.app.watching import Watcher

__all__ = ["Watching", "models_folder"]

_SETTINGS: Final = (Path("desk.yml"), Path("connectors"))

_decode = msgspec.json.Decoder(BoardState).decode


def models_folder(options: RunOptions) -> Path | None:
    """Return the folder whose word of which model answers is followed; a named file is fixed."""
    path = options.model
    if not path.name.endswith(SUFFIX) and not path.is_file():
        return path
    return path.parent if options.watch else None


class Watching:
    """What a serving process has to do with the project's files."""

    def __init__(
        self, options: RunOptions, link: SupervisorLink | None = None, *, is_watcher: bool = True
    ) -> None:
        """Prepare it.

        Args:
            options: Of the command.
            link: To the supervisor, where there is one.
            is_watcher: Whether this process watches, or only follows the one that does.
        """
        self._options = options
        self._link = link
        self._is_watcher = is_watcher
        self._board = NewsBoard()
        self._app: App | None = None
        self._watcher: Watcher | None = None
        if link is not None and options.watch and not is_watcher:
            link.hear_news = self._hear

    def services(self, app: App) -> Services:
        """Return what a server serves of ``app``, the news included."""
        self._app = app
        if app.follower is not None and self._is_watcher:
            app.follower.on_follow = _say_followed
        services = replace(app.services(), training=inbox_of_app(app))
        if not self._options.watch:
            return services
        tracing = Tracing(app.gateway, app.models, app.settings.root)
        return replace(services, news=self._board, tracing=tracing.turns)

    def begin(self) -> None:
        """Watch from now on."""
        app = self._app
        if app is None or app.follower is None or not (self._options.watch and self._is_watcher):
            return
        from kefu.app.schemas import SchemaKeeper
        from kefu.app.watching import Watcher
        from kefu.training.options import TrainingOptions
        from kefu.training.session import TrainingSession

        action = app.settings.endpoints.action
        watcher = Watcher(
            WatchedProject(
                actions_module=action.module if action else None,
                settings=(self._options.endpoints, self._options.credentials, *_SETTINGS),
            ),
            TrainingSession(options=TrainingOptions(out=app.follower.shelf.folder), ahead=True),
            app.follower,
            self._tell,
            app.context.clock,
            reload_actions=_reloading(app),
        )
        watcher.on_read = SchemaKeeper(app.settings.root).update
        self._watcher = watcher
        app.background.keep_going("watching", watcher.run)

    @property
    def is_training(self) -> bool:
        """Whether something is trained, be it that the app has ended."""
        return self._watcher is not None and self._watcher.is_training

    def end(self) -> None:
        """Let go of the pages that wait for news, so that the server need not wait for them."""
        self._board.close()

    def _tell(self, news: WatchNews) -> None:
        self._board.put(news)
        is_wrong = news.kind in {"invalid", "failed", "actions failed"}
        for line in lines_of(news):
            (click.echo if is_wrong else say)(line)
        if self._link is not None:
            text = msgspec.json.encode(self._board.state).decode()
            self._link.say(WorkerMessage(kind="news", text=text))

    def _hear(self, text: str) -> None:
        """Show what the watching process knows, and load the actions anew as it did."""
        state = _decode(text)
        self._board.take(state)
        app = self._app
        reload = None if app is None else _reloading(app)
        if app is not None and reload is not None and state.latest.kind == "actions":
            app.background.spawn(_quietly(reload))


def _say_followed(served: Served) -> None:
    say(followed_line((served.file or "no model").removesuffix(SUFFIX), served.by))


async def _quietly(reload: Callable[[], Awaitable[None]]) -> None:
    try:
        await reload()
    except ProjectError as error:
        click.echo(f"The actions could not be loaded anew: {error}", err=True)


def _reloading(app: App) -> Callable[[], Awaitable[None]] | None:
    reload: Callable[[], Awaitable[None]] | None = getattr(
        app.models.action_endpoint, "reload", None
    )
    return reload
