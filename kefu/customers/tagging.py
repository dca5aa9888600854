"""Puts tags on customers, takes them off, and knows which there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from kefu.customers.changes import ChangeCustomer, Step
from kefu.customers.ports import CustomerRecords
from kefu.customers.records import Customer, Party, Situation, TagCount
from kefu.customers.settling import until_settled
from kefu.customers.tags import retagged, tag_key, united
from kefu.errors import Conflict, CustomerError

__all__ = ["Tagged", "Tagging"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A customer whose tags are others now, or the same."""

    customer_id: str
    conversation_id: str
    tags: tuple[str, ...]
    added: tuple[str, ...]
    """Those that were not there before."""
    removed: tuple[str, ...]


_Done = tuple[Customer, Tagged]
Arrive = Callable[[Situation], tuple[Party, Sequence[Step]]]
Changed = Callable[[Customer], Awaitable[None]]


class Tagging:
    """The tags of customers; what several people change at once is all kept."""

    def __init__(self, records: CustomerRecords, arrive: Arrive, changed: Changed) -> None:
        """Put it together.

        Args:
            records: Keeps them.
            arrive: Returns who is at an address, and the steps that make them up if nobody is.
            changed: Hears of customers whose tags are others now.
        """
        self._records = records
        self._arrive = arrive
        self._changed = changed

    async def change(
        self, customer_id: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> Tagged:
        """Put tags on a customer, and take tags off; what is there, or not there, stays so.

        Raises:
            CustomerError: There is no such customer, a tag is not good, or there are too many.
        """

        async def attempt() -> _Done:
            return await self._attempt(customer_id, add, remove)

        return await self._settled(attempt)

    async def change_at(
        self, address: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> Tagged:
        """Do the same to whoever is at an address, who is made up if there is nobody.

        Raises:
            CustomerError: As :meth:`change`; or nobody is there to take a tag off.
        """

        async def attempt() -> _Done:
            situation = await self._records.look(address)
            if situation.here is not None:
                return await self._attempt(situation.here.customer.customer_id, add, remove)
            if not add:
                raise CustomerError("nobody is known there whose tags could be taken off")
            party, steps = self._arrive(situation)
            (profile,) = retagged([party.customer.profile], add, remove)
            customer = replace(party.customer, profile=profile)
            await self._records.apply([*steps, ChangeCustomer(customer)])
            return customer, _told(customer, (), profile.tags)

        return await self._settled(attempt)

    async def _settled(self, attempt: Callable[[], Awaitable[_Done]]) -> Tagged:
        customer, tagged = await until_settled(attempt)
        if tagged.added or tagged.removed:
            await self._changed(customer)
        return tagged

    async def _attempt(
        self, customer_id: str, add: Collection[str], remove: Collection[str]
    ) -> _Done:
        customer = await self._records.customer(customer_id)
        if customer is None or customer.merged_into is not None:
            raise CustomerError("there is no such customer, or no longer")
        family = await self._records.family(customer_id)
        if family[0].merged_into is not None:
            raise Conflict(f"customer {customer_id!r} changed meanwhile")
        profiles = [member.profile for member in family]
        after = retagged(profiles, add, remove)
        changed = [
            ChangeCustomer(replace(member, profile=profile))
            for place, (member, profile) in enumerate(zip(family, after, strict=True))
            # The customer themselves always: so two who tag at once come one after the other.
            if place == 0 or profile != member.profile
        ]
        if tuple(profiles) != after:
            await self._records.apply(changed)
        return family[0], _told(family[0], united(profiles), united(after))

    async def in_use(self, words: str = "", *, limit: int) -> Sequence[TagCount]:
        """Return tags that customers have, those of most customers first.

        Args:
            words: What stands in them, however it is spelt.
            limit: How many at most.
        """
        return await self._records.tags_in_use(tag_key(words), limit=limit)


def _told(customer: Customer, before: Sequence[str], after: Sequence[str]) -> Tagged:
    return Tagged(
        customer_id=customer.customer_id,
        conversation_id=customer.conversation_id,
        tags=tuple(after),
        added=tuple(tag for tag in after if tag not in before),
        removed=tuple(tag for tag in before if tag not in after),
    )
