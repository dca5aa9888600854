"""Units of work, written once for every database.

A unit of work is a generator: it yields the statements it wants executed and is sent their rows.
Whoever runs it decides how: a thread with SQLite, a connection to PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

__all__ = ["Again", "Database", "Reading", "Rows", "Step", "Values", "Work", "alone"]

T = TypeVar("T")

Values: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Sequence[Any]]
Step: TypeAlias = "tuple[str, Values | list[Any]]"
"""Name of a statement and its parameters; a list executes it for each and gives no rows."""
Work: TypeAlias = Generator[Step, Rows, T]


class Again(Exception):
    """Raised by a unit of work that met another one: undo it and run it again."""


class Database(Protocol):
    """Runs units of work."""

    @property
    def description(self) -> str:
        """Where it is, without secrets."""
        ...

    async def write(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work in a transaction; an exception out of it undoes it.

        It is begun anew when the database asks for that, so ``make`` may be called again.
        """
        ...

    async def read(self, make: Callable[[], Work[T]]) -> T:
        """Run a unit of work that changes nothing and sees one state of the database."""
        ...

    async def write_once(self, name: str, values: Values | list[Any]) -> Rows:
        """Execute one statement in a transaction of its own; return its rows.

        It is executed again when it met another one, also when that shows as a row that is there
        already: a statement that finds such a row the second time has to do something else.
        """
        ...

    async def rows(self, name: str, values: Values) -> Rows:
        """Return the rows of one statement that changes nothing."""
        ...

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        ...


class Reading(Protocol):
    """Reads beside the units of work."""

    async def rows(self, name: str, values: Values) -> Rows:
        """Return the rows of one statement that changes nothing."""
        ...


def alone(name: str, values: Values | list[Any]) -> Work[Rows]:
    """Return the unit of work that executes one statement."""
    rows = yield name, values
    return rows
