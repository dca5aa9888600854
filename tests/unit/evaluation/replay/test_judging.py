from dataclasses import replace

import pytest

from kefu.core.events import ConversationPaused
from kefu.evaluation.replay.answers import Answer, failed_answer
from kefu.evaluation.replay.evidence import Evidence, evidence_of, resembles, with_right_intent
from kefu.evaluation.replay.judging import Judgement, Thresholds, judge
from tests.unit.evaluation.replay.logs import (
    LISTEN,
    SESSION,
    conversation,
    does,
    handed_over,
    reviewed,
    says,
)

LIMITS = Thresholds()
OLD = Answer(intent="a", confidence=0.95, actions=("utter_a",), texts=("A.",), mode="answered")
NEW = Answer(intent="b", confidence=0.95, actions=("utter_b",), texts=("B.",), mode="answered")
SURER = replace(NEW, confidence=0.97)
OVER = Answer(intent="a", confidence=0.4, actions=("action_handoff",), mode="handed_over")
SURE_OVER = replace(OVER, confidence=0.95)
UNSURE = replace(OLD, confidence=0.6)
HELD = replace(OLD, mode="reviewed", confidence=0.8)
LOST = Answer(intent="nlu_fallback", actions=("action_default_fallback",), mode="fallback")


def verdict(recorded, new, *signs, **more):
    judged = judge(recorded, new, Evidence(signs=signs, **more), LIMITS)
    return judged.verdict, judged.strength, judged.why


@pytest.mark.parametrize(
    ("recorded", "new", "signs", "expected"),
    [
        (OLD, OLD, (), ("same", "", "")),
        (OLD, OLD, ("negative",), ("same", "", "still-bad")),
        (OLD, OLD, ("approved",), ("same", "", "still-good")),
        (OLD, NEW, (), ("different", "", "another-answer")),
        (OLD, replace(OLD, texts=("Other.",)), (), ("different", "", "other-words")),
        (OLD, SURER, ("repeated",), ("better", "likely", "was-repeated")),
        (OLD, NEW, ("repeated",), ("different", "", "another-answer")),
        (OLD, replace(NEW, confidence=0.3), ("repeated",), ("different", "", "unsure")),
        (OLD, NEW, ("rated_high",), ("worse", "likely", "was-rated_high")),
        (OLD, SURER, ("rated_high",), ("different", "", "another-answer")),
        (OLD, replace(SURER, intent="a"), ("pleased",), ("worse", "likely", "was-pleased")),
        (OLD, SURER, ("pleased", "rated_low"), ("better", "likely", "was-rated_low")),
        (OLD, OVER, (), ("handed_over", "", "handed-over")),
        (OLD, OVER, ("asked_human",), ("handed_over", "", "handed-over")),
        (OLD, OVER, ("taken_over",), ("better", "likely", "was-taken_over")),
        (UNSURE, SURE_OVER, ("negative",), ("better", "likely", "was-negative")),
        (OLD, OVER, ("pleased",), ("worse", "likely", "was-pleased")),
        (OLD, HELD, (), ("handed_over", "", "handed-over")),
        (OLD, LOST, (), ("worse", "likely", "not-understood-now")),
        (OLD, LOST, ("negative",), ("different", "", "not-understood-now")),
        (OLD, replace(LOST, confidence=1.0), ("pleased",), ("worse", "likely", "was-pleased")),
        (UNSURE, LOST, (), ("different", "", "not-understood-now")),
        (OLD, replace(NEW, mode="silent"), (), ("worse", "likely", "silent")),
        (OVER, OVER, (), ("same", "", "")),
        (OVER, NEW, (), ("answers_now", "", "instead-of-person")),
        (LOST, NEW, ("not_understood",), ("answers_now", "", "understood-now")),
        (LOST, OVER, ("not_understood",), ("handed_over", "", "instead-of-fallback")),
        (LOST, replace(NEW, confidence=0.8), (), ("different", "", "after-fallback")),
        (HELD, OLD, (), ("answers_now", "", "without-review")),
        (HELD, OLD, ("approved",), ("better", "proven", "sends-what-was-approved")),
        (HELD, NEW, ("approved",), ("worse", "proven", "not-what-was-approved")),
        (HELD, OVER, ("approved",), ("worse", "proven", "not-what-was-approved")),
        (HELD, OLD, ("edited",), ("worse", "proven", "sends-what-was-corrected")),
        (HELD, OVER, ("edited",), ("better", "likely", "hands-over-what-was-corrected")),
        (HELD, NEW, ("edited",), ("better", "likely", "was-edited")),
        (HELD, OLD, ("discarded",), ("worse", "proven", "sends-what-was-discarded")),
        (HELD, OVER, ("discarded",), ("better", "proven", "hands-over-what-was-discarded")),
    ],
)
def test_verdicts(recorded, new, signs, expected):
    assert verdict(recorded, new, *signs) == expected


RIGHT = replace(NEW, intent="b")
WRONG = replace(NEW, intent="c", actions=("utter_c",), texts=("C.",))


@pytest.mark.parametrize(
    ("recorded", "new", "expected"),
    [
        (OLD, RIGHT, ("better", "proven", "understood-as-corrected")),
        (OLD, replace(OVER, intent="b"), ("better", "proven", "understood-as-corrected")),
        (LOST, RIGHT, ("better", "proven", "understood-as-corrected")),
        (replace(OVER, reason="asked"), RIGHT, ("better", "proven", "understood-as-corrected")),
        (OVER, replace(OVER, intent="b"), ("same", "", "")),
        (OVER, OVER, ("same", "", "still-bad")),
        (OLD, OLD, ("same", "", "still-bad")),
        (OLD, WRONG, ("different", "", "still-misunderstood")),
        (OLD, OVER, ("better", "likely", "was-misunderstood")),
        (OLD, LOST, ("different", "", "not-understood-now")),
        (LOST, replace(LOST, intent="b", texts=("?",)), ("different", "", "after-fallback")),
        (RIGHT, OLD, ("worse", "proven", "misunderstood-now")),
        (RIGHT, OVER, ("worse", "proven", "misunderstood-now")),
        (RIGHT, LOST, ("worse", "proven", "misunderstood-now")),
        (RIGHT, replace(RIGHT, actions=("utter_d",)), ("different", "", "another-answer")),
        (RIGHT, RIGHT, ("same", "", "")),
    ],
)
def test_a_message_whose_intent_a_trainer_gave(recorded, new, expected):
    judged = judge(recorded, new, with_right_intent(Evidence(), "b", recorded), LIMITS)
    assert (judged.verdict, judged.strength, judged.why) == expected


def test_what_an_agent_decided_on_the_answer_counts_more_than_the_intent():
    evidence = with_right_intent(Evidence(signs=("approved",)), "b", HELD)
    assert judge(HELD, OLD, evidence, LIMITS).why == "sends-what-was-approved"


@pytest.mark.parametrize(
    ("why", "source"),
    [
        ("understood-as-corrected", "trainers"),
        ("was-edited", "agents"),
        ("was-repeated", "customers"),
        ("not-understood-now", "change"),
        ("fails", "change"),
    ],
)
def test_a_verdict_says_whose_word_it_is(why, source):
    assert Judgement(verdict="better", why=why).source == source


@pytest.mark.parametrize("reason", ["asked", "sensitive", "negative", "important"])
def test_who_was_to_get_a_person_gets_none(reason):
    recorded = replace(OVER, reason=reason)
    assert verdict(recorded, NEW) == ("worse", "likely", f"no-person-though-{reason}")


def test_what_an_agent_said_instead_is_the_right_answer():
    right = replace(NEW, texts=("退款三到五天到账。",))
    found = verdict(HELD, right, "edited", correction="退款 3 到 5 天到账")
    assert found[0] == "better"
    found = verdict(HELD, right, "edited", correction="退款三到五天到账")
    assert found == ("better", "proven", "says-the-correction")


def test_what_helped_in_the_end_would_have_helped_at_once():
    found = verdict(LOST, NEW, "not_understood", settled_by=("utter_b",))
    assert found == ("better", "likely", "as-settled")


def test_a_candidate_that_fails_is_worse_for_certain():
    assert verdict(OLD, failed_answer("KeyError: 'a'"), "negative") == ("worse", "proven", "fails")


def test_the_words_of_an_action_that_did_not_run_are_not_compared():
    new = replace(OLD, texts=(), unknown=("action_a",))
    assert verdict(OLD, new)[0] == "same"


def test_bands():
    assert [LIMITS.band(x) for x in (0.2, 0.69, 0.7, 0.89, 0.9, 1.0)] == [0, 0, 1, 1, 2, 2]


# ---- what the log shows ----


def signs(*events, index=0):
    return set(evidence_of(conversation(*events), index).signs)


def test_decisions_of_agents_are_signs():
    for decision, sign in (("approve", "approved"), ("discard", "discarded"), ("edit", "edited")):
        text = "ours" if decision == "edit" else None
        found = conversation(says("q", "q", 0.8), reviewed("utter_a", "x", decision, text=text))
        evidence = evidence_of(found, 0)
        assert evidence.signs == (sign,)
        assert evidence.correction == (text or "")


def test_how_the_customer_goes_on_is_a_sign():
    answered = does("utter_a")
    assert signs(says("退款要多久", "q"), answered, says("退款要多久啊", "q")) == {"repeated"}
    assert signs(says("q", "q"), answered, says("你们太差劲了", "abuse")) == {"negative"}
    assert signs(says("q", "q"), answered, says("太好了，谢谢", "thanks")) == {"pleased"}
    assert signs(says("q", "q"), answered, says("转人工", "human_handoff")) == {"asked_human"}


def test_who_was_displeased_before_was_not_made_so():
    assert "negative" not in signs(says("太差劲了", "a"), does("utter_a"), says("真是太差", "a"))


def test_another_session_says_nothing_of_this_one():
    assert signs(SESSION, says("q", "q"), does("utter_a"), SESSION, says("太差劲了", "a")) == set()


def test_an_agent_who_takes_over_is_a_sign():
    taken = ConversationPaused(metadata={"handoff": {"reason": "agent"}})
    assert signs(says("q", "q"), does("utter_a"), taken) == {"taken_over"}


def test_ratings_in_the_middle_say_nothing():
    for score, expected in (
        (1, {"rated_low"}),
        (2, {"rated_low"}),
        (3, set()),
        (4, {"rated_high"}),
    ):
        assert signs(says("q", "q"), LISTEN, {"note": "rated", "score": score}) == expected


def test_what_settled_a_matter_is_the_next_answer():
    found = conversation(
        says("那个啥", "nlu_fallback", 0.3),
        does("action_default_fallback"),
        says("我要退货", "return"),
        does("utter_return"),
    )
    assert evidence_of(found, 0).settled_by == ("utter_return",)
    handed = conversation(
        says("那个啥", "nlu_fallback", 0.3),
        does("action_default_fallback"),
        says("退"),
        handed_over(),
    )
    assert evidence_of(handed, 0).settled_by == ()


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("我要退货", "我要退货！", True),
        ("退款多久到账", "请问退款多久到账", True),
        ("Where is my parcel?", "where is my parcel", True),
        ("好", "好的呀", False),
        ("我要退货", "我要开发票", False),
        ("", "", False),
        ("？？", "！", False),
    ],
)
def test_texts_that_say_the_same(one, other, alike):
    assert resembles(one, other) is alike
