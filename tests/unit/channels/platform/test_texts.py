"""Texts are split at the byte limit, never inside what is shown as one character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.channels.platform.texts import split_text

FAMILY = "👨\u200d👩\u200d👧"


@given(st.text(), st.integers(4, 60))
def test_pieces_fit_and_lose_nothing_but_space(text, limit):
    pieces = split_text(text, limit)
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("短", 2048, ["短"]),
        ("", 10, []),
        ("  \n ", 10, []),
        ("你好你好", 7, ["你好", "你好"]),
        ("第一句。第二句还有很多", 15, ["第一句。", "第二句还有", "很多"]),
        ("one two three", 9, ["one two", "three"]),
        ("ab" + FAMILY + "c", 12, ["ab", FAMILY[:3], FAMILY[3:] + "c"]),
        ("aaaa" + "e\u0301" + "b", 5, ["aaaa", "e\u0301b"]),
        ("啊" + "👍🏽", 8, ["啊", "👍🏽"]),
    ],
)
def test_a_cut_is_where_a_reader_would_make_it(text, limit, pieces):
    assert split_text(text, limit) == pieces
