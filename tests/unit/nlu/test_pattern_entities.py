import pytest

from kefu.errors import ProjectError
from kefu.nlu.extractors.regex import RegexEntityExtractor
from kefu.nlu.extractors.synonyms import EntitySynonymMapper
from tests.unit.nlu.builders import a_lesson, component, nlu_data, processed

_EXAMPLES = {"buy": ["买[苹果](fruit)", "订单[A1](order_no)"]}


def _extract(text, data, **settings):
    config = component("RegexEntityExtractor", **settings)
    lesson = a_lesson(data)
    trained = RegexEntityExtractor.train(config, lesson)
    loaded = RegexEntityExtractor.load(config, trained.save(), lesson.surroundings)
    found = processed(trained, text).entities
    assert processed(loaded, text).entities == found
    return found


def test_lookup_words_are_found_inside_chinese_text():
    data = nlu_data(_EXAMPLES, lookups={"fruit": ("苹果", "梨")})
    first, second = _extract("我要买苹果和梨", data)
    assert first == {
        "entity": "fruit",
        "start": 3,
        "end": 5,
        "value": "苹果",
        "extractor": "RegexEntityExtractor",
    }
    assert (second["start"], second["end"], second["value"]) == (6, 7, "梨")


def test_of_lookup_words_at_one_place_the_first_listed_wins():
    data = nlu_data(_EXAMPLES, lookups={"fruit": ("苹果", "苹果汁")})
    assert [e["value"] for e in _extract("苹果汁", data)] == ["苹果"]


def test_regexes_come_before_lookups_and_ignore_case_by_default():
    data = nlu_data(_EXAMPLES, regexes=(("order_no", r"[A-Z]\d+"),), lookups={"fruit": ("梨",)})
    assert [e["value"] for e in _extract("梨 a12", data)] == ["a12", "梨"]
    assert [e["value"] for e in _extract("梨 a12", data, case_sensitive=True)] == ["梨"]


def test_patterns_of_entities_that_no_example_annotates_are_not_used():
    data = nlu_data(_EXAMPLES, lookups={"colour": ("红",)})
    lesson = a_lesson(data)
    RegexEntityExtractor.train(component("RegexEntityExtractor"), lesson)
    assert [p.code for p in lesson.problems] == ["nlu.no-patterns"]
    assert _extract("红", data) == []


def test_lookups_and_regexes_can_be_switched_off():
    data = nlu_data(_EXAMPLES, regexes=(("order_no", r"\d+"),), lookups={"fruit": ("梨",)})
    assert [e["value"] for e in _extract("梨 12", data, use_lookup_tables=False)] == ["12"]
    assert [e["value"] for e in _extract("梨 12", data, use_regexes=False)] == ["梨"]


def test_a_broken_regex_is_reported():
    data = nlu_data(_EXAMPLES, regexes=(("order_no", "["),))
    with pytest.raises(ProjectError, match="the regex '\\[' of 'order_no'"):
        _extract("x", data)


def _map(value, data):
    config = component("EntitySynonymMapper")
    lesson = a_lesson(data)
    trained = EntitySynonymMapper.train(config, lesson)
    loaded = EntitySynonymMapper.load(config, trained.save(), lesson.surroundings)
    entity = {"entity": "fruit", "value": value}
    return processed(loaded, "x", entities=[entity]).entities[0], lesson


def test_a_synonym_is_replaced_whatever_its_case():
    entity, _ = _map("APFEL", nlu_data(_EXAMPLES, synonyms={"Apfel": "苹果"}))
    assert entity == {"entity": "fruit", "value": "苹果", "processors": ["EntitySynonymMapper"]}


def test_annotated_values_count_as_synonyms_of_themselves():
    entity, _ = _map("Pear", nlu_data({"buy": ["a [pear](fruit)"]}))
    assert entity["value"] == "pear"


def test_unknown_values_stay_as_they_are():
    assert _map("梨", nlu_data(_EXAMPLES))[0] == {"entity": "fruit", "value": "梨"}


def test_a_word_that_stands_for_two_values_is_reported():
    data = nlu_data({"buy": []}, synonyms={"AB": "一", "ab": "二"})
    entity, lesson = _map("ab", data)
    assert entity["value"] == "二"
    assert [p.code for p in lesson.problems] == ["nlu.synonym-conflict"]
