"""Converts one file of Markdown or JSON to the lines of a YAML file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kefu.errors import EditRefused
from kefu.project.editing.annotating import annotated
from kefu.project.files import shown
from kefu.project.migration.markdown_nlu import (
    Item,
    read_answers,
    read_nlu,
    render_answers,
    render_items,
)
from kefu.project.migration.markdown_stories import read_stories, render_stories
from kefu.project.migration.markdown_text import kind_of_markdown
from kefu.project.migration.other_tools import read_foreign_json
from kefu.project.nlu_data import EntityAnnotation, Example, NluData
from kefu.project.nlu_file import NluCollector
from kefu.project.nlu_json import add_json
from kefu.project.problems import Report

__all__ = [
    "Converted",
    "Part",
    "convert_foreign_json",
    "convert_json",
    "convert_markdown",
    "items_of",
    "marked",
]

Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """The content of one new file, without its version."""

    lines: list[str]
    told: str
    """What it has, for people."""


@dataclass(slots=True)
class Converted:
    """What came of one file."""

    parts: list[Part] = field(default_factory=list)
    stories: list[list[dict[str, Any]]] = field(default_factory=list)


def convert_markdown(path: Path, tell: Tell) -> Converted | None:
    """Convert a Markdown file of Rasa 1; None when it has no training data."""
    try:
        text = path.read_text("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        tell(0, "left out: the file is not UTF-8, or cannot be read")
        return None
    kind = kind_of_markdown(text)
    if kind == "nlu":
        return _nlu(text, path, tell)
    if kind == "answers":
        answers = read_answers(text, tell)
        return Converted([Part(render_answers(answers), _count(len(answers), "response"))])
    if kind == "stories":
        stories = [story for story in read_stories(text, tell) if story.steps]
        is_test = any(story.is_test for story in stories)
        word, plural = ("test story", "test stories") if is_test else ("story", "stories")
        told = _count(len(stories), word, plural)
        parts = [Part(render_stories(stories), told)] if stories else []
        return Converted(parts, [story.steps for story in stories])
    return None


def _nlu(text: str, path: Path, tell: Tell) -> Converted:
    items = [item for item in read_nlu(text, path.parent, tell) if item.name]
    examples = sum(len(item.lines) for item in items if item.kind == "intent")
    intents = sum(item.kind == "intent" for item in items)
    told = f"{_count(examples, 'example')} of {_count(intents, 'intent')}"
    for kind, plural in (("synonym", "synonyms"), ("lookup", "lookups"), ("regex", "regexes")):
        number = sum(item.kind == kind for item in items)
        told += f", {_count(number, kind, plural)}" if number else ""
    return Converted([Part(render_items(items), told)] if items else [])


def convert_json(path: Path, tell: Tell) -> Converted | None:
    """Convert a file of Rasa's former JSON format."""
    report = Report()
    collector = NluCollector(report)
    add_json(path, shown(path), collector)
    for problem in report:
        tell(problem.place.line, f"left out: {problem.message}")
    data = collector.data()
    items = items_of(data)
    intents = {example.full_intent for example in data.examples}
    told = f"{_count(len(data.examples), 'example')} of {_count(len(intents), 'intent')}"
    return Converted([Part(render_items(items), told)] if items else [])


def _count(number: int, word: str, plural: str = "") -> str:
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def convert_foreign_json(path: Path, tell: Tell) -> Converted | None:
    """Convert what LUIS, wit.ai or Dialogflow exported; None when it has no NLU data."""
    found = read_foreign_json(path, tell)
    if found is None:
        return None
    examples, others = found
    items = [*items_of(NluData(examples=tuple(examples))), *others]
    intents = {example.full_intent for example in examples if example.full_intent}
    told = f"{_count(len(examples), 'example')} of {_count(len(intents), 'intent')}"
    for kind, plural in (("lookup", "lookups"), ("synonym", "synonyms"), ("regex", "regexes")):
        number = sum(item.kind == kind for item in others)
        told += f", {_count(number, kind, plural)}" if number else ""
    return Converted([Part(render_items(items), told)] if items else [])


def items_of(data: NluData) -> list[Item]:
    """Return NLU data as items, the examples of an intent together."""
    by_intent: dict[str, Item] = {}
    for example in data.examples:
        name = example.full_intent
        if name:
            by_intent.setdefault(name, Item("intent", name)).lines.append(marked(example))
    written = {
        (example.text[found.start : found.end], found.value)
        for example in data.examples
        for found in example.entities
    }
    synonyms: dict[str, Item] = {}
    for variant, value in data.synonyms.items():
        if (variant, value) not in written:
            synonyms.setdefault(value, Item("synonym", value)).lines.append(variant)
    regexes: dict[str, Item] = {}
    for name, pattern in data.regexes:
        regexes.setdefault(name, Item("regex", name)).lines.append(pattern)
    lookups = [Item("lookup", name, list(words)) for name, words in data.lookups.items()]
    sentiments: dict[str, Item] = {}
    for one in data.sentiments:
        sentiments.setdefault(one.sentiment, Item("sentiment", one.sentiment)).lines.append(
            one.text
        )
    return [
        *by_intent.values(),
        *synonyms.values(),
        *regexes.values(),
        *lookups,
        *sentiments.values(),
    ]


def marked(example: Example) -> str:
    """Return an example in one line with its annotations, or as many of them as can be written."""
    kept: list[EntityAnnotation] = []
    for found in sorted(example.entities, key=lambda one: one.start):
        if not kept or found.start >= kept[-1].end:
            kept.append(replace(found, value=found.value.replace("}", "")))
    for entities in (example.entities, kept, ()):
        with suppress(EditRefused):
            return " ".join(annotated(example.text, entities).split("\n"))
    return " ".join(example.text.split("\n"))
