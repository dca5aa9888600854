"""What passes between the gateway and its stores: rows of the log and what stands beside it.

Bodies are JSON text, so that a store carries them without understanding them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "ANSWERED",
    "HELD",
    "MESSAGE",
    "NOTE",
    "REPLACED",
    "Arrival",
    "CancelReminders",
    "Commit",
    "Committed",
    "Delivery",
    "DeliveryState",
    "DueReminder",
    "Head",
    "LogEntry",
    "LogPage",
    "NewDelivery",
    "NewEntry",
    "NewReminder",
    "Owner",
    "Received",
    "Snapshot",
    "StoredConversation",
]

Owner = Literal["bot", "queue", "agent"]
"""Who answers: the bot, nobody yet (it waits for a human), or a human agent."""

DeliveryState = Literal["pending", "sent", "delivered", "read", "failed"]
"""How far a reply got: not sent yet; accepted by the channel, or fetched; on the customer's device;
read; given up."""

ANSWERED: Final = "answered"
"""Reference of deliveries that were written as the answer to the request that brought the
message."""
HELD: Final = 1e15
"""``retry_at`` of pending deliveries that wait until somebody releases them."""

MESSAGE: Final = "message"
"""Kind of a log entry that holds a customer's message as it arrived."""
NOTE: Final = "note"
"""Kind of a log entry that people are shown and the bot never sees."""
REPLACED: Final = "replaced"
"""Kind of a log entry after which the bot's view of the conversation begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a conversation stands."""

    version: int = 0
    """Grows with every commit and every change of owner; a commit names the one it is based on."""
    owner: Owner = "bot"
    channel: str = ""
    """Channel of the latest message."""
    last_seq: int = 0
    """``seq`` of the last entry of the log; the first is 1."""
    last_message_seq: int = 0
    """``seq`` of the last message received."""
    answered_seq: int = 0
    """``seq`` of the last message whose turn is committed."""
    address: str = ""
    """Address of the customer on :attr:`channel`; empty: the conversation's id."""

    @property
    def is_answered(self) -> bool:
        """Whether no message waits for its turn."""
        return self.answered_seq >= self.last_message_seq


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to append to a log: an event, or one of the kinds of this module."""

    kind: str
    timestamp: float
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry of a log."""

    seq: int
    kind: str
    timestamp: float
    body: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Where an address leads, and a page of the log there."""

    conversation_id: str
    entries: Sequence[LogEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A customer's message on its way into the log."""

    conversation_id: str
    channel: str
    message_id: str | None
    """The channel's own id of the message; repeats are recognised by it. None: never a repeat."""
    timestamp: float
    body: str
    address: str = ""
    """Where replies on the channel go; empty: to the conversation's id."""
    relayed: NewEntry | None = None
    """The message as an event: with it the message has had its turn, in the same transaction, if
    an agent owns the conversation and no earlier message waits for its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that is in the log now, or was already."""

    conversation_id: str
    """That the arrival's leads to; of the first arrival, when this is a repeat."""
    seq: int
    is_repeat: bool
    previous_message_seq: int
    """``seq`` of the message received before it; 0 for the first (and for repeats)."""
    head: Head
    """The conversation with the message in it."""
    is_relayed: bool = False
    """Whether :attr:`Arrival.relayed` was appended too, right behind the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A reply to bring to the customer; ``state`` is sent when the channel fetches its replies."""

    channel: str
    body: str
    state: DeliveryState
    retry_at: float = 0.0
    """When a pending delivery may be taken up by somebody other than who commits it."""
    recipient: str = ""
    """Address of the customer on the channel."""
    entry: int = -1
    """Index of the commit's entry that says the same; -1: the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A reply and how far it got."""

    id: int
    conversation_id: str
    cause_seq: int
    """``seq`` of the message it answers; 0 when no message caused it."""
    channel: str
    body: str
    state: DeliveryState
    attempts: int = 0
    error: str | None = None
    recipient: str = ""
    seq: int = 0
    """Place in the log of the event that says the same."""
    reference: str | None = None
    """The channel's own id of it."""
    created_at: float = 0.0
    settled_at: float | None = None
    """When the state became the present one; None while it is pending."""
    retry_at: float = 0.0

    @property
    def line(self) -> tuple[str, str]:
        """Conversation and channel: deliveries of one line are brought across in order."""
        return self.conversation_id, self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReminder:
    """A reminder to keep; one of the same conversation and (non-empty) name is replaced."""

    name: str
    intent: str
    entities: str
    """JSON with sorted keys, to be compared as text."""
    due_at: float
    body: str
    """The event that scheduled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReminders:
    """Drops the conversation's reminders that match every field given; without any, all."""

    name: str | None = None
    intent: str | None = None
    entities: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReminder:
    """A reminder whose time has come, claimed by the reader."""

    id: int
    conversation_id: str
    due_at: float
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is needed to rebuild the bot's view of a log without reading all of it."""

    seq: int
    """The last entry it takes into account."""
    body: str
    needs: tuple[tuple[int, int], ...]
    """First and last ``seq`` of the stretches of the log that it refers to, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """What loading a conversation for a turn brings."""

    head: Head
    snapshot: Snapshot | None
    entries: tuple[LogEntry, ...]
    """What the snapshot needs, all after it, and all messages not yet answered; ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What one turn does to a conversation: all of it happens, or nothing."""

    conversation_id: str
    expected_version: int
    """0 creates the conversation when there is none."""
    owner: Owner
    timestamp: float
    entries: tuple[NewEntry, ...] = ()
    answers: int = 0
    """``seq`` of the message that has had its turn; 0 when none has."""
    together: tuple[int, ...] = ()
    """Earlier messages that had their turn with it: what it caused, they caused."""
    deliveries: tuple[NewDelivery, ...] = ()
    reminders: tuple[NewReminder | CancelReminders, ...] = ()
    """Taken in order."""
    finished_reminder: int | None = None
    snapshot: Snapshot | None = None
    key: tuple[str, str] | None = None
    """Channel and message id by which a repetition of the commit is recognised."""

    @property
    def pending_channel(self) -> str | None:
        """The channel of the deliveries that are to be sent; None: there are none."""
        pending = (one.channel for one in self.deliveries if one.state == "pending")
        return next(pending, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """Where a commit stands in the log."""

    version: int
    first_seq: int
    """``seq`` of the commit's first entry; the others follow without a gap."""
    delivery_ids: tuple[int, ...]
    pending_before: tuple[int, ...] = ()
    """Earlier deliveries of the conversation that are pending, when the commit adds such ones."""
    is_repeat: bool = False
    """Nothing was done: a commit of the same key was done before, with its last entry at
    ``first_seq``."""
