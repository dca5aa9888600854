"""Comments that pass problems over: ``# kefu: ignore[code, code]``.

Such a comment covers the line it stands on, or the next line when it has a line of its own, with
everything that is indented below that line: above an item it covers the item. In the first lines of
a file, before any content, ``# kefu: ignore-file[code]`` covers the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kefu.project.editing.source import SourceFile
from kefu.project.editing.staging import StagedFiles
from kefu.project.lint.findings import Finding

__all__ = ["not_ignored"]

_COMMENT: Final = re.compile(r"(?:^|\s)#\s*kefu:\s*ignore(?P<file>-file)?\[(?P<codes>[^\]]*)\]")


@dataclass(frozen=True, slots=True)
class _Cover:
    first: int
    last: int
    codes: frozenset[str]

    def has(self, line: int, code: str) -> bool:
        area = code.partition(".")[0]
        return self.first <= line <= self.last and not self.codes.isdisjoint((code, area, "*"))


def not_ignored(findings: Iterable[Finding], sources: StagedFiles) -> list[Finding]:
    """Return the findings that no comment passes over."""
    covers: dict[str, list[_Cover]] = {}
    left: list[Finding] = []
    for finding in findings:
        place, code = finding.problem.place, finding.problem.code
        if place.file not in covers:
            source = sources.by_places(place.file)
            covers[place.file] = _covers(source) if source else []
        if not any(cover.has(place.line, code) for cover in covers[place.file]):
            left.append(finding)
    return left


def _covers(source: SourceFile) -> list[_Cover]:
    if "kefu:" not in source.text:
        return []
    lines = source.lines
    found: list[_Cover] = []
    for number, line in enumerate(lines, start=1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        codes = frozenset(code.strip() for code in match["codes"].split(",") if code.strip())
        if match["file"]:
            found.append(_Cover(0, len(lines), codes))
        elif line.lstrip().startswith("#"):
            first = _next_content(lines, number)
            found.append(_Cover(number, _end(lines, first), codes))
        else:
            found.append(_Cover(number, _end(lines, number), codes))
    return found


def _next_content(lines: list[str], number: int) -> int:
    for candidate in range(number + 1, len(lines) + 1):
        bare = lines[candidate - 1].strip()
        if bare and not bare.startswith("#"):
            return candidate
    return number


def _end(lines: list[str], first: int) -> int:
    """Return the last line that is indented below a line."""
    indent = _indent(lines[first - 1])
    last = first
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and _indent(line) <= indent:
            break
        last = number
    return last


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
