"""Units of work, written once for every database.

A unit of work is a generator: it yields the statements it wants executed and is sent their rows.
Whoever runs it decides how: a thread with SQLite, a connection to PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

__all__ = ["Again", "Database", "Rows", "Step", "Work"]

T = TypeVar("T")

Values: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Sequence[Any]]
Step: TypeAlias = "tuple[str, Values | list[Values]]"
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

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        ...
