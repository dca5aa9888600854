"""Problems found in a project's files, each with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from typing import Final, Literal, NamedTuple

__all__ = ["CONVERTER", "Place", "Problem", "Report", "Severity", "nearest", "suggestion"]

CONVERTER: Final = "kefu data migrate"
"""The command that converts projects of former formats."""

Severity = Literal["error", "warning", "note"]
"""An error stops training. A warning says that something will probably not work as written; the
option ``--fail-on-warnings`` turns it into a failure. A note never fails anything."""

_RANK: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


class Place(NamedTuple):
    """A position in a file; line and column count from 1, 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return (
            f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong in a project."""

    place: Place
    severity: Severity
    code: str
    """Stable identifier such as ``story.unknown-intent``; documented in the reference."""
    message: str
    """What is wrong."""
    advice: str = ""
    """What to do, with the nearest valid name where there is one."""
    related: tuple[Place, ...] = ()
    """Other places involved, for example the rule that a story contradicts."""

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}"
        return f"{text} — {self.advice}" if self.advice else text


class Report:
    """Collects problems while files are read; reading goes on after each of them."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._errors = 0
        self._seen: set[tuple[Place, str, str]] = set()
        self._old_versions: dict[str, list[Place]] = {}

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)

    def has_noted_since(self, count: int) -> bool:
        """Whether there is more than when :func:`len` said ``count``, old versions included."""
        return len(self._problems) > count or bool(self._old_versions)

    @property
    def errors(self) -> int:
        """How often an error was reported so far, repetitions included."""
        return self._errors

    @property
    def has_errors(self) -> bool:
        """Whether anything found so far stops training."""
        return self._errors > 0

    def error(
        self, code: str, place: Place, message: str, advice: str = "", *related: Place
    ) -> None:
        """Note something that stops training."""
        self._add("error", code, place, message, advice, related)

    def warning(
        self, code: str, place: Place, message: str, advice: str = "", *related: Place
    ) -> None:
        """Note something that will probably not work as its author thinks."""
        self._add("warning", code, place, message, advice, related)

    def note(
        self, code: str, place: Place, message: str, advice: str = "", *related: Place
    ) -> None:
        """Note something worth knowing that harms nothing."""
        self._add("note", code, place, message, advice, related)

    def old_version(self, version: str, place: Place) -> None:
        """Note that a file is written for an older format; one note tells of all such files."""
        self._old_versions.setdefault(version, []).append(place)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take over problems found elsewhere."""
        for problem in problems:
            self._append(problem)

    def sorted(self) -> tuple[Problem, ...]:
        """Return all problems by file, line and column; the graver one first at the same place."""
        found = [*self._problems, *self._version_notes()]
        return tuple(sorted(found, key=lambda p: (p.place, _RANK[p.severity], p.code)))

    def _version_notes(self) -> Iterator[Problem]:
        for version, places in self._old_versions.items():
            files = "the file says" if len(places) == 1 else f"{len(places)} files say"
            yield Problem(
                place=places[0],
                severity="note",
                code="version.old",
                message=f"{files} version {version}; this is read as format 3.1",
                advice='write version: "3.1"',
                related=tuple(places[1:]),
            )

    def _add(
        self,
        severity: Severity,
        code: str,
        place: Place,
        message: str,
        advice: str,
        related: tuple[Place, ...],
    ) -> None:
        self._append(
            Problem(
                place=place,
                severity=severity,
                code=code,
                message=message,
                advice=advice,
                related=related,
            )
        )

    def _append(self, problem: Problem) -> None:
        self._errors += problem.severity == "error"
        key = (problem.place, problem.code, problem.message)
        if key not in self._seen:
            self._seen.add(key)
            self._problems.append(problem)


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name that looks most like ``word``, None when none looks like it."""
    folded = _folded(word)
    pieces = _pieces(folded)

    def shared(name: str) -> float:
        others = _pieces(_folded(name))
        return len(pieces & others) / (len(pieces) + len(others))

    # Comparing closely is dear, so only the few names with most letters in common get that far.
    best: tuple[float, str] | None = None
    for name in nlargest(5, known, key=shared):
        ratio = SequenceMatcher(None, folded, _folded(name)).ratio()
        if ratio >= likeness and (best is None or ratio > best[0]):
            best = (ratio, name)
    return best[1] if best else None


@lru_cache(maxsize=10_000)
def _folded(name: str) -> str:
    return name.casefold().replace("-", "_")


@lru_cache(maxsize=10_000)
def _pieces(word: str) -> frozenset[str]:
    return frozenset((*word, *(word[i : i + 2] for i in range(len(word) - 1)), ""))


def suggestion(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return "did you mean ...?" with the nearest known name, or ``otherwise``."""
    name = nearest(word, known)
    if name is None:
        return otherwise
    return f"did you mean {name!r}? {otherwise}".rstrip()
