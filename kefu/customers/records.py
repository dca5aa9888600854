"""What is known of customers, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

__all__ = [
    "ADDRESS",
    "Customer",
    "Footing",
    "Identity",
    "IdentityKind",
    "Line",
    "Memory",
    "Merge",
    "MergeBody",
    "Party",
    "Profile",
    "Situation",
    "TagCount",
    "Visit",
    "VisitBody",
    "VisitEvent",
]

IdentityKind = Literal["address", "user", "unionid", "phone"]
ADDRESS: Final = "address"


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a customer, and the shop, said about them; :mod:`kefu.customers.profiles` reads it."""

    shop_name: str | None = None
    """As the shop's token says."""
    shop_attributes: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    """As the page, or the customer, says: nobody vouches for it."""
    phone: str | None = None
    """E.164."""
    has_verified_phone: bool = False
    hidden: tuple[str, ...] = ()
    """Fields that neither agents nor the bot shall see."""
    consents: bool = False
    """Whether visits may be kept."""
    tags: tuple[str, ...] = ()
    """What the staff call them; see :mod:`kefu.customers.tags`. Not for the customer's eyes."""

    def __repr__(self) -> str:
        """Tell nothing: profiles are nobody's business in a log."""
        return "Profile(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person who asks for help."""

    customer_id: str
    conversation_id: str
    """Their one conversation; of an absorbed customer, the one they had before."""
    profile: Profile = field(default_factory=Profile)
    version: int = 1
    """Grows with every change; each change names the version it is based on."""
    merged_into: str | None = None
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Something that a customer is known by."""

    kind: IdentityKind
    value: str
    """Of a phone: its keyed hash."""
    customer_id: str
    is_verified: bool
    added_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """Where a conversation that has a log stands."""

    version: int
    owner: str
    last_seq: int
    created_at: float
    reminders: tuple[int, ...] = ()
    """Ids of the reminders that are pending in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A customer with everything that matters when two of them meet."""

    customer: Customer
    identities: tuple[Identity, ...] = ()
    aliases: tuple[str, ...] = ()
    """Addresses that lead to the conversation by an alias."""
    footing: Footing | None = None
    """None: nothing was ever said in the conversation."""
    is_new: bool = False
    """Whether the customer is not stored yet."""

    @property
    def user(self) -> str | None:
        """Who the shop says they are."""
        for identity in self.identities:
            if identity.kind == "user" and identity.is_verified:
                return identity.value
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a claim meets, read at one moment."""

    address: str
    conversation_id: str
    """Where the address leads."""
    here: Party | None
    """Whose conversation that is."""
    footing: Footing | None
    """Of that conversation."""
    identity: Identity | None
    """The identity that is claimed, if anybody has it."""
    there: Party | None
    """Who has it."""
    were_parted: bool = False
    """Whether the two were merged once and a person undid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry to append to a log."""

    kind: str
    timestamp: float
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the bot remembers in a conversation."""

    version: int
    """Of the conversation, when it was read."""
    slots: Mapping[str, Any]
    initial: Mapping[str, Any]
    """What the slots hold before anything is said."""


class MergeBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a merge did, to be undone by."""

    kept_conversation: str
    merged_conversation: str
    identities: tuple[tuple[IdentityKind, str], ...] = ()
    """Those that changed hands."""
    aliases: tuple[str, ...] = ()
    """Addresses that led to the absorbed conversation, its own name among them."""
    carried: dict[str, Any] = {}
    """Slots that the kept conversation took over."""
    replaced: dict[str, Any] = {}
    """What they held there before."""
    reminders: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two customers that turned out to be one."""

    merge_id: int = 0
    kept: str
    merged: str
    reason: str
    body: MergeBody
    merged_at: float
    undone_at: float | None = None


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag that customers have."""

    tag: str
    """In one of its spellings."""
    customers: int
    """How many have it."""


class VisitEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened on a page, such as a change of the cart."""

    event: str
    at: float
    data: dict[str, Any] = {}


class VisitBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a visit was."""

    url: str
    title: str | None = None
    referrer: str | None = None
    events: tuple[VisitEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page that a customer looked at."""

    visit_id: str
    conversation_id: str
    """The one that the customer had then."""
    body: VisitBody
    begun_at: float
    seen_at: float
    """Last sign of them on the page."""
