"""Items of NLU data of any format as lines of YAML, comments and order as they were."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kefu.project.conversion.as_written import WrittenItem, written_section
from kefu.project.editing.examples import examples_of
from kefu.project.editing.source import SourceFile
from kefu.project.files import YAML_SUFFIXES, shown
from kefu.project.migration.converting import items_of
from kefu.project.migration.markdown_nlu import Item, read_nlu, render_item
from kefu.project.migration.markdown_text import kind_of_markdown
from kefu.project.nlu_file import ITEM_KEYS, NluCollector
from kefu.project.nlu_json import add_json
from kefu.project.problems import Report

__all__ = ["NluItem", "nlu_items", "only_examples"]

Tell = Callable[[str, int, str], None]


@dataclass(frozen=True, slots=True)
class NluItem:
    """An item of ``nlu``."""

    kind: str
    name: str
    item: WrittenItem


def nlu_items(paths: Iterable[Path]) -> Iterator[NluItem]:
    """Yield the items of files in their order; files with errors may lack some."""
    for path in paths:
        if path.suffix in YAML_SUFFIXES:
            yield from _of_yaml(path)
        elif path.suffix == ".json":
            collector = NluCollector(Report())
            add_json(path, shown(path), collector)
            yield from map(_new, items_of(collector.data()))
        else:
            text = path.read_text("utf-8-sig", errors="replace").replace("\r\n", "\n")
            if kind_of_markdown(text) == "nlu":
                items = read_nlu(text, path.parent, lambda *_: None)
                yield from (_new(item) for item in items if item.name)


def _of_yaml(path: Path) -> Iterator[NluItem]:
    for item in written_section(path, "nlu"):
        content = item.content[0] if isinstance(item.content, list) else {}
        kind = next((one for one in ITEM_KEYS if isinstance(content, dict) and one in content), "")
        if kind:
            yield NluItem(kind, str(content[kind]), item)


def _new(item: Item) -> NluItem:
    above = [f"# {comment}".rstrip() for comment in item.comments]
    return NluItem(item.kind, item.name, WrittenItem(None, render_item(item), above=above))


def only_examples(
    item: NluItem, named: Container[tuple[str, str]], *, are_wanted: bool = True
) -> NluItem | None:
    """Return an intent's item with some of its examples alone.

    Args:
        item: The item.
        named: Intents and texts without annotations.
        are_wanted: Take those that are named; otherwise all others.

    Returns:
        None when nothing is left of it.
    """
    source = SourceFile(Path(), "", "\n".join(["nlu:", *item.item.lines, ""]))
    examples = [
        (one, ((item.name, one.text) in named) is are_wanted)
        for one in examples_of(source, item.name)
    ]
    if not any(is_wanted for _, is_wanted in examples):
        return None
    lines = source.lines[1:-1]
    starts = [_with_comments(lines, one.line - 2) for one, _ in examples]
    if len(set(starts)) < len(starts):  # examples in quotes, all on one line
        kept = render_item(
            Item("intent", item.name, [one.source for one, is_in in examples if is_in])
        )
    else:
        end = _end_of_examples(source)
        kept = lines[: starts[0]]
        stretches = zip(examples, starts, [*starts[1:], end], strict=True)
        for (_, is_wanted), start, stop in stretches:
            kept += lines[start:stop] if is_wanted else ()
        kept += lines[end:]
    return replace(item, item=replace(item.item, lines=kept))


def _end_of_examples(source: SourceFile) -> int:
    section = source.section("nlu")
    examples = source.child(section.value[0], "examples") if section else None
    return source.last_line(examples) if examples else source.line_count - 2


def _with_comments(lines: list[str], start: int) -> int:
    """Return where the comments above a line begin."""
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start
