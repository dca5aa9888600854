from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.project.problems import Place, Report
from kefu.project.yaml import YamlList, YamlMap, parse, plain
from tests.unit.project.builder import document, told

# What Rasa 3.6.21 makes of each scalar.
SCALARS = [
    ("yes", "yes"),
    ("on", "on"),
    ("Y", "Y"),
    ("012", 12),
    ("0777", 777),
    ("1:30", "1:30"),
    ("0x1f", 31),
    ("0o14", 12),
    ("0b11", 3),
    ("1_000", 1000),
    ("+5", 5),
    ("-3", -3),
    ("1.", 1.0),
    ("1e3", 1000.0),
    (".5", 0.5),
    ("1.5e+3", 1500.0),
    ("_1", "_1"),
    ("0.1.2", "0.1.2"),
    ("0x", "0x"),
    ("1e", "1e"),
    ("~", None),
    ("null", None),
    ("NULL", None),
    ("", None),
    ("true", True),
    ("TRUE", True),
    ("tRue", "tRue"),
    ("9223372036854775808", 9223372036854775808),
    (".inf", math.inf),
    ("-.inf", -math.inf),
    ("=", "="),
    ("!!str 5", "5"),
    ("!!int '5'", 5),
    ("!!float 3", 3.0),
    ("'5'", "5"),
    ('"\\x41"', "A"),
]


@pytest.mark.parametrize(("written", "meant"), SCALARS)
def test_a_scalar_means_what_it_means_to_rasa(written, meant):
    read, report = document(f"key: {written}")
    assert not report.sorted()
    assert read.root["key"] == meant
    assert type(read.root["key"]) is type(meant)


def test_a_date_stays_text():
    read, _ = document("key: 2024-01-01")
    assert read.root["key"] == "2024-01-01"


def test_everything_has_a_line_and_a_column():
    read, _ = document("a: 1\nb:\n  - x\n  -   y: {z: 好}\n")
    inner = read.root["b"][1]
    assert read.value(read.root, "a") == Place("file.yml", 1, 4)
    assert read.key(read.root, "b") == Place("file.yml", 2, 1)
    assert read.item(read.root["b"], 0) == Place("file.yml", 3, 5)
    assert read.start(inner) == Place("file.yml", 4, 7)
    assert read.value(inner["y"], "z") == Place("file.yml", 4, 14)


def test_the_place_of_a_missing_key_is_that_of_its_mapping():
    read, _ = document("a: 1\n")
    assert read.key(read.root, "nothing") == Place("file.yml", 1, 1)


def test_columns_count_characters_and_not_bytes():
    read, _ = document("{甲乙: 丙, 丁: 😀, 戊: 1}")
    assert read.key(read.root, "戊") == Place("file.yml", 1, 15)


def test_a_key_that_occurs_twice_is_refused_with_both_places():
    _, report = document("responses:\n  utter_a: 1\n  utter_b: 2\n  utter_a: 3\n")
    (problem,) = told(report, "yaml.duplicate-key")
    assert problem.place == Place("file.yml", 4, 3)
    assert problem.related == (Place("file.yml", 2, 3),)
    assert "line 2" in problem.message


def test_an_alias_stands_for_the_value_of_its_anchor():
    read, report = document("a: &x |\n  - 是\nb: *x\n")
    assert read.root["b"] == "- 是\n"
    assert not report.sorted()


def test_merge_keys_take_what_is_missing():
    read, report = document("a: &x {b: 1, c: 1}\nd: &y {b: 3, z: 4}\ne:\n  <<: [*x, *y]\n  b: 2\n")
    assert not report.sorted()
    assert read.root["e"] == {"b": 2, "c": 1, "z": 4}
    assert read.value(read.root["e"], "z") == Place("file.yml", 2, 17)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: *nowhere", "yaml.unknown-alias"),
        ("a: &x [*x]", "yaml.recursive-alias"),
        ("a:\n  <<: 5", "yaml.bad-merge"),
        ("a: !!python/object:os.system x", "yaml.unknown-tag"),
        ("a: !foo {b: 1}", "yaml.unknown-tag"),
        ("a: !!int five", "yaml.bad-value"),
        ("{a: 1}: 2", "yaml.key-not-scalar"),
        ("a: 1\n---\nb: 2", "yaml.several-documents"),
    ],
)
def test_what_a_project_cannot_contain_is_reported(text, code):
    _, report = document(text)
    assert told(report, code)


def test_aliases_cannot_blow_a_file_up():
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    _, report = document(f"a0: &a0 [x]\n{levels}")
    assert told(report, "yaml.too-large")


def test_a_variable_of_the_environment_is_put_in():
    read = parse("a: ${HOST}:5005/$PATH_OF ${HOST}", "f", Report(), environment={"HOST": "h"})
    assert read.root["a"] == "h:5005/$PATH_OF h"


def test_a_variable_may_have_a_default():
    text = "a: ${HOST:-http://127.0.0.1:5056}/x?y={z}\nb: ${EMPTY:-none}\n"
    text += "c: ${SET:-no}\nd: ${E:-}\n"
    report = Report()
    read = parse(text, "f", report, environment={"EMPTY": "", "SET": "yes, it is"})
    assert dict(read.root) == {
        "a": "http://127.0.0.1:5056/x?y={z}",
        "b": "none",
        "c": "yes, it is",
        "d": "",
    }
    assert not report.sorted()


def test_quoted_text_is_left_alone_except_in_settings():
    environment = {"TOKEN": "secret"}
    text = "a: \"${TOKEN}\"\nb: '${TOKEN}'\n"
    domain = parse(text, "domain.yml", Report(), environment=environment)
    settings = parse(text, "f", Report(), expand_quoted=True, environment=environment)
    assert domain.root == {"a": "${TOKEN}", "b": "${TOKEN}"}
    assert settings.root == {"a": "secret", "b": "secret"}


def test_a_missing_variable_is_named_and_no_value_is_shown():
    report = Report()
    parse(
        "a: ${KNOWN} ${MISSING}\n",
        "endpoints.yml",
        report,
        expand_quoted=True,
        environment={"KNOWN": "very secret"},
    )
    (problem,) = report.sorted()
    assert problem.code == "yaml.missing-variable"
    assert "MISSING" in problem.message
    assert "very secret" not in str(problem)


def test_a_variable_inside_a_word_of_a_response_may_be_a_slot():
    read, report = document("text: 价格${amount}元")
    assert read.root["text"] == "价格${amount}元"
    assert not report.sorted()


def test_unicode_escapes_of_a_file_of_ascii_are_read():
    read, _ = document('a: "\\uD83D\\uDE00"\nb: \\u4f60\n')
    assert read.root == {"a": "😀", "b": "你"}


def test_plain_values_are_ordinary_ones():
    read, _ = document("a: [1, {b: 2}]")
    value = plain(read.root)
    assert value == {"a": [1, {"b": 2}]}
    assert not any(isinstance(part, YamlMap | YamlList) for part in (value, value["a"]))


SIMPLE = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab你 :#-'\"\\{", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab你", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(SIMPLE)
def test_what_is_written_as_json_is_read_back(value):
    import json

    read, report = document(json.dumps({"value": value}, ensure_ascii=False))
    assert not report.sorted()
    assert read.root["value"] == value
