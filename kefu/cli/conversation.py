"""A conversation in the terminal, through the same gateway as any other channel."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from kefu.app.assembly import App, open_app
from kefu.app.settings import AppSettings
from kefu.cli.details import Details
from kefu.cli.input_lines import STOP, input_lines
from kefu.cli.loop_thread import LoopThread
from kefu.cli.output import say
from kefu.cli.project_settings import read_settings
from kefu.core.messages import Reply, UserMessage
from kefu.model.load import Model, load_model
from kefu.model.location import find_model
from kefu.project.settings import MEMORY

__all__ = ["Terminal", "show_understanding", "talk"]

CHANNEL = "cmdline"
DETAILS = "/details"
RESTART = "/restart"
HINT = f"{STOP} ends the conversation, {RESTART} begins anew, {DETAILS} hides the details."


def talk(
    *, model: Path, endpoints: Path, conversation_id: str | None, details: bool | None
) -> None:
    """Talk to a model until the customer stops; ``details`` None: shown on a terminal."""
    services = read_settings(endpoints=endpoints)
    settings = AppSettings(
        model=find_model(model),
        endpoints=services.endpoints,
        storage_url=MEMORY,
        has_channels=False,
        is_timed=details is not False,
    )
    terminal = Terminal()
    with LoopThread() as thread, thread.entered(open_app(settings)) as app:
        served = app.models.current
        if served is not None and served.model.metadata.training == "nlu":
            say("This model understands, but does not answer: showing what it understands.")
            _show(thread, served.model)
            return
        app.gateway.connect(CHANNEL, terminal)
        shown = Details(thread, app)
        shown.is_on = sys.stdin.isatty() if details is None else details
        if sys.stdin.isatty():
            say(f"Talking to {served.file if served else 'nobody'}. {HINT}")
        sender = conversation_id or uuid.uuid4().hex
        for line in input_lines():
            if line == DETAILS:
                shown.is_on = not shown.is_on
                say(f"Details are {'shown' if shown.is_on else 'hidden'} from now on.")
                continue
            thread.run(_say_to(app, sender, terminal.meant_by(line)))
            if line == RESTART and sys.stdin.isatty():
                say("A new conversation.")
            shown.show(sender)


async def _say_to(app: App, conversation_id: str, text: str) -> None:
    message = UserMessage(
        conversation_id=conversation_id,
        text=text,
        input_channel=CHANNEL,
        output_channel=CHANNEL,
    )
    await app.gateway.handle(message)
    await app.gateway.idle()


class Terminal:
    """Prints replies, and remembers the buttons among them."""

    def __init__(self) -> None:
        self._payloads: list[str] = []
        self._is_answered = False

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> None:  # noqa: ARG002 - there is one customer
        """Print ``reply``."""
        if self._is_answered:
            self._payloads, self._is_answered = [], False
        for line in self._shown(reply):
            click.echo(line)

    def meant_by(self, line: str) -> str:
        """Return what a line of input says: a number stands for the button of that number."""
        self._is_answered = True
        if line.isdecimal() and 0 < int(line) <= len(self._payloads):
            return self._payloads[int(line) - 1]
        return line

    def _shown(self, reply: Reply) -> Iterator[str]:
        if reply.text:
            yield click.style(reply.text, fg="blue")
        for button in (*reply.buttons, *reply.quick_replies):
            self._payloads.append(str(button.get("payload") or button.get("title") or ""))
            yield f"  {len(self._payloads)}: {button.get('title') or button.get('payload')}"
        if reply.image:
            yield f"  Image: {reply.image}"
        if reply.attachment:
            yield f"  Attachment: {_compact(reply.attachment)}"
        for element in reply.elements:
            yield f"  {_compact(element)}"
        if reply.custom:
            yield f"  {_compact(reply.custom)}"


def show_understanding(model: Path) -> None:
    """Print how each line is understood until there are no more."""
    loaded = load_model(model)
    if loaded.metadata.training == "core":
        say("This model has no NLU: it understands only messages like /greet.")
    with LoopThread() as thread:
        _show(thread, loaded)


def _show(thread: LoopThread, model: Model) -> None:
    try:
        for line in input_lines():
            parsed: Mapping[str, Any] = thread.run(model.interpreter.parse(line))
            click.echo(json.dumps(parsed, ensure_ascii=False, indent=2))
    finally:
        thread.run(model.interpreter.close())


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
