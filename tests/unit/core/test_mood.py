"""How a customer feels, by the words."""

import pytest

from kefu.core.mood import NEGATIVE, NEUTRAL, POSITIVE, mood_of


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("你们这是什么垃圾客服", "negative"),
        ("太慢了，这么久没人管", "negative"),
        ("我要投诉", "negative"),
        ("This is the WORST service ever", "negative"),
        ("谢谢，非常满意", "positive"),
        ("thanks, that was great", "positive"),
        ("订单到哪了", "neutral"),
        ("", "neutral"),
        ("垃圾桶有货吗", "neutral"),
        ("滚筒洗衣机怎么用", "neutral"),
        ("麻烦您看一下", "neutral"),
        ("不满100元能包邮吗", "neutral"),
        ("给我妈的生日礼物", "neutral"),
        ("我没生气", "neutral"),
        ("not bad", "neutral"),
        ("it isn't very good", "neutral"),
        ("grateful hatelessly", "neutral"),
    ],
)
def test_words_tell_the_feeling(text, feeling):
    assert mood_of(text).feeling == feeling


def test_several_words_and_exclamations_make_it_surer():
    one, two, loud = (mood_of(t).negative for t in ("太慢了", "太慢了没人管", "太慢了没人管！！"))
    assert 0 < one < two < loud < 1
    assert mood_of("太慢了太慢了").negative == one
    assert mood_of("订单！！！").negative == 0


def test_one_insult_is_enough_for_the_usual_threshold_and_impatience_is_not():
    assert mood_of("骗子").negative >= 0.7
    assert mood_of("着急").negative < 0.7


def test_the_words_are_named():
    assert mood_of("太差了，我要投诉").words == ("太差", "投诉")


def test_a_very_long_text_is_only_looked_into():
    assert mood_of("好" * 5_000 + "骗子").negative == 0


def test_no_word_stands_twice_or_has_a_weight_out_of_bounds():
    words = [
        word for table in (NEGATIVE, POSITIVE) for line in table.values() for word in line.split()
    ]
    words += NEUTRAL.split()
    assert sorted(words) == sorted(set(words))
    assert all(0 < weight < 1 for weight in (*NEGATIVE, *POSITIVE))
