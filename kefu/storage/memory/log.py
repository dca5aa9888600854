"""The logs, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    NewReminder,
    Received,
    StoredConversation,
)
from kefu.storage.memory.records import KeptConversation, KeptDelivery, KeptReminder, Shelf

__all__ = ["MemoryConversationLog"]


class MemoryConversationLog:
    """The logs of all conversations; see :class:`kefu.gateway.ports.ConversationLog`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def receive(self, arrival: Arrival) -> Received:
        """Append a customer's message, or recognise it as a repeat."""
        repeat = self._repeat(arrival)
        if repeat is not None:
            return repeat
        kept = self._conversation(arrival.conversation_id, arrival.timestamp)
        head = kept.head
        seq = head.last_seq + 1
        kept.entries.append(
            LogEntry(seq=seq, kind=MESSAGE, timestamp=arrival.timestamp, body=arrival.body)
        )
        self._shelf.order.append(arrival.conversation_id)
        kept.head = replace(head, last_seq=seq, last_message_seq=seq, channel=arrival.channel)
        kept.changed_at = arrival.timestamp
        if arrival.message_id is not None:
            key = (arrival.channel, arrival.message_id)
            self._shelf.arrivals[key] = (arrival.conversation_id, seq)
        return Received(
            conversation_id=arrival.conversation_id,
            seq=seq,
            is_repeat=False,
            previous_message_seq=head.last_message_seq,
            head=kept.head,
        )

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
        known = self._shelf.conversations.get(commit.conversation_id)
        version = known.head.version if known else 0
        if version != commit.expected_version:
            raise Conflict(
                f"conversation {commit.conversation_id!r} is at version {version}, "
                f"not {commit.expected_version}"
            )
        kept = self._conversation(commit.conversation_id, commit.timestamp)
        head = kept.head
        first_seq = head.last_seq + 1
        kept.entries.extend(
            LogEntry(seq=seq, kind=entry.kind, timestamp=entry.timestamp, body=entry.body)
            for seq, entry in enumerate(commit.entries, start=first_seq)
        )
        self._shelf.order.extend([commit.conversation_id] * len(commit.entries))
        kept.head = replace(
            head,
            version=version + 1,
            owner=commit.owner,
            last_seq=head.last_seq + len(commit.entries),
            answered_seq=max(head.answered_seq, commit.answers),
        )
        kept.changed_at = commit.timestamp
        if commit.snapshot is not None:
            kept.snapshot = commit.snapshot
        self._change_reminders(commit)
        pending_before = self._pending(commit.conversation_id) if commit.has_pending else ()
        return Committed(
            version=version + 1,
            first_seq=first_seq,
            delivery_ids=self._add_deliveries(commit),
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

    def _conversation(self, conversation_id: str, now: float) -> KeptConversation:
        kept = self._shelf.conversations.get(conversation_id)
        if kept is None:
            kept = self._shelf.conversations[conversation_id] = KeptConversation(Head(), now)
        return kept

    def _pending(self, conversation_id: str) -> tuple[int, ...]:
        return tuple(
            number
            for number, kept in self._shelf.deliveries.items()
            if kept.delivery.state == "pending" and kept.delivery.conversation_id == conversation_id
        )

    def _add_deliveries(self, commit: Commit) -> tuple[int, ...]:
        ids = []
        for new in commit.deliveries:
            delivery = Delivery(
                id=next(self._shelf.ids),
                conversation_id=commit.conversation_id,
                cause_seq=commit.answers,
                channel=new.channel,
                body=new.body,
                state=new.state,
            )
            self._shelf.deliveries[delivery.id] = KeptDelivery(delivery, new.retry_at)
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
