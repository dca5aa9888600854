"""Reads NLU data and answers in the Markdown of Rasa 1."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kefu.project.editing.scalars import render, written
from kefu.project.migration.markdown_text import Line, lines_of

__all__ = ["Item", "modern", "read_answers", "read_nlu", "render_item", "render_items"]

_HEADING: Final = re.compile(r"^##\s*(\w+)\s*:\s*(.*?)\s*$")
_BULLET: Final = re.compile(r"^\s*[-*+]\s*(.*)$")
_WITH_VALUE: Final = re.compile(r"\[([^\]]+)\]\(([^:)\s]+):([^)]+)\)")
_KINDS: Final = ("intent", "synonym", "regex", "lookup")

Tell = Callable[[int, str], None]
"""Takes a line number, and what was done or could not be done there."""


@dataclass(slots=True)
class Item:
    """One item of ``nlu``."""

    kind: str
    name: str
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def read_nlu(text: str, folder: Path, tell: Tell) -> list[Item]:
    """Return the items of a file; lookup tables that name a file take its words."""
    items: list[Item] = []
    pending: list[str] = []
    current: Item | None = None
    for line in lines_of(text):
        if current is not None and not _HEADING.match(line.text) and line.text.strip():
            current.comments += line.comments
        else:
            pending += line.comments
        if heading := _HEADING.match(line.text):
            kind, name = heading[1].lower(), heading[2]
            current = Item(kind, name, comments=pending) if kind in _KINDS else None
            pending = []
            if current is None:
                tell(line.number, f"left out: a section of the unknown kind {kind!r}")
            else:
                items.append(current)
        elif current is not None and line.text.strip():
            _add_line(current, line, folder, tell)
        elif line.text.strip() and not line.text.startswith("#"):
            tell(line.number, f"left out, it belongs to no section: {line.text.strip()[:40]!r}")
    if pending and items:
        items[-1].comments += pending
    return items


def _add_line(item: Item, line: Line, folder: Path, tell: Tell) -> None:
    bullet = _BULLET.match(line.text)
    if bullet:
        text = bullet[1].strip()
        text = modern(text) if item.kind == "intent" else text
        if text:
            item.lines.append(text)
        return
    name = line.text.strip()
    if item.kind == "lookup":
        path = next((p for p in (folder / name, Path(name)) if p.is_file()), None)
        if path is not None:
            words = path.read_text("utf-8-sig", errors="replace").splitlines()
            found = [word.strip() for word in words if word.strip()]
            item.lines += found
            tell(line.number, f"took {len(found)} words from {name}")
            return
        tell(line.number, f"left out: the lookup table names the file {name!r}, which is not there")
        return
    tell(line.number, f"left out, there is no '-' before it: {name[:40]!r}")


def modern(text: str) -> str:
    """Write ``[NYC](city:New York)`` as ``[NYC]{"entity": "city", "value": "New York"}``."""

    def written(match: re.Match[str]) -> str:
        if match[3].startswith("//"):
            return match[0]
        marks = {"entity": match[2], "value": match[3]}
        return f"[{match[1]}]{json.dumps(marks, ensure_ascii=False)}"

    return _WITH_VALUE.sub(written, text)


def render_items(items: list[Item]) -> list[str]:
    """Return the lines of ``nlu:`` with the items in their order."""
    lines = ["nlu:"]
    for item in items:
        lines += ["", *(f"# {comment}".rstrip() for comment in item.comments)]
        lines += render_item(item)
    return lines


def render_item(item: Item) -> list[str]:
    """Return the lines of an item without its comments."""
    lines = [f"- {item.kind}: {written(item.name)}"]
    if item.lines:
        lines += ["  examples: |", *(f"    - {line}".rstrip() for line in item.lines)]
    return lines


def read_answers(text: str, tell: Tell) -> dict[str, list[dict[str, Any]]]:
    """Return the responses of a file with answers of retrieval intents."""
    responses: dict[str, list[dict[str, Any]]] = {}
    current: list[dict[str, Any]] | None = None
    for line in lines_of(text):
        bare = line.text.strip()
        if bare.startswith("*"):
            current = responses.setdefault(f"utter_{bare[1:].strip()}", [])
        elif bare.startswith("-") and current is not None:
            current.append({"text": bare[1:].strip().replace("\\n", "\n")})
        elif bare and not bare.startswith("#"):
            if current:
                current[-1]["text"] += f"\n{bare}"
            else:
                tell(line.number, f"left out: {bare[:40]!r}")
    return {name: texts for name, texts in responses.items() if texts}


def render_answers(responses: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the lines of ``responses:``."""
    return render({"responses": responses})
