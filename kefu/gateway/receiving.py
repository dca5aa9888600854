"""How messages come in: into the log first, then into their conversation's lane."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from kefu.core.contents import CONTENT_KEY, content_as_json
from kefu.core.events import Event
from kefu.core.messages import UserMessage
from kefu.core.shared_state import StateChange
from kefu.errors import SenderBlocked, TooMany
from kefu.gateway.answers import Answers
from kefu.gateway.live import Live
from kefu.gateway.merging import Waiting
from kefu.gateway.outcome import Outcome
from kefu.gateway.ports import Blocked, Bot
from kefu.gateway.records import Arrival, NewEntry, Received
from kefu.gateway.rows import cleaned, entry_of, heard, write_message
from kefu.gateway.turns import CommittedTurn, TurnRequest
from kefu.gateway.workings import Workings

__all__ = ["Receipt", "Receiving", "untaken"]

_REMEMBERED = 10_000

Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A message is in the log and will be answered, whatever happens from here on."""

    conversation_id: str
    seq: int
    is_repeat: bool


class Receiving:
    """Takes messages in."""

    def __init__(
        self,
        workings: Workings,
        *,
        answers: Answers,
        bot: Callable[[], Bot],
        after: Callable[[CommittedTurn], Awaitable[None]],
    ) -> None:
        """Put it together.

        Args:
            workings: Log, lanes and turns.
            answers: Give them their turn.
            bot: Gives the bot of the moment, or raises Unavailable.
            after: Is told of messages that an agent has without a turn.
        """
        self._log = workings.stores.log
        self._lanes = workings.lanes
        self._turns = workings.turns
        self._answers = answers
        self._counters = workings.counters
        self._limits = workings.settings.limits
        self.blocked: Blocked | None = None
        """Knows whose messages are not taken; None: nobody is blocked."""
        self._bot = bot
        self._after = after
        self._in_hand: dict[Key, asyncio.Future[Outcome]] = {}
        self._waiting: dict[str, dict[int, UserMessage]] = {}
        """Conversation -> messages that have not had their turn, by place."""
        self._known: OrderedDict[str, str] = OrderedDict()
        """Address -> the conversation that it led to when last seen."""

    def is_in_hand(self, key: Key) -> bool:
        """Whether a message waits for its turn here, or has it."""
        return key in self._in_hand

    async def take_in(
        self,
        message: UserMessage,
        *,
        is_admitted: bool = False,
        changes: Sequence[StateChange] = (),
    ) -> tuple[Receipt, asyncio.Future[Outcome] | None]:
        """Take a message; its future result is None when there is nothing to wait for.

        Args:
            message: What came in.
            is_admitted: It was taken before, into the queue for peaks.
            changes: What changes of the channel's state, in the same transaction.

        Raises:
            Conflict: A state is not the expected one; nothing was taken.
            SenderBlocked: Nobody listens to the sender; nothing was taken.
            TooMany: The address has sent more than its share; nothing was taken.
            Unavailable: Nothing was taken.
        """
        self.check_ready()
        await self.check_blocked(message)
        if not is_admitted:
            self.check_share(message.conversation_id)
        message, arrival = self._arriving(message)
        received = await self._relayed(message, arrival, changes)
        if received is None:
            received = await self._log.receive(arrival, changes=changes)
        if received.is_repeat and not is_admitted and self._limits is not None:
            self._limits.give_back("sender", message.conversation_id)
        self._remember(message.conversation_id, received.conversation_id)
        if received.is_relayed:
            return _receipt(received), None
        message = replace(message, conversation_id=received.conversation_id)
        return _receipt(received), self._queue(message, received)

    async def take_in_all(
        self, messages: Sequence[UserMessage], changes: Sequence[StateChange]
    ) -> list[Receipt]:
        """Take messages and change a channel's state, both or neither.

        Those of blocked senders are left out: their receipts have no place.
        """
        self.check_ready()
        heard = [message for message in messages if not await self._is_blocked(message)]
        receipts = iter(await self._take_in_all(heard, changes))
        return [
            next(receipts) if any(message is one for one in heard) else untaken(message)
            for message in messages
        ]

    async def _take_in_all(
        self, messages: Sequence[UserMessage], changes: Sequence[StateChange]
    ) -> list[Receipt]:
        pairs = [self._arriving(message) for message in messages]
        received = await self._log.receive_all(
            [arrival for _, arrival in pairs], changes=changes, now=self._turns.now()
        )
        for (message, _), one in zip(pairs, received, strict=True):
            self._queue(replace(message, conversation_id=one.conversation_id), one)
        return [_receipt(one) for one in received]

    async def check_blocked(self, message: UserMessage) -> None:
        """Refuse a message of somebody who is blocked, and count it.

        Raises:
            SenderBlocked: They are.
        """
        if await self._is_blocked(message):
            raise SenderBlocked("messages from you are not taken at the moment")

    async def _is_blocked(self, message: UserMessage) -> bool:
        name = message.conversation_id
        if self.blocked is None or not await self.blocked.is_blocked(name, message.sender or name):
            return False
        self._counters.blocked_messages += 1
        return True

    def check_share(self, address: str) -> None:
        """Count a message of ``address``.

        Raises:
            TooMany: It has sent more than its share.
        """
        if self._limits is not None and not self._limits.admits("sender", address):
            wait = self._limits.wait("sender", address)
            raise TooMany("too many messages at once; wait a moment", retry_after=wait)

    def check_ready(self) -> None:
        """Refuse before anything is taken what could not be answered.

        Raises:
            Unavailable: There is no model, too much waits, or the gateway is closed.
        """
        self._lanes.check_open()
        self._bot()

    def _arriving(self, message: UserMessage) -> tuple[UserMessage, Arrival]:
        message = cleaned(message)
        channels_id = message.message_id
        metadata = message.metadata
        if message.content is not None:
            metadata = {**metadata, CONTENT_KEY: content_as_json(message.content)}
        message = replace(
            message,
            # The same for every attempt at the turn, whoever makes it.
            message_id=uuid.uuid4().hex if channels_id is None else channels_id,
            sender=message.sender or message.conversation_id,
            metadata=metadata,
        )
        return message, Arrival(
            conversation_id=message.conversation_id,
            channel=message.input_channel,
            message_id=channels_id,
            timestamp=self._turns.now(),
            body=write_message(message),
            address=message.sender,
        )

    def _queue(self, message: UserMessage, received: Received) -> asyncio.Future[Outcome] | None:
        key = (received.conversation_id, received.seq)
        if received.is_repeat:
            self._counters.repeats += 1
            future = self._in_hand.get(key)
            if future is None and received.head.answered_seq < received.seq:
                future = self._submit(key, lambda: self._answers.recovered(self._bot(), *key))
            return future
        self._counters.received += 1
        self._waiting.setdefault(received.conversation_id, {})[received.seq] = message
        return self._submit(
            key,
            lambda: self._answers.answer(
                self._bot(), message, received, lambda: self._waiting_in(received.conversation_id)
            ),
        )

    def _waiting_in(self, conversation_id: str) -> list[Waiting]:
        return sorted(self._waiting.get(conversation_id, {}).items())

    def _submit(self, key: Key, job: Callable[[], Awaitable[Outcome]]) -> asyncio.Future[Outcome]:
        future = self._lanes.submit(key[0], job)
        self._in_hand[key] = future
        future.add_done_callback(lambda _: self._finished(key))
        return future

    def _finished(self, key: Key) -> None:
        self._in_hand.pop(key, None)
        waiting = self._waiting.get(key[0])
        if waiting is not None:
            waiting.pop(key[1], None)
            if not waiting:
                del self._waiting[key[0]]

    # -- customers who talk to an agent ----------------------------------------------------

    async def _relayed(
        self, message: UserMessage, arrival: Arrival, changes: Sequence[StateChange]
    ) -> Received | None:
        """Take a message in and give it to the agent, both in one transaction.

        None: nothing was done, because the conversation is not an agent's as far as is known here.
        The log knows: if the agent has lost it meanwhile, the message is taken in and has no turn.
        """
        address = message.conversation_id
        conversation_id = self._known.get(address, address)
        if not self._is_agents(conversation_id):
            return None

        async def relay() -> Received | None:
            live = self._turns.peek(conversation_id, self._bot())
            if live is None or live.head.owner != "agent":
                return None
            event = heard(message, arrival.timestamp)
            entry = entry_of(event, arrival.timestamp)
            received = await self._log.receive(replace(arrival, relayed=entry), changes=changes)
            if received.is_relayed:
                await self._note_relayed(live, message, received, event, entry)
            return received

        # In the lane, so that what the agent says meanwhile does not have to be said again.
        lane = self._lanes.submit(conversation_id, relay, is_patient=False)
        relayed: Received | None = await asyncio.shield(lane)
        return relayed

    def _is_agents(self, conversation_id: str) -> bool:
        live = self._turns.peek(conversation_id, self._bot())
        return live is not None and live.head.owner == "agent"

    async def _note_relayed(
        self, live: Live, message: UserMessage, received: Received, event: Event, entry: NewEntry
    ) -> None:
        """Bring what is in memory up to a message that an agent has, and tell of it."""
        self._counters.received += 1
        self._counters.relayed += 1
        conversation_id = received.conversation_id
        if live.head.version == received.head.version - 1:
            live.tracker.append(event)
            live.advance(received.head, (event,), (entry,), received.seq + 1)
            self._turns.keep(live)
        else:
            self._turns.forget(conversation_id)
            live = await self._turns.live(
                conversation_id, self._bot(), version=received.head.version
            )
        request = TurnRequest(
            conversation_id=conversation_id,
            channel=message.input_channel,
            answers=received.seq,
        )
        await self._after(
            CommittedTurn(
                request=request,
                events=(event,),
                replies=(),
                deliveries=(),
                pending_before=(),
                owner_before="agent",
                live=live,
            )
        )

    def _remember(self, address: str, conversation_id: str) -> None:
        if address == conversation_id:
            self._known.pop(address, None)
            return
        self._known[address] = conversation_id
        self._known.move_to_end(address)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def untaken(message: UserMessage) -> Receipt:
    """Return the receipt of a message that was refused without telling its sender."""
    return Receipt(conversation_id=message.conversation_id, seq=0, is_repeat=False)


def _receipt(received: Received) -> Receipt:
    return Receipt(
        conversation_id=received.conversation_id,
        seq=received.seq,
        is_repeat=received.is_repeat,
    )
