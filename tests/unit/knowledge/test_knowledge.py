"""Searching, ranking, quoting, and what survives in a model."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.clock import ManualClock
from kefu.core.parts import under
from kefu.knowledge.index import Index, Text
from kefu.knowledge.knowledge import Knowledge
from kefu.knowledge.passages import passages_of
from kefu.knowledge.source import ArticleSource
from kefu.knowledge.terms import Synonyms
from kefu.knowledge.training import train_knowledge
from kefu.model.archive import pack, unpack
from kefu.project.nlu_data import NluData
from tests.unit.knowledge.articles import (
    ARTICLES,
    EXAMPLES,
    a_section,
    an_article,
    headings,
    some_knowledge,
)


@pytest.fixture(scope="module")
def knowledge():
    return some_knowledge()


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("多少钱包邮", "运费"),
        ("快递费怎么算", "运费"),
        ("付款以后几小时发", "发货时间"),
        ("包裹在驿站能放几天", "自提点"),
        ("羊毛衫可以机洗吗", "羊毛"),
        ("羽絨服怎麼洗", "羽绒"),
    ],
)
def test_the_passage_that_answers_comes_first(knowledge, question, heading):
    assert headings(knowledge.search(question))[0] == heading


def test_a_fitting_passage_is_surer_than_one_that_shares_a_word(knowledge):
    fitting = knowledge.search("运费多少，满多少包邮").confidence
    shared = knowledge.search("今天下雨，好无聊，给我讲讲时间简史").confidence
    assert fitting > 0.5 > shared


@pytest.mark.parametrize("text", ["", "😀😀", "？！", "的了吗", "zzz qqq", "\x00"])
def test_without_a_known_term_nothing_is_found(knowledge, text):
    findings = knowledge.search(text)
    assert (findings.hits, findings.confidence, findings.answer) == ((), 0.0, "")


def test_articles_that_do_not_hold_are_left_out(knowledge):
    question = "双十一满减怎么凑单"
    assert headings(knowledge.search(question, "2026-11-11"))[0] == "满减"
    assert "满减" not in headings(knowledge.search(question, "2026-11-12"))
    assert "满减" not in headings(knowledge.search(question, "2026-10-31"))


def test_the_source_goes_by_todays_date():
    parts = train_knowledge(ARTICLES, EXAMPLES).parts
    clock = ManualClock(start=1_793_880_000.0)  # 2026-11-05
    source = ArticleSource(parts, clock)
    found = source.find("双十一满减怎么凑单")
    assert found["passages"][0] == {
        "id": "双十一活动",
        "title": "双十一活动",
        "headings": ["满减"],
        "file": "data/knowledge/promotion.md",
        "score": found["passages"][0]["score"],
    }
    assert found["answer"] == "活动期间每满 300 减 50，可以跨店凑单。"
    clock.advance(30 * 86_400)
    assert source.find("双十一满减怎么凑单")["passages"][0]["title"] != "双十一活动"
    assert source.find("zzz") is None


def test_a_model_keeps_everything(knowledge):
    file = io.BytesIO()
    pack(file, knowledge.save())
    file.seek(0)
    loaded = Knowledge.load(dict(unpack(file)))
    for text in ("快递费怎么算", "羊毛", "x"):
        before, after = knowledge.search(text), loaded.search(text)
        assert before.hits == after.hits
        assert before.confidence == after.confidence


def test_training_twice_gives_the_same():
    first, second = (train_knowledge(ARTICLES, EXAMPLES).parts for _ in range(2))
    assert first.keys() == second.keys()
    for name, part in first.items():
        assert (
            np.array_equal(part, second[name])
            if isinstance(part, np.ndarray)
            else (part == second[name])
        )


def test_without_examples_it_works_as_it_begins():
    knowledge = some_knowledge(data=NluData())
    assert headings(knowledge.search("运费多少"))[0] == "运费"
    assert 0 < knowledge.search("运费多少").confidence < 1


def test_without_articles_there_is_nothing_to_find():
    assert some_knowledge(articles=()).search("运费").hits == ()


def test_long_sections_are_cut_between_sentences():
    sentences = [f"第{number}条规则说明了很多很多的事情，请仔细看一看。" for number in range(60)]
    article = an_article("规则", a_section("".join(sentences), under=["总则"]))
    _, passages = passages_of([article])
    assert len(passages) > 2
    assert [unit for passage in passages for unit in passage.units] == sentences
    assert all(passage.headings == ("总则",) for passage in passages)


def test_only_the_best_are_returned_and_the_same_whatever_the_size():
    texts = [Text(body=f"商品{number} 运费说明") for number in range(300)]
    index = Index.build(texts, Synonyms({}))
    matches = index.search(index.question("商品运费"), 5)
    assert len(matches.passages) == 5
    assert list(matches.scores) == sorted(matches.scores, reverse=True)
    some = set(matches.passages.tolist())
    further = index.search(index.question("商品运费"), 5, without=some)
    assert not some & set(further.passages.tolist())


def test_the_index_is_below_its_own_name():
    parts = train_knowledge(ARTICLES, EXAMPLES).parts
    assert Index.load(under("index", parts)).size == 6


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600))
def test_any_text_is_searched(text):
    knowledge = _KNOWLEDGE
    findings = knowledge.search(text)
    assert 0 <= findings.confidence <= 1
    assert bool(findings.answer) == bool(findings.hits)


_KNOWLEDGE = some_knowledge()
