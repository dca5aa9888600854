"""What happens to customers, step by step, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

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
from kefu.customers.merging import ERASED, NOTE
from kefu.customers.records import Customer, MergeBody
from kefu.customers.tags import tag_key
from kefu.desk.changes import Tell
from kefu.errors import Conflict
from kefu.gateway.records import Commit, Head, NewEntry
from kefu.storage.sql.desk_following import erasing, handing_over, renaming
from kefu.storage.sql.desk_steps import telling
from kefu.storage.sql.log import committing, head_of
from kefu.storage.sql.work import Work

__all__ = ["taking"]

_merge_body = msgspec.json.Decoder(MergeBody).decode
_encode = msgspec.json.Encoder().encode


def taking(steps: Sequence[Step], feeds: Sequence[str]) -> Work[int]:
    """Take steps in order; return the id of the merge that is among them, or 0.

    What the desk is told comes last: all others who tell it something wait for that.
    """
    merge_id, told = 0, list[Tell]()
    at = max((getattr(step, "at", 0.0) for step in steps), default=0.0)
    for step in steps:
        match step:
            case Append():
                yield from _append(step, feeds)
            case HandOver():
                told += yield from _hand_over(step)
            case Rename():
                told += yield from _rename(step, at)
            case Erase():
                told += yield from erasing(step.conversation_id, step.at)
                yield from _erase(step)
            case _:
                made = yield from _WORK[type(step)](step)
                merge_id = merge_id or made
    changed = dict.fromkeys(name for step in steps for name in _changed(step))
    if changed:
        yield "touch_customer", [{"customer_id": name} for name in changed]
    yield from telling(told)
    return merge_id


def _changed(step: Step) -> Iterator[str]:
    """Yield the customers who are to be found by something else from now on."""
    match step:
        case AddCustomer(customer=customer) | ChangeCustomer(customer=customer):
            yield customer.customer_id
        case ClaimIdentity(identity=identity, held_by=held_by):
            yield identity.customer_id
            if held_by is not None:
                yield held_by
        case DropIdentity(identity=identity):
            yield identity.customer_id
        case _:
            pass


def _expect(rows: Sequence[Any], what: str) -> None:
    if not rows:
        raise Conflict(f"{what} changed meanwhile")


def _add_customer(step: AddCustomer) -> Work[int]:
    customer = step.customer
    values = {
        "customer_id": customer.customer_id,
        "conversation_id": customer.conversation_id,
        "profile": _encode(customer.profile).decode(),
        "version": customer.version,
        "merged_into": customer.merged_into,
        "created_at": customer.created_at,
    }
    _expect((yield "add_customer", values), f"conversation {customer.conversation_id!r}")
    yield from _add_tags(customer)
    return 0


def _change_customer(step: ChangeCustomer) -> Work[int]:
    customer = step.customer
    values = {
        "customer_id": customer.customer_id,
        "version": customer.version,
        "conversation_id": customer.conversation_id,
        "profile": _encode(customer.profile).decode(),
        "merged_into": customer.merged_into,
    }
    _expect((yield "change_customer", values), f"customer {customer.customer_id!r}")
    whose = {"customer_id": customer.customer_id}
    yield "drop_tags", whose
    yield from _add_tags(customer)
    yield "root_tags", whose
    return 0


def _add_tags(customer: Customer) -> Work[None]:
    if customer.profile.tags:
        yield (
            "add_tag",
            [
                {"customer_id": customer.customer_id, "key": tag_key(tag), "tag": tag}
                for tag in customer.profile.tags
            ],
        )


def _claim_identity(step: ClaimIdentity) -> Work[int]:
    identity = step.identity
    values: dict[str, Any] = {
        "kind": identity.kind,
        "value": identity.value,
        "customer_id": identity.customer_id,
        "is_verified": int(identity.is_verified),
    }
    if step.held_by is None:
        rows = yield "add_identity", {**values, "added_at": identity.added_at}
    else:
        rows = yield "move_identity", {**values, "held_by": step.held_by}
    _expect(rows, f"an identity of kind {identity.kind!r}")
    return 0


def _drop_identity(step: DropIdentity) -> Work[int]:
    identity = step.identity
    values = {
        "kind": identity.kind,
        "value": identity.value,
        "customer_id": identity.customer_id,
    }
    yield "drop_identity", values
    return 0


def _set_alias(step: SetAlias) -> Work[int]:
    values = {"address": step.address, "conversation_id": step.conversation_id}
    expected = {"address": step.address, "expected": step.expected}
    if step.conversation_id is None:
        rows = yield "lead_nowhere", expected
    elif step.expected is None:
        rows = yield "lead_address", values
    else:
        rows = yield "lead_elsewhere", {**values, **expected}
    _expect(rows, f"address {step.address!r}")
    return 0


def _append(step: Append, feeds: Sequence[str]) -> Work[None]:
    commit = Commit(
        conversation_id=step.conversation_id,
        expected_version=step.version,
        owner=step.owner,  # type: ignore[arg-type]
        timestamp=step.at,
        entries=tuple(
            NewEntry(kind=line.kind, timestamp=line.timestamp, body=line.body)
            for line in step.lines
        ),
    )
    yield from committing(commit, feeds)


def _hand_over(step: HandOver) -> Work[list[Tell]]:
    rows = yield "lock_exactly", {"conversation_id": step.from_conversation}
    target = yield "lock_exactly", {"conversation_id": step.to_conversation}
    if not rows or not target:
        return []
    former, _, last_message_seq, answered_seq, channel, address = rows[0]
    conversation, last_seq = target[0][:2]
    span = {"conversation": former, "first": answered_seq + 1, "last": last_message_seq}
    messages = yield "messages_between", span
    for seq, message in enumerate(messages, start=last_seq + 1):
        former_seq, kind, timestamp, body = message
        entry = {
            "conversation": conversation,
            "seq": seq,
            "kind": kind,
            "timestamp": timestamp,
            "body": body,
        }
        yield "add_entry", entry
        yield (
            "move_arrival",
            {
                "former": former,
                "former_seq": former_seq,
                "conversation": conversation,
                "seq": seq,
            },
        )
    if messages:
        taken = {
            "conversation": conversation,
            "channel": channel,
            "address": address,
            "last_seq": last_seq + len(messages),
            "at": step.at,
        }
        yield "taken_over", taken
    yield "handed_over", {"conversation": former}
    yield from _move_reminders(step.reminders, former, conversation)
    return (
        yield from handing_over(step.from_conversation, step.to_conversation, last_seq, step.at)
    )


def _give_back(step: GiveBack) -> Work[int]:
    rows = yield "footing", {"conversation_id": step.from_conversation}
    target = yield "footing", {"conversation_id": step.to_conversation}
    if rows and target:
        yield from _move_reminders(step.reminders, rows[0][0], target[0][0])
    yield "own_name", {"conversation_id": step.to_conversation}
    return 0


def _occupy(step: Occupy) -> Work[int]:
    values = {"conversation_id": step.conversation_id, "at": step.at}
    _expect((yield "occupy", values), f"conversation {step.conversation_id!r}")
    return 0


def _move_reminders(reminders: Sequence[int], former: int, conversation: int) -> Work[None]:
    if reminders:
        yield (
            "move_reminder",
            [
                {"id": reminder, "former": former, "conversation": conversation}
                for reminder in reminders
            ],
        )


def _rename(step: Rename, at: float) -> Work[list[Tell]]:
    values = {"conversation_id": step.conversation_id, "new_id": step.new_id}
    for name in ("conversation", "visits", "attachments"):
        yield f"rename_{name}", values
    return (yield from renaming(step.conversation_id, step.new_id, at))


def _add_merge(step: AddMerge) -> Work[int]:
    merge = step.merge
    values = {
        "kept": merge.kept,
        "merged": merge.merged,
        "reason": merge.reason,
        "body": _encode(merge.body).decode(),
        "merged_at": merge.merged_at,
    }
    rows = yield "add_merge", values
    number: int = rows[0][0]
    return number


def _end_merge(step: EndMerge) -> Work[int]:
    _expect((yield "end_merge", {"id": step.merge_id, "at": step.at}), f"merge {step.merge_id}")
    return 0


def _erase(step: Erase) -> Work[None]:
    for merge_id, body in (yield "merges_with", {"customer_id": step.customer_id}):
        kept = msgspec.structs.replace(_merge_body(body), carried={}, replaced={})
        yield "change_merge", {"id": merge_id, "body": _encode(kept).decode()}
    rows = yield "lock_conversation", {"conversation_id": step.conversation_id}
    head = head_of(rows[0][1:]) if rows else Head()
    if not head.last_seq:  # nothing was ever said
        return
    conversation = rows[0][0]
    where = {"conversation": conversation, "conversation_id": step.conversation_id}
    for name in (
        "erase_entries",
        "erase_snapshot",
        "erase_deliveries",
        "erase_reminders",
    ):
        yield name, where
    yield "lock_search", {}  # whoever is taking in what was said finishes first
    yield "unindex_messages", where
    seq = head.last_seq + 1
    values = {
        "conversation": conversation,
        "version": head.version + 1,
        "owner": head.owner,
        "last_seq": seq,
        "answered_seq": head.last_message_seq,
        "now": step.at,
    }
    yield "note_commit", values
    entry = {
        "conversation": conversation,
        "seq": seq,
        "kind": NOTE,
        "timestamp": step.at,
        "body": ERASED,
    }
    yield "add_entry", entry


_WORK: dict[type[Step], Callable[[Any], Work[int]]] = {
    AddCustomer: _add_customer,
    ChangeCustomer: _change_customer,
    ClaimIdentity: _claim_identity,
    DropIdentity: _drop_identity,
    SetAlias: _set_alias,
    GiveBack: _give_back,
    Occupy: _occupy,
    AddMerge: _add_merge,
    EndMerge: _end_merge,
}
