"""The door: every message passes it, and every change of a conversation.

Receive, turn, commit, deliver. A message is in the log before anybody acts on it; what a turn
does is committed as a whole or not at all; so the process may die at any moment and the next
start goes on from what the log says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NoReturn

from kefu.clock import Clock
from kefu.core.messages import UserMessage
from kefu.core.shared_state import StateChange
from kefu.core.signals import Signal
from kefu.errors import SenderBlocked, Unavailable
from kefu.gateway.answers import Answers
from kefu.gateway.entrances import Entrances
from kefu.gateway.inbound import Inbound
from kefu.gateway.outcome import Outcome
from kefu.gateway.ports import Blocked, Bot, Follower, Sender, Stores
from kefu.gateway.prompt import Answered, PromptAnswers
from kefu.gateway.reading import LoggedEntry, LoggedEvent, Passage, Reading, Verbosity
from kefu.gateway.receiving import Receipt, Receiving, untaken
from kefu.gateway.records import NOTE, Delivery, DeliveryState, Head, NewEntry
from kefu.gateway.reminding import Reminding
from kefu.gateway.rounds import Rounds
from kefu.gateway.rows import as_json
from kefu.gateway.settings import GatewaySettings
from kefu.gateway.turns import CommittedTurn
from kefu.gateway.workings import Workings

__all__ = ["Gateway", "GatewaySettings", "Outcome", "Receipt"]


class Gateway(Entrances):
    """Receives messages, gives them their turns and sees to it that the replies arrive.

    It is the :class:`kefu.channels.door.Door` of channels.

    Attributes:
        counters: What happened so far.
        inbound: Queue that :meth:`receive` uses; None, and messages go into the log at once.
    """

    def __init__(
        self,
        bot: Bot | None,
        stores: Stores,
        *,
        clock: Clock | None = None,
        settings: GatewaySettings | None = None,
        followers: Sequence[Follower] = (),
        handoff: Follower | None = None,
    ) -> None:
        """Put a gateway together; :meth:`run` sees to what comes due.

        Args:
            bot: Takes the turns; :meth:`use_bot` changes it. Without one nothing is taken.
            stores: Where conversations are kept.
            clock: Tells the time.
            settings: Limits.
            followers: Hear every commit.
            handoff: Hears the commits of conversations that the bot does not own, or no longer
                does after the commit: the human queue.
        """
        workings = Workings.of(
            stores, clock=clock, settings=settings, followers=followers, handoff=handoff
        )
        super().__init__(
            stores.conversations,
            workings.lanes,
            workings.turns,
            bot=lambda: self.bot,
            after=self._after,
        )
        self._bot: Bot | None = None
        self._has_bot = asyncio.Event()
        self.use_bot(bot)
        self.counters = workings.counters
        self.sharing = workings.sharing
        self.inbound: Inbound | None = None
        self._workings = workings
        self._stores = stores
        self._clock = workings.clock
        self._outbox = workings.outbox
        self._reports = workings.reports
        self._following = workings.following
        self._reading = Reading(stores, workings.turns)
        self._answers = Answers(workings, self._after)
        self._receiving = Receiving(
            workings, answers=self._answers, bot=lambda: self.bot, after=self._after
        )
        self._prompt = PromptAnswers(stores.deliveries, workings.outbox)
        self._reminding = Reminding(workings, self._after)
        self._rounds = Rounds(workings)

    # -- life ------------------------------------------------------------------------------

    def connect(self, channel: str, sender: Sender, *, joins_texts: bool = False) -> None:
        """Send replies for ``channel`` through ``sender`` from now on.

        Args:
            channel: Name of the channel.
            sender: Brings replies to its customers.
            joins_texts: Make adjacent replies of a turn that are text only one delivery.
        """
        self._workings.senders[channel] = sender
        self._turns.pushing_channels = frozenset(self._workings.senders)
        if joins_texts:
            self._turns.joining_channels |= {channel}

    @property
    def bot(self) -> Bot:
        """The bot that takes the next turn.

        Raises:
            Unavailable: There is none.
        """
        if self._bot is None:
            raise Unavailable("no model is loaded")
        return self._bot

    def use_bot(self, bot: Bot | None) -> None:
        """Let ``bot`` take all turns that begin from now on; those under way are finished."""
        self._bot = bot
        if bot is None:
            self._has_bot.clear()
        else:
            self._has_bot.set()

    async def resume(self, *, silent_for: float = 0.0) -> int:
        """Give messages their turn that have none, as after a crash; return how many conversations.

        Args:
            silent_for: Seconds for which nothing has happened in a conversation; others may be
                in the hands of another process.
        """
        return await self._rounds.resume(self._catch_up, silent_for=silent_for)

    async def refeed_handoff(self) -> None:
        """Tell the human queue again which conversations wait, as after a crash."""
        await self._rounds.refeed(self.bot)

    async def close(self) -> None:
        """Take nothing more, finish what is under way and stop."""
        await self._lanes.close()
        await self._outbox.close()
        if self._workings.leases is not None:
            await self._workings.leases.close()
        if self.sharing is not None:
            self.sharing.close()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await self._lanes.idle()
        await self._outbox.idle()

    # -- messages --------------------------------------------------------------------------

    async def receive(
        self, message: UserMessage, *, changes: Sequence[StateChange] = ()
    ) -> Receipt:
        """Take a message and return as soon as it is in the log; its turn follows by itself.

        With a queue for peaks it is only known to be in the queue, and the receipt has no place.

        What a blocked sender says on a channel that pushes is dropped: the platform could do
        nothing about it but say it again.

        Raises:
            Conflict: A state is not the expected one; nothing was taken.
            SenderBlocked: Nobody listens to the sender; nothing was taken.
            Unavailable: Nothing was taken; the sender shall try again later.
        """
        try:
            return await self._receive(message, changes)
        except SenderBlocked:
            if not self._pushes(message):
                raise
            await self._change_states(changes)
            return untaken(message)

    async def _receive(self, message: UserMessage, changes: Sequence[StateChange]) -> Receipt:
        if self.inbound is not None and self.bot is not None:
            await self._receiving.check_blocked(message)
            self._receiving.check_share(message.conversation_id)
            await self._change_states(changes)
            return await self.inbound.put(message)
        receipt, _ = await self._receiving.take_in(message, changes=changes)
        return receipt

    async def _change_states(self, changes: Sequence[StateChange]) -> None:
        if changes:
            await self._stores.log.receive_all([], changes=changes, now=self._clock.now())

    def _pushes(self, message: UserMessage) -> bool:
        return message.input_channel in self._workings.senders

    async def take_queued(self, message: UserMessage) -> None:
        """Take a message that was received into the queue for peaks.

        Raises:
            Unavailable: It was not taken; it stays in the queue.
        """
        with suppress(SenderBlocked):  # since it was taken into the queue
            await self._receiving.take_in(message, is_admitted=True)

    async def receive_all(
        self, messages: Sequence[UserMessage], *, changes: Sequence[StateChange] = ()
    ) -> Sequence[Receipt]:
        """Take messages and change a channel's state in one transaction, or raise Conflict."""
        return await self._receiving.take_in_all(messages, changes)

    async def handle(self, message: UserMessage) -> Outcome:
        """Take a message, give it its turn and return what came of it.

        A repeat of a message returns what came of the first, and changes nothing.

        Raises:
            TooMany: The address has sent more than its share; nothing was taken.
            Unavailable: Nothing was taken; the sender shall try again later.
            StorageError: The message is in the log, but its turn could not be committed; it is
                done later, and a repeat of the message returns what came of it.
        """
        receipt, future = await self._receiving.take_in(message)
        if future is None:
            outcome = await self._answers.stored(receipt.conversation_id, receipt.seq)
        else:
            outcome = await asyncio.shield(future)
        if outcome.is_repeat != receipt.is_repeat:  # its turn may have been taken elsewhere
            outcome = replace(outcome, is_repeat=receipt.is_repeat)
        return outcome

    def block(self, blocked: Blocked) -> None:
        """Take no messages of those whom ``blocked`` names, from now on."""
        self._receiving.blocked = blocked

    async def answer_within(
        self, message: UserMessage, seconds: float, *, changes: Sequence[StateChange] = ()
    ) -> Answered | None:
        """Take a message, and return its answer if its turn ends within ``seconds``.

        The deliveries of the answer are then in the caller's hand, who has :attr:`delivery_hold
        <kefu.gateway.settings.GatewaySettings>` seconds to :meth:`confirm` them or to
        :meth:`hand_back` them.

        Raises:
            Conflict: A state is not the expected one; nothing was taken.
            TooMany: The address has sent more than its share; nothing was taken.
            Unavailable: Nothing was taken; the sender shall try again later.
        """
        try:
            receipt, future = await self._receiving.take_in(message, changes=changes)
        except SenderBlocked:
            if not self._pushes(message):
                raise
            await self._change_states(changes)
            return Answered(replies=(), delivery_ids=(), is_repeat=False)
        return await self._prompt.wait(receipt, future, seconds)

    # -- deliveries ------------------------------------------------------------------------

    async def confirm(self, delivery_ids: Sequence[int]) -> None:
        """Note that these were written as an answer."""
        await self._outbox.confirm(delivery_ids)

    async def hand_back(self, delivery_ids: Sequence[int]) -> None:
        """Send these after all."""
        self._outbox.hand_back(delivery_ids)

    async def note_delivery(
        self,
        channel: str,
        reference: str,
        state: Literal["delivered", "read", "failed"],
        *,
        reason: str | None = None,
    ) -> bool:
        """Note what a channel reports of something sent; whether its state moved on.

        A report that comes before it is stored what the channel calls the delivery counts later.
        """
        return await self._reports.note(channel, reference, state, reason=reason)

    async def seen(
        self,
        conversation_id: str,
        *,
        up_to: int,
        state: Literal["delivered", "read"],
        channel: str,
    ) -> None:
        """Note that the channel's deliveries up to place ``up_to`` have got so far."""
        conversation_id = await self.resolve(conversation_id)
        await self._reports.seen(conversation_id, up_to=up_to, state=state, channel=channel)

    async def release_held(self, conversation_id: str) -> int:
        """Send now what the channel had held back; return how much."""
        return await self._outbox.release(await self.resolve(conversation_id))

    async def deliveries(
        self, state: DeliveryState | None = None, *, after: int = 0, limit: int = 100
    ) -> Sequence[Delivery]:
        """Return deliveries of a state, or all, with ids above ``after``, oldest first."""
        return await self._stores.deliveries.listed(state, after=after, limit=limit)

    async def failed_deliveries(self, *, after: int = 0, limit: int = 100) -> Sequence[Delivery]:
        """Return the dead-letter list: what was given up, or refused, with the reason."""
        return await self.deliveries("failed", after=after, limit=limit)

    async def delivery(self, delivery_id: int) -> Delivery | None:
        """Return a delivery."""
        return await self._stores.deliveries.find(delivery_id)

    async def send_again(self, delivery_id: int) -> bool:
        """Send what was given up; False if it is not on the dead-letter list."""
        return await self._outbox.send_again(delivery_id)

    # -- addresses -------------------------------------------------------------------------

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        return await self._stores.conversations.resolve(address)

    async def redirect(self, address: str, conversation_id: str) -> None:
        """Let an address lead to a conversation from now on; to itself when they are the same.

        What the address's former conversation has under way is finished there.
        """
        before = await self.resolve(address)
        await self._stores.conversations.redirect(address, conversation_id)
        self.redirected(address, before, conversation_id)

    def redirected(self, *conversation_ids: str) -> None:
        """Let those who watch these look again: addresses lead elsewhere now."""
        for conversation_id in dict.fromkeys(conversation_ids):
            self._following.changed(conversation_id)

    async def look_anew(self, conversation_id: str) -> None:
        """Take note that a conversation was changed beside the gateway, as when two are merged.

        Messages that wait in it get their turn; who watches it looks again.
        """
        self._turns.forget(conversation_id)
        self.redirected(conversation_id)
        head = await self._stores.conversations.head(conversation_id)
        if head is not None and not head.is_answered and self._bot is not None:
            self._lanes.submit(conversation_id, partial(self._catch_up, conversation_id))

    # -- reading ---------------------------------------------------------------------------

    async def log(
        self, conversation_id: str, *, after: int = 0, limit: int | None = None
    ) -> Sequence[LoggedEvent]:
        """Return committed events behind ``after``, oldest first, earlier sessions included."""
        conversation_id = await self.resolve(conversation_id)
        return await self._reading.log(conversation_id, after=after, limit=limit)

    async def passage(
        self, address: str, *, after: int = 0, limit: int | None = None, follows: bool = True
    ) -> Passage:
        """Return committed events and notes behind ``after``, oldest first.

        With ``follows`` false, of the conversation with exactly this id, merged or not.
        """
        return await self._reading.passage(address, after=after, limit=limit, follows=follows)

    async def earlier(
        self, conversation_id: str, *, before: int, limit: int
    ) -> Sequence[LoggedEntry]:
        """Return the events and notes among the last ``limit`` entries below ``before``, ascending.

        It costs the same however long the log is. ``conversation_id`` is as :meth:`resolve` gives
        it.
        """
        return await self._reading.earlier(conversation_id, before=before, limit=limit)

    async def deliveries_between(
        self, conversation_id: str, *, first: int, last: int
    ) -> Sequence[Delivery]:
        """Return what became of what stands at these places of a log, both included."""
        return await self._stores.deliveries.between(conversation_id, first=first, last=last)

    async def note(self, conversation_id: str, body: Mapping[str, Any]) -> int:
        """Put a note into the log, which people are shown and the bot never sees."""
        entry = NewEntry(kind=NOTE, timestamp=self._clock.now(), body=as_json(body))
        conversation_id, seq = await self._stores.log.note(conversation_id, entry)
        self._following.changed(conversation_id)
        return seq

    async def state(
        self,
        conversation_id: str,
        *,
        events: Verbosity = "AFTER_RESTART",
        until: float | None = None,
    ) -> dict[str, Any]:
        """Return the conversation in the form of Rasa's HTTP API; nothing is changed.

        Args:
            conversation_id: Which one; one that does not exist is shown without events.
            events: Which events come with it.
            until: Show the conversation as it was at this time.
        """
        conversation_id = await self.resolve(conversation_id)
        return await self._reading.state(conversation_id, self.bot, events=events, until=until)

    async def head(self, conversation_id: str) -> Head | None:
        """Return where a conversation stands, or None if nothing was ever logged for it."""
        return await self._stores.conversations.head(await self.resolve(conversation_id))

    async def exists(self, conversation_id: str) -> bool:
        """Whether anything was ever logged for the conversation."""
        return await self.head(conversation_id) is not None

    async def last_seq(self, conversation_id: str) -> int:
        """Return the position of the last entry of the log, 0 when there is none."""
        head = await self.head(conversation_id)
        return 0 if head is None else head.last_seq

    def watch(
        self,
        conversation_id: str,
        hint: Callable[[], None],
        *,
        signals: Callable[[Signal], None] | None = None,
    ) -> Callable[[], None]:
        """Call ``hint`` after each commit to the conversation, until the result is called.

        Args:
            conversation_id: As :meth:`resolve` gives it.
            hint: Called after each change of the log, and when an address is redirected.
            signals: Called with each signal.
        """
        return self._following.watch(conversation_id, hint, signals)

    def signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell whoever watches the conversation, in every process; nothing is stored."""
        self._following.signal_all(conversation_id, signal)

    def signal_here(self, conversation_id: str, signal: Signal) -> None:
        """Tell whoever watches the conversation in this process."""
        self._following.signal(conversation_id, signal)

    # -- background ------------------------------------------------------------------------

    async def run(self) -> NoReturn:
        """Take up what an earlier run left, then see to whatever comes due, until cancelled."""
        await self._rounds.run(
            self._has_bot, lambda: self.bot, self._catch_up, reminding=self._reminding
        )

    async def fire_due_reminders(self) -> int:
        """Act on reminders whose time has come; return how many."""
        return await self._reminding.fire_due(lambda: self.bot)

    async def _catch_up(self, conversation_id: str) -> None:
        await self._answers.catch_up(self.bot, conversation_id)

    async def _after(self, turn: CommittedTurn) -> None:
        """Do what follows a commit; nothing in it can undo the commit."""
        if not self._prompt.take(turn):
            self._outbox.send(turn.deliveries, turn.pending_before)
        self._take_along(turn)
        self._reminding.note(turn)
        await self._following.committed(turn)

    def _take_along(self, turn: CommittedTurn) -> None:
        """Give messages their turn that another process received meanwhile."""
        if self._workings.leases is None or turn.came_between is None:
            return
        conversation_id = turn.request.conversation_id
        if not self._receiving.is_in_hand((conversation_id, turn.came_between)):
            catch_up = partial(self._catch_up, conversation_id)
            self._lanes.submit(conversation_id, catch_up, is_patient=False)
