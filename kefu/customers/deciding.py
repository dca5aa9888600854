"""What follows when an address claims an identity. Nothing here does anything: it decides.

The rules, in order:

1. Only a verified identity merges or moves anything. An unverified one is noted where it is free.
2. Two customers whom the shop knows as different users are never merged. When such an address
   signs in as somebody else, the browser changed hands: the address moves to the other user's
   conversation, and the old history stays with the old user.
3. What a person has parted is not merged again by itself.
4. Otherwise the two are one customer: see :mod:`kefu.customers.merging`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from kefu.customers.changes import (
    AddCustomer,
    Append,
    ChangeCustomer,
    ClaimIdentity,
    Occupy,
    Rename,
    SetAlias,
    Step,
)
from kefu.customers.merging import choose, note
from kefu.customers.records import (
    ADDRESS,
    Customer,
    Identity,
    IdentityKind,
    Party,
    Situation,
)

__all__ = ["Claim", "Decision", "NewId", "Verdict", "arrive", "decide"]

NewId = Callable[[], str]
"""Makes a name that nothing has yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody at an address says, or proves, who they are."""

    kind: IdentityKind
    value: str
    is_verified: bool


class Verdict(Enum):
    """What a claim came to."""

    KNOWN = "known"
    """Nothing new."""
    ATTACHED = "attached"
    """The customer has one identity more."""
    JOINED = "joined"
    """The address, at which nothing was said yet, is another one of a known customer."""
    MERGED = "merged"
    """Two customers are one."""
    MOVED = "moved"
    """The address changed hands."""
    REFUSED = "refused"
    """The identity belongs to somebody else and stays theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a claim comes to and what is to be done; of a merge, who with whom."""

    verdict: Verdict
    customer: Customer
    steps: tuple[Step, ...] = ()
    kept: Party | None = None
    absorbed: Party | None = None


def arrive(situation: Situation, *, now: float, new_id: NewId) -> tuple[Party, tuple[Step, ...]]:
    """Return the customer at an address, and what has to be done if they are new."""
    if situation.here is not None:
        return situation.here, ()
    customer = Customer(
        customer_id=new_id(),
        conversation_id=situation.conversation_id,
        created_at=now if situation.footing is None else situation.footing.created_at,
    )
    names = dict.fromkeys((situation.address, situation.conversation_id))
    identities = tuple(_address(name, customer, now) for name in names)
    party = Party(customer=customer, identities=identities, footing=situation.footing, is_new=True)
    return party, entering(party)


def entering(party: Party) -> tuple[Step, ...]:
    """Return the steps that store a new customer."""
    return (AddCustomer(party.customer), *(ClaimIdentity(known) for known in party.identities))


def decide(situation: Situation, claim: Claim, *, now: float, new_id: NewId) -> Decision:
    """Return what a claim comes to."""
    here, steps = arrive(situation, now=now, new_id=new_id)
    held, there = situation.identity, situation.there
    if held is None or not held.is_verified or there is None:
        return _free(situation, here, steps, claim, now=now, new_id=new_id)
    is_same = there.customer.customer_id == here.customer.customer_id
    if is_same or not claim.is_verified:
        return _nothing(here, steps)
    are_different = here.user is not None and there.user is not None
    if not are_different and not situation.were_parted:
        return _together(situation, here, there, steps, now=now)
    if claim.kind == "user":
        return _moved(situation, here, there, now=now, new_id=new_id)
    return Decision(verdict=Verdict.REFUSED, customer=here.customer, steps=steps)


def _free(
    situation: Situation,
    here: Party,
    steps: tuple[Step, ...],
    claim: Claim,
    *,
    now: float,
    new_id: NewId,
) -> Decision:
    """Give an identity that nobody has proved to be theirs to whoever claims it."""
    held = situation.identity
    if held is not None and not claim.is_verified:
        return _nothing(here, steps)
    is_other_user = claim.kind == "user" and here.user not in {None, claim.value}
    if is_other_user and claim.is_verified:
        return _moved(situation, here, _stranger(claim, now, new_id), now=now, new_id=new_id)
    return _attached(here, steps, claim, held, now)


def _together(
    situation: Situation, here: Party, there: Party, steps: tuple[Step, ...], *, now: float
) -> Decision:
    """Make one customer of two."""
    if here.is_new and here.footing is None:
        return _joined(situation, there, now)
    kept, absorbed = choose(here, there)
    return Decision(
        verdict=Verdict.MERGED,
        customer=kept.customer,
        steps=steps,
        kept=kept,
        absorbed=absorbed,
    )


def _nothing(here: Party, steps: tuple[Step, ...]) -> Decision:
    return Decision(verdict=Verdict.KNOWN, customer=here.customer, steps=steps)


def _attached(
    here: Party, steps: tuple[Step, ...], claim: Claim, held: Identity | None, now: float
) -> Decision:
    identity = Identity(
        kind=claim.kind,
        value=claim.value,
        customer_id=here.customer.customer_id,
        is_verified=claim.is_verified,
        added_at=now,
    )
    taken_from = None if held is None else held.customer_id
    changed = (ClaimIdentity(identity, taken_from), ChangeCustomer(here.customer))
    return Decision(verdict=Verdict.ATTACHED, customer=here.customer, steps=(*steps, *changed))


def _joined(situation: Situation, there: Party, now: float) -> Decision:
    customer, address = there.customer, situation.address
    steps: list[Step] = [ClaimIdentity(_address(address, customer, now))]
    if address != customer.conversation_id:
        steps.append(Occupy(address, now))
        steps.append(SetAlias(address, None, customer.conversation_id))
    return Decision(
        verdict=Verdict.JOINED, customer=customer, steps=(*steps, ChangeCustomer(customer))
    )


def _stranger(claim: Claim, now: float, new_id: NewId) -> Party:
    """Return a customer of whom nothing is known but the claim."""
    customer = Customer(customer_id=new_id(), conversation_id=new_id(), created_at=now)
    user = Identity(
        kind=claim.kind,
        value=claim.value,
        customer_id=customer.customer_id,
        is_verified=True,
        added_at=now,
    )
    own = _address(customer.conversation_id, customer, now)
    return Party(customer=customer, identities=(own, user), is_new=True)


def _moved(
    situation: Situation, here: Party, there: Party, *, now: float, new_id: NewId
) -> Decision:
    """Lead an address away from a customer, whose history stays where it is."""
    address, left = situation.address, here.customer
    steps: list[Step] = []
    if here.footing is not None:
        lines = (note("moved", now),)
        footing = here.footing
        steps.append(Append(left.conversation_id, footing.version, footing.owner, lines, now))
    expected: str | None = left.conversation_id
    if address == left.conversation_id:
        expected = None
        renamed, changed = renaming(here, new_id(), now)
        steps += [*renamed, Occupy(address, now)]
        left = changed
    steps += _awaited(situation, there)
    steps += [
        SetAlias(address, expected, there.customer.conversation_id),
        ClaimIdentity(_address(address, there.customer, now), here.customer.customer_id),
        ChangeCustomer(left),
    ]
    return Decision(verdict=Verdict.MOVED, customer=there.customer, steps=tuple(steps))


def _awaited(situation: Situation, there: Party) -> list[Step]:
    """Return the steps for whoever an address moves to."""
    if not there.is_new:
        return [ChangeCustomer(there.customer)]
    held = situation.identity
    steps: list[Step] = [AddCustomer(there.customer)]
    for known in there.identities:
        is_held = held is not None and (known.kind, known.value) == (held.kind, held.value)
        steps.append(ClaimIdentity(known, held.customer_id if held and is_held else None))
    return steps


def renaming(party: Party, new_id: str, now: float) -> tuple[list[Step], Customer]:
    """Give a party's conversation a name that is no channel's address."""
    old, customer = party.customer.conversation_id, party.customer
    changed = replace(customer, conversation_id=new_id)
    steps: list[Step] = [
        Rename(old, new_id),
        ClaimIdentity(_address(new_id, changed, now)),
        *(SetAlias(alias, old, new_id) for alias in party.aliases),
    ]
    return steps, changed


def _address(value: str, customer: Customer, now: float) -> Identity:
    return Identity(
        kind=ADDRESS,
        value=value,
        customer_id=customer.customer_id,
        is_verified=True,
        added_at=now,
    )
