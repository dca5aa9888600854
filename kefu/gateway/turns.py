"""One turn of a conversation: load it, let somebody act, commit what came of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kefu.clock import Clock
from kefu.core.events import Event
from kefu.core.messages import Reply
from kefu.core.tracker import Tracker
from kefu.errors import Conflict
from kefu.gateway.counters import Counters
from kefu.gateway.live import Live
from kefu.gateway.loading import Loading
from kefu.gateway.ports import Bot, Stores, TurnResult
from kefu.gateway.records import (
    REPLACED,
    Commit,
    Committed,
    Delivery,
    DeliveryState,
    Head,
    NewDelivery,
    NewEntry,
    Owner,
    Snapshot,
)
from kefu.gateway.rows import entry_of, joined, reminder_changes, review_changes, write_reply
from kefu.gateway.settings import GatewaySettings
from kefu.logs import fields

__all__ = [
    "COLLECTOR",
    "LATEST",
    "Act",
    "CommittedTurn",
    "Repeated",
    "TurnRequest",
    "Turns",
    "resolved_channel",
]

log = logging.getLogger(__name__)

Act = Callable[[Bot, Live], Awaitable[TurnResult | None]]
"""What a turn does; None means that there turned out to be nothing to do."""

COLLECTOR: Final = "collector"
"""Channel of replies that whoever called takes back."""
LATEST: Final = "latest"

_MAX_ATTEMPTS = 5
_SAID = frozenset({"bot", "agent"})


class Repeated(Exception):
    """Raised when a turn with the same key was committed before, its last entry at ``seq``."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"done before, at {seq}")
        self.seq = seq


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """What a turn is about, besides what the bot does in it."""

    conversation_id: str
    channel: str = ""
    """Where its replies go; ``latest`` is the channel of the conversation's latest message."""
    answers: int = 0
    """``seq`` of the message it answers."""
    together: tuple[int, ...] = ()
    """Earlier messages that it answers as well."""
    address: str = ""
    """Where the customer is on :attr:`channel`, when it is the message's own channel."""
    key: tuple[str, str] | None = None
    """Channel and message id by which a repetition is recognised."""
    finished_reminder: int | None = None
    begins_anew: bool = False
    """Whether the turn's events replace all earlier ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedTurn:
    """A turn that is in the log."""

    request: TurnRequest
    events: tuple[Event, ...]
    replies: tuple[Reply, ...]
    deliveries: tuple[Delivery, ...]
    """Those that are to be sent."""
    pending_before: tuple[int, ...]
    """Earlier ones that are not sent yet."""
    owner_before: Owner
    live: Live
    came_between: int | None = None
    """``seq`` of the last entry that came between what the turn began with and its commit."""

    @property
    def last_seq(self) -> int:
        """``seq`` of the last event."""
        return self.live.head.last_seq


class Turns:
    """Takes turns, one at a time per conversation as its caller guarantees within this process.

    Another process may do the same at the same time: then one of the two commits, and the other
    does its turn again on what the log says now.
    """

    def __init__(
        self,
        stores: Stores,
        clock: Clock,
        counters: Counters,
        *,
        loading: Loading,
        settings: GatewaySettings,
    ) -> None:
        self._stores = stores
        self._clock = clock
        self.counters = counters
        self._loading = loading
        self._settings = settings
        self.pushing_channels: frozenset[str] = frozenset()
        """Channels whose replies are sent, not fetched."""
        self.joining_channels: frozenset[str] = frozenset()
        """Channels on which adjacent texts of a turn are one delivery."""

    def now(self) -> float:
        """Return the time."""
        return self._clock.now()

    async def live(
        self, conversation_id: str, bot: Bot, *, is_new: bool = False, version: int = 0
    ) -> Live:
        """Return the conversation as of its last commit.

        Args:
            conversation_id: Which one.
            bot: Whose domain the events are understood by.
            is_new: The caller knows that nothing but its first message is stored.
            version: The lowest version it can have.
        """
        return await self._loading.live(conversation_id, bot.domain, is_new=is_new, version=version)

    def forget(self, conversation_id: str) -> None:
        """Load the conversation again for its next turn."""
        self._loading.drop(conversation_id)

    async def take(
        self, request: TurnRequest, bot: Bot, act: Act, *, is_new: bool = False
    ) -> CommittedTurn | None:
        """Let ``act`` work on the conversation and commit its result; None if it had none.

        Raises:
            Exception: Whatever ``act`` raises; nothing is committed then. After a Conflict it gets
                another try if the conversation has changed since it was loaded.
            Repeated: A turn of the same key was committed before.
        """
        version = 0
        for _ in range(_MAX_ATTEMPTS):
            live = await self.live(request.conversation_id, bot, is_new=is_new, version=version)
            snapshot = (
                live.snapshot() if live.since_snapshot >= self._settings.snapshot_every else None
            )
            self.forget(request.conversation_id)  # until it is committed the tracker is no truth
            if request.begins_anew:
                live.begin_anew()
            try:
                result = await act(bot, live)
            except Conflict:
                # The desk changes owners beside leases and lanes: what is here may be old.
                newer = await self._newer(live)
                if newer is None:
                    raise
                is_new, version = False, newer
                continue
            if result is None:
                return None
            try:
                return await self._commit(request, live, result, snapshot)
            except Conflict:
                self.counters.conflicts += 1
                is_new, version = False, live.head.version + 1
        raise Conflict(f"conversation {request.conversation_id!r} changes faster than turns end")

    async def _newer(self, live: Live) -> int | None:
        """Return a conversation's version if it has changed since ``live``; None: it has not."""
        head = await self._stores.conversations.head(live.tracker.conversation_id)
        return None if head is None or head.version <= live.head.version else head.version

    async def _commit(
        self, request: TurnRequest, live: Live, result: TurnResult, snapshot: Snapshot | None
    ) -> CommittedTurn:
        now = self._clock.now()
        events = tuple(result.events)
        entries = tuple(entry_of(event, now) for event in events)
        if request.begins_anew:
            entries = (NewEntry(kind=REPLACED, timestamp=now, body="{}"), *entries)
        replies = tuple(result.replies)
        channel = resolved_channel(request.channel, live)
        owner_before = live.head.owner
        commit = Commit(
            conversation_id=request.conversation_id,
            expected_version=live.head.version,
            owner=_owner_after(owner_before, live.tracker),
            timestamp=now,
            entries=entries,
            answers=request.answers,
            together=request.together,
            deliveries=self._deliveries(
                request, live, replies, said=_said(entries), channel=channel
            ),
            reminders=(*reminder_changes(events, result.reminders), *review_changes(events)),
            finished_reminder=request.finished_reminder,
            snapshot=snapshot,
            key=request.key,
        )
        known = max(live.head.last_seq, request.answers)
        committed = await self._stores.log.commit(commit)
        if committed.is_repeat:
            raise Repeated(committed.first_seq)
        last_before = committed.first_seq - 1
        self._advance(live, commit, committed, events, request)
        self.counters.turns += 1
        return CommittedTurn(
            request=request,
            events=events,
            replies=replies,
            deliveries=_to_send(commit, committed),
            pending_before=committed.pending_before,
            owner_before=owner_before,
            live=live,
            came_between=last_before if last_before > known else None,
        )

    def _deliveries(
        self,
        request: TurnRequest,
        live: Live,
        replies: Sequence[Reply],
        *,
        said: Sequence[int],
        channel: str,
    ) -> tuple[NewDelivery, ...]:
        is_pushed = channel in self.pushing_channels
        state: DeliveryState = "pending" if is_pushed else "sent"
        retry_at = self._clock.now() + self._settings.delivery_hold if is_pushed else 0.0
        recipient = request.address
        if not recipient and channel == live.head.channel:
            recipient = live.head.address
        places = said if len(said) == len(replies) else [-1] * len(replies)
        placed = list(zip(replies, places, strict=True))
        if channel in self.joining_channels:
            placed = joined(placed)
        return tuple(
            NewDelivery(
                channel=channel,
                body=write_reply(reply),
                state=state,
                retry_at=retry_at,
                recipient=recipient,
                entry=place,
            )
            for reply, place in placed
        )

    def _advance(
        self,
        live: Live,
        commit: Commit,
        committed: Committed,
        events: tuple[Event, ...],
        request: TurnRequest,
    ) -> None:
        channel, address = request.channel, request.address
        before = head = live.head
        if commit.snapshot is not None:
            live.since_snapshot = 0
        count = len(commit.entries)
        live.advance(
            Head(
                version=committed.version,
                owner=commit.owner,
                channel=channel if commit.answers else head.channel,
                last_seq=committed.first_seq + count - 1,
                last_message_seq=max(head.last_message_seq, commit.answers),
                answered_seq=max(head.answered_seq, commit.answers),
                address=address if commit.answers else head.address,
            ),
            events,
            commit.entries[count - len(events) :],
            committed.first_seq + count - len(events),
        )
        self._loading.put(commit.conversation_id, live)
        self._loading.share(commit, committed, before, live.head)

    def peek(self, conversation_id: str, bot: Bot) -> Live | None:
        """Return the conversation if it is in memory, without asking whether it is the latest."""
        return self._loading.peek(conversation_id, bot.domain)

    def keep(self, live: Live) -> None:
        """Keep a conversation that was advanced to a commit."""
        self._loading.put(live.tracker.conversation_id, live)

    async def change_owner(self, conversation_id: str, owner: Owner) -> bool:
        """Give the conversation to ``owner`` at once; a turn of the bot under way is dropped.

        Returns:
            False if there is no such conversation.
        """
        for _ in range(_MAX_ATTEMPTS):
            head = await self._stores.conversations.head(conversation_id)
            if head is None:
                return False
            if head.owner == owner:
                return True
            try:
                await self._stores.log.commit(
                    Commit(
                        conversation_id=conversation_id,
                        expected_version=head.version,
                        owner=owner,
                        timestamp=self._clock.now(),
                    )
                )
            except Conflict:
                continue
            self.forget(conversation_id)
            log.info("owner changed", extra=fields(conversation_id=conversation_id, owner=owner))
            return True
        raise Conflict(f"conversation {conversation_id!r} changes faster than its owner can")


def _said(entries: Sequence[NewEntry]) -> list[int]:
    """Return which of a turn's entries are what the customer is told."""
    return [index for index, entry in enumerate(entries) if entry.kind in _SAID]


def _owner_after(owner: Owner, tracker: Tracker) -> Owner:
    """Return who answers next: while the bot is paused nobody does until a human takes over."""
    if owner == "agent":
        return "agent"
    return "queue" if tracker.state.is_paused else "bot"


def resolved_channel(channel: str, live: Live) -> str:
    """Return the name of a channel, where ``channel`` may be ``latest``."""
    return (live.head.channel or COLLECTOR) if channel == LATEST else channel


def _to_send(commit: Commit, committed: Committed) -> tuple[Delivery, ...]:
    return tuple(
        Delivery(
            id=delivery_id,
            conversation_id=commit.conversation_id,
            cause_seq=commit.answers,
            channel=delivery.channel,
            body=delivery.body,
            state=delivery.state,
            recipient=delivery.recipient,
        )
        for delivery_id, delivery in zip(committed.delivery_ids, commit.deliveries, strict=True)
        if delivery.state == "pending"
    )
