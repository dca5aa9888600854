"""The rule policy."""

import pytest

from kefu.core.events import ActionExecutionRejected, LoopInterrupted, UserUttered
from tests.unit.policies.builders import (
    a_domain,
    a_rule,
    a_story,
    a_tracker,
    predicted,
    trained,
)

FALLBACK = ("action_default_fallback", "RulePolicy", 0.3)
FORM_RULES = (
    a_rule("/order", "order_form", "@order_form", name="begin"),
    a_rule(
        "order_form",
        "@null",
        "utter_done",
        name="end",
        condition=("@order_form",),
    ),
    a_rule("/chat", "utter_chat", name="chat"),
)


def rules(*given, **settings):
    return trained(*given, policies=(("RulePolicy", settings),))


def by_rule(action):
    return (action, "RulePolicy", 1.0)


def test_a_rule_is_followed_and_then_the_bot_listens():
    ensemble = rules(a_rule("/greet", "utter_greet"))
    assert predicted(ensemble, "/greet") == by_rule("utter_greet")
    assert predicted(ensemble, "/greet", "utter_greet") == by_rule("action_listen")


def test_a_rule_applies_in_the_middle_of_a_conversation():
    ensemble = rules(a_rule("/greet", "utter_greet"))
    assert predicted(ensemble, "/chat", "utter_chat", "action_listen", "/greet") == by_rule(
        "utter_greet"
    )


def test_without_a_rule_the_fallback_has_its_confidence():
    assert predicted(rules(a_rule("/greet", "utter_greet")), "/bye") == FALLBACK


def test_threshold_and_action_of_the_fallback_can_be_set():
    ensemble = rules(
        a_rule("/greet", "utter_greet"),
        core_fallback_threshold=0.6,
        core_fallback_action_name="utter_help",
    )
    assert predicted(ensemble, "/bye") == ("utter_help", "RulePolicy", 0.6)


def test_without_fallback_nothing_is_predicted_for_what_no_rule_covers():
    ensemble = rules(a_rule("/greet", "utter_greet"), enable_fallback_prediction=False)
    assert predicted(ensemble, "/bye") == ("action_listen", "RulePolicy", 0.0)


def test_of_several_rules_the_most_specific_applies():
    ensemble = rules(
        a_rule("/order", "utter_order", name="any"),
        a_rule("/order+city", "utter_done", name="with city"),
        check_for_contradictions=False,
    )
    assert predicted(ensemble, "/order") == by_rule("utter_order")
    assert predicted(ensemble, "/order+city=Rome", 'city="Rome"') == by_rule("utter_done")


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ('city="Rome"', 'city="Oslo"', "city=null"),
        ("city=null", "vip=true", 'city="Rome"'),
        ("vip=true", "vip=true", "vip=false"),
        ("vip=false", "vip=false", "vip=true"),
        ('size="s"', 'size="S"', 'size="m"'),
        ("city?", 'city=""', "city=null"),
        ("@order_form", "@order_form", "@other_form"),
        ("@null", "@null", "@order_form"),
    ],
)
def test_conditions_must_hold(condition, holds, fails):
    ensemble = rules(a_rule("/greet", "utter_greet", condition=(condition,)))
    rejected = ActionExecutionRejected(action_name="order_form")
    outcomes = []
    for word in (holds, fails):
        tracker = a_tracker(word, "utter_help", "action_listen", "/greet", domain=ensemble.domain)
        if word.startswith("@"):
            tracker.append(rejected)
            tracker.append(ActionExecutionRejected(action_name="other_form"))
        outcomes.append(ensemble.predict(tracker).action_name)
    assert outcomes == ["utter_greet", "action_default_fallback"]


def test_a_rule_for_the_start_applies_only_there():
    ensemble = rules(a_rule("/greet", "utter_greet", is_conversation_start=True))
    assert predicted(ensemble, "/greet") == by_rule("utter_greet")
    assert predicted(ensemble, "/bye", "utter_bye", "action_listen", "/greet") == FALLBACK


def test_a_rule_that_does_not_wait_leaves_the_next_action_open():
    ensemble = rules(
        a_rule("/greet", "utter_greet", waits_for_user_input=False),
        a_rule("utter_greet", "utter_help", name="chain"),
    )
    assert predicted(ensemble, "/greet", "utter_greet") == by_rule("utter_help")


@pytest.mark.parametrize(
    ("intent", "action"),
    [
        ("restart", "action_restart"),
        ("back", "action_back"),
        ("session_start", "action_session_start"),
    ],
)
def test_default_intents_lead_to_their_actions(intent, action):
    assert predicted(rules(a_rule("/greet", "utter_greet")), f"/{intent}") == by_rule(action)


def test_the_active_form_goes_on_and_then_the_bot_listens():
    ensemble = rules(*FORM_RULES)
    begun = ("/order", "order_form", "@order_form")
    assert predicted(ensemble, *begun) == by_rule("action_listen")
    assert predicted(ensemble, *begun, "action_listen", "/yes") == by_rule("order_form")
    prediction = ensemble.predict(a_tracker(*begun, domain=ensemble.domain))
    assert prediction.ignores_user


def test_a_finished_form_leads_to_what_its_rule_says():
    ensemble = rules(*FORM_RULES)
    done = ("/order", "order_form", "@order_form", "action_listen", "/yes", "order_form", "@null")
    assert predicted(ensemble, *done) == by_rule("utter_done")


def test_a_rejected_form_gives_way_to_a_rule_and_takes_over_again():
    ensemble = rules(*FORM_RULES)
    tracker = a_tracker(
        "/order", "order_form", "@order_form", "action_listen", "/chat", domain=ensemble.domain
    )
    tracker.append(ActionExecutionRejected(action_name="order_form"))
    assert ensemble.predict(tracker).action_name == "utter_chat"
    tracker.extend(a_tracker("utter_chat").events[2:])
    assert ensemble.predict(tracker).action_name == "order_form"


def test_a_rejected_form_without_rule_leads_to_the_fallback():
    ensemble = rules(*FORM_RULES)
    tracker = a_tracker(
        "/order", "order_form", "@order_form", "action_listen", "/order", domain=ensemble.domain
    )
    tracker.append(ActionExecutionRejected(action_name="order_form"))
    prediction = ensemble.predict(tracker)
    assert (prediction.action_name, prediction.confidence) == ("action_default_fallback", 0.3)


def test_a_form_that_a_story_returns_to_is_told_that_it_was_interrupted():
    ensemble = rules(
        *FORM_RULES,
        a_story(
            "/order",
            "order_form",
            "@order_form",
            "/bye",
            "utter_bye",
            "/yes",
            "order_form",
            "@null",
            "utter_done",
        ),
    )
    words = ("/order", "order_form", "@order_form", "action_listen", "/bye")
    tracker = a_tracker(*words, domain=ensemble.domain)
    tracker.append(ActionExecutionRejected(action_name="order_form"))
    tracker.extend(a_tracker("utter_bye", "action_listen", "/yes").events[2:])
    assert LoopInterrupted(is_interrupted=True) in ensemble.predict(tracker).events


def test_a_text_that_a_rule_names_counts_before_the_intent():
    ensemble = rules(
        a_rule('"how are you', "utter_chat", name="text"), a_rule("/greet", "utter_greet")
    )
    tracker = a_tracker(domain=ensemble.domain)
    tracker.append(UserUttered(text="how are you", intent={"name": "greet", "confidence": 0.9}))
    prediction = ensemble.predict(tracker)
    assert prediction.action_name == "utter_chat"
    assert prediction.is_end_to_end


def test_the_confidence_of_the_intent_can_be_the_confidence_of_the_action():
    ensemble = rules(a_rule("/greet", "utter_greet"), use_nlu_confidence_as_score=True)
    tracker = a_tracker(domain=ensemble.domain)
    tracker.append(UserUttered(text="hi", intent={"name": "greet", "confidence": 0.7}))
    assert ensemble.predict(tracker).confidence == 0.7


def test_turns_of_rules_that_no_story_has_are_marked():
    ensemble = rules(
        a_rule("/greet", "utter_greet", name="unknown to stories"),
        a_rule("/bye", "utter_bye", name="known", line=20),
        a_story("/bye", "utter_bye"),
    )
    hidden = ensemble.predict(a_tracker("/greet", domain=ensemble.domain)).hide_rule_turn
    shown = ensemble.predict(a_tracker("/bye", domain=ensemble.domain)).hide_rule_turn
    assert (hidden, shown) == (True, False)


def test_without_checks_no_turn_is_hidden():
    ensemble = rules(a_rule("/greet", "utter_greet"), check_for_contradictions=False)
    assert not ensemble.predict(a_tracker("/greet", domain=ensemble.domain)).hide_rule_turn


def test_a_rule_that_names_an_ignored_entity_applies_without_it():
    domain = a_domain(
        entities=["number", "colour"], intents=[{"order": {"ignore_entities": ["colour"]}}]
    )
    rule = a_rule("/order+colour", "utter_order")
    ensemble = trained(rule, policies=("RulePolicy",), domain=domain)
    assert predicted(ensemble, "/order+colour") == by_rule("utter_order")


def test_rules_that_differ_in_an_ignored_entity_only_are_trained_as_rasa_trains_them():
    domain = a_domain(
        entities=["number", "colour"], intents=[{"order": {"ignore_entities": ["colour"]}}]
    )
    given = (
        a_rule("/order+colour", "utter_order", name="one"),
        a_rule("/order", "utter_done", name="two", line=10),
    )
    ensemble = trained(*given, policies=("RulePolicy",), domain=domain)
    assert predicted(ensemble, "/order+colour") == by_rule("utter_done")
