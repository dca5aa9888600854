"""The words that the schemas are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = [
    "ANYTHING", "FLAG", "MAPPING", "NOTHING", "NUMBER", "TEXT", "TEXTS", "WHOLE", "Schema",
    "choice", "closed", "list_of", "map_of", "named", "open_", "section", "version",
]  # fmt: skip

Schema = dict[str, Any]

ANYTHING: Final[Schema] = {}
NOTHING: Final[Schema] = {"not": {}}
TEXT: Final[Schema] = {"type": ["string", "null"]}
_AS_TEXT: Final = r"^\s*[-+]?[0-9.]|\$"
"""A number within quotes, or the variable of the environment that has it."""
NUMBER: Final[Schema] = {"type": ["number", "string", "null"], "minimum": 0, "pattern": _AS_TEXT}
WHOLE: Final[Schema] = {**NUMBER, "type": ["integer", "string", "null"]}
FLAG: Final[Schema] = {
    "anyOf": [{"type": ["boolean", "null"]}, {"type": "string", "pattern": r"\$"}]
}
MAPPING: Final[Schema] = {"type": ["object", "null"]}
TEXTS: Final[Schema] = {"type": ["array", "null"], "items": {"type": "string"}}


def named(names: Iterable[str], *, also: Iterable[str] = ("string",)) -> Schema:
    """Return a text for which names are offered; others are as good."""
    known = list(dict.fromkeys(names))
    free = {"type": list(also)}
    return {"anyOf": [{"enum": known}, free]} if known else free


def choice(*values: Any) -> Schema:
    """Return one of these values and no other."""
    return {"enum": list(values)}


def list_of(items: Schema) -> Schema:
    """Return a list, or nothing in its place."""
    return {"type": ["array", "null"], "items": items}


def map_of(values: Schema, names: Iterable[str] = ()) -> Schema:
    """Return a mapping with names of one's own; ``names`` are offered as keys."""
    known = dict.fromkeys(names, values)
    return {"type": ["object", "null"], "properties": known, "additionalProperties": values}


def open_(keys: Iterable[str], of: Mapping[str, Schema] | None = None) -> Schema:
    """Return a mapping with these keys, which the reader lets have others.

    Args:
        keys: The table of the reader.
        of: What stands behind some of them.

    Raises:
        ValueError: ``of`` has a key that the reader does not know.
    """
    table, known = dict(of or {}), dict.fromkeys(keys)
    strange = table.keys() - known.keys()
    if strange:
        raise ValueError(f"the reader does not know {', '.join(sorted(strange))}")
    properties = {key: table.get(key, ANYTHING) for key in known}
    return {"type": "object", "properties": properties}


def closed(keys: Iterable[str], of: Mapping[str, Schema] | None = None) -> Schema:
    """Return a mapping with these keys and no others; see :func:`open_`."""
    return {**open_(keys, of), "additionalProperties": False}


def section(schema: Schema) -> Schema:
    """Return a mapping that may be left empty."""
    return {**schema, "type": ["object", "null"]}


def version() -> Schema:
    """Return the version that files name; others are read with a remark."""
    return {"anyOf": [{"const": "3.1"}, ANYTHING], "description": 'version: "3.1"'}
