"""Follows a page of the documents step by step, and holds what it shows against what happens.

    python -m tests.integration.walkthrough docs/howto/train.md     write down what the screen says

A comment before a code block says what the block is for; readers do not see it:

- ``<!-- file: path -->``: the whole content of a file;
- ``<!-- behind: path: line -->``: goes into the file, behind the first such line;
- ``<!-- end of: path -->``: goes to the end of the file;
- ``<!-- screen -->``: commands, ``$`` in front, and what the screen says;
- ``<!-- live -->``: a command that stays, in the first such block; in later ones what it says of
  what was changed before.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.command import ROOT, environment

__all__ = ["Step", "follow", "same_every_time", "steps_of"]

STEP = re.compile(
    r"^<!-- (?P<kind>file|behind|end of|screen|live)(?:: (?P<what>[^\n]*?))? -->\n"
    r"```[a-z]*\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
HOME = "/home/me"
CHANGES = (
    (re.compile(r"\d{8}-\d{6}-[a-z]+-[a-z]+"), "20260101-000000-green-tea"),
    (re.compile(r"\.kefu/backup/\d{8}-\d{6}"), ".kefu/backup/20260101-000000"),
    (re.compile(r"migration of \d{8}-\d{6}"), "migration of 20260101-000000"),
    (re.compile(r"\d+ kB"), "0 kB"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "2026-01-01 00:00:00"),
    (re.compile(r"localhost:\d+"), "localhost:5005"),
    (re.compile(r"#token=[\w-]+"), "#token=one"),
    (re.compile(r"\b\d+ ms\b"), "0 ms"),
    (re.compile(r"(to understand): .*"), r"\1: most of it here"),
    (re.compile(r"[+-]?\d+\.\d+"), "0.00"),
)
"""What differs from run to run, or from one processor to another: names of archives and their size,
times, and the digits of what was learned."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the reader does."""

    kind: str
    what: str
    block: str
    place: tuple[int, int]
    """Where the block stands in the page."""


def steps_of(page: str) -> list[Step]:
    """Return the steps of a page, in their order."""
    return [
        Step(found["kind"], found["what"] or "", found["block"], found.span("block"))
        for found in STEP.finditer(page)
    ]


def same_every_time(screen: str) -> str:
    """Return what the screen says without what differs from run to run."""
    for pattern, instead in CHANGES:
        screen = pattern.sub(instead, screen)
    return screen


def follow(page: str, folder: Path) -> Iterator[tuple[Step, str]]:
    """Do what the page says, in ``folder``; yield each look at the screen with what it says."""
    where = folder
    with Staying() as staying:
        for step in steps_of(page):
            if step.kind == "live":
                yield step, staying.said(step, where)
                continue
            if step.kind != "screen":
                _change(where, step)
                continue
            screen = ""
            for command in re.findall(r"^\$ (.+)$", step.block, re.MULTILINE):
                screen += f"$ {command}\n"
                if command.startswith("cd "):
                    where = where / command.removeprefix("cd ")
                    continue
                screen += _said(command, where).replace(str(folder), HOME)
            yield step, screen


class Staying:
    """A command that goes on while the reader does other things; ended at the end of the page."""

    SETTLED = re.compile(
        r"Watching .*|✓ (?!trained from scratch).*|↻ .*|.* goes on (?:answering|working)\."
    )
    """Last line of what is said of a change."""
    BESIDE = re.compile(r"✓ trained from scratch .*")
    """Comes some time later, between other things."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Staying:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=60)

    def said(self, step: Step, folder: Path) -> str:
        """Return what is said next, begun with the command that ``step`` begins with."""
        screen = ""
        command = re.match(r"\$ kefu (.+)\n", step.block)
        if command:
            screen = command.group()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kefu", *command[1].split()],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={**environment(), "PYTHONUNBUFFERED": "1"},
            )
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not self.BESIDE.fullmatch(line.rstrip()):
                screen += f"{line.rstrip()}\n"
            if self.SETTLED.fullmatch(line.rstrip()):
                return screen
        raise AssertionError(screen)


def _change(folder: Path, step: Step) -> None:
    name, _, line = step.what.partition(": ")
    path = folder / name
    if step.kind == "file":
        path.write_text(step.block, "utf-8")
        return
    content = path.read_text("utf-8")
    if step.kind == "end of":
        path.write_text(content + step.block, "utf-8")
        return
    before, found, behind = content.partition(f"{line}\n")
    if not found:
        raise AssertionError(f"{name} has no line {line!r}")
    path.write_text(before + found + step.block + behind, "utf-8")


def _said(command: str, folder: Path) -> str:
    shell = f'kefu() {{ "{sys.executable}" -m kefu "$@"; }}; {command}'
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    lines = (done.stdout + done.stderr).rstrip().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def main() -> None:
    """Write down what the screen says in the pages that are named."""
    for name in sys.argv[1:]:
        path = ROOT / name
        page = path.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder:
            screens = list(follow(page, Path(folder)))
        for step, screen in reversed(screens):
            first, behind = step.place
            page = page[:first] + screen + page[behind:]
        path.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
