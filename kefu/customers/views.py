"""What people are shown of customers."""

from __future__ import annotations

from typing import Any

from kefu.customers.ports import Directory, VisitStore
from kefu.customers.profiles import shown
from kefu.customers.records import ADDRESS, Customer, Identity, IdentityKind, Merge
from kefu.customers.timeline import entry_as_json, latest
from kefu.customers.visits import visit_as_json

__all__ = ["CustomerViews"]

_LONGEST_CHAIN = 100


class CustomerViews:
    """Reads customers for the HTTP API; changes nothing. All results are JSON values."""

    def __init__(self, directory: Directory, visits: VisitStore) -> None:
        self._directory = directory
        self._visits = visits

    async def customer(self, customer_id: str) -> dict[str, Any] | None:
        """Return a customer; of one who was absorbed, whoever absorbed them."""
        customer = await self._final(await self._directory.customer(customer_id))
        return None if customer is None else await self._described(customer)

    async def at(self, conversation_id: str) -> dict[str, Any] | None:
        """Return whoever a conversation, or an address, belongs to."""
        customer = await self._directory.at(conversation_id)
        return None if customer is None else await self._described(customer)

    async def holder(self, kind: IdentityKind, value: str) -> dict[str, Any] | None:
        """Return whoever has proved an identity; phones: :meth:`Customers.by_phone`."""
        customer = await self._directory.holder(kind, value)
        if customer is None:
            return None
        shown_customer = await self._described(customer)
        is_proved = any(
            known["kind"] == kind and known.get("value") == value and known["is_verified"]
            for known in shown_customer["identities"]
        )
        return shown_customer if is_proved else None

    async def timeline(
        self, customer_id: str, *, before: float, limit: int
    ) -> list[dict[str, Any]] | None:
        """Return the newest entries of all logs of a customer that are older than ``before``.

        Oldest first; logs of conversations that were merged into theirs are among them.
        """
        family = await self._family(customer_id)
        if family is None:
            return None
        logs = [
            await self._directory.history(member.conversation_id, before=before, limit=limit)
            for member in family
        ]
        return [entry_as_json(entry) for entry in latest(logs, limit=limit)]

    async def visits(self, customer_id: str, *, limit: int) -> list[dict[str, Any]] | None:
        """Return the newest visits of a customer, newest first; none when they are hidden."""
        family = await self._family(customer_id)
        if family is None:
            return None
        if any("visits" in member.profile.hidden for member in family):
            return []
        ids = [member.conversation_id for member in family]
        return [visit_as_json(visit) for visit in await self._visits.of(ids, limit=limit)]

    async def merges(self, customer_id: str) -> list[dict[str, Any]] | None:
        """Return the merges that led to a customer, newest first."""
        family = await self._family(customer_id)
        if family is None:
            return None
        found = [
            merge for member in family for merge in await self._directory.merges(member.customer_id)
        ]
        found.sort(key=lambda merge: -merge.merge_id)
        return [_merge_as_json(merge) for merge in found]

    async def _family(self, customer_id: str) -> list[Customer] | None:
        customer = await self._final(await self._directory.customer(customer_id))
        if customer is None:
            return None
        return list(await self._directory.family(customer.customer_id))

    async def _final(self, customer: Customer | None) -> Customer | None:
        for _ in range(_LONGEST_CHAIN):
            if customer is None or customer.merged_into is None:
                break
            customer = await self._directory.customer(customer.merged_into)
        return customer

    async def _described(self, customer: Customer) -> dict[str, Any]:
        family = await self._directory.family(customer.customer_id)
        identities = await self._directory.identities(customer.customer_id)
        visible = shown(member.profile for member in family)
        is_phone_hidden = "phone" in visible["hidden"]
        return {
            "customer_id": customer.customer_id,
            "conversation_id": customer.conversation_id,
            "created_at": customer.created_at,
            "consents": {"visits": customer.profile.consents},
            **visible,
            "identities": [
                _identity_as_json(known)
                for known in identities
                if known.kind != "phone" or not is_phone_hidden
            ],
        }


def _identity_as_json(identity: Identity) -> dict[str, Any]:
    shown_value = {} if identity.kind == "phone" else {"value": identity.value}
    return {
        "kind": identity.kind,
        **shown_value,
        "is_verified": identity.is_verified,
        "added_at": identity.added_at,
    }


def _merge_as_json(merge: Merge) -> dict[str, Any]:
    body = merge.body
    return {
        "merge_id": merge.merge_id,
        "kept": merge.kept,
        "merged": merge.merged,
        "reason": merge.reason,
        "merged_at": merge.merged_at,
        "undone_at": merge.undone_at,
        "kept_conversation": body.kept_conversation,
        "merged_conversation": body.merged_conversation,
        "addresses": [value for kind, value in body.identities if kind == ADDRESS],
        "carried_slots": sorted(body.carried),
    }
