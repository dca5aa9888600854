"""Rewrites a domain of Rasa 1 or 2 for Rasa 3, keeping comments and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kefu.core.slots import SLOT_TYPES
from kefu.project.editing.blocks import listed
from kefu.project.editing.scalars import render
from kefu.project.editing.source import TextEdit
from kefu.project.migration.changes import YamlFile, set_version
from kefu.project.migration.domain_facts import OldDomain, form_facts, gather, slot_mappings
from kefu.project.migration.markdown_stories import former_action
from kefu.project.migration.responses import migrate_responses, with_texts
from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["Triggers", "migrate_domain"]

Triggers = dict[str, str]
"""Intent -> the action that MappingPolicy ran for it."""

_FORMER_TYPES: Final = {"unfeaturized": "any", "numeric": "float", "boolean": "bool"}
_DROPPED_INTENT_KEYS: Final = ("triggers", "collect_in_form")


def migrate_domain(
    files: Sequence[YamlFile],
    python_forms: Mapping[str, Any],
    triggers: Triggers,
    *,
    only_triggers: bool = False,
) -> OldDomain:
    """Decide the edits of all files of a domain together.

    Args:
        files: The domain's files.
        python_forms: Facts of forms that only the project's actions declare.
        triggers: Takes the triggers of intents, which become rules.
        only_triggers: Take those away, and leave everything else.
    """
    domain = gather(file.root for file in files)
    for name, facts in python_forms.items():
        if name in domain.forms and not domain.forms[name].slots:
            domain.forms[name] = facts
    if only_triggers:
        for file in files:
            _One(file, domain, triggers).take_triggers()
        return domain
    for file in files:
        _One(file, domain, triggers).migrate()
    _add_missing_slots(files, domain)
    return domain


def _add_missing_slots(files: Sequence[YamlFile], domain: OldDomain) -> None:
    """Declare the slots that forms require and no file has."""
    missing = [
        slot for facts in domain.forms.values() for slot in facts.slots if slot not in domain.slots
    ]
    file = next((f for f in files if isinstance(f.root.get("slots"), YamlMap)), None)
    for slot in dict.fromkeys(missing):
        value = {
            "type": "text",
            "influence_conversation": False,
            "mappings": slot_mappings(slot, None, domain),
        }
        if file is None or not file.root["slots"]:
            continue
        slots = file.root["slots"]
        last = list(slots)[-1]
        _, end, indent = file.blocks.entry(slots, last)
        file.change(
            end,
            f"added the slot {slot!r}, which a form asks for",
            [file.blocks.insert(end, render({slot: value}, indent))],
        )


class _One:
    """Edits one file."""

    def __init__(self, file: YamlFile, domain: OldDomain, triggers: Triggers) -> None:
        self.file = file
        self.blocks = file.blocks
        self.root = file.root
        self.domain = domain
        self.triggers = triggers

    def migrate(self) -> None:
        """Decide all edits, in the order of the sections that people know."""
        set_version(self.file)
        self._intents()
        self._slots()
        self._forms()
        self._responses()
        self._actions()
        self._config()

    def take_triggers(self) -> None:
        """Decide the edits of intents only."""
        self._intents()

    def _line(self, node: YamlMap, key: Any) -> int:
        return self.file.document.key(node, key).line

    # intents and actions

    def _intents(self) -> None:
        items = listed(self.root.get("intents"))
        changed: dict[int, Any] = {}
        for index, item in enumerate(items):
            if not isinstance(item, YamlMap) or not item:
                continue
            name, options = next(iter(item.items()))
            if not isinstance(options, YamlMap):
                if options is None:
                    changed[index] = str(name)
                continue
            dropped = [key for key in _DROPPED_INTENT_KEYS if key in options]
            if not dropped:
                continue
            if "triggers" in options:
                self.triggers[str(name)] = former_action(str(options["triggers"]))
            left = {key: value for key, value in plain(options).items() if key not in dropped}
            changed[index] = {str(name): left} if left else str(name)
        self._rewrite_items("intents", items, changed, "took {what} of the intent {name!r} away")

    def _rewrite_items(
        self, section: str, items: Any, changed: Mapping[int, Any], text: str
    ) -> None:
        if not changed:
            return
        if self.blocks.is_flow(items):
            value = [changed.get(index, plain(item)) for index, item in enumerate(items)]
            line = self._line(self.root, section)
            self.file.change(
                line,
                f"wrote {section!r} anew",
                [self.blocks.rewrite_entry(self.root, section, value)],
            )
            return
        for index, value in changed.items():
            item = items[index]
            name, options = next(iter(item.items()))
            had = [
                key
                for key in _DROPPED_INTENT_KEYS
                if isinstance(options, YamlMap) and key in options
            ]
            told = text.format(what=" and ".join(map(repr, had)) or "the ':'", name=str(name))
            line = self.file.document.item(items, index).line
            self.file.change(line, told, [self.blocks.rewrite_item(items, index, value)])

    def _actions(self) -> None:
        items = listed(self.root.get("actions"))
        for index, name in enumerate(items):
            if not isinstance(name, str):
                continue
            place = self.file.document.item(items, index)
            if name.startswith("respond_"):
                new = f"utter_{name.removeprefix('respond_')}"
                edit = self.blocks.rename(place.line, place.column, name, new)
                self.file.change(place.line, f"action {name} -> {new}", [edit])
            elif name == "action_deactivate_form":
                edit = self.blocks.rename(place.line, place.column, name, "action_deactivate_loop")
                self.file.change(place.line, f"action {name} -> action_deactivate_loop", [edit])
            elif name in self.domain.forms and not self.blocks.is_flow(items):
                self.file.change(
                    place.line,
                    f"took the form {name!r} off the actions",
                    [self.blocks.delete_item(items, index)],
                )

    # slots

    def _slots(self) -> None:
        slots = self.root.get("slots")
        if not isinstance(slots, YamlMap):
            return
        changed = {
            name: new
            for name, options in slots.items()
            if (new := self._slot(str(name), options)) is not None
        }
        if changed and self.blocks.is_flow(slots):
            value = {name: changed.get(name, plain(options)) for name, options in slots.items()}
            self.file.change(
                self._line(self.root, "slots"),
                "wrote 'slots' anew",
                [self.blocks.rewrite_entry(self.root, "slots", value)],
            )
            return
        for name, new in changed.items():
            self._rewrite_slot(slots, name, new)

    def _slot(self, name: str, options: Any) -> dict[str, Any] | None:
        """Return the slot as it should be, None when it is so already."""
        if options is not None and not isinstance(options, YamlMap):
            return None
        old = plain(options) or {}
        new = {key: value for key, value in old.items() if key != "auto_fill"}
        kind = str(new.get("type") or "text")
        new["type"] = _present_type(kind)
        if new["type"] == "any" and new.get("influence_conversation"):
            del new["influence_conversation"]
        if not old.get("mappings") or self._is_in_old_form(name):
            new["mappings"] = slot_mappings(name, old, self.domain)
        return new if new != old else None

    def _is_in_old_form(self, name: str) -> bool:
        return any(facts.slots.get(name) for facts in self.domain.forms.values())

    def _rewrite_slot(self, slots: YamlMap, name: Any, new: dict[str, Any]) -> None:
        options = slots[name]
        line = self._line(slots, name)
        old = plain(options) or {}
        told = _told(old, new)
        text = f"slot {str(name)!r}: {told}"
        if not isinstance(options, YamlMap) or self.blocks.is_flow(options):
            self.file.change(line, text, [self.blocks.rewrite_entry(slots, name, new)])
            return
        edits: list[TextEdit | None] = []
        for key in options:
            if key not in new:
                edits.append(self.blocks.delete_entry(options, key))
            elif isinstance(old[key], str) and isinstance(new[key], str) and new[key] != old[key]:
                place = self.file.document.value(options, key)
                edits.append(self.blocks.rename(place.line, place.column, old[key], new[key]))
            elif new[key] != old[key]:
                edits.append(self.blocks.rewrite_entry(options, key, new[key]))
        _, end, indent = self.blocks.entry(options, list(options)[-1])
        added = {key: value for key, value in new.items() if key not in options}
        if added:
            edits.append(self.file.blocks.insert(end, render(added, indent)))
        self.file.change(line, text, edits)

    # forms

    def _forms(self) -> None:
        forms = self.root.get("forms")
        if isinstance(forms, YamlList):
            line = self._line(self.root, "forms")
            names = [
                str(item) if isinstance(item, str) else str(next(iter(item), ""))
                for item in forms
                if isinstance(item, str | YamlMap)
            ]
            value = {name: self._form(name) for name in names if name}
            self.file.change(
                line,
                f"made a mapping of the list of forms: {', '.join(value)}",
                [self.blocks.rewrite_entry(self.root, "forms", value)],
            )
            return
        if not isinstance(forms, YamlMap):
            return
        changed = {}
        for name, options in forms.items():
            new = self._form(str(name))
            if plain(options) != new and not _is_present(options):
                changed[name] = new
        if changed and self.blocks.is_flow(forms):
            value = {name: changed.get(name, plain(old)) for name, old in forms.items()}
            self.file.change(
                self._line(self.root, "forms"),
                "wrote 'forms' anew",
                [self.blocks.rewrite_entry(self.root, "forms", value)],
            )
            return
        for name, new in changed.items():
            slots = ", ".join(new["required_slots"]) or "none"
            text = f"form {str(name)!r}: required slots as a list ({slots}), mappings to the slots"
            self.file.change(
                self._line(forms, name), text, [self.blocks.rewrite_entry(forms, name, new)]
            )

    def _form(self, name: str) -> dict[str, Any]:
        facts = self.domain.forms.get(name) or form_facts(None)
        form: dict[str, Any] = {}
        if facts.ignored_intents:
            form["ignored_intents"] = facts.ignored_intents
        form["required_slots"] = list(facts.slots)
        return form

    # responses and settings

    def _responses(self) -> None:
        old = self.root.get("templates")
        if isinstance(old, YamlMap):
            line = self._line(self.root, "templates")
            if "responses" in self.root:
                value = {**plain(old), **(plain(self.root["responses"]) or {})}
                self.file.change(
                    line,
                    "moved 'templates' into 'responses'",
                    [
                        self.blocks.delete_entry(self.root, "templates"),
                        self.blocks.rewrite_entry(self.root, "responses", with_texts(value)),
                    ],
                )
                return
            column = self.file.document.key(self.root, "templates").column
            edit = self.blocks.rename(line, column, "templates", "responses")
            self.file.change(line, "templates -> responses", [edit])
        section = old if isinstance(old, YamlMap) else self.root.get("responses")
        if isinstance(section, YamlMap):
            migrate_responses(self.file, section)

    def _config(self) -> None:
        config = self.root.get("config")
        if isinstance(config, YamlMap) and "store_entities_as_slots" in config:
            self.file.change(
                self._line(self.root, "config"),
                "took 'store_entities_as_slots' away; the mappings of the slots say it now",
                [
                    self.blocks.delete_entry(self.root, "config")
                    if len(config) == 1
                    else self.blocks.delete_entry(config, "store_entities_as_slots")
                ],
            )
        session = self.root.get("session_config")
        if session is None and "session_config" in self.root:
            line = self._line(self.root, "session_config")
            self.file.change(
                line,
                "took the empty 'session_config' away",
                [self.blocks.delete_entry(self.root, "session_config")],
            )


def _present_type(kind: str) -> str:
    """Return what a type of slots is called now; classes of a project's own stay."""
    kind = _FORMER_TYPES.get(kind, kind)
    if kind.startswith(("rasa.", "rasa_core.")):
        short = kind.rpartition(".")[2].removesuffix("Slot").lower()
        short = _FORMER_TYPES.get(short, short)
        return short if short in SLOT_TYPES else kind
    return kind


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    parts = []
    if old.get("type") != new["type"]:
        parts.append(f"type {old.get('type')} -> {new['type']}")
    if old.get("mappings") != new.get("mappings"):
        kinds = [
            f"{one.get('type')} {one['entity']}" if "entity" in one else str(one.get("type"))
            for one in new["mappings"]
        ]
        parts.append(f"filled by {', '.join(dict.fromkeys(kinds))}")
    parts += [f"without {key!r}" for key in old if key not in new]
    return "; ".join(parts) or "written anew"


def _is_present(options: Any) -> bool:
    """Whether a form is as Rasa 3 has it."""
    if not isinstance(options, YamlMap):
        return False
    return isinstance(options.get("required_slots"), YamlList)
