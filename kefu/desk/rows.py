"""The list of conversations as agents see it: what is asked for, and what is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kefu.desk.sessions import ServiceSession

__all__ = ["Counts", "LastLine", "Reach", "RowQuery", "RowRecord", "Sort", "View"]

View = Literal["mine", "waiting", "all", "closed", "snoozed"]
Sort = Literal["newest", "oldest", "waiting", "priority"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which conversations somebody may see."""

    agent_id: str = ""
    """Their own, and those they were invited to."""
    groups: frozenset[str] = frozenset()
    """Those that wait for, or belong to, these groups, and those that wait for any."""
    sees_groups: bool = False
    sees_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuery:
    """What is asked for."""

    view: View = "mine"
    reach: Reach
    channel: str = ""
    group_id: str = ""
    label: str = ""
    agent_id: str = ""
    state: str = ""
    """``bot``, ``waiting``, ``assigned``, ``closed``."""
    tier: int | None = None
    """The lowest."""
    customer_tag: str = ""
    """Key of a tag of the customer, in which all its spellings are one."""
    sort: Sort = "newest"
    after: str = ""
    """Cursor: where the page before ended."""
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLine:
    """What was said last in a conversation."""

    seq: int
    kind: str
    """Of the log's entry: ``user``, ``bot``, ``agent``."""
    at: float
    body: str
    """JSON of the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRecord:
    """A conversation in the list."""

    conversation_id: str
    owner: str
    channel: str
    last_seq: int
    changed_at: float
    session: ServiceSession | None = None
    """The one that is not closed; or, in the view ``closed``, the last one."""
    customer_id: str = ""
    customer_name: str = ""
    customer_tags: tuple[str, ...] = ()
    last: LastLine | None = None
    unread: int = 0
    """The customer's messages behind the session's ``read_seq``, counted up to 99."""
    cursor: str
    """Given as :attr:`RowQuery.after`, the page behind this row is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many there are in each view."""

    mine: int = 0
    mine_unread: int = 0
    waiting: int = 0
    review: int = 0
    all_open: int = 0
    snoozed: int = 0
