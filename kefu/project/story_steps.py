"""Reads the steps of stories and rules, one after another."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kefu.core.names import ACTION_RULE_SNIPPET, RETRIEVAL_DELIMITER
from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.problems import Place, suggestion
from kefu.project.shape import Shape, kind_of
from kefu.project.story_data import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    UserStep,
)
from kefu.project.yaml import Document, YamlList, YamlMap, plain

__all__ = ["StepReader"]

_STEP_KEYS: Final = (
    "intent",
    "user",
    "action",
    "bot",
    "slot_was_set",
    "active_loop",
    "checkpoint",
    "or",
)
USER_KEYS: Final = ("intent", "user", "entities", "metadata")
_SHORTCUT: Final = re.compile(r"/(?P<intent>[^{@]+)(?:@[0-9.]+)?(?P<entities>\{.+\})?")
_MULTILINE: Final = re.compile(r"^\s*(?P<key>\w+)\s*：")


@dataclass(slots=True)
class StepReader:
    """Reads steps of one document."""

    document: Document
    shape: Shape
    in_tests: bool = False
    """Whether the file has test stories, which may name full retrieval intents."""

    def read(self, steps: YamlList, what: str, *, is_rule: bool) -> list[Step]:
        """Return the steps that could be read; a list under ``slot_was_set`` gives several."""
        found: list[Step] = []
        append = found.append
        file = self.document.file
        make_place = Place._make
        for item, mark in zip(steps, steps.marks, strict=True):
            if item.__class__ is YamlMap and len(item) == 1:
                # The two most frequent shapes, read without ceremony.
                ((key, value),) = item.items()
                if value.__class__ is str and value:
                    if key == "action":
                        place = make_place((file, mark.line + 1, mark.column + 1))
                        append(ActionStep(place=place, name=value))
                        continue
                    if key == "intent" and "/" not in value and value.strip() == value:
                        place = make_place((file, mark.line + 1, mark.column + 1))
                        append(UserStep(place=place, intent=value))
                        continue
            found += self._read_step(item, self.document.at(mark), what, is_rule=is_rule)
        return found

    def conditions(self, items: YamlList, what: str) -> list[SlotStep | LoopStep]:
        """Return the conditions of a rule."""
        found: list[SlotStep | LoopStep] = []
        for index, item in enumerate(items):
            place = self.document.item(items, index)
            if isinstance(item, YamlMap) and ("active_loop" in item or "slot_was_set" in item):
                key = "active_loop" if "active_loop" in item else "slot_was_set"
                self.shape.known_keys(item, (key,), f"a condition of {what}")
                steps = (
                    self._loop(item, place) if key == "active_loop" else self._slots(item, place)
                )
                found += steps
                continue
            self.shape.report.error(
                "story.bad-condition",
                place,
                f"a condition of {what} is neither 'active_loop' nor 'slot_was_set'",
                "write '- active_loop: my_form', or '- slot_was_set:' with a list below",
            )
        return found

    def _read_step(self, item: Any, place: Place, what: str, *, is_rule: bool) -> list[Step]:
        if not isinstance(item, YamlMap):
            self._not_a_step(item, place, what)
            return []
        for keys, read, allowed in READERS:
            if not any(key in item for key in keys):
                continue
            if is_rule and keys[0] in {"bot", "checkpoint"}:
                self.shape.report.error(
                    "story.step-not-for-rules",
                    place,
                    f"{what} has a {keys[0]!r} step, which only stories can have",
                    "make it a story, or use an action",
                )
                return []
            self.shape.known_keys(item, allowed, f"the step {keys[0]!r} of {what}")
            return list(read(self, item, place))
        if "metadata" in item:
            return []
        key = next(iter(item), "")
        self.shape.report.error(
            "story.unknown-step",
            place,
            f"{what} has a step {key!r}, which does not exist",
            suggestion(str(key), _STEP_KEYS, f"possible: {', '.join(_STEP_KEYS)}"),
        )
        return []

    def _not_a_step(self, item: Any, place: Place, what: str) -> None:
        if item == ACTION_RULE_SNIPPET:
            return
        advice = "write for example '- intent: greet' or '- action: utter_greet'"
        if isinstance(item, str) and _MULTILINE.match(item):
            advice = "use an ASCII colon and a space instead of the full-width ："
        elif isinstance(item, str) and ":" in item:
            advice = "put a space behind the colon"
        self.shape.report.error(
            "story.step-not-mapping", place, f"a step of {what} is {kind_of(item)}", advice
        )

    # one method a kind of step

    def _user(self, item: YamlMap, place: Place) -> list[Step]:
        step = self._user_step(item, place)
        return [] if step is None else [step]

    def _user_step(self, item: YamlMap, place: Place) -> UserStep | None:
        intent, full_name = self._intent(item, place)
        if "user" in item:
            text = self.shape.text_at(item, "user", "what the user says")
            if text is None:
                return None
            plain_text, entities = self._sentence(text.strip(), self.document.value(item, "user"))
        else:
            if intent is None:
                return None
            plain_text, entities = None, self._entities(item)
        return UserStep(
            place=place,
            intent=intent,
            full_retrieval_intent=full_name,
            text=plain_text,
            entities=entities,
        )

    def _intent(self, item: YamlMap, place: Place) -> tuple[str | None, str | None]:
        if "intent" not in item:
            return None, None
        written = self.shape.text_at(item, "intent", "the intent")
        name = (written or "").strip()
        if not name:
            if "user" not in item and (written is not None or item["intent"] is None):
                message = "the intent of this step has no name"
                advice = "the step is skipped; write the name behind 'intent:'"
                self.shape.report.note("story.no-intent", place, message, advice)
            return None, None
        at = self.document.value(item, "intent")
        if name.startswith("/"):
            name = name[1:]
            message = f"the intent {written!r} starts with '/'"
            self.shape.report.note("story.intent-with-slash", at, message, f"write {name!r}")
        base, _, key = name.partition(RETRIEVAL_DELIMITER)
        if key and not self.in_tests:
            self.shape.report.note(
                "story.full-retrieval-intent",
                at,
                f"the story names the full retrieval intent {name!r}; "
                f"only its first part {base!r} is used",
                f"write {base!r}: stories cannot tell its answers apart",
            )
        return base, name if key else None

    def _sentence(self, text: str, place: Place) -> tuple[str, tuple[Mapping[str, Any], ...]]:
        shortcut = _SHORTCUT.match(text)
        if shortcut:
            return text, self._shortcut_entities(shortcut, place)
        try:
            annotated = read_annotations(text)
        except AnnotationError as error:
            self.shape.report.error("story.bad-annotation", place, error.message, error.advice)
            return text, ()
        entities: list[Mapping[str, Any]] = []
        for found in annotated.entities:
            given = {"role": found.role, "group": found.group}
            entities.append(
                {
                    "entity": found.entity,
                    "value": found.value,
                    "start": found.start,
                    "end": found.end,
                    **{name: value for name, value in given.items() if value is not None},
                }
            )
        return annotated.text, tuple(entities)

    def _shortcut_entities(
        self, match: re.Match[str], place: Place
    ) -> tuple[Mapping[str, Any], ...]:
        if match["entities"] is None:
            return ()
        try:
            given = json.loads(match["entities"])
        except ValueError as error:
            self.shape.report.warning(
                "story.bad-shortcut",
                place,
                f"what follows the intent is not JSON: {error}",
                'write for example /order{"number": "A1"}',
            )
            return ()
        return tuple(
            {"entity": name, "value": one, "start": match.start("entities"), "end": match.end()}
            for name, value in (given.items() if isinstance(given, dict) else ())
            for one in (value if isinstance(value, list) else [value])
        )

    def _entities(self, item: YamlMap) -> tuple[Mapping[str, Any], ...]:
        if "entities" not in item:
            return ()
        place = self.document.value(item, "entities")
        given = self.shape.as_list(item["entities"], place, "'entities'")
        if given is None:
            return ()
        found: list[Mapping[str, Any]] = []
        for index, entity in enumerate(given):
            if isinstance(entity, YamlMap):
                parts: dict[str, Any] = {}
                for key, value in entity.items():
                    if key in {"role", "group"}:
                        parts[key] = value
                    else:
                        parts["entity"], parts["value"] = key, plain(value)
                found.append({key: value for key, value in parts.items() if value is not None})
            elif isinstance(entity, str):
                found.append({"entity": entity, "value": ""})
            else:
                at = self.document.item(given, index)
                self.shape.wrong(at, "an item of 'entities'", "'name: value' or a name", entity)
        return tuple(found)

    def _action(self, item: YamlMap, place: Place) -> list[Step]:
        name = self.shape.text_at(item, "action", "the name of the action")
        if name:
            return [ActionStep(place=place, name=name)]
        if item["action"] in (None, ""):
            message = "the action of this step has no name"
            advice = "the step is skipped; write the name behind 'action:'"
            self.shape.report.note("story.no-action", place, message, advice)
        return []

    def _bot(self, item: YamlMap, place: Place) -> list[Step]:
        text = self.shape.text_at(item, "bot", "what the bot says")
        return [BotStep(place=place, text=text)] if text else []

    def _utter(self, item: YamlMap, place: Place) -> list[Step]:
        name = self.shape.text_at(item, "utter", "the name of the response")
        return [ActionStep(place=place, name=name)] if name else []

    def _loop(self, item: YamlMap, place: Place) -> list[LoopStep]:
        value = item["active_loop"]
        if value is not None and not isinstance(value, str):
            at = self.document.value(item, "active_loop")
            self.shape.wrong(at, "the name of the loop", "text or null", value)
            return []
        return [LoopStep(place=place, name=value)]

    def _slots(self, item: YamlMap, place: Place) -> list[SlotStep]:
        at = self.document.value(item, "slot_was_set")
        items = self.shape.as_list(item["slot_was_set"], at, "'slot_was_set'")
        if items is None:
            if item["slot_was_set"] is None:
                message = "'slot_was_set' names no slot"
                self.shape.report.error(
                    "story.no-slot", place, message, "write '- name: value' below"
                )
            return []
        return self.slot_list(items)

    def slot_list(self, items: YamlList) -> list[SlotStep]:
        """Return a step for each slot of a list of ``name: value`` items and bare names."""
        found: list[SlotStep] = []
        for index, slot in enumerate(items):
            where = self.document.item(items, index)
            if isinstance(slot, YamlMap):
                found += [
                    SlotStep(place=where, name=str(name), value=plain(value))
                    for name, value in slot.items()
                ]
            elif isinstance(slot, str):
                found.append(SlotStep(place=where, name=slot, has_value=False))
            else:
                self.shape.report.note(
                    "story.bad-slot",
                    where,
                    f"an item of 'slot_was_set' is {kind_of(slot)}, it is skipped",
                    "write '- name: value'",
                )
        return found

    def _unset_slots(self, item: YamlMap, place: Place) -> list[Step]:
        at = self.document.value(item, "slot_was_not_set")
        items = self.shape.as_list(item["slot_was_not_set"], at, "'slot_was_not_set'")
        names = [name for name in items or () if isinstance(name, str)]
        return [SlotStep(place=place, name=name, value=None) for name in names]

    def _checkpoint(self, item: YamlMap, place: Place) -> list[Step]:
        name = self.shape.text_at(item, "checkpoint", "the name of the checkpoint")
        if not name:
            if item["checkpoint"] in (None, ""):
                message = "the checkpoint has no name"
                advice = "the step is skipped; write the name behind 'checkpoint:'"
                self.shape.report.note("story.no-checkpoint", place, message, advice)
            return []
        conditions: dict[str, Any] = {}
        if "slot_was_set" in item:
            for step in self._slots(item, place):
                if not step.has_value:
                    self.shape.report.note(
                        "story.checkpoint-slot-without-value",
                        step.place,
                        f"the checkpoint {name!r} names the slot {step.name!r} without a value",
                        f"write '- {step.name}: value'",
                    )
                conditions[step.name] = step.value
        return [CheckpointStep(place=place, name=name, conditions=conditions)]

    def _or(self, item: YamlMap, place: Place) -> list[Step]:
        at = self.document.value(item, "or")
        items = self.shape.as_list(item["or"], at, "'or'")
        found: list[UserStep | SlotStep] = []
        for index, alternative in enumerate(items or ()):
            where = self.document.item(items, index) if items is not None else at
            if isinstance(alternative, YamlMap) and (
                "intent" in alternative or "user" in alternative
            ):
                self.shape.known_keys(alternative, USER_KEYS, "an alternative of 'or'")
                step = self._user_step(alternative, where)
                found += [] if step is None else [step]
            elif isinstance(alternative, YamlMap) and "slot_was_set" in alternative:
                self.shape.known_keys(alternative, ("slot_was_set",), "an alternative of 'or'")
                found += self._slots(alternative, where)
            else:
                self.shape.report.error(
                    "story.bad-or",
                    where,
                    "an alternative of 'or' is neither an intent nor 'slot_was_set'",
                    "write '- intent: …'; for other alternatives write two stories",
                )
        return [OrStep(place=place, alternatives=tuple(found))] if found else []


_Reader = Callable[[StepReader, YamlMap, Place], "list[Any]"]
READERS: Final[tuple[tuple[tuple[str, ...], _Reader, tuple[str, ...]], ...]] = (
    (("intent", "user"), StepReader._user, USER_KEYS),  # noqa: SLF001 - a table of its methods
    (("or",), StepReader._or, ("or",)),  # noqa: SLF001
    (("action",), StepReader._action, ("action", "metadata")),  # noqa: SLF001
    (("bot",), StepReader._bot, ("bot", "metadata")),  # noqa: SLF001
    (("checkpoint",), StepReader._checkpoint, ("checkpoint", "slot_was_set")),  # noqa: SLF001
    (("slot_was_set",), StepReader._slots, ("slot_was_set",)),  # noqa: SLF001
    (("active_loop",), StepReader._loop, ("active_loop",)),  # noqa: SLF001
    (("utter",), StepReader._utter, ("utter",)),  # noqa: SLF001
    (("slot_was_not_set",), StepReader._unset_slots, ("slot_was_not_set",)),  # noqa: SLF001
)
