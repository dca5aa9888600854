"""What a text comes to in the index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.knowledge.terms import Synonyms, kind_of, terms_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("退货", ["退", "货", "退货"]),
        ("我要退的货呢", ["退", "货"]),
        ("退貨", ["退", "货", "退货"]),
        ("多少钱退多久，怎么办", ["钱", "退", "钱退"]),
        ("双十一、双十二", ["双", "11", "双", "12"]),
        ("ＡＢＣ１２", ["abc", "12"]),
        ("七天、十五天、一百二十天", ["7", "天", "15", "天", "120", "天"]),
        ("where are my parcels", ["parcel"]),
        ("returning returned returns", ["return"] * 3),
        ("满 9.9 元", ["满", "9.9", "元"]),
        ("😀！？", []),
        ("", []),
    ],
)
def test_function_characters_and_words_are_left_out(text, terms):
    assert terms_of(text) == terms


def test_terms_are_of_three_kinds():
    assert [kind_of(term) for term in ("退", "退货", "48", "coupon")] == [
        "character",
        "pair",
        "word",
        "word",
    ]


def test_synonyms_add_the_terms_of_what_is_meant():
    synonyms = Synonyms({"邮费": "运费", "快递费": "运费", "VIP": "会员"})
    assert synonyms.terms_for("邮费多少", terms_of("邮费多少")) == {"运": "邮费", "运费": "邮费"}
    assert set(synonyms.terms_for("VIP 多少钱", ["vip"]).values()) == {"vip"}
    assert Synonyms({}).terms_for("邮费", ["邮"]) == {}


@given(st.text(max_size=80))
def test_any_text_has_terms(text):
    assert all(term and kind_of(term) for term in terms_of(text))
    assert list(Synonyms({"邮费": "运费"}).meant_by(text)) == (
        [("邮费", "运费")] if "邮费" in text else []
    )
