"""Reads ``routing`` of desk.yml: who comes first, and to whom."""

from __future__ import annotations

import re
from typing import Final

from kefu.project.desk_options import EVERYBODY, NEVER, OverflowRule, RoutingOptions
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_routing", "seconds_at"]

KEYS: Final = (
    "strategy",
    "ageing_seconds",
    "priority_points",
    "tier_points",
    "channel_points",
    "min_level",
    "prefers_level",
    "last_agent_seconds",
    "language_relax_seconds",
    "skill_relax_seconds",
    "not_to_seconds",
    "overflow",
)
OVERFLOW_KEYS: Final = ("group", "after", "to")
_LONGEST: Final = 86_400.0
"""In seconds."""
_MOST_POINTS: Final = 1_000_000
_HIGHEST_LEVEL: Final = 5
_STRATEGY: Final = re.compile(r"\w+(?:\.\w+)*(?::\w+)?")


def read_routing(shape: Shape, root: YamlMap) -> RoutingOptions:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "routing")
    node = shape.as_map(root.get("routing"), at, "'routing'")
    default = RoutingOptions()
    if node is None:
        return default
    shape.known_keys(node, KEYS, "'routing'")
    ageing = shape.number_at(node, "ageing_seconds", "'ageing_seconds'", least=0.1, most=_LONGEST)
    prefers = shape.flag_at(node, "prefers_level", "'prefers_level'")
    level = shape.whole_at(node, "min_level", "'min_level'", most=_HIGHEST_LEVEL)
    return RoutingOptions(
        strategy=_strategy(shape, node) or default.strategy,
        ageing_seconds=ageing or default.ageing_seconds,
        priority_points=_points(shape, node, "priority_points", default.priority_points),
        tier_points=_points(shape, node, "tier_points", default.tier_points),
        channel_points=_channel_points(shape, node),
        min_level=level or default.min_level,
        prefers_level=default.prefers_level if prefers is None else prefers,
        last_agent_seconds=_seconds(shape, node, "last_agent_seconds", default.last_agent_seconds),
        language_relax_seconds=_seconds_or_never(
            shape, node, "language_relax_seconds", default.language_relax_seconds
        ),
        skill_relax_seconds=_seconds_or_never(
            shape, node, "skill_relax_seconds", default.skill_relax_seconds
        ),
        not_to_seconds=_seconds(shape, node, "not_to_seconds", default.not_to_seconds),
        overflow=_overflow(shape, node),
    )


def seconds_at(shape: Shape, node: YamlMap, key: str, default: float, *, most: float) -> float:
    """Return the number under ``key``, which may be 0; report what is no such number."""
    if _is_zero(node.get(key)):
        return 0.0
    found = shape.number_at(node, key, f"{key!r}", most=most)
    return default if found is None else found


def _seconds(shape: Shape, node: YamlMap, key: str, default: float) -> float:
    return seconds_at(shape, node, key, default, most=_LONGEST)


def _seconds_or_never(shape: Shape, node: YamlMap, key: str, default: float | None) -> float | None:
    if node.get(key) == NEVER:
        return None
    if _is_zero(node.get(key)):
        return 0.0
    found = shape.number_at(node, key, f"{key!r}", most=_LONGEST)
    return default if found is None else found


def _is_zero(value: object) -> bool:
    return value == 0 and not isinstance(value, bool)


def _strategy(shape: Shape, node: YamlMap) -> str | None:
    name = shape.text_at(node, "strategy", "'strategy'")
    if name is None or _STRATEGY.fullmatch(name):
        return name
    shape.report.error(
        "desk.bad-strategy",
        shape.document.value(node, "strategy"),
        f"{name!r} is no name of a strategy",
        "write least_load, round_robin, or the path of your own function: routing.night_shift",
    )
    return None


def _points(shape: Shape, node: YamlMap, key: str, default: float) -> float:
    return seconds_at(shape, node, key, default, most=_MOST_POINTS)


def _channel_points(shape: Shape, node: YamlMap) -> dict[str, float]:
    at = shape.document.value(node, "channel_points")
    given = shape.as_map(node.get("channel_points"), at, "'channel_points'")
    points: dict[str, float] = {}
    for channel in given or ():
        assert given is not None
        value, what = given[channel], f"the points of channel {channel!r}"
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and -_MOST_POINTS <= value <= _MOST_POINTS:
            points[str(channel)] = float(value)
        else:
            wanted = f"a number from -{_MOST_POINTS} to {_MOST_POINTS}"
            shape.wrong(shape.document.value(given, channel), what, wanted, value)
    return points


def _overflow(shape: Shape, node: YamlMap) -> tuple[OverflowRule, ...]:
    at = shape.document.value(node, "overflow")
    given = shape.as_list(node.get("overflow"), at, "'overflow'")
    rules: list[OverflowRule] = []
    for index, item in enumerate(given or ()):
        assert given is not None
        place = shape.document.item(given, index)
        if not isinstance(item, YamlMap):
            shape.wrong(place, "a rule of 'overflow'", "a mapping", item)
            continue
        rule = _overflow_rule(shape, item)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _overflow_rule(shape: Shape, item: YamlMap) -> OverflowRule | None:
    shape.known_keys(item, OVERFLOW_KEYS, "a rule of 'overflow'")
    before = shape.report.errors
    group, to = (shape.text_at(item, key, f"{key!r} of 'overflow'") for key in ("group", "to"))
    after = 0.0
    if not _is_zero(item.get("after")):
        after = shape.number_at(item, "after", "'after' of 'overflow'", most=_LONGEST) or -1.0
    if group and to and after >= 0 and group not in {to, EVERYBODY}:
        return OverflowRule(group=group, after=after, to=to)
    if shape.report.errors == before:
        same = bool(group) and group == to
        shape.report.error(
            "desk.bad-overflow",
            shape.document.start(item),
            f"{group!r} is to help itself" if same else "a rule of 'overflow' is not complete",
            'write {group: 售后, after: 120, to: 售前}, or to: "*" for everybody',
        )
    return None
