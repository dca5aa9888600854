"""Writes what a schema says again and again only once."""

from __future__ import annotations

import json
from typing import Any, Final

from kefu.project.schema.parts import Schema

__all__ = ["with_definitions"]

_ONE: Final = ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not")
_SEVERAL: Final = ("allOf", "anyOf")
_SHORTEST: Final = 120
"""Characters from which it is worth it."""


def with_definitions(schema: Schema) -> Schema:
    """Return the same schema, whose longer parts stand once below ``definitions``."""
    sharing = _Sharing()
    body = sharing.rewritten(schema)
    return {**body, "definitions": sharing.definitions} if sharing.definitions else body


class _Sharing:
    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._names: dict[str, str] = {}
        self._done: dict[int, tuple[Any, Schema]] = {}

    def _shared(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        known = self._done.get(id(schema))
        if known is None:
            known = (schema, self._named(self.rewritten(schema)))  # kept, so that its id stays its
            self._done[id(schema)] = known
        return known[1]

    def _named(self, schema: Schema) -> Schema:
        text = json.dumps(schema, sort_keys=True, ensure_ascii=False)
        if len(text) < _SHORTEST:
            return schema
        name = self._names.setdefault(text, f"part{len(self._names) + 1}")
        self.definitions[name] = schema
        return {"$ref": f"#/definitions/{name}"}

    def rewritten(self, schema: Schema) -> Schema:
        """Return a schema whose parts are references where they are long."""
        found: Schema = {}
        for key, value in schema.items():
            if key in _ONE:
                found[key] = self._shared(value)
            elif key in _SEVERAL:
                found[key] = [self._shared(part) for part in value]
            elif key == "properties":
                found[key] = {name: self._shared(part) for name, part in value.items()}
            else:
                found[key] = value
        return found
