"""The logs, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from kefu.core.shared_state import StateChange
from kefu.errors import Conflict
from kefu.gateway.records import (
    MESSAGE,
    Arrival,
    CancelReminders,
    Commit,
    Committed,
    Head,
    LogEntry,
    LogPage,
    NewDelivery,
    NewEntry,
    NewReminder,
    Received,
    Snapshot,
    StoredConversation,
)
from kefu.storage.sql.channel_state import changing
from kefu.storage.sql.work import Again, Database, Rows, Step, Work

__all__ = [
    "SqlConversationLog",
    "changing_all",
    "committing",
    "encoded_needs",
    "head_of",
    "noting_unfed",
    "place_of",
    "repeat_of",
    "resolving",
]

_encode = msgspec.json.Encoder().encode
_decode_ranges = msgspec.json.Decoder(tuple[tuple[int, int], ...]).decode


def head_of(columns: Sequence[Any]) -> Head:
    """Return the head that the columns of a row hold, in the order of ``statements._HEAD``."""
    version, owner, channel, last_seq, last_message_seq, answered_seq, address = columns
    return Head(
        version=version,
        owner=owner,
        channel=channel,
        last_seq=last_seq,
        last_message_seq=last_message_seq,
        answered_seq=answered_seq,
        address=address,
    )


class SqlConversationLog:
    """The logs of all conversations; see :class:`kefu.gateway.ports.ConversationLog`."""

    def __init__(self, database: Database, *, feeds: Sequence[str] = ()) -> None:
        """Keep logs in ``database``; for ``feeds`` it is noted what they are not given yet."""
        self._database = database
        self.feeds = tuple(feeds)

    async def receive(self, arrival: Arrival, *, changes: Sequence[StateChange] = ()) -> Received:
        """Append a customer's message, or recognise it as a repeat."""
        if changes:
            now = arrival.timestamp
            return (await self.receive_all([arrival], changes=changes, now=now))[0]
        return await self._database.write(lambda: _receive(arrival, self.feeds))

    async def receive_all(
        self, arrivals: Sequence[Arrival], *, changes: Sequence[StateChange] = (), now: float
    ) -> Sequence[Received]:
        """Append several messages and change a channel's state, or raise Conflict."""
        return await self._database.write(lambda: _receive_all(arrivals, changes, self.feeds, now))

    async def note(self, conversation_id: str, entry: NewEntry) -> tuple[str, int]:
        """Append an entry that is no event."""
        return await self._database.write(lambda: _note(conversation_id, entry))

    async def commit(self, commit: Commit) -> Committed:
        """Do everything ``commit`` says, or raise Conflict."""
        return await self._database.write(lambda: committing(commit, self.feeds))

    async def load(self, conversation_id: str) -> StoredConversation | None:
        """Return what a turn needs."""
        return await self._database.read(lambda: _load(conversation_id))

    async def history(
        self, conversation_id: str, *, after: int = 0, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return a page of the log."""
        return await self._database.read(lambda: _page(conversation_id, after, limit))

    async def earlier(
        self, conversation_id: str, *, before: int, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return the last entries below a place."""
        values = {"conversation_id": conversation_id, "before": before, "limit": limit}
        found: dict[int, LogEntry] = {}
        _collect(await self._database.rows("page_before", values), found)
        return list(reversed(found.values()))

    async def page(self, address: str, *, after: int = 0, limit: int = 500) -> LogPage:
        """Return where an address leads, and a page of the log there."""
        rows = await self._addressed_page(address, after, limit)
        if not rows:
            return LogPage(await self._database.read(lambda: resolving(address)), ())
        return LogPage(
            rows[0][0],
            [
                LogEntry(seq=seq, kind=kind, timestamp=timestamp, body=body)
                for _, seq, kind, timestamp, body in rows
            ],
        )

    async def _addressed_page(self, address: str, after: int, limit: int) -> Rows:
        values = {"conversation_id": address, "after": after, "limit": limit}
        return await self._database.rows("addressed_page", values)


def _receive(arrival: Arrival, feeds: Sequence[str]) -> Work[Received]:
    if arrival.message_id is not None:
        key = {"channel": arrival.channel, "message_id": arrival.message_id}
        found = yield "find_arrival", key
        if found:
            return repeat_of(found[0])
    rows = yield "lock_addressed", {"conversation_id": arrival.conversation_id}
    before = head_of(rows[0][2:]) if rows else Head()
    after = _after(before, arrival)
    is_relayed = after.answered_seq == after.last_message_seq
    if rows:
        conversation, conversation_id = rows[0][0], rows[0][1]
        yield _noting(arrival, conversation, after, is_relayed=is_relayed)
    else:
        conversation_id = yield from resolving(arrival.conversation_id)
        conversation = yield from _add_conversation(conversation_id, after, arrival.timestamp)
    seq = after.last_message_seq
    if arrival.message_id is not None:
        yield from _add_arrival(arrival.channel, arrival.message_id, conversation, seq)
    message = NewEntry(kind=MESSAGE, timestamp=arrival.timestamp, body=arrival.body)
    entries = [_entry_values(message, conversation, seq)]
    if is_relayed and arrival.relayed is not None:
        entries.append(_entry_values(arrival.relayed, conversation, seq + 1))
    for entry in entries:
        yield "add_entry", entry
    if is_relayed:
        yield from noting_unfed(feeds, conversation, seq + 1, seq + 1)
    return Received(
        conversation_id=conversation_id,
        seq=seq,
        is_repeat=False,
        previous_message_seq=before.last_message_seq,
        head=after,
        is_relayed=is_relayed,
    )


def _after(before: Head, arrival: Arrival) -> Head:
    """Return where a conversation stands with a message in it."""
    seq = before.last_seq + 1
    after = replace(
        before,
        channel=arrival.channel,
        address=arrival.address,
        last_seq=seq,
        last_message_seq=seq,
    )
    if arrival.relayed is None or before.owner != "agent" or not before.is_answered:
        return after
    return replace(after, version=before.version + 1, last_seq=seq + 1, answered_seq=seq)


def _noting(arrival: Arrival, conversation: int, after: Head, *, is_relayed: bool) -> Step:
    values = {
        "conversation": conversation,
        "channel": arrival.channel,
        "address": arrival.address,
        "last_seq": after.last_seq,
        "now": arrival.timestamp,
    }
    if not is_relayed:
        return "note_message", values
    more = {"version": after.version, "message_seq": after.last_message_seq}
    return "note_relayed", {**values, **more}


def resolving(address: str) -> Work[str]:
    """Return the id of the conversation that an address leads to."""
    rows = yield "find_alias", {"address": address}
    return rows[0][0] if rows else address


def changing_all(changes: Sequence[StateChange], now: float) -> Work[None]:
    """Change a channel's state in several places, or raise Conflict."""
    for change in changes:
        ends = None if change.expires_in is None else now + change.expires_in
        if not (yield from changing(change, ends, now)):
            raise Conflict(f"{change.key!r} is not at version {change.expected_version}")


def _receive_all(
    arrivals: Sequence[Arrival],
    changes: Sequence[StateChange],
    feeds: Sequence[str],
    now: float,
) -> Work[list[Received]]:
    yield from changing_all(changes, now)
    received = []
    for arrival in arrivals:
        received.append((yield from _receive(arrival, feeds)))  # noqa: PERF401 - a comprehension cannot yield
    return received


def _note(conversation_id: str, entry: NewEntry) -> Work[tuple[str, int]]:
    rows = yield "lock_addressed", {"conversation_id": conversation_id}
    if rows:
        conversation, found_id = rows[0][0], rows[0][1]
        seq = head_of(rows[0][2:]).last_seq + 1
        yield "note_entry", {"conversation": conversation, "last_seq": seq}
    else:
        seq = 1
        found_id = yield from resolving(conversation_id)
        conversation = yield from _add_conversation(found_id, Head(last_seq=1), entry.timestamp)
    yield "add_entry", _entry_values(entry, conversation, seq)
    return found_id, seq


def repeat_of(row: Sequence[Any]) -> Received:
    """Return what a repeat gets: conversation and place of the first arrival, and the head."""
    conversation_id, seq, *columns = row
    return Received(
        conversation_id=conversation_id,
        seq=seq,
        is_repeat=True,
        previous_message_seq=0,
        head=head_of(columns),
    )


def _entry_values(entry: NewEntry, conversation: int, seq: int) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "seq": seq,
        "kind": entry.kind,
        "timestamp": entry.timestamp,
        "body": entry.body,
    }


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
            "address": head.address,
        },
    )
    if not rows:
        raise Again  # somebody created it since it was looked for
    number: int = rows[0][0]
    return number


def _add_arrival(channel: str, message_id: str, conversation: int, seq: int) -> Work[None]:
    rows = yield (
        "add_arrival",
        {"channel": channel, "message_id": message_id, "conversation": conversation, "seq": seq},
    )
    if not rows:
        raise Again  # a repeat came first; this one is the repeat


def committing(commit: Commit, feeds: Sequence[str]) -> Work[Committed]:
    """Do everything ``commit`` says, or raise Conflict."""
    if commit.key is not None and (done := (yield from _done_before(*commit.key))):
        return done
    rows = yield "lock_conversation", {"conversation_id": commit.conversation_id}
    before = head_of(rows[0][1:]) if rows else Head()
    is_gone = commit.answers > before.last_message_seq
    if is_gone or before.version != commit.expected_version:
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
    yield from noting_unfed(feeds, conversation, first_seq, last_seq)
    if commit.key is not None:
        yield from _add_arrival(*commit.key, conversation, last_seq)
    if commit.together:
        yield "add_answered_together", _together_values(commit, conversation)
    yield from _change_reminders(commit, conversation)
    if commit.snapshot is not None:
        yield from _put_snapshot(commit.snapshot, conversation)
    pending_before, delivery_ids = yield from _add_deliveries(commit, conversation, first_seq)
    return Committed(
        version=version,
        first_seq=first_seq,
        delivery_ids=delivery_ids,
        pending_before=pending_before,
    )


def _together_values(commit: Commit, conversation: int) -> list[dict[str, Any]]:
    return [
        {"conversation": conversation, "seq": seq, "answered_with": commit.answers}
        for seq in commit.together
    ]


def _done_before(channel: str, message_id: str) -> Work[Committed | None]:
    """Return what came of an earlier commit of the same key."""
    found = yield "find_arrival", {"channel": channel, "message_id": message_id}
    if not found:
        return None
    repeat = repeat_of(found[0])
    return Committed(
        version=repeat.head.version, first_seq=repeat.seq, delivery_ids=(), is_repeat=True
    )


def _add_deliveries(
    commit: Commit, conversation: int, first_seq: int
) -> Work[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Add deliveries; return the ids of those pending on their channel before, and theirs."""
    pending: Rows = ()
    channel = commit.pending_channel
    if channel is not None:
        of_line = {"conversation": conversation, "channel": channel}
        pending = yield "pending_deliveries", of_line
    ids: list[int] = []
    for delivery in commit.deliveries:
        values = _delivery_values(delivery, commit, conversation)
        seq = first_seq + place_of(delivery, commit)
        added = yield "add_delivery", {**values, "seq": seq}
        ids.append(added[0][0])
    return tuple(row[0] for row in pending), tuple(ids)


def place_of(delivery: NewDelivery, commit: Commit) -> int:
    """Return the index of the entry that says the same as a delivery."""
    return delivery.entry if delivery.entry >= 0 else len(commit.entries) - 1


def _add_entries(commit: Commit, conversation: int, first_seq: int) -> Work[None]:
    if commit.entries:
        yield (
            "add_entry",
            [
                _entry_values(entry, conversation, seq)
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
        "recipient": delivery.recipient,
        "settled_at": None if delivery.state == "pending" else commit.timestamp,
    }


def noting_unfed(feeds: Sequence[str], conversation: int, first: int, last: int) -> Work[None]:
    """Note for feeds what was appended to a log."""
    for feed in feeds if last >= first else ():
        yield (
            "add_unfed",
            {"feed": feed, "conversation": conversation, "first": first, "last": last},
        )


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


def encoded_needs(snapshot: Snapshot) -> str:
    """Return the stretches that a snapshot needs as JSON text."""
    return _encode(snapshot.needs).decode()


def _put_snapshot(snapshot: Snapshot, conversation: int) -> Work[None]:
    yield (
        "put_snapshot",
        {
            "conversation": conversation,
            "seq": snapshot.seq,
            "needs": encoded_needs(snapshot),
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
