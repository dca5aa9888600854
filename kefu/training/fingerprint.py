"""Fingerprints: equal for equal content, whatever file, line or order of fields it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

__all__ = ["fingerprint"]


def fingerprint(*values: Any) -> str:
    """Return the fingerprint of ``values``: data classes, mappings, sequences and plain values.

    Fields that do not count when data classes are compared, such as places in files, do not
    count here either.
    """
    content = msgspec.json.encode(_all(values))
    return hashlib.sha256(content).hexdigest()


_ATOMS = frozenset((str, int, float, bool, type(None)))


def _all(values: Iterable[Any]) -> list[Any]:
    # Tens of thousands of examples are looked at after each save: so short a way for most values.
    return [
        value if value.__class__ in _ATOMS else _form(value.__class__)(value) for value in values
    ]


@cache
def _form(kind: type[Any]) -> Callable[[Any], Any]:
    """Return what makes plain values of those of a class."""
    if issubclass(kind, str | int | float | bool):
        return lambda value: value
    if issubclass(kind, Mapping):
        return lambda value: ["{", *_all(part for item in value.items() for part in item)]
    if issubclass(kind, set | frozenset):
        return lambda value: ["<", *sorted(map(str, value))]
    if issubclass(kind, list | tuple):
        return lambda value: ["[", *_all(value)]
    if is_dataclass(kind):
        read = _reader(kind)
        return lambda value: [kind.__name__, *_all(read(value))]
    return lambda value: [kind.__name__, str(value)]


def _reader(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(kind) if field.compare]
    if len(names) == 1:
        read_one = attrgetter(names[0])
        return lambda value: (read_one(value),)
    return attrgetter(*names) if names else lambda _: ()
