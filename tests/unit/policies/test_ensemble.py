"""All policies together."""

import pytest

from kefu.core.events import (
    ActionExecutionRejected,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
)
from kefu.errors import ModelError
from kefu.policies.ensemble import Ensemble, load_ensemble
from kefu.policies.policy import PolicyPrediction, best_action
from tests.unit.policies.builders import a_domain, a_tracker

DOMAIN = a_domain()


class FixedPolicy:
    """Predicts what it is told."""

    def __init__(self, name, scores, priority=1, **options):
        self.name = name
        self.priority = priority
        self._prediction = PolicyPrediction.from_scores(
            scores, DOMAIN, policy_name=name, priority=priority, **options
        )

    def predict(self, tracker):
        return self._prediction


def _predict(*policies, tracker=None):
    return Ensemble(DOMAIN, policies).predict(tracker or a_tracker("/greet", domain=DOMAIN))


def test_the_most_confident_policy_wins():
    low = FixedPolicy("low", {"utter_greet": 0.6}, priority=9)
    high = FixedPolicy("high", {"utter_bye": 0.7})
    assert _predict(low, high).policy_name == "high"


def test_of_equally_confident_policies_the_one_of_higher_priority_wins():
    first = FixedPolicy("first", {"utter_greet": 1.0}, priority=3)
    second = FixedPolicy("second", {"utter_bye": 1.0}, priority=4)
    assert _predict(first, second).policy_name == "second"


def test_of_equals_the_first_in_the_configuration_wins():
    first = FixedPolicy("first", {"utter_greet": 1.0})
    second = FixedPolicy("second", {"utter_bye": 1.0})
    assert _predict(first, second).policy_name == "first"


def test_a_prediction_that_ignores_the_user_wins_over_all_others():
    form = FixedPolicy("form", {"order_form": 0.1}, ignores_user=True)
    other = FixedPolicy("other", {"utter_bye": 1.0}, is_end_to_end=True)
    assert _predict(other, form).policy_name == "form"


def test_a_prediction_from_the_text_wins_over_those_from_the_intent():
    text = FixedPolicy("text", {"utter_chat": 0.1}, is_end_to_end=True)
    other = FixedPolicy("other", {"utter_bye": 1.0})
    prediction = _predict(other, text)
    assert prediction.policy_name == "text"
    assert prediction.events == (UserFeaturization(use_text_for_featurization=True),)


def test_after_a_message_the_log_says_whether_the_text_counted():
    prediction = _predict(FixedPolicy("p", {"utter_greet": 1.0}))
    assert prediction.events == (UserFeaturization(use_text_for_featurization=False),)


def test_in_the_middle_of_a_turn_nothing_is_said_about_the_text():
    tracker = a_tracker("/greet", "utter_greet", domain=DOMAIN)
    assert _predict(FixedPolicy("p", {"utter_greet": 1.0}), tracker=tracker).events == ()


def test_events_of_all_policies_count_and_optional_ones_of_the_winner_only():
    slot = SlotSet(key="city", value="Rome")
    loser = FixedPolicy(
        "loser",
        {"utter_bye": 0.1},
        events=(LoopInterrupted(is_interrupted=True),),
        optional_events=(slot,),
    )
    winner = FixedPolicy("winner", {"utter_greet": 1.0}, optional_events=(slot,))
    prediction = _predict(loser, winner)
    assert prediction.events[:2] == (LoopInterrupted(is_interrupted=True), slot)
    assert prediction.optional_events == ()


def test_an_action_that_declined_to_run_is_out_of_the_question():
    tracker = a_tracker("/greet", domain=DOMAIN)
    tracker.append(ActionExecutionRejected(action_name="utter_greet"))
    sure = FixedPolicy("sure", {"utter_greet": 1.0, "utter_help": 0.2})
    unsure = FixedPolicy("unsure", {"utter_bye": 0.1})
    prediction = _predict(sure, unsure, tracker=tracker)
    assert (prediction.action_name, prediction.confidence) == ("utter_help", 0.2)


def test_once_another_action_ran_the_rejection_is_forgotten():
    tracker = a_tracker("/greet", domain=DOMAIN)
    tracker.append(ActionExecutionRejected(action_name="utter_greet"))
    tracker.extend(a_tracker("utter_bye").events[2:])
    assert _predict(FixedPolicy("p", {"utter_greet": 1.0}), tracker=tracker).confidence == 1.0


def test_without_policies_the_bot_listens():
    assert _predict().action_name == "action_listen"
    assert load_ensemble({}, DOMAIN).policies == ()


def test_damaged_parts_give_a_clear_error():
    table = {"policies": [{"name": "RulePolicy", "settings": {}, "folder": "0.RulePolicy"}]}
    with pytest.raises(ModelError, match="damaged"):
        load_ensemble({"ensemble": table}, DOMAIN)


def test_of_equal_scores_the_first_action_of_the_domain_is_the_best():
    assert best_action({"utter_yes": 0.5, "utter_bye": 0.5}, DOMAIN) == ("utter_bye", 0.5)
    assert best_action({}, DOMAIN) == ("action_listen", 0.0)
