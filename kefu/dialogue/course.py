"""The course of a turn: session, slots, predictions and actions, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from kefu.core.handoff import open_review
from kefu.core.names import (
    ACTION_EXTRACT_SLOTS,
    ACTION_LISTEN,
    ACTION_REVIEW,
    ACTION_SESSION_START,
    INTENT_RESTART,
    REQUESTED_SLOT,
    REVIEW_KEY,
    SESSION_STARTED_METADATA_SLOT,
)
from kefu.core.tracker import Tracker
from kefu.dialogue.actions.action import ActionContext, Apologies, Toolbox
from kefu.dialogue.actions.plain import start_session
from kefu.dialogue.apology import apology
from kefu.dialogue.catalog import DomainCatalog
from kefu.dialogue.impulses import external_event
from kefu.dialogue.ports import Predictor
from kefu.dialogue.questions import is_plain_answer
from kefu.dialogue.session_events import session_events
from kefu.dialogue.turn import TurnRecord
from kefu.errors import ActionFailed, ActionRejected
from kefu.logs import fields
from kefu.policies.policy import FOLLOWUP_POLICY, PolicyPrediction

__all__ = ["Course"]

log = logging.getLogger(__name__)


class Course:
    """One turn under way: every method appends what it does to the record."""

    def __init__(
        self,
        record: TurnRecord,
        tools: Toolbox,
        catalog: DomainCatalog,
        predictor: Predictor | None,
        call_keys: Iterator[str],
    ) -> None:
        self.record = record
        self._tracker = record.tracker
        self._tools = tools
        self._catalog = catalog
        self._predictor = predictor
        self._call_keys = call_keys
        self._turn_start = len(record.tracker.events)
        self._apologies = Apologies()
        self.typed_code: str | None = None
        """A one-time code that the customer typed; it stands in no event."""

    async def update_session(
        self, metadata: Mapping[str, Any] | None = None, *, only_when_new: bool = False
    ) -> None:
        """Start a session when there is none, or when the last one has expired."""
        if not self._needs_session(only_when_new=only_when_new):
            return
        if metadata:
            name = SESSION_STARTED_METADATA_SLOT
            self.record.log([SlotSet(key=name, value=dict(metadata))])
        await self.execute(PolicyPrediction.for_action(ACTION_SESSION_START))

    def _needs_session(self, *, only_when_new: bool) -> bool:
        if self._tracker.state.is_paused:
            return False  # a new session would wake the bot beside the human who is waited for
        if only_when_new:
            return not self._tracker.events
        return not self._tracker.applied or self._has_expired()

    def _has_expired(self) -> bool:
        session = self._tools.domain.session
        if not session.is_enabled:
            return False
        last = self._tracker.last(UserUttered)
        if last is None or last.timestamp is None:
            return False
        return (self._tools.clock.now() - last.timestamp) / 60 > session.expiration_minutes

    async def react_to(self, intent: str, entities: Any) -> None:
        """React to an intent that no message expressed."""
        self.supersede_review()
        events = self._tracker.events
        messages = (
            event
            for event in reversed(session_events(events, self._turn_start, len(events)))
            if isinstance(event, UserUttered)
        )
        latest = next(messages, None)
        channel = latest.input_channel if latest else None
        self.record.log([external_event(intent, entities, channel)])
        await self.extract_slots()
        await self.act()

    async def extract_slots(self) -> None:
        """Fill slots from the latest message."""
        try:
            events = await self._catalog.find(ACTION_EXTRACT_SLOTS).run(
                self._context(self._tracker)
            )
        except ActionFailed as error:
            self._note_failure(ACTION_EXTRACT_SLOTS, error)
            return
        self.record.carry_out(events)
        self.record.log(events)

    async def act(self) -> None:
        """Run the predicted actions until the bot listens."""
        if self._predictor is None:
            return
        self._leave_unknown_loop()
        limit = self._tools.settings.max_actions
        while self._may_act():
            if self.record.actions_since_listening >= limit:
                where = fields(conversation_id=self._tracker.conversation_id, limit=limit)
                log.warning("too many actions in a row, listening instead", extra=where)
                self.record.log([ActionExecuted(action_name=ACTION_LISTEN)])
                return
            prediction = self._next_prediction(self._predictor)
            if prediction.is_end_to_end:
                await self.extract_slots()
            await self.execute(prediction)
            if prediction.action_name in (ACTION_LISTEN, ACTION_SESSION_START):
                return
            if prediction.action_name == ACTION_REVIEW and self.has_open_review:
                return

    async def answer_beside(self, asked: UserUttered) -> None:
        """Say what answers ``asked``, a second question in the latest message, and no more.

        Where the answer is no plain one, such as a form or a review, nothing is said.
        """
        if self._predictor is None or not self._may_act():
            return
        tracker = self._tracker.copy()
        tracker.append(asked)
        prediction = self._predictor.predict(tracker)
        if not is_plain_answer(prediction.action_name, self._tools.domain):
            return
        try:
            events = await self._catalog.find(prediction.action_name).run(self._context(tracker))
        except (ActionRejected, ActionFailed):
            return
        said = [event for event in events if isinstance(event, BotUttered)]
        self.record.log(said)
        self.record.carry_out(said)

    @property
    def has_open_review(self) -> bool:
        """Whether an answer waits for an agent's decision, and nothing came between."""
        return open_review(self._tracker.applied) is not None

    def supersede_review(self) -> None:
        """Drop the answer that waits for an agent: something newer is to be answered."""
        if self.has_open_review:
            self.end_review({"decision": "superseded"})

    def end_review(self, decision: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take the open review out of what counts, as if it had never been asked for.

        Returns:
            What was to be reviewed. It and ``decision`` stand in the event that undoes it.
        """
        index = open_review(self._tracker.applied)
        assert index is not None
        asked, *since = self._tracker.applied[index:]
        review: Mapping[str, Any] = asked.metadata[REVIEW_KEY]
        memory = [
            replace(event, timestamp=None)
            for event in since
            if isinstance(event, SlotSet | AllSlotsReset)
        ]
        ended = ActionReverted(metadata={REVIEW_KEY: {**review, **decision}})
        self.record.log([ended, ActionReverted(), *memory])
        return review

    def _may_act(self) -> bool:
        state = self._tracker.state
        message = state.latest_message
        return not state.is_paused or (
            message is not None and message.intent_name == INTENT_RESTART
        )

    def _leave_unknown_loop(self) -> None:
        """Leave a loop that the domain does not have (any more): nothing could continue it."""
        loop = self._tracker.state.active_loop_name
        if loop is None or self._tools.domain.is_known_action(loop):
            return
        where = fields(conversation_id=self._tracker.conversation_id, loop=loop)
        log.warning("the active loop is not in the domain, leaving it", extra=where)
        left: list[Event] = [ActiveLoop(name=None)]
        if REQUESTED_SLOT in self._tools.domain.slots:
            left.append(SlotSet(key=REQUESTED_SLOT))
        self.record.log(left)

    def _next_prediction(self, predictor: Predictor) -> PolicyPrediction:
        followup = self._tracker.take_followup()
        if followup:
            if self._tools.domain.is_known_action(followup):
                return PolicyPrediction.for_action(followup, policy_name=FOLLOWUP_POLICY)
            where = fields(conversation_id=self._tracker.conversation_id, action=followup)
            log.error("the follow-up action is unknown, ignoring it", extra=where)
        return predictor.predict(self._tracker)

    async def execute(self, prediction: PolicyPrediction) -> None:
        """Run the predicted action and log what it did, or that it declined."""
        name = prediction.action_name
        action = self._catalog.find(name)
        tracker = self._tracker.copy()
        tracker.extend(prediction.events)
        context = self._context(tracker, prediction.action_metadata)
        try:
            events = await action.run(context)
        except ActionRejected:
            rejected = ActionExecutionRejected(
                action_name=name, policy=prediction.policy_name, confidence=prediction.confidence
            )
            self.record.log([rejected])
            return
        except ActionFailed as error:
            self._note_failure(name, error)
            events = await _instead(name, context)
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            executed = _executed(prediction, context.metadata, is_text=self._catalog.is_text(name))
            self.record.log([*prediction.events, executed])
        self.record.log(events)
        if any(isinstance(event, UserUttered) for event in events):
            await self.extract_slots()
        self.record.carry_out(events)

    def log_executed(self, prediction: PolicyPrediction) -> None:
        """Log that the predicted action ran, where it was carried out otherwise."""
        metadata = prediction.action_metadata or {}
        name = prediction.action_name
        is_known = self._tools.domain.is_known_action(name)
        is_text = is_known and self._catalog.is_text(name)
        self.record.log([_executed(prediction, metadata, is_text=is_text)])

    def _note_failure(self, action: str, error: ActionFailed) -> None:
        conversation_id = self._tracker.conversation_id
        where = fields(conversation_id=conversation_id, action=action, reason=error.reason)
        log.error("an action failed", extra=where)

    def _context(
        self, tracker: Tracker, metadata: Mapping[str, Any] | None = None
    ) -> ActionContext:
        return ActionContext(
            tracker=tracker,
            channel=self.record.channel,
            tools=self._tools,
            call_keys=self._call_keys,
            turn_start=self._turn_start,
            apologies=self._apologies,
            metadata=dict(metadata or {}),
            typed_code=self.typed_code,
        )


async def _instead(action: str, context: ActionContext) -> list[Event]:
    """Return what happens instead of what a failed action should have done."""
    if action == ACTION_SESSION_START:
        return await start_session(context)
    return await apology(context)


def _executed(
    prediction: PolicyPrediction, metadata: Mapping[str, Any], *, is_text: bool
) -> ActionExecuted:
    name = prediction.action_name
    return ActionExecuted(
        action_name=None if is_text else name,
        action_text=name if is_text else None,
        policy=prediction.policy_name,
        confidence=prediction.confidence,
        hide_rule_turn=prediction.hide_rule_turn,
        metadata=metadata,
    )
