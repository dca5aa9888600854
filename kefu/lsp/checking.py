"""Checks the project beside the loop that answers, and tells what is wrong in which file."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from kefu.errors import KefuError
from kefu.lsp.text import Text
from kefu.lsp.workspace import Checked, Workspace
from kefu.project.problems import Problem

__all__ = ["Checker", "Publisher", "diagnostic"]

log = logging.getLogger(__name__)

QUIET_SECONDS: Final = 0.15
"""So long nothing must have been typed before the project is checked."""
_SEVERITY: Final = {"error": 1, "warning": 2, "note": 3}
_HINT: Final = 4
_NAMED: Final = re.compile(r"'([^']+)'")


class Checker:
    """A thread that works after a while without changes; what is overtaken by a change is left."""

    def __init__(self, work: Callable[[Callable[[], bool]], None]) -> None:
        """Start.

        Args:
            work: Called in the thread with a function that tells whether to go on.
        """
        self._work = work
        self._condition = threading.Condition()
        self._due: float | None = None
        self._asked = 0
        self._is_ended = False
        self._thread = threading.Thread(target=self._run, name="kefu-lsp-check", daemon=True)
        self._thread.start()

    def soon(self, *, at_once: bool = False) -> None:
        """Work when nothing has changed for a moment."""
        with self._condition:
            self._asked += 1
            self._due = time.monotonic() + (0 if at_once else QUIET_SECONDS)
            self._condition.notify()

    def end(self) -> None:
        """Wait until the thread has ended."""
        with self._condition:
            self._is_ended = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while (asked := self._next()) is not None:
            try:
                self._work(partial(self._is_wanted, asked))
            except Exception:
                log.exception("the project could not be checked")

    def _is_wanted(self, asked: int) -> bool:
        return asked == self._asked and not self._is_ended

    def _next(self) -> int | None:
        """Wait for the next work; None: there is none any more."""
        with self._condition:
            while not self._is_ended:
                if self._due is None:
                    self._condition.wait()
                elif (left := self._due - time.monotonic()) > 0:
                    self._condition.wait(left)
                else:
                    self._due = None
                    return self._asked
            return None


class Publisher:
    """Tells an editor what is wrong in which file, and in which files nothing is any more."""

    def __init__(self, notify: Callable[[str, Any], None]) -> None:
        self._notify = notify
        self._told: dict[Path, tuple[int | None, list[dict[str, Any]]]] = {}
        self._warned = ""

    def publish(self, workspace: Workspace, is_wanted: Callable[[], bool]) -> None:
        """Check the project and tell."""
        try:
            checked = workspace.check(is_wanted)
        except (KefuError, OSError) as error:
            if str(error) != self._warned:
                self._notify("window/showMessage", {"type": 2, "message": str(error)})
            self._warned = str(error)
            return
        self._warned = ""
        if checked is None or not is_wanted():
            return
        found = _by_file(checked, workspace)
        for path in [*self._told, *workspace.open]:
            found.setdefault(path, [])
        for path, problems in found.items():
            text = workspace.text(path) or Text("")
            told = [diagnostic(one, text, workspace) for one in problems]
            self._tell(path, workspace, told)

    def _tell(self, path: Path, workspace: Workspace, told: list[dict[str, Any]]) -> None:
        version = workspace.version(path)
        if version is None and self._told.get(path) == (version, told):
            return
        if told or version is not None:
            self._told[path] = (version, told)
        else:
            self._told.pop(path, None)
        given: dict[str, Any] = {"uri": workspace.uri(path), "diagnostics": told}
        if version is not None:
            given["version"] = version
        self._notify("textDocument/publishDiagnostics", given)


def _by_file(checked: Checked, workspace: Workspace) -> dict[Path, list[Problem]]:
    """Return problems by file; what is only untidy in files that are open."""
    found: dict[Path, list[Problem]] = {}
    for finding in checked.findings:
        path = workspace.path(finding.problem.place)
        if path in workspace.open or _severity(finding.problem) != _HINT:
            found.setdefault(path, []).append(finding.problem)
    return found


def _severity(problem: Problem) -> int:
    is_hint = problem.severity == "note" and problem.code.startswith("lint.")
    return _HINT if is_hint else _SEVERITY[problem.severity]


def diagnostic(problem: Problem, text: Text, workspace: Workspace) -> dict[str, Any]:
    """Return a problem of a file with this text as editors take it."""
    advice = f" — {problem.advice}" if problem.advice else ""
    named = _NAMED.search(problem.message)
    found: dict[str, Any] = {
        "range": text.range_from(*problem.place[1:], named[1] if named else ""),
        "severity": _severity(problem),
        "code": problem.code,
        "source": "kefu",
        "message": f"{problem.message}{advice}",
    }
    if problem.related:
        found["relatedInformation"] = list(_related(problem, workspace))
    return found


def _related(problem: Problem, workspace: Workspace) -> Iterator[dict[str, Any]]:
    for place in problem.related:
        path = workspace.path(place)
        span = (workspace.text(path) or Text("")).range_from(place.line, place.column)
        yield {"location": {"uri": workspace.uri(path), "range": span}, "message": "this one"}
