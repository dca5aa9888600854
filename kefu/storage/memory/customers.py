"""Customers, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from kefu.customers.changes import (
    AddCustomer,
    AddMerge,
    Append,
    ChangeCustomer,
    ClaimIdentity,
    DropIdentity,
    EndMerge,
    Erase,
    GiveBack,
    HandOver,
    Occupy,
    Rename,
    SetAlias,
    Step,
)
from kefu.customers.merging import ERASED, KEPT_NOTES, NOTE, Parting, Passed
from kefu.customers.records import (
    ADDRESS,
    Customer,
    Footing,
    Identity,
    IdentityKind,
    Merge,
    Party,
    Situation,
    TagCount,
)
from kefu.customers.tags import tag_key, united
from kefu.customers.timeline import SHOWN_KINDS, TimelineEntry
from kefu.desk.changes import Tell
from kefu.errors import Conflict
from kefu.gateway.records import MESSAGE, Commit, NewEntry
from kefu.storage.memory.desk_following import erase, hand_over, rename
from kefu.storage.memory.desk_records import DeskShelf
from kefu.storage.memory.log import MemoryConversationLog
from kefu.storage.memory.records import Shelf
from kefu.storage.memory.visits import MemoryVisits

__all__ = ["MemoryCustomers"]


@dataclass(slots=True)
class _Register:
    """Who is who, and where addresses lead."""

    customers: dict[str, Customer] = field(default_factory=dict)
    identities: dict[tuple[str, str], Identity] = field(default_factory=dict)
    merges: dict[int, Merge] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def copied(self) -> _Register:
        return _Register(
            dict(self.customers), dict(self.identities), dict(self.merges), dict(self.aliases)
        )


class MemoryCustomers:
    """Keeps customers; see :mod:`kefu.customers.ports`."""

    def __init__(self, shelf: Shelf, visits: MemoryVisits, desk: DeskShelf) -> None:
        self._shelf = shelf
        self._desk = desk
        self._log = MemoryConversationLog(shelf)
        self._visits = visits
        self._register = _Register(aliases=shelf.aliases)
        self._secrets: dict[str, str] = {}

    # -- reading ---------------------------------------------------------------------------

    async def look(
        self, address: str, *, kind: IdentityKind | None = None, value: str = ""
    ) -> Situation:
        """Return what a claim meets."""
        conversation_id = self._shelf.aliases.get(address, address)
        customer = self._customer_at(conversation_id)
        identity = self._register.identities.get((kind, value)) if kind is not None else None
        holder = self._register.customers.get(identity.customer_id) if identity else None
        return Situation(
            address=address,
            conversation_id=conversation_id,
            here=self._party(customer) if customer else None,
            footing=self._footing(conversation_id),
            identity=identity,
            there=self._party(holder) if holder else None,
            were_parted=bool(customer and holder and self._were_parted(customer, holder)),
        )

    async def parting(self, merge_id: int) -> Parting | None:
        """Return what undoing a merge meets."""
        merge = self._register.merges.get(merge_id)
        if merge is None:
            return None
        customers = self._register.customers
        kept, absorbed = customers[merge.kept], customers[merge.merged]
        passed: list[Passed] = []
        while kept.merged_into is not None:
            passed.append(Passed(party=self._party(kept), merge=self._open_merge(kept)))
            kept = customers[kept.merged_into]
        names = {*merge.body.aliases, absorbed.conversation_id}
        return Parting(
            merge=merge,
            passed=tuple(passed),
            kept=self._party(kept),
            absorbed=self._party(absorbed),
            aliases={name: to for name, to in self._shelf.aliases.items() if name in names},
        )

    async def secret(self, name: str, proposal: str) -> str:
        """Return a secret."""
        return self._secrets.setdefault(name, proposal)

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer."""
        return self._register.customers.get(customer_id)

    async def at(self, conversation_id: str) -> Customer | None:
        """Return whose conversation that is."""
        return self._customer_at(self._shelf.aliases.get(conversation_id, conversation_id))

    async def holder(self, kind: IdentityKind, value: str) -> Customer | None:
        """Return who has an identity."""
        identity = self._register.identities.get((kind, value))
        return None if identity is None else self._register.customers.get(identity.customer_id)

    async def identities(self, customer_id: str) -> Sequence[Identity]:
        """Return what a customer is known by."""
        return self._identities(customer_id)

    async def family(self, customer_id: str) -> Sequence[Customer]:
        """Return a customer and all who were merged into them."""
        return self._family(customer_id)

    def family_at(self, conversation_id: str) -> Sequence[Customer]:
        """Return the customer of a conversation and all who were merged into them."""
        customer = self._customer_at(conversation_id)
        return () if customer is None else self._family(customer.customer_id)

    def _family(self, customer_id: str) -> list[Customer]:
        found = [self._register.customers[customer_id]]
        for member in found:  # grows meanwhile: those who were merged into the absorbed follow
            found += [
                customer
                for customer in self._register.customers.values()
                if customer.merged_into == member.customer_id
            ]
        return found

    def everybody(self) -> list[Customer]:
        """Return all customers, absorbed ones included, in the order they came."""
        return list(self._register.customers.values())

    def tags_at(self, conversation_id: str) -> tuple[str, ...]:
        """Return the tags of a conversation's customer."""
        return united(member.profile for member in self.family_at(conversation_id))

    async def tags_in_use(self, key: str, *, limit: int) -> Sequence[TagCount]:
        """Return tags that customers have."""
        spellings: dict[str, list[str]] = defaultdict(list)
        customers: dict[str, int] = defaultdict(int)
        for customer in self._register.customers.values():
            if customer.merged_into is None:
                family = self._family(customer.customer_id)
                for tag in (tag for member in family for tag in member.profile.tags):
                    spellings[tag_key(tag)].append(tag)
                for tag in united(member.profile for member in family):
                    customers[tag_key(tag)] += 1
        found = sorted((-count, one) for one, count in customers.items() if key in one)
        return [TagCount(min(spellings[one]), -count) for count, one in found[:limit]]

    async def merges(self, customer_id: str) -> Sequence[Merge]:
        """Return the merges into a customer."""
        found = [merge for merge in self._register.merges.values() if merge.kept == customer_id]
        return found[::-1]

    async def history(
        self, conversation_id: str, *, before: float, limit: int
    ) -> Sequence[TimelineEntry]:
        """Return the newest entries of one log."""
        kept = self._shelf.conversations.get(conversation_id)
        entries = kept.entries[::-1] if kept else []
        found = [
            TimelineEntry(entry.timestamp, conversation_id, entry.seq, entry.kind, entry.body)
            for entry in entries
            if entry.kind in SHOWN_KINDS and entry.timestamp < before
        ]
        return found[:limit]

    def _were_parted(self, first: Customer, second: Customer) -> bool:
        here, there = (
            {member.customer_id for member in self._family(one.customer_id)}
            for one in (first, second)
        )
        return any(
            merge.undone_at is not None
            and (
                (merge.kept in here and merge.merged in there)
                or (merge.kept in there and merge.merged in here)
            )
            for merge in self._register.merges.values()
        )

    def _open_merge(self, absorbed: Customer) -> Merge:
        return next(
            merge
            for merge in reversed(self._register.merges.values())
            if merge.merged == absorbed.customer_id and merge.undone_at is None
        )

    def _customer_at(self, conversation_id: str) -> Customer | None:
        for customer in self._register.customers.values():
            if customer.conversation_id == conversation_id and customer.merged_into is None:
                return customer
        return None

    def _identities(self, customer_id: str) -> tuple[Identity, ...]:
        found = self._register.identities.values()
        return tuple(known for known in found if known.customer_id == customer_id)

    def _party(self, customer: Customer) -> Party:
        identities = self._identities(customer.customer_id)
        names = {known.value for known in identities if known.kind == ADDRESS}
        return Party(
            customer=customer,
            identities=identities,
            aliases=tuple(
                name
                for name, to in self._shelf.aliases.items()
                if name in names and to == customer.conversation_id
            ),
            footing=self._footing(customer.conversation_id),
        )

    def _footing(self, conversation_id: str) -> Footing | None:
        kept = self._shelf.conversations.get(conversation_id)
        if kept is None:
            return None
        return Footing(
            version=kept.head.version,
            owner=kept.head.owner,
            last_seq=kept.head.last_seq,
            created_at=kept.entries[0].timestamp if kept.entries else kept.changed_at,
            reminders=tuple(
                reminder.id
                for reminder in self._shelf.reminders.values()
                if reminder.conversation_id == conversation_id
            ),
        )

    # -- changing --------------------------------------------------------------------------

    async def apply(self, steps: Sequence[Step]) -> int:
        """Take all steps, or none: nothing else happens meanwhile, as nothing here waits."""
        names = {step.new_id: step.conversation_id for step in steps if isinstance(step, Rename)}
        for step in steps:
            if isinstance(step, Append):
                name = names.get(step.conversation_id, step.conversation_id)
                kept = self._shelf.conversations.get(name)
                found = kept.head.version if kept else 0
                _expect(found == step.version, f"conversation {step.conversation_id!r}")
            if isinstance(step, Occupy):
                is_free = step.conversation_id in names.values() or not self._footing(
                    step.conversation_id
                )
                _expect(is_free, f"conversation {step.conversation_id!r}")
        draft = self._register.copied()
        merge_id = 0
        for step in steps:
            merge_id = _registered(draft, step) or merge_id
        self._register.customers = draft.customers
        self._register.identities = draft.identities
        self._register.merges = draft.merges
        self._shelf.aliases.clear()
        self._shelf.aliases.update(draft.aliases)
        at = max((getattr(step, "at", 0.0) for step in steps), default=0.0)
        told: list[Tell] = []
        for step in steps:
            told += await self._log_step(step, at)
        for tell in told:
            self._desk.tell(tell)
        return merge_id

    async def _log_step(self, step: Step, at: float) -> list[Tell]:
        """Take the part of a step that is about logs and sessions; return what is to be told."""
        match step:
            case Append():
                await self._append(step)
            case HandOver():
                return await self._hand_over(step)
            case GiveBack():
                former, to = step.from_conversation, step.to_conversation
                self._move_reminders(step.reminders, former, to)
            case Rename():
                self._rename(step)
                return rename(self._desk, step.conversation_id, step.new_id, at)
            case Erase():
                self._erase(step)
                return erase(self._desk, step.conversation_id, step.at)
            case _:
                pass
        return []

    async def _append(self, step: Append) -> None:
        await self._log.commit(
            Commit(
                conversation_id=step.conversation_id,
                expected_version=step.version,
                owner=step.owner,  # type: ignore[arg-type]
                timestamp=step.at,
                entries=tuple(
                    NewEntry(kind=line.kind, timestamp=line.timestamp, body=line.body)
                    for line in step.lines
                ),
            )
        )

    async def _hand_over(self, step: HandOver) -> list[Tell]:
        former = self._shelf.conversations.get(step.from_conversation)
        target = self._shelf.conversations.get(step.to_conversation)
        if former is None or target is None:
            return []
        read_seq = target.head.last_seq
        for entry in former.entries[former.head.answered_seq :]:
            if entry.kind == MESSAGE:
                new = NewEntry(kind=MESSAGE, timestamp=entry.timestamp, body=entry.body)
                seq = self._shelf.append(step.to_conversation, new)
                target.head = replace(
                    target.head,
                    last_message_seq=seq,
                    channel=former.head.channel,
                    address=former.head.address,
                )
                target.changed_at = step.at
                self._move_arrival((step.from_conversation, entry.seq), (step.to_conversation, seq))
        former.head = replace(former.head, answered_seq=former.head.last_message_seq, owner="bot")
        self._move_reminders(step.reminders, step.from_conversation, step.to_conversation)
        return hand_over(
            self._desk, step.from_conversation, step.to_conversation, read_seq, step.at
        )

    def _move_arrival(self, former: tuple[str, int], now: tuple[str, int]) -> None:
        for key, place in self._shelf.arrivals.items():
            if place == former:
                self._shelf.arrivals[key] = now

    def _move_reminders(self, reminders: Sequence[int], former: str, now: str) -> None:
        for number in reminders:
            kept = self._shelf.reminders.get(number)
            if kept is not None and kept.conversation_id == former:
                kept.conversation_id = now

    def _erase(self, step: Erase) -> None:
        for number, merge in self._register.merges.items():
            if step.customer_id in {merge.kept, merge.merged}:
                bare = msgspec.structs.replace(merge.body, carried={}, replaced={})
                self._register.merges[number] = replace(merge, body=bare)
        shelf, conversation_id = self._shelf, step.conversation_id
        kept = shelf.conversations.get(conversation_id)
        if kept is None:
            return
        starts = tuple(f'{{"note":"{name}"' for name in KEPT_NOTES)
        kept.entries[:] = [
            entry
            if entry.kind == NOTE and entry.body.startswith(starts)
            else replace(entry, kind=NOTE, body=ERASED)
            for entry in kept.entries
        ]
        kept.snapshot = None
        shelf.drop_deliveries_and_reminders(conversation_id)
        shelf.append(conversation_id, NewEntry(kind=NOTE, timestamp=step.at, body=ERASED))
        kept.head = replace(
            kept.head, version=kept.head.version + 1, answered_seq=kept.head.last_message_seq
        )
        kept.changed_at = step.at

    def _rename(self, step: Rename) -> None:
        old, new = step.conversation_id, step.new_id
        shelf = self._shelf
        kept = shelf.conversations.pop(old, None)
        if kept is not None:
            shelf.conversations[new] = kept
        for key, (conversation_id, seq) in shelf.arrivals.items():
            if conversation_id == old:
                shelf.arrivals[key] = (new, seq)
        for number, delivery in shelf.deliveries.items():
            if delivery.conversation_id == old:
                shelf.deliveries[number] = replace(delivery, conversation_id=new)
        for reminder in shelf.reminders.values():
            if reminder.conversation_id == old:
                reminder.conversation_id = new
        shelf.order[:] = [new if name == old else name for name in shelf.order]
        self._visits.rename(old, new)


def _expect(holds: object, what: str) -> None:
    if not holds:
        raise Conflict(f"{what} changed meanwhile")


def _registered(draft: _Register, step: Step) -> int:
    """Take the part of a step that is about who is who; return the id of a merge, or 0."""
    match step:
        case AddCustomer(customer=customer):
            known = draft.customers.values()
            is_taken = any(it.conversation_id == customer.conversation_id for it in known)
            _expect(not is_taken, f"conversation {customer.conversation_id!r}")
            draft.customers[customer.customer_id] = customer
        case ChangeCustomer(customer=customer):
            stored = draft.customers.get(customer.customer_id)
            is_expected = stored is not None and stored.version == customer.version
            _expect(is_expected, f"customer {customer.customer_id!r}")
            changed = replace(customer, version=customer.version + 1)
            draft.customers[customer.customer_id] = changed
        case ClaimIdentity() | DropIdentity():
            _identity_registered(draft, step)
        case SetAlias():
            _expect(draft.aliases.get(step.address) == step.expected, f"address {step.address!r}")
            if step.conversation_id is None:
                del draft.aliases[step.address]
            else:
                draft.aliases[step.address] = step.conversation_id
        case AddMerge(merge=merge):
            merge_id = len(draft.merges) + 1
            draft.merges[merge_id] = replace(merge, merge_id=merge_id)
            return merge_id
        case EndMerge(merge_id=merge_id, at=at):
            merge = draft.merges[merge_id]
            _expect(merge.undone_at is None, f"merge {merge_id}")
            draft.merges[merge_id] = replace(merge, undone_at=at)
        case _:
            pass
    return 0


def _identity_registered(draft: _Register, step: ClaimIdentity | DropIdentity) -> None:
    identity = step.identity
    key = (identity.kind, identity.value)
    stored = draft.identities.get(key)
    if isinstance(step, DropIdentity):
        if stored is not None and stored.customer_id == identity.customer_id:
            del draft.identities[key]
        return
    holder = None if stored is None else stored.customer_id
    _expect(holder == step.held_by, f"an identity of kind {identity.kind!r}")
    if stored is not None:
        identity = replace(identity, added_at=stored.added_at)
    draft.identities[key] = identity
