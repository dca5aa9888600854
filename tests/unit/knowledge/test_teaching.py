"""What the re-rank learns from, and that it learns."""

from dataclasses import replace

import numpy as np

from kefu.core.domain import Domain
from kefu.knowledge.entries import Entry, Link, asked_of, entries_of, linked, with_questions
from kefu.knowledge.features import PASSAGE_FEATURES, SIGNS
from kefu.knowledge.index import IN_ASKED, Index, Text
from kefu.knowledge.rerank import Case, Rerank
from kefu.knowledge.teaching import answered_questions, headings_asked, learned, questions_beside
from kefu.knowledge.terms import Synonyms
from kefu.project.problems import Place
from kefu.project.story_data import ActionStep, Story, UserStep
from tests.unit.nlu.builders import nlu_data

HERE = Place("rules.yml", 1)
NONE = Synonyms({})
TEXTS = [
    Text(body="实付满 99 元包邮，不满收运费 8 元。", headings=("规则", "运费")),
    Text(body="电子发票在发货后 24 小时内发到邮箱。", headings=("规则", "发票")),
    Text(body="签收后 7 天内可以退货。", headings=("规则", "退货")),
]
ENTRIES = [
    Entry(
        answer="满 99 元包邮，不满收运费 8 元。",
        questions=("包邮吗", "邮费多少", "免邮不", "要不要出邮费"),
    ),
    Entry(
        answer="电子发票发货后 24 小时内发到您的邮箱。",
        questions=("开票", "票据", "要专票", "几时给票"),
    ),
    Entry(answer="我们只在网上卖。", questions=("门店在哪",)),
]


def a_link(*passages):
    return Link(same=frozenset(passages), right=frozenset(passages))


LINKS = {0: a_link(0), 1: a_link(1)}


def rule(intent, *actions, **more):
    steps = [UserStep(place=HERE, intent=intent)]
    steps += [ActionStep(place=HERE, name=name) for name in actions]
    return Story(name=intent, place=HERE, is_rule=True, steps=tuple(steps), **more)


def test_entries_are_those_of_the_faq_and_of_rules_with_one_response():
    data = nlu_data(
        {
            "faq/ask_free": ["包邮吗", "邮费多少"],
            "faq/ask_nothing": ["没有回答"],
            "warranty": ["保修多久"],
            "named": ["我叫什么"],
            "form": ["退货"],
            "chitchat/ask_name": ["你叫啥"],
        },
        responses={
            "utter_faq/ask_free": ({"text": "满 99 元。"},),
            "utter_chitchat/ask_name": ({"text": "小橙"},),
        },
    )
    responses = {
        "utter_warranty": [{"text": "一年。"}],
        "utter_named": [{"text": "您是{name}"}],
        "utter_form": [{"text": "好"}],
    }
    rules = [
        rule("warranty", "utter_warranty"),
        rule("named", "utter_named"),
        rule("form", "utter_form", "return_form"),
    ]
    entries = entries_of(data, rules, Domain.from_dict({"responses": responses}))
    assert entries == [
        Entry(answer="满 99 元。", questions=("包邮吗", "邮费多少")),
        Entry(answer="一年。", questions=("保修多久",), is_narrow=False),
    ]


def test_an_entry_belongs_to_the_passage_that_says_the_same():
    assert linked(TEXTS, ENTRIES, NONE) == LINKS


def test_what_is_asked_leads_to_the_passage_and_does_not_make_it_longer():
    texts = with_questions(TEXTS, {1: ["报销凭证"]})
    index, plain = Index.build(texts, NONE), Index.build(TEXTS, NONE)
    matches = index.search(index.question("报销凭证"), 3)
    assert matches.passages.tolist() == [1]
    assert set(matches.places.ravel().tolist()) == {IN_ASKED}
    before = plain.search(plain.question("发货后邮箱"), 1).scores
    after = index.search(index.question("发货后邮箱"), 1).scores
    assert np.allclose(before, after, rtol=0.05)


def test_half_of_the_questions_of_every_other_entry_are_told_and_the_others_asked():
    quiz = answered_questions(TEXTS, ENTRIES, LINKS, NONE)
    asked = dict(quiz.questions)
    assert [text for text, right in asked.items() if right == {0}] == list(ENTRIES[0].questions)
    assert [text for text, right in asked.items() if right == {1}] == ["票据", "几时给票"]
    assert quiz.index.question("专").terms == ("专",)


def test_headings_are_asked_of_passages_that_do_not_show_them():
    quiz = headings_asked(TEXTS, NONE)
    assert dict(quiz.questions) == {"运费": {0}, "发票": {1}, "退货": {2}}
    matches = quiz.index.search(quiz.index.question("退货"), 1)
    assert matches.passages.tolist() == [2]


def test_small_talk_and_what_is_out_of_scope_is_answered_by_nothing():
    data = nlu_data(
        {
            "out_of_scope": ["下雨吗"],
            "chitchat/ask_name": ["你叫啥"],
            "greet": ["你好"],
            "faq/a": ["退"],
        }
    )
    quiz = questions_beside(data, Index.build(TEXTS, NONE))
    assert quiz.questions == (("下雨吗", frozenset()), ("你叫啥", frozenset()))
    assert not quiz.teaches_order


def test_the_order_is_learned_from_pairs():
    width = len(PASSAGE_FEATURES)
    right, wrong = np.zeros(width), np.zeros(width)
    right[PASSAGE_FEATURES.index("pairs")] = 1.0
    wrong[PASSAGE_FEATURES.index("own-heading")] = 1.2
    case = Case(features=np.array([wrong, right]), is_right=np.array([False, True]))
    begin = Rerank.untrained()
    assert np.argmax(begin.scores(case.features)) == 0
    assert np.argmax(begin.with_ranking([case] * 20).scores(case.features)) == 1
    assert begin.with_ranking([]) is begin


def test_certainty_is_learned_and_stays_where_it_was_without_examples_of_both():
    rng = np.random.default_rng(7)
    signs = rng.random((400, len(SIGNS)))
    is_right = (rng.random(400) < signs[:, 0]).astype(float)
    begin = Rerank.untrained()
    taught = begin.with_certainty(signs, is_right, np.ones(400))
    sure = np.array([taught.confidence(row) for row in signs])
    assert abs(sure.mean() - is_right.mean()) < 0.02
    assert sure[is_right == 1].mean() > sure[is_right == 0].mean() + 0.1
    assert begin.with_certainty(signs, np.ones(400), np.ones(400)) is begin
    assert begin.with_certainty(signs[:0], is_right[:0], np.ones(0)) is begin


def test_learning_makes_the_right_passage_first_at_least_as_often():
    quizzes = [
        answered_questions(TEXTS, ENTRIES, LINKS, NONE),
        headings_asked(TEXTS, NONE),
    ]
    lessons = learned(quizzes)
    assert lessons.questions == 9
    assert 0 < lessons.first_before <= lessons.first_now <= 1
    assert learned([]).questions == 0


def test_weights_survive_json():
    begin = Rerank.untrained()
    again = Rerank.from_json(begin.as_json())
    assert np.array_equal(begin.ranking, again.ranking)
    assert np.array_equal(begin.certainty, again.certainty)


def test_an_answer_that_two_passages_say_belongs_to_both():
    texts = [
        *TEXTS,
        Text(body="实付满 99 元包邮，不满收运费 8 元，偏远另算。", headings=("规则", "偏远")),
    ]
    links = linked(texts, ENTRIES, NONE)
    assert links == {0: a_link(0, 3), 1: a_link(1)}
    assert asked_of(ENTRIES, links) == {
        0: list(ENTRIES[0].questions),
        3: list(ENTRIES[0].questions),
        1: list(ENTRIES[1].questions),
    }
    broad = [replace(entry, is_narrow=False) for entry in ENTRIES]
    assert linked(texts, broad, NONE) == {1: a_link(1)}
