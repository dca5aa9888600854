"""What ``kefu inbox`` prints."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from kefu.cli.output import counted, say
from kefu.evaluation.inbox.groups import Group
from kefu.evaluation.inbox.inbox import Accepted, InboxView

__all__ = ["print_group", "print_summary", "tell_accepted"]

_TEXTS = 3


def tell_accepted(accepted: Accepted) -> None:
    """Print where examples stand."""
    for one in accepted.placed:
        click.echo(f"  {one.file}:{one.line}: {one.source!r} is an example of {accepted.intent}")
    if accepted.is_new:
        click.echo(f"  {accepted.intent} is new: write a rule or story that says what to do on it.")


def print_summary(view: InboxView) -> None:
    """Print how much there is to do."""
    if not view.groups:
        say(
            f"The inbox is empty: {counted(view.conversations, 'conversation')}, nothing below"
            f" {view.below:g} or put right that is not dealt with."
        )
    else:
        shown = counted(len(view.groups), "group")
        more = f", and {counted(view.more, 'more group')}" if view.more else ""
        say(f"{counted(view.messages, 'message')} to look at: {shown}{more}.")
    if view.understood:
        say(f"{counted(view.understood, 'message')} the model is sure of by now.")
    if view.is_cut:
        say("There are more messages than can be kept: the oldest are missing; see --since.")


def print_group(group: Group, place: str = "") -> None:
    """Print a group: what was said, why it is here, what it may be."""
    leader = group.variants[0]
    head = f"{place}{group.group_id}  {group.count:,} ×  "
    click.echo(f"\n{click.style(head, dim=True)}{click.style(leader.proposal.source, bold=True)}")
    for variant in group.variants[1:_TEXTS]:
        click.echo(f"          {variant.count:>5,} ×  {variant.proposal.source}")
    if len(group.variants) > _TEXTS:
        click.echo(f"          and {counted(len(group.variants) - _TEXTS, 'more text')}")
    why = ", ".join(f"{why.replace('_', ' ')} {n}" for why, n in group.counted("why"))
    channels = ", ".join(name or "no channel" for name, _ in group.counted("channel"))
    last = datetime.fromtimestamp(group.last_at, UTC).astimezone()
    click.echo(f"  {why} · {channels} · last {last:%Y-%m-%d}")
    for warning in {w for variant in group.variants[:_TEXTS] for w in variant.proposal.warnings}:
        click.echo(click.style(f"  {_WARNINGS[warning]}", fg="yellow"))
    if group.is_new:
        click.echo("  n  like no example: probably a new intent")
    for number, one in enumerate(group.suggestions, 1):
        click.echo(f"  {number}  {one.intent:<32} {one.confidence:.2f}")


_WARNINGS = {
    "name": "Look at it: there may be somebody's name in it.",
    "number": "Look at it: a number in it is annotated as nothing.",
}
