"""Finds and rewrites the lines of a mapping's entry or a list's item in a file."""

from __future__ import annotations

import re
from typing import Any

from kefu.project.editing.scalars import render
from kefu.project.editing.source import SourceFile, TextEdit
from kefu.project.problems import Place
from kefu.project.yaml import START, YamlList, YamlMap, plain

__all__ = ["Blocks", "listed"]


class Blocks:
    """The parts of one file as stretches of its lines, counted from 1."""

    def __init__(self, source: SourceFile) -> None:
        self.document = source.document
        self.source = source

    def _line(self, number: int) -> str:
        return self.source.line(number - 1)

    def is_flow(self, node: YamlMap | YamlList) -> bool:
        """Whether a mapping or list is written in brackets."""
        line = self._line(node.mark.line + 1)
        return line[node.mark.column : node.mark.column + 1] in {"{", "["}

    def entry(self, node: YamlMap, key: Any) -> tuple[int, int, int]:
        """Return first line, line behind the last, and indentation of an entry."""
        place = self.document.key(node, key)
        has_dashes = isinstance(node[key], YamlList)
        indent = place.column - 1
        return place.line, self._end(place.line, indent, has_dashes=has_dashes), indent

    def item(self, node: YamlList, index: int) -> tuple[int, int, int]:
        """Return first line, line behind the last, and indentation of an item of a list."""
        place = self.document.item(node, index)
        line = place.line
        indent = self._line(line).rfind("-", 0, place.column - 1)
        while indent < 0 and line > 1:  # the dash stands alone above
            line -= 1
            indent = self._line(line).find("-")
        return line, self._end(line, indent, has_dashes=False), indent

    def _end(self, first: int, indent: int, *, has_dashes: bool) -> int:
        """Return the line behind a block; blank lines and comments behind it are not its."""
        end = first + 1
        total = self.source.line_count
        for number in range(first + 1, total + 1):
            text = self._line(number)
            bare = text.strip()
            depth = len(text) - len(text.lstrip(" "))
            if not bare or (bare.startswith("#") and depth <= indent):
                continue
            is_own = depth > indent or (has_dashes and depth == indent and bare.startswith("-"))
            if not is_own or (bare in {"...", "---"} and depth == 0):
                break
            end = number + 1
        return end

    def comments(self, first: int, end: int) -> list[str]:
        """Return the comments of a block, those behind something else included."""
        found = (_comment(self._line(number)) for number in range(first, end))
        return [comment for comment in found if comment]

    def replace(self, first: int, end: int, lines: list[str]) -> TextEdit:
        """Return an edit that puts other lines in the place of a block."""
        source = self.source
        start, stop = source.line_start(first - 1), source.line_start(end - 1)
        text = source.newline.join(map(source.encoded, lines))
        if lines and source.text[start:stop].endswith(("\n", "\r")):
            text += source.newline
        return TextEdit(start, stop, text)

    def insert(self, line: int, lines: list[str]) -> TextEdit:
        """Return an edit that puts lines before a line, or behind the last one."""
        return self.source.insertion(line - 1, lines)

    def rewrite_entry(self, node: YamlMap, key: Any, value: Any, name: Any = None) -> TextEdit:
        """Return an edit that writes an entry anew, with the comments that stood in it."""
        first, end, indent = self.entry(node, key)
        lines = render({key if name is None else name: value}, indent)
        comments = [" " * (indent + 2) + text for text in self.comments(first, end)]
        return self.replace(first, end, [lines[0], *comments, *lines[1:]])

    def rewrite_item(self, node: YamlList, index: int, value: Any) -> TextEdit:
        """Return an edit that writes an item anew."""
        first, end, indent = self.item(node, index)
        comments = [" " * indent + text for text in self.comments(first, end)]
        return self.replace(first, end, [*comments, *render([value], indent)])

    def delete_entry(self, node: YamlMap, key: Any) -> TextEdit:
        """Return an edit that takes an entry away."""
        first, end, _ = self.entry(node, key)
        return self.replace(first, end, [])

    def delete_item(self, node: YamlList, index: int) -> TextEdit:
        """Return an edit that takes an item of a list away."""
        first, end, _ = self.item(node, index)
        return self.replace(first, end, [])

    def append(self, node: YamlMap, key: Any, items: list[Any]) -> TextEdit:
        """Return an edit that adds items at the end of the list of an entry."""
        value = node[key]
        if not isinstance(value, YamlList) or not value or self.is_flow(value):
            from_before = [plain(item) for item in value or ()]
            return self.rewrite_entry(node, key, [*from_before, *items])
        _, end, indent = self.item(value, len(value) - 1)
        return self.insert(end, render(items, indent))

    def rename(self, line: int, column: int, old: str, new: str) -> TextEdit | None:
        """Return an edit that exchanges a word that stands at a place, in quotes or not."""
        text = self._line(line)
        old, new = self.source.encoded(old), self.source.encoded(new)
        found = (at for at in (column, column + 1) if text.startswith(old, at - 1))
        at = next(found, text.find(old) + 1 if text.count(old) == 1 else 0)
        return self.source.replacement(Place("", line, at), len(old), new) if at else None


def _comment(line: str) -> str:
    """Return the comment of a line of a block; a sign within quotes begins none."""
    for match in re.finditer(r"(?:^|(?<=\s))#", line):
        before = line[: match.start()]
        if before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
            return line[match.start() :].rstrip()
    return ""


def listed(node: Any) -> YamlList:
    """Return a list, an empty one for anything else."""
    return node if isinstance(node, YamlList) else YamlList(START)
