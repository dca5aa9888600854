"""Shows of each turn of the shell how the message was understood and what decided the answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kefu.app.assembly import App
from kefu.cli.loop_thread import LoopThread
from kefu.cli.trace_lines import trace_lines
from kefu.core.codec import decode_event
from kefu.core.events import Event
from kefu.evaluation.tracing import Origins, trace_turn
from kefu.model.load import Model
from kefu.project.load import load_project

__all__ = ["Details", "logged_events"]


class Details:
    """Looks at the last turn of a conversation."""

    def __init__(self, thread: LoopThread, app: App, root: Path = Path()) -> None:
        self._thread = thread
        self._app = app
        self._root = root
        self._origins: Origins | None = None
        self._is_ready = False
        self.is_on = False

    def show(self, conversation_id: str) -> None:
        """Print the last turn, if details are wanted and there was one."""
        served = self._app.models.current
        if not self.is_on or served is None:
            return
        model = served.model
        events = self._thread.run(logged_events(self._app, conversation_id))
        trace = trace_turn(events, model.domain, self._lines(model))
        if trace is None:
            return
        for line in trace_lines(trace):
            click.echo(line)

    def _lines(self, model: Model) -> Origins | None:
        if not self._is_ready:
            self._is_ready = True
            project = load_project(self._root).project
            if project is None:
                click.echo("The files of the project have errors: lines are not shown.", err=True)
            else:
                self._origins = Origins(project, model.ensemble)
        return self._origins


async def logged_events(app: App, conversation_id: str) -> Sequence[Event]:
    """Return all events of a conversation."""
    state: dict[str, Any] = await app.gateway.state(conversation_id, events="ALL")
    return [decode_event(raw) for raw in state["events"]]
