"""How the list of conversations is ordered, and where a page of it ended.

Every order is five numbers and the id of the conversation, ascending: what came first is least.
The place behind which a page begins is these of the last row before it, so a page costs the same
wherever it is, and rows that move meanwhile do not push others across its border.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from kefu.desk.rows import RowQuery, Sort, View
from kefu.desk.sessions import ServiceSession
from kefu.errors import RequestError

__all__ = ["BEGINNING", "Place", "place_in", "read_place", "written_place"]

_LATER: Final = 1e15
"""Stands for the time of what has none."""


class Place(NamedTuple):
    """Where a row stands in a list."""

    part: float
    """0: with an open session, in orders by how it waits; 1: the rest, behind them all."""
    first: float
    second: float
    third: float
    fourth: float
    conversation_id: str


BEGINNING: Final = Place(-1.0, -1e300, -1e300, -1e300, -1e300, "")
"""In front of all rows."""

_Written = tuple[str, float, float, float, float, float, str]
_decode = msgspec.json.Decoder(_Written).decode


def place_in(
    sort: Sort, conversation_id: str, changed_at: float, session: ServiceSession | None
) -> Place:
    """Return where a row stands.

    Args:
        sort: The order.
        conversation_id: Of the row.
        changed_at: When something happened with it last.
        session: Its open session; None: it has none, or is in a list of closed ones.
    """
    if sort == "oldest":
        return Place(0.0, changed_at, 0.0, 0.0, 0.0, conversation_id)
    if sort == "newest" or session is None:
        part = 0.0 if sort == "newest" else 1.0
        return Place(part, -changed_at, 0.0, 0.0, 0.0, conversation_id)
    since = session.waiting_since
    if sort == "waiting":
        waits = (1.0, -changed_at) if since is None else (0.0, since)
        return Place(0.0, *waits, 0.0, 0.0, conversation_id)
    return Place(
        0.0,
        -float(session.is_first_in_line),
        -float(session.priority),
        -float(session.tier),
        _LATER if since is None else since,
        conversation_id,
    )


def written_place(view: View, sort: Sort, place: Place) -> str:
    """Return a place as a cursor."""
    return msgspec.json.encode((f"{view} {sort}", *place)).decode()


def read_place(query: RowQuery) -> Place:
    """Return the place behind which the rows that are asked for begin.

    Raises:
        RequestError: ``query.after`` is no cursor of such a list.
    """
    if not query.after:
        return BEGINNING
    try:
        kind, *rest = _decode(query.after)
    except (msgspec.DecodeError, UnicodeError):
        kind, rest = "", []
    if kind != f"{query.view} {query.sort}" or "\0" in query.after or "\\u0000" in query.after:
        raise RequestError(
            400, "BadRequest", "'after' must be the cursor of a row of the same view and sort."
        )
    return Place(*rest)
