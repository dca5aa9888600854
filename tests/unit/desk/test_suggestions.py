"""Suggested replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.core.events import AgentUttered, BotUttered, UserUttered
from kefu.desk.suggestions import (
    Answer,
    PastAnswers,
    Suggestion,
    Suggestions,
    read_suggestion_id,
)
from kefu.errors import Unavailable

CHEN = {"id": "a_1", "name": "陈"}


def asked(text):
    return UserUttered(text=text)


def answered(text):
    return AgentUttered(text=text, metadata={"agent": CHEN})


def test_the_answer_to_the_most_similar_question_comes_first():
    past = PastAnswers()
    past.add("我的快递到哪里了", "正在派送，今天送达。", "陈")
    past.add("怎么申请退款", "在订单页点申请退款。", "林")
    past.add("发票怎么开", "在订单页点开发票。", "林")
    found = past.alike("请问怎么退款？", 3)
    assert found[0].text == "在订单页点申请退款。"
    assert found[0].source == "林"
    assert 0.25 <= found[0].score <= 1.0
    assert past.alike("今天天气", 3) == []


def test_width_and_case_make_no_difference_and_a_text_is_given_once():
    past = PastAnswers()
    past.add("ＶＩＰ 会员", "答", "a")
    past.add("vip 会员", "答", "b")
    assert past.alike("VIP 会员", 5) == [Answer("答", "b", 1.0)]


def test_only_the_latest_are_kept():
    past = PastAnswers(most=2)
    for number in range(5):
        past.add(f"问题{number}", f"答{number}", "a")
    assert len(past) == 2
    assert {one.text for one in past.alike("问题", 9)} <= {"答3", "答4"}
    assert past._holders.keys() == {"问", "题", "3", "4", "问题", "题3", "题4"}


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=5))), st.text(max_size=12))
def test_scores_are_between_0_and_1_and_descend(pairs, question):
    past = PastAnswers(most=4)
    for text, answer in pairs:
        past.add(text, answer, "a")
    scores = [one.score for one in past.alike(question, 5)]
    assert all(0.0 < score <= 1.0 for score in scores)
    assert scores == sorted(scores, reverse=True)


async def test_what_happens_fills_it():
    suggestions = Suggestions()
    await suggestions.committed("c1", [asked("你好"), asked("怎么开发票")])
    await suggestions.committed("c2", [asked("/greet"), answered("您好")])
    await suggestions.committed("c1", [BotUttered(text="稍等"), answered("在订单页开。")])
    await suggestions.committed("c1", [answered("还有问题吗")])
    assert len(suggestions.past) == 1
    (found,) = await suggestions.of("发票怎么开")
    assert (found.kind, found.text, found.source) == ("past", "在订单页开。", "陈")


async def test_the_draft_comes_first_and_the_model_and_colleagues_by_score():
    async def faq(question):
        assert question == "退款要多久"
        return [Answer("三天内到账。", "utter_faq/refund", 0.4), Answer("一样", "utter_x", 0.1)]

    suggestions = Suggestions(faq)
    suggestions.past.add("退款要多久", "一样", "陈")
    draft = Suggestion(kind="draft", text="草稿", source="utter_y", score=0.0)
    found = await suggestions.of("退款要多久", draft=draft)
    assert [(one.kind, one.text) for one in found] == [
        ("draft", "草稿"),
        ("faq", "三天内到账。"),
        ("faq", "一样"),
    ]


async def test_without_a_model_colleagues_still_help():
    async def faq(_):
        raise Unavailable("no model")

    suggestions = Suggestions(faq)
    suggestions.past.add("退款", "好的", "陈")
    assert [one.kind for one in await suggestions.of("退款")] == ["past"]


@pytest.mark.parametrize("source", ["utter_faq/退款", "", "陈 · 😀"])
def test_an_id_names_kind_and_source(source):
    suggestion = Suggestion(kind="past", text="x", source=source, score=1.0)
    assert read_suggestion_id(suggestion.suggestion_id) == ("past", source)


@pytest.mark.parametrize("text", ["", "faq", "faq.zz", "other.61", "faq.ff", "."])
def test_what_is_no_id_is_none(text):
    assert read_suggestion_id(text) is None
