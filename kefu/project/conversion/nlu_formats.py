"""Reads NLU data of any format, and writes it as YAML, JSON or Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, Literal

from kefu.core.names import UTTER_PREFIX
from kefu.project import files
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


def written_nlu(data: NluData, form: NluFormat) -> str:
    """Return examples, synonyms, regular expressions and lookup tables as a file of a format."""
    items = items_of(data)
    if not items:
        return ""
    if form == "json":
        return json.dumps({"rasa_nlu_data": _as_json(data)}, ensure_ascii=False, indent=2) + "\n"
    if form == "yaml":
        return _HEAD + "\n".join(render_items(items)) + "\n"
    blocks = [
        "\n".join([f"## {item.kind}:{item.name}", *(f"- {line}" for line in item.lines)])
        for item in items
        if item.kind != "sentiment"
    ]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def written_responses(data: NluData, form: NluFormat) -> str:
    """Return the responses of NLU files as YAML or Markdown; Markdown has only their texts."""
    if not data.responses:
        return ""
    if form != "md":
        responses = {name: [plain(one) for one in some] for name, some in data.responses.items()}
        return _HEAD + "\n".join(render({"responses": responses})) + "\n"
    blocks = []
    for name, variations in data.responses.items():
        lines = [f"## {name.removeprefix(UTTER_PREFIX)}", f"* {name.removeprefix(UTTER_PREFIX)}"]
        for one in variations:
            text = str(one.get("text") or "").replace("\n", "\\n")
            lines.append(f"  - {text}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


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
