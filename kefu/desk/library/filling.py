"""Variables in canned replies: ``{{customer.name}}``, ``{{order_no|您的订单}}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Filled", "fill", "variables_of"]

_VARIABLE: Final = re.compile(r"\{\{\s*([^\W\d][\w.-]{0,99})\s*(?:\|([^{}]*))?\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its variables filled in."""

    text: str
    missing: tuple[str, ...] = ()
    """Variables that nothing is known of, each once, in the order of the text; they stand in it
    as they were."""


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Return ``text`` with ``values`` in the place of its variables; nothing is ever raised.

    What follows ``|`` stands where there is no value, or an empty one. Values are put in as they
    are: a variable within a value stays text.
    """
    missing: dict[str, None] = {}

    def value(found: re.Match[str]) -> str:
        name, otherwise = found.group(1), found.group(2)
        known = values.get(name, "")
        if known:
            return known
        if otherwise is not None:
            return otherwise.strip()
        missing[name] = None
        return found.group()

    return Filled(_VARIABLE.sub(value, text), tuple(missing))


def variables_of(text: str) -> tuple[str, ...]:
    """Return the variables of a text, each once, in its order."""
    return tuple(dict.fromkeys(found.group(1) for found in _VARIABLE.finditer(text)))
