"""The logs on PostgreSQL, where a round trip costs more than what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import UniqueViolationError

from kefu.core.shared_state import StateChange
from kefu.errors import StorageError
from kefu.gateway.records import Arrival, Commit, Committed, Received
from kefu.storage.sql.log import (
    SqlConversationLog,
    changing_all,
    encoded_needs,
    head_of,
    place_of,
    repeat_of,
)
from kefu.storage.sql.postgres import PostgresDatabase
from kefu.storage.sql.work import Again, Rows, Work

__all__ = ["PostgresConversationLog"]


class PostgresConversationLog(SqlConversationLog):
    """Receives and commits with one statement each; what is rare takes the common way."""

    def __init__(self, database: PostgresDatabase, *, feeds: Sequence[str] = ()) -> None:
        """Keep logs in ``database``; for ``feeds`` it is noted what they are not given yet."""
        super().__init__(database, feeds=feeds)
        self._postgres = database

    async def receive(self, arrival: Arrival, *, changes: Sequence[StateChange] = ()) -> Received:
        """Append a customer's message, or recognise it as a repeat."""
        if changes:
            return await self._received_with(arrival, changes)
        row = await self._postgres.write_together(
            "receive", self._arrival_values(arrival), order=arrival.conversation_id
        )
        if row[0] is None:  # the address leads elsewhere by now
            return await super().receive(arrival)
        return await self._received(row)

    async def _received_with(self, arrival: Arrival, changes: Sequence[StateChange]) -> Received:
        """Do the same in one transaction with changes of a channel's state."""

        def work() -> Work[Any]:
            yield from changing_all(changes, arrival.timestamp)
            rows = yield "receive", self._arrival_values(arrival)
            if rows[0][0] is None:  # the address leads elsewhere by now
                raise Again
            return rows[0]

        try:
            row = await self._database.write(work)
        except StorageError as error:
            if not isinstance(error.__cause__, UniqueViolationError):
                raise
            return await super().receive(arrival, changes=changes)  # a repeat came at once
        return await self._received(row)

    async def _received(self, row: Sequence[Any]) -> Received:
        *columns, conversation, seen_seq, previous = row
        if conversation is None:
            return repeat_of(columns)
        conversation_id, seq, *head = columns
        if seen_seq != seq - 1:  # somebody else wrote between the look and the change
            where = {"conversation": conversation, "seq": seq}
            previous = (await self._database.rows("previous_message", where))[0][0]
        after = head_of(head)
        return Received(
            conversation_id=conversation_id,
            seq=seq,
            is_repeat=False,
            previous_message_seq=previous,
            head=after,
            is_relayed=after.answered_seq == seq,
        )

    async def commit(self, commit: Commit) -> Committed:
        """Do everything ``commit`` says, or raise Conflict."""
        if commit.reminders or commit.together:
            return await super().commit(commit)
        version, last_seq, is_repeat, delivery_ids, pending = await self._postgres.write_together(
            "commit", self._commit_values(commit), order=commit.conversation_id
        )
        if version is None:  # it creates the conversation, or raises
            return await super().commit(commit)
        return Committed(
            version=version,
            first_seq=last_seq if is_repeat else last_seq - len(commit.entries) + 1,
            delivery_ids=tuple(delivery_ids or ()),
            pending_before=tuple(pending or ()),
            is_repeat=is_repeat,
        )

    async def _addressed_page(self, address: str, after: int, limit: int) -> Rows:
        values = {"addresses": address, "places": after, "limits": limit}
        return await self._postgres.rows_together("addressed_pages", values)

    def _arrival_values(self, arrival: Arrival) -> Mapping[str, Any]:
        relayed = arrival.relayed
        return {
            "conversation_id": arrival.conversation_id,
            "channel": arrival.channel,
            "message_id": arrival.message_id,
            "now": arrival.timestamp,
            "body": arrival.body,
            "address": arrival.address,
            "relayed_kind": None if relayed is None else relayed.kind,
            "relayed_at": None if relayed is None else relayed.timestamp,
            "relayed_body": None if relayed is None else relayed.body,
            "feeds": self.feeds,
        }

    def _commit_values(self, commit: Commit) -> Mapping[str, Any]:
        entries, deliveries, snapshot = commit.entries, commit.deliveries, commit.snapshot
        key_channel, key = commit.key or (None, None)
        return {
            "conversation_id": commit.conversation_id,
            "expected_version": commit.expected_version,
            "owner": commit.owner,
            "now": commit.timestamp,
            "answers": commit.answers,
            "key_channel": key_channel,
            "key": key,
            "count": len(entries),
            "kinds": [entry.kind for entry in entries],
            "timestamps": [entry.timestamp for entry in entries],
            "bodies": [entry.body for entry in entries],
            "delivery_channels": [delivery.channel for delivery in deliveries],
            "delivery_bodies": [delivery.body for delivery in deliveries],
            "states": [delivery.state for delivery in deliveries],
            "retry_times": [delivery.retry_at for delivery in deliveries],
            "recipients": [delivery.recipient for delivery in deliveries],
            "delivery_entries": [place_of(delivery, commit) for delivery in deliveries],
            "finished_reminder": commit.finished_reminder,
            "snapshot_seq": None if snapshot is None else snapshot.seq,
            "needs": None if snapshot is None else encoded_needs(snapshot),
            "snapshot": None if snapshot is None else snapshot.body,
            "feeds": self.feeds,
        }
