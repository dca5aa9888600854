"""Reads stories in the Markdown of Rasa 1, test stories with what customers say included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.editing.scalars import render
from kefu.project.migration.markdown_nlu import modern
from kefu.project.migration.markdown_text import Line, lines_of

__all__ = ["MarkdownStory", "read_stories", "render_stories"]

_HEADING: Final = re.compile(r"^#+\s*(.*?)\s*$")
_CALL: Final = re.compile(r"^([^\s{]+)\s*(\{.*\})?\s*$", re.DOTALL)
_E2E: Final = re.compile(r"^([\w/.\- ]*?)\s*:\s*(.+)$", re.DOTALL)
_BRACKETS: Final = re.compile(r"^([\w/.-]+)\[([^\[\]]*[=:][^\[\]]*)\]$")
_OR: Final = re.compile(r"\s+OR\s+")
_EVENTS: Final = {
    "restart": "action_restart",
    "back": "action_back",
    "session_started": "action_session_start",
}
_SILENT: Final = frozenset(
    ("listen", "followup", "reminder", "cancel_reminder", "undo", "rewind", "pause", "resume",
     "export", "reset_slots", "form_validation", "action_execution_rejected", "action_listen")
)  # fmt: skip
_NO_LOOP: Final = ("null", "None", "")
"""What people wrote in quotes where a form ends."""
_FORMER_ACTIONS: Final = {"action_deactivate_form": "action_deactivate_loop"}

Tell = Callable[[int, str], None]
Step = dict[str, Any]


@dataclass(slots=True)
class MarkdownStory:
    """One story as it will stand in YAML."""

    name: str
    line: int
    steps: list[Step] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def is_test(self) -> bool:
        """Whether it says what customers say."""
        return any("user" in step and "intent" in step for step in self.steps)


def read_stories(text: str, tell: Tell) -> list[MarkdownStory]:
    """Return the stories of a file; what cannot be said in YAML is told and left out."""
    reader = _Reader(tell)
    for line in lines_of(text):
        reader.read(line)
    return reader.stories


def render_stories(stories: list[MarkdownStory]) -> list[str]:
    """Return the lines of ``stories:``."""
    lines = ["stories:"]
    for story in stories:
        lines += ["", *(f"# {comment}".rstrip() for comment in story.comments)]
        lines += render([{"story": story.name, "steps": story.steps}])
    return lines


class _Reader:
    """Goes through the lines once."""

    def __init__(self, tell: Tell) -> None:
        self.stories: list[MarkdownStory] = []
        self._tell = tell
        self._comments: list[str] = []
        self._in_form_turn = False
        """Between ``* form: …`` and the next message: what the form did by itself."""

    def read(self, line: Line) -> None:
        bare = line.text.strip()
        self._comments += line.comments
        if not bare:
            return
        if bare.startswith("#"):
            name = _HEADING.match(bare)
            self._start(name[1] if name else bare, line.number)
            return
        story = self._story(line.number)
        if bare.startswith(">"):
            self._checkpoint(story, bare[1:].strip(), line.number)
        elif bare.startswith("*"):
            self._user(story, bare[1:].strip(), line.number)
        elif bare.startswith("-"):
            self._bot(story, bare[1:].strip(), line.number)
        else:
            self._tell(line.number, f"left out: {bare[:50]!r}")

    def _start(self, name: str, number: int) -> None:
        self.stories.append(
            MarkdownStory(name or f"line {number}", number, comments=self._comments)
        )
        self._comments = []
        self._in_form_turn = False

    def _story(self, number: int) -> MarkdownStory:
        if not self.stories:
            self._start(f"line {number}", number)
        self.stories[-1].comments += self._comments
        self._comments = []
        return self.stories[-1]

    def _checkpoint(self, story: MarkdownStory, text: str, number: int) -> None:
        found = _CALL.match(text)
        if found is None:
            self._tell(number, f"left out, this is no checkpoint: {text[:40]!r}")
            return
        step: Step = {"checkpoint": found[1]}
        slots = self._json(found[2], number)
        if slots:
            step["slot_was_set"] = [{name: value} for name, value in slots.items()]
        story.steps.append(step)

    def _user(self, story: MarkdownStory, text: str, number: int) -> None:
        self._in_form_turn = text.startswith("form:")
        if self._in_form_turn:
            self._tell(
                number, f"left out, the form answers it by itself: {text[5:].strip()[:40]!r}"
            )
            _forget_requested_slot(story.steps)
            return
        if text.startswith('"') and text.endswith('"') and len(text) > 2:
            story.steps.append({"user": text[1:-1]})
            return
        if text.startswith("("):
            text = text.strip("()")
        alternatives = [self._message(part, number) for part in _OR.split(text)]
        found = [step for step in alternatives if step]
        if len(found) > 1:
            story.steps.append({"or": found})
        else:
            story.steps += found

    def _message(self, text: str, number: int) -> Step | None:
        text = _BRACKETS.sub(_as_json, text)
        call = _CALL.match(text)
        if call and ":" not in call[1]:
            step: Step = {"intent": call[1].lstrip("/")}
            entities = self._json(call[2], number)
            if entities:
                step["entities"] = _entities(entities)
            return step
        said = _E2E.match(text)
        if said is None:
            self._tell(number, f"left out, this is no message: {text[:40]!r}")
            return None
        sentence = modern(said[2].strip())
        try:
            read_annotations(sentence)
        except AnnotationError as error:
            self._tell(number, f"left out: {error.message}")
            return None
        return {"user": sentence, "intent": said[1].strip()}

    def _bot(self, story: MarkdownStory, text: str, number: int) -> None:
        if self._in_form_turn and text.startswith(("form:", 'slot{"requested_slot"')):
            return
        if text.startswith("form:"):
            text = text.removeprefix("form:").strip()
        found = _CALL.match(text)
        if found is None:
            if text.startswith('"') and text.endswith('"'):
                story.steps.append({"bot": text[1:-1]})
            else:
                self._tell(number, f"left out, this is no action: {text[:40]!r}")
            return
        name, given = found[1], found[2]
        if given is None and name not in _SILENT and name not in _EVENTS:
            story.steps.append({"action": former_action(name)})
            return
        self._event(story, name, self._json(given, number), number)

    def _event(self, story: MarkdownStory, name: str, given: dict[str, Any], number: int) -> None:
        if name == "slot":
            items = [{slot: value} for slot, value in given.items()]
            last = story.steps[-1] if story.steps else {}
            if "slot_was_set" in last and "checkpoint" not in last:
                last["slot_was_set"] += items
            elif items:
                story.steps.append({"slot_was_set": items})
        elif name in {"form", "active_loop"}:
            loop = given.get("name")
            story.steps.append({"active_loop": None if loop in _NO_LOOP else loop})
        elif name in _EVENTS:
            story.steps.append({"action": _EVENTS[name]})
        else:
            self._tell(number, f"left out, stories in YAML have no such event: {name}")

    def _json(self, text: str | None, number: int) -> dict[str, Any]:
        if not text:
            return {}
        try:
            value = json.loads(text)
        except ValueError:
            self._tell(number, f"left out, this is not JSON: {text[:40]}")
            return {}
        return value if isinstance(value, dict) else {}


def _as_json(match: re.Match[str]) -> str:
    """Write ``inform[city=rome]`` of Rasa 0.x as ``inform{"city": "rome"}``."""
    pairs = (pair.partition("=" if "=" in pair else ":") for pair in match[2].split(","))
    entities = {name.strip(): value.strip() for name, _, value in pairs}
    return f"{match[1]}{json.dumps(entities, ensure_ascii=False)}"


def former_action(name: str) -> str:
    """Return what an action of Rasa 1 is called now."""
    if name.startswith("respond_"):
        return f"utter_{name.removeprefix('respond_')}"
    return _FORMER_ACTIONS.get(name, name)


def _entities(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: one}
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _forget_requested_slot(steps: list[Step]) -> None:
    """Take away what the form asked for before a message that is left out."""
    if steps and "slot_was_set" in steps[-1] and "checkpoint" not in steps[-1]:
        left = [slot for slot in steps[-1]["slot_was_set"] if "requested_slot" not in slot]
        if left:
            steps[-1]["slot_was_set"] = left
        else:
            steps.pop()
