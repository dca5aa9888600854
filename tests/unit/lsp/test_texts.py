"""Positions of editors, and where a place is in a file that may not even parse."""

import io

import pytest

from kefu.lsp.spots import spot_at
from kefu.lsp.text import Text, edits_between
from kefu.lsp.wire import BadMessage, Reader

TEXT = 'intents:\n- 你好😀 x\r\n- "a"\rlast'


def test_lines_end_as_editors_see_it():
    text = Text(TEXT)
    assert text.lines == ["intents:", "- 你好😀 x", '- "a"', "last"]
    assert text.position(1, 6) == {"line": 1, "character": 7}
    assert text.column({"line": 1, "character": 7}) == (1, 6)
    assert TEXT[text.offset({"line": 1, "character": 7}) :].startswith("x")


@pytest.mark.parametrize("place", [(99, 0), (3, 99), (0, -1), (-5, 3)])
def test_places_outside_are_at_the_border(place):
    text = Text(TEXT)
    line, column = text.column({"line": place[0], "character": place[1]})
    assert 0 <= line < len(text.lines)
    assert 0 <= column <= len(text.lines[line])


def test_changes_with_and_without_range():
    span = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 6}}
    text = Text(TEXT).changed([{"range": span, "text": "吗"}])
    assert text.lines[1] == "- 你好吗 x"
    assert Text(TEXT).changed([{"text": "new"}]).text == "new"
    backwards = {"start": span["end"], "end": span["start"]}
    assert Text(TEXT).changed([{"range": backwards, "text": ""}]).text == TEXT


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("a\nb😀c\nd", "a\nb😀x\nd", 1),
        ("a\nb\nc", "x\nb\ny", 2),
        ("a\n", "a\nb\n", 1),
        ("", "a", 1),
    ],
)
def test_edits_make_one_text_of_the_other(old, new, count):
    edits = edits_between(old, new)
    assert len(edits) == count
    text = Text(old)
    for edit in reversed(edits):
        text = text.changed([{"range": edit["range"], "text": edit["newText"]}])
    assert text.text == new
    assert edits_between(old, old) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("stories:\n- story: a\n  steps:\n  - intent: |", "stories - steps - intent"),
        ("slots:\n  size:\n    |", "slots size"),
        ("slots:\n  size:\n    type: text\n  |", "slots"),
        ("nlu:\n- intent: a\n  examples: |2\n    - b\n    - c: |", "nlu - examples"),
        ("forms:\n  f: {required_slots: [a, |", "forms f required_slots -"),
        ("a:\n  b: [{c: d}]\n  e: |", "a e"),
        ("# a:\n|", ""),
        ('a:\n  "b c": |', "a b c"),
        ("- [broken {: |", "-"),
    ],
)
def test_places_are_found_by_indentation(text, path):
    lines = text[:-1].split("\n")
    assert " ".join(spot_at(lines, len(lines) - 1, len(lines[-1])).path).startswith(path)


def framed(body):
    return b"Content-Length: %d\r\nContent-Type: x\r\n\r\n%s" % (len(body), body)


def test_messages_are_read_until_the_end():
    reader = Reader(
        io.BytesIO(framed(b'{"method": "a"}') + framed(b"nonsense") + framed(b"{}")[:-1])
    )
    assert reader.message() == {"method": "a"}
    with pytest.raises(BadMessage):
        reader.message()
    assert reader.message() is None


def test_a_head_without_length_is_passed_over():
    reader = Reader(io.BytesIO(b"Hello\r\n\r\n" + framed(b"{}")))
    assert reader.message() == {}


def test_a_message_that_is_too_long_is_refused_unread():
    with pytest.raises(BadMessage, match="too long"):
        Reader(io.BytesIO(b"Content-Length: 99999999999\r\n\r\n")).message()
