"""How two customers become one, and how they are parted again.

Which one stays, by the first rule that tells them apart: the one whom a human serves at the moment
(an agent before the queue), the one with a log at all, the one whom the shop knows as a user, the
older conversation, the longer one. All addresses of the other lead to the kept conversation from
then on; the other's log stays as it is and is shown as history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from kefu.core.codec import encode_event
from kefu.core.events import SlotSet
from kefu.customers.changes import (
    AddMerge,
    Append,
    ChangeCustomer,
    ClaimIdentity,
    EndMerge,
    GiveBack,
    HandOver,
    Occupy,
    Rename,
    SetAlias,
    Step,
)
from kefu.customers.records import (
    ADDRESS,
    Customer,
    Identity,
    Line,
    Memory,
    Merge,
    MergeBody,
    Party,
)

__all__ = [
    "ERASED",
    "KEPT_NOTES",
    "NOTE",
    "Parting",
    "Passed",
    "carried_over",
    "choose",
    "merge_steps",
    "note",
    "slot_line",
    "taken_back",
    "undo_steps",
]

NOTE: Final = "note"
"""Kind of the log entries that only people are shown."""

ERASED: Final = '{"note":"erased"}'
"""Body of the notes that stand for what a customer had deleted, and of the one that tells when."""
KEPT_NOTES: Final = ("merged", "unmerged", "moved", "erased")
"""Notes that hold nothing that a customer gave."""

_HUMAN = {"agent": 2, "queue": 1}
_NOT_CARRIED = frozenset({"requested_slot", "session_started_metadata"})
"""Slots that belong to one moment of one conversation."""

_encode = msgspec.json.Encoder().encode


def choose(first: Party, second: Party) -> tuple[Party, Party]:
    """Return which of the two is kept, and which is absorbed."""
    kept, absorbed = sorted((first, second), key=_rank)
    return kept, absorbed


def _rank(party: Party) -> tuple[Any, ...]:
    footing, customer = party.footing, party.customer
    return (
        0 if footing is None else -_HUMAN.get(footing.owner, 0),
        footing is None,
        party.user is None,
        customer.created_at if footing is None else footing.created_at,
        0 if footing is None else -footing.last_seq,
        customer.customer_id,
    )


def carried_over(kept: Memory | None, absorbed: Memory | None) -> dict[str, Any]:
    """Return the slots of the absorbed conversation that the kept one lacks."""
    if absorbed is None:
        return {}
    have = {} if kept is None else kept.slots
    carried: dict[str, Any] = {}
    for name, value in absorbed.slots.items():
        initial = absorbed.initial.get(name)
        is_empty = value is None or value == initial
        if name not in _NOT_CARRIED and not is_empty and have.get(name, initial) in (None, initial):
            carried[name] = value
    return carried


def taken_back(merges: Sequence[Merge], memories: Sequence[Memory | None]) -> list[dict[str, Any]]:
    """Return the slots that a merge carried over and nobody changed since, with former values.

    Args:
        merges: The merge that is undone, then those that carried its slots further.
        memories: What is remembered in the conversation that each of them kept.

    Returns:
        Slots to set back in each of the conversations.
    """
    found: list[dict[str, Any]] = []
    wanted = merges[0].body.carried
    for merge, memory in zip(merges, memories, strict=True):
        carried = merge.body.carried
        wanted = {name: v for name, v in wanted.items() if carried.get(name) == v}
        slots = {} if memory is None else memory.slots
        replaced = merge.body.replaced
        found.append(
            {
                name: replaced.get(name)
                for name, value in wanted.items()
                if name in slots and slots[name] == value
            }
        )
    return found


def note(name: str, at: float, **data: Any) -> Line:
    """Return a note for the log."""
    return Line(kind=NOTE, timestamp=at, body=_encode({"note": name, **data}).decode())


def slot_line(name: str, value: Any, at: float) -> Line:
    """Return the entry of a slot that is set."""
    raw = encode_event(SlotSet(key=name, value=value, timestamp=at), for_log=True)
    return Line(kind=raw["event"], timestamp=at, body=_encode(raw).decode())


def merge_steps(
    kept: Party,
    absorbed: Party,
    *,
    reason: str,
    carried: Mapping[str, Any],
    replaced: Mapping[str, Any],
    now: float,
) -> tuple[Step, ...]:
    """Return what makes the two one; both are stored already, or are by earlier steps."""
    winner, loser = kept.customer, absorbed.customer
    to, from_ = winner.conversation_id, loser.conversation_id
    body = MergeBody(
        kept_conversation=to,
        merged_conversation=from_,
        identities=tuple((known.kind, known.value) for known in absorbed.identities),
        aliases=(from_, *absorbed.aliases),
        carried=dict(carried),
        replaced=dict(replaced),
        reminders=() if absorbed.footing is None else absorbed.footing.reminders,
    )
    lines = (
        note("merged", now, reason=reason, absorbed=from_),
        *(slot_line(name, value, now) for name, value in carried.items()),
    )
    steps: list[Step] = []
    if kept.footing is not None:
        steps.append(Append(to, kept.footing.version, kept.footing.owner, lines, now))
    if absorbed.footing is not None:
        merged = (note("merged", now, reason=reason, into=to),)
        footing = absorbed.footing
        steps += [
            Append(from_, footing.version, footing.owner, merged, now),
            HandOver(from_, to, footing.reminders, now),
        ]
    else:
        steps.append(Occupy(from_, now))
    steps += [
        *(SetAlias(alias, from_, to) for alias in absorbed.aliases),
        SetAlias(from_, None, to),
        *(
            ClaimIdentity(replace(known, customer_id=winner.customer_id), loser.customer_id)
            for known in absorbed.identities
        ),
        ChangeCustomer(winner),
        ChangeCustomer(replace(loser, merged_into=winner.customer_id)),
        AddMerge(
            Merge(
                kept=winner.customer_id,
                merged=loser.customer_id,
                reason=reason,
                body=body,
                merged_at=now,
            )
        ),
    ]
    return tuple(steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A customer who was absorbed in turn, and by which merge."""

    party: Party
    merge: Merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """What undoing a merge meets, read at one moment."""

    merge: Merge
    passed: tuple[Passed, ...] = ()
    """Those who absorbed the customer and were absorbed since, each by the next."""
    kept: Party
    """Who has by now what was the absorbed customer's."""
    absorbed: Party
    """With what it has now: nothing but its profile and its log."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Where the addresses of the merge lead now; without those that have no alias."""

    @property
    def merges(self) -> tuple[Merge, ...]:
        """The merge, and those that took further what it brought."""
        return (self.merge, *(passed.merge for passed in self.passed))

    @property
    def keepers(self) -> tuple[Party, ...]:
        """Who was kept by each of :attr:`merges`."""
        return (*(passed.party for passed in self.passed), self.kept)


def undo_steps(
    parting: Parting,
    back: Sequence[Mapping[str, Any]],
    *,
    now: float,
    new_id: Callable[[], str],
) -> tuple[Step, ...]:
    """Return what parts the two again; ``back`` are the slots to set back in each keeper's log.

    What changed hands since stays where it is now.
    """
    merge, kept, absorbed = parting.merge, parting.kept, parting.absorbed
    to, from_ = kept.customer.conversation_id, absorbed.customer.conversation_id
    steps: list[Step] = []
    home, lost = from_, parting.aliases.get(from_) not in {None, to}
    if lost:  # its name is the address of somebody else by now
        home = new_id()
        steps.append(Rename(from_, home))
        steps.append(ClaimIdentity(_name(home, absorbed.customer, now)))
    steps += _aliases_back(parting, from_, home, to)
    held = {(known.kind, known.value): known for known in kept.identities}
    theirs = [held[key] for key in merge.body.identities if key in held]
    former = absorbed.customer.customer_id
    steps += [
        ClaimIdentity(replace(known, customer_id=former), known.customer_id) for known in theirs
    ]
    steps += [
        *(ChangeCustomer(party.customer) for party in parting.keepers),
        ChangeCustomer(replace(absorbed.customer, conversation_id=home, merged_into=None)),
        EndMerge(merge.merge_id, now),
        GiveBack(merge.body.reminders, to, home),
    ]
    for party, slots in zip(parting.keepers, back, strict=True):
        steps += _unmerged(party, party.customer.conversation_id, slots, now)
    steps += _unmerged(absorbed, home, {}, now)
    return tuple(steps)


def _unmerged(
    party: Party, conversation_id: str, slots: Mapping[str, Any], now: float
) -> tuple[Step, ...]:
    if party.footing is None:
        return ()
    lines = (
        note("unmerged", now),
        *(slot_line(name, value, now) for name, value in slots.items()),
    )
    footing = party.footing
    return (Append(conversation_id, footing.version, footing.owner, lines, now),)


def _aliases_back(parting: Parting, former: str, home: str, to: str) -> list[Step]:
    """Lead the addresses that the merge led away back, those that nobody led elsewhere since."""
    steps: list[Step] = []
    for address in parting.merge.body.aliases:
        if parting.aliases.get(address) == to:
            is_own_name = address == former
            steps.append(SetAlias(address, to, None if is_own_name else home))
    return steps


def _name(value: str, customer: Customer, now: float) -> Identity:
    return Identity(
        kind=ADDRESS,
        value=value,
        customer_id=customer.customer_id,
        is_verified=True,
        added_at=now,
    )
