"""All policies together: the most confident one wins, then the one of higher priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActionExecutionRejected, Event, UserFeaturization
from kefu.core.names import ACTION_LISTEN, KEFU_ACTIONS, KEFU_LOOPS
from kefu.core.parts import Parts, under
from kefu.core.tracker import Tracker
from kefu.errors import ModelError
from kefu.policies.history import HistoryReader
from kefu.policies.policy import (
    Amending,
    Policy,
    PolicyPrediction,
    Surroundings,
    gives_way,
)
from kefu.policies.registry import POLICIES, load_function, load_object

__all__ = ["Ensemble", "load_ensemble"]


class Ensemble:
    """Predicts the next action of a bot.

    Attributes:
        domain: The domain the policies were trained with.
        policies: In the order of config.yml.
    """

    def __init__(self, domain: Domain, policies: Sequence[Policy]) -> None:
        self.domain = domain
        self.policies = tuple(policies)
        self._amending = tuple(p for p in self.policies if isinstance(p, Amending))
        self._give_way = frozenset(
            index for index, policy in enumerate(self.policies) if gives_way(policy)
        )
        self._asked = sorted(
            range(len(self.policies)), key=lambda index: (index in self._give_way, index)
        )
        self._names_of_amending = frozenset(policy.name for policy in self._amending)

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Predict the next action.

        The events of the prediction are those that enter the log before the action. A
        follow-up action that the tracker asks for is the caller's business. Policies that amend
        see the winner, one after the other.
        """
        prediction = self._combined(self._predictions(tracker), tracker)
        for policy in self._amending:
            prediction = policy.amend(prediction, tracker)
        return prediction

    def _predictions(self, tracker: Tracker) -> list[PolicyPrediction]:
        """Return what the policies predict, in their order.

        A policy that gives way is not asked when another one, of higher priority, is certain.
        """
        rejected = self._rejected_action(tracker.events)
        found: dict[int, PolicyPrediction] = {}
        certain: int | None = None
        for index in self._asked:
            policy = self.policies[index]
            gives_way = index in self._give_way
            if gives_way and certain is not None and certain > policy.priority:
                continue
            prediction = policy.predict(tracker)
            if rejected is not None:
                prediction = prediction.without(rejected, self.domain)
            found[index] = prediction
            if prediction.confidence >= 1.0:
                certain = max(prediction.priority, certain or prediction.priority)
        return [found[index] for index in sorted(found)]

    def _combined(
        self, predictions: Sequence[PolicyPrediction], tracker: Tracker
    ) -> PolicyPrediction:
        best = _best(predictions)
        if best is None:
            best = PolicyPrediction.from_scores({}, self.domain)
        events = [event for prediction in predictions for event in prediction.events]
        events += best.optional_events
        if tracker.state.latest_action_name == ACTION_LISTEN:
            events.append(UserFeaturization(use_text_for_featurization=best.is_end_to_end))
        return replace(best, events=tuple(events), optional_events=())

    def _rejected_action(self, events: Sequence[Event]) -> str | None:
        """Return the action that declined to run since the last action ran.

        What an amendment put in the place of the winner does not count, which is still to run.
        Nor does a loop of Kefu's own: chosen again by a rule, it goes on, and declines once only.
        """
        for event in reversed(events):
            if isinstance(event, ActionExecutionRejected):
                if event.action_name in KEFU_LOOPS:
                    return None
                is_amendment = event.policy in self._names_of_amending
                if not (is_amendment and event.action_name in KEFU_ACTIONS):
                    return event.action_name
            elif isinstance(event, ActionExecuted):
                return None
        return None


def load_ensemble(parts: Parts, domain: Domain) -> Ensemble:
    """Load the policies that ``train_policies`` saved; without any the bot only listens.

    Raises:
        ModelError: The parts are not those of an ensemble.
    """
    if "ensemble" not in parts:
        return Ensemble(domain, ())
    saved: Any = parts["ensemble"]
    try:
        table = saved["policies"]
        reader = _reader(table, parts, domain)
        policies = [_load(item, reader, parts, domain) for item in table]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the model's policies are damaged: {error!r}") from error
    return Ensemble(domain, policies)


def _reader(table: Any, parts: Parts, domain: Domain) -> HistoryReader:
    """Return the reader of learned policies, which does not see what only rules know."""
    slots: list[str] = []
    loops: list[str] = []
    for item in table:
        if item["name"] == "RulePolicy":
            rules: Any = under(item["folder"], parts)["rules"]
            slots += rules["rule_only_slots"]
            loops += rules["rule_only_loops"]
    return HistoryReader(
        domain,
        hides_rules=True,
        rule_only_slots=frozenset(slots),
        rule_only_loops=frozenset(loops),
    )


def _load(item: Any, reader: HistoryReader, parts: Parts, domain: Domain) -> Policy:
    entry = POLICIES[item["name"]]
    surroundings = Surroundings(domain=domain, reader=reader, name=item["name"])
    settings = load_object(entry.settings)(**item["settings"])
    policy: Policy = load_function(entry.load)(settings, surroundings, under(item["folder"], parts))
    return policy


def _best(predictions: Sequence[PolicyPrediction]) -> PolicyPrediction | None:
    """Return the winner among the predictions of the kind that counts most."""
    if any(p.ignores_user for p in predictions):
        predictions = [p for p in predictions if p.ignores_user]
    elif any(p.is_end_to_end for p in predictions):
        predictions = [p for p in predictions if p.is_end_to_end]
    # Of equals the first in config.yml wins, as max() returns the first.
    return max(predictions, key=lambda p: (p.confidence, p.priority), default=None)
