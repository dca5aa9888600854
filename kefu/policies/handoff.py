"""Lets a person answer, or look first, where the bot had better not answer alone: HandoffPolicy.

The policy predicts nothing by itself. It looks at what all others together would do and lets it
pass, holds it back for a review, or has the conversation handed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActionExecutionRejected, UserUttered
from kefu.core.handoff import Reason
from kefu.core.mood import mood_in
from kefu.core.names import (
    ACTION_BACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_DEFAULT_FALLBACK,
    ACTION_HANDOFF,
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_REVIEW,
    ACTION_SESSION_START,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_UNLIKELY_INTENT,
    EXTERNAL_MESSAGE_PREFIX,
    HANDOFF_KEY,
    INTENT_NLU_FALLBACK,
    REQUESTED_SLOT,
    REVIEW_KEY,
    UTTER_PREFIX,
)
from kefu.core.parts import Parts
from kefu.core.setbacks import (
    FALLBACK_ACTIONS,
    displeased_messages,
    failures_in_a_row,
    times_asked,
)
from kefu.core.tracker import Tracker
from kefu.policies.handoff_settings import ANSWER, HANDOVER, HandoffSettings
from kefu.policies.material import Material
from kefu.policies.policy import HANDOFF_POLICY, PolicyPrediction, Surroundings

__all__ = ["HandoffPolicy", "declines_without_agents", "load_handoff", "train_handoff"]

PREPARATIONS: Final = frozenset({ACTION_UNLIKELY_INTENT, ACTION_DEACTIVATE_LOOP})
"""Say and do nothing by themselves: what follows them is the answer to the message."""

NO_ANSWERS: Final = frozenset(
    {ACTION_SESSION_START, ACTION_RESTART, ACTION_BACK, ACTION_HANDOFF, ACTION_REVIEW}
)
"""Actions that answer nothing: they pass, whatever else the message is."""


class HandoffPolicy:
    """Bounds the winner among the other policies' predictions."""

    name = HANDOFF_POLICY
    priority = 0

    def __init__(self, settings: HandoffSettings, domain: Domain) -> None:
        self.settings = settings
        self._domain = domain

    def predict(self, tracker: Tracker) -> PolicyPrediction:  # noqa: ARG002 - the contract
        """Predict nothing."""
        return PolicyPrediction.from_scores(
            {}, self._domain, policy_name=self.name, priority=self.priority
        )

    def amend(self, prediction: PolicyPrediction, tracker: Tracker) -> PolicyPrediction:
        """Let the prediction pass, hold it back for a review, or hand over.

        In this order, where a customer has just written: a sensitive intent hands over; so does a
        message that was not understood, if it was not the first, and a displeased one; then the
        confidence decides. It is the least of that of the intent, of the answer that the response
        selector chose, and of the policy that won.

        What no confidence holds back:

        - later actions of the same turn: what they belong to was decided with the first. Actions
          that only prepare the answer (leaving a form, ``action_unlikely_intent``) do not count;
        - buttons and intent messages (``/intent``), and intents from outside and of reminders:
          nothing about them is guessed. (A sensitive intent hands over all the same.)
        - the active form going on: it checks by itself what it was told;
        - the fallbacks, and whatever answers ``nlu_fallback``: asking the customer is what they
          are for. When that fails too often the conversation is handed over;
        - listening, beginning a session, restarting and going back: there is no answer in them;
        - handing over;
        - what is predicted after a review or handover of this policy declined to run, because
          nobody is on duty: the bot answers as without the policy.
        """
        declined = self._declined(tracker)
        if declined:
            goes_on = declined != {ACTION_REVIEW} or self.settings.when_nobody == ANSWER
            if goes_on:
                return prediction
            return self._handed_over(prediction, tracker, "low_confidence")
        message = _unanswered_message(tracker)
        if message is None:
            return self._after_form(prediction, tracker)
        if _is_from_outside(message) or prediction.action_name in PREPARATIONS:
            return prediction
        return self._by_intent(prediction, tracker, message) or self._banded(
            prediction, tracker, message
        )

    def _declined(self, tracker: Tracker) -> set[str]:
        """Return what this policy chose and what declined, since the last action ran."""
        declined: set[str] = set()
        for event in reversed(tracker.events):
            if isinstance(event, ActionExecuted):
                break
            if isinstance(event, ActionExecutionRejected) and event.policy == self.name:
                declined.add(event.action_name)
        return declined

    def _by_intent(
        self, prediction: PolicyPrediction, tracker: Tracker, message: UserUttered
    ) -> PolicyPrediction | None:
        """Hand over by the intent; where that happens anyway, only say why."""
        reason = self.settings.intents.get(message.intent_name or "")
        if prediction.action_name == ACTION_HANDOFF:
            if reason is None:
                return prediction
            handoff = {"reason": reason, **self._by_reason(reason)}
            metadata = {**(prediction.action_metadata or {}), HANDOFF_KEY: handoff}
            return replace(prediction, action_metadata=metadata)
        if reason is None or prediction.action_name in NO_ANSWERS:
            return None
        return self._handed_over(prediction, tracker, reason, is_certain=True)

    def _banded(
        self, prediction: PolicyPrediction, tracker: Tracker, message: UserUttered
    ) -> PolicyPrediction:
        if _is_command(message) or prediction.action_name in NO_ANSWERS:
            return prediction
        reason = self._reason_in_message(prediction, tracker, message)
        if reason is not None:
            return self._handed_over(prediction, tracker, reason)
        if self._is_free(prediction, tracker, message):
            return prediction
        return self._by_confidence(prediction, tracker, message)

    def _by_confidence(
        self, prediction: PolicyPrediction, tracker: Tracker, message: UserUttered
    ) -> PolicyPrediction:
        parts = _confidences(prediction, message, self._domain)
        confidence = min(parts.values())
        if confidence >= self.settings.answer_threshold:
            return prediction
        if confidence < self.settings.review_threshold:
            return self._handed_over(prediction, tracker, "low_confidence")
        if self._is_important(tracker):
            return self._handed_over(prediction, tracker, "important")
        return self._reviewed(prediction, confidence, parts)

    def _reason_in_message(
        self, prediction: PolicyPrediction, tracker: Tracker, message: UserUttered
    ) -> Reason | None:
        fails = prediction.action_name == ACTION_DEFAULT_FALLBACK
        limit = self.settings.max_failures
        is_unclear = message.intent_name == INTENT_NLU_FALLBACK
        is_failure = fails or (is_unclear and not _is_forms(prediction, tracker))
        if limit is not None and is_failure:
            count = failures_in_a_row(tracker.events, fails_now=fails)
            if count >= limit:
                return "failed_twice"
        return "negative" if self._is_displeased(tracker, message) else None

    def _is_displeased(self, tracker: Tracker, message: UserUttered) -> bool:
        mood, displeased = mood_in(message), self.settings.negative_threshold
        if displeased is not None and mood.negative >= displeased:
            return True
        limit = self.settings.max_negative
        if limit is None or mood.feeling != "negative":
            return False
        return displeased_messages(tracker.events) >= limit

    def _is_free(
        self, prediction: PolicyPrediction, tracker: Tracker, message: UserUttered
    ) -> bool:
        name = prediction.action_name
        is_fallbacks = name in FALLBACK_ACTIONS or message.intent_name == INTENT_NLU_FALLBACK
        return name == ACTION_LISTEN or _is_forms(prediction, tracker) or is_fallbacks

    def _is_important(self, tracker: Tracker) -> bool:
        important = self.settings.important
        if important is None:
            return False
        value = tracker.state.slots.get(important["slot"])
        return value is not None and value in important["values"]

    def _after_form(self, prediction: PolicyPrediction, tracker: Tracker) -> PolicyPrediction:
        """Hand over instead of listening when the form has asked the same too often."""
        state, limit = tracker.state, self.settings.form_attempts
        form, slot = state.active_loop_name, state.slots.get(REQUESTED_SLOT)
        has_run = form in self._domain.forms and state.latest_action_name == form
        has_asked = prediction.action_name == ACTION_LISTEN and has_run
        if limit is None or not has_asked or not isinstance(slot, str):
            return prediction
        if times_asked(tracker.events, slot) < limit:
            return prediction
        return self._handed_over(prediction, tracker, "form_given_up")

    def _reviewed(
        self, prediction: PolicyPrediction, confidence: float, parts: Mapping[str, float]
    ) -> PolicyPrediction:
        review = {
            "action": prediction.action_name,
            "confidence": confidence,
            "parts": dict(parts),
            "policy": prediction.policy_name,
            "hide_rule_turn": prediction.hide_rule_turn,
            "seconds": self.settings.review_seconds,
            "after": self.settings.after_review_seconds,
        }
        return self._instead(prediction, ACTION_REVIEW, confidence, {REVIEW_KEY: review})

    def _handed_over(
        self,
        prediction: PolicyPrediction,
        tracker: Tracker,
        reason: str,
        *,
        is_certain: bool = False,
    ) -> PolicyPrediction:
        """Return the handover; unless ``is_certain`` it depends on who is on duty."""
        handoff: dict[str, Any] = {
            "reason": reason,
            "by": "customer" if reason == "asked" else "bot",
            "action": prediction.action_name,
            "when_nobody": HANDOVER if is_certain else self.settings.when_nobody,
            **self._by_reason(reason),
        }
        confidence = prediction.confidence
        message = _unanswered_message(tracker)
        if message is not None:
            parts = _confidences(prediction, message, self._domain)
            confidence = min(parts.values())
            handoff |= {"confidence": confidence, "parts": parts}
        return self._instead(prediction, ACTION_HANDOFF, confidence, {HANDOFF_KEY: handoff})

    def _by_reason(self, reason: str) -> dict[str, Any]:
        """Return what the settings say of handing over for a reason."""
        wanted = {"first": self.settings.first, "skills": self.settings.skills}
        return {key: values[reason] for key, values in wanted.items() if reason in values}

    def _instead(
        self,
        prediction: PolicyPrediction,
        action: str,
        confidence: float,
        metadata: Mapping[str, Any],
    ) -> PolicyPrediction:
        return replace(
            prediction,
            action_name=action,
            confidence=confidence,
            scores={**prediction.scores, action: confidence},
            policy_name=self.name,
            priority=self.priority,
            hide_rule_turn=True,  # no story has it
            action_metadata=metadata,
        )


def _unanswered_message(tracker: Tracker) -> UserUttered | None:
    """Return the customer's message if nothing but preparations followed it."""
    for event in reversed(tracker.applied):
        if isinstance(event, UserUttered):
            return event
        if isinstance(event, ActionExecuted) and event.action_name not in PREPARATIONS:
            return None
    return None


def _is_forms(prediction: PolicyPrediction, tracker: Tracker) -> bool:
    """Whether the active form takes the message: it checks by itself what it was told."""
    loop = tracker.state.active_loop_name
    goes_on = prediction.ignores_user or prediction.action_name == loop
    return goes_on and loop != ACTION_TWO_STAGE_FALLBACK


def _is_from_outside(message: UserUttered) -> bool:
    is_external = bool(message.metadata.get("is_external"))
    return is_external or (message.text or "").startswith(EXTERNAL_MESSAGE_PREFIX)


def _is_command(message: UserUttered) -> bool:
    return not message.text or message.text.startswith("/")


def _confidences(
    prediction: PolicyPrediction, message: UserUttered, domain: Domain
) -> dict[str, float]:
    """Return what each of those says who had a part in the prediction."""
    parts: dict[str, float] = {}
    if not prediction.is_end_to_end and not prediction.ignores_user:
        parts["intent"] = _number(message.intent.get("confidence"))
    retrieval = prediction.action_name.removeprefix(UTTER_PREFIX)
    if retrieval != prediction.action_name and retrieval in domain.retrieval_intents:
        selected = message.parse_data.get("response_selector") or {}
        result = selected.get(retrieval) or selected.get("default") or {}
        parts["answer"] = _number((result.get("response") or {}).get("confidence"))
    parts["policy"] = _number(prediction.confidence)
    return parts


def _number(value: Any) -> float:
    """Return a confidence; where none is given nothing was guessed."""
    return float(value) if isinstance(value, int | float) else 1.0


def declines_without_agents(prediction: PolicyPrediction) -> bool:
    """Whether an amendment of this policy declines to run when nobody is on duty."""
    if prediction.policy_name != HANDOFF_POLICY:
        return False
    handoff = (prediction.action_metadata or {}).get(HANDOFF_KEY) or {}
    is_handoff = prediction.action_name == ACTION_HANDOFF
    return prediction.action_name == ACTION_REVIEW or (
        is_handoff and handoff.get("when_nobody") == ANSWER
    )


def train_handoff(settings: HandoffSettings, material: Material) -> Parts:
    """Learn nothing: the settings say it all."""
    material.summary.append(
        f"HandoffPolicy: answers from {settings.answer_threshold:g}, "
        f"review from {settings.review_threshold:g}"
    )
    return {}


def load_handoff(
    settings: HandoffSettings,
    surroundings: Surroundings,
    parts: Parts,  # noqa: ARG001 - the contract
) -> HandoffPolicy:
    """Load the policy."""
    return HandoffPolicy(settings, surroundings.domain)
