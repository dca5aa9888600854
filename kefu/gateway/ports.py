"""What the gateway needs from the outside; implemented by :mod:`kefu.storage` and the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from kefu.core.domain import Domain
from kefu.core.events import Event, ReminderCancelled, ReminderScheduled
from kefu.core.leases import Lease, Leases
from kefu.core.messages import Reply, UserMessage
from kefu.core.shared_state import StateChange
from kefu.core.tracker import Tracker
from kefu.gateway.coordination import Coordination, LiveBus, LiveMessage, Presence, StateCache
from kefu.gateway.records import (
    Arrival,
    Commit,
    Committed,
    Delivery,
    DeliveryState,
    DueReminder,
    Head,
    LogEntry,
    LogPage,
    NewEntry,
    Owner,
    Received,
    StoredConversation,
)

__all__ = [
    "Blocked",
    "Bot",
    "ConversationLog",
    "Conversations",
    "Deliveries",
    "Follower",
    "Lease",
    "Leases",
    "Limits",
    "LiveBus",
    "LiveMessage",
    "Presence",
    "Reminders",
    "Sender",
    "StateCache",
    "Stores",
    "TurnResult",
]


class ConversationLog(Protocol):
    """The append-only logs of all conversations.

    :meth:`receive`, :meth:`receive_all` and :meth:`note` take addresses, which may lead to another
    conversation; all others take the ids of conversations as they are.

    Every method raises :class:`kefu.errors.Unavailable` when the store cannot be reached, in
    which case nothing has happened that a repetition would double.
    """

    async def receive(self, arrival: Arrival, *, changes: Sequence[StateChange] = ()) -> Received:
        """Append a customer's message, creating the conversation when it is new.

        What ``changes`` says of a channel's state is done in the same transaction.

        The arrival's ``conversation_id`` may be an address that leads to another conversation. A
        message whose ``(channel, message_id)`` is in a log already changes nothing; the first
        arrival's place is returned.

        Raises:
            Conflict: A state is not the expected one; nothing was done.
        """
        ...

    async def receive_all(
        self, arrivals: Sequence[Arrival], *, changes: Sequence[StateChange] = (), now: float
    ) -> Sequence[Received]:
        """Append several messages and change a channel's state in one transaction.

        Args:
            arrivals: The messages.
            changes: Of the state.
            now: Tells which values of the state have expired, and when changed ones will.

        Raises:
            Conflict: A state is not the expected one; nothing was done.
        """
        ...

    async def note(self, conversation_id: str, entry: NewEntry) -> tuple[str, int]:
        """Append an entry that is no event, whatever the version, which stays as it is.

        Returns:
            The conversation that ``conversation_id`` leads to, created when it is new, and the
            entry's place.
        """
        ...

    async def commit(self, commit: Commit) -> Committed:
        """Do everything ``commit`` says in one transaction.

        Raises:
            Conflict: The conversation's version is not the expected one.
        """
        ...

    async def load(self, conversation_id: str) -> StoredConversation | None:
        """Return what a turn needs; its size does not grow with the log."""
        ...

    async def history(
        self, conversation_id: str, *, after: int = 0, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return up to ``limit`` entries with a ``seq`` above ``after``, ascending."""
        ...

    async def earlier(
        self, conversation_id: str, *, before: int, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return the last ``limit`` entries with a ``seq`` below ``before``, ascending.

        It costs the same however many there are.
        """
        ...

    async def page(self, address: str, *, after: int = 0, limit: int = 500) -> LogPage:
        """Return where an address leads, and the :meth:`history` there; both of one moment."""
        ...


class Conversations(Protocol):
    """The conversations as a whole."""

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        ...

    async def addresses(self, conversation_id: str) -> Sequence[str]:
        """Return the other addresses that lead to a conversation, ascending."""
        ...

    async def redirect(self, address: str, conversation_id: str) -> None:
        """Let an address lead to a conversation from now on; to itself when they are the same."""
        ...

    async def head(self, conversation_id: str) -> Head | None:
        """Return where a conversation stands, or None if it does not exist."""
        ...

    async def unanswered(self, *, before: float, limit: int) -> Sequence[str]:
        """Return conversations unchanged since ``before`` whose last message had no turn yet."""
        ...

    async def owned_by(self, owner: Owner, *, after: str = "", limit: int = 500) -> Sequence[str]:
        """Return ids above ``after``, ascending, of the conversations that ``owner`` has."""
        ...

    async def listed(self, *, after: str = "", limit: int = 500) -> Sequence[str]:
        """Return ids above ``after``, ascending (by code point)."""
        ...

    async def end(self) -> int:
        """Return the position of the last entry of all logs."""
        ...

    async def tail(self, *, after: int, limit: int = 2_000) -> Sequence[tuple[int, str]]:
        """Return positions above ``after``, ascending, of all logs, with their conversations.

        An entry may become visible after one of a higher position.
        """
        ...


class Deliveries(Protocol):
    """Replies on their way to customers."""

    async def of_message(self, conversation_id: str, seq: int) -> Sequence[Delivery]:
        """Return the replies that message ``seq`` caused, alone or with others, in order."""
        ...

    async def between(self, conversation_id: str, *, first: int, last: int) -> Sequence[Delivery]:
        """Return the deliveries of what stands at these places of a log, both included, in order.

        It costs the same however many others there are.
        """
        ...

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries due at ``now``, oldest first, and hold them until ``until``.

        A delivery is not due while an earlier one of its conversation is pending and not due.
        """
        ...

    async def mark_sent(self, sent: Mapping[int, str | None], *, at: float) -> None:
        """Record that the channel accepted these, and what it calls them, if anything."""
        ...

    async def mark_failed(
        self, delivery_id: int, *, error: str, retry_at: float | None, at: float
    ) -> None:
        """Record a failed attempt; it is tried again at ``retry_at``, or given up when None."""
        ...

    async def hold(self, delivery_id: int, *, error: str) -> None:
        """Keep a delivery pending until it is released; that is no attempt."""
        ...

    async def release(self, conversation_id: str, *, at: float) -> int:
        """Let what is held of a conversation, and waits behind that, be due at a time.

        Returns:
            How much.
        """
        ...

    async def report(
        self, channel: str, reference: str, state: DeliveryState, *, reason: str | None, at: float
    ) -> Delivery | None:
        """Record what the channel says of a delivery; None if there is none that moves on.

        If nothing is known of the reference yet, the report is kept until it is.
        """
        ...

    async def settle_early_reports(self, *, since: float, limit: int) -> Sequence[Delivery]:
        """Record reports that came before what the channel calls the delivery was stored.

        Args:
            since: Reports from before that time, whose reference is still unknown, are dropped.
            limit: How many are recorded at most.

        Returns:
            The deliveries that moved on, once for each report.
        """
        ...

    async def seen(
        self,
        conversation_id: str,
        *,
        up_to: int,
        state: DeliveryState,
        channel: str,
        at: float,
    ) -> int:
        """Let the channel's deliveries up to place ``up_to`` be ``state``, unless they are further.

        Those on ``rest`` stay as they are: nobody tells there what was seen.

        Returns:
            How many moved on.
        """
        ...

    async def find(self, delivery_id: int) -> Delivery | None:
        """Return a delivery."""
        ...

    async def listed(
        self, state: DeliveryState | None, *, after: int = 0, limit: int = 100
    ) -> Sequence[Delivery]:
        """Return deliveries of a state, or all, with ids above ``after``, ascending."""
        ...

    async def send_again(self, delivery_id: int, *, at: float) -> bool:
        """Let a delivery that was given up be pending and due; False if it was not given up."""
        ...


class Reminders(Protocol):
    """What the bot means to come back to."""

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[DueReminder]:
        """Return reminders due at ``now``, earliest first, and hold them until ``until``."""
        ...

    async def hold(self, reminder_ids: Sequence[int], *, until: float) -> None:
        """Hold claimed reminders until ``until``; those that are gone stay gone."""
        ...

    async def next_due(self) -> float | None:
        """Return when the next reminder (held ones included) can be claimed."""
        ...

    async def drop(self, reminder_id: int) -> None:
        """Forget a reminder that is no longer wanted."""
        ...


class Limits(Protocol):
    """Knows how fast a customer may write."""

    def admits(self, kind: Literal["sender"], key: str) -> bool:
        """Count a message of an address; False when it is one too many."""
        ...

    def give_back(self, kind: Literal["sender"], key: str) -> None:
        """Take it back that a message was counted."""
        ...

    def wait(self, kind: Literal["sender"], key: str) -> float:
        """Return the seconds until the next message is admitted."""
        ...


class Blocked(Protocol):
    """Knows whose messages are not taken."""

    async def is_blocked(self, conversation_id: str, sender: str) -> bool:
        """Whether nobody listens to a sender, whose messages are known by ``conversation_id``."""
        ...


class Sender(Protocol):
    """Brings replies to a customer on a channel that can be written to at any time."""

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Send ``reply``; ``delivery_id`` serves as idempotency key where the channel has one.

        Returns:
            The channel's own id of what was sent, where it has one.

        Raises:
            HeldBack: It may not be sent before :meth:`kefu.gateway.gateway.Gateway.release_held`.
            Refused: It will never be accepted.
            ChannelError: The channel did not accept it; it is tried again later.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where the gateway keeps things."""

    log: ConversationLog
    conversations: Conversations
    deliveries: Deliveries
    reminders: Reminders
    shared: Coordination | None = None
    """What is shared with other processes; None: there are none."""


class Follower(Protocol):
    """Wants to know what was committed: the human queue, a publisher of events."""

    async def committed(
        self, conversation_id: str, events: Sequence[Event], *, channel: str
    ) -> None:
        """Take note of events just committed.

        Events of a conversation come in order. After a crash some may come again: taking note
        twice must change nothing.
        """
        ...


class TurnResult(Protocol):
    """What the bot did."""

    @property
    def events(self) -> Sequence[Event]:
        """The new events, oldest first, with their timestamps, already appended to the tracker."""
        ...

    @property
    def replies(self) -> Sequence[Reply]:
        """What the bot says to the customer, in order."""
        ...

    @property
    def reminders(self) -> Sequence[ReminderScheduled | ReminderCancelled]:
        """Those of the events that change which reminders are pending."""
        ...


class Bot(Protocol):
    """The bot's side of a conversation: :class:`kefu.dialogue.bot.Bot`.

    Methods that return a result append its events to the tracker they are given. When one
    raises, that tracker is thrown away.
    """

    @property
    def domain(self) -> Domain:
        """What the bot can understand, remember, do and say."""
        ...

    @property
    def failure_text(self) -> str:
        """What the customer is told when a turn failed as a whole; empty: nothing."""
        ...

    async def take_turn(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        """Understand ``message`` and act until it is the customer's turn again."""
        ...

    async def log_message(self, tracker: Tracker, message: UserMessage) -> TurnResult:
        """Understand ``message`` and note it, without acting."""
        ...

    async def start_session(self, tracker: Tracker, *, output_channel: str) -> TurnResult:
        """Begin a new session."""
        ...

    async def trigger_intent(
        self, tracker: Tracker, intent: str, entities: Any = None, *, output_channel: str
    ) -> TurnResult:
        """Act as if the customer had expressed ``intent``."""
        ...

    async def execute_action(
        self,
        tracker: Tracker,
        name: str,
        *,
        policy: str | None,
        confidence: float | None,
        output_channel: str,
    ) -> TurnResult:
        """Run one action."""
        ...

    async def resume_review(  # noqa: PLR0913 - a decision, each part by keyword
        self,
        tracker: Tracker,
        *,
        decision: Literal["approve", "edit", "discard", "expire"],
        review_id: str | None,
        text: str | None,
        agent: Mapping[str, Any] | None,
        is_silent: bool,
        output_channel: str,
    ) -> TurnResult:
        """Go on with the answer that waits for an agent, as was decided.

        Raises:
            Conflict: The answer waits no longer.
        """
        ...

    async def append_events(
        self,
        tracker: Tracker,
        events: Sequence[Event],
        *,
        execute_side_effects: bool,
        output_channel: str,
    ) -> TurnResult:
        """Append ``events``; with side effects, what the bot utters among them is said."""
        ...

    async def handle_reminder(
        self, tracker: Tracker, reminder: ReminderScheduled, *, output_channel: str
    ) -> TurnResult:
        """Act on a reminder that is due; do nothing if it no longer counts."""
        ...

    async def predict_next(self, tracker: Tracker) -> Any:
        """Return what the policies would do next; the tracker stays as it is."""
        ...
