"""Reads the section ``gateway`` of endpoints.yml: how messages are taken in, and how many."""

from __future__ import annotations

from typing import Final

from kefu.project.settings import FlowOptions, GatewayOptions
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_gateway"]

KEYS: Final = (
    "merge_waiting",
    "max_waiting",
    "max_running",
    "turn_timeout",
    "trusted_proxies",
    "flood",
)
FLOODS: Final = ("sender", "address")
FLOW: Final = ("burst", "per_second")
_MOST_WAITING: Final = 10_000_000
_MOST_RUNNING: Final = 100_000
_LONGEST_TURN: Final = 86_400
"""In seconds."""
_MOST_PROXIES: Final = 100
_FASTEST: Final = 1_000_000
"""Messages, at once or a second."""


def read_gateway(shape: Shape, root: YamlMap) -> GatewayOptions:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "gateway")
    node = shape.as_map(root.get("gateway"), at, "'gateway'")
    default = GatewayOptions()
    if node is None:
        return default
    shape.known_keys(node, KEYS, "'gateway'")
    return GatewayOptions(
        merge_waiting=shape.flag_at(node, "merge_waiting", "'merge_waiting'") is True,
        max_waiting=_count(shape, node, "max_waiting", _MOST_WAITING) or default.max_waiting,
        max_running=_count(shape, node, "max_running", _MOST_RUNNING) or default.max_running,
        turn_timeout=shape.number_at(node, "turn_timeout", "'turn_timeout'", most=_LONGEST_TURN)
        or default.turn_timeout,
        trusted_proxies=_count(shape, node, "trusted_proxies", _MOST_PROXIES, least=0) or 0,
        **_floods(shape, node),
    )


def _floods(shape: Shape, node: YamlMap) -> dict[str, FlowOptions | None]:
    if node.get("flood") is False:
        return dict.fromkeys(map(_option, FLOODS))
    at = shape.document.value(node, "flood")
    floods = shape.as_map(node.get("flood"), at, "'flood' of 'gateway'")
    if floods is None:
        return {}
    shape.known_keys(floods, FLOODS, "'flood'")
    found: dict[str, FlowOptions | None] = {}
    for name in FLOODS:
        if floods.get(name) is False:
            found[_option(name)] = None
        elif (flow := _flow(shape, floods, name)) is not None:
            found[_option(name)] = flow
    return found


def _option(name: str) -> str:
    return f"{name}_flow"


def _flow(shape: Shape, floods: YamlMap, name: str) -> FlowOptions | None:
    at = shape.document.value(floods, name)
    flow = shape.as_map(floods.get(name), at, f"{name!r} of 'flood'")
    if flow is None:
        return None
    shape.known_keys(flow, FLOW, f"{name!r} of 'flood'")
    per_second = _rate(shape, flow, "per_second", name)
    burst = _rate(shape, flow, "burst", name, least=1)
    if per_second is None:
        if flow.get("per_second") is None:
            shape.wrong(at, f"'per_second' of {name!r}", "a number above 0", None)
        return None
    if burst is None and flow.get("burst") is not None:
        return None
    return FlowOptions(burst=burst or max(1.0, 10 * per_second), per_second=per_second)


def _rate(shape: Shape, flow: YamlMap, key: str, name: str, *, least: int = 0) -> float | None:
    return shape.number_at(flow, key, f"{key!r} of {name!r}", least=least, most=_FASTEST)


def _count(shape: Shape, node: YamlMap, key: str, most: int, *, least: int = 1) -> int | None:
    return shape.whole_at(node, key, f"{key!r}", least=least, most=most)
