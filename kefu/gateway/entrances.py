"""Entrances besides messages: the HTTP API's, and that of human agents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from kefu.core.contents import content_as_json
from kefu.core.events import AgentUttered, Event
from kefu.core.messages import AgentMessage, Reply, UserMessage
from kefu.core.tracker import Tracker
from kefu.errors import Conflict
from kefu.gateway.lanes import Lanes
from kefu.gateway.live import Live
from kefu.gateway.outcome import Noted, Outcome
from kefu.gateway.ports import Bot, Conversations, TurnResult
from kefu.gateway.records import Owner
from kefu.gateway.rows import cleaned
from kefu.gateway.turns import (
    COLLECTOR,
    LATEST,
    Act,
    CommittedTurn,
    Repeated,
    TurnRequest,
    Turns,
    resolved_channel,
)

__all__ = ["Entrances"]

AGENTS: Final = "agent"
"""Stands for a channel where agents' messages are told apart by their ids."""


class Entrances:
    """What acts on a conversation without a customer's message, each in the order of arrival.

    The ``conversation_id`` of each may be an address that leads to a conversation.
    """

    def __init__(
        self,
        conversations: Conversations,
        lanes: Lanes,
        turns: Turns,
        *,
        bot: Callable[[], Bot],
        after: Callable[[CommittedTurn], Awaitable[None]],
    ) -> None:
        """Put it together.

        Args:
            conversations: Know where addresses lead.
            lanes: Keep the order.
            turns: Take the turns.
            bot: Gives the bot of the moment, or raises Unavailable.
            after: Is told of every commit.
        """
        self._conversations = conversations
        self._lanes = lanes
        self._turns = turns
        self._bot_now = bot
        self._after_commit = after

    # -- the HTTP API's --------------------------------------------------------------------

    async def log_message(self, message: UserMessage) -> Outcome:
        """Note a message in the log, understood but without an answer."""
        message = cleaned(message)
        return await self._entrance(
            TurnRequest(conversation_id=message.conversation_id, channel=message.input_channel),
            lambda bot, live: bot.log_message(live.tracker, message),
        )

    async def tracker(self, conversation_id: str) -> Tracker:
        """Return a copy of the bot's view; a new conversation gets its first session."""
        conversation_id = await self._conversations.resolve(conversation_id)

        async def start(bot: Bot, live: Live) -> TurnResult | None:
            if live.tracker.events:
                return None
            return await bot.start_session(live.tracker, output_channel=COLLECTOR)

        await self._run(TurnRequest(conversation_id=conversation_id, channel=COLLECTOR), start)
        live = await self._turns.live(conversation_id, self._bot_now())
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
            TurnRequest(conversation_id=conversation_id, channel=output_channel),
            lambda bot, live: bot.trigger_intent(
                live.tracker,
                intent,
                entities,
                output_channel=resolved_channel(output_channel, live),
            ),
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
            TurnRequest(conversation_id=conversation_id, channel=output_channel),
            lambda bot, live: bot.execute_action(
                live.tracker,
                name,
                policy=policy,
                confidence=confidence,
                output_channel=resolved_channel(output_channel, live),
            ),
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
            TurnRequest(conversation_id=conversation_id, channel=output_channel),
            lambda bot, live: bot.append_events(
                live.tracker,
                stamped,
                execute_side_effects=execute_side_effects,
                output_channel=resolved_channel(output_channel, live),
            ),
        )

    async def replace_events(self, conversation_id: str, events: Sequence[Event]) -> Outcome:
        """Let the bot's view begin anew with ``events``; the log keeps what was before."""
        stamped = tuple(self._stamped(events))

        async def replace_all(_bot: Bot, live: Live) -> TurnResult:
            live.tracker.extend(stamped)
            return Noted(stamped)

        request = TurnRequest(conversation_id=conversation_id, channel=COLLECTOR, begins_anew=True)
        return await self._entrance(request, replace_all)

    async def predict_next(self, conversation_id: str) -> Any:
        """Return what the policies would do next."""
        conversation_id = await self._conversations.resolve(conversation_id)

        async def predict() -> Any:
            live = await self._turns.live(conversation_id, self._bot_now())
            return await self._bot_now().predict_next(live.tracker.copy())

        return await self._lanes.run(conversation_id, predict)

    # -- human agents ----------------------------------------------------------------------

    async def change_owner(self, conversation_id: str, owner: Owner) -> bool:
        """Give the conversation to ``owner`` at once; a turn of the bot under way is dropped."""
        conversation_id = await self._conversations.resolve(conversation_id)
        return await self._turns.change_owner(conversation_id, owner)

    async def resume_review(
        self,
        conversation_id: str,
        *,
        decision: Literal["approve", "edit", "discard", "expire"],
        review_id: str | None = None,
        text: str | None = None,
        agent: Mapping[str, Any] | None = None,
        is_silent: bool = False,
    ) -> Outcome:
        """Let the bot go on with the answer that waits for an agent, on the customer's channel.

        Args:
            conversation_id: Whose answer.
            decision: ``approve`` it, ``edit`` it, ``discard`` it; ``expire`` when nobody decided.
            review_id: Which review; None: whichever is open.
            text: What is said instead, for ``edit``.
            agent: Who decided: ``id``, ``name``, ``avatar``; the customer may see all of it.
            is_silent: Discarded, the conversation is not handed over; the bot just listens.

        Raises:
            Conflict: The answer waits no longer: it was decided on, the customer wrote again, or
                the conversation is not the bot's any more. Nothing was said.
            ValueError: The decision does not exist, or is to edit without a text.
            Unavailable: Nothing was done; try again later.
        """
        conversation_id = await self._conversations.resolve(conversation_id)

        async def go_on(bot: Bot, live: Live) -> TurnResult:
            if live.head.owner != "bot":
                raise Conflict(f"conversation {conversation_id!r} is the {live.head.owner}'s now")
            head = await self._conversations.head(conversation_id)
            if head is not None and not head.is_answered:
                raise Conflict(f"the customer of {conversation_id!r} has written meanwhile")
            return await bot.resume_review(
                live.tracker,
                decision=decision,
                review_id=review_id,
                text=text,
                agent=agent,
                is_silent=is_silent,
                output_channel=resolved_channel(LATEST, live),
            )

        return await self._run(TurnRequest(conversation_id=conversation_id, channel=LATEST), go_on)

    async def agent_says(
        self,
        message: AgentMessage,
        *,
        expected_owner: Owner = "agent",
        admit: Callable[[], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Say something to the customer as a human agent, on the channel they wrote on last.

        Args:
            message: What to say.
            expected_owner: Whose the conversation must be.
            admit: Awaited once it is known what the commit is based on: if the conversation changes
                hands after that, it is awaited again. What it raises is raised; nothing is said.

        Raises:
            Conflict: The conversation is not ``expected_owner``'s; nothing was said.
            Unavailable: Nothing was said; try again later.
        """
        shown = None if message.content is None else content_as_json(message.content)
        metadata: dict[str, Any] = {"agent": dict(message.agent)}
        for key in ("message_id", "reply_to"):
            if (value := getattr(message, key)) is not None:
                metadata[key] = value
        conversation_id = await self._conversations.resolve(message.conversation_id)

        async def say(_bot: Bot, live: Live) -> TurnResult:
            if live.head.owner != expected_owner:
                raise Conflict(
                    f"conversation {conversation_id!r} is the {live.head.owner}'s, "
                    f"not the {expected_owner}'s"
                )
            if admit is not None:
                await admit()
            said = AgentUttered(
                text=message.text,
                data=None if shown is None else {"custom": shown},
                metadata=metadata,
                timestamp=self._turns.now(),
            )
            live.tracker.append(said)
            reply = Reply(
                recipient_id=conversation_id, text=message.text, custom=shown, metadata=metadata
            )
            return Noted((said,), (reply,))

        name = message.message_id
        request = TurnRequest(
            conversation_id=conversation_id,
            channel=LATEST,
            key=None if name is None else (AGENTS, f"{conversation_id}:{name}"),
        )
        try:
            return await self._run(request, say)
        except Repeated as repeated:
            return Outcome(conversation_id=conversation_id, seq=repeated.seq, is_repeat=True)

    # -- all of them -----------------------------------------------------------------------

    async def _entrance(self, request: TurnRequest, act: Act) -> Outcome:
        self._check_ready()
        conversation_id = await self._conversations.resolve(request.conversation_id)
        return await self._run(replace(request, conversation_id=conversation_id), act)

    async def _run(self, request: TurnRequest, act: Act) -> Outcome:
        async def job() -> Outcome:
            done = await self._turns.take(request, self._bot_now(), act)
            if done is None:
                return Outcome(conversation_id=request.conversation_id, seq=0)
            await self._after_commit(done)
            return Outcome(
                conversation_id=request.conversation_id,
                seq=done.last_seq,
                replies=done.replies,
                events=done.events,
            )

        self._check_ready()
        outcome: Outcome = await self._lanes.run(request.conversation_id, job)
        return outcome

    def _check_ready(self) -> None:
        """Refuse before anything is taken what could not be answered."""
        self._lanes.check_open()
        self._bot_now()

    def _stamped(self, events: Sequence[Event]) -> list[Event]:
        now = self._turns.now()
        return [
            event if event.timestamp is not None else replace(event, timestamp=now)
            for event in events
        ]
