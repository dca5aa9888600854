"""Reads the part of Markdown that articles need: headings, paragraphs, lists, tables, code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from kefu.project.articles import Block, BlockKind, Section
from kefu.project.problems import Place, Report

__all__ = ["Marked", "read_markdown"]

_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_HEADING_GLUED: Final = re.compile(r"^ {0,3}(#{1,6})([^#\s].*)$")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_RULE: Final = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM: Final = re.compile(r"^(\s*)(?:([-*+])|(\d{1,9})[.)、])(?:[ \t]+|(?<=、))(.*)$")
_DELIMITERS: Final = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE_OR_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_EMPHASIS: Final = re.compile(r"(\*{1,3}|_{2,3}|~~)(?=\S)(.+?)(?<=\S)\1")
_CODE: Final = re.compile(r"`+([^`]+)`+")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_CELL_EDGE: Final = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class Marked:
    """What a text in Markdown has."""

    title: str = ""
    """The first heading, if it is of the first level."""
    sections: list[Section] = field(default_factory=list)


def read_markdown(text: str, file: str, report: Report, *, first_line: int = 1) -> Marked:
    """Return title and sections; sections with no text of their own are left out.

    Args:
        text: The article without its front matter.
        file: Its name in messages.
        report: Takes warnings: open blocks, headings without text, rows that do not fit.
        first_line: Number of the text's first line in the file.
    """
    lines = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text).split("\n")
    return _Reader(lines, file, report, first_line).read()


class _Reader:
    def __init__(self, lines: Sequence[str], file: str, report: Report, first_line: int) -> None:
        self._lines = lines
        self._file = file
        self._report = report
        self._first_line = first_line
        self._at = 0
        self._marked = Marked()
        self._path: list[tuple[int, str, Place]] = []
        self._blocks: list[Block] = []

    def read(self) -> Marked:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            heading = _HEADING.match(line)
            if heading:
                self._begin(len(heading[1]), plain(heading[2] or ""))
                self._at += 1
            elif not line.strip() or _RULE.match(line):
                self._at += 1
            else:
                self._warn_if_glued(line)
                self._read_block(line)
        self._end()
        return self._marked

    def _begin(self, level: int, text: str) -> None:
        is_title = level == 1 and not self._marked.title and not self._path
        is_first = is_title and not self._blocks and not self._marked.sections
        self._end(is_deeper=bool(self._path) and level > self._path[-1][0])
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        place = self._place(self._at)
        if is_first:
            self._marked.title = text
        elif text:
            self._path.append((level, text, place))
        else:
            self._warn("article.empty-heading", place, "a heading has no text", "write one")

    def _end(self, *, is_deeper: bool = False) -> None:
        place = self._path[-1][2] if self._path else Place(self._file, self._first_line)
        if self._blocks:
            headings = tuple(text for _, text, _ in self._path)
            section = Section(headings=headings, blocks=tuple(self._blocks), place=place)
            self._marked.sections.append(section)
            self._blocks = []
        elif self._path and not is_deeper and not self._has_below():
            self._warn(
                "article.empty-section",
                place,
                f"nothing stands under the heading {self._path[-1][1]!r}",
                "write something there, or delete the heading",
            )

    def _has_below(self) -> bool:
        """Whether a section under the open heading has been read."""
        path = tuple(text for _, text, _ in self._path)
        last = self._marked.sections[-1].headings if self._marked.sections else ()
        return last[: len(path)] == path

    def _read_block(self, line: str) -> None:
        if _FENCE.match(line):
            self._read_code(line)
        elif self._is_table():
            self._read_table()
        elif _ITEM.match(line):
            self._read_list()
        else:
            self._read_paragraph()

    def _add(self, kind: BlockKind, lines: Iterator[str]) -> None:
        kept = tuple(line for line in lines if line)
        if kept:
            self._blocks.append(Block(kind=kind, lines=kept))

    def _read_code(self, line: str) -> None:
        fence = _FENCE.match(line)
        assert fence is not None
        start = self._at
        self._at += 1
        inside = []
        while self._at < len(self._lines):
            current = self._lines[self._at]
            self._at += 1
            if current.strip().startswith(fence[1]):
                break
            inside.append(current.strip())
        else:
            place = self._place(start)
            message = f"a block of code that begins with {fence[1]} has no end"
            self._warn("article.open-block", place, message, f"close it with {fence[1]}")
        self._add("code", iter(inside))

    def _is_table(self) -> bool:
        following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        has_cells = "|" in self._lines[self._at]
        return has_cells and "-" in following and bool(_DELIMITERS.match(following))

    def _read_table(self) -> None:
        names = _cells(self._lines[self._at])
        self._at += 2
        rows = []
        while self._at < len(self._lines) and "|" in self._lines[self._at]:
            cells = _cells(self._lines[self._at])
            if len(cells) > len(names):
                place = self._place(self._at)
                message = f"a row has {len(cells)} cells, but the table {len(names)} columns"
                self._warn("article.long-row", place, message, "write | in a cell as \\|")
            rows.append(_row(names, cells))
            self._at += 1
        self._add("table", iter(rows))

    def _read_list(self) -> None:
        items: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            item = _ITEM.match(line)
            if item and not _RULE.match(line):
                mark = f"{item[3]}. " if item[3] else ""
                items.append(mark + plain(item[4]))
            elif not line.strip():
                if not self._goes_on():
                    break
            elif line[:1] in " \t" or not self._starts_block(line):
                items[-1] = _joined(items[-1], plain(line))
            else:
                break
            self._at += 1
        self._add("list", iter(items))

    def _goes_on(self) -> bool:
        """Whether a list continues behind an empty line."""
        following = self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""
        return bool(_ITEM.match(following)) or following[:2] in {"  ", "\t"}

    def _starts_block(self, line: str) -> bool:
        marks = (_HEADING, _HEADING_GLUED, _FENCE, _RULE)
        return any(mark.match(line) for mark in marks)

    def _read_paragraph(self) -> None:
        text = ""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            is_new = text and (self._starts_block(line) or self._is_table() or _ITEM.match(line))
            if not line.strip() or is_new:
                break
            text = _joined(text, plain(line.lstrip(" \t>")))
            self._at += 1
        self._add("paragraph", iter([text]))

    def _warn_if_glued(self, line: str) -> None:
        glued = _HEADING_GLUED.match(line)
        if glued and len(glued[2]) < 40:
            self._warn(
                "article.no-heading",
                self._place(self._at),
                f"{line.strip()!r} is read as text, not as a heading",
                f"write a blank behind {glued[1]}",
            )

    def _warn(self, code: str, place: Place, message: str, advice: str) -> None:
        self._report.warning(code, place, message, advice)

    def _place(self, index: int) -> Place:
        return Place(self._file, self._first_line + index)


def plain(text: str) -> str:
    """Return a line without the marks of emphasis, links, code and HTML."""
    text = _TAG.sub(" ", _IMAGE_OR_LINK.sub(r"\1", text))
    text = _CODE.sub(r"\1", text)
    text = _EMPHASIS.sub(r"\2", text)
    return " ".join(_ESCAPED.sub(r"\1", text).split())


def _joined(before: str, behind: str) -> str:
    """Join two lines: with a blank where words of a spaced script would run together."""
    if not before or not behind:
        return before or behind
    blank = " " if before[-1].isascii() and behind[0].isascii() else ""
    return f"{before}{blank}{behind}"


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    cells = [plain(cell) for cell in _CELL_EDGE.split(inner)]
    return cells[:-1] if cells and not cells[-1] and inner.endswith("|") else cells


def _row(names: Sequence[str], cells: Sequence[str]) -> str:
    """Return a row as a sentence: what it is about, then name and value of each column."""
    if not any(cells):
        return ""
    about, rest = cells[0], cells[1:]
    if len(names) == 2:
        said = [cell for cell in rest if cell]
    else:
        named = zip(list(names[1:]) + [""] * len(rest), rest, strict=False)
        said = [f"{name} {cell}".strip() for name, cell in named if cell]
    return f"{about}：{'，'.join(said)}" if about and said else about or "，".join(said)
