"""Where in the structure of a YAML file a place is, told from indentation alone.

A parser gives nothing for a file that is being typed; the lines above a place always tell which
keys it stands below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["ITEM", "Spot", "spot_at"]

ITEM: Final = "-"
"""Stands in a path for any item of a list."""
_LINE: Final = re.compile(
    r"""^(?P<indent>\ufeff?\s*)(?P<dashes>(?:-(?:\s+|$))*)
    (?:(?P<key>"[^"]*"|'[^']*'|[^\s#"'\[\]{}|>&*!%@`,-][^#:]*?|-[^\s:#][^#:]*?)\s*:(?=\s|$))?""",
    re.VERBOSE,
)
_BLOCK: Final = re.compile(r":\s+(?:[|>][-+\d]*)\s*(?:#.*)?$")
_FLOW: Final = re.compile(r"""([\[{])|([\]}])|(,)|("[^"]*"|'[^']*'|[^\s,\[\]{}:]+)\s*(:(?=\s))?""")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file."""

    path: tuple[str, ...]
    """Keys above it, with :data:`ITEM` for each list on the way."""
    is_key: bool = False
    """Whether it is in a key; the path is that of the mapping then."""
    is_fresh: bool = False
    """Whether what stands here may become a key or a value."""
    is_block: bool = False
    """Whether it is within a block of text, such as examples."""

    @property
    def last_key(self) -> str:
        """The nearest key above."""
        return next((step for step in reversed(self.path) if step != ITEM), "")


def spot_at(lines: Sequence[str], line: int, column: int) -> Spot:
    """Return where a character of a line, both from 0, is."""
    text = lines[line]
    header = _block_header(lines, line, _indent(text) if text.strip() else column)
    if header is not None:
        return Spot((*_above(lines, header, 10**6), *_own(lines[header])), is_block=True)
    found = _LINE.match(text)
    assert found is not None
    key, start = found["key"], found.start("key")
    items = [position for position in _dashes(found) if position < column]
    limit = items[0] if items else start if key is not None else min(_indent(text), column)
    if not text.strip():
        limit = column
    path = [*_above(lines, line, limit, is_item=bool(items)), *(ITEM for _ in items)]
    if key is None or column <= found.end("key"):
        if column < found.end("dashes") and not items:
            return Spot(tuple(path), is_fresh=True)
        rest = text[found.end("dashes") : column]
        flow = list(_in_flow(rest)) if rest.lstrip()[:1] in {"[", "{"} else []
        is_fresh = key is None and not flow
        return Spot((*path, *flow), is_key=key is not None, is_fresh=is_fresh)
    path.append(key.strip("\"'"))
    return Spot((*path, *_in_flow(text[found.end() + 1 : column])))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _dashes(found: re.Match[str]) -> list[int]:
    return [found.start("dashes") + at for at, one in enumerate(found["dashes"]) if one == "-"]


def _own(text: str) -> list[str]:
    """Return what a line itself opens, from the outside in."""
    found = _LINE.match(text)
    assert found is not None
    return [*(ITEM for _ in _dashes(found)), *_unquoted(found["key"])]


def _unquoted(key: str | None) -> Iterator[str]:
    if key is not None:
        yield key.strip("\"'")


def _block_header(lines: Sequence[str], line: int, indent: int) -> int | None:
    """Return the line that opens the block of text that a line is in."""
    for number in range(line - 1, -1, -1):
        text = lines[number]
        if text.strip() and _indent(text) < indent:
            if _BLOCK.search(text):
                return number
            indent = _indent(text)
    return None


def _above(lines: Sequence[str], line: int, limit: int, *, is_item: bool = False) -> list[str]:
    """Return what the lines above open, from the outside in."""
    if limit >= 10**6:
        found = _LINE.match(lines[line])
        assert found is not None
        dashes = _dashes(found)
        limit, is_item = (dashes[0], True) if dashes else (found.start("key"), False)
    path: list[str] = []
    for number in range(line - 1, -1, -1):
        text = lines[number]
        if not limit and not is_item:
            break
        if not text.strip() or text.lstrip().startswith("#") or _indent(text) > limit:
            continue
        found = _LINE.match(text)
        assert found is not None
        key = found.start("key") if found["key"] is not None else -1
        # A list may stand at the indentation of the key that it belongs to.
        if 0 <= key < limit or (is_item and key == limit and not found["dashes"]):
            path.append(found["key"].strip("\"'"))
            limit, is_item = key, False
        for dash in reversed(_dashes(found)):
            if dash < limit:
                path.append(ITEM)
                limit, is_item = dash, True
    return path[::-1]


def _in_flow(text: str) -> Iterator[str]:
    """Yield what brackets of a line open and do not close."""
    stack: list[list[str]] = []
    for opening, closing, comma, word, colon in _FLOW.findall(text):
        if opening:
            stack.append([ITEM] if opening == "[" else [])
        elif closing and stack:
            stack.pop()
        elif comma and stack and stack[-1] != [ITEM]:
            stack[-1].clear()
        elif word and colon and stack and stack[-1] != [ITEM]:
            stack[-1][:] = [word.strip("\"'")]
    for steps in stack:
        yield from steps
