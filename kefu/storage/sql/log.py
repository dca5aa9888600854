"""The logs, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from kefu.errors import Conflict
from kefu.gateway.records import (
    MESSAGE,
    Arrival,
    CancelReminders,
    Commit,
    Committed,
    Head,
    LogEntry,
    NewDelivery,
    NewReminder,
    Received,
    Snapshot,
    StoredConversation,
)
from kefu.storage.sql.work import Again, Database, Work

__all__ = ["SqlConversationLog", "head_of"]

_encode = msgspec.json.Encoder().encode
_decode_ranges = msgspec.json.Decoder(tuple[tuple[int, int], ...]).decode


def head_of(columns: Sequence[Any]) -> Head:
    """Return the head that the columns of a row hold, in the order of ``statements._HEAD``."""
    version, owner, channel, last_seq, last_message_seq, answered_seq = columns
    return Head(
        version=version,
        owner=owner,
        channel=channel,
        last_seq=last_seq,
        last_message_seq=last_message_seq,
        answered_seq=answered_seq,
    )


class SqlConversationLog:
    """The logs of all conversations; see :class:`kefu.gateway.ports.ConversationLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, arrival: Arrival) -> Received:
        """Append a customer's message, or recognise it as a repeat."""
        return await self._database.write(lambda: _receive(arrival))

    async def commit(self, commit: Commit) -> Committed:
        """Do everything ``commit`` says, or raise Conflict."""
        return await self._database.write(lambda: _commit(commit))

    async def load(self, conversation_id: str) -> StoredConversation | None:
        """Return what a turn needs."""
        return await self._database.read(lambda: _load(conversation_id))

    async def history(
        self, conversation_id: str, *, after: int = 0, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return a page of the log."""
        return await self._database.read(lambda: _page(conversation_id, after, limit))


def _receive(arrival: Arrival) -> Work[Received]:
    if arrival.message_id is not None:
        key = {"channel": arrival.channel, "message_id": arrival.message_id}
        found = yield "find_arrival", key
        if found:
            return _repeat(found[0])
    rows = yield "lock_conversation", {"conversation_id": arrival.conversation_id}
    before = head_of(rows[0][1:]) if rows else Head()
    seq = before.last_seq + 1
    after = replace(before, channel=arrival.channel, last_seq=seq, last_message_seq=seq)
    if rows:
        conversation = rows[0][0]
        values = {
            "conversation": conversation,
            "channel": arrival.channel,
            "last_seq": seq,
            "now": arrival.timestamp,
        }
        yield "note_message", values
    else:
        conversation = yield from _add_conversation(
            arrival.conversation_id, after, arrival.timestamp
        )
    if arrival.message_id is not None:
        yield from _add_arrival(arrival, conversation, seq)
    yield from _add_message(arrival, conversation, seq)
    return Received(
        conversation_id=arrival.conversation_id,
        seq=seq,
        is_repeat=False,
        previous_message_seq=before.last_message_seq,
        head=after,
    )


def _repeat(row: Sequence[Any]) -> Received:
    conversation_id, seq, *columns = row
    return Received(
        conversation_id=conversation_id,
        seq=seq,
        is_repeat=True,
        previous_message_seq=0,
        head=head_of(columns),
    )


def _add_message(arrival: Arrival, conversation: int, seq: int) -> Work[None]:
    entry = {
        "conversation": conversation,
        "seq": seq,
        "kind": MESSAGE,
        "timestamp": arrival.timestamp,
        "body": arrival.body,
    }
    yield "add_entry", entry


def _add_conversation(conversation_id: str, head: Head, now: float) -> Work[int]:
    rows = yield (
        "add_conversation",
        {
            "conversation_id": conversation_id,
            "version": head.version,
            "owner": head.owner,
            "channel": head.channel,
            "last_seq": head.last_seq,
            "last_message_seq": head.last_message_seq,
            "now": now,
        },
    )
    if not rows:
        raise Again  # somebody created it since it was looked for
    number: int = rows[0][0]
    return number


def _add_arrival(arrival: Arrival, conversation: int, seq: int) -> Work[None]:
    rows = yield (
        "add_arrival",
        {
            "channel": arrival.channel,
            "message_id": arrival.message_id,
            "conversation": conversation,
            "seq": seq,
        },
    )
    if not rows:
        raise Again  # a repeat came first; this one is the repeat


def _commit(commit: Commit) -> Work[Committed]:
    rows = yield "lock_conversation", {"conversation_id": commit.conversation_id}
    before = head_of(rows[0][1:]) if rows else Head()
    if before.version != commit.expected_version:
        raise Conflict(
            f"conversation {commit.conversation_id!r} is at version {before.version}, "
            f"not {commit.expected_version}"
        )
    version = before.version + 1
    first_seq = before.last_seq + 1
    last_seq = before.last_seq + len(commit.entries)
    if rows:
        conversation = rows[0][0]
        values = {
            "conversation": conversation,
            "version": version,
            "owner": commit.owner,
            "last_seq": last_seq,
            "answered_seq": max(before.answered_seq, commit.answers),
            "now": commit.timestamp,
        }
        yield "note_commit", values
    else:
        conversation = yield from _add_conversation(
            commit.conversation_id,
            Head(version=version, owner=commit.owner, last_seq=last_seq),
            commit.timestamp,
        )
    yield from _add_entries(commit, conversation, first_seq)
    yield from _change_reminders(commit, conversation)
    if commit.snapshot is not None:
        yield from _put_snapshot(commit.snapshot, conversation)
    pending = (
        (yield "pending_deliveries", {"conversation": conversation}) if commit.has_pending else ()
    )
    delivery_ids: list[int] = []
    for delivery in commit.deliveries:
        added = yield "add_delivery", _delivery_values(delivery, commit, conversation)
        delivery_ids.append(added[0][0])
    return Committed(
        version=version,
        first_seq=first_seq,
        delivery_ids=tuple(delivery_ids),
        pending_before=tuple(row[0] for row in pending),
    )


def _add_entries(commit: Commit, conversation: int, first_seq: int) -> Work[None]:
    if commit.entries:
        yield (
            "add_entry",
            [
                {
                    "conversation": conversation,
                    "seq": seq,
                    "kind": entry.kind,
                    "timestamp": entry.timestamp,
                    "body": entry.body,
                }
                for seq, entry in enumerate(commit.entries, start=first_seq)
            ],
        )


def _delivery_values(delivery: NewDelivery, commit: Commit, conversation: int) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "cause_seq": commit.answers,
        "channel": delivery.channel,
        "body": delivery.body,
        "state": delivery.state,
        "now": commit.timestamp,
        "retry_at": delivery.retry_at,
        "settled_at": None if delivery.state == "pending" else commit.timestamp,
    }


def _change_reminders(commit: Commit, conversation: int) -> Work[None]:
    if commit.finished_reminder is not None:
        yield "drop_reminder", {"id": commit.finished_reminder}
    for change in commit.reminders:
        if isinstance(change, CancelReminders):
            yield "cancel_reminders", _filter(change, conversation)
            continue
        if change.name:
            yield "cancel_reminders", _filter(CancelReminders(name=change.name), conversation)
        yield "add_reminder", _reminder_values(change, conversation)


def _filter(change: CancelReminders, conversation: int) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "any_name": int(change.name is None),
        "name": change.name,
        "any_intent": int(change.intent is None),
        "intent": change.intent,
        "any_entities": int(change.entities is None),
        "entities": change.entities,
    }


def _reminder_values(reminder: NewReminder, conversation: int) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "name": reminder.name,
        "intent": reminder.intent,
        "entities": reminder.entities,
        "due_at": reminder.due_at,
        "body": reminder.body,
    }


def _put_snapshot(snapshot: Snapshot, conversation: int) -> Work[None]:
    yield (
        "put_snapshot",
        {
            "conversation": conversation,
            "seq": snapshot.seq,
            "needs": _encode(snapshot.needs).decode(),
            "body": snapshot.body,
        },
    )


def _load(conversation_id: str) -> Work[StoredConversation | None]:
    rows = yield "find_conversation", {"conversation_id": conversation_id}
    if not rows:
        return None
    conversation, *columns, snapshot_seq, needs, body = rows[0]
    head = head_of(columns)
    snapshot = None
    found: dict[int, LogEntry] = {}
    if snapshot_seq is not None:
        snapshot = Snapshot(seq=snapshot_seq, needs=_decode_ranges(needs), body=body)
        for first, last in snapshot.needs:
            span = {"conversation": conversation, "first": first, "last": last}
            _collect((yield "entries_between", span), found)
        if head.answered_seq < min(snapshot.seq, head.last_message_seq):
            waiting = {
                "conversation": conversation,
                "first": head.answered_seq + 1,
                "last": snapshot.seq,
            }
            _collect((yield "messages_between", waiting), found)
    after = {"conversation": conversation, "after": snapshot_seq or 0}
    _collect((yield "entries_after", after), found)
    entries = tuple(found[seq] for seq in sorted(found))
    return StoredConversation(head=head, snapshot=snapshot, entries=entries)


def _collect(rows: Sequence[Sequence[Any]], found: dict[int, LogEntry]) -> None:
    for seq, kind, timestamp, body in rows:
        found[seq] = LogEntry(seq=seq, kind=kind, timestamp=timestamp, body=body)


def _page(conversation_id: str, after: int, limit: int) -> Work[Sequence[LogEntry]]:
    found: dict[int, LogEntry] = {}
    page = {"conversation_id": conversation_id, "after": after, "limit": limit}
    _collect((yield "page", page), found)
    return list(found.values())
