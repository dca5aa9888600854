"""Reads stories of any format, and writes them as YAML or as Markdown of Rasa 1."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kefu.project import files
from kefu.project.conversion.as_written import WrittenItem, in_markdown, written_section
from kefu.project.editing.scalars import render
from kefu.project.files import YAML_SUFFIXES, shown
from kefu.project.migration.markdown_stories import MarkdownStory, read_stories
from kefu.project.migration.markdown_text import kind_of_markdown
from kefu.project.problems import Problem, Report
from kefu.project.yaml import read

__all__ = ["PlainStory", "read_plain_stories", "story_files", "written_stories"]

_HEAD: Final = 'version: "3.1"\n\n'
Tell = Callable[[str, int, str], None]


@dataclass(frozen=True, slots=True)
class PlainStory:
    """A story or rule as it stands in YAML."""

    item: WrittenItem
    file: str

    @property
    def content(self) -> dict[str, Any]:
        """What it says."""
        content: dict[str, Any] = self.item.content[0]
        return content

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.item.line

    @property
    def is_rule(self) -> bool:
        """Whether it is a rule."""
        return "rule" in self.content

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.content.get("rule" if self.is_rule else "story") or "")


def story_files(paths: Iterable[Path], *, root: Path) -> list[Path]:
    """Return the files below ``paths`` that have stories or rules."""
    return [path for path in files.data_files(paths, root=root).files if _has_stories(path)]


def _has_stories(path: Path) -> bool:
    if path.suffix in YAML_SUFFIXES:
        document = read(path, shown(path), Report(), environment={})
        return document is not None and files.has_keys(document.root, ("stories", "rules"))
    if path.suffix == ".md":
        return kind_of_markdown(path.read_text("utf-8", errors="replace")) == "stories"
    return False


def read_plain_stories(path: Path, tell: Tell) -> tuple[list[PlainStory], tuple[Problem, ...]]:
    """Return the stories and rules of a file, and the problems of reading it."""
    report = Report()
    name = shown(path)
    if path.suffix == ".md":
        text = path.read_text("utf-8-sig", errors="replace").replace("\r\n", "\n")
        found = read_stories(text, lambda line, what: tell(name, line, what))
        stories = [PlainStory(_of_markdown(one), name) for one in found if one.steps]
        return stories, ()
    read(path, name, report, environment={})
    stories = [
        PlainStory(item, name)
        for section in ("stories", "rules")
        for item in written_section(path, section)
        if isinstance(item.content, list) and isinstance(item.content[0], dict)
    ]
    return stories, report.sorted()


def _of_markdown(story: MarkdownStory) -> WrittenItem:
    content = [{"story": story.name, "steps": story.steps}]
    above = [f"# {comment}".rstrip() for comment in story.comments]
    return WrittenItem(content, render(content), story.line, above=above)


def written_stories(stories: Iterable[PlainStory], form: str, tell: Tell) -> str:
    """Return stories as a file of a format; what Markdown cannot say is told and left out."""
    stories = list(stories)
    if form == "md":
        return "\n".join(line for story in stories for line in _markdown(story, tell))
    lines: list[str] = []
    for section, is_rule in (("stories", False), ("rules", True)):
        own = [story for story in stories if story.is_rule == is_rule]
        if own:
            lines += [*([""] if lines else []), f"{section}:"]
        for story in own:
            lines += ["", *story.item.written()]
    return _HEAD + "\n".join(lines) + "\n" if lines else ""


def _markdown(story: PlainStory, tell: Tell) -> Iterator[str]:
    if story.is_rule:
        tell(story.file, story.line, f"left out, Markdown has no rules: {story.name!r}")
        return
    yield from in_markdown(story.item.above)
    yield f"## {story.name}"
    for step in story.content.get("steps") or ():
        written = _step(step) if isinstance(step, dict) else None
        if written is None:
            what = json.dumps(step, ensure_ascii=False)
            tell(story.file, story.line, f"left out, Markdown cannot say it: {what}")
        else:
            yield from written
    yield from in_markdown(story.item.below)
    yield ""


def _step(step: dict[str, Any]) -> list[str] | None:
    """Return the lines of a step, None when there are none for it."""
    found: list[str] | None = None
    if "or" in step:
        parts = [_message(one) for one in step["or"] if isinstance(one, dict)]
        if all(part is not None for part in parts):
            found = [f"* {' OR '.join(part or '' for part in parts)}"]
    elif "intent" in step or "user" in step:
        message = _message(step)
        found = None if message is None else [f"* {message}"]
    elif "checkpoint" in step:
        found = [f"> {step['checkpoint']}{_slots(step)}"]
    elif "action" in step:
        found = [f"  - {step['action']}"]
    elif "slot_was_set" in step:
        found = [f"  - slot{_slots(step)}"] if _slots(step) else None
    elif "active_loop" in step:
        name = json.dumps({"name": step["active_loop"]}, ensure_ascii=False)
        found = [f"  - form{name}"]
    return found


def _message(step: dict[str, Any]) -> str | None:
    intent = step.get("intent")
    if "user" in step:
        return f"{intent}: {str(step['user']).strip()}" if intent else f'"{step["user"].strip()}"'
    if not intent:
        return None
    entities: dict[str, Any] = {}
    for entity in step.get("entities") or ():
        if isinstance(entity, str):
            entities[entity] = ""
            continue
        if "role" in entity or "group" in entity:
            return None
        for name, value in entity.items():
            if name in entities:
                known = entities[name]
                entities[name] = [*(known if isinstance(known, list) else [known]), value]
            else:
                entities[name] = value
    return f"{intent}{json.dumps(entities, ensure_ascii=False)}" if entities else str(intent)


def _slots(step: dict[str, Any]) -> str:
    slots: dict[str, Any] = {}
    for slot in step.get("slot_was_set") or ():
        if isinstance(slot, dict):
            slots.update(slot)
    return json.dumps(slots, ensure_ascii=False) if slots else ""
