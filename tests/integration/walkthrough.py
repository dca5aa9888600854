"""Follows a page of the documents step by step, and holds what it shows against what happens.

    python -m tests.integration.walkthrough docs/howto/train.md     write down what the screen says

A comment before a code block says what the block is for; readers do not see it:

- ``<!-- file: path -->``: the whole content of a file;
- ``<!-- behind: path: line -->``: goes into the file, behind the first such line;
- ``<!-- end of: path -->``: goes to the end of the file;
- ``<!-- screen -->``: commands, ``$`` in front, and what the screen says;
- ``<!-- live -->``: a command that stays, in the first such block; in later ones what it says of
  what was changed before;
- ``<!-- server -->``: a server that stays, and what it says until it listens; commands behind it
  reach it under the address that the page has.

``<!-- starter: what -->`` without a block: what follows is done in a project of ``kefu init`` that
is trained; ``spoken to`` has a log, too.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kefu.model.load import load_model
from tests.integration.command import ROOT, environment, kefu
from tests.integration.test_cli_replay import write_talks

__all__ = ["Step", "follow", "new_starter", "same_every_time", "steps_of"]

STEP = re.compile(
    r"^<!-- (?P<kind>file|behind|end of|screen|live|server|starter)(?:: (?P<what>[^\n]*?))? -->\n"
    r"(?:(?<=starter -->\n)|(?<=spoken to -->\n)|```[a-z]*\n(?P<block>.*?)^```$)",
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
    (re.compile(r'"model_id":"[0-9a-f]{32}"'), '"model_id":"one"'),
    (re.compile(r'"sid":"[\w.-]+"'), '"sid":"one"'),
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
        Step(found["kind"], found["what"] or "", found["block"] or "", found.span("block"))
        for found in STEP.finditer(page)
    ]


def same_every_time(screen: str) -> str:
    """Return what the screen says without what differs from run to run."""
    for pattern, instead in CHANGES:
        screen = pattern.sub(instead, screen)
    return screen


def follow(page: str, folder: Path, starter: Path | None = None) -> Iterator[tuple[Step, str]]:
    """Do what the page says, in ``folder``; yield each look at the screen with what it says.

    Args:
        page: The text of the page.
        folder: An empty folder.
        starter: A trained project of ``kefu init``, for pages that begin with one.
    """
    where, variables = folder, dict[str, str]()
    with Staying() as staying:
        for step in steps_of(page):
            match step.kind:
                case "starter":
                    assert starter is not None
                    where = _copy(starter, folder / "tea", is_spoken_to=step.what == "spoken to")
                case "live" | "server":
                    yield step, staying.said(step, where, variables)
                case "screen":
                    where, screen = _screen(step, where, variables, staying)
                    yield step, screen.replace(str(folder), HOME)
                case _:
                    _change(where, step)


def _screen(
    step: Step, where: Path, variables: dict[str, str], staying: Staying
) -> tuple[Path, str]:
    """Return where the reader is after some commands, and what the screen says."""
    screen = ""
    for command in re.findall(r"^\$ (.+)$", step.block, re.MULTILINE):
        screen += f"$ {command}\n"
        if command.startswith("cd "):
            where = where / command.removeprefix("cd ")
        elif named := re.match(r"export (\w+)=", command):
            told = f'{command}; printf %s "${named[1]}"'
            variables[named[1]] = _said(told, where, variables).strip()
        else:
            here = command.replace("localhost:5005", f"localhost:{staying.port}")
            screen += _said(here, where, variables)
    return where, screen


TALKS = (("hello", "how long does shipping take?"), ("hello", "thanks"), ("goodbye",))


def _copy(starter: Path, folder: Path, *, is_spoken_to: bool) -> Path:
    shutil.copytree(starter, folder, ignore=shutil.ignore_patterns("results", "var"))
    if is_spoken_to:
        log = folder / "var" / "kefu.db"
        asyncio.run(write_talks(log, load_model(folder / "models"), TALKS))
    return folder


class Staying:
    """A command that goes on while the reader does other things; ended at the end of the page."""

    SETTLED = re.compile(
        r"Watching .*|✓ (?!trained from scratch).*|↻ .*|.* goes on (?:answering|working)\."
    )
    """Last line of what is said of a change."""
    BESIDE = re.compile(r"✓ trained from scratch .*")
    """Comes some time later, between other things."""
    LISTENING = re.compile(r"Press Ctrl-C to stop\.")

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.port = 5005
        """That a server listens on."""

    def __enter__(self) -> Staying:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=60)

    def said(self, step: Step, folder: Path, variables: Mapping[str, str]) -> str:
        """Return what is said next, begun with the command that ``step`` begins with."""
        screen, is_server = "", step.kind == "server"
        command = re.match(r"\$ kefu (.+)\n", step.block)
        if command:
            screen = command.group()
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "kefu", *command[1].split()),
                    *(("--port", "0") if is_server else ()),
                ],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={**environment(), **variables, "PYTHONUNBUFFERED": "1"},
            )
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not self.BESIDE.fullmatch(line.rstrip()):
                screen += f"{line.rstrip()}\n"
            if found := re.search(r"localhost:(\d+)", line):
                self.port = int(found[1])
            if (self.LISTENING if is_server else self.SETTLED).fullmatch(line.rstrip()):
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


def _said(command: str, folder: Path, variables: Mapping[str, str]) -> str:
    own = {"kefu": f'"{sys.executable}" -m kefu', "python": f'"{sys.executable}"'}
    shell = "".join(f'{name}() {{ {what} "$@"; }}; ' for name, what in own.items()) + command
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={**environment(), **variables},
        check=False,
    )
    lines = (done.stdout + done.stderr).rstrip().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def new_starter(folder: Path) -> Path:
    """Make and train a project of ``kefu init`` in ``folder``; return where it is."""
    assert kefu("init", "--no-prompt", "--language", "en", "tea", cwd=folder).status == 0
    done = kefu("train", cwd=folder / "tea")
    assert done.status == 0, done.err
    return folder / "tea"


def main() -> None:
    """Write down what the screen says in the pages that are named."""
    for name in sys.argv[1:]:
        path = ROOT / name
        page = path.read_text("utf-8")
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as beside:
            starter = new_starter(Path(beside)) if "<!-- starter" in page else None
            screens = list(follow(page, Path(folder), starter))
        for step, screen in reversed(screens):
            first, behind = step.place
            page = page[:first] + screen + page[behind:]
        path.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
