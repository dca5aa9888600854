from dataclasses import dataclass, field

import pytest

from kefu.project.nlu_data import Example, NluData
from kefu.project.problems import Place
from kefu.training.fingerprint import fingerprint


@dataclass(frozen=True)
class Thing:
    name: str
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Other:
    name: str


def test_equal_content_has_equal_fingerprints():
    assert fingerprint({"a": [1, "x"]}, Thing("t")) == fingerprint({"a": [1, "x"]}, Thing("t"))


def test_the_place_of_something_does_not_count():
    assert fingerprint(Thing("t", "a.yml:1")) == fingerprint(Thing("t", "b.yml:2"))
    moved = NluData(examples=(Example(text="hi", intent="greet", place=Place("b.yml", 9)),))
    assert fingerprint(moved) == fingerprint(
        NluData(examples=(Example(text="hi", intent="greet"),))
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, True),
        (None, ""),
        ([], {}),
        (["a", "b"], ["b", "a"]),
        (["ab"], ["a", "b"]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([["a"], "b"], [["a", "b"]]),
        (Thing("t"), Other("t")),
        (Thing("t"), Thing("u")),
    ],
)
def test_different_content_has_different_fingerprints(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_sets_have_no_order():
    assert fingerprint({"b", "a"}) == fingerprint(frozenset({"a", "b"}))
