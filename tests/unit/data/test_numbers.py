"""A code or a phone number means nothing, whatever digits stand in it."""

import re
from pathlib import Path

import pytest

from kefu.project.load import load_project


@pytest.fixture
def words(monkeypatch):
    """The regexes that list words, by name; those of numbers have no letters of Chinese."""
    monkeypatch.chdir(Path(__file__).parents[3])
    loaded = load_project(desk="desk.yml")
    assert loaded.project is not None
    regexes = loaded.project.nlu.regexes
    return {name: pattern for name, pattern in regexes if re.search("[一-鿿]", pattern)}


def test_no_number_is_found_within_another(words):
    listed = [(name, digits) for name in words for digits in re.findall(r"\d{2,}", words[name])]
    assert ("words_of_law", "315") in listed
    for name, digits in listed:
        for number in (f"9{digits}", f"{digits}9", f"9{digits}9"):
            assert not re.search(words[name], number), f"{name} finds {digits} in {number}"
    assert re.search(words["words_of_law"], "我要打12315，315晚会见")
