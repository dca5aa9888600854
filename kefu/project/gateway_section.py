"""Reads the section ``gateway`` of endpoints.yml: how messages are taken in, and how many."""

from __future__ import annotations

from typing import Any, Final

from kefu.project.settings import FlowOptions, GatewayOptions
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_gateway"]

_KEYS: Final = (
    "merge_waiting",
    "max_waiting",
    "max_running",
    "turn_timeout",
    "trusted_proxies",
    "flood",
)
_FLOODS: Final = ("sender", "address")
_FLOW: Final = ("burst", "per_second")
_MOST: Final = 10**9


def read_gateway(shape: Shape, root: YamlMap) -> GatewayOptions:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "gateway")
    node = shape.as_map(root.get("gateway"), at, "'gateway'")
    default = GatewayOptions()
    if node is None:
        return default
    shape.known_keys(node, _KEYS, "'gateway'")
    return GatewayOptions(
        merge_waiting=_flag(shape, node, "merge_waiting"),
        max_waiting=_count(shape, node, "max_waiting", default.max_waiting),
        max_running=_count(shape, node, "max_running", default.max_running),
        turn_timeout=_number(shape, node, "turn_timeout", default.turn_timeout),
        trusted_proxies=_count(shape, node, "trusted_proxies", default.trusted_proxies, least=0),
        **_floods(shape, node),
    )


def _floods(shape: Shape, node: YamlMap) -> dict[str, FlowOptions | None]:
    if node.get("flood") is False:
        return dict.fromkeys(map(_option, _FLOODS))
    at = shape.document.value(node, "flood")
    floods = shape.as_map(node.get("flood"), at, "'flood' of 'gateway'")
    if floods is None:
        return {}
    shape.known_keys(floods, _FLOODS, "'flood'")
    found: dict[str, FlowOptions | None] = {}
    for name in _FLOODS:
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
    shape.known_keys(flow, _FLOW, f"{name!r} of 'flood'")
    per_second = _number(shape, flow, "per_second", 0.0)
    if not per_second:
        if flow.get("per_second") is None:
            shape.wrong(at, f"'per_second' of {name!r}", "a number above 0", None)
        return None
    burst = _number(shape, flow, "burst", max(1.0, 10 * per_second))
    return FlowOptions(burst=max(1.0, burst), per_second=per_second)


def _flag(shape: Shape, node: YamlMap, key: str) -> bool:
    value = node.get(key)
    if value is not None and not isinstance(value, bool):
        shape.wrong(shape.document.value(node, key), f"{key!r}", "true or false", value)
    return value is True


def _count(shape: Shape, node: YamlMap, key: str, default: int, *, least: int = 1) -> int:
    value: Any = node.get(key)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and least <= value < _MOST:
        return value
    wanted = f"a whole number, {least} or more"
    shape.wrong(shape.document.value(node, key), f"{key!r}", wanted, value)
    return default


def _number(shape: Shape, node: YamlMap, key: str, default: float) -> float:
    value: Any = node.get(key)
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _MOST:
        return float(value)
    shape.wrong(shape.document.value(node, key), f"{key!r}", "a number above 0", value)
    return default
