from __future__ import annotations

import pytest

from kefu.project.problems import Place, Report
from kefu.project.yaml_syntax import decode
from tests.unit.project.builder import document

BROKEN = [
    ("nlu:\n- intent: a\n\texamples: x\n", (3, 1), "tab"),
    ("nlu:\n- intent：a\n  examples: |\n    - x\n", (2, 9), "full-width colon"),
    ("a:\n  - text: '你好\n", (2, 11), "never closed"),
    ('a:\n  - text: "你好\n  - text: "再见"\n', (2, 11), "not closed on its line"),
    ("rules:\n- rule: a\n  steps:\n  - intent: b\n   - action: c\n", (5, 4), "line up"),
    ("intents:\n- a\n entities:\n- b\n", (3, 2), "indented deeper"),
    ("rules:\n-rule: a\n  steps: []\n", (2, 1), "no space behind the dash"),
    ("a: b\nd:e\n", (2, 2), "no space behind the colon"),
    ("a:\n- rule: ask: price\n", (2, 12), "colon followed by a space"),
    ("intents: [a, b\nentities: [c]\n", (1, 10), "not closed properly"),
    ("a:\n- text: {name}你好\n", (2, 15), "behind the closing }"),
    ('a:\n- text: "你好" 先生\n', (2, 13), "behind the closing quote"),
    ("a:\n- text: %100\n", (2, 9), "cannot start with %"),
    ("a:\n- text: @all\n", (2, 9), "cannot start with @"),
    ("a:\n- text: *重要* 通知\n", (2, 9), "cannot start with *"),
    ('a:\n- text: "C:\\dir"\n', (2, 12), "backslash"),
    ("a: b\x07c\n", (1, 5), "U+0007"),
]


@pytest.mark.parametrize(("text", "place", "words"), BROKEN)
def test_a_syntax_error_is_told_in_plain_words_at_its_place(text, place, words):
    _, report = document(text)
    problem = report.sorted()[0]
    assert problem.code == "yaml.syntax"
    assert problem.place == Place("file.yml", *place)
    assert words in problem.message
    assert problem.advice


def test_several_syntax_errors_of_a_file_are_found_in_one_run():
    read, report = document(
        "responses:\n"
        "  utter_a:\n  - text: %1\n"
        "  utter_b:\n  - text: fine\n"
        "  utter_c:\n  - text: @x\n"
        "  utter_d:\n  - text: a: b\n"
    )
    assert [problem.place.line for problem in report.sorted()] == [3, 7, 9]
    assert not read.is_whole
    assert read.root["responses"] == {"utter_b": [{"text": "fine"}]}


def test_a_hundred_syntax_errors_end_soon():
    items = "".join(f"- a{i}: [\n" for i in range(100))
    _, report = document(f"list:\n{items}")
    assert 1 <= len(report.sorted()) <= 20


@pytest.mark.parametrize("text", ["[" * 50_000, "[" * 300 + "]" * 300, '{"a": ' * 300])
def test_what_is_nested_too_deep_is_told_soon(text):
    read, report = document(f"a: {text}\nb: 1\n")
    assert any("within one another" in problem.message for problem in report)
    assert not read.is_whole


def test_text_in_another_encoding_is_recognised():
    report = Report()
    assert decode("text: 你好".encode("gb18030"), "domain.yml", report) is None
    (problem,) = report.sorted()
    assert "GB18030" in problem.message
    assert "UTF-8" in problem.advice


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    report = Report()
    assert decode("\ufeffa: 1\r\nb: 2\r\n".encode(), "f", report) == "a: 1\nb: 2\n"
    assert not report.sorted()
