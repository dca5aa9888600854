"""Which messages of a log a trainer should look at."""

import pytest

from kefu.evaluation.inbox.gathering import hits_of
from kefu.evaluation.replay.replaying import Choice
from tests.unit.evaluation.replay.logs import (
    SESSION,
    conversation,
    does,
    handed_over,
    reviewed,
    says,
    sets,
)


def found(*events, **choice):
    return {
        hit.text: hit.why for hit in hits_of(conversation(SESSION, *events), Choice(**choice), 0.7)
    }


def test_what_the_bot_was_sure_of_is_left_out():
    assert found(says("你好", "greet", 0.98), does("utter_greet")) == {}


def test_a_low_confidence_of_intent_or_policy_counts():
    assert found(
        says("发货没", "shipping", 0.5),
        does("utter_shipping"),
        says("多久到", "eta", 0.9),
        does("utter_eta", confidence=0.6),
    ) == {"发货没": ("unsure",), "多久到": ("unsure",)}


@pytest.mark.parametrize(("decision", "why"), [("edit", "edited"), ("discard", "discarded")])
def test_what_an_agent_put_right_counts_however_sure_the_bot_was(decision, why):
    hits = found(
        says("能退吗", "refund", 0.9), reviewed("utter_refund", "可以", decision, text="不行")
    )
    assert why in hits["能退吗"]


def test_what_an_agent_approved_is_right():
    assert found(says("能退吗", "refund", 0.5), reviewed("utter_refund", "可以", "approve")) == {}


def test_what_was_given_away_counts_and_what_is_said_to_people_does_not():
    assert found(
        says("帮我弄一下那个", "nlu_fallback", 0.3),
        handed_over("low_confidence"),
        says("在吗", "greet", 0.2),
    ) == {"帮我弄一下那个": ("handed_over", "unsure")}


def test_what_was_answered_before_a_person_was_asked_for_counts_and_the_wish_does_not():
    assert found(
        says("怎么还没到", "eta", 0.9),
        does("utter_eta"),
        says("转人工", "ask_for_human", 0.5),
        does("utter_wait"),
    ) == {"怎么还没到": ("asked_human",)}


def test_a_quotation_counts_when_it_did_not_help():
    quoted = says("会员日哪天", "knowledge", 0.4), does("action_answer_from_knowledge")
    assert found(*quoted, says("好的", "affirm", 0.9), does("utter_ok")) == {}
    again = says("我问会员日哪天", "knowledge", 0.4), does("action_answer_from_knowledge")
    assert found(*quoted, *again) == {"会员日哪天": ("unhelpful",)}


def test_the_answer_to_a_question_of_a_form_counts_not():
    assert (
        found(
            says("退货", "return", 0.9),
            does("return_form"),
            sets(requested_slot="reason"),
            says("买错了颜色", "colour", 0.2),
            does("return_form"),
            sets(reason="买错了颜色", requested_slot=None),
        )
        == {}
    )


def test_buttons_and_filters():
    unsure = says("/faq/x", "faq", 0.1), does("utter_faq"), says("啥", "greet", 0.1)
    assert found(*unsure, does("utter_greet")) == {"啥": ("unsure",)}
    assert found(*unsure, does("utter_greet"), channels=frozenset({"wechat"})) == {}
    assert found(*unsure, does("utter_greet"), since=9e9) == {}
