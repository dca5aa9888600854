"""Compares what a bot did with what was recorded from Rasa, on four levels of depth.

- ``messages``: what the customer sees
- ``state``: also names of actions, slots, requested slot, active loop, latest message, pause
- ``policy``: also policies, confidences, rejections, loop flags, predictions
- ``events``: also every event of the log
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("messages", "state", "policy", "events")
MISSING = "<missing>"
TYPE_NAMES = {list: "array", dict: "object", str: "string", int: "number", float: "number"}

Difference = tuple[str, Any, Any]
"""Where, what was expected, what came."""


@dataclass(slots=True)
class PartResult:
    """The comparison of one dialogue, or of the domain or the parse results of a case."""

    name: str
    found: dict[str, list[Difference]] = field(default_factory=lambda: {k: [] for k in LEVELS})


def compare_case(expected: dict[str, Any], actual: dict[str, Any]) -> list[PartResult]:
    """Compare a whole case."""
    results = [
        _compare_extra(part, expected, actual) for part in ("domain", "parse") if part in expected
    ]
    played = {dialogue.get("name"): dialogue for dialogue in actual.get("dialogues", [])}
    for dialogue in expected["dialogues"]:
        results += [_compare_dialogue(dialogue, played.get(dialogue["name"]))]
    return results


def _compare_extra(part: str, expected: dict[str, Any], actual: dict[str, Any]) -> PartResult:
    wanted, got = without_nulls(expected[part]), without_nulls(actual.get(part, MISSING))
    if part == "domain":
        wanted, got = _any_order(wanted), _any_order(got)
    found = list(differences(wanted, got))
    return PartResult(f"<{part}>", {level: list(found) for level in LEVELS})


def _compare_dialogue(expected: dict[str, Any], actual: dict[str, Any] | None) -> PartResult:
    result = PartResult(expected["name"])
    steps = (actual or {}).get("steps", [])
    for number, step in enumerate(expected["steps"]):
        shown = json.dumps(step["step"], ensure_ascii=False)
        place = f"step {number + 1} {shown if len(shown) < 70 else shown[:67] + '...'}"
        for level in LEVELS:
            if number >= len(steps):
                result.found[level].append((place, "a result", MISSING))
                continue
            wanted, got = view(step, level), view(steps[number], level)
            result.found[level].extend(differences(wanted, got, f"{place} "))
    return result


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[Difference]:
    """Yield where ``actual`` is not what ``expected`` describes."""
    if isinstance(expected, dict):
        yield from _differing_objects(expected, actual, path)
    elif isinstance(expected, str) and expected.startswith("<") and expected.endswith(">"):
        if not _is_kind(expected, actual):
            yield path, expected, actual
    elif isinstance(expected, list) and isinstance(actual, list):
        for index in range(max(len(expected), len(actual))):
            wanted = expected[index] if index < len(expected) else MISSING
            got = actual[index] if index < len(actual) else MISSING
            yield from differences(wanted, got, f"{path}[{index}]")
    elif not _is_same(expected, actual):
        yield path, expected, actual


def _differing_objects(expected: dict[str, Any], actual: Any, path: str) -> Iterator[Difference]:
    if set(expected) == {"$any_of"}:
        if all(any(True for _ in differences(option, actual)) for option in expected["$any_of"]):
            yield path, expected, actual
    elif set(expected) == {"$starts_with"}:
        if not (isinstance(actual, str) and actual.startswith(expected["$starts_with"])):
            yield path, expected, actual
    elif isinstance(actual, dict):
        for key in [*expected, *(key for key in actual if key not in expected)]:
            wanted, got = expected.get(key, MISSING), actual.get(key, MISSING)
            if key not in expected:
                yield f"{path}.{key}", wanted, got
            else:
                yield from differences(wanted, got, f"{path}.{key}")
    else:
        yield path, expected, actual


def _is_kind(expected: str, actual: Any) -> bool:
    if expected.startswith("<type:"):
        name = "bool" if isinstance(actual, bool) else TYPE_NAMES.get(type(actual), "null")
        return name in expected[6:-1].split("|")
    if expected in ("<any>", "<random>", "<datetime>"):
        return actual is not None and actual != MISSING
    return actual == expected


def _is_same(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return type(a) is type(b) and a == b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))
    return type(a) is type(b) and a == b


def without_nulls(value: Any) -> Any:
    """Return ``value`` without keys whose value is null: they mean the same as missing ones."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def view(step: dict[str, Any], level: str) -> dict[str, Any]:
    """Return the part of a recorded step that ``level`` looks at."""
    depth = LEVELS.index(level)
    seen: dict[str, Any] = {"messages": step.get("messages", MISSING)}
    if depth >= 1:
        seen |= {key: step[key] for key in ("slots", "requested_slot", "paused") if key in step}
    if depth == 1:
        seen |= _names_only(step)
    if depth >= 2:
        keys = ("actions", "active_loop", "latest_action", "prediction")
        seen |= {key: without_nulls(step[key]) for key in keys if key in step}
        seen["latest_message"] = without_nulls(step.get("latest_message"))
    if depth >= 3:
        seen["events"] = _comparable(step.get("events", MISSING))
    return seen


def _names_only(step: dict[str, Any]) -> dict[str, Any]:
    actions = step.get("actions", [])
    seen: dict[str, Any] = {
        "actions": [a if set(a) == {"$any_of"} else a.get("action", MISSING) for a in actions]
    }
    if "active_loop" in step:
        loop = step["active_loop"]
        is_plain = isinstance(loop, dict) and set(loop) != {"$any_of"}
        seen["active_loop"] = loop.get("name") if is_plain else loop
    latest = step.get("latest_message")
    if isinstance(latest, dict):
        kept = ("entity", "value", "role", "group")
        seen["latest_message"] = {
            "text": latest.get("text"),
            "intent": (latest.get("intent") or {}).get("name"),
            "entities": [
                {key: entity[key] for key in kept if entity.get(key) is not None}
                for entity in latest.get("entities") or []
            ],
        }
    elif "latest_message" in step:
        seen["latest_message"] = latest
    return seen


def _comparable(events: Any) -> Any:
    """Return ``events`` without what differs by nature; neighbouring slot events in name order."""
    if not isinstance(events, list):
        return events
    ordered: list[Any] = []
    run: list[Any] = []
    for event in map(_comparable_event, events):
        if event.get("event") == "slot":
            run.append(event)
            continue
        ordered += [*sorted(run, key=_slot_name), event]
        run = []
    return ordered + sorted(run, key=_slot_name)


def _slot_name(event: dict[str, Any]) -> str:
    return str(event.get("name"))


def _comparable_event(event: dict[str, Any]) -> dict[str, Any]:
    if set(event) == {"$any_of"}:
        return event
    event = without_nulls(event)
    event.pop("timestamp", None)
    kind = event.get("event")
    if kind == "user":
        _comparable_message(event)
    if kind == "reminder":
        event["date_time"] = "<datetime>"
    metadata = event.get("metadata")
    if isinstance(metadata, dict):
        for key in ("model_id", "assistant_id"):
            metadata.pop(key, None)
        if not metadata:
            del event["metadata"]
    if kind == "bot" and not event.get("data", True):
        del event["data"]
    if kind == "action" and event.get("hide_rule_turn") is False:
        del event["hide_rule_turn"]
    return event


def _comparable_message(event: dict[str, Any]) -> None:
    event.pop("message_id", None)
    parse_data = event.get("parse_data")
    if isinstance(parse_data, dict):
        parse_data.pop("message_id", None)
        if not parse_data.get("metadata"):
            parse_data.pop("metadata", None)


def _any_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _any_order(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_any_order(item) for item in value]
    if all(isinstance(item, str | dict) for item in items):
        return sorted(items, key=lambda i: json.dumps(i, sort_keys=True, ensure_ascii=False))
    return items
