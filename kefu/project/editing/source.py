"""One YAML file to be changed: its text, where its parts stand, and changes that are proven."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kefu.errors import EditRefused
from kefu.project import yaml_syntax
from kefu.project.files import shown
from kefu.project.problems import Place, Problem, Report
from kefu.project.yaml import Document, parse, plain
from kefu.project.yaml_scalars import scalar

__all__ = ["Lines", "SourceFile", "TextEdit", "decoded_root", "errors_of", "key_of", "same"]

_BOM: Final = b"\xef\xbb\xbf"
_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BLOCK: Final = ("|", ">")


class TextEdit(NamedTuple):
    """Characters ``start`` to ``end`` of a text are replaced by ``text``."""

    start: int
    end: int
    text: str


class Lines(list[str]):
    """What a text must be after a change, line by line; how its last line ends is left open."""


@dataclass(frozen=True)
class SourceFile:
    """The text of a file as it is on the disk, or as changes that are not yet saved leave it."""

    path: Path
    name: str
    """The name shown to people."""
    text: str = field(repr=False)
    """Line ends as they are in the file; without the byte order mark."""
    has_bom: bool = False

    @classmethod
    def of(cls, path: Path, name: str, data: bytes) -> SourceFile:
        """Return the file that has these bytes.

        Raises:
            EditRefused: They are not UTF-8.
        """
        report = Report()
        if yaml_syntax.decode(data, name, report) is None:
            raise EditRefused(str(next(iter(report))))
        has_bom = data.startswith(_BOM)
        return cls(path, name, data[3 * has_bom :].decode(), has_bom)

    @classmethod
    def read(cls, path: Path) -> SourceFile:
        """Return the file at a path.

        Raises:
            EditRefused: It cannot be read, or is not UTF-8.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise EditRefused(f"{shown(path)} cannot be read: {error.strerror}") from error
        return cls.of(path, shown(path), data)

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return _BOM * self.has_bom + self.text.encode()

    @cached_property
    def document(self) -> Document:
        """The content as the project reads it, with places; errors are not told."""
        return parse(_with_plain_ends(self.text), self.name, Report(), environment={})

    @cached_property
    def newline(self) -> str:
        """The line end that the file has most."""
        found = [match[0] for match in _BREAK.finditer(self.text) if match[0] in {"\r\n", "\n"}]
        return max(("\n", "\r\n"), key=found.count)

    @cached_property
    def escapes_unicode(self) -> bool:
        r"""Whether the file is ASCII with ``\uXXXX``, which is then read outside quotes, too."""
        return yaml_syntax.unescape_ascii(self.text) != self.text

    @cached_property
    def root(self) -> Any:
        """The content, as plain values.

        Raises:
            EditRefused: The file has errors; it is not known what a change would do.
        """
        return decoded_root(self)

    @cached_property
    def tree(self) -> MappingNode | None:
        """The content as nodes with positions; None for an empty file.

        Raises:
            EditRefused: The file has errors, or is no mapping.
        """
        _ = self.root
        try:
            node = yaml.compose(self.text, Loader=yaml.CLoader)
        except yaml.YAMLError as error:
            raise EditRefused(f"{self.name}: {error}") from None
        if node is None or (isinstance(node, ScalarNode) and not node.value):
            return None
        if not isinstance(node, MappingNode):
            raise EditRefused(f"{Place(self.name, 1)}: the file is no mapping")
        return node

    def section(self, name: str) -> Node | None:
        """Return the value of a top-level key, None when there is no such key."""
        if self.tree is None:
            return None
        return self.child(self.tree, name)

    @staticmethod
    def child(node: Node, name: str) -> Node | None:
        """Return the value of a key of a mapping, None when it has no such key."""
        pairs = node.value if isinstance(node, MappingNode) else ()
        return next((value for key, value in pairs if key.value == name), None)

    # lines

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def line_of(self, index: int) -> int:
        """Return the line, from 0, that has a character."""
        return bisect_right(self._starts, index) - 1

    def line_start(self, line: int) -> int:
        """Return where a line starts; the end of the text for a line behind the last."""
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def line(self, line: int) -> str:
        """Return a line without its end."""
        return _BREAK.sub("", self.text[self.line_start(line) : self.line_start(line + 1)])

    @property
    def line_count(self) -> int:
        """How many lines there are, the empty one behind a last line end included."""
        return len(self._starts)

    @property
    def lines(self) -> list[str]:
        """All lines without their ends."""
        return [self.line(number) for number in range(len(self._starts))]

    def replacement(self, place: Place, length: int, text: str) -> TextEdit:
        """Return the edit that replaces ``length`` characters of the text at a place."""
        start = self.line_start(place.line - 1) + place.column - 1
        return TextEdit(start, start + length, text)

    def place(self, node: Node) -> Place:
        """Return where a node starts."""
        index = node.start_mark.index
        line = self.line_of(index)
        return Place(self.name, line + 1, index - self.line_start(line) + 1)

    def column(self, node: Node) -> int:
        """Return how many characters stand before a node on its line."""
        return self.place(node).column - 1

    def last_line(self, node: Node) -> int:
        """Return the last line, from 0, that has anything of a node; comments are not of it."""
        if isinstance(node, ScalarNode) and node.style in _BLOCK:
            first = self.line_of(node.start_mark.index)
            last = self.line_of(max(node.end_mark.index - 1, node.start_mark.index))
            while last > first and not self.line(last).strip():
                last -= 1
            return last
        if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
            # A block ends, for libyaml, where the next thing starts; its last part knows better.
            parts = node.value[-1]
            key, last_part = parts if isinstance(parts, tuple) else (None, parts)
            above = -1 if key is None else self.line_of(key.end_mark.index)
            is_alias = last_part.start_mark.index < node.start_mark.index
            return above if is_alias else max(self.last_line(last_part), above)
        return self.line_of(max(node.end_mark.index - 1, node.start_mark.index))

    def block_lines(self, node: ScalarNode) -> list[tuple[int, str]]:
        """Return the lines of a literal block: number in the file, from 0, and content.

        Raises:
            EditRefused: The lines of the file are not those of the text.
        """
        first = self.line_of(node.start_mark.index) + 1
        lines = list(enumerate(self.decoded(node.value).splitlines(), first))
        for number, content in lines:
            if self.decoded(self.line(number)).strip() != content.strip():
                raise EditRefused(f"{Place(self.name, number + 1)}: this line is not understood")
        return lines

    # text to and from the file

    def decoded(self, text: str) -> str:
        """Return what a text of the file means."""
        return yaml_syntax.unescape_ascii(text) if self.escapes_unicode else text

    def encoded(self, text: str) -> str:
        r"""Return how a text is written in this file: with ``\uXXXX`` where all others are."""
        if not self.escapes_unicode:
            return text
        return text.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")

    def insertion(self, line: int, lines: Sequence[str]) -> TextEdit:
        """Return the edit that puts lines before line ``line``, from 0.

        A file whose last line has no end keeps it so.
        """
        at = self.line_start(line)
        text = self.newline.join(self.encoded(one) for one in lines)
        if at == len(self.text) and self.text and not self.text.endswith(("\n", "\r")):
            return TextEdit(at, at, self.newline + text)
        return TextEdit(at, at, text + self.newline)

    def deletion(self, first: int, last: int) -> TextEdit:
        """Return the edit that takes out the lines ``first`` to ``last``, from 0."""
        start, end = self.line_start(first), self.line_start(last + 1)
        if end == len(self.text) and not self.text.endswith(("\n", "\r")) and first:
            start -= len(self.text[:start]) - len(_without_break(self.text[:start]))
        return TextEdit(start, end, "")

    def edited(self, edits: Iterable[TextEdit]) -> SourceFile:
        """Return the file with edits; of two that overlap only the first is made."""
        parts: list[str] = []
        end = 0
        for edit in sorted(set(edits)):
            if edit.start < end:
                continue
            parts += (self.text[end : edit.start], edit.text)
            end = edit.end
        return SourceFile(self.path, self.name, "".join((*parts, self.text[end:])), self.has_bom)

    def check_readable_as(self, before: SourceFile) -> None:
        """Make sure that a change has not made a file worse to read.

        Raises:
            EditRefused: It has more errors than before.
        """
        found = errors_of(self)
        if len(found) > len(errors_of(before)):
            raise EditRefused(f"the file would not be readable any more: {found[0]}")

    def changed(
        self, edits: Iterable[TextEdit], expected: Callable[[Any], Any], what: str
    ) -> SourceFile:
        """Return the file with edits, after proving that they change what they should.

        Args:
            edits: What to replace; they do not overlap.
            expected: Takes the content before, and returns what it must be after.
            what: The change, for the message when it cannot be made.

        Raises:
            EditRefused: The file would not say what it should, for example because of an anchor.
        """
        after = self.edited(edits)
        wanted = expected(decoded_root(self))
        try:
            is_right = same(wanted, after.root)
        except EditRefused:
            is_right = False
        if not is_right:
            raise EditRefused(
                f"{self.name}: {what} would change more than that, or make the file unreadable, "
                "because of how it is written (an anchor, a folded text); change it by hand"
            )
        return after


def _without_break(text: str) -> str:
    for end in ("\r\n", "\n", "\r"):
        if text.endswith(end):
            return text[: -len(end)]
    return text


def decoded_root(source: SourceFile) -> Any:
    """Read a file anew and return its content, not shared with anybody.

    Raises:
        EditRefused: The file has errors.
    """
    report = Report()
    # A block at the end of a file without a final line end gets one when lines follow it.
    text = _with_plain_ends(source.text).rstrip("\n") + "\n"
    document = parse(text, source.name, report, environment={})
    if not document.is_whole or report.has_errors:
        first = next(problem for problem in report if problem.severity == "error")
        raise EditRefused(f"{first} (the file is left as it is)")
    return plain(document.root)


def errors_of(source: SourceFile) -> list[Problem]:
    """Return what keeps a file from being read as YAML."""
    report = Report()
    parse(_with_plain_ends(source.text), source.name, report, environment={})
    return [problem for problem in report if problem.severity == "error"]


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def key_of(node: Node) -> Any:
    """Return the value that a key of a mapping has for our reader."""
    assert isinstance(node, ScalarNode)
    return scalar(node.value) if not node.style and node.tag[-4:] != ":str" else node.value


def same(expected: Any, found: Any) -> bool:
    """Tell whether what was found is what was expected, types and order of keys included."""
    if isinstance(expected, Lines):
        return isinstance(found, str) and found.splitlines() == expected
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict):
        return list(expected) == list(found) and all(
            same(value, found[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    return bool(expected == found) or (expected != expected and found != found)  # noqa: PLR0124 - NaN
