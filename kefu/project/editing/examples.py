"""Examples of intents: finding, adding, removing and changing them in the text of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kefu.errors import EditRefused
from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.editing.entries import add_items, appended_items
from kefu.project.editing.scalars import one_line, written
from kefu.project.editing.source import Lines, SourceFile, TextEdit

__all__ = ["Written", "add_example", "change_example", "examples_of", "remove_example"]

_STRIPPED: Final = "\n\r "


@dataclass(frozen=True, slots=True)
class Written:
    """An example as it stands in a file."""

    intent: str
    source: str
    """The sentence with its annotations."""
    line: int
    """From 1."""
    item: int
    """Which item of ``nlu``."""
    index: int
    """Which item of a list of examples, or which line of a block."""

    @property
    def text(self) -> str:
        """The sentence without annotations."""
        try:
            return read_annotations(self.source).text
        except AnnotationError:
            return self.source


def examples_of(source: SourceFile, intent: str) -> Iterator[Written]:
    """Yield the examples that a file has of an intent, in their order."""
    for item, node in _items(source, intent):
        examples = source.child(node, "examples")
        if isinstance(examples, ScalarNode):
            for index, (number, content) in enumerate(_lines(source, examples)):
                if content.startswith("-"):
                    shown = content[1:].strip(_STRIPPED)
                    yield Written(intent, shown, number + 1, item, index)
        elif isinstance(examples, SequenceNode):
            for index, example in enumerate(examples.value):
                text = source.child(example, "text")
                if isinstance(text, ScalarNode):
                    line = source.place(example).line
                    shown = source.decoded(text.value).strip(_STRIPPED)
                    yield Written(intent, shown, line, item, index)


def _lines(source: SourceFile, node: ScalarNode) -> list[tuple[int, str]]:
    if node.style == "|":
        return source.block_lines(node)
    line = source.line_of(node.start_mark.index)
    return [(line, content) for content in source.decoded(node.value).splitlines()]


def _items(source: SourceFile, intent: str) -> Iterator[tuple[int, MappingNode]]:
    section = source.section("nlu")
    for index, node in enumerate(section.value if isinstance(section, SequenceNode) else ()):
        name = source.child(node, "intent")
        if isinstance(name, ScalarNode) and source.decoded(name.value) == intent:
            yield index, node


def item_of(source: SourceFile, intent: str) -> int | None:
    """Return which item of ``nlu`` has an intent; of several the one with most examples."""
    found = {index: 0 for index, _ in _items(source, intent)}
    for example in examples_of(source, intent):
        found[example.item] += 1
    return max(found, key=found.__getitem__) if found else None


def add_example(source: SourceFile, intent: str, example: str) -> SourceFile:
    """Return the file with an example more, behind the last one of its intent.

    Args:
        source: The file; when it has no such intent it gets one.
        intent: With the part behind the slash of a retrieval intent.
        example: With annotations; line ends become spaces.

    Raises:
        EditRefused: The example is empty, or the file is written in a way that forbids it.
    """
    example = one_line(example)
    if not example:
        raise EditRefused("an example cannot be empty")
    item = item_of(source, intent)
    if item is None:
        return _with_new_intent(source, intent, example)
    section = source.section("nlu")
    assert section is not None
    node = section.value[item]
    what = f"adding an example of {intent!r}"
    examples = source.child(node, "examples")
    if isinstance(examples, SequenceNode) and examples.value:
        edits = appended_items(source, examples, [{"text": example}])
        return source.changed(edits, _at(item, lambda old: [*old, {"text": example}]), what)
    if not isinstance(examples, ScalarNode) or not examples.value.strip():
        return _with_first_example(source, (item, node, examples), example, what)
    return _with_line(source, (item, examples), example, what)


def _at(item: int, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what changes the examples of an item of ``nlu``."""

    def expected(root: Any) -> Any:
        of_item = root["nlu"][item]
        of_item["examples"] = change(of_item.get("examples"))
        return root

    return expected


def _with_line(
    source: SourceFile, found: tuple[int, ScalarNode], example: str, what: str
) -> SourceFile:
    """Add a line to a block of examples, or to examples in quotes."""
    item, node = found
    lines = _lines(source, node)
    last = max((i for i, (_, text) in enumerate(lines) if text.startswith("-")), default=-1)

    def grown(old: str) -> Lines:
        of_old = old.splitlines()
        return Lines([*of_old[: last + 1], f"- {example}", *of_old[last + 1 :]])

    if node.style == "|" and last >= 0:
        number = lines[last][0]
        dash = source.line(number).index("-")
        line = f"{source.line(number)[:dash]}- {example}"
        edits = [source.insertion(number + 1, [line])]
    else:
        edits = [_requoted(source, node, grown(source.decoded(node.value)))]
    return source.changed(edits, _at(item, grown), what)


def _requoted(source: SourceFile, node: ScalarNode, lines: Sequence[str]) -> TextEdit:
    if node.style not in {'"', "'"}:
        raise EditRefused(
            f"{source.place(node)}: these examples are not in a block; write 'examples: |' and "
            "below it one example a line behind '- '"
        )
    text = source.encoded(written("\n".join((*lines, ""))))
    return TextEdit(node.start_mark.index, node.end_mark.index, text)


def _with_first_example(
    source: SourceFile,
    found: tuple[int, MappingNode, Node | None],
    example: str,
    what: str,
) -> SourceFile:
    item, node, examples = found
    indent = " " * (source.column(node.value[0][0]) + 2)
    line = f"{indent}- {example}"
    edits: list[TextEdit]
    if isinstance(examples, ScalarNode) and examples.style == "|":
        edits = [source.insertion(source.line_of(examples.start_mark.index) + 1, [line])]
    elif examples is None:
        head = f"{indent[2:]}examples: |"
        edits = [source.insertion(source.last_line(node) + 1, [head, line])]
    else:
        key = next(key for key, value in node.value if key.value == "examples")
        number = source.line_of(key.start_mark.index)
        colon = source.text.index(":", key.end_mark.index) + 1
        end = max(examples.end_mark.index, colon)
        edits = [TextEdit(colon, end, " |"), source.insertion(number + 1, [line])]
    return source.changed(edits, _at(item, lambda _: Lines([f"- {example}"])), what)


def _with_new_intent(source: SourceFile, intent: str, example: str) -> SourceFile:
    examples = f"- {example}"
    return add_items(source, "nlu", [{"intent": intent, "examples": Lines([examples])}])


def remove_example(source: SourceFile, example: Written) -> SourceFile:
    """Return the file without an example; an intent without examples keeps its name."""
    node = _examples_node(source, example)
    what = f"removing an example of {example.intent!r}"

    def without(old: Any) -> Any:
        kept = old.splitlines() if isinstance(old, str) else old
        del kept[example.index]
        return Lines(kept) if isinstance(old, str) else kept

    if isinstance(node, SequenceNode):
        one = node.value[example.index]
        if node.flow_style or len(node.value) == 1:
            raise EditRefused(
                f"{source.place(one)}: this is the only example of a list, or the list is in "
                "brackets; change it by hand"
            )
        first = source.line_of(one.start_mark.index)
        edit = source.deletion(first, source.last_line(one))
    elif node.style == "|":
        number = _lines(source, node)[example.index][0]
        edit = source.deletion(number, number)
    else:
        edit = _requoted(source, node, without(source.decoded(node.value)))
    return source.changed([edit], _at(example.item, without), what)


def change_example(source: SourceFile, example: Written, new: str) -> SourceFile:
    """Return the file with another text, or other annotations, in the place of an example."""
    new = one_line(new)
    if not new:
        raise EditRefused("an example cannot be empty")
    node = _examples_node(source, example)

    def replaced(old: Any) -> Any:
        if isinstance(old, str):
            lines = old.splitlines()
            lines[example.index] = _replaced(lines[example.index], example.source, new)
            return Lines(lines)
        old[example.index]["text"] = new
        return old

    if isinstance(node, SequenceNode):
        text = source.child(node.value[example.index], "text")
        assert isinstance(text, ScalarNode)
        if text.style in {"|", ">"}:
            raise EditRefused(
                f"{source.place(text)}: this example is a block of text; change it by hand"
            )
        shown = source.encoded(written(new, in_flow=True))
        edit = TextEdit(text.start_mark.index, text.end_mark.index, shown)
    elif node.style == "|":
        number = _lines(source, node)[example.index][0]
        start, end = source.line_start(number), source.line_start(number)
        end += len(source.line(number))
        old = source.text[start:end]
        shown = _replaced(old, source.encoded(example.source), source.encoded(new))
        edit = TextEdit(start, end, shown)
    else:
        edit = _requoted(source, node, replaced(source.decoded(node.value)))
    return source.changed(
        [edit], _at(example.item, replaced), f"changing an example of {example.intent!r}"
    )


def _replaced(line: str, old: str, new: str) -> str:
    """Replace what stands behind the dash."""
    head, _, tail = line.rpartition(old)
    return f"{head}{new}{tail}"


def _examples_node(source: SourceFile, example: Written) -> Any:
    section = source.section("nlu")
    assert isinstance(section, SequenceNode)
    return source.child(section.value[example.item], "examples")
