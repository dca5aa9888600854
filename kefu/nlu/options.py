"""Settings of a component as a typed object."""

from __future__ import annotations

import types
import typing
from dataclasses import fields
from typing import Any, TypeVar

from kefu.errors import ProjectError
from kefu.project.settings import ComponentConfig

__all__ = ["read_options"]

T = TypeVar("T")


def read_options(config: ComponentConfig, options: type[T]) -> T:
    """Build the dataclass ``options`` from the settings that it has fields for.

    Settings without a field are left alone: the registry has reported those that nobody knows.

    Raises:
        ProjectError: A setting has a value of the wrong type.
    """
    allowed = _field_types(options)
    values = {}
    for key, types_allowed in allowed.items():
        if key not in config.settings:
            continue
        value = config.settings[key]
        if float in types_allowed and type(value) is int:
            value = float(value)
        if not _fits(value, types_allowed):
            expected = " or ".join(sorted(_type_name(t) for t in types_allowed))
            raise ProjectError(
                f"{config.place}: {config.name}: {key} is {value!r} — write {expected}"
            )
        values[key] = value
    return options(**values)


def _fits(value: Any, allowed: tuple[type, ...]) -> bool:
    if object in allowed:
        return True
    if isinstance(value, bool):
        return bool in allowed
    return isinstance(value, allowed)


def _type_name(allowed: type) -> str:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    names |= {list: "a list", dict: "a map", types.NoneType: "null"}
    return names.get(allowed, allowed.__name__)


def _field_types(options: type) -> dict[str, tuple[type, ...]]:
    hints = typing.get_type_hints(options)
    return {field.name: _plain_types(hints[field.name]) for field in fields(options)}


def _plain_types(hint: Any) -> tuple[type, ...]:
    if isinstance(hint, types.UnionType):
        return tuple(plain for option in hint.__args__ for plain in _plain_types(option))
    if hint is Any:
        return (object,)
    return (typing.get_origin(hint) or hint,)
