import pytest

from kefu.nlu.classifiers.keyword import KeywordIntentClassifier
from tests.unit.nlu.builders import a_lesson, component, nlu_data, processed


def _classifier(examples, **settings):
    config = component("KeywordIntentClassifier", **settings)
    lesson = a_lesson(nlu_data(examples))
    return KeywordIntentClassifier.train(config, lesson), lesson, config


def _intent(examples, text, **settings):
    return processed(_classifier(examples, **settings)[0], text).intent


def test_a_keyword_found_as_a_word_decides():
    found = _intent({"greet": ["hello"], "bye": ["bye"]}, "well, hello there")
    assert found == {"name": "greet", "confidence": 1.0}


def test_no_keyword_gives_no_intent():
    assert _intent({"greet": ["hi"]}, "this") == {"name": None, "confidence": 0.0}


@pytest.mark.parametrize("text", ["你好啊", "客服你好", "你好！", "你好"])
def test_chinese_keywords_need_no_blanks_around_them(text):
    assert _intent({"greet": ["你好"], "bye": ["再见"]}, text)["name"] == "greet"


def test_of_chinese_keywords_inside_a_text_the_longest_decides():
    examples = {"greet": ["你好"], "how": ["你好吗"]}
    assert _intent(examples, "老板你好吗朋友")["name"] == "how"


def test_where_rasa_finds_a_keyword_the_first_of_the_file_decides():
    examples = {"a": ["优惠券"], "b": ["发票"]}
    assert _intent(examples, "发票 优惠券")["name"] == "a"


def test_letter_case_counts_unless_switched_off():
    assert _intent({"greet": ["hello"]}, "Hello")["name"] is None
    assert _intent({"greet": ["hello"]}, "Hello", case_sensitive=False)["name"] == "greet"


def test_a_keyword_of_two_intents_is_left_out_with_a_warning():
    classifier, lesson, _ = _classifier({"a": ["book"], "b": ["book", "table"]})
    assert processed(classifier, "book").intent["name"] is None
    assert [p.code for p in lesson.problems] == ["nlu.ambiguous-keyword"]


def test_a_keyword_inside_another_intents_keyword_is_left_out():
    classifier, lesson, _ = _classifier({"a": ["book"], "b": ["book a table"]})
    assert processed(classifier, "my book").intent["name"] is None
    assert processed(classifier, "book a table").intent["name"] == "b"
    assert len(lesson.problems) == 1


def test_a_chinese_keyword_inside_another_intents_keyword_stays():
    classifier, lesson, _ = _classifier({"a": ["你好"], "b": ["你好吗"]})
    assert processed(classifier, "你好").intent["name"] == "a"
    assert lesson.problems == []


def test_keywords_are_regular_expressions_as_in_rasa():
    assert _intent({"a": ["colou?r"]}, "the color")["name"] == "a"


def test_keywords_that_are_no_regular_expressions_mean_themselves():
    assert _intent({"a": ["(怎么退"]}, "亲(怎么退")["name"] == "a"


def test_an_intent_found_earlier_stays_when_no_keyword_is_found():
    classifier, _, _ = _classifier({"a": ["x"]})
    earlier = {"name": "b", "confidence": 0.5}
    assert processed(classifier, "y", intent=earlier).intent == earlier


def test_a_loaded_classifier_keeps_the_order_of_keywords():
    classifier, lesson, config = _classifier({"z": ["二"], "a": ["一"]})
    loaded = KeywordIntentClassifier.load(config, classifier.save(), lesson.surroundings)
    assert processed(loaded, "一 二").intent["name"] == "z"
