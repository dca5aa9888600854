"""What the routes of customers take and give; times are seconds since the epoch."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

__all__ = [
    "CustomerView",
    "FieldsBody",
    "HideBody",
    "IdentifyBody",
    "MergesView",
    "PartedView",
    "TimelineView",
    "UndoBody",
    "VisitsView",
]


class IdentifyBody(Struct):
    """Says whom a channel's address belongs to."""

    address: str
    kind: Literal["unionid", "user", "phone"]
    value: str


class UndoBody(Struct):
    """Parts two customers."""

    merge_id: int


class FieldsBody(Struct):
    """Names fields of a customer: name, phone, attributes, attributes.<key>, visits.

    Tags and messages can be deleted as well.
    """

    fields: list[str]


class HideBody(FieldsBody):
    """Hides fields, or shows them again."""

    hidden: bool = True


class IdentityView(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a customer is known by."""

    kind: Literal["address", "user", "unionid", "phone"]
    value: str = ""
    """Left out of a telephone number."""
    is_verified: bool
    added_at: float


class ConsentsView(Struct, forbid_unknown_fields=True):
    """What a customer agreed to."""

    visits: bool


class CustomerView(Struct, kw_only=True, forbid_unknown_fields=True):
    """A customer, without what is hidden."""

    customer_id: str
    conversation_id: str
    created_at: float
    consents: ConsentsView
    name: str | None
    phone: str | None
    """In E.164."""
    has_verified_phone: bool
    attributes: dict[str, Any]
    tags: list[str]
    """What the staff call them; the customer does not see it."""
    hidden: list[str]
    """Fields that are left out."""
    identities: list[IdentityView]


class PartedView(Struct, forbid_unknown_fields=True):
    """Two customers who were one."""

    customer: CustomerView
    parted: CustomerView


class TimelineEntryView(Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of one of a customer's logs."""

    at: float
    conversation_id: str
    seq: int
    kind: str
    text: str = ""
    data: dict[str, Any] = {}
    input_channel: str = ""
    message_id: str = ""
    metadata: dict[str, Any] = {}
    intent: str = ""
    note: Any = None
    """Of an entry that is for people only."""


class TimelineView(Struct, forbid_unknown_fields=True):
    """What happened with a customer, oldest first."""

    entries: list[TimelineEntryView]


class VisitEventView(Struct, forbid_unknown_fields=True):
    """Something that happened on a page."""

    event: str
    at: float
    data: dict[str, Any] = {}


class VisitView(Struct, kw_only=True, forbid_unknown_fields=True):
    """A page that a customer looked at."""

    visit_id: str
    begun_at: float
    seen_at: float
    duration: float
    url: str
    title: str | None = None
    referrer: str | None = None
    events: list[VisitEventView] = []


class VisitsView(Struct, forbid_unknown_fields=True):
    """Visits, newest first."""

    visits: list[VisitView]


class MergeView(Struct, kw_only=True, forbid_unknown_fields=True):
    """How two customers became one."""

    merge_id: int
    kept: str
    merged: str
    reason: str
    merged_at: float
    undone_at: float | None
    kept_conversation: str
    merged_conversation: str
    addresses: list[str]
    carried_slots: list[str]


class MergesView(Struct, forbid_unknown_fields=True):
    """Merges, newest first."""

    merges: list[MergeView]
