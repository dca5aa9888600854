"""The Markdown of Rasa 1, line by line."""

import pytest

from kefu.project.migration.markdown_nlu import read_answers, read_nlu
from kefu.project.migration.markdown_stories import read_stories
from kefu.project.migration.markdown_text import kind_of_markdown


def steps(text):
    told = []
    (story,) = read_stories(f"## s\n{text}\n", lambda line, what: told.append((line, what)))
    return story.steps, told


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("* greet", {"intent": "greet"}),
        ("* /greet", {"intent": "greet"}),
        ("* faq/ask_name", {"intent": "faq/ask_name"}),
        ('* a{"b": "c"}', {"intent": "a", "entities": [{"b": "c"}]}),
        ('* a{"b": null}', {"intent": "a", "entities": [{"b": None}]}),
        ('* a{"b": ["c", "d"]}', {"intent": "a", "entities": [{"b": "c"}, {"b": "d"}]}),
        ("* a[b=c,d=e]", {"intent": "a", "entities": [{"b": "c"}, {"d": "e"}]}),
        ("* a[b:c]", {"intent": "a", "entities": [{"b": "c"}]}),
        ("* a OR b", {"or": [{"intent": "a"}, {"intent": "b"}]}),
        ("* a: 你好: 啊", {"user": "你好: 啊", "intent": "a"}),
        ("* a: 去[京](city:北京)", {
            "user": '去[京]{"entity": "city", "value": "北京"}', "intent": "a",
        }),
        ('* "你好"', {"user": "你好"}),
        ("  - utter_x  <!-- why -->", {"action": "utter_x"}),
        ("\t- respond_faq", {"action": "utter_faq"}),
        ("- action_deactivate_form", {"action": "action_deactivate_loop"}),
        ("- restart", {"action": "action_restart"}),
        ('- slot{"a": 1, "b": null}', {"slot_was_set": [{"a": 1}, {"b": None}]}),
        ('- form{"name": "f"}', {"active_loop": "f"}),
        ('- form{"name": null}', {"active_loop": None}),
        ('- active_loop{"name": "f"}', {"active_loop": "f"}),
        ("> begin", {"checkpoint": "begin"}),
        ('> begin{"a": "b"}', {"checkpoint": "begin", "slot_was_set": [{"a": "b"}]}),
    ],
)  # fmt: skip
def test_each_kind_of_line(line, step):
    assert steps(line) == ([step], [])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("* a{b: c}", "left out, this is not JSON: {b: c}"),
        ('- reminder{"action": "x"}', "left out, stories in YAML have no such event: reminder"),
        ("something else", "left out: 'something else'"),
        ("* a: [x]{bad}", "left out: the annotation {bad} is not valid JSON"),
        ("> a b", "left out, this is no checkpoint: 'a b'"),
    ],
)
def test_what_cannot_be_taken_over_is_told_with_its_line(line, told):
    _, found = steps(line)
    assert found[0][0] == 2
    assert found[0][1].startswith(told)


def test_slots_that_follow_each_other_are_one_step():
    assert steps('- slot{"a": 1}\n- slot{"b": 2}')[0] == [{"slot_was_set": [{"a": 1}, {"b": 2}]}]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("## intent:a\n- b\n", "nlu"),
        ("##lookup: a\nb.txt\n", "nlu"),
        ("## s\n* a\n  - b\n", "stories"),
        ("## s\n> c\n* a\n- b\n", "stories"),
        ("## s\n* faq/a\n  - b\n", "answers"),
        ("# Read me\n\n* one\n* two\n", None),
        ("# Read me\n\nText.\n\n- one\n", None),
        ("", None),
        ("<!-- ## intent:a\n- b -->\n", None),
    ],
)
def test_kinds_of_markdown(text, kind):
    assert kind_of_markdown(text) == kind


def test_nlu_tells_what_belongs_nowhere(tmp_path):
    told = []
    text = "- lost\n## intent:a\n- b\nno dash\n## what:c\n- d\n## lookup:e\nmissing.txt\n"
    items = read_nlu(text, tmp_path, lambda line, what: told.append((line, what)))
    assert [(item.kind, item.name, item.lines) for item in items] == [
        ("intent", "a", ["b"]), ("lookup", "e", []),
    ]  # fmt: skip
    assert [line for line, _ in told] == [1, 4, 5, 6, 8]


def test_answers_of_several_lines_stay_together():
    assert read_answers("## n\n* faq/a\n  - one\\ntwo\n  three\n  - four\n", None) == {
        "utter_faq/a": [{"text": "one\ntwo\nthree"}, {"text": "four"}]
    }
