"""The SQL that lies ready for each database."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

__all__ = ["FROZEN", "StatementText", "Texts", "texts_for"]

FROZEN: Final = Path(__file__).with_name("statements.json")


class StatementText(msgspec.Struct, frozen=True):
    """A statement with positional parameters, and their names in order."""

    sql: str
    parameters: list[str]


class Texts(msgspec.Struct, frozen=True):
    """Everything that is said to one kind of database."""

    schema_version: str
    tables: list[str]
    statements: dict[str, StatementText]
    creating: list[str]


@cache
def texts_for(database: str) -> Texts:
    """Return the texts for ``sqlite`` or ``postgresql``."""
    return msgspec.json.decode(FROZEN.read_bytes(), type=dict[str, Texts])[database]
