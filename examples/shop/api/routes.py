"""A row of the route table: what is asked for, by whom, and with which values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from examples.shop.api.fields import CUSTOMER_ID, ORDER_NO, PHONE, Field, text

__all__ = ["Call", "Route"]

_HOLE = re.compile(r"\{(\w+)\}")
_IN_PATHS = {
    "order_no": ORDER_NO,
    "phone": PHONE,
    "customer_id": CUSTOMER_ID,
}
_OTHER = text(most=40)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the checked values of path, query and body, and on whose behalf it is made."""

    values: Mapping[str, Any]
    customer: str | None = None
    phone: str | None = None

    def __getitem__(self, name: str) -> Any:
        """Return a value; None when an optional one was not sent."""
        return self.values.get(name)

    def only(self, *names: str) -> dict[str, Any]:
        """Return those of the named values that were sent."""
        return {name: self.values[name] for name in names if self.values.get(name) is not None}


@dataclass(frozen=True, slots=True)
class Route:
    """One row: ``respond`` returns the JSON object of the answer, or raises ``ShopError``."""

    method: str
    path: str
    respond: Callable[[Call], dict[str, Any]]
    summary: str
    fields: Sequence[Field] = ()
    status: int = 200
    owned_by: str | None = None
    """Name of the value that says whose it is: only its owner is answered."""

    @property
    def in_path(self) -> list[Field]:
        """Return the values that stand in the path."""
        return [Field(name, _IN_PATHS.get(name, _OTHER)) for name in _HOLE.findall(self.path)]

    @property
    def has_body(self) -> bool:
        """Whether ``fields`` come in a JSON body rather than in the query."""
        return self.method != "GET"

    @property
    def is_write(self) -> bool:
        """Whether the request may change something."""
        return self.method != "GET"

    @property
    def server_path(self) -> str:
        """Return the path as Sanic writes it."""
        return _HOLE.sub(r"<\1:str>", self.path)
