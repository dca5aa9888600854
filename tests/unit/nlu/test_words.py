import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.nlu.words import WordFinder, fold_case, is_edge

_TEXTS = st.text(alphabet="ab 1_-你好,", max_size=12)
_WORDS = st.lists(st.text(alphabet="ab1你好-", min_size=1, max_size=3), max_size=5, unique=True)


@given(_TEXTS, st.integers(0, 12))
def test_an_edge_is_where_the_regular_expression_sees_one(text, position):
    position = min(position, len(text))
    assert is_edge(text, position) == (re.compile(r"\b").match(text, position) is not None)


@given(_TEXTS, _WORDS)
def test_without_boundaries_the_matches_are_those_of_an_alternation(text, words):
    pattern = re.compile("|".join(map(re.escape, words)) or r"(?!)", re.IGNORECASE)
    found = WordFinder(words).leftmost_first(text, word_boundaries=False)
    assert [(s, e) for _, s, e in found] == [match.span() for match in pattern.finditer(text)]


@given(
    st.text(alphabet="ab 1_-", max_size=12),
    st.lists(st.text(alphabet="ab1", min_size=1, max_size=3), max_size=5, unique=True),
)
def test_with_boundaries_spaced_scripts_are_matched_as_rasa_does(text, words):
    pattern = re.compile("|".join(rf"\b{re.escape(w)}\b" for w in words) or r"(?!)")
    found = WordFinder(words, case_sensitive=True).leftmost_first(text, word_boundaries=True)
    assert [(s, e) for _, s, e in found] == [match.span() for match in pattern.finditer(text)]


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("你好", "你好啊", True),
        ("苹果", "我要苹果apple", True),
        ("apple", "苹果apple", False),
        ("apple", "苹果 apple", True),
        ("T恤", "一件T恤衫", False),
        ("T恤", "一件 T恤衫", True),
    ],
)
def test_chinese_ends_of_a_word_need_no_edge(word, text, is_found):
    assert bool(list(WordFinder([word]).leftmost_first(text, word_boundaries=True))) is is_found


def test_folding_case_keeps_letters_that_would_grow():
    assert fold_case("İSTANBUL") == "İstanbul"
