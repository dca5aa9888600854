"""A conversation as a test story in Rasa's YAML: its messages, what was done and remembered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import yaml

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.names import (
    ACTION_LISTEN,
    ACTION_RULE_SNIPPET,
    ACTION_SESSION_START,
    ACTION_UNLIKELY_INTENT,
)

__all__ = ["as_test_stories"]

UNWRITTEN_ACTIONS = frozenset(
    {ACTION_LISTEN, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT, ACTION_RULE_SNIPPET}
)


def as_test_stories(
    conversation_id: str,
    events: Sequence[Event],
    *,
    until: float | None = None,
    all_sessions: bool = False,
) -> str:
    """Return the YAML of a file of test stories.

    Args:
        conversation_id: Becomes the name of the story.
        events: The conversation's log.
        until: Leave out what is later than this.
        all_sessions: One story for each session; the last session only when False.
    """
    if until is not None:
        events = [event for event in events if (event.timestamp or 0.0) <= until]
    sessions = [steps for steps in map(_steps, _sessions(events)) if steps]
    if not all_sessions:
        sessions = sessions[-1:]
    named = len(sessions) > 1
    stories = [
        {"story": f"{conversation_id}, story {n}" if named else conversation_id, "steps": steps}
        for n, steps in enumerate(sessions, 1)
    ]
    body = yaml.dump(
        {"stories": stories}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000
    )
    return f'version: "3.1"\n{body}'


def _sessions(events: Sequence[Event]) -> list[list[Event]]:
    sessions: list[list[Event]] = [[]]
    for event in events:
        if isinstance(event, SessionStarted):
            sessions.append([])
        sessions[-1].append(event)
    return sessions


def _steps(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [step for step in map(_step, events) if step is not None]


def _step(event: Event) -> dict[str, Any] | None:
    match event:
        case UserUttered():
            return _user_step(event)
        case ActionExecuted(action_name=str(name)):
            return None if name in UNWRITTEN_ACTIONS else {"action": name}
        case ActionExecuted(action_text=str(text)):
            return {"bot": text}
        case SlotSet(key=key, value=value):
            return {"slot_was_set": [{key: value}]}
        case ActiveLoop(name=name):
            return {"active_loop": name}
        case _:
            return None


def _user_step(event: UserUttered) -> dict[str, Any] | None:
    step: dict[str, Any] = {}
    intent = event.full_retrieval_intent_name or event.intent_name
    if intent:
        step["intent"] = intent
    if event.text:
        step["user"] = _Block(_annotated(event.text, event.entities))
    return step or None


def _annotated(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """Return ``text`` with its entities marked as in NLU data; intent messages have them inside."""
    if text.startswith("/"):
        return text
    placed = [e for e in entities if "start" in e and "end" in e]
    placed.sort(key=lambda entity: entity["start"])
    pieces: list[str] = []
    position = 0
    for start, group in groupby(placed, key=lambda entity: entity["start"]):
        found = list(group)
        end = found[0]["end"]
        if start < position:
            continue
        pieces += (text[position:start], _annotation(text[start:end], found))
        position = end
    return "".join((*pieces, text[position:]))


def _annotation(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    if len(entities) > 1:
        return f"[{text}][{', '.join(_details(text, entity) for entity in entities)}]"
    entity = entities[0]
    is_plain = entity.get("value") == text and not entity.get("role") and not entity.get("group")
    return f"[{text}]({entity['entity']})" if is_plain else f"[{text}]{_details(text, entity)}"


def _details(text: str, entity: Mapping[str, Any]) -> str:
    keys = ("entity", "role", "group", "value")
    shown = {key: entity[key] for key in keys if entity.get(key) not in (None, "")}
    if shown.get("value") == text:
        del shown["value"]
    return json.dumps(shown, ensure_ascii=False)


class _Block(str):
    """A text written as a block."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes maps in lists without indenting the lists, and messages as blocks."""


_Dumper.add_representer(
    _Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)
