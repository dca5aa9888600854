"""What the desk's routes and its live line show, as types; OpenAPI describes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from kefu.server.desk_ports import ItemState

__all__ = [
    "BoardShown",
    "ChangedItem",
    "ClosedBy",
    "ContextShown",
    "CountsShown",
    "CustomerShown",
    "GroupShown",
    "IdentityShown",
    "Item",
    "LastShown",
    "OpenReview",
    "PersonShown",
    "PresenceShown",
    "QuotaShown",
    "ReasonShown",
    "ReviewShown",
    "Row",
    "RowCustomer",
    "SessionShown",
    "ThreadPage",
    "TodayShown",
    "Viewer",
]

Speaker = Literal["customer", "bot", "agent", "private", "step"]


class PersonShown(Struct, frozen=True):
    """An agent."""

    id: str
    name: str
    avatar: str = ""


class Viewer(Struct, frozen=True):
    """A colleague who has a conversation on the screen."""

    id: str
    name: str
    avatar: str
    is_typing: bool


class Item(Struct, frozen=True, kw_only=True):
    """One thing in a thread; what does not apply is left out."""

    seq: int
    """Place in the conversation's log."""
    at: datetime
    kind: Speaker
    text: str | UnsetType = UNSET
    content: dict[str, Any] | UnsetType = UNSET
    """See docs/reference/messages.md; of a file of ours, with a ``url``."""
    buttons: list[dict[str, Any]] | UnsetType = UNSET
    quick_replies: list[dict[str, Any]] | UnsetType = UNSET
    elements: list[dict[str, Any]] | UnsetType = UNSET
    image: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    """Of the message, as its sender named it."""
    agent: PersonShown | UnsetType = UNSET
    state: ItemState | UnsetType = UNSET
    delivery_id: int | UnsetType = UNSET
    error: str | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    is_recalled: bool | UnsetType = UNSET
    channel: str | UnsetType = UNSET
    intent: str | UnsetType = UNSET
    confidence: float | UnsetType = UNSET
    action: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    mentions: list[str] | UnsetType = UNSET
    is_whisper: bool | UnsetType = UNSET
    step: str | UnsetType = UNSET
    """What happened, by name; docs/reference/http.md lists them."""
    data: dict[str, Any] | UnsetType = UNSET


class ChangedItem(Struct, frozen=True, kw_only=True):
    """How far something got that is known already."""

    seq: int
    state: ItemState | UnsetType = UNSET
    error: str | UnsetType = UNSET
    is_recalled: bool | UnsetType = UNSET


class ThreadPage(Struct, frozen=True, kw_only=True):
    """A part of a thread."""

    conversation_id: str
    items: list[Item]
    """Oldest first."""
    first_seq: int
    """Ask for what is before it as ``before``."""
    last_seq: int
    """Up to here the page is complete; what is behind it is asked for as ``after``."""
    has_before: bool
    has_after: bool


class RowCustomer(Struct, frozen=True):
    """Whose conversation it is, as far as a list tells."""

    id: str
    name: str
    tier: int
    tags: list[str] = []
    """Of the customer, as the staff gave them."""


class LastShown(Struct, frozen=True):
    """What was said last."""

    seq: int
    at: datetime
    by: Speaker
    text: str
    kind: str
    """``text``, or the type of a content."""


class ReasonShown(Struct, frozen=True):
    """Why a human is wanted."""

    code: str
    detail: str


class OpenReview(Struct, frozen=True):
    """A draft that waits for an agent."""

    review_id: str
    deadline: datetime


class Row(Struct, frozen=True, kw_only=True):
    """A conversation in a list."""

    conversation_id: str
    session_id: str | None
    state: Literal["bot", "waiting", "assigned", "closed"]
    customer: RowCustomer
    channel: str
    last: LastShown | None
    last_seq: int
    unread: int
    waiting_since: datetime | None
    unanswered_since: datetime | None
    agent: PersonShown | None
    group_id: str | None
    skills: list[str]
    language: str
    labels: list[str]
    priority: int
    is_first_in_line: bool
    """Taken back from an agent: in front of all priorities."""
    reason: ReasonShown | None
    mark: str
    snoozed_until: datetime | None
    review: OpenReview | None
    has_draft: bool | UnsetType = UNSET
    """Of whoever asks; left out on the live line, where it is told to nobody else."""
    invited: list[PersonShown]
    version: int
    changed_at: datetime


class CountsShown(Struct, frozen=True):
    """How many there are in each view."""

    mine: int
    mine_unread: int
    waiting: int
    review: int
    all_open: int
    snoozed: int


class PresenceShown(Struct, frozen=True, kw_only=True):
    """Whether an agent is there."""

    agent: PersonShown
    is_connected: bool
    status: Literal["online", "busy", "away", "offline"]
    reason: str
    since: datetime
    is_accepting: bool
    open: int
    max_sessions: int
    groups: list[str]
    skills: dict[str, int]


class ReviewShown(Struct, frozen=True, kw_only=True):
    """A draft of the bot, and what became of it."""

    review_id: str
    conversation_id: str
    customer: RowCustomer
    channel: str
    question: str
    draft: dict[str, Any] | None
    """The reply as it would be sent; null: it shows once the action has run."""
    action: str
    confidence: float
    parts: dict[str, float]
    intent: str
    asked_at: datetime
    deadline: datetime
    by_itself: Literal["send", "handover"]
    """What happens at the deadline."""
    state: Literal["open", "approved", "edited", "discarded", "expired", "superseded"]
    decided_by: PersonShown | None
    decided_at: datetime | None
    text: str | None
    claimed_by: PersonShown | None
    """Who looks at it."""
    claimed_until: datetime | None
    """Then nobody does any more, unless they said so anew."""
    version: int


class ClosedBy(Struct, frozen=True, kw_only=True):
    """Who ended a session."""

    kind: Literal["customer", "bot", "idle", "agent"]
    agent: PersonShown | None = None


class SessionShown(Struct, frozen=True, kw_only=True):
    """A stay of a customer with the humans."""

    session_id: str
    conversation_id: str
    state: Literal["waiting", "assigned", "closed"]
    agent: PersonShown | None
    group_id: str | None
    reason: ReasonShown
    summary: dict[str, Any] | None
    requested_at: datetime
    assigned_at: datetime | None
    first_answer_at: datetime | None
    closed_at: datetime | None
    closed_by: ClosedBy | None
    wrap_up: dict[str, Any] | None
    rating: dict[str, Any] | None
    labels: list[str]
    handling_seconds: float | None
    waiting_seconds: float | None
    version: int


class IdentityShown(Struct, frozen=True):
    """What a customer is known by."""

    kind: str
    value: str
    is_verified: bool


class CustomerShown(Struct, frozen=True, kw_only=True):
    """A customer; what is hidden is left out."""

    id: str
    conversation_id: str
    name: str | None
    tier: int
    phone: str | None
    attributes: dict[str, Any]
    tags: list[str]
    """What the staff call them; the customer does not see it."""
    identities: list[IdentityShown]
    is_blocked: bool


class QuotaShown(Struct, frozen=True, kw_only=True):
    """How many messages the customer's channel still takes."""

    left: int
    of: int
    until: datetime | None
    text: str


class MergedShown(Struct, frozen=True):
    """A conversation that became part of another one."""

    conversation_id: str
    """Read it as `?of=` of the thread."""
    channel: str
    merged_at: datetime


class ContextShown(Struct, frozen=True, kw_only=True):
    """What stands beside a thread."""

    row: Row
    session: SessionShown | None
    customer: CustomerShown
    summary: dict[str, Any] | None
    quota: QuotaShown | None
    viewers: list[PersonShown]
    merged: list[MergedShown]
    """Other conversations of the customer, the one that was merged last first."""
    can: dict[str, bool]
    """What whoever asks may do here, by name."""


class GroupShown(Struct, frozen=True, kw_only=True):
    """A group's line."""

    group_id: str
    name: str
    waiting: int
    longest_wait_since: datetime | None
    agents_accepting: int
    free_slots: int
    expected_wait_seconds: float | None


class TodayShown(Struct, frozen=True, kw_only=True):
    """Figures since midnight."""

    requested: int
    answered: int
    closed: int
    abandoned: int
    median_wait_seconds: float | None
    median_handling_seconds: float | None


class BoardShown(Struct, frozen=True, kw_only=True):
    """The supervisor's board."""

    waiting: list[Row]
    waiting_count: int
    longest_wait_since: datetime | None
    agents: list[PresenceShown]
    groups: list[GroupShown]
    today: TodayShown
