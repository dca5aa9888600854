"""New entries of the sections of a file: stories, intents, slots, responses and the like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kefu.errors import EditRefused
from kefu.project.editing.scalars import block, flow
from kefu.project.editing.source import Lines, SourceFile, TextEdit

__all__ = ["add_entries", "add_items", "appended_items"]


def add_items(source: SourceFile, section: str, items: Sequence[Any]) -> SourceFile:
    """Return the file with items more at the end of a section that is a list.

    Args:
        source: The file; it gets the section when it has none.
        section: A top-level key such as ``stories`` or ``intents``.
        items: Plain values.

    Raises:
        EditRefused: The section is no list, or the file is written in a way that forbids it.
    """
    node = source.section(section)
    if _is_empty(node):
        edits = _first(source, section, node, list(_lines_of(items, 0, _Style())))
    elif not isinstance(node, SequenceNode):
        raise EditRefused(f"{source.place(node)}: {section!r} is no list")  # type: ignore[arg-type]
    else:
        edits = appended_items(source, node, items)

    def expected(root: Any) -> Any:
        root = root or {}
        root[section] = [*(root.get(section) or ()), *items]
        return root

    return source.changed(edits, expected, f"adding to {section!r}")


def add_entries(source: SourceFile, section: str, entries: Mapping[str, Any]) -> SourceFile:
    """Return the file with entries more at the end of a section that is a mapping.

    Raises:
        EditRefused: The section has such a key already, is no mapping, or is written in a way
            that forbids it.
    """
    node = source.section(section)
    lines = list(block(entries, 2))
    if _is_empty(node):
        edits = _first(source, section, node, lines)
    elif not isinstance(node, MappingNode):
        raise EditRefused(f"{source.place(node)}: {section!r} is no mapping")  # type: ignore[arg-type]
    else:
        for key, _ in node.value:
            if key.value in entries:
                raise EditRefused(f"{source.place(key)}: there is {key.value!r} already")
        edits = _appended_entries(source, node, entries)

    def expected(root: Any) -> Any:
        root = root or {}
        root[section] = {**(root.get(section) or {}), **entries}
        return root

    return source.changed(edits, expected, f"adding to {section!r}")


def _is_empty(node: Node | None) -> bool:
    if node is None:
        return True
    if isinstance(node, ScalarNode):
        return not node.style and node.value in {"", "~", "null"}
    return not node.value


def _first(
    source: SourceFile, section: str, node: Node | None, lines: Sequence[str]
) -> list[TextEdit]:
    """Return the edits that give a section its first entries."""
    if node is None:
        return _new_section(source, section, lines)
    assert source.tree is not None
    key = next(key for key, _ in source.tree.value if key.value == section)
    number = source.line_of(key.start_mark.index)
    colon = source.text.index(":", key.end_mark.index) + 1
    edits = [source.insertion(number + 1, lines)]
    if node.end_mark.index > colon and source.text[colon : node.end_mark.index].strip():
        edits.append(TextEdit(colon, node.end_mark.index, ""))
    return edits


def _new_section(source: SourceFile, section: str, lines: Sequence[str]) -> list[TextEdit]:
    last = source.line_of(len(source.text))
    while last > 0 and not source.line(last).strip():
        last -= 1
    is_empty = not source.text.strip()
    above = [] if is_empty else [""]
    return [source.insertion(0 if is_empty else last + 1, [*above, f"{section}:", *lines])]


class _Style:
    """How a list is laid out: what new items follow."""

    def __init__(self, source: SourceFile | None = None, node: SequenceNode | None = None) -> None:
        self.deeper_lists = 0
        self.blank_lines = 0
        if source is None or node is None:
            return
        last = node.value[-1]
        if isinstance(last, MappingNode):
            self._learn_indentation(source, last)
            self._learn_blank_lines(source, node)

    def _learn_indentation(self, source: SourceFile, item: MappingNode) -> None:
        for key, value in item.value:
            if isinstance(value, SequenceNode) and not value.flow_style and value.value:
                first = source.column(value)
                self.deeper_lists = max(first - source.column(key), 0)

    def _learn_blank_lines(self, source: SourceFile, node: SequenceNode) -> None:
        if len(node.value) < 2:
            return
        line = source.line_of(node.value[-1].start_mark.index) - 1
        while line > 0 and not source.line(line).strip():
            self.blank_lines += 1
            line -= 1


def _lines_of(items: Sequence[Any], indent: int, style: _Style) -> Iterator[str]:
    for item in items:
        yield from [""] * style.blank_lines
        yield from _item_lines(item, indent, style)


def _item_lines(item: Any, indent: int, style: _Style) -> Iterator[str]:
    """Yield the lines of an item; examples of an intent become a literal block."""
    examples = item.get("examples") if isinstance(item, Mapping) else None
    if isinstance(examples, Lines):
        head = {key: value for key, value in item.items() if key != "examples"}
        yield from block([head], indent)
        yield f"{' ' * indent}  examples: |"
        yield from (f"{' ' * indent}    {line}" for line in examples)
        return
    yield from block([item], indent, deeper_lists=style.deeper_lists)


def appended_items(source: SourceFile, node: SequenceNode, items: Sequence[Any]) -> list[TextEdit]:
    """Return the edits that put items behind the last one of a list that is not empty."""
    if node.flow_style:
        return [_in_brackets(node, [flow(item) for item in items], source)]
    column = source.column(node)
    lines = list(_lines_of(items, column, _Style(source, node)))
    return [source.insertion(source.last_line(node) + 1, lines)]


def _appended_entries(
    source: SourceFile, node: MappingNode, entries: Mapping[str, Any]
) -> list[TextEdit]:
    if node.flow_style:
        shown = flow(dict(entries))[1:-1]
        return [_in_brackets(node, [shown], source)]
    column = source.column(node.value[-1][0])
    deeper = _list_depth(source, node)
    blank = _blank_lines_between(source, node)
    lines: list[str] = []
    for key, value in entries.items():
        lines += [""] * blank
        lines += block({key: value}, column, deeper_lists=deeper)
    return [source.insertion(source.last_line(node) + 1, lines)]


def _list_depth(source: SourceFile, node: MappingNode) -> int:
    for key, value in reversed(node.value):
        if isinstance(value, SequenceNode) and not value.flow_style and value.value:
            return max(source.column(value) - source.column(key), 0)
    return 0


def _blank_lines_between(source: SourceFile, node: MappingNode) -> int:
    if len(node.value) < 2:
        return 0
    line = source.line_of(node.value[-1][0].start_mark.index) - 1
    return int(line > 0 and not source.line(line).strip())


def _in_brackets(
    node: SequenceNode | MappingNode, shown: Sequence[str], source: SourceFile
) -> TextEdit:
    last = node.value[-1]
    end = (last[1] if isinstance(last, tuple) else last).end_mark.index
    return TextEdit(end, end, "".join(f", {source.encoded(one)}" for one in shown))
