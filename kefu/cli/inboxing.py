"""What ``kefu inbox`` does: lists groups, or goes through them with a trainer."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kefu.app.inbox import inbox_of_project
from kefu.app.settings import AppSettings
from kefu.cli.inbox_lines import print_group, print_summary, tell_accepted
from kefu.cli.inbox_talk import Talk
from kefu.cli.loop_thread import LoopThread
from kefu.cli.output import say
from kefu.cli.project_settings import read_settings
from kefu.cli.replaying import moment
from kefu.clock import SystemClock
from kefu.desk.library.records import By
from kefu.evaluation.inbox.inbox import InboxOrder, InboxView, TrainingInbox
from kefu.evaluation.inbox.selecting import Wanted
from kefu.model.location import find_model
from kefu.model.shelf import ModelShelf

__all__ = ["accept_group", "dismiss_group", "list_groups", "undo_group", "work_through"]


@dataclass(frozen=True, slots=True)
class Opened:
    """An open inbox, for code that waits for the keyboard."""

    inbox: TrainingInbox
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    order: InboxOrder
    by: By

    def look(self) -> InboxView:
        """Return what there is to do."""
        view: InboxView = self.run(self.inbox.look(self.order))
        return view


def list_groups(values: Mapping[str, Any]) -> None:
    """Print the groups."""
    with _opened(values) as opened:
        view = opened.look()
    if values["form"] == "json":
        content = {
            "messages": view.messages,
            "settled": view.settled,
            "understood_by_now": view.understood,
            "more_groups": view.more,
            "below": view.below,
            "groups": [group.as_json() for group in view.groups],
        }
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    print_summary(view)
    for group in view.groups:
        print_group(group)


def work_through(values: Mapping[str, Any]) -> None:
    """Show one group after the other, and do what the trainer says."""
    with _opened(values) as opened:
        view = opened.look()
        print_summary(view)
        if view.groups:
            Talk(opened.inbox, opened.run, opened.by).through(view.groups, print_group)


def accept_group(values: Mapping[str, Any]) -> None:
    """Make a group an example of an intent."""
    with _opened(values) as opened:
        group = opened.run(opened.inbox.group(values["group"], opened.order))
        sources = values["example"]
        if values["takes_all"] and not sources:
            sources = tuple(one.proposal.source for one in group.variants)
        work = opened.inbox.accept(
            group, values["intent"], by=opened.by, is_new=values["is_new"], sources=sources
        )
        tell_accepted(opened.run(work))


def dismiss_group(values: Mapping[str, Any]) -> None:
    """Take a group out of the inbox."""
    with _opened(values) as opened:
        group = opened.run(opened.inbox.group(values["group"], opened.order))
        opened.run(opened.inbox.set_aside(group, "dismissed", by=opened.by))
        say(f"{group.group_id} is dismissed: {group.variants[0].proposal.text!r}")


def undo_group(values: Mapping[str, Any]) -> None:
    """Take a decision back."""
    with _opened(values) as opened:
        group = values["group"] or opened.run(opened.inbox.last())
        if not group:
            say("Nothing was decided yet.")
            return
        decided = opened.run(opened.inbox.undo(group, by=opened.by))
        say(f"{group} is in the inbox again: {decided[0].text!r}")
        for one in decided:
            if one.file:
                say(f"  no example of {one.intent} any more: {one.source}")


@contextmanager
def _opened(values: Mapping[str, Any]) -> Iterator[Opened]:
    services = read_settings(endpoints=values["endpoints"])
    settings = AppSettings(endpoints=services.endpoints, storage_url=values["store"])
    order = InboxOrder(wanted=_wanted(values), below=values["below"], most=values["most"])
    path: Path = values["model"]
    model = ModelShelf(path).choose().path if path.is_dir() else find_model(path)
    opening = inbox_of_project(settings, model, trackers=values["trackers"])
    with LoopThread() as thread, thread.entered(opening) as inbox:
        yield Opened(inbox, thread.run, order, _who())


def _wanted(values: Mapping[str, Any]) -> Wanted:
    now = SystemClock().now()
    since = moment(values["since"], now, "--since")
    until = moment(values["until"], now, "--until")
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since is not before --until: nothing is in between.")
    least, most = values["confidence"] or (0.0, 1.0)
    if least > most:
        raise click.UsageError(f"--confidence: nothing is from {least:g} to {most:g}.")
    return Wanted(
        since=since,
        until=until,
        channels=frozenset(values["channel"]),
        whys=frozenset(values["why"]),
        least=least,
        most=most,
        text=values["text"] or "",
        intents=frozenset(values["suggested"]),
        sort=values["sort"],
    )


def _who() -> By:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = ""
    return By(agent_id="", name=name)
