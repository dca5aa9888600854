"""Messages not understood in a row, and questions asked in vain."""

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    AgentUttered,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.setbacks import failures_in_a_row, times_asked


def said(intent):
    return UserUttered(text="…", intent={"name": intent})


def turn(intent, *actions):
    return [said(intent), *(ActionExecuted(action_name=a) for a in (*actions, "action_listen"))]


LOOP = ActiveLoop(name="action_two_stage_fallback")


def test_messages_that_were_not_understood_are_counted_back_to_the_last_answer():
    lost = turn("nlu_fallback", "utter_default")
    assert failures_in_a_row([]) == 0
    assert failures_in_a_row(lost) == 1
    assert failures_in_a_row([*lost, *lost]) == 2
    assert failures_in_a_row([*lost, *turn("greet", "utter_greet"), *lost]) == 1
    assert failures_in_a_row([*lost, *turn("greet", "utter_greet")]) == 0
    assert failures_in_a_row([*lost, said("nlu_fallback")]) == 2
    assert failures_in_a_row([*lost, said("greet")]) == 0


def test_giving_up_counts_whatever_the_intent_was_and_though_the_turn_is_undone():
    lost = [*turn("greet", "action_default_fallback"), UserUtteranceReverted()]
    assert failures_in_a_row([*lost, *lost]) == 2
    assert failures_in_a_row([*lost, said("greet")], fails_now=True) == 2


def test_what_the_two_stage_fallback_asks_neither_counts_nor_ends_the_row():
    first = [*turn("nlu_fallback", "action_two_stage_fallback")[:-1], LOOP]
    listening = ActionExecuted(action_name="action_listen")
    denied = turn("out_of_scope", "action_two_stage_fallback")
    assert failures_in_a_row([*first, listening, *denied, said("nlu_fallback")]) == 2
    assert failures_in_a_row([*first, listening, said("out_of_scope")]) == 1


def test_a_new_session_and_an_agent_end_the_row():
    lost = turn("nlu_fallback", "utter_default")
    for event in (SessionStarted(), AgentUttered(text="我来")):
        assert failures_in_a_row([*lost, event, *lost]) == 1


def test_logs_from_outside_may_have_anything_for_an_intent():
    assert failures_in_a_row([UserUttered(text="…", intent="greet")]) == 0


def ask(slot):
    return [
        said("greet"),
        ActionExecuted(action_name="f"),
        SlotSet(key="requested_slot", value=slot),
    ]


def test_a_question_is_counted_until_another_one_or_another_form():
    begun = [said("go"), ActionExecuted(action_name="f"), ActiveLoop(name="f")]
    asked = [SlotSet(key="requested_slot", value="a")]
    assert times_asked([*begun, *asked, *ask("a"), *ask("a")], "a") == 3
    assert times_asked([*begun, *asked, *ask("b")], "b") == 1
    assert times_asked([*ask("a"), *begun, *asked], "a") == 1
    assert times_asked([], "a") == 0


def test_answers_that_a_form_takes_need_no_intent():
    form = ActiveLoop(name="address_form")
    begun = [*turn("change_address", "address_form")[:-1], form]
    answers = [*turn("nlu_fallback", "address_form"), *turn("nlu_fallback", "address_form")]
    assert failures_in_a_row([*begun, *answers]) == 0
    lost = turn("nlu_fallback", "utter_rephrase_in_form", "address_form")
    assert failures_in_a_row([*begun, *answers, *lost, *lost]) == 2
    assert failures_in_a_row([*begun, *lost, *answers, *lost]) == 1
