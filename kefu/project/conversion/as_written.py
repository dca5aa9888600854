"""Items of YAML files as they stand there, comments included, to be put into other files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kefu.errors import EditRefused
from kefu.project.editing.blocks import Blocks
from kefu.project.editing.scalars import render
from kefu.project.editing.source import SourceFile
from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["WrittenItem", "in_markdown", "written_section"]


@dataclass(slots=True)
class WrittenItem:
    """An item of a list, or an entry of a mapping, at the left margin."""

    content: Any
    lines: list[str]
    line: int = 0
    """Where it stands, from 1."""
    end: int = 0
    """The line behind it."""
    above: list[str] = field(default_factory=list)
    """The comments above it, each with its sign, and blank lines between them; above the first
    item also those at the top of the file."""
    below: list[str] = field(default_factory=list)
    """The comments behind the last item."""

    def written(self, indent: int = 0) -> list[str]:
        """Return all its lines, further right."""
        pad = " " * indent
        below = ["", *self.below] if self.below else []
        return [f"{pad}{line}" if line else "" for line in (*self.above, *self.lines, *below)]


def written_section(path: Path, section: str) -> list[WrittenItem]:
    """Return the items of a top-level list or mapping of a file; none when it has no such."""
    try:
        source = SourceFile.read(path.absolute())
    except EditRefused:
        return []
    root = source.document.root
    node = root.get(section) if isinstance(root, YamlMap) else None
    if not isinstance(node, YamlList | YamlMap) or not node:
        return []
    keys = {name: source.document.key(root, name).line for name in root}
    start = keys[section]
    is_first = next(name for name in root if name != "version") == section
    head = _comments(source, 1, start) if is_first else []
    items = list(_items(source, node, start + 1))
    items[0].above = _trimmed((*head, "", *items[0].above))
    stop = min((line for line in keys.values() if line > start), default=source.line_count + 1)
    items[-1].below = _comments(source, max(items[-1].end, start + 1), stop)
    return items


def _items(source: SourceFile, node: YamlList | YamlMap, start: int) -> Iterator[WrittenItem]:
    blocks = Blocks(source)
    contents = _contents(node)
    if blocks.is_flow(node):
        yield from (_rendered(content, start - 1) for content in contents)
        return
    for content, (first, end, indent) in zip(contents, _places(blocks, node), strict=True):
        item = _checked(source, content, range(first, end), indent)
        item.above = _comments(source, start, first)
        item.end = start = end
        yield item


def _contents(node: YamlList | YamlMap) -> list[Any]:
    """Return what each item says: of a mapping a mapping with one entry, of a list a list."""
    if isinstance(node, YamlMap):
        return [{key: plain(value)} for key, value in node.items()]
    return [[plain(item)] for item in node]


def _places(blocks: Blocks, node: YamlList | YamlMap) -> Iterator[tuple[int, int, int]]:
    if isinstance(node, YamlMap):
        yield from (blocks.entry(node, key) for key in node)
    else:
        yield from (blocks.item(node, index) for index in range(len(node)))


def _rendered(content: Any, line: int) -> WrittenItem:
    return WrittenItem(content, render(content), line)


def _checked(source: SourceFile, content: Any, numbers: range, indent: int) -> WrittenItem:
    """Return an item's lines; written anew where they mean something else by themselves."""
    lines = [source.decoded(source.line(number - 1)) for number in numbers]
    lines = [
        line[indent:] if not line[:indent].strip() else line.lstrip() for line in map(_bare, lines)
    ]
    text = "\n".join((*lines, ""))
    alone = SourceFile(source.path, source.name, text)
    line = numbers.start
    is_same = alone.document.is_whole and plain(alone.document.root) == content
    return WrittenItem(content, lines, line) if is_same else _rendered(content, line)


def _bare(line: str) -> str:
    return line.rstrip() if not line.strip() else line


def _comments(source: SourceFile, start: int, end: int) -> list[str]:
    """Return comments and the blank lines between them; lines count from 1."""
    lines = [source.decoded(source.line(number - 1)).strip() for number in range(start, end)]
    return _trimmed(line for line in lines if not line or line.startswith("#"))


def _trimmed(lines: Iterable[str]) -> list[str]:
    """Return lines without blank ones at their ends, and no two of them together."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found


def in_markdown(comments: Iterable[str]) -> list[str]:
    """Return comments of YAML as Markdown has them."""
    found = (line.lstrip("#").strip().replace("--", "—") for line in comments)
    return [f"<!-- {text} -->" for text in found if text]
