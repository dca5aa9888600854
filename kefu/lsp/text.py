"""The text of a file by the positions of editors: lines and UTF-16 units, both from 0."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, Final

__all__ = ["Text", "edits_between"]

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TOKEN: Final = re.compile(r"[\w./-]+")
_BOM: Final = "\ufeff"


class Text:
    """A text that does not change."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
        self.lines = [self._line(number) for number in range(len(self._starts))]

    def _line(self, number: int) -> str:
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[number] : end].rstrip("\r\n")

    def column(self, position: Mapping[str, Any]) -> tuple[int, int]:
        """Return line and character, from 0, of a position; within the text in any case."""
        number = min(max(int(position["line"]), 0), len(self.lines) - 1)
        if position["line"] > number:
            return number, len(self.lines[number])
        return number, _character(self.lines[number], int(position["character"]))

    def offset(self, position: Mapping[str, Any]) -> int:
        """Return where a position is in the text."""
        if int(position["line"]) >= len(self.lines):
            return len(self.text)
        line, column = self.column(position)
        return self._starts[line] + column

    def position(self, line: int, column: int) -> dict[str, int]:
        """Return the position of a character of a line."""
        line = min(max(line, 0), len(self.lines) - 1)
        return {"line": line, "character": _units(self.lines[line][: max(column, 0)])}

    def position_at(self, offset: int) -> dict[str, int]:
        """Return the position of a place in the text."""
        line = bisect_right(self._starts, offset) - 1
        return self.position(line, offset - self._starts[line])

    def range(self, line: int, start: int, end: int) -> dict[str, Any]:
        """Return a stretch of a line."""
        return {"start": self.position(line, start), "end": self.position(line, end)}

    def range_of(self, start: int, end: int) -> dict[str, Any]:
        """Return a stretch of the text."""
        return {"start": self.position_at(start), "end": self.position_at(end)}

    def range_from(self, line: int, column: int, name: str = "") -> dict[str, Any]:
        """Return what starts at a place, counted from 1 as problems do: a word, or the line.

        Args:
            line: The line; 0: the first.
            column: The character; 0: where the text of the line begins.
            name: What is meant, if it stands in the line from there on.
        """
        number = min(max(line - 1, 0), len(self.lines) - 1)
        text = self.lines[number]
        start = column - 1 if column else len(text) - len(text.lstrip())
        start += bool(number == 0 and column and text.startswith(_BOM))
        named = _word(name).search(text, start) if name else None
        if named is not None:
            return self.range(number, *named.span())
        token = _TOKEN.match(text, start)
        return self.range(number, start, token.end() if token else len(text.rstrip()))

    def tokens(self, name: str) -> Iterator[tuple[int, int, int]]:
        """Yield line, start and end of each place that has a name as a word."""
        pattern = _word(name)
        for number, line in enumerate(self.lines):
            if name in line:
                yield from ((number, *found.span()) for found in pattern.finditer(line))

    def token_at(self, line: int, column: int) -> tuple[int, int]:
        """Return start and end of the word at a place; both are the place where there is none."""
        for found in _TOKEN.finditer(self.lines[line]):
            if found.start() <= column <= found.end():
                return found.span()
        return column, column

    def changed(self, changes: list[dict[str, Any]]) -> Text:
        """Return the text after an editor's changes, each with a range or as a whole."""
        current = self
        for change in changes:
            span, new = change.get("range"), str(change["text"])
            if span is None:
                current = Text(new)
                continue
            start, end = current.offset(span["start"]), current.offset(span["end"])
            current = Text(current.text[:start] + new + current.text[max(start, end) :])
        return current


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _character(line: str, units: int) -> int:
    if line.isascii():
        return min(max(units, 0), len(line))
    seen = 0
    for index, character in enumerate(line):
        if seen >= units:
            return index
        seen += 2 if ord(character) > 0xFFFF else 1
    return len(line)


def edits_between(old: str, new: str) -> list[dict[str, Any]]:
    """Return what changes one text into another: single words where the lines stay the same."""
    before, after = Text(old), Text(new)
    if len(before.lines) != len(after.lines):
        return [_stretch(before, old, new, 0)]
    return [
        _stretch(before, line, other, before.offset({"line": number, "character": 0}))
        for number, (line, other) in enumerate(zip_longest(before.lines, after.lines))
        if line != other
    ]


def _stretch(text: Text, old: str, new: str, at: int) -> dict[str, Any]:
    """Return the edit of the one stretch that differs."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    changed = new[start : len(new) - end]
    return {"range": text.range_of(at + start, at + len(old) - end), "newText": changed}
