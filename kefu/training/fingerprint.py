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


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return ["{", *_all(part for item in value.items() for part in item)]
    if isinstance(value, set | frozenset):
        return ["<", *sorted(map(str, value))]
    if isinstance(value, list | tuple):
        return ["[", *_all(value)]
    if is_dataclass(value) and not isinstance(value, type):
        name, read = _reader(value.__class__)
        return [name, *_all(read(value))]
    return [type(value).__name__, str(value)]


_ATOMS = frozenset((str, int, float, bool, type(None)))


def _all(values: Iterable[Any]) -> list[Any]:
    # Tens of thousands of examples are looked at after each save: so short a way for most values.
    return [value if value.__class__ in _ATOMS else _plain(value) for value in values]


@cache
def _reader(kind: type[Any]) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    names = [field.name for field in fields(kind) if field.compare]
    if len(names) == 1:
        read_one = attrgetter(names[0])
        return kind.__name__, lambda value: (read_one(value),)
    return kind.__name__, attrgetter(*names) if names else lambda _: ()
