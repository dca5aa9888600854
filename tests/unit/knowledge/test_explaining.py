"""What is said of why adds up."""

import math

import pytest

from kefu.cli.knowledge_lines import WORDS, lines_of
from kefu.knowledge.explaining import explained
from kefu.knowledge.features import PASSAGE_FEATURES, SIGNS
from tests.unit.knowledge.articles import some_knowledge


@pytest.fixture(scope="module")
def knowledge():
    return some_knowledge()


def test_the_parts_add_up(knowledge):
    findings = knowledge.search("快递费满包邮 zzz")
    said = explained(knowledge, findings)
    best = said["passages"][0]
    assert best["headings"] == ["运费"]
    assert best["score"] == pytest.approx(sum(part["adds"] for part in best["ranking"]), abs=1e-2)
    assert best["bm25"] == pytest.approx(sum(item["adds"] for item in best["matched"]), abs=1e-2)
    odds = sum(sign["adds"] for sign in said["signs"])
    assert said["confidence"] == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-3)
    assert said["unknown_terms"] == ["费满", "满包", "zzz"]
    assert said["synonyms"] == {"快递费": ["运", "运费"]}
    assert said["answer"] == "实付满 99 元包邮。不满的收运费 8 元。"


def test_a_term_says_where_it_stands_and_which_synonym_brought_it(knowledge):
    said = explained(knowledge, knowledge.search("快递费"))
    matched = {item["term"]: item for item in said["passages"][0]["matched"]}
    assert matched["运费"]["by_synonym"] == "快递费"
    assert matched["运费"]["in"] == ["body", "heading"]
    assert matched["运费"]["kind"] == "pair"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_printed_in_both_languages(knowledge, language):
    text = "快递费满多少包邮"
    found = {"question": text, **explained(knowledge, knowledge.search(text))}
    lines = "\n".join(lines_of(found, language))
    assert "配送说明 · 运费" in lines
    assert "← 快递费" in lines
    assert "data/knowledge/shipping.md" in lines


@pytest.mark.parametrize(("language", "said"), [("zh", "没有一个段落沾边。"), ("en", "No passage")])
def test_nothing_found_is_said(knowledge, language, said):
    found = {"question": "zzz", **explained(knowledge, knowledge.search("zzz"))}
    assert said in "\n".join(lines_of(found, language))


def test_both_languages_have_words_for_everything():
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for name in (*PASSAGE_FEATURES, *SIGNS, "constant"):
        assert f"f-{name}" in WORDS["en"]
