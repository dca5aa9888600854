"""Reads NLU data of any format, and writes it as YAML, JSON or Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

from kefu.core.names import UTTER_PREFIX
from kefu.project import files
from kefu.project.conversion.as_written import in_markdown, written_section
from kefu.project.conversion.nlu_items import NluItem
from kefu.project.editing.scalars import render
from kefu.project.files import YAML_SUFFIXES, shown
from kefu.project.migration.converting import items_of
from kefu.project.migration.markdown_nlu import read_answers, read_nlu, render_items
from kefu.project.migration.markdown_text import kind_of_markdown
from kefu.project.nlu_data import NluData
from kefu.project.nlu_file import NluCollector
from kefu.project.nlu_json import add_json
from kefu.project.problems import Problem, Report
from kefu.project.yaml import parse, plain, read

__all__ = [
    "SUFFIXES",
    "NluFormat",
    "nlu_files",
    "read_nlu_data",
    "written_nlu",
    "written_responses",
]

NluFormat = Literal["yaml", "json", "md"]
SUFFIXES: Final[dict[str, str]] = {"yaml": ".yml", "json": ".json", "md": ".md"}
_HEAD: Final = 'version: "3.1"\n\n'

Tell = Callable[[str, int, str], None]
"""Takes a file, a line, and what was left out there."""


def nlu_files(paths: Iterable[Path], *, root: Path) -> list[Path]:
    """Return the files below ``paths`` that have NLU data of any format, responses included."""
    return [path for path in files.data_files(paths, root=root).files if _has_nlu(path)]


def _has_nlu(path: Path) -> bool:
    if path.suffix in YAML_SUFFIXES:
        document = read(path, shown(path), Report(), environment={})
        return document is not None and files.has_keys(document.root, ("nlu", "responses"))
    if path.suffix == ".md":
        text = path.read_text("utf-8", errors="replace")
        return kind_of_markdown(text) in {"nlu", "answers"}
    return files.foreign_format(path) == "rasa_json"


def read_nlu_data(paths: Iterable[Path], tell: Tell) -> tuple[NluData, tuple[Problem, ...]]:
    """Return what files have together, and the problems of reading them."""
    report = Report()
    collector = NluCollector(report)
    for path in paths:
        name = shown(path)
        if path.suffix in YAML_SUFFIXES:
            document = read(path, name, report, environment={})
            if document is not None:
                collector.add(document)
        elif path.suffix == ".json":
            add_json(path, name, collector)
        else:
            _add_markdown(path, name, collector, tell)
    return collector.data(), report.sorted()


def _add_markdown(path: Path, name: str, collector: NluCollector, tell: Tell) -> None:
    text = path.read_text("utf-8-sig", errors="replace").replace("\r\n", "\n")

    def told(line: int, what: str) -> None:
        tell(name, line, what)

    if kind_of_markdown(text) == "answers":
        lines = render({"responses": read_answers(text, told)})
    else:
        lines = render_items([item for item in read_nlu(text, path.parent, told) if item.name])
    collector.add(parse("\n".join(lines), name, collector.report, environment={}))


def written_nlu(data: NluData, form: NluFormat, items: Iterable[NluItem]) -> str:
    """Return examples, synonyms, regular expressions and lookup tables as a file of a format.

    Args:
        data: What was read.
        form: The format. JSON has no comments, and an order of its own.
        items: The same as it stands in the files: for YAML its very lines, for Markdown its
            comments and its order.
    """
    items = list(items)
    if form == "yaml":
        return _HEAD + "\n".join(["nlu:", *_spaced(items)]) + "\n" if items else ""
    found = items_of(data)
    if not found:
        return ""
    if form == "json":
        return json.dumps({"rasa_nlu_data": _as_json(data)}, ensure_ascii=False, indent=2) + "\n"
    comments: dict[tuple[str, str], list[str]] = {}
    for one in items:
        own = in_markdown((*one.item.above, *one.item.below))
        comments.setdefault((one.kind, one.name), []).extend(own)
    order = {key: index for index, key in enumerate(comments)}
    found.sort(key=lambda item: order.get((item.kind, item.name), len(order)))
    blocks = [
        "\n".join(
            [
                *comments.get((item.kind, item.name), ()),
                f"## {item.kind}:{item.name}",
                *(f"- {line}" for line in item.lines),
            ]
        )
        for item in found
        if item.kind != "sentiment"
    ]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _spaced(items: Iterable[NluItem]) -> Iterator[str]:
    for one in items:
        yield ""
        yield from one.item.written()


def written_responses(data: NluData, form: NluFormat, paths: Iterable[Path]) -> str:
    """Return the responses of NLU files as YAML or Markdown; Markdown has only their texts.

    Args:
        data: What was read.
        form: The format.
        paths: The files, for what stands in those of YAML as it is.
    """
    if not data.responses:
        return ""
    if form != "md":
        entries = _response_entries(data, paths)
        return _HEAD + "\n".join(["responses:", *entries]) + "\n"
    blocks = []
    for name, variations in data.responses.items():
        lines = [f"## {name.removeprefix(UTTER_PREFIX)}", f"* {name.removeprefix(UTTER_PREFIX)}"]
        for one in variations:
            text = str(one.get("text") or "").replace("\n", "\\n")
            lines.append(f"  - {text}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _response_entries(data: NluData, paths: Iterable[Path]) -> Iterator[str]:
    written = {
        name: item
        for path in paths
        if path.suffix in YAML_SUFFIXES
        for item in written_section(path, "responses")
        for name in item.content
    }
    for name, variations in data.responses.items():
        if name in written:
            yield from written[name].written(2)
        else:
            yield from render({name: [plain(one) for one in variations]}, 2)


def _as_json(data: NluData) -> dict[str, Any]:
    synonyms: dict[str, list[str]] = {}
    for variant, value in data.synonyms.items():
        synonyms.setdefault(value, []).append(variant)
    found: dict[str, Any] = {
        "common_examples": [
            {
                "text": example.text,
                "intent": example.full_intent,
                "entities": [
                    {
                        key: value
                        for key, value in (
                            ("start", one.start), ("end", one.end), ("value", one.value),
                            ("entity", one.entity), ("role", one.role), ("group", one.group),
                        )
                        if value is not None
                    }
                    for one in example.entities
                ],
            }
            for example in data.examples
        ],
        "entity_synonyms": [
            {"value": value, "synonyms": variants} for value, variants in synonyms.items()
        ],
        "regex_features": [{"name": name, "pattern": pattern} for name, pattern in data.regexes],
        "lookup_tables": [
            {"name": name, "elements": list(words)} for name, words in data.lookups.items()
        ],
    }  # fmt: skip
    if data.sentiments:
        found["sentiment_examples"] = [
            {"text": one.text, "sentiment": one.sentiment} for one in data.sentiments
        ]
    return found
