"""Finding sensitive words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.desk.library.watchwords import Hit, Watched, Watchwords, folded, masked, severest

BOTH = frozenset({"agent", "customer"})


def a_word(word, action="warn", sides=BOTH, category=""):
    return Watched(word=word, action=action, sides=frozenset(sides), category=category)


def found(text, *words, side="agent"):
    hits = Watchwords([a_word(w) if isinstance(w, str) else w for w in words]).check(text, side)
    return [(text[hit.start : hit.end], hit.word) for hit in hits]


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("请加微信聊", "微信", "微信"),
        ("请加 ＶＸ 聊", "vx", "ＶＸ"),
        ("请加VX聊", "ｖｘ", "VX"),
        ("加微\u200b信", "微信", "微\u200b信"),
        ("加微\u00ad\ufe0f\u2060信吧", "微信", "微\u00ad\ufe0f\u2060信"),
        ("加\u200b微信\u200b吧", "微信", "微信"),
        ("微̶信̲", "微信", "微̶信̲"),
        ("ＳＴＲＡＳＳＥ straße", "straße", "ＳＴＲＡＳＳＥ"),
        ("cafe\u0301!", "café", "cafe\u0301"),
        ("café!", "cafe\u0301", "café"),
        ("ﾌﾟﾗｽ", "プ", "ﾌﾟ"),
        ("①②。", "12", "①②"),
        ("㍿です", "株式会社", "㍿"),
        ("公司㍿です", "式会", "㍿"),
        ("😀微信😀", "微信", "微信"),
        ("a\nb", "a b", "a\nb"),
        ("全\u3000角", "全 角", "全\u3000角"),
        ("👩\u200d👩\u200d👧", "👩👩👧", "👩\u200d👩\u200d👧"),
    ],
)
def test_a_word_is_found_whatever_its_width_case_and_what_is_not_seen(text, word, stands):
    hits = found(text, word)
    assert hits[0] == (stands, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("classic", "ass"),
        ("ass1class", "lass"),
        ("vxyz", "vx"),
        ("订单11020", "110"),
        ("订单1102", "102"),
        ("微 信", "微信"),
        ("微信", "微信群"),
        ("", "微信"),
    ],
)
def test_letters_and_digits_are_not_found_inside_longer_ones(text, word):
    assert found(text, word) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [("加vx123", "vx"), ("拨110！", "110"), ("vx，", "vx"), ("我是vip客户", "vip")],
)
def test_where_another_script_begins_a_word_ends(text, word):
    assert found(text, word) == [(word, word)]


def test_every_place_of_every_word_is_found_in_the_order_of_the_text():
    text = "微信、支付宝、微信"
    assert found(text, "支付宝", "微信") == [
        ("微信", "微信"),
        ("支付宝", "支付宝"),
        ("微信", "微信"),
    ]


def test_a_hit_inside_a_longer_one_is_left_out_unless_it_is_more_severe():
    assert found("全额退款吗", "退款", "全额退款", "额退") == [("全额退款", "全额退款")]
    words = a_word("退款", "block"), a_word("全额退款", "warn"), a_word("全额", "mask")
    assert [word for _, word in found("全额退款", *words)] == ["全额退款", "全额", "退款"]
    assert [word for _, word in found("甲乙丙", "甲乙", "乙丙")] == ["甲乙", "乙丙"]


def test_only_texts_of_its_side_are_looked_at():
    words = a_word("微信", sides={"agent"}), a_word("骗子", sides={"customer"})
    assert found("微信骗子", *words, side="agent") == [("微信", "微信")]
    assert found("微信骗子", *words, side="customer") == [("骗子", "骗子")]


def test_without_words_nothing_is_found():
    assert Watchwords([]).check("微信", "agent") == []
    assert Watchwords([a_word("\u200b"), a_word(" ")]).check("微 信", "agent") == []


def test_what_is_to_be_done_is_the_most_severe():
    hits = Watchwords([a_word("甲"), a_word("乙", "mask"), a_word("丙", "block")])
    assert severest(hits.check("甲乙丙", "agent")) == "block"
    assert severest(hits.check("甲乙", "agent")) == "mask"
    assert severest(hits.check("甲", "agent")) == "warn"
    assert severest(hits.check("丁", "agent")) is None


def test_stars_stand_for_each_character_that_is_masked():
    words = Watchwords([a_word("微信", "mask"), a_word("号", "warn")])
    text = "加微\u200b信号😀"
    assert masked(text, words.check(text, "agent")) == "加***号😀"


def test_thousands_of_words_are_looked_for_at_once():
    words = Watchwords(a_word(f"词{number}号") for number in range(5000))
    text = "无关" * 1000 + "词4999号"
    assert words.check(text, "agent") == [Hit(start=2000, end=2006, word="词4999号", action="warn")]


ODD = st.text(alphabet="ab1 微信Ａé\u0301\u200b\ufe0fﾌﾟ㍿ß😀\n", max_size=20)


@given(ODD, ODD)
def test_a_word_stands_where_it_is_said_to_stand(text, word):
    for hit in Watchwords([a_word(word, "mask")]).check(text, "agent"):
        assert 0 <= hit.start < hit.end <= len(text)
        assert folded(word) in folded(text[hit.start : hit.end])
        assert len(masked(text, [hit])) == len(text)


@given(ODD.filter(folded), ODD, ODD)
def test_a_word_between_chinese_characters_is_always_found(word, before, behind):
    text = f"{before}，中{word}中，{behind}"
    # A mark at its beginning would become part of the character before it.
    if folded(f"中{word}中") == f"中{folded(word)}中":
        assert found(text, word)
