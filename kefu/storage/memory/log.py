"""The logs, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kefu.core.shared_state import StateChange
from kefu.errors import Conflict
from kefu.gateway.records import (
    MESSAGE,
    Arrival,
    CancelReminders,
    Commit,
    Committed,
    Delivery,
    Head,
    LogEntry,
    LogPage,
    NewEntry,
    NewReminder,
    Received,
    StoredConversation,
)
from kefu.storage.memory.records import KeptConversation, KeptReminder, Shelf

__all__ = ["MemoryConversationLog"]


class MemoryConversationLog:
    """The logs of all conversations; see :class:`kefu.gateway.ports.ConversationLog`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def receive(self, arrival: Arrival, *, changes: Sequence[StateChange] = ()) -> Received:
        """Append a customer's message, or recognise it as a repeat."""
        self._shelf.change_states(changes, arrival.timestamp)
        repeat = self._repeat(arrival)
        if repeat is not None:
            return repeat
        conversation_id = self._shelf.resolve(arrival.conversation_id)
        kept = self._conversation(conversation_id, arrival.timestamp)
        before, seq = kept.head, kept.head.last_seq + 1
        message = NewEntry(kind=MESSAGE, timestamp=arrival.timestamp, body=arrival.body)
        self._shelf.append(conversation_id, message)
        kept.head = replace(
            kept.head,
            last_message_seq=seq,
            channel=arrival.channel,
            address=arrival.address,
        )
        kept.changed_at = arrival.timestamp
        if arrival.message_id is not None:
            key = (arrival.channel, arrival.message_id)
            self._shelf.arrivals[key] = (conversation_id, seq)
        is_relayed = before.owner == "agent" and before.is_answered
        if is_relayed and arrival.relayed is not None:
            self._shelf.append(conversation_id, arrival.relayed)
            self._shelf.note_unfed(conversation_id, seq + 1, seq + 1)
            kept.head = replace(kept.head, version=before.version + 1, answered_seq=seq)
        return Received(
            conversation_id=conversation_id,
            seq=seq,
            is_repeat=False,
            previous_message_seq=before.last_message_seq,
            head=kept.head,
            is_relayed=is_relayed and arrival.relayed is not None,
        )

    async def receive_all(
        self, arrivals: Sequence[Arrival], *, changes: Sequence[StateChange] = (), now: float
    ) -> Sequence[Received]:
        """Append several messages and change a channel's state, or raise Conflict."""
        self._shelf.change_states(changes, now)
        return [await self.receive(arrival) for arrival in arrivals]

    async def note(self, conversation_id: str, entry: NewEntry) -> tuple[str, int]:
        """Append an entry that is no event."""
        conversation_id = self._shelf.resolve(conversation_id)
        self._conversation(conversation_id, entry.timestamp)
        return conversation_id, self._shelf.append(conversation_id, entry)

    def _repeat(self, arrival: Arrival) -> Received | None:
        if arrival.message_id is None:
            return None
        found = self._shelf.arrivals.get((arrival.channel, arrival.message_id))
        if found is None:
            return None
        conversation_id, seq = found
        return Received(
            conversation_id=conversation_id,
            seq=seq,
            is_repeat=True,
            previous_message_seq=0,
            head=self._shelf.conversations[conversation_id].head,
        )

    async def commit(self, commit: Commit) -> Committed:
        """Do everything ``commit`` says, or raise Conflict."""
        found = self._shelf.arrivals.get(commit.key) if commit.key is not None else None
        known = self._shelf.conversations.get(commit.conversation_id)
        version = known.head.version if known else 0
        if found is not None:
            return Committed(version=version, first_seq=found[1], delivery_ids=(), is_repeat=True)
        is_gone = commit.answers > (known.head.last_message_seq if known else 0)
        if is_gone or version != commit.expected_version:
            raise Conflict(
                f"conversation {commit.conversation_id!r} is at version {version}, "
                f"not {commit.expected_version}"
            )
        kept = self._conversation(commit.conversation_id, commit.timestamp)
        first_seq = kept.head.last_seq + 1
        for entry in commit.entries:
            self._shelf.append(commit.conversation_id, entry)
        self._shelf.note_unfed(commit.conversation_id, first_seq, kept.head.last_seq)
        if commit.key is not None:
            self._shelf.arrivals[commit.key] = (commit.conversation_id, kept.head.last_seq)
        kept.head = replace(
            kept.head,
            version=version + 1,
            owner=commit.owner,
            answered_seq=max(kept.head.answered_seq, commit.answers),
        )
        kept.answered_with |= dict.fromkeys(commit.together, commit.answers)
        kept.changed_at = commit.timestamp
        if commit.snapshot is not None:
            kept.snapshot = commit.snapshot
        self._change_reminders(commit)
        pending_before = self._pending(commit)
        return Committed(
            version=version + 1,
            first_seq=first_seq,
            delivery_ids=self._add_deliveries(commit, first_seq),
            pending_before=pending_before,
        )

    async def load(self, conversation_id: str) -> StoredConversation | None:
        """Return what a turn needs."""
        kept = self._shelf.conversations.get(conversation_id)
        if kept is None:
            return None
        snapshot, entries = kept.snapshot, kept.entries
        after = snapshot.seq if snapshot else 0
        wanted: set[int] = set()
        for first, last in snapshot.needs if snapshot else ():
            wanted.update(range(first, last + 1))
        wanted.update(range(after + 1, kept.head.last_seq + 1))
        wanted.update(
            seq
            for seq in range(kept.head.answered_seq + 1, after + 1)
            if entries[seq - 1].kind == MESSAGE
        )
        return StoredConversation(
            head=kept.head,
            snapshot=snapshot,
            entries=tuple(entries[seq - 1] for seq in sorted(wanted)),
        )

    async def history(
        self, conversation_id: str, *, after: int = 0, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return a page of the log."""
        kept = self._shelf.conversations.get(conversation_id)
        return kept.entries[after : after + limit] if kept else []

    async def earlier(
        self, conversation_id: str, *, before: int, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return the last entries below a place."""
        kept = self._shelf.conversations.get(conversation_id)
        end = min(0 if kept is None else len(kept.entries), max(0, before - 1))
        return kept.entries[max(0, end - limit) : end] if kept else []

    async def page(self, address: str, *, after: int = 0, limit: int = 500) -> LogPage:
        """Return where an address leads, and a page of the log there."""
        conversation_id = self._shelf.resolve(address)
        found = await self.history(conversation_id, after=after, limit=limit)
        return LogPage(conversation_id, found)

    def _conversation(self, conversation_id: str, now: float) -> KeptConversation:
        kept = self._shelf.conversations.get(conversation_id)
        if kept is None:
            kept = self._shelf.conversations[conversation_id] = KeptConversation(Head(), now)
        return kept

    def _pending(self, commit: Commit) -> tuple[int, ...]:
        line = (commit.conversation_id, commit.pending_channel)
        return tuple(
            number
            for number, kept in self._shelf.deliveries.items()
            if kept.state == "pending" and kept.line == line
        )

    def _add_deliveries(self, commit: Commit, first_seq: int) -> tuple[int, ...]:
        ids = []
        for new in commit.deliveries:
            delivery = Delivery(
                id=next(self._shelf.ids),
                conversation_id=commit.conversation_id,
                cause_seq=commit.answers,
                channel=new.channel,
                body=new.body,
                state=new.state,
                recipient=new.recipient,
                seq=first_seq + (new.entry if new.entry >= 0 else len(commit.entries) - 1),
                created_at=commit.timestamp,
                settled_at=None if new.state == "pending" else commit.timestamp,
                retry_at=new.retry_at,
            )
            self._shelf.deliveries[delivery.id] = delivery
            ids.append(delivery.id)
        return tuple(ids)

    def _change_reminders(self, commit: Commit) -> None:
        reminders = self._shelf.reminders
        if commit.finished_reminder is not None:
            reminders.pop(commit.finished_reminder, None)
        for change in commit.reminders:
            for kept in list(reminders.values()):
                is_own = kept.conversation_id == commit.conversation_id
                if is_own and _ends(change, kept.reminder):
                    del reminders[kept.id]
            if isinstance(change, NewReminder):
                number = next(self._shelf.ids)
                reminders[number] = KeptReminder(
                    number, commit.conversation_id, change, change.due_at
                )


def _ends(change: NewReminder | CancelReminders, kept: NewReminder) -> bool:
    if isinstance(change, NewReminder):
        return bool(change.name) and change.name == kept.name
    pairs = (
        (change.name, kept.name),
        (change.intent, kept.intent),
        (change.entities, kept.entities),
    )
    return all(wanted is None or wanted == found for wanted, found in pairs)
