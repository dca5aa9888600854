"""Customers, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from kefu.customers.changes import Step
from kefu.customers.merging import Parting, Passed
from kefu.customers.records import (
    Customer,
    Footing,
    Identity,
    IdentityKind,
    Merge,
    MergeBody,
    Party,
    Profile,
    Situation,
    TagCount,
)
from kefu.customers.timeline import TimelineEntry
from kefu.storage.sql.customer_steps import taking
from kefu.storage.sql.work import Again, Database, Work

__all__ = ["SqlCustomers"]

_profile = msgspec.json.Decoder(Profile).decode
_merge_body = msgspec.json.Decoder(MergeBody).decode
_MAX_FAMILY = 200


class SqlCustomers:
    """Keeps customers; see :mod:`kefu.customers.ports`."""

    def __init__(self, database: Database, *, feeds: Sequence[str] = ()) -> None:
        """Keep them in ``database``; ``feeds`` are given what is appended to logs."""
        self._database = database
        self._feeds = tuple(feeds)

    async def look(
        self, address: str, *, kind: IdentityKind | None = None, value: str = ""
    ) -> Situation:
        """Return what a claim meets."""
        return await self._database.read(lambda: _look(address, kind, value))

    async def apply(self, steps: Sequence[Step]) -> int:
        """Take all steps, or none."""
        return await self._database.write(lambda: taking(steps, self._feeds))

    async def parting(self, merge_id: int) -> Parting | None:
        """Return what undoing a merge meets."""
        return await self._database.read(lambda: _parting(merge_id))

    async def secret(self, name: str, proposal: str) -> str:
        """Return a secret."""
        return await self._database.write(lambda: _secret(name, proposal))

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer."""
        return await self._database.read(lambda: _customer(customer_id))

    async def at(self, conversation_id: str) -> Customer | None:
        """Return whose conversation that is."""
        return await self._database.read(lambda: _at(conversation_id))

    async def holder(self, kind: IdentityKind, value: str) -> Customer | None:
        """Return who has an identity."""
        return await self._database.read(lambda: _holder(kind, value))

    async def identities(self, customer_id: str) -> Sequence[Identity]:
        """Return what a customer is known by."""
        return await self._database.read(lambda: _identities(customer_id))

    async def family(self, customer_id: str) -> Sequence[Customer]:
        """Return a customer and all who were merged into them."""
        return await self._database.read(lambda: _family(customer_id))

    async def merges(self, customer_id: str) -> Sequence[Merge]:
        """Return the merges into a customer."""
        return await self._database.read(lambda: _merges(customer_id))

    async def tags_in_use(self, key: str, *, limit: int) -> Sequence[TagCount]:
        """Return tags that customers have."""
        return await self._database.read(lambda: _tags_in_use(key, limit))

    async def history(
        self, conversation_id: str, *, before: float, limit: int
    ) -> Sequence[TimelineEntry]:
        """Return the newest entries of one log."""
        return await self._database.read(lambda: _history(conversation_id, before, limit))


def _customer_of(row: Sequence[Any]) -> Customer:
    customer_id, conversation_id, profile, version, merged_into, created_at = row
    return Customer(
        customer_id=customer_id,
        conversation_id=conversation_id,
        profile=_profile(profile),
        version=version,
        merged_into=merged_into,
        created_at=created_at,
    )


def _identity_of(row: Sequence[Any]) -> Identity:
    kind, value, customer_id, is_verified, added_at = row
    return Identity(
        kind=kind,
        value=value,
        customer_id=customer_id,
        is_verified=bool(is_verified),
        added_at=added_at,
    )


def _merge_of(row: Sequence[Any]) -> Merge:
    merge_id, kept, merged, reason, body, merged_at, undone_at = row
    return Merge(
        merge_id=merge_id,
        kept=kept,
        merged=merged,
        reason=reason,
        body=_merge_body(body),
        merged_at=merged_at,
        undone_at=undone_at,
    )


def _leads_to(address: str) -> Work[str | None]:
    rows = yield "leads_to", {"address": address}
    return rows[0][0] if rows else None


def _customer(customer_id: str) -> Work[Customer | None]:
    rows = yield "customer", {"customer_id": customer_id}
    return _customer_of(rows[0]) if rows else None


def _customer_at(conversation_id: str) -> Work[Customer | None]:
    rows = yield "customer_at", {"conversation_id": conversation_id}
    return _customer_of(rows[0]) if rows else None


def _at(address: str) -> Work[Customer | None]:
    conversation_id = yield from _leads_to(address)
    return (yield from _customer_at(conversation_id or address))


def _holder(kind: str, value: str) -> Work[Customer | None]:
    rows = yield "identity", {"kind": kind, "value": value}
    if not rows:
        return None
    return (yield from _customer(_identity_of(rows[0]).customer_id))


def _identities(customer_id: str) -> Work[tuple[Identity, ...]]:
    rows = yield "identities_of", {"customer_id": customer_id}
    return tuple(_identity_of(row) for row in rows)


def _footing(conversation_id: str) -> Work[Footing | None]:
    rows = yield "footing", {"conversation_id": conversation_id}
    if not rows:
        return None
    number, version, owner, last_seq, created_at = rows[0]
    reminders = yield "reminders_of", {"conversation": number}
    return Footing(
        version=version,
        owner=owner,
        last_seq=last_seq,
        created_at=created_at,
        reminders=tuple(row[0] for row in reminders),
    )


def _party(customer: Customer) -> Work[Party]:
    identities = yield from _identities(customer.customer_id)
    own = {
        "customer_id": customer.customer_id,
        "conversation_id": customer.conversation_id,
    }
    aliases = yield "aliases_of", own
    footing = yield from _footing(customer.conversation_id)
    return Party(
        customer=customer,
        identities=identities,
        aliases=tuple(row[0] for row in aliases),
        footing=footing,
    )


def _look(address: str, kind: str | None, value: str) -> Work[Situation]:
    conversation_id = (yield from _leads_to(address)) or address
    customer = yield from _customer_at(conversation_id)
    here = (yield from _party(customer)) if customer is not None else None
    footing = here.footing if here is not None else (yield from _footing(conversation_id))
    situation = Situation(
        address=address,
        conversation_id=conversation_id,
        here=here,
        footing=footing,
        identity=None,
        there=None,
    )
    rows = () if kind is None else (yield "identity", {"kind": kind, "value": value})
    if not rows:
        return situation
    identity = _identity_of(rows[0])
    holder = yield from _customer(identity.customer_id)
    there = (yield from _party(holder)) if holder is not None else None
    were_parted = False
    if customer is not None and holder is not None:
        were_parted = yield from _were_parted(customer, holder)
    return replace(situation, identity=identity, there=there, were_parted=were_parted)


def _were_parted(first: Customer, second: Customer) -> Work[bool]:
    """Whether a merge was undone between two customers, or those who were merged into them."""
    family = yield from _family(first.customer_id)
    others = {other.customer_id for other in (yield from _family(second.customer_id))}
    for member in family:
        rows = yield "parted_from", {"customer_id": member.customer_id}
        if any(others.intersection(row) for row in rows):
            return True
    return False


def _parting(merge_id: int) -> Work[Parting | None]:
    rows = yield "merge", {"id": merge_id}
    if not rows:
        return None
    merge = _merge_of(rows[0])
    kept = yield from _customer(merge.kept)
    absorbed = yield from _customer(merge.merged)
    if kept is None or absorbed is None:
        return None
    passed: list[Passed] = []
    while kept.merged_into is not None and len(passed) < _MAX_FAMILY:
        rows = yield "merge_between", {"merged": kept.customer_id, "kept": kept.merged_into}
        further = yield from _customer(kept.merged_into)
        if not rows or further is None:
            break
        passed.append(Passed(party=(yield from _party(kept)), merge=_merge_of(rows[0])))
        kept = further
    leads: dict[str, str] = {}
    for address in {*merge.body.aliases, absorbed.conversation_id}:
        conversation_id = yield from _leads_to(address)
        if conversation_id is not None:
            leads[address] = conversation_id
    return Parting(
        merge=merge,
        passed=tuple(passed),
        kept=(yield from _party(kept)),
        absorbed=(yield from _party(absorbed)),
        aliases=leads,
    )


def _secret(name: str, proposal: str) -> Work[str]:
    rows = yield "find_state", {"key": name, "now": 0.0}
    if rows:
        secret: str = rows[0][0]
        return secret
    if not (yield "add_state", {"key": name, "value": proposal, "expires_at": None}):
        raise Again  # somebody was faster
    return proposal


def _family(customer_id: str) -> Work[list[Customer]]:
    first = yield from _customer(customer_id)
    found = [] if first is None else [first]
    for member in found:  # grows meanwhile: those who were merged into the absorbed follow
        if len(found) < _MAX_FAMILY:
            rows = yield "merged_into", {"customer_id": member.customer_id}
            found += [_customer_of(row) for row in rows]
    return found


def _merges(customer_id: str) -> Work[list[Merge]]:
    rows = yield "merges_of", {"customer_id": customer_id}
    return [_merge_of(row) for row in rows]


def _tags_in_use(key: str, limit: int) -> Work[list[TagCount]]:
    escaped = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = yield "tags_in_use", {"match": f"%{escaped}%", "limit": limit}
    return [TagCount(tag, customers) for tag, customers in rows]


def _history(conversation_id: str, before: float, limit: int) -> Work[list[TimelineEntry]]:
    values = {"conversation_id": conversation_id, "before": before, "limit": limit}
    rows = yield "newest_entries", values
    return [TimelineEntry(*row) for row in rows]
