"""Two questions in one message: where it is cut, and when the halves are believed."""

from typing import Any

import pytest

from kefu.errors import ProjectError
from kefu.nlu.component import Surroundings
from kefu.nlu.selectors.questions import QuestionSplitter
from tests.unit.nlu.builders import component


def splitter(**settings: Any) -> QuestionSplitter:
    given = {"answered_intents": ["freight", "faq"], "ignored_intents": ["greet"], **settings}
    config = component("QuestionSplitter", **given)
    return QuestionSplitter.load(config, {}, Surroundings())


def parsed(text: str, intent: str | None, confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    return {"text": text, "intent": {"name": intent, "confidence": confidence}, **more}


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("怎么退货，运费谁出", [("怎么退货", "运费谁出")]),
        ("到哪了，还有你们几点下班", [("到哪了", "你们几点下班")]),
        ("怎么退货另外运费谁出", [("怎么退货", "运费谁出")]),
        ("How do I return it? And who pays?", [("How do I return it", "who pays?")]),
        ("好，运费谁出", []),
        ("怎么退货运费谁出", []),
        ("，，，，，，", []),
        ("", []),
    ],
)
def test_where_it_is_cut(text: str, halves: list[tuple[str, str]]) -> None:
    assert list(splitter().cuts(parsed(text, "return"))) == halves


def test_a_story_is_cut_in_few_places() -> None:
    text = "，".join(["说了很多的话"] * 50)
    assert len(list(splitter().cuts(parsed(text, "return")))) == 4


def test_what_is_no_question_as_a_whole_is_not_cut() -> None:
    assert list(splitter().cuts(parsed("你好呀，运费谁出", "greet"))) == []


WHOLE = parsed("怎么退货，运费谁出", "return")
RETURN, FREIGHT = parsed("怎么退货", "return"), parsed("运费谁出", "freight")


def test_what_is_answered_in_one_go_stands_beside() -> None:
    for halves in ((RETURN, FREIGHT), (FREIGHT, RETURN)):
        assert splitter().judged(WHOLE, *halves) == {"beside": FREIGHT, "main": RETURN}


@pytest.mark.parametrize(
    ("whole", "second"),
    [
        (WHOLE, parsed("运费谁出", "freight", 0.69)),
        (WHOLE, parsed("怎么退", "return")),
        (WHOLE, parsed("你好啊", "greet")),
        (WHOLE, parsed("呜啦啦", "nlu_fallback")),
        (WHOLE, parsed("多少钱", "refund_amount")),
        (WHOLE, parsed("什么", None, 0.0)),
        (parsed(WHOLE["text"], "complain"), FREIGHT),
    ],
)
def test_it_stays_one_question(whole: dict[str, Any], second: dict[str, Any]) -> None:
    assert splitter().judged(whole, RETURN, second) is None


def test_two_answers_of_a_faq_are_two_questions_if_both_are_sure() -> None:
    def asked(key: str, sure: float) -> dict[str, Any]:
        half = parsed(key, "faq", response_selector={"faq": {"response": {"confidence": sure}}})
        half["intent"]["full_retrieval_intent_name"] = f"faq/{key}"
        return half

    whole = parsed("x", "nlu_fallback")
    both = splitter().judged(whole, asked("a", 0.9), asked("b", 0.9))
    assert both is not None
    assert both["main"]["text"] == "b"
    assert splitter().judged(whole, asked("a", 0.9), asked("a", 0.9)) is None
    assert splitter().judged(whole, asked("a", 0.9), asked("b", 0.5)) is None


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(ProjectError):
        splitter(threshold="high")
