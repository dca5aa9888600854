import asyncio
import json
import re

import numpy as np
import pytest

from kefu.nlu.classifiers.classifier import TextClassifier
from kefu.nlu.classifiers.intent import IntentClassifier
from kefu.nlu.classifiers.reasons import explain_choice
from kefu.nlu.explanation import (
    Choice,
    Contribution,
    Found,
    Missed,
    Remark,
    character_weights,
)
from kefu.nlu.extractors.pieces import Span
from kefu.nlu.extractors.reasons import in_words, near_spans
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.phrases import LANGUAGES, PHRASES
from kefu.nlu.segmentation import segment
from kefu.nlu.training import train_pipeline
from tests.unit.nlu.builders import SHOP, a_config, a_lesson, an_interpreter, component, nlu_data

TRIPS = [
    "从[北京](city#from)飞[上海](city#to)",
    "去[上海](city#to)的票",
    "[广州](city#from)出发到[深圳](city#to)",
    "我要去[北京](city#to)",
    "从[深圳](city#from)出发",
    "从[上海](city#from)到[广州](city#to)",
]


def explain(interpreter, text, *rivals):
    return asyncio.run(interpreter.explain(text, rivals))


def items(explained, kind):
    return [item for _, item in explained.by_component if isinstance(item, kind)]


@pytest.fixture(scope="module")
def shop():
    fallback = component("FallbackClassifier", threshold=0.5)
    return an_interpreter(nlu_data(SHOP), "JiebaTokenizer", "DIETClassifier", fallback)


def test_contributions_and_the_constant_add_up_to_the_lead(shop):
    (choice,) = items(explain(shop, "快递什么时候到"), Choice)
    first, second = choice.candidates[:2]
    lead = sum(one.weight for one in choice.contributions) + choice.constant
    assert choice.rival == second.label
    assert lead == pytest.approx(first.decision - second.decision, abs=1e-5)


class Understanding(TextClassifier):
    """Leans towards a label by features that have no names, as those of a language model."""

    def decisions(self, vector):
        lean = [0.5 if label == "track" else 0.0 for label in self.labels]
        return super().decisions(vector) + np.array(lean, np.float32)


def test_what_features_without_names_say_is_told_apart_from_the_constant():
    lesson = a_lesson(nlu_data(SHOP))
    corpus = lesson.corpus
    parts = IntentClassifier.train(component("DIETClassifier"), lesson).save()
    plain, leans = TextClassifier.load(parts), Understanding.load(parts)
    text = "我的快递在哪"
    vector = corpus.space.vector(text, segment(text))
    choices = [
        explain_choice(
            classifier,
            corpus.space,
            about="intent",
            text=text,
            vector=vector,
            ranking=[("track", 0.9), ("refund", 0.1)],
            rivals=(),
        )
        for classifier in (leans, plain)
    ]
    meant = [[c.weight for c in one.contributions if c.kind == "meaning"] for one in choices]
    assert meant == [[pytest.approx(0.5, abs=1e-4)], []]
    assert choices[0].constant == choices[1].constant


def test_what_stands_in_the_examples_of_an_intent_speaks_for_it(shop):
    (choice,) = items(explain(shop, "我的快递在哪"), Choice)
    assert choice.candidates[0].label == "track"
    strongest = [one.feature for one in choice.contributions if one.weight > 0]
    assert {"快", "递", "快递"} & set(strongest[:4])


def test_it_is_compared_with_the_rival_that_was_asked_for(shop):
    (choice,) = items(explain(shop, "我的快递在哪", "nothing", "refund"), Choice)
    assert choice.rival == "refund"
    (same,) = items(explain(shop, "我的快递在哪", "track"), Choice)
    assert same.rival not in (None, "track")


def test_the_signs_give_the_confidence(shop):
    (choice,) = items(explain(shop, "我的快递在哪"), Choice)
    chances = []
    for signs in (choice.scope, choice.signs):
        total = sum(sign.value * sign.weight for sign in signs)
        assert signs[-1].name == "constant"
        chances.append(1 / (1 + 2.718281828**-total))
    assert choice.candidates[0].confidence == pytest.approx(chances[0] * chances[1])
    assert explain(shop, "我的快递在哪").parsed["in_scope"] == pytest.approx(chances[0])


def test_what_it_knows_by_heart_it_says(shop):
    (choice,) = items(explain(shop, "我要退款！"), Choice)
    assert choice.is_example
    assert choice.candidates[0].confidence >= 0.95
    assert shop.has_seen("我要退款")
    assert not shop.has_seen("我想要退款")


def test_explaining_understands_as_parsing_does(shop):
    for text in ("我的快递在哪", "xyz", "", "  ", "😀", "\ud800", "a" * 3000):
        parsed = asyncio.run(shop.parse(text))
        assert explain(shop, text).parsed == parsed
        json.dumps(explain(shop, text).as_json())


def test_words_in_no_example_are_named(shop):
    assert "xyz" in explain(shop, "快递 xyz").unknown_words
    assert "快递" not in explain(shop, "快递 xyz").unknown_words


def test_a_fallback_says_which_threshold(shop):
    (remark,) = items(explain(shop, "xyz"), Remark)
    assert "is replaced by nlu_fallback" in remark.text
    assert "below threshold 0.5" in remark.text


def test_a_message_that_names_its_intent_is_not_taken_apart(shop):
    explained = explain(shop, "/greet")
    assert explained.parsed["intent"]["name"] == "greet"
    assert "names its intent itself" in items(explained, Remark)[0].text


def test_an_answer_is_compared_with_others_of_its_intent():
    data = nlu_data(
        {
            "faq/ship": ["多久发货", "什么时候发货", "几天能发货", "今天发货吗"],
            "faq/pay": ["怎么付款", "可以用微信付款吗", "付款失败", "付款方式有哪些"],
            "greet": ["你好", "您好", "嗨", "在吗"],
        }
    )
    interpreter = an_interpreter(data, "JiebaTokenizer", "DIETClassifier", "ResponseSelector")
    about = {item.about: item for item in items(explain(interpreter, "什么时候能发货"), Choice)}
    assert about["answer"].candidates[0].label == "faq/ship"
    assert about["answer"].rival == "faq/pay"
    assert [item.about for item in items(explain(interpreter, "你好啊"), Choice)] == ["intent"]


def test_an_entity_has_reasons_for_its_place_and_for_its_type():
    interpreter = an_interpreter(nlu_data({"trip": TRIPS, "x": ["你好"]}), "DIETClassifier")
    found = items(explain(interpreter, "从上海出发"), Found)
    assert [(one.entity, one.role, one.value) for one in found] == [("city", "from", "上海")]
    kinds = {one.kind for one in found[0].contributions}
    assert kinds == {"boundary", "type"}
    strongest = max(found[0].contributions, key=lambda one: one.weight)
    assert strongest.weight > 0


def test_what_was_nearly_an_entity_is_told():
    data = nlu_data({"trip": TRIPS, "x": ["你好", "去哪里", "到了", "出发吧"]})
    explained = explain(an_interpreter(data, "CRFEntityExtractor"), "从这里出发")
    (missed,) = items(explained, Missed)
    assert items(explained, Found) == []
    assert 0.1 <= missed.confidence < 0.5
    assert explained.parsed["text"][missed.start : missed.end] == missed.value == "这"
    assert missed.contributions


def test_runs_of_pieces_that_are_likely_enough_are_one_near_miss():
    labels = ["O", "O", "O", "B", "E", "O"]
    near = near_spans(labels, [0.95, 0.8, 0.7, 0.1, 0.1, 0.9])
    assert near == [(Span(1, 3), pytest.approx(0.3)), (Span(5, 6), pytest.approx(0.1))]


def test_a_regex_and_a_synonym_name_themselves():
    data = nlu_data(
        {"trip": TRIPS},
        regexes=(("city", "北京|魔都"),),
        synonyms={"魔都": "上海"},
    )
    interpreter = an_interpreter(data, "RegexEntityExtractor", "EntitySynonymMapper")
    explained = explain(interpreter, "去魔都")
    (found,) = items(explained, Found)
    assert (found.value, found.source) == ("魔都", "regex 北京|魔都")
    assert [item.text for item in items(explained, Remark)] == ["city: '魔都' stands for '上海'"]


def test_a_keyword_names_itself():
    interpreter = an_interpreter(nlu_data({"bye": ["再见"]}), "KeywordIntentClassifier")
    assert items(explain(interpreter, "再见了"), Remark)[0].text == "'再见' is a keyword of bye"
    assert "no keyword" in items(explain(interpreter, "你好"), Remark)[0].text


def test_a_model_without_nlu_explains_nothing():
    explained = explain(load_interpreter({}), "hi")
    assert explained.by_component == ()
    assert explained.parsed["intent"]["name"] is None


def weights(text, *contributions):
    return character_weights(text, [Contribution(*one) for one in contributions])


def test_the_weight_of_an_n_gram_is_shared_among_its_characters():
    assert weights("退货退", ("characters", "退货", 0.4)) == [0.2, 0.2, 0.0]
    assert weights("退货退", ("characters", "退", 0.4)) == [0.2, 0.0, 0.2]
    assert weights("ABC 退", ("words", "abc 退", 0.4)) == [0.1, 0.1, 0.1, 0.0, 0.1]


def test_the_ends_of_a_text_are_where_they_are():
    assert weights("好好", ("characters", "^好", 1.0)) == [1.0, 0.0]
    assert weights("好好", ("characters", "好$", 1.0)) == [0.0, 1.0]
    assert weights("好的", ("characters", "$", 1.0)) == [0.0, 0.0]


def test_what_stands_nowhere_is_left_out():
    some = weights("你好", ("patterns", "lookup city", 1.0), ("words", "<s> 再", 1.0))
    assert some == [0.0, 0.0]
    assert weights("", ("characters", "^a", 1.0)) == []


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("0=明", "明"),
        ("-1=去", "去 before it"),
        ("1=<", "(start) behind it"),
        ("k0=B-city", "known as city"),
        ("k-1=S", "a known value"),
        ("k0=S-re:phone", "fits the regex phone"),
        ("digits=4", "4 digits"),
        ("bias", "whatever the text"),
        ("wS", "a word of its own"),
        ("-11=到|的", "到 的 around it"),
        ("rr=的|>", "的 (end) behind it"),
    ],
)
def test_features_of_entities_are_told_in_words(feature, words):
    assert in_words(feature) == words


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ("0=明", "明"),
        ("-1=去", "前面是 去"),
        ("1=<", "后面是 （句首）"),
        ("k0=B-city", "已知是 city"),
        ("k0=S-re:phone", "符合正则 phone"),
        ("I0=order|明", "意图 order，且明"),
        ("bias", "不论内容"),
        ("-11=到|的", "前后是 到 的"),
    ],
)
def test_features_of_entities_are_told_in_chinese(feature, words):
    assert in_words(feature, "zh") == words


def test_both_languages_have_the_same_phrases_with_the_same_values():
    assert set(PHRASES) == set(LANGUAGES)
    assert PHRASES["zh"].keys() == PHRASES["en"].keys()
    for name, text in PHRASES["en"].items():
        assert re.findall(r"\{.*?\}", text) == re.findall(r"\{.*?\}", PHRASES["zh"][name]), name


def test_entities_are_explained_with_the_intent_that_they_were_found_by():
    words = ["hello", "yellow", "dust", "sand", "iron", "gold", "rain", "snow"]
    data = nlu_data(
        {
            intent: [
                f"{verb} now would you kindly get me [{word}]({kind}) thanks" for word in words
            ]
            for intent, verb, kind in (
                ("play_music", "play", "song"),
                ("rate_book", "rate", "book"),
                ("find_film", "show", "film"),
            )
        }
    )
    config = a_config("WhitespaceTokenizer", "DIETClassifier", language="en")
    interpreter = load_interpreter(train_pipeline(config, data).parts)
    explained = explain(interpreter, "play now would you kindly get me gold thanks")
    (found,) = items(explained, Found)
    assert found.entity == explained.parsed["entities"][0]["entity"] == "song"
    assert any(one.feature.startswith("intent play_music") for one in found.contributions)
