"""A conversation is told as stories, rules and tests tell it."""

import pytest

from kefu.core.events import ActionExecutionRejected, ActiveLoop, UserUttered
from kefu.errors import EditRefused
from kefu.evaluation import story_steps as told
from tests.unit.policies.builders import a_domain, events

DOMAIN = a_domain()
LISTEN = "action_listen"


def test_what_is_unsaid_in_stories_is_left_out():
    log = events(LISTEN, "/greet+city=Rome", "vip=true", "hidden=1", "utter_greet", LISTEN)
    assert told.story_steps(log, DOMAIN) == [
        {"intent": "greet", "entities": [{"city": "Rome"}]},
        {"slot_was_set": [{"vip": True}]},
        {"action": "utter_greet"},
    ]


def test_end_to_end_the_words_stand_beside_the_intents():
    said = UserUttered(
        text="hello Rome",
        intent={"name": "greet"},
        entities=[{"entity": "city", "value": "Rome", "start": 6, "end": 10}],
    )
    log = [*events(LISTEN), said, *events("utter_greet", LISTEN, "/bye", "utter_bye", LISTEN)]
    assert told.story_steps(log, DOMAIN, end_to_end=True) == [
        {"user": "hello [Rome](city)", "intent": "greet"},
        {"action": "utter_greet"},
        {"intent": "bye"},
        {"action": "utter_bye"},
    ]


def test_answers_to_a_form_are_left_out_and_what_came_between_is_not():
    log = [
        *events(LISTEN, "/order", "order_form", "@order_form", LISTEN, "/chat"),
        ActionExecutionRejected(action_name="order_form"),
        *events("utter_chat", "order_form", LISTEN, "/no", "order_form", LISTEN, "/yes"),
        *events("order_form", "@null", "action_do", LISTEN),
    ]
    assert told.story_steps(log, DOMAIN) == [
        {"intent": "order"},
        {"action": "order_form"},
        {"active_loop": "order_form"},
        {"intent": "chat"},
        {"action": "utter_chat"},
        {"action": "order_form"},
        {"action": "order_form"},
        {"active_loop": None},
        {"action": "action_do"},
    ]


def test_a_rule_is_about_the_last_turn():
    log = events(LISTEN, "/greet", "utter_greet", LISTEN, "/bye", "utter_bye", LISTEN)
    assert told.rule_of(log, DOMAIN) == ([{"intent": "bye"}, {"action": "utter_bye"}], [])


def test_a_rule_within_a_form_has_it_for_its_condition():
    log = [
        *events(LISTEN, "/order", "order_form", "@order_form", LISTEN, "/chat"),
        ActionExecutionRejected(action_name="order_form"),
        *events("utter_chat", "order_form", LISTEN),
    ]
    steps, condition = told.rule_of(log, DOMAIN)
    assert condition == [{"active_loop": "order_form"}]
    assert steps == [{"intent": "chat"}, {"action": "utter_chat"}, {"action": "order_form"}]


def test_a_rule_of_a_form_that_ends_does_not_tell_the_answer():
    log = events(LISTEN, "/order", "order_form", "@order_form", LISTEN, "/yes", "order_form")
    log += [ActiveLoop(name=None), *events("action_do", LISTEN)]
    steps, condition = told.rule_of(log, DOMAIN)
    assert condition == [{"active_loop": "order_form"}]
    assert steps == [{"action": "order_form"}, {"active_loop": None}, {"action": "action_do"}]


@pytest.mark.parametrize("log", [[], events(LISTEN), events(LISTEN, "/greet", LISTEN)])
def test_what_no_rule_can_tell(log):
    with pytest.raises(EditRefused):
        told.rule_of(log, DOMAIN)


def test_tests_have_the_words_with_their_entities():
    entity = {"entity": "city", "value": "Roma", "start": 3, "end": 7}
    message = UserUttered(
        text="to Rome [now]", intent={"name": "faq", "full_retrieval_intent_name": "faq/when"},
        entities=(entity, {**entity, "start": 5, "end": 8}),
    )  # fmt: skip
    assert told.test_steps([message, *events("utter_done", "vip=null", LISTEN)]) == [
        {"user": 'to [Rome]{"entity": "city", "value": "Roma"} \\[now\\]', "intent": "faq/when"},
        {"action": "utter_done"},
        {"slot_was_set": [{"vip": None}]},
    ]
