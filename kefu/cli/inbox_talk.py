"""The talk of ``kefu inbox`` with a trainer: a group, a key, the next one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click

from kefu.cli.asking import Ended, ask, choice_of
from kefu.cli.inbox_lines import tell_accepted
from kefu.desk.library.records import By
from kefu.errors import DeskError, EditRefused
from kefu.evaluation.inbox.decisions import Decision
from kefu.evaluation.inbox.groups import Group
from kefu.evaluation.inbox.inbox import TrainingInbox

__all__ = ["Talk"]

HELP: Final = """\
  1 2 …   an example of that intent       1*      all its texts are
  NAME    of another intent, or a piece of its name; Tab completes it
  n NAME  of a new intent                 v       show all its texts
  e       edit the text first             Enter   the next one
  d       dismiss it                      l       again in a week
  u       undo the last decision          q       leave"""
_KEYS: Final = "1-9, intent, n, e, v, d, l, u, q, ?"


class Talk:
    """Goes through groups."""

    def __init__(
        self, inbox: TrainingInbox, run: Callable[[Coroutine[Any, Any, Any]], Any], by: By
    ) -> None:
        self._inbox = inbox
        self._run = run
        self._by = by
        self._intents = inbox.intents()
        self._done: list[tuple[int, str]] = []
        self._source = ""
        """What the text was edited to."""

    def through(self, groups: Sequence[Group], show: Callable[[Group, str], None]) -> None:
        """Show the groups and do what the trainer says, until the last one or the end."""
        place = 0
        with _completing(lambda: self._intents):
            while place < len(groups):
                show(groups[place], f"{place + 1}/{len(groups)}  ")
                self._source = ""
                try:
                    following = self._decide(groups[place], place)
                except Ended:
                    return
                if following is None:
                    return
                place = following
        click.echo("\nThat was the last one.")

    def _decide(self, group: Group, place: int) -> int | None:
        """Ask until something is decided; return which group is next, None: none."""
        while True:
            answer = ask(f"  {_KEYS}:")
            try:
                following = self._done_with(group, place, answer)
            except (EditRefused, DeskError) as error:
                click.echo(f"  {error}")
                continue
            if following != place or answer == "u":
                return None if following < 0 else following

    def _done_with(self, group: Group, place: int, answer: str) -> int:
        """Do what was said; return which group is next: the same one to ask again, -1 to stop."""
        word, _, rest = answer.partition(" ")
        match word:
            case "":
                return place + 1
            case "q":
                return -1
            case "?":
                click.echo(HELP)
            case "v":
                for variant in group.variants:
                    click.echo(f"  {variant.count:>5,} ×  {variant.proposal.source}")
            case "e":
                self._edit(group)
            case "d" | "l":
                decision: Decision = "dismissed" if word == "d" else "later"
                self._run(self._inbox.set_aside(group, decision, by=self._by))
                self._done.append((place, group.group_id))
                place += 1
            case "u":
                place = self._undo(place)
            case "n":
                name = rest.strip() or ask("  name of the new intent:")
                place = self._accept(group, place, name, is_new=True)
            case _:
                place = self._named(group, place, answer)
        return place

    def _named(self, group: Group, place: int, answer: str) -> int:
        takes_all = answer.endswith("*")
        name = answer.removesuffix("*").strip()
        offered = [one.intent for one in group.suggestions]
        intent = choice_of(name, self._intents, offered)
        if intent is None:
            click.echo(f"  A new intent: n {name}")
            return place
        return self._accept(group, place, intent, takes_all=takes_all)

    def _accept(
        self, group: Group, place: int, intent: str, *, is_new: bool = False,
        takes_all: bool = False,
    ) -> int:  # fmt: skip
        sources = [self._source] if self._source else []
        if takes_all:
            first = self._source or group.variants[0].proposal.source
            sources = [first, *(one.proposal.source for one in group.variants[1:])]
        work = self._inbox.accept(group, intent, by=self._by, is_new=is_new, sources=sources)
        accepted = self._run(work)
        tell_accepted(accepted)
        if accepted.is_new:
            self._intents.append(intent)
        self._done.append((place, group.group_id))
        return place + 1

    def _edit(self, group: Group) -> None:
        before = self._source or group.variants[0].proposal.source
        with _prefilled(before):
            self._source = ask("  text:") or before
        click.echo(f"  {self._source}")

    def _undo(self, place: int) -> int:
        if not self._done:
            click.echo("  Nothing was decided yet; 'kefu inbox undo' takes earlier ones back.")
            return place
        before, group_id = self._done.pop()
        for one in self._run(self._inbox.undo(group_id, by=self._by)):
            where = f"{one.file}: {one.source!r} is gone" if one.file else f"{one.text!r} is back"
            click.echo(f"  {where}")
        self._intents = self._inbox.intents()
        return before


@contextmanager
def _completing(names: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Let Tab complete the names of intents."""
    if not sys.stdin.isatty():
        yield
        return
    try:
        import readline
    except ImportError:  # where Python was built without it
        yield
        return

    def completed(begun: str, number: int) -> str | None:
        found = [name for name in names() if name.startswith(begun)]
        return found[number] if number < len(found) else None

    before, marks = readline.get_completer(), readline.get_completer_delims()
    readline.set_completer(completed)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)
        readline.set_completer_delims(marks)


@contextmanager
def _prefilled(text: str) -> Iterator[None]:
    """Put a text on the line that is typed next."""
    if not sys.stdin.isatty() or "readline" not in sys.modules:
        yield
        return
    import readline

    readline.set_startup_hook(lambda: readline.insert_text(text))
    try:
        yield
    finally:
        readline.set_startup_hook()
