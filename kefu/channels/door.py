"""The gateway as channels see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from kefu.core.events import Event
from kefu.core.messages import AgentMessage, Reply, UserMessage
from kefu.core.shared_state import StateChange
from kefu.core.signals import Signal

__all__ = [
    "Answered",
    "ConversationHead",
    "Door",
    "LoggedEntry",
    "LoggedEvent",
    "Outcome",
    "Passage",
    "Receipt",
]


class LoggedEvent(Protocol):
    """An event with its place in the conversation's log."""

    @property
    def seq(self) -> int:
        """Position in the log; later events have larger numbers, without promise of no gaps."""
        ...

    @property
    def event(self) -> Event:
        """The event."""
        ...


class LoggedEntry(Protocol):
    """An event or a note with its place in the conversation's log: one of the two is None."""

    @property
    def seq(self) -> int:
        """Position in the log."""
        ...

    @property
    def timestamp(self) -> float:
        """When it was said or done."""
        ...

    @property
    def event(self) -> Event | None:
        """What the bot's view is folded from."""
        ...

    @property
    def note(self) -> Mapping[str, Any] | None:
        """What only people are shown; see :meth:`Door.note`."""
        ...


class Passage(Protocol):
    """A stretch of a conversation's log."""

    @property
    def conversation_id(self) -> str:
        """The conversation that the address leads to."""
        ...

    @property
    def entries(self) -> Sequence[LoggedEntry]:
        """Its events and notes, oldest first."""
        ...


class ConversationHead(Protocol):
    """Where a conversation stands."""

    @property
    def owner(self) -> Literal["bot", "queue", "agent"]:
        """Who answers."""
        ...

    @property
    def last_seq(self) -> int:
        """Place of the last entry of its log."""
        ...


class Receipt(Protocol):
    """A message is in the log and will be answered, whatever happens from here on."""

    @property
    def conversation_id(self) -> str:
        """The conversation that the message's address leads to."""
        ...

    @property
    def seq(self) -> int:
        """Place of the message in the log."""
        ...

    @property
    def is_repeat(self) -> bool:
        """Whether the same message had been received before."""
        ...


class Outcome(Protocol):
    """A message was taken and its turn has ended."""

    @property
    def conversation_id(self) -> str:
        """The conversation that the message's address leads to."""
        ...

    @property
    def replies(self) -> Sequence[Reply]:
        """What the bot said; the first result again when the message is a repeat."""
        ...


class Answered(Protocol):
    """A message was answered in time; its deliveries are in the caller's hand."""

    @property
    def replies(self) -> Sequence[Reply]:
        """What to write as the answer."""
        ...

    @property
    def delivery_ids(self) -> Sequence[int]:
        """One for each reply."""
        ...

    @property
    def is_repeat(self) -> bool:
        """Whether the same answer was given before: the platform asks again."""
        ...


class Door(Protocol):
    """The gateway as channels see it.

    A ``conversation_id`` that comes from outside may be an *address*, which leads to the
    conversation of a customer who is known by others too. Methods that take part in messages
    resolve it themselves; what is watched is a conversation: see :meth:`resolve`.
    """

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to; mostly the same text."""
        ...

    # -- messages in -----------------------------------------------------------------------

    async def handle(self, message: UserMessage) -> Outcome:
        """Take a message, run its turn and return when both are committed.

        Raises:
            Unavailable: Nothing was taken; the sender shall try again later.
        """
        ...

    async def receive(
        self, message: UserMessage, *, changes: Sequence[StateChange] = ()
    ) -> Receipt:
        """Take a message and return as soon as it is committed; its turn follows by itself.

        What ``changes`` says of the channel's state is done in the same transaction.

        Raises:
            Conflict: A state is not the expected one: somebody else was faster.
            Unavailable: Nothing was taken; the sender shall try again later.
        """
        ...

    async def receive_all(
        self, messages: Sequence[UserMessage], *, changes: Sequence[StateChange] = ()
    ) -> Sequence[Receipt]:
        """Take messages and change a channel's state in one transaction, or do nothing.

        Repeats are recognised one by one.

        Raises:
            Conflict: A state is not the expected one: somebody else was faster.
            Unavailable: Nothing was taken.
        """
        ...

    async def answer_within(
        self, message: UserMessage, seconds: float, *, changes: Sequence[StateChange] = ()
    ) -> Answered | None:
        """Take a message, and return its answer if its turn ends within ``seconds``.

        The deliveries of the answer are then in the caller's hand: :meth:`confirm` them once the
        answer is written, or :meth:`hand_back` what could not be. A process that dies between
        gives them back. None: too late, or nothing to say; what there is follows by ``send``.
        A repeat of a message that was answered this way gets the same answer again. What
        ``changes`` says of the channel's state is done in the transaction that takes it.

        Raises:
            Conflict: A state is not the expected one: somebody else was faster.
            Unavailable: Nothing was taken; the sender shall try again later.
        """
        ...

    # -- deliveries ------------------------------------------------------------------------

    async def confirm(self, delivery_ids: Sequence[int]) -> None:
        """Note that these were written as an answer."""
        ...

    async def hand_back(self, delivery_ids: Sequence[int]) -> None:
        """Let these be sent by the connector's ``send`` after all."""
        ...

    async def note_delivery(
        self,
        channel: str,
        reference: str,
        state: Literal["delivered", "read", "failed"],
        *,
        reason: str | None = None,
    ) -> bool:
        """Note what the channel reports of something sent, by the id that ``send`` returned.

        Returns:
            Whether there is such a delivery and its state moved on.
        """
        ...

    async def seen(
        self,
        conversation_id: str,
        *,
        up_to: int,
        state: Literal["delivered", "read"],
        channel: str,
    ) -> None:
        """Note that all deliveries of the conversation up to place ``up_to`` have got so far."""
        ...

    async def release_held(self, conversation_id: str) -> int:
        """Send now what ``send`` had held back (:class:`HeldBack`); return how much."""
        ...

    # -- the log ---------------------------------------------------------------------------

    async def log(
        self, conversation_id: str, *, after: int = 0, limit: int | None = None
    ) -> Sequence[LoggedEvent]:
        """Return committed events behind position ``after``, oldest first."""
        ...

    async def passage(self, address: str, *, after: int = 0, limit: int | None = None) -> Passage:
        """Return committed events and notes behind position ``after``."""
        ...

    async def append_events(self, conversation_id: str, events: Sequence[Event]) -> Outcome:
        """Append events that the bot takes note of, without a message."""
        ...

    # -- agents who sit elsewhere ----------------------------------------------------------

    async def agent_says(self, message: AgentMessage) -> Outcome:
        """Say something to the customer as a human agent, on the channel they wrote on last.

        Raises:
            Conflict: The conversation is not an agent's; nothing was said.
            Unavailable: Nothing was said; try again later.
        """
        ...

    async def change_owner(
        self, conversation_id: str, owner: Literal["bot", "queue", "agent"]
    ) -> bool:
        """Give the conversation to ``owner`` at once; False if there is no such conversation."""
        ...

    async def note(self, conversation_id: str, body: Mapping[str, Any]) -> int:
        """Put a note into the log, which people are shown and the bot never sees.

        Returns:
            Its place.
        """
        ...

    async def head(self, conversation_id: str) -> ConversationHead | None:
        """Return where a conversation stands, or None if nothing was ever logged for it."""
        ...

    async def last_seq(self, conversation_id: str) -> int:
        """Return the position of the conversation's last entry, 0 when there is none."""
        ...

    # -- what happens now ------------------------------------------------------------------

    def signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell whoever watches the conversation, in every process; nothing is stored."""
        ...

    def watch(
        self,
        conversation_id: str,
        hint: Callable[[], None],
        *,
        signals: Callable[[Signal], None] | None = None,
    ) -> Callable[[], None]:
        """Call ``hint`` after each commit to the conversation, until the result is called.

        Args:
            conversation_id: As :meth:`resolve` gives it. When it is redirected, ``hint`` is
                called: whoever holds an address resolves it again then.
            hint: Called after each change of the log.
            signals: Called with each signal.
        """
        ...
