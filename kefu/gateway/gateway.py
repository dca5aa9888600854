"""The door: every message passes it, and every change of a conversation.

Receive, turn, commit, deliver. A message is in the log before anybody acts on it; what a turn
does is committed as a whole or not at all; so the process may die at any moment and the next
start goes on from what the log says.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

from kefu.clock import Clock, SystemClock
from kefu.core.events import Event
from kefu.core.messages import UserMessage
from kefu.core.tracker import Tracker
from kefu.errors import Unavailable
from kefu.gateway.answers import Answers
from kefu.gateway.counters import Counters
from kefu.gateway.following import Following
from kefu.gateway.lanes import Lanes
from kefu.gateway.live import Live, LiveConversations
from kefu.gateway.loading import Loading
from kefu.gateway.outbox import Outbox
from kefu.gateway.outcome import Noted, Outcome
from kefu.gateway.ports import Bot, Follower, Sender, Stores, TurnResult
from kefu.gateway.reading import LoggedEvent, Reading, Verbosity
from kefu.gateway.records import Arrival, Owner
from kefu.gateway.reminding import Reminding
from kefu.gateway.rounds import Rounds
from kefu.gateway.rows import cleaned, write_message
from kefu.gateway.settings import GatewaySettings
from kefu.gateway.sharing import Sharing
from kefu.gateway.turn_leases import TurnLeases
from kefu.gateway.turns import (
    COLLECTOR,
    Act,
    CommittedTurn,
    TurnRequest,
    Turns,
    resolved_channel,
)

__all__ = ["Gateway", "GatewaySettings", "Outcome", "Receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A message is in the log and will be answered, whatever happens from here on."""

    conversation_id: str
    seq: int
    is_repeat: bool


class Gateway:
    """Receives messages, gives them their turns and sees to it that the replies arrive.

    Attributes:
        counters: What happened so far.
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
        self._bot: Bot | None = None
        self._has_bot = asyncio.Event()
        self.use_bot(bot)
        self._stores = stores
        self._clock = clock or SystemClock()
        self._settings = settings or GatewaySettings()
        self.counters = Counters()
        self._senders: dict[str, Sender] = {}
        self._outbox = Outbox(
            stores.deliveries,
            self._senders,
            self._clock,
            self.counters,
            hold=self._settings.delivery_hold,
        )
        self._following = Following(self.counters, followers, handoff)
        self._share(stores)
        self._lanes = Lanes(
            max_running=self._settings.max_running,
            max_waiting=self._settings.max_waiting,
            guard=self._leases,
        )
        loading = Loading(
            stores,
            LiveConversations(
                max_count=self._settings.max_live, max_bytes=self._settings.max_live_bytes
            ),
            self.counters,
            leases=self._leases,
        )
        self._turns = Turns(
            stores, self._clock, self.counters, loading=loading, settings=self._settings
        )
        self._answers = Answers(self._turns, stores, self.counters, self._settings, self._after)
        self._reading = Reading(stores, self._turns)
        self._in_hand: dict[tuple[str, int], asyncio.Future[Outcome]] = {}
        self._reminding = Reminding(
            stores.reminders, self._turns, self._lanes, self.counters, self._after
        )
        self._rounds = Rounds(
            stores,
            self._clock,
            self._settings,
            lanes=self._lanes,
            turns=self._turns,
            following=self._following,
        )

    def _share(self, stores: Stores) -> None:
        """Get along with the other processes, if there are any."""
        self._leases: TurnLeases | None = None
        self.sharing: Sharing | None = None
        if stores.shared is None:
            return
        self._leases = TurnLeases(
            stores.shared, self.counters, seconds=self._settings.lease_seconds
        )
        self.sharing = Sharing(stores.shared, stores.conversations, self._following)
        self._following.tell_others = self.sharing.publish_commit

    # -- life ------------------------------------------------------------------------------

    def connect(self, channel: str, sender: Sender) -> None:
        """Send replies for ``channel`` through ``sender`` from now on."""
        self._senders[channel] = sender
        self._turns.pushing_channels = frozenset(self._senders)

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
        if self._leases is not None:
            await self._leases.close()
        if self.sharing is not None:
            self.sharing.close()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await self._lanes.idle()
        await self._outbox.idle()

    # -- messages --------------------------------------------------------------------------

    async def receive(self, message: UserMessage) -> Receipt:
        """Take a message and return as soon as it is in the log; its turn follows by itself.

        Raises:
            Unavailable: Nothing was taken; the sender shall try again later.
        """
        receipt, _ = await self._take_in(message)
        return receipt

    async def handle(self, message: UserMessage) -> Outcome:
        """Take a message, give it its turn and return what came of it.

        A repeat of a message returns what came of the first, and changes nothing.

        Raises:
            Unavailable: Nothing was taken; the sender shall try again later.
            StorageError: The message is in the log, but its turn could not be committed; it is
                done later, and a repeat of the message returns what came of it.
        """
        receipt, future = await self._take_in(message)
        if future is None:
            outcome = await self._answers.stored(receipt.conversation_id, receipt.seq)
        else:
            outcome = await asyncio.shield(future)
        if outcome.is_repeat != receipt.is_repeat:  # its turn may have been taken elsewhere
            outcome = replace(outcome, is_repeat=receipt.is_repeat)
        return outcome

    async def _take_in(
        self, message: UserMessage
    ) -> tuple[Receipt, asyncio.Future[Outcome] | None]:
        self._check_ready()
        message = cleaned(message)
        channels_id = message.message_id
        if channels_id is None:  # the same for every attempt at the turn, whoever makes it
            message = replace(message, message_id=uuid.uuid4().hex)
        received = await self._stores.log.receive(
            Arrival(
                conversation_id=message.conversation_id,
                channel=message.input_channel,
                message_id=channels_id,
                timestamp=self._clock.now(),
                body=write_message(message),
            )
        )
        receipt = Receipt(
            conversation_id=received.conversation_id,
            seq=received.seq,
            is_repeat=received.is_repeat,
        )
        key = (received.conversation_id, received.seq)
        if received.is_repeat:
            self.counters.repeats += 1
            future = self._in_hand.get(key)
            if future is None and received.head.answered_seq < received.seq:
                future = self._submit(key, lambda: self._answers.recovered(self.bot, *key))
            return receipt, future
        self.counters.received += 1
        return receipt, self._submit(key, lambda: self._answers.answer(self.bot, message, received))

    def _submit(
        self, key: tuple[str, int], job: Callable[[], Awaitable[Outcome]]
    ) -> asyncio.Future[Outcome]:
        future = self._lanes.submit(key[0], job)
        self._in_hand[key] = future
        future.add_done_callback(lambda _: self._in_hand.pop(key, None))
        return future

    async def _catch_up(self, conversation_id: str) -> None:
        await self._answers.catch_up(self.bot, conversation_id)

    async def log_message(self, message: UserMessage) -> Outcome:
        """Note a message in the log, understood but without an answer."""
        message = cleaned(message)
        return await self._entrance(
            message.conversation_id,
            lambda bot, live: bot.log_message(live.tracker, message),
            channel=message.input_channel,
        )

    # -- other entrances -------------------------------------------------------------------

    async def tracker(self, conversation_id: str) -> Tracker:
        """Return a copy of the bot's view; a new conversation gets its first session."""

        async def start(bot: Bot, live: Live) -> TurnResult | None:
            if live.tracker.events:
                return None
            return await bot.start_session(live.tracker, output_channel=COLLECTOR)

        await self._entrance(conversation_id, start)
        live = await self._turns.live(conversation_id, self.bot)
        return live.tracker.copy()

    async def trigger_intent(
        self,
        conversation_id: str,
        intent: str,
        entities: Any = None,
        *,
        output_channel: str = COLLECTOR,
    ) -> Outcome:
        """Act as if the customer had expressed ``intent``; ``latest`` is their latest channel."""
        return await self._entrance(
            conversation_id,
            lambda bot, live: bot.trigger_intent(
                live.tracker,
                intent,
                entities,
                output_channel=resolved_channel(output_channel, live),
            ),
            channel=output_channel,
        )

    async def execute_action(
        self,
        conversation_id: str,
        name: str,
        *,
        policy: str | None = None,
        confidence: float | None = None,
        output_channel: str = COLLECTOR,
    ) -> Outcome:
        """Run one action."""
        return await self._entrance(
            conversation_id,
            lambda bot, live: bot.execute_action(
                live.tracker,
                name,
                policy=policy,
                confidence=confidence,
                output_channel=resolved_channel(output_channel, live),
            ),
            channel=output_channel,
        )

    async def append_events(
        self,
        conversation_id: str,
        events: Sequence[Event],
        *,
        execute_side_effects: bool = False,
        output_channel: str = COLLECTOR,
    ) -> Outcome:
        """Append events from outside; with side effects, what is uttered in them is sent."""
        stamped = self._stamped(events)
        return await self._entrance(
            conversation_id,
            lambda bot, live: bot.append_events(
                live.tracker,
                stamped,
                execute_side_effects=execute_side_effects,
                output_channel=resolved_channel(output_channel, live),
            ),
            channel=output_channel,
        )

    async def replace_events(self, conversation_id: str, events: Sequence[Event]) -> Outcome:
        """Let the bot's view begin anew with ``events``; the log keeps what was before."""
        stamped = tuple(self._stamped(events))

        async def replace_all(_bot: Bot, live: Live) -> TurnResult:
            live.tracker.extend(stamped)
            return Noted(stamped)

        return await self._entrance(conversation_id, replace_all, begins_anew=True)

    async def predict_next(self, conversation_id: str) -> Any:
        """Return what the policies would do next."""

        async def predict() -> Any:
            live = await self._turns.live(conversation_id, self.bot)
            return await self.bot.predict_next(live.tracker.copy())

        return await self._lanes.run(conversation_id, predict)

    async def change_owner(self, conversation_id: str, owner: Owner) -> bool:
        """Give the conversation to ``owner`` at once; a turn of the bot under way is dropped."""
        return await self._turns.change_owner(conversation_id, owner)

    # -- reading ---------------------------------------------------------------------------

    async def log(
        self, conversation_id: str, *, after: int = 0, limit: int | None = None
    ) -> Sequence[LoggedEvent]:
        """Return committed events behind ``after``, oldest first, earlier sessions included."""
        return await self._reading.log(conversation_id, after=after, limit=limit)

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
        return await self._reading.state(conversation_id, self.bot, events=events, until=until)

    async def exists(self, conversation_id: str) -> bool:
        """Whether anything was ever logged for the conversation."""
        return await self._stores.conversations.head(conversation_id) is not None

    async def last_seq(self, conversation_id: str) -> int:
        """Return the position of the last entry of the log, 0 when there is none."""
        head = await self._stores.conversations.head(conversation_id)
        return 0 if head is None else head.last_seq

    def watch(self, conversation_id: str, hint: Callable[[], None]) -> Callable[[], None]:
        """Call ``hint`` after each commit to the conversation, until the result is called."""
        return self._following.watch(conversation_id, hint)

    # -- background ------------------------------------------------------------------------

    async def run(self) -> NoReturn:
        """Take up what an earlier run left, then see to whatever comes due, until cancelled."""
        await self._rounds.run(
            self._has_bot,
            lambda: self.bot,
            self._catch_up,
            reminding=self._reminding,
            outbox=self._outbox,
        )

    async def fire_due_reminders(self) -> int:
        """Act on reminders whose time has come; return how many."""
        return await self._reminding.fire_due(lambda: self.bot)

    async def _entrance(
        self,
        conversation_id: str,
        act: Act,
        *,
        channel: str = COLLECTOR,
        begins_anew: bool = False,
    ) -> Outcome:
        request = TurnRequest(
            conversation_id=conversation_id, channel=channel, begins_anew=begins_anew
        )

        async def job() -> Outcome:
            done = await self._turns.take(request, self.bot, act)
            if done is None:
                return Outcome(conversation_id=conversation_id, seq=0)
            await self._after(done)
            return Outcome(
                conversation_id=conversation_id,
                seq=done.last_seq,
                replies=done.replies,
                events=done.events,
            )

        self._check_ready()
        outcome: Outcome = await self._lanes.run(conversation_id, job)
        return outcome

    async def _after(self, turn: CommittedTurn) -> None:
        """Do what follows a commit; nothing in it can undo the commit."""
        self._outbox.send(turn.deliveries, turn.pending_before)
        self._take_along(turn)
        self._reminding.note(turn)
        await self._following.committed(turn)

    def _take_along(self, turn: CommittedTurn) -> None:
        """Give messages their turn that another process received meanwhile."""
        if self._leases is None or turn.came_between is None:
            return
        conversation_id = turn.request.conversation_id
        if (conversation_id, turn.came_between) not in self._in_hand:
            catch_up = partial(self._catch_up, conversation_id)
            self._lanes.submit(conversation_id, catch_up, is_patient=False)

    def _check_ready(self) -> None:
        """Refuse before anything is taken what could not be answered."""
        self._lanes.check_open()
        if self._bot is None:
            raise Unavailable("no model is loaded")

    def _stamped(self, events: Sequence[Event]) -> list[Event]:
        now = self._clock.now()
        return [
            event if event.timestamp is not None else replace(event, timestamp=now)
            for event in events
        ]
