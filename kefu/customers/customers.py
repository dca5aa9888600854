"""The door of this package: signs customers in, and keeps what is said about them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from kefu.clock import Clock
from kefu.customers.changes import ChangeCustomer, DropIdentity, Erase, Step
from kefu.customers.counters import CustomerCounters
from kefu.customers.deciding import Claim, Decision, Verdict, arrive, decide
from kefu.customers.merging import (
    Parting,
    carried_over,
    choose,
    merge_steps,
    taken_back,
    undo_steps,
)
from kefu.customers.phones import normalised, sealed
from kefu.customers.ports import Conversations, CustomerRecords, VisitStore
from kefu.customers.profiles import (
    FIELDS,
    MESSAGES,
    VERIFIED,
    forgotten,
    hide,
    proven,
    shown,
    slot_values,
    with_attributes,
    with_consent,
    with_phone,
    with_shop_claims,
)
from kefu.customers.records import ADDRESS, Customer, Footing, Memory, Party, Profile, Situation
from kefu.customers.settling import until_settled
from kefu.customers.tagging import Tagging
from kefu.customers.tags import TAGS
from kefu.customers.tokens import ShopClaims, Tokens
from kefu.customers.tracking import Tracking
from kefu.errors import Conflict, CustomerError
from kefu.logs import fields
from kefu.project.settings import CustomerSettings

__all__ = ["CustomerRef", "Customers"]

log = logging.getLogger(__name__)

_MAX_IDENTITY = 255
_BY_AGENT = "agent"
"""Reason of merges that a person wanted."""


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Who an address belongs to, and where it leads."""

    customer_id: str
    conversation_id: str


class Customers:
    """Who is behind an address.

    An *address* is how a channel calls somebody (``web-…``, ``wechat-…``); the id of a
    conversation serves as one too.

    Attributes:
        counters: What happened so far.
        tags: What the staff call them.
    """

    def __init__(
        self,
        records: CustomerRecords,
        visits: VisitStore,
        conversations: Conversations,
        *,
        tokens: Tokens,
        settings: CustomerSettings,
        clock: Clock,
    ) -> None:
        self._records = records
        self._visits = visits
        self._tracking = Tracking(records, visits, clock)
        self._conversations = conversations
        self._tokens = tokens
        self._settings = settings
        self._clock = clock
        self.counters = CustomerCounters()
        self.tags = Tagging(records, self._arriving, self._tell_bot)
        self._phone_key: bytes | None = None

    # -- who is it -------------------------------------------------------------------------

    async def sign_in(self, address: str, token: str) -> CustomerRef:
        """Take note that the shop says who is at an address.

        Raises:
            CustomerError: The token is not good, or signing in is not set up.
        """
        try:
            claims = await self._tokens.read(token)
        except CustomerError:
            self.counters.sign_ins_refused += 1
            raise
        await self._claim(address, Claim("user", claims.user, is_verified=True))
        if claims.unionid is not None:
            await self._claim(address, Claim("unionid", claims.unionid, is_verified=True))
        if claims.phone is not None:
            await self._claim_phone(address, claims.phone, is_verified=claims.is_phone_verified)
        customer = await self._change(address, lambda profile: _told(profile, claims))
        await self._tell_bot(customer)
        self.counters.sign_ins += 1
        return _ref(customer)

    async def identify(
        self,
        address: str,
        *,
        kind: Literal["unionid", "phone", "user"],
        value: str,
        is_verified: bool,
    ) -> CustomerRef:
        """Take note of an identity; a verified one that another customer has merges the two.

        Raises:
            CustomerError: It is no identity, such as a telephone number without digits.
        """
        if not 0 < len(value) <= _MAX_IDENTITY or "\0" in value:
            raise CustomerError(f"an identity has 1 to {_MAX_IDENTITY} characters")
        if kind == "phone":
            customer = await self._claim_phone(address, value, is_verified=is_verified)
        else:
            customer = await self._claim(address, Claim(kind, value, is_verified=is_verified))
        await self._tell_bot(customer)
        return _ref(customer)

    async def merge(self, customer_id: str, other_id: str) -> CustomerRef:
        """Make one customer of two, as a person says who knows them; it can be undone.

        Returns:
            The one who is kept, which may be either.

        Raises:
            CustomerError: There is no such customer, or the shop knows them as different users.
        """

        async def attempt() -> tuple[Party, Party]:
            here, there = await self._parties(customer_id, other_id)
            kept, absorbed = choose(here, there)
            await self._records.apply(
                await self._merging(kept, absorbed, _BY_AGENT, self._clock.now())
            )
            return kept, absorbed

        kept, absorbed = await until_settled(attempt)
        self.counters.merges += 1
        to = kept.customer.conversation_id
        await self._conversations.redirected(absorbed.customer.conversation_id, to)
        await self._conversations.redirected(to, to)
        await self._tell_bot(kept.customer)
        return _ref(kept.customer)

    async def _parties(self, customer_id: str, other_id: str) -> tuple[Party, Party]:
        one = await self._records.customer(customer_id)
        other = await self._records.customer(other_id)
        if one is None or other is None or one.merged_into or other.merged_into:
            raise CustomerError("there is no such customer, or no longer")
        if one.customer_id == other.customer_id:
            raise CustomerError("that is the same customer")
        situation = await self._records.look(
            one.conversation_id, kind=ADDRESS, value=other.conversation_id
        )
        here, there = situation.here, situation.there
        if here is None or there is None:
            raise Conflict("the customers changed meanwhile")
        if here.user is not None and there.user is not None:
            raise CustomerError("the shop knows the two as different users; they stay two")
        return here, there

    async def undo(self, merge_id: int) -> CustomerRef:
        """Part two customers that were merged; return the one who was absorbed.

        Merges may be undone in any order. What was the absorbed customer's is taken from whoever
        has it by now, as when the one who was kept was absorbed in turn.

        Raises:
            CustomerError: There is no such merge, or it is undone already.
        """

        async def attempt() -> Parting:
            parting = await self._records.parting(merge_id)
            if parting is None:
                raise CustomerError(f"there is no merge {merge_id}")
            if parting.merge.undone_at is not None:
                raise CustomerError(f"merge {merge_id} is undone already")
            memories = [
                await self._memory(party.customer.conversation_id, party.footing)
                for party in parting.keepers
            ]
            back = taken_back(parting.merges, memories)
            steps = undo_steps(parting, back, now=self._clock.now(), new_id=_new_id)
            await self._records.apply(steps)
            return parting

        parting = await until_settled(attempt)
        kept = parting.kept.customer
        former = await self._records.customer(parting.absorbed.customer.customer_id)
        assert former is not None
        self.counters.unmerges += 1
        where = fields(merge=merge_id, kept=kept.customer_id, parted=former.customer_id)
        log.info("a merge of customers was undone", extra=where)
        for party in parting.keepers:
            changed = party.customer.conversation_id
            await self._conversations.redirected(changed, former.conversation_id)
        await self._tell_bot(kept)
        await self._tell_bot(former)
        return _ref(former)

    # -- what is known of them -------------------------------------------------------------

    async def profile(self, conversation_id: str) -> dict[str, Any] | None:
        """Return what whoever a conversation, or an address, belongs to may see of themselves.

        Returns:
            ``customer_id``, ``conversation_id``, ``name``, ``phone``, ``has_verified_phone``,
            ``attributes``, ``hidden`` and ``consents``, not the staff's tags; None when nobody is
            known there.
        """
        customer = await self._records.at(conversation_id)
        if customer is None:
            return None
        visible = await self._shown(customer)
        del visible[TAGS]
        return {
            "customer_id": customer.customer_id,
            "conversation_id": customer.conversation_id,
            "consents": {"visits": customer.profile.consents},
            **visible,
        }

    async def set_attributes(self, address: str, attributes: Mapping[str, Any]) -> None:
        """Keep what the page says about a customer; None takes an attribute away.

        Raises:
            CustomerError: There is too much of it, or a value is no text, number or truth value.
        """
        customer = await self._change(address, lambda known: with_attributes(known, attributes))
        await self._tell_bot(customer)

    async def hide(self, address: str, names: Collection[str], *, is_hidden: bool = True) -> None:
        """Keep fields from agents and bot, or show them again.

        Args:
            address: Whose.
            names: ``name``, ``phone``, ``attributes``, ``attributes.<key>`` or ``visits``.
            is_hidden: False shows them again.

        Raises:
            CustomerError: There is no such field.
        """
        customer = await self._change(
            address, lambda known: hide(known, names, is_hidden=is_hidden)
        )
        if not is_hidden:  # whoever was merged into them may have hidden it as well
            await self._change_family(customer, lambda known: hide(known, names, is_hidden=False))
        await self._tell_bot(customer, names)

    async def forget(self, address: str, names: Collection[str] = (*FIELDS, TAGS)) -> None:
        """Delete what a customer gave, and what the staff call them.

        Args:
            address: Whose.
            names: As for :meth:`hide`; ``tags``; or ``messages``, which is everything that was
                said, in all logs of the customer, with their files and what the bot remembers of
                it. That it was deleted, and when, stays in the logs.

        Raises:
            CustomerError: There is no such field.
        """
        forgotten(Profile(), names)  # refuses unknown names before anything is done
        customer = await self._records.at(address)
        if customer is None:
            return
        await self._change_family(customer, lambda known: forgotten(known, names))
        if "phone" in names:
            await self._drop_phones(customer)
        if "visits" in names:
            await self._drop_visits(customer)
        if MESSAGES in names:
            await self._erase(customer)
        await self._tell_bot(customer, names)

    async def set_consent(self, address: str, *, consents: bool) -> None:
        """Note whether visits may be kept; taking it back deletes them."""
        known = await self._records.at(address)
        if known is None and not consents:
            return
        customer = await self._change(address, lambda it: with_consent(it, consents=consents))
        if not consents:
            await self._drop_visits(customer)

    async def by_phone(self, number: str) -> CustomerRef | None:
        """Return who has a telephone number.

        Raises:
            CustomerError: It is no telephone number.
        """
        phone = normalised(number, country=self._settings.phone_country)
        found = await self._records.holder("phone", sealed(phone, await self._phone_secret()))
        return None if found is None else _ref(found)

    # -- visits ----------------------------------------------------------------------------

    async def visit(
        self, address: str, *, url: str, title: str | None = None, referrer: str | None = None
    ) -> bool:
        """Keep the visit of a page, if the customer agrees; see :meth:`Tracking.visit`."""
        return await self._tracking.visit(address, url=url, title=title, referrer=referrer)

    async def track(self, address: str, event: str, data: Mapping[str, Any]) -> bool:
        """Keep an event on the page, if the customer agrees; see :meth:`Tracking.track`."""
        return await self._tracking.track(address, event, data)

    async def seen(self, address: str) -> None:
        """Note that the customer is still on the page."""
        await self._tracking.seen(address)

    async def viewed(self, address: str) -> list[str]:
        """Return pages seen lately, the newest first; see :meth:`Tracking.viewed`."""
        return await self._tracking.viewed(address)

    # -- inside ----------------------------------------------------------------------------

    async def _claim_phone(self, address: str, number: str, *, is_verified: bool) -> Customer:
        phone = normalised(number, country=self._settings.phone_country)
        value = sealed(phone, await self._phone_secret())
        await self._claim(address, Claim("phone", value, is_verified=is_verified))
        return await self._change(
            address, lambda known: with_phone(known, phone, is_verified=is_verified)
        )

    async def _phone_secret(self) -> bytes:
        if self._phone_key is None:
            key = self._settings.phone_key
            if key is None:
                key = await self._records.secret("customers.phone_key", secrets.token_hex(32))
            self._phone_key = key.encode()
        return self._phone_key

    async def _claim(self, address: str, claim: Claim) -> Customer:
        async def attempt() -> tuple[Situation, Decision]:
            situation = await self._records.look(address, kind=claim.kind, value=claim.value)
            now = self._clock.now()
            decision = decide(situation, claim, now=now, new_id=_new_id)
            steps = [*decision.steps]
            if decision.kept is not None and decision.absorbed is not None:
                steps += await self._merging(decision.kept, decision.absorbed, claim.kind, now)
            if steps:
                await self._records.apply(steps)
            return situation, decision

        situation, decision = await until_settled(attempt)
        await self._follow_up(situation, decision, claim)
        return decision.customer

    async def _merging(
        self, kept: Party, absorbed: Party, reason: str, now: float
    ) -> Sequence[Step]:
        here = await self._memory(kept.customer.conversation_id, kept.footing)
        there = await self._memory(absorbed.customer.conversation_id, absorbed.footing)
        carried = carried_over(here, there)
        replaced = {name: here.slots.get(name) for name in carried} if here else {}
        return merge_steps(
            kept, absorbed, reason=reason, carried=carried, replaced=replaced, now=now
        )

    async def _memory(self, conversation_id: str, footing: Footing | None) -> Memory | None:
        if footing is None:
            return None
        memory = await self._conversations.memory(conversation_id)
        if memory is not None and memory.version != footing.version:
            raise Conflict(f"conversation {conversation_id!r} changed meanwhile")
        return memory

    async def _follow_up(self, situation: Situation, decision: Decision, claim: Claim) -> None:
        verdict, to = decision.verdict, decision.customer.conversation_id
        match verdict:
            case Verdict.MERGED:
                self.counters.merges += 1
            case Verdict.MOVED:
                self.counters.moves += 1
            case Verdict.REFUSED:
                self.counters.merges_refused += 1
            case _:
                pass
        if verdict is not Verdict.KNOWN:
            where = fields(customer=decision.customer.customer_id, by=claim.kind, was=verdict.value)
            log.info("a customer was identified", extra=where)
        if decision.absorbed is not None:
            absorbed = decision.absorbed.customer.conversation_id
            await self._conversations.redirected(absorbed, to)
            await self._conversations.redirected(to, to)
        if verdict in {Verdict.MOVED, Verdict.JOINED}:
            await self._conversations.redirected(situation.conversation_id, to)

    def _arriving(self, situation: Situation) -> tuple[Party, tuple[Step, ...]]:
        return arrive(situation, now=self._clock.now(), new_id=_new_id)

    async def _change(self, address: str, change: Callable[[Profile], Profile]) -> Customer:
        """Change the profile of whoever is at an address, who is made up if there is nobody."""

        async def attempt() -> Customer:
            situation = await self._records.look(address)
            party, steps = self._arriving(situation)
            changed = replace(party.customer, profile=change(party.customer.profile))
            if changed != party.customer:
                steps = (*steps, ChangeCustomer(changed))
            if steps:
                await self._records.apply(steps)
            return changed

        return await until_settled(attempt)

    async def _change_family(
        self, customer: Customer, change: Callable[[Profile], Profile]
    ) -> None:
        """Change the profiles of a customer and of all who were merged into them."""

        async def attempt() -> None:
            family = await self._records.family(customer.customer_id)
            changed = [replace(member, profile=change(member.profile)) for member in family]
            if changed != list(family):  # what they are found by is looked up with the first
                await self._records.apply([ChangeCustomer(member) for member in changed])

        await until_settled(attempt)

    async def _drop_phones(self, customer: Customer) -> None:
        identities = await self._records.identities(customer.customer_id)
        phones = [DropIdentity(known) for known in identities if known.kind == "phone"]
        if phones:
            await self._records.apply(phones)

    async def _drop_visits(self, customer: Customer) -> None:
        family = await self._records.family(customer.customer_id)
        await self._visits.drop([member.conversation_id for member in family])

    async def _erase(self, customer: Customer) -> None:
        """Delete all that was said: the files first, since the log still tells of them."""
        family = await self._records.family(customer.customer_id)
        known = await self._records.identities(customer.customer_id)
        addresses = {member.conversation_id for member in family}
        addresses |= {identity.value for identity in known if identity.kind == ADDRESS}
        for address in sorted(addresses):
            await self._conversations.forget_files(address)
        now = self._clock.now()
        await self._records.apply(
            [Erase(member.customer_id, member.conversation_id, now) for member in family]
        )
        self.counters.erasures += 1
        log.info("what a customer said was erased", extra=fields(customer=customer.customer_id))
        for member in family:
            await self._conversations.erased(member.conversation_id)

    async def _shown(self, customer: Customer) -> dict[str, Any]:
        family = await self._records.family(customer.customer_id)
        return shown(member.profile for member in family)

    async def _tell_bot(self, customer: Customer, gone: Collection[str] = ()) -> None:
        """Let the bot know what it may of a customer, and forget what is in ``gone``."""
        slots = self._settings.slots
        visible = await self._shown(customer)
        known_by = await self._records.identities(customer.customer_id)
        verified = proven(visible, known_by, country=self._settings.phone_country)
        values = slot_values(visible, verified, slots)
        taken_away = {
            slot
            for field, slot in slots.items()
            if not {field, field.partition(".")[0]}.isdisjoint({*gone, *VERIFIED})
        }
        known = {k: v for k, v in values.items() if v is not None or k in taken_away}
        await self._conversations.set_slots(customer.conversation_id, known)


def _new_id() -> str:
    return f"customer-{secrets.token_hex(12)}"


def _ref(customer: Customer) -> CustomerRef:
    return CustomerRef(customer.customer_id, customer.conversation_id)


def _told(profile: Profile, claims: ShopClaims) -> Profile:
    return with_shop_claims(profile, name=claims.name, attributes=claims.attributes)
