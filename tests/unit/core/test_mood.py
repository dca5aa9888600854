"""How a customer feels, by the words."""

import re

import pytest

from kefu.core.events import UserUttered
from kefu.core.mood import FEELINGS, NEGATIVE, NEUTRAL, POSITIVE, mood_in, mood_of, word_patterns


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


def found(text, **sentiment):
    return mood_in(UserUttered(text=text, parse_data={"sentiment": sentiment}))


@pytest.mark.parametrize("name", FEELINGS)
def test_what_was_learned_goes_before_the_words(name):
    mood = found("失望，谢谢", name=name, confidence=0.8)
    assert mood.feeling == name
    assert (mood.negative, mood.positive) == (
        0.8 if name == "negative" else 0.0,
        0.8 if name == "positive" else 0.0,
    )


def test_words_are_named_where_they_agree_with_what_was_learned():
    assert found("骗子", name="negative", confidence=0.8).words == ("骗子",)
    assert found("失望", name="positive", confidence=0.8).words == ()


@pytest.mark.parametrize("name", ["neutral", "positive"])
def test_insults_and_threats_count_whatever_was_learned(name):
    assert found("我要起诉你们", name=name, confidence=0.95) == mood_of("我要起诉你们")
    assert found("我不起诉", name=name, confidence=0.95).feeling == name


@pytest.mark.parametrize(
    "sentiment",
    [
        None,
        "negative",
        [],
        {},
        {"name": None, "confidence": 0.4},
        {"name": "angry", "confidence": 0.9},
        {"name": ["positive"], "confidence": 0.9},
        {"name": "positive"},
        {"name": "positive", "confidence": "high"},
        {"name": "positive", "confidence": 7},
        {"name": "positive", "confidence": float("nan")},
    ],
)
def test_without_a_sentiment_that_is_sure_the_words_decide(sentiment):
    message = UserUttered(text="骗子", parse_data={"sentiment": sentiment})
    assert mood_in(message) == mood_of("骗子")


def test_a_message_without_text_has_no_mood():
    assert mood_in(UserUttered(text=None)).feeling == "neutral"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("你们是骗子", ["negative 0.8"]),
        ("不生气", []),
        ("没有失望", []),
        ("A GREAT shop", ["positive 0.45"]),
        ("greatness", []),
        ("太差劲了！！", ["negative 0.6", "excited"]),
    ],
)
def test_the_words_can_be_hints_for_a_learner(text, names):
    patterns = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in word_patterns()]
    assert [name for name, pattern in patterns if pattern.search(text)] == names
