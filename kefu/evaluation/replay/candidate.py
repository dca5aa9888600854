"""The model that is tried: takes recorded messages and touches nothing outside.

It has the real bot, with ports that lead nowhere: custom actions give what they gave when they ran,
one-time codes are neither sent nor checked, the desk always has somebody, words come from the
model's own domain, and a clock stands where the message was written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import Any, Final

from kefu.core.contents import CONTENT_KEY, Rating, content_of
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    Event,
    LoopInterrupted,
    UserFeaturization,
    UserUttered,
)
from kefu.core.messages import ParseData, UserMessage
from kefu.core.names import ACTION_LISTEN, HANDOFF_KEY, REVIEW_KEY
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import HandoffWish, Predictor, Prospects, Understanding
from kefu.dialogue.settings import BotSettings
from kefu.errors import EventError
from kefu.evaluation.replay.answers import Answer, answer_of, failed_answer
from kefu.evaluation.replay.recorded_ports import (
    RecordedActions,
    RecordedVerification,
    RecordedWords,
)
from kefu.evaluation.replay.recording import RecordedTurn
from kefu.evaluation.tracing import Origins

__all__ = ["Candidate", "Past"]

REMEMBERED: Final = 8_192
"""Texts of which it is kept how they were understood."""
_REVISIONS: Final = 1_000_000
"""More than a turn can have."""


class _Remembering:
    """Understands each text once, as long as it is remembered."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        self._known: OrderedDict[str, ParseData] = OrderedDict()
        self.asked = 0
        """Texts that had to be understood."""

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:  # noqa: ARG002 - no component reads it
        """Return what ``text`` means; the result is shared and must not be changed."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        self.asked += 1
        found = self._known[text] = await self._understanding.parse(text)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found


class _Reception:
    """A desk that is always open: what matters is whether the bot would ask for it."""

    async def prospects(self, wanted: HandoffWish) -> Prospects:  # noqa: ARG002 - the contract
        """Return that somebody is there."""
        return Prospects(is_open=True, agents_on_duty=1)


class _Clock:
    """Stands at the recorded time."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return self.at


class Candidate:
    """A bot that is tried."""

    def __init__(
        self,
        *,
        domain: Domain,
        understanding: Understanding,
        predictor: Predictor,
        language: str = "zh",
        origins: Callable[[], Origins | None] = lambda: None,
    ) -> None:
        """Take a model's parts.

        Args:
            domain: What it can understand, remember, do and say.
            understanding: Understands texts.
            predictor: Chooses actions.
            language: Of what the bot says by itself.
            origins: Finds out where its rules and stories stand, once somebody wants to know;
                None: nobody knows.
        """
        self.domain = domain
        self._origins = cache(origins)
        self._taken: Sequence[Event] = ()
        self.understanding = _Remembering(understanding)
        self._actions = RecordedActions(domain)
        self._codes = RecordedVerification()
        self._words = RecordedWords(domain)
        self._clock = _Clock()
        made = partial(
            Bot,
            domain=domain,
            understanding=self.understanding,
            predictor=predictor,
            responses=self._words,
            endpoint=self._actions,
            settings=BotSettings(language=language),
            clock=self._clock,
            reception=_Reception(),
        )
        self._bot = made(verification=self._codes)
        self._bot_without_codes = made()

    async def take(self, past: Past, turn: RecordedTurn) -> Answer:
        """Answer a recorded message as the bot would; ``past`` stays as it is."""
        tracker = past.twin()
        self._taken = ()
        message = _message(past.tracker.conversation_id, turn)
        with self._in(turn):
            bot = self._bot_without_codes if self._codes.was_missing else self._bot
            try:
                taken = await bot.take_turn(tracker, message)
            except Exception as error:  # noqa: BLE001 - it is what would happen
                return failed_answer(f"{type(error).__name__}: {error}"[:300])
        self._taken = taken.events
        heard = next((e for e in taken.events if isinstance(e, UserUttered)), turn.message)
        behind = taken.events[taken.events.index(heard) + 1 :] if heard in taken.events else ()
        return answer_of(heard, behind, unknown=self._actions.unknown)

    def decided_by(self, past: Past) -> tuple[str, ...]:
        """Return the lines of rules and stories behind the answer that was given last."""
        origins = self._origins()
        if origins is None:
            return ()
        tracker = past.twin()
        held: list[Event] = []
        for event in self._taken:
            if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN:
                chosen = _meant(event)
                found = (origins.behind(one, tracker) for one in chosen)
                return tuple(str(origin) for origin in next(filter(None, found), ()))
            if isinstance(event, UserFeaturization | LoopInterrupted):
                held.append(event)  # enters the log with the action, after it was chosen
                continue
            tracker.extend([*held, event])
            held.clear()
        return ()

    @contextmanager
    def _in(self, turn: RecordedTurn) -> Iterator[None]:
        """Let the ports give what was recorded of a turn."""
        self._clock.at = turn.at
        self._actions.begin(turn)
        self._codes.begin(turn)
        self._words.begin(turn.answer.texts)
        yield


class Past:
    """A conversation up to a message, as the candidate sees it.

    It is the recorded one, whatever the candidate would have answered: what the customer writes
    next belongs to what they were told. Messages whose intent the candidate does not know (any
    more) are understood anew.
    """

    def __init__(self, conversation_id: str, candidate: Candidate) -> None:
        self._conversation_id = conversation_id
        self._candidate = candidate
        self.tracker = Tracker(conversation_id, candidate.domain)
        self._views: dict[str, Any] = {}
        self._twins = 0

    def twin(self) -> Tracker:
        """Return a copy of the tracker to go on with.

        What policies have read of it is handed from twin to twin. They go back to where two differ
        as soon as the revision is another one, which no other twin has.
        """
        self._twins += 1
        twin = self.tracker.copy()
        twin.memo = self._views
        twin.revision = self._twins * _REVISIONS
        return twin

    def begin(self, turn: RecordedTurn) -> None:
        """Take in what happened before a message."""
        if turn.begins_anew:
            self.tracker = Tracker(self._conversation_id, self._candidate.domain)
        self.tracker.extend(turn.before)
        self.tracker.settle()

    async def end(self, turn: RecordedTurn) -> None:
        """Take in a message and what was made of it."""
        self.tracker.append(await self._known(turn.message))
        self.tracker.extend(turn.events)
        if not turn.events and not self.tracker.state.is_paused:
            self.tracker.append(ActionExecuted(action_name=ACTION_LISTEN))
        self.tracker.settle()
        self.tracker.trim()

    async def _known(self, message: UserUttered) -> UserUttered:
        domain = self._candidate.domain
        if not message.text or not message.intent_name or message.intent_name in domain.intents:
            return message
        parsed = await self._candidate.understanding.parse(message.text)
        intent = parsed.get("intent") or {}
        return replace(
            message,
            intent=intent,
            entities=tuple(parsed.get("entities") or ()),
            parse_data={**message.parse_data, **parsed},
        )


def _meant(event: ActionExecuted) -> list[ActionExecuted]:
    """Return an action, and what it stands for where it holds an answer back or hands over."""
    said = event.metadata.get(REVIEW_KEY) or event.metadata.get(HANDOFF_KEY)
    action = said.get("action") if isinstance(said, Mapping) else None
    if not isinstance(action, str):
        return [event]
    policies = ("RulePolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy")
    return [event, *(replace(event, action_name=action, policy=policy) for policy in policies)]


def _message(conversation_id: str, turn: RecordedTurn) -> UserMessage:
    """Return a recorded message as the channel handed it over."""
    recorded = turn.message
    metadata = dict(recorded.metadata)
    content = None
    if isinstance(raw := metadata.pop(CONTENT_KEY, None), Mapping):
        try:
            content = content_of(raw)
        except EventError:
            content = None
    return UserMessage(
        conversation_id=conversation_id,
        text=recorded.text or "",
        message_id=recorded.message_id or str(turn.seq),
        content=None if isinstance(content, Rating) else content,
        input_channel=recorded.input_channel or "",
        output_channel=recorded.input_channel or "collector",
        metadata=metadata,
    )
