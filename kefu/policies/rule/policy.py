"""The rule policy: rules, the happy path of forms, default intents and the core fallback."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.events import LoopInterrupted
from kefu.core.names import (
    ACTION_BACK,
    ACTION_DEFAULT_FALLBACK,
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    INTENT_BACK,
    INTENT_RESTART,
    INTENT_SESSION_START,
)
from kefu.core.parts import Parts
from kefu.core.tracker import Tracker
from kefu.policies.history import History, HistoryReader
from kefu.policies.policy import RULE_PRIORITY, PolicyPrediction, Surroundings
from kefu.policies.rule.book import RuleBook
from kefu.policies.situation import situations_json

__all__ = [
    "DEFAULT_ACTION_OF_INTENT",
    "LEAVES_LOOP",
    "LOOP_WAS_INTERRUPTED",
    "Answer",
    "Learned",
    "RulePolicy",
    "RuleSettings",
    "learned_from",
    "load_rules",
    "source_of_default",
    "source_of_loop",
    "source_of_loop_listen",
    "unmatched_source",
]

DEFAULT_ACTION_OF_INTENT: Final = {
    INTENT_RESTART: ACTION_RESTART,
    INTENT_BACK: ACTION_BACK,
    INTENT_SESSION_START: ACTION_SESSION_START,
}
"""Intents that lead to their action whatever the rules say."""

LOOP_WAS_INTERRUPTED: Final = "loop_was_interrupted"
"""The form takes over again after another topic: it must not read the message as an answer."""
LEAVES_LOOP: Final = "do_not_predict_loop_action"
"""The form does not take over again by itself after this."""


def source_of_default(intent: str) -> str:
    """Name what leads from a default intent to its action."""
    return f"predicting default action with intent {intent}"


def source_of_loop(loop: str) -> str:
    """Name what leads to the active form."""
    return f"handling active loops and forms - {loop}"


def source_of_loop_listen(loop: str) -> str:
    """Name what leads from the form that has run to listening."""
    return f"handling active loops and forms - {loop} - {ACTION_LISTEN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Settings of the rule policy in config.yml."""

    priority: int = RULE_PRIORITY
    core_fallback_threshold: float = 0.3
    """Confidence of the fallback action when no rule matches."""
    core_fallback_action_name: str = ACTION_DEFAULT_FALLBACK
    enable_fallback_prediction: bool = True
    restrict_rules: bool = True
    """Refuse rules with more than one user message."""
    check_for_contradictions: bool = True
    use_nlu_confidence_as_score: bool = False
    """Use the confidence of the intent instead of 1."""


@dataclass(slots=True)
class Learned:
    """What the rule policy learned."""

    rules: dict[str, str] = field(default_factory=dict)
    """Situations in canonical JSON -> action."""
    loop_rules: dict[str, str] = field(default_factory=dict)
    """Situations in which a form is left or returned to -> which of the two."""
    rule_only_slots: tuple[str, ...] = ()
    rule_only_loops: tuple[str, ...] = ()
    sources_not_in_stories: tuple[str, ...] = ()
    """What leads to actions in turns that learned policies must not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one way of looking at the rules gives."""

    action: str | None = None
    source: str | None = None
    """The rule, or what else led to the action."""
    is_back_in_loop: bool = False


class RulePolicy:
    """Predicts by rules; what no rule covers gets the fallback's confidence."""

    name = "RulePolicy"

    def __init__(
        self,
        settings: RuleSettings,
        domain: Domain,
        learned: Learned,
        reader: HistoryReader | None = None,
    ) -> None:
        self.settings = settings
        self.domain = domain
        self.learned = learned
        self.book = RuleBook(learned.rules)
        self._loop_book = RuleBook(learned.loop_rules)
        self._hidden = frozenset(learned.sources_not_in_stories)
        self._hidden_histories = frozenset(
            source for source in self._hidden if source[:1] == "[" and source not in learned.rules
        )
        self._reader = reader or HistoryReader(domain)

    @property
    def priority(self) -> int:
        """Decides between predictions of equal confidence."""
        return self.settings.priority

    @property
    def memory(self) -> int:
        """Number of situations that decide."""
        return max(self.book.longest, self._loop_book.longest)

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Predict by default intents, forms and rules, in this order."""
        return self.predict_with_source(tracker)[0]

    def predict_with_source(self, tracker: Tracker) -> tuple[PolicyPrediction, str | None]:
        """Predict, and tell what led to it."""
        history = self._reader.read(tracker)
        by_text = self._from_rules(tracker, history, use_text=True)
        default = _from_default_intents(tracker)
        if default.action and not by_text.action:
            return self._prediction(default, tracker), default.source
        loop = _from_loop(tracker)
        if loop.action:
            return self._prediction(loop, tracker, ignores_user=True), loop.source
        if by_text.action:
            return self._prediction(by_text, tracker, is_end_to_end=True), by_text.source
        by_intent = self._from_rules(tracker, history, use_text=False)
        is_back = by_text.is_back_in_loop or by_intent.is_back_in_loop
        answer = Answer(action=by_intent.action, source=by_intent.source, is_back_in_loop=is_back)
        return self._prediction(answer, tracker), answer.source

    def _from_rules(self, tracker: Tracker, history: History, *, use_text: bool) -> Answer:
        if use_text and tracker.state.latest_action_name != ACTION_LISTEN:
            return Answer()
        situations = history.last(self.memory or 1, use_text=use_text)
        rule = self.book.best(situations)
        action = rule.outcome if rule else None
        is_back = False
        loop = tracker.state.active_loop_name
        if loop:
            notes = {found.outcome for found in self._loop_book.applicable(situations)}
            if rule and action == ACTION_LISTEN and not rule.situations[-1].active_loop:
                # The rule knows nothing of the form, which therefore goes on by itself.
                if LEAVES_LOOP not in notes:
                    return Answer(action=loop, source=rule.key)
                action = None
            is_back = LOOP_WAS_INTERRUPTED in notes
        source = rule.key if rule else self._source_of_nothing(history, use_text=use_text)
        return Answer(action=action, source=source, is_back_in_loop=is_back)

    def _source_of_nothing(self, history: History, *, use_text: bool) -> str | None:
        if not self._hidden_histories:
            return None
        return unmatched_source(history, use_text=use_text)

    def _prediction(
        self,
        answer: Answer,
        tracker: Tracker,
        *,
        is_end_to_end: bool = False,
        ignores_user: bool = False,
    ) -> PolicyPrediction:
        scores: dict[str, float] = {}
        if self.settings.enable_fallback_prediction:
            fallback = self.settings.core_fallback_action_name
            scores[fallback] = self.settings.core_fallback_threshold
        if answer.action:
            scores[answer.action] = self._confidence(tracker)
        return PolicyPrediction.from_scores(
            scores,
            self.domain,
            policy_name=self.name,
            priority=self.priority,
            events=(LoopInterrupted(is_interrupted=True),) if answer.is_back_in_loop else (),
            is_end_to_end=is_end_to_end,
            ignores_user=ignores_user,
            hide_rule_turn=answer.source in self._hidden,
        )

    def _confidence(self, tracker: Tracker) -> float:
        message = tracker.state.latest_message
        if not self.settings.use_nlu_confidence_as_score or message is None:
            return 1.0
        confidence = message.intent.get("confidence", 1.0)
        return float(confidence) if confidence is not None else 1.0

    def save(self) -> Parts:
        """Return the rules."""
        learned = self.learned
        return {
            "rules": {
                "rules": learned.rules,
                "loop_rules": learned.loop_rules,
                "rule_only_slots": list(learned.rule_only_slots),
                "rule_only_loops": list(learned.rule_only_loops),
                "sources_not_in_stories": list(learned.sources_not_in_stories),
            }
        }


def learned_from(parts: Parts) -> Learned:
    """Take back what a rule policy learned."""
    saved: Any = parts["rules"]
    return Learned(
        rules=dict(saved["rules"]),
        loop_rules=dict(saved["loop_rules"]),
        rule_only_slots=tuple(saved["rule_only_slots"]),
        rule_only_loops=tuple(saved["rule_only_loops"]),
        sources_not_in_stories=tuple(saved["sources_not_in_stories"]),
    )


def load_rules(settings: RuleSettings, surroundings: Surroundings, parts: Parts) -> RulePolicy:
    """Load a rule policy."""
    return RulePolicy(settings, surroundings.domain, learned_from(parts))


def unmatched_source(history: History, *, use_text: bool) -> str | None:
    """Name a history that no rule matches: everything behind the last rule snippet."""
    situations = history.last(None, use_text=use_text)
    for index in range(len(situations) - 1, -1, -1):
        if situations[index].action == "...":
            situations = situations[index + 1 :]
            break
    return situations_json(situations) if situations else None


def _from_default_intents(tracker: Tracker) -> Answer:
    state = tracker.state
    if state.latest_action_name != ACTION_LISTEN or state.latest_message is None:
        return Answer()
    intent = state.latest_message.intent_name
    action = DEFAULT_ACTION_OF_INTENT.get(intent) if intent else None
    if intent is None or action is None:
        return Answer()
    return Answer(action=action, source=source_of_default(intent))


def _from_loop(tracker: Tracker) -> Answer:
    state = tracker.state
    loop = state.active_loop_name
    if loop is None or (state.active_loop is not None and state.active_loop.rejected):
        return Answer()
    if state.latest_action_name == loop:
        return Answer(action=ACTION_LISTEN, source=source_of_loop_listen(loop))
    if state.latest_action:
        return Answer(action=loop, source=source_of_loop(loop))
    return Answer()
