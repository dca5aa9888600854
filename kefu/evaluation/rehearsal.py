"""A conversation in which a trainer has the last word: on what was meant, and on what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecutionRejected,
    Event,
    UserFeaturization,
    UserUttered,
)
from kefu.core.messages import ParseData, Reply, UserMessage
from kefu.core.names import INTENT_KNOWLEDGE, INTENT_NLU_FALLBACK
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.policies.policy import PolicyPrediction

__all__ = ["NO_EXAMPLES", "TRAINER", "Rehearsal", "corrected"]

TRAINER: Final = "trainer"
"""Stands as policy of what the trainer chose."""
NO_EXAMPLES: Final = frozenset({"", INTENT_NLU_FALLBACK, INTENT_KNOWLEDGE})
"""Not what a message means, but what is said of one that means no intent."""
_CHANNEL: Final = "cmdline"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a turn began."""

    events: int
    corrections: int


class Rehearsal:
    """Keeps a conversation that nobody but the trainer sees, and can go back in it."""

    def __init__(self, bot: Bot, domain: Domain, conversation_id: str) -> None:
        self._bot = bot
        self.domain = domain
        self.conversation_id = conversation_id
        self.events: list[Event] = []
        """Everything that happened and was not undone."""
        self.corrections = 0
        """How often the trainer chose another action than the bot."""
        self._tracker = Tracker(conversation_id, domain)
        self._marks: list[_Mark] = []

    def use(self, bot: Bot, domain: Domain) -> None:
        """Go on with another model, on the same conversation."""
        self._bot, self.domain = bot, domain
        self._fold()

    @property
    def tracker(self) -> Tracker:
        """The conversation as it stands; not to be changed."""
        return self._tracker

    @property
    def turns(self) -> int:
        """How many messages there were."""
        return len(self._marks)

    @property
    def turn_start(self) -> int:
        """Where in the events the last message stands; 0 before there was one."""
        starts = [i for i, event in enumerate(self.events) if isinstance(event, UserUttered)]
        return starts[-1] if starts else 0

    async def parse(self, text: str) -> ParseData:
        """Return how a text is understood."""
        return await self._bot.parse(text)

    async def hear(self, text: str, parsed: ParseData) -> None:
        """Take a message as understood so: a new turn begins, and slots are filled."""
        self._marks.append(_Mark(len(self.events), self.corrections))
        message = UserMessage(
            conversation_id=self.conversation_id,
            text=text,
            input_channel=_CHANNEL,
            output_channel=_CHANNEL,
            parse_data=parsed,
        )
        turn = await self._bot.log_message(self._tracker, message)
        self.events += turn.events

    async def next(self) -> PolicyPrediction:
        """Return what the bot would do next."""
        return await self._bot.predict_next(self._tracker)

    async def do(self, prediction: PolicyPrediction) -> Sequence[Reply]:
        """Do what was predicted, and return what the customer would get."""
        turn = await self._bot.follow(self._tracker, prediction, output_channel=_CHANNEL)
        self.events += turn.events
        return turn.replies

    async def do_instead(self, name: str, prediction: PolicyPrediction) -> Sequence[Reply]:
        """Do something else than was predicted.

        Raises:
            UnknownAction: The domain has no such action.
        """
        self.corrections += 1
        loop = self._tracker.state.active_loop_name
        if loop is not None and prediction.action_name == loop:
            # Otherwise the form would have its way again and again.
            declined = ActionExecutionRejected(
                action_name=loop, policy=prediction.policy_name, confidence=prediction.confidence
            )
            turn = await self._bot.append_events(self._tracker, [declined])
            self.events += turn.events
        featurized = tuple(e for e in prediction.events if isinstance(e, UserFeaturization))
        chosen = PolicyPrediction.for_action(name, policy_name=TRAINER)
        return await self.do(replace(chosen, events=featurized))

    def undo(self) -> bool:
        """Go back to before the last message; False when there was none."""
        if not self._marks:
            return False
        mark = self._marks.pop()
        del self.events[mark.events :]
        self.corrections = mark.corrections
        self._fold()
        return True

    def begin_anew(self) -> None:
        """Forget everything that was said."""
        self.events.clear()
        self._marks.clear()
        self.corrections = 0
        self._fold()

    def _fold(self) -> None:
        self._tracker = Tracker.from_events(self.conversation_id, self.domain, self.events)


def corrected(
    parsed: ParseData, *, intent: str, entities: Sequence[Mapping[str, Any]]
) -> ParseData:
    """Return an understanding with what the trainer says in place of what was found."""
    name, _, key = intent.partition("/")
    meant: dict[str, Any] = {"name": name, "confidence": 1.0}
    if key:
        meant["full_retrieval_intent_name"] = intent
    others = [one for one in parsed.get("intent_ranking") or () if one.get("name") != name]
    return {
        **parsed,
        "intent": meant,
        "entities": list(entities),
        "intent_ranking": [meant, *others],
    }
