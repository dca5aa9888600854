from __future__ import annotations

import pytest

from kefu.core.domain import Domain
from kefu.project.domain_file import DomainCollector
from kefu.project.problems import Place, Report
from kefu.project.yaml import parse
from tests.unit.project.builder import document, told


def collected(*texts):
    report = Report()
    collector = DomainCollector(report)
    for number, text in enumerate(texts, 1):
        collector.add(parse(text, f"{number}.yml", report, environment={}))
    return collector, report


def merged(*texts):
    collector, _ = collected(*texts)
    return collector.merged({}, {})


def test_names_in_any_script_are_accepted():
    collector, report = collected(
        "slots:\n  城市:\n    type: text\n    mappings:\n    - type: from_text\n"
        "forms:\n  表单:\n    required_slots: [城市]\nintents: [问候]\n"
    )
    assert not report.sorted()
    domain = Domain.from_dict(collector.merged({}, {}))
    assert domain.forms["表单"].required_slots == ("城市",)


def test_files_are_joined_and_the_first_statement_stands():
    data = merged(
        "intents: [b]\nresponses:\n  utter_a:\n  - text: eins\n",
        "intents: [b, a]\nresponses:\n  utter_a:\n  - text: zwei\n  utter_b:\n  - text: drei\n"
        "session_config:\n  session_expiration_time: 5\n",
    )
    assert data["intents"] == ["a", "b"]
    assert data["responses"] == {"utter_a": [{"text": "eins"}], "utter_b": [{"text": "drei"}]}
    assert data["session_config"] == {
        "session_expiration_time": 5,
        "carry_over_slots_to_new_session": True,
    }


def test_a_contradicting_second_statement_is_a_warning_and_a_repetition_a_note():
    _, report = collected(
        "intents: [a]\nresponses:\n  utter_a:\n  - text: eins\n",
        "intents: [a]\nresponses:\n  utter_a:\n  - text: zwei\n",
    )
    found = told(report, "domain.declared-twice")
    assert sorted(problem.severity for problem in found) == ["note", "warning"]
    assert all(problem.related[0].file == "1.yml" for problem in found)


def test_retrieval_intents_are_marked_and_get_their_action():
    collector, _ = collected("intents: [faq]\nentities: [e]\n")
    data = collector.merged({"faq": Place("nlu.yml")}, {"utter_faq/x": [{"text": "答"}]})
    assert data["intents"] == [{"faq": {"used_entities": ["e"], "is_retrieval_intent": True}}]
    assert data["actions"] == ["utter_faq"]
    assert data["responses"] == {"utter_faq/x": [{"text": "答"}]}


def test_the_place_of_each_name_is_known():
    collector, _ = collected("intents:\n- a\n- b:\n    use_entities: []\n")
    assert collector.places["intents", "a"] == Place("1.yml", 2, 3)
    assert collector.places["intents", "b"] == Place("1.yml", 3, 3)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("intents: [a, a]", "domain.duplicate", 1),
        ("intents:\n- a:\n", "domain.no-options", 2),
        ("intents: a", "domain.wrong-type", 1),
        ("entities: [5]", "domain.wrong-type", 1),
        ("slots:\n  a:\n    type: text\n", "domain.no-mappings", 2),
        ("slots:\n  a:\n    mappings: []\n", "domain.no-slot-type", 2),
        ("slots:\n  a: {type: unicorn, mappings: []}", "domain.unknown-slot-type", 2),
        ("slots:\n  a: {type: unfeaturized, mappings: []}", "domain.format-2", 2),
        (
            "slots:\n  a: {type: text, mappings: [{type: from_nowhere}]}",
            "domain.unknown-mapping",
            2,
        ),
        (
            "slots:\n  a: {type: text, mappings: [{type: from_entity}]}",
            "domain.incomplete-mapping",
            2,
        ),
        ("slots:\n  a: {type: text, values: [b], mappings: []}", "domain.unknown-key", 2),
        (
            "slots:\n  a: {type: any, influence_conversation: true, mappings: []}",
            "domain.any-slot-influences",
            2,
        ),
        ("slots:\n  a: {type: float, min_value: 2, mappings: []}", "domain.bad-range", 2),
        ("forms:\n  f: {ignored_intents: [a]}", "domain.no-required-slots", 2),
        ("forms:\n  f: {required_slot: [a]}", "domain.unknown-key", 2),
        ("forms:\n  f:\n", "domain.wrong-type", 2),
        ("responses:\n  utter_a:\n  - image: x\n", "response.no-text", 3),
        ("responses:\n  utter_a: x\n", "response.wrong-type", 2),
        ("responses:\n  utter_a:\n  - text: {name}\n", "response.wrong-type", 3),
        ("responses:\n  utter_a:\n  - text: x\n    bottons: []\n", "response.unknown-key", 4),
        ("session_config: {session_expiration_time: -1}", "domain.wrong-type", 1),
        ("config: {store_entities_as_slots: 5}", "domain.wrong-type", 1),
        ("actions:\n- a: {send_domain: x}", "domain.wrong-type", 2),
        ("- a\n", "domain.wrong-type", 1),
    ],
)
def test_what_rasa_refuses_is_an_error_with_its_line(text, code, line):
    _, report = collected(text)
    (problem,) = told(report, code)
    assert problem.severity == "error"
    assert problem.place.line == line
    assert problem.advice


@pytest.mark.parametrize(
    ("text", "code", "advice"),
    [
        ("responces: {}", "domain.unknown-key", "'responses'"),
        ("templates: {}", "domain.unknown-key", "'responses'"),
        ("forms:\n  f: {}", "domain.no-required-slots", "required_slots"),
        ("slots:\n  a: {type: my.Slot, mappings: []}", "domain.custom-slot-type", "choose"),
        (
            "session_config: {session_expiration: 5}",
            "domain.unknown-option",
            "session_expiration_time",
        ),
    ],
)
def test_what_rasa_passes_over_in_silence_is_a_warning(text, code, advice):
    _, report = collected(text)
    (problem,) = told(report, code)
    assert problem.severity == "warning"
    assert advice in problem.advice


def test_triggers_of_the_former_mapping_policy_are_refused_as_in_rasa():
    _, report = collected("intents:\n- a: {triggers: utter_x}")
    (problem,) = told(report, "domain.triggers")
    assert problem.severity == "error"
    assert "rule" in problem.advice


def test_a_domain_of_rasa_2_gives_one_error_that_names_the_converter():
    collector, report = collected(
        "version: '2.0'\nslots:\n  a: {type: text}\n  b: {type: text, auto_fill: false}\n"
        "forms:\n  f:\n    required_slots:\n      a:\n      - type: from_text\n"
    )
    (problem,) = [p for p in report.sorted() if p.severity == "error"]
    assert problem.code == "domain.format-2"
    assert "kefu data migrate" in problem.advice
    assert not collector.is_whole


def test_variables_are_put_into_a_domain():
    report = Report()
    collector = DomainCollector(report)
    text = "responses:\n  utter_a:\n  - text: ${SHOP}欢迎您\n"
    collector.add(parse(text, "d", report, environment={"SHOP": "小店"}))
    assert collector.responses["utter_a"] == [{"text": "小店欢迎您"}]


def test_a_slot_of_text_with_nothing_but_a_name_is_explained():
    read, report = document("responses:\n  utter_a:\n  - text: {name}\n")
    DomainCollector(report).add(read)
    assert "must be quoted" in told(report, "response.wrong-type")[0].advice


@pytest.mark.parametrize(
    ("custom", "code", "line", "says"),
    [
        ("      type: product_crd\n      title: x", "response.unknown-content", 4, "product_card"),
        ("      type: order_card\n      status: x", "response.wrong-content", 3, "order_id"),
        (
            "      type: location\n      longitude: 1\n      latitude: north",
            "response.wrong-content",
            6,
            "float",
        ),
        (
            "      type: order_card\n      order_id: 1\n      prize: 2",
            "response.wrong-content",
            6,
            "prize",
        ),
        ("      type: rating_request\n      scale: 99", "response.wrong-content", 5, "10"),
    ],
)
def test_a_content_that_nobody_would_be_shown_is_told_with_its_line(custom, code, line, says):
    _, report = collected(f"responses:\n  utter_a:\n  - custom:\n{custom}\n")
    (problem,) = report.sorted()
    assert (problem.code, problem.severity, problem.place.line) == (code, "warning", line)
    assert says in problem.message + problem.advice


@pytest.mark.parametrize(
    "custom",
    [
        "{type: order_card, order_id: 1001, amount: 19.5, items: [1]}",
        '{type: location, latitude: "{latitude}", longitude: "{longitude}"}',
        '{type: "{kind}", title: x}',
        "{type: image, payload: {src: 'https://shop.example/1.png'}}",
        "{type: chart, values: [1]}",
        "{blocks: []}",
    ],
)
def test_contents_with_numbers_and_slots_and_payloads_for_programs_are_in_order(custom):
    _, report = collected(f"responses:\n  utter_a:\n  - custom: {custom}\n")
    assert report.sorted() == ()
