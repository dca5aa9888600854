"""Running the learned rules over the conversations they come from.

Finds contradictions, and which rules the stories know: turns of the others are hidden from
learned policies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, UserUttered
from kefu.core.names import ACTION_LISTEN, ACTION_RULE_SNIPPET, KEFU_LOOPS
from kefu.core.tracker import Tracker
from kefu.policies.history import HistoryReader
from kefu.policies.once import once
from kefu.policies.rule.book import RuleBook
from kefu.policies.rule.learning import learn_rules
from kefu.policies.rule.policy import (
    DEFAULT_ACTION_OF_INTENT,
    Learned,
    RulePolicy,
    RuleSettings,
    source_of_default,
    source_of_loop,
    source_of_loop_listen,
    unmatched_source,
)
from kefu.policies.training_trackers import TrainingDialogue, is_unpredictable, place_of
from kefu.project.problems import Place

__all__ = ["Clash", "RuleUse", "Witness", "learn_and_use", "use_rules"]


@dataclass(frozen=True, slots=True)
class Witness:
    """A rule that leads to an action, with the place where it says so."""

    name: str
    action: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Clash:
    """A story or rule that goes on otherwise than rules say."""

    dialogue: TrainingDialogue
    expected: str
    """The action that stands in ``dialogue``."""
    predicted: str
    place: Place | None
    """Where ``expected`` is written."""
    witnesses: tuple[Witness, ...]
    """What leads to another action."""


@dataclass(slots=True)
class RuleUse:
    """What running the rules over all conversations shows."""

    learned: Learned
    clashes: list[Clash] = field(default_factory=list)
    book: RuleBook = field(default_factory=lambda: RuleBook({}))
    witnesses: Mapping[str, Sequence[Witness]] = field(default_factory=dict)
    """Rule -> the rules of the project that it comes from."""


def learn_and_use(
    rules: Sequence[TrainingDialogue],
    stories: Sequence[TrainingDialogue],
    settings: RuleSettings,
    domain: Domain,
) -> RuleUse:
    """Learn rules, and run them over the conversations they come from."""

    def used(*_: object) -> RuleUse:
        return use_rules(learn_rules(rules, stories, domain), rules, stories, settings, domain)

    return once(used, rules, stories, domain, settings=settings)


def use_rules(
    learned: Learned,
    rules: Sequence[TrainingDialogue],
    stories: Sequence[TrainingDialogue],
    settings: RuleSettings,
    domain: Domain,
) -> RuleUse:
    """Run ``learned`` over the conversations it comes from, and complete it."""
    run = _Run(learned, settings, domain)
    for dialogue in rules:
        run.collect_sources(dialogue)
    for dialogue in (*stories, *rules):
        run.compare(dialogue)
    learned.rules = run.policy.book.outcomes()
    known = set(run.witnesses)
    known |= {source_of_default(intent) for intent in DEFAULT_ACTION_OF_INTENT}
    used = {event.name for rule in rules for event in _loops(rule)}
    for loop in (*domain.forms, *(name for name in KEFU_LOOPS if name in used)):
        known |= {source_of_loop(loop), source_of_loop_listen(loop)}
    learned.sources_not_in_stories = tuple(sorted(known - run.used_in_stories))
    return RuleUse(learned, run.clashes, run.policy.book, run.witnesses)


def _loops(rule: TrainingDialogue) -> Iterator[ActiveLoop]:
    return (event for event in rule.tracker.events if isinstance(event, ActiveLoop))


@dataclass(frozen=True, slots=True)
class _Prediction:
    event: ActionExecuted
    expected: str
    predicted: str | None
    source: str | None


class _Run:
    def __init__(self, learned: Learned, settings: RuleSettings, domain: Domain) -> None:
        self._reader = HistoryReader(domain, sees_all_entities=True)
        self.policy = RulePolicy(settings, domain, learned, self._reader)
        self.witnesses: dict[str, list[Witness]] = defaultdict(list)
        self.used_in_stories: set[str] = set()
        self.clashes: list[Clash] = []
        self._settings = settings
        self._domain = domain

    def collect_sources(self, rule: TrainingDialogue) -> None:
        """Note which rule says what."""
        for step in self._predictions(rule):
            if not step.source:
                continue
            witness = Witness(rule.name, step.expected, place_of(step.event))
            if not step.source.startswith("["):
                witness = Witness(step.source, step.predicted, None)
            self.witnesses[step.source].append(witness)

    def compare(self, dialogue: TrainingDialogue) -> None:
        """Compare what a conversation does with what the rules say."""
        for step in self._predictions(dialogue):
            if not dialogue.is_rule and step.predicted == step.expected and step.source:
                self.used_in_stories.add(step.source)
            if not step.predicted or not step.source or step.predicted == step.expected:
                continue
            if not dialogue.is_rule and self._is_shadowed(step.source, step.predicted):
                self.policy.book = self.policy.book.without(step.source)
                continue
            others = [w for w in self.witnesses.get(step.source, ()) if w.action != step.expected]
            if others:
                self.clashes.append(
                    Clash(
                        dialogue,
                        step.expected,
                        step.predicted,
                        place_of(step.event),
                        tuple(dict.fromkeys(others)),
                    )
                )

    def _is_shadowed(self, source: str, predicted: str) -> bool:
        """Whether a rule only says that the bot listens after a rule's first action.

        Such a rule gives way to stories if a longer one begins with the same situation.
        """
        if source.count("prev_action") > 1 or predicted != ACTION_LISTEN:
            return False
        return source in self.policy.book.rules and any(
            key.startswith(source[:-2]) and key != source for key in self.policy.book.rules
        )

    def _predictions(self, dialogue: TrainingDialogue) -> Iterator[_Prediction]:
        if _is_plain(dialogue):
            return self._plain_predictions(dialogue)
        return self._full_predictions(dialogue)

    def _plain_predictions(self, dialogue: TrainingDialogue) -> Iterator[_Prediction]:
        """Predict in a story without forms: its situations are known beforehand."""
        memory = self.policy.memory or 1
        end = 0
        for event in dialogue.tracker.applied:
            if not isinstance(event, ActionExecuted):
                continue
            end += 1
            if end == 1 or is_unpredictable(event):
                continue
            situations = dialogue.situations[max(0, end - memory) : end]
            user = situations[-1].user
            intent = user.intent if user and situations[-1].follows_listen else None
            default = DEFAULT_ACTION_OF_INTENT.get(intent) if intent else None
            if intent and default:
                yield _Prediction(event, event.name_or_text, default, source_of_default(intent))
            elif rule := self.policy.book.best(situations):
                yield _Prediction(event, event.name_or_text, rule.outcome, rule.key)

    def _full_predictions(self, dialogue: TrainingDialogue) -> Iterator[_Prediction]:
        tracker = Tracker("", self._domain)
        is_unforeseeable = True  # nothing leads to the first action
        for event in dialogue.tracker.applied:
            if isinstance(event, ActionExecuted):
                if event.action_name == ACTION_RULE_SNIPPET:
                    is_unforeseeable = True
                elif is_unforeseeable or is_unpredictable(event):
                    is_unforeseeable = False
                else:
                    yield self._predict(tracker, event, is_rule=dialogue.is_rule)
            tracker.append(event)

    def _predict(self, tracker: Tracker, event: ActionExecuted, *, is_rule: bool) -> _Prediction:
        expected = event.name_or_text
        predicted, source = self._ask(tracker, is_rule=is_rule)
        loop = tracker.state.active_loop_name
        if loop and predicted == loop != expected:
            # Inside a form another action can only follow if the form declined to run.
            tracker.append(ActionExecutionRejected(action_name=loop))
            predicted, source = self._ask(tracker, is_rule=is_rule)
        return _Prediction(event, expected, predicted, source)

    def _ask(self, tracker: Tracker, *, is_rule: bool) -> tuple[str | None, str | None]:
        prediction, source = self.policy.predict_with_source(tracker)
        if source is None and is_rule:
            source = unmatched_source(self._reader.read(tracker), use_text=False)
        fallback = self._settings.core_fallback_action_name
        is_default = prediction.scores == (
            {fallback: self._settings.core_fallback_threshold}
            if self._settings.enable_fallback_prediction
            else {}
        )
        if is_default and not is_rule:
            return None, source
        return prediction.action_name, source


def _is_plain(dialogue: TrainingDialogue) -> bool:
    """Whether it is a story without forms and texts, and no rule."""
    return not dialogue.is_rule and not any(
        isinstance(event, ActiveLoop) or (isinstance(event, UserUttered) and event.text)
        for event in dialogue.tracker.events
    )
