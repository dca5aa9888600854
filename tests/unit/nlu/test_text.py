import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.nlu.text import fold, has_unspaced, normalise, unspaced_share


def test_normalise_folds_width_case_digits_and_spaces():
    assert normalise(" Ｈello　WORLD\t12３ ") == "hello world 000"


def test_traditional_characters_are_simplified_ones():
    assert normalise("請問可以退貨嗎") == normalise("请问可以退货吗") == "请问可以退货吗"
    assert fold("發票") == "发票"


@given(st.text())
def test_what_is_folded_stays_as_it_is(text):
    assert fold(fold(text)) == fold(text)


def test_normalise_keeps_letter_case_when_asked():
    assert normalise("Order 7", lowercase=False) == "Order 0"


@given(st.text())
def test_fold_never_moves_a_position(text):
    assert len(fold(text)) == len(text)


def test_fold_makes_digits_and_case_equal():
    assert fold("ＡB12") == fold("ab99")


@pytest.mark.parametrize(
    ("text", "expected"), [("hello", False), ("你", True), ("ありがとう", True), ("한국어", False)]
)
def test_scripts_without_spaces_are_recognised(text, expected):
    assert has_unspaced(text) is expected


def test_unspaced_share_counts_letters_only():
    assert unspaced_share(["你好 ab", "12, 3!"]) == 0.5
    assert unspaced_share(["123"]) == 0.0
