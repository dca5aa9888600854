"""The bot: takes a message and does what follows from it until it listens again."""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from kefu.clock import Clock, SystemClock
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    Event,
    ReminderScheduled,
    SessionStarted,
)
from kefu.core.intent_message import parse_intent_message
from kefu.core.messages import ParseData, UserMessage
from kefu.core.names import ACTION_LISTEN, LEFT_MESSAGE_KEY
from kefu.core.tracker import Tracker
from kefu.dialogue.actions.action import Toolbox
from kefu.dialogue.catalog import DomainCatalog
from kefu.dialogue.contents import is_unheard_rating, understood_content
from kefu.dialogue.course import Course
from kefu.dialogue.impulses import user_event, without_code
from kefu.dialogue.ports import (
    ActionEndpoint,
    Predictor,
    Reception,
    ResponseGenerator,
    Understanding,
    Verification,
)
from kefu.dialogue.questions import asked_beside, main_question
from kefu.dialogue.reminders import is_outdated
from kefu.dialogue.responses.templates import TemplateResponses
from kefu.dialogue.reviews import Verdict, check_review, resume
from kefu.dialogue.settings import BotSettings
from kefu.dialogue.turn import Turn, TurnRecord
from kefu.dialogue.verification import code_typed
from kefu.logs import fields
from kefu.policies.policy import FOLLOWUP_POLICY, PolicyPrediction

__all__ = ["DEFAULT_CHANNEL", "Bot"]

log = logging.getLogger(__name__)

DEFAULT_CHANNEL = "collector"


class Bot:
    """A trained bot.

    Every entrance but :meth:`predict_next` appends to the tracker it is given; after an
    exception that tracker has to be thrown away.
    """

    def __init__(  # noqa: PLR0913 - its parts, each by keyword
        self,
        *,
        domain: Domain,
        understanding: Understanding | None,
        predictor: Predictor | None,
        responses: ResponseGenerator | None = None,
        endpoint: ActionEndpoint | None = None,
        settings: BotSettings | None = None,
        clock: Clock | None = None,
        reception: Reception | None = None,
        verification: Verification | None = None,
    ) -> None:
        """Put a bot together.

        Args:
            domain: What it can understand, remember, do and say.
            understanding: None: it understands intent messages only.
            predictor: None: it logs messages and does nothing else.
            responses: None: responses come from the domain.
            endpoint: None: custom actions fail.
            settings: Behaviour beyond the domain.
            clock: Gives events their time.
            reception: Knows who is at the desk; None: there is no desk, so nobody reviews, and a
                customer who is handed over is told no more than that.
            verification: Sends one-time codes; None: nobody can be verified.
        """
        self.domain = domain
        self._understanding = understanding
        self._predictor = predictor
        self._settings = settings or BotSettings()
        self._clock = clock or SystemClock()
        self._catalog = DomainCatalog(domain)
        self._tools = Toolbox(
            domain=domain,
            catalog=self._catalog,
            responses=responses or TemplateResponses(domain.responses),
            endpoint=endpoint,
            settings=self._settings,
            clock=self._clock,
            reception=reception,
            verification=verification,
        )

    @property
    def failure_text(self) -> str:
        """What the customer is told when a turn failed as a whole; empty: nothing."""
        return self._settings.failure_text

    async def take_turn(self, tracker: Tracker, message: UserMessage) -> Turn:
        """Take a customer's message and answer it.

        What a customer leaves for a person, and a rating that the domain has no intent for, is not
        the bot's to answer: it listens on, no slot is filled, and a form goes on where it was.
        """
        run = await self._heard(tracker, message)
        if LEFT_MESSAGE_KEY in message.metadata or is_unheard_rating(message, self.domain):
            if not tracker.state.is_paused:
                run.record.log([ActionExecuted(action_name=ACTION_LISTEN)])
        elif self._predictor is not None:
            await run.extract_slots()
            await self._answer_beside(run, tracker, message)
            await run.act()
        return run.record.finished()

    async def log_message(self, tracker: Tracker, message: UserMessage) -> Turn:
        """Take a customer's message into the log and fill slots from it, without answering it."""
        run = await self._heard(tracker, message)
        await run.extract_slots()
        return run.record.finished()

    async def start_session(
        self,
        tracker: Tracker,
        *,
        only_when_new: bool = False,
        output_channel: str = DEFAULT_CHANNEL,
        metadata: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Start a session if there is none or the last one has expired."""
        run = self._run(tracker, output_channel)
        await run.update_session(metadata, only_when_new=only_when_new)
        return run.record.finished()

    async def trigger_intent(
        self,
        tracker: Tracker,
        intent: str,
        entities: Any = None,
        *,
        output_channel: str = DEFAULT_CHANNEL,
    ) -> Turn:
        """React as if the customer had expressed ``intent``, without a message from them.

        ``entities`` is a list of entities or a mapping of entity names to values.
        """
        run = self._run(tracker, output_channel)
        await run.update_session()
        await run.react_to(intent, entities)
        return run.record.finished()

    async def execute_action(
        self,
        tracker: Tracker,
        name: str,
        *,
        policy: str | None = None,
        confidence: float | None = None,
        output_channel: str = DEFAULT_CHANNEL,
    ) -> Turn:
        """Run one action, whatever the policies say, and nothing after it.

        Raises:
            UnknownAction: The domain has no such action.
        """
        self._catalog.find(name)
        run = self._run(tracker, output_channel)
        run.supersede_review()
        await run.update_session()
        chosen = PolicyPrediction.for_action(name, policy_name=policy, confidence=confidence or 0.0)
        await run.execute(chosen)
        return run.record.finished()

    async def follow(
        self,
        tracker: Tracker,
        prediction: PolicyPrediction,
        *,
        output_channel: str = DEFAULT_CHANNEL,
    ) -> Turn:
        """Do what was predicted, or what somebody wants instead, and nothing after it.

        Raises:
            UnknownAction: The domain has no such action.
        """
        self._catalog.find(prediction.action_name)
        run = self._run(tracker, output_channel)
        tracker.take_followup()
        if prediction.is_end_to_end:
            await run.extract_slots()
        await run.execute(prediction)
        return run.record.finished()

    async def predict_next(self, tracker: Tracker) -> PolicyPrediction:
        """Return what the bot would do next; the tracker is not changed."""
        followup = tracker.state.followup_action
        if followup and self.domain.is_known_action(followup):
            return PolicyPrediction.for_action(followup, policy_name=FOLLOWUP_POLICY)
        if self._predictor is None:
            return PolicyPrediction.for_action(ACTION_LISTEN)
        return self._predictor.predict(tracker)

    async def append_events(
        self,
        tracker: Tracker,
        events: Sequence[Event],
        *,
        execute_side_effects: bool = False,
        output_channel: str = DEFAULT_CHANNEL,
    ) -> Turn:
        """Take ``events`` into the log as they are; an empty log gets a session first.

        With side effects, utterances among them are sent and reminders scheduled.
        """
        run = self._run(tracker, output_channel)
        if not _begins_session(events):
            await run.update_session(only_when_new=True)
        run.record.log(events)
        if execute_side_effects:
            run.record.carry_out(events)
        return run.record.finished()

    async def handle_reminder(
        self,
        tracker: Tracker,
        reminder: ReminderScheduled,
        *,
        output_channel: str = DEFAULT_CHANNEL,
    ) -> Turn:
        """React to a reminder whose time has come, unless it no longer applies."""
        origin = f"reminder {reminder.name} {reminder.trigger_at:.3f}"
        run = self._run(tracker, output_channel, origin)
        await run.update_session()
        if is_outdated(reminder, tracker):
            where = fields(conversation_id=tracker.conversation_id, name=reminder.name)
            log.debug("a reminder is outdated", extra=where)
        else:
            await run.react_to(reminder.intent, reminder.entities)
        return run.record.finished()

    async def resume_review(  # noqa: PLR0913 - a decision, each part by keyword
        self,
        tracker: Tracker,
        *,
        decision: Literal["approve", "edit", "discard", "expire"],
        review_id: str | None = None,
        text: str | None = None,
        agent: Mapping[str, Any] | None = None,
        is_silent: bool = False,
        output_channel: str = DEFAULT_CHANNEL,
    ) -> Turn:
        """Go on with the answer that waits for an agent, as was decided.

        Approved, the draft is said, or the action runs, and the bot goes on as if the action had
        been predicted in the first place. Edited, ``text`` is said in place of the draft's; an
        action that is no response does not run then. Discarded, nothing of it is said, and the
        conversation is handed over. When the time is over, what the policy says happens.

        Args:
            tracker: The conversation.
            decision: What was decided.
            review_id: Of which review; None: of whichever is open.
            text: What is said instead.
            agent: Who decided: ``id``, ``name``, ``avatar``.
            is_silent: Discarded, the bot just listens; somebody else sees to the customer.
            output_channel: Where replies go.

        Raises:
            Conflict: The answer waits no longer: it was decided on, or the customer wrote again.
            ValueError: The decision does not exist, or is to edit without a text.
        """
        verdict = Verdict(decision=decision, text=text, agent=agent, is_silent=is_silent)
        check_review(tracker, review_id)
        run = self._run(tracker, output_channel)
        await resume(run, verdict, self.domain)
        return run.record.finished()

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Return what ``text`` means."""
        if self._understanding is not None:
            return await self._understanding.parse(text, metadata)
        parsed = parse_intent_message(text, self.domain)
        nothing = {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": []}
        return parsed or nothing

    async def _heard(self, tracker: Tracker, message: UserMessage) -> Course:
        run = self._run(tracker, message.output_channel, message.message_id)
        run.supersede_review()
        await run.update_session(message.metadata)
        text = message.text.strip()
        parse_data = message.parse_data or understood_content(message, self.domain)
        if parse_data is None:
            parse_data = await self.parse(text, message.metadata)
        parse_data = main_question(parse_data, tracker)
        event = user_event(text, message, parse_data)
        run.typed_code = code_typed(text, tracker.state)
        run.record.log([without_code(event, run.typed_code) if run.typed_code else event])
        return run

    async def _answer_beside(self, run: Course, tracker: Tracker, message: UserMessage) -> None:
        latest = tracker.state.latest_message
        asked = asked_beside(message, latest.parse_data) if latest is not None else None
        if asked is not None:
            await run.answer_beside(asked)

    def _run(self, tracker: Tracker, channel: str, origin: str | None = None) -> Course:
        record = TurnRecord(tracker, channel=channel, clock=self._clock)
        prefix = f"{tracker.conversation_id}:{origin or uuid.uuid4().hex}"
        return Course(record, self._tools, self._catalog, self._predictor, _keys(prefix))


def _begins_session(events: Sequence[Event]) -> bool:
    match events:
        case [ActionExecuted(action_name="action_session_start"), SessionStarted(), *_]:
            return True
        case _:
            return False


def _keys(prefix: str) -> Iterator[str]:
    return (f"{prefix}:{number}" for number in itertools.count())
