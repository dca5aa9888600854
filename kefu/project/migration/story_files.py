"""Rewrites stories and rules that are YAML already but in the words of Rasa 1 and 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kefu.project.migration.changes import YamlFile, set_version
from kefu.project.migration.markdown_stories import former_action
from kefu.project.migration.responses import migrate_responses
from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["migrate_data", "plain_stories"]


def migrate_data(file: YamlFile) -> None:
    """Decide the edits of a YAML file of training data or test stories."""
    set_version(file)
    for _, steps in _sections(file):
        for index, step in enumerate(steps):
            if isinstance(step, YamlMap):
                _step(file, steps, index, step)
    responses = file.root.get("responses")
    if isinstance(responses, YamlMap):
        migrate_responses(file, responses)


def _sections(file: YamlFile) -> Iterator[tuple[str, YamlList]]:
    """Yield (name, steps) of every story and rule, and the conditions of rules as such."""
    for section, key in (("stories", "story"), ("rules", "rule")):
        items = file.root.get(section)
        for item in items if isinstance(items, YamlList) else ():
            if isinstance(item, YamlMap):
                for part in ("condition", "steps"):
                    steps = item.get(part)
                    if isinstance(steps, YamlList):
                        yield str(item.get(key) or ""), steps


def _rename(file: YamlFile, place: Any, old: str, new: str) -> None:
    edit = file.blocks.rename(place.line, place.column, old, new)
    file.change(place.line, f"{old} -> {new}", [edit])


def _step(file: YamlFile, steps: YamlList, index: int, step: YamlMap) -> None:
    action = step.get("action")
    if isinstance(action, str) and former_action(action) != action:
        _rename(file, file.document.value(step, "action"), action, former_action(action))
    if "form" in step and "action" not in step and "intent" not in step:
        _rename(file, file.document.key(step, "form"), "form", "active_loop")
    slots = step.get("slot_was_set")
    if isinstance(slots, YamlMap):
        value = plain(step)
        value["slot_was_set"] = [{name: one} for name, one in slots.items()]
        line = file.document.key(step, "slot_was_set").line
        file.change(
            line,
            "wrote the slots of 'slot_was_set' as a list",
            [file.blocks.rewrite_item(steps, index, value)],
        )


def plain_stories(root: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the steps of the stories and rules of a file."""
    for section in ("stories", "rules"):
        items = root.get(section) if isinstance(root, YamlMap) else None
        for item in items if isinstance(items, YamlList) else ():
            steps = plain(item.get("steps")) if isinstance(item, YamlMap) else None
            if isinstance(steps, list):
                yield [step for step in steps if isinstance(step, dict)]
