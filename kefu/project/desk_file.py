"""Reads desk.yml: skills, routing, business hours, ratings. Everything has a default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kefu.project.desk_options import (
    DeskOptions,
    HandoverOptions,
    RatingOptions,
    SkillDemand,
    TierOptions,
)
from kefu.project.desk_orders import read_orders
from kefu.project.desk_routing import read_routing, seconds_at
from kefu.project.hours_form import HoursProblem, OpeningHours, read_hours
from kefu.project.problems import Place, Report
from kefu.project.sections import accepts_version
from kefu.project.shape import Shape
from kefu.project.yaml import Document, YamlList, YamlMap

__all__ = ["read_desk"]

KEYS: Final = (
    "version",
    "routing",
    "skills",
    "tiers",
    "sensitive_intents",
    "handover",
    "hours",
    "ratings",
    "wrap_up_codes",
    "orders",
    "typing_preview",
)
DEMAND_KEYS: Final = ("skills", "group")
TIER_KEYS: Final = ("slot", "values")
HANDOVER_KEYS: Final = (
    "unanswered_seconds",
    "grace_seconds",
    "default_max_sessions",
    "position_updates",
    "close_idle_seconds",
)
RATING_KEYS: Final = ("csat", "nps", "expire_hours")
_LONGEST: Final = 7 * 86_400.0
"""In seconds."""
_LONGEST_GRACE: Final = 3_600.0
_MOST_SESSIONS: Final = 100
_MOST_HOURS: Final = 24 * 31
_HIGHEST_TIER: Final = 100
_LONGEST_NAME: Final = 64
_MOST_NAMES: Final = 500


def read_desk(document: Document, report: Report) -> DeskOptions:
    """Return what the file says; what is wrong is reported and left out."""
    root = document.root
    shape = Shape(document, report, "desk")
    if not isinstance(root, YamlMap):
        if root is not None:
            shape.wrong(Place(document.file, 1), "the file", "a mapping", root)
        return DeskOptions()
    if not accepts_version(document, root, report):
        return DeskOptions()
    shape.known_keys(root, KEYS, "desk.yml")
    sensitive = _names(shape, root, "sensitive_intents")
    return DeskOptions(
        routing=read_routing(shape, root),
        skills=_skills(shape, root),
        tiers=_tiers(shape, root),
        sensitive_intents=tuple(name for name, _ in sensitive),
        sensitive_places=tuple(place for _, place in sensitive),
        handover=_handover(shape, root),
        hours=_hours(shape, root),
        ratings=_ratings(shape, root),
        wrap_up_codes=tuple(name for name, _ in _names(shape, root, "wrap_up_codes")),
        orders=read_orders(shape, root),
        typing_preview=shape.flag_at(root, "typing_preview", "'typing_preview'") is True,
    )


def _section(shape: Shape, root: YamlMap, name: str, keys: Sequence[str]) -> YamlMap | None:
    node = shape.as_map(root.get(name), shape.document.value(root, name), f"{name!r}")
    if node is not None:
        shape.known_keys(node, keys, f"{name!r}")
    return node


def _names(shape: Shape, node: YamlMap, key: str) -> list[tuple[str, Place]]:
    """Return the names of a list, each once."""
    at = shape.document.value(node, key)
    given = shape.as_list(node.get(key), at, f"{key!r}")
    if given is None:
        return []
    if len(given) > _MOST_NAMES:
        shape.wrong(at, f"{key!r}", f"a list of at most {_MOST_NAMES} names", given)
        return []
    found: dict[str, Place] = {}
    for index, item in enumerate(given):
        place = shape.document.item(given, index)
        name = _name(shape, item, place, f"an item of {key!r}")
        if name is not None and name in found:
            shape.report.error(
                "desk.duplicate", place, f"{name!r} stands twice in {key!r}", "remove one of them"
            )
        elif name is not None:
            found[name] = place
    return list(found.items())


def _name(shape: Shape, value: Any, place: Place, what: str) -> str | None:
    if isinstance(value, str) and value.strip() and len(value) <= _LONGEST_NAME:
        return value.strip()
    if isinstance(value, str):
        shape.report.error(
            "desk.bad-name",
            place,
            f"{what} has {len(value.strip())} characters",
            f"give a name of 1 to {_LONGEST_NAME} characters",
        )
    else:
        shape.wrong(place, what, "text", value)
    return None


def _skills(shape: Shape, root: YamlMap) -> dict[str, SkillDemand]:
    at = shape.document.value(root, "skills")
    node = shape.as_map(root.get("skills"), at, "'skills'")
    found: dict[str, SkillDemand] = {}
    for intent in node or ():
        assert node is not None
        demand = _demand(shape, node, intent)
        if demand is not None:
            found[str(intent)] = demand
    return found


def _demand(shape: Shape, node: YamlMap, intent: Any) -> SkillDemand | None:
    value, place = node[intent], shape.document.key(node, intent)
    if isinstance(value, YamlList):
        return SkillDemand(skills=_skill_names(shape, node, intent), place=place)
    if not isinstance(value, YamlMap):
        wanted = "a list of skills, or a mapping with 'skills' and 'group'"
        shape.wrong(shape.document.value(node, intent), f"what {intent!r} takes", wanted, value)
        return None
    shape.known_keys(value, DEMAND_KEYS, f"what {intent!r} takes")
    group: str | None = None
    if value.get("group") is not None:
        at = shape.document.value(value, "group")
        group = _name(shape, value["group"], at, f"'group' of {intent!r}")
    return SkillDemand(skills=_skill_names(shape, value, "skills"), group=group, place=place)


def _skill_names(shape: Shape, node: YamlMap, key: Any) -> tuple[str, ...]:
    return tuple(name for name, _ in _names(shape, node, key))


def _tiers(shape: Shape, root: YamlMap) -> TierOptions | None:
    node = _section(shape, root, "tiers", TIER_KEYS)
    if node is None:
        return None
    slot = shape.text_at(node, "slot", "'slot' of 'tiers'")
    if not slot:
        if slot == "" or node.get("slot") is None:
            shape.report.error(
                "desk.no-slot",
                shape.document.key(root, "tiers"),
                "'tiers' does not say where a customer's level stands",
                "write 'slot: <name of a slot>', 'slot: attributes.<name>' of the profile, or "
                "'slot: customer.tags'",
            )
        return None
    at = shape.document.value(node, "values")
    given = shape.as_map(node.get("values"), at, "'values' of 'tiers'")
    values: dict[str, int] = {}
    for value in given or ():
        assert given is not None
        tier = shape.whole_at(given, value, f"the tier of {value!r}", least=0, most=_HIGHEST_TIER)
        if tier is not None:
            values[str(value)] = tier
    return TierOptions(slot=slot, values=values, place=shape.document.value(node, "slot"))


def _handover(shape: Shape, root: YamlMap) -> HandoverOptions:
    node = _section(shape, root, "handover", HANDOVER_KEYS)
    default = HandoverOptions()
    if node is None:
        return default
    sessions = shape.whole_at(
        node, "default_max_sessions", "'default_max_sessions'", most=_MOST_SESSIONS
    )
    updates = shape.flag_at(node, "position_updates", "'position_updates'")
    return HandoverOptions(
        unanswered_seconds=seconds_at(
            shape, node, "unanswered_seconds", default.unanswered_seconds, most=_LONGEST
        ),
        grace_seconds=seconds_at(
            shape, node, "grace_seconds", default.grace_seconds, most=_LONGEST_GRACE
        ),
        default_max_sessions=sessions or default.default_max_sessions,
        position_updates=default.position_updates if updates is None else updates,
        close_idle_seconds=seconds_at(
            shape, node, "close_idle_seconds", default.close_idle_seconds, most=_LONGEST
        ),
    )


def _ratings(shape: Shape, root: YamlMap) -> RatingOptions:
    node = _section(shape, root, "ratings", RATING_KEYS)
    default = RatingOptions()
    if node is None:
        return default
    csat, nps = (shape.flag_at(node, key, f"{key!r} of 'ratings'") for key in ("csat", "nps"))
    hours = shape.number_at(node, "expire_hours", "'expire_hours'", most=_MOST_HOURS)
    return RatingOptions(
        csat=default.csat if csat is None else csat,
        nps=default.nps if nps is None else nps,
        expire_hours=hours or default.expire_hours,
    )


def _hours(shape: Shape, root: YamlMap) -> OpeningHours | None:
    value = root.get("hours")
    if value is None:
        return None
    found, problems = read_hours(value)
    for problem in problems:
        place = _place(shape.document, root, problem)
        shape.report.error("desk.bad-hours", place, problem.message, problem.advice)
    return None if problems else found


def _place(document: Document, root: YamlMap, problem: HoursProblem) -> Place:
    """Return the place in the file that a path in hours leads to."""
    node: Any = root["hours"]
    place = document.value(root, "hours")
    for depth, part in enumerate(problem.path):
        if isinstance(node, YamlMap):
            key = next((key for key in node if str(key) == str(part)), None)
            is_last = depth == len(problem.path) - 1
            at_key = is_last and problem.is_key
            place = document.key(node, key) if at_key else document.value(node, key)
            node = node.get(key)
        elif isinstance(node, YamlList) and isinstance(part, int):
            place, node = document.item(node, part), node[part]
    return place
