"""How messages come in: into the log first, then into their conversation's lane."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from kefu.core.contents import CONTENT_KEY, content_as_json
from kefu.core.events import UserUttered
from kefu.core.messages import UserMessage
from kefu.core.shared_state import StateChange
from kefu.errors import TooMany
from kefu.gateway.answers import Answers
from kefu.gateway.lanes import Lanes
from kefu.gateway.live import Live
from kefu.gateway.merging import Waiting
from kefu.gateway.outcome import Outcome
from kefu.gateway.ports import Bot, ConversationLog
from kefu.gateway.records import Arrival, Received
from kefu.gateway.rows import cleaned, entry_of, heard, write_message
from kefu.gateway.turns import CommittedTurn, TurnRequest, Turns

__all__ = ["Receipt", "Receiving"]

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
        log: ConversationLog,
        lanes: Lanes,
        turns: Turns,
        *,
        answers: Answers,
        bot: Callable[[], Bot],
        after: Callable[[CommittedTurn], Awaitable[None]],
    ) -> None:
        """Put it together.

        Args:
            log: Where messages go.
            lanes: Where they wait for their turn.
            turns: Know the time and the conversations.
            answers: Give them their turn.
            bot: Gives the bot of the moment, or raises Unavailable.
            after: Is told of messages that an agent has without a turn.
        """
        self._log = log
        self._lanes = lanes
        self._turns = turns
        self._answers = answers
        self._counters = turns.counters
        self._bot = bot
        self._after = after
        self._in_hand: dict[Key, asyncio.Future[Outcome]] = {}
        self._waiting: dict[str, dict[int, UserMessage]] = {}
        """Conversation -> messages that have not had their turn, by place."""
        self._known: OrderedDict[str, str] = OrderedDict()
        """Address -> the conversation that it led to when last seen."""
        self.admits: Callable[[str], bool] = _admits_all
        """Whether an address may send another message at the moment."""

    def is_in_hand(self, key: Key) -> bool:
        """Whether a message waits for its turn here, or has it."""
        return key in self._in_hand

    async def take_in(
        self, message: UserMessage, *, is_admitted: bool = False
    ) -> tuple[Receipt, asyncio.Future[Outcome] | None]:
        """Take a message; its future result is None when there is nothing to wait for.

        Args:
            message: What came in.
            is_admitted: It was taken before, into the queue for peaks.

        Raises:
            TooMany: The address has sent more than its share; nothing was taken.
            Unavailable: Nothing was taken.
        """
        self.check_ready()
        if not is_admitted:
            self.check_share(message.conversation_id)
        message, arrival = self._arriving(message)
        relayed, live = self._for_agent(message)
        if relayed is not None:
            arrival = replace(arrival, relayed=entry_of(relayed.events[0], arrival.timestamp))
        received = await self._log.receive(arrival)
        self._remember(message.conversation_id, received.conversation_id)
        message = replace(message, conversation_id=received.conversation_id)
        if received.is_relayed and relayed is not None and live is not None:
            await self._relay(relayed, live, received)
            return _receipt(received), None
        return _receipt(received), self._queue(message, received)

    async def take_in_all(
        self, messages: Sequence[UserMessage], state: StateChange | None
    ) -> list[Receipt]:
        """Take messages and change a channel's state, both or neither."""
        self.check_ready()
        pairs = [self._arriving(message) for message in messages]
        received = await self._log.receive_all([arrival for _, arrival in pairs], state=state)
        for (message, _), one in zip(pairs, received, strict=True):
            self._queue(replace(message, conversation_id=one.conversation_id), one)
        return [_receipt(one) for one in received]

    def check_share(self, address: str) -> None:
        """Count a message of ``address``.

        Raises:
            TooMany: It has sent more than its share.
        """
        if not self.admits(address):
            raise TooMany("too many messages at once; wait a moment")

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

    def _for_agent(self, message: UserMessage) -> tuple[_Relayed | None, Live | None]:
        """Return what a message is to an agent, if its conversation is an agent's as far as known.

        The log knows: it takes the message so only if it still is.
        """
        address = message.conversation_id
        live = self._turns.peek(self._known.get(address, address), self._bot())
        if live is None or live.head.owner != "agent":
            return None, None
        return _Relayed((heard(message, self._turns.now()),), message), live

    async def _relay(self, relayed: _Relayed, live: Live, received: Received) -> None:
        """Bring what is in memory up to a message that an agent has, and tell of it."""
        self._counters.received += 1
        self._counters.relayed += 1
        conversation_id = received.conversation_id
        is_kept = self._turns.peek(conversation_id, self._bot()) is live
        if is_kept and live.head.version == received.head.version - 1:
            live.tracker.extend(relayed.events)
            entry = entry_of(relayed.events[0], self._turns.now())
            live.advance(received.head, relayed.events, [entry], received.seq + 1)
            self._turns.keep(live)
        else:
            self._turns.forget(conversation_id)
            live = await self._turns.live(
                conversation_id, self._bot(), version=received.head.version
            )
        await self._after(
            CommittedTurn(
                request=TurnRequest(
                    conversation_id=conversation_id,
                    channel=relayed.message.input_channel,
                    answers=received.seq,
                ),
                events=relayed.events,
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


@dataclass(frozen=True, slots=True)
class _Relayed:
    events: tuple[UserUttered]
    message: UserMessage


def _receipt(received: Received) -> Receipt:
    return Receipt(
        conversation_id=received.conversation_id,
        seq=received.seq,
        is_repeat=received.is_repeat,
    )


def _admits_all(_address: str) -> bool:
    return True
