"""A project that is read again gives what it gives when it is read for the first time."""

import pytest

from kefu.project.known_files import KnownFiles
from kefu.project.load import load_project

CONFIG = "recipe: default.v1\nlanguage: en\nassistant_id: t\npipeline:\n- name: RegexFeaturizer\n"
DOMAIN = 'version: "3.1"\nintents: [greet, bye]\nresponses:\n  utter_hi: [{text: Hi}]\n'
ONE = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hi
    - hello [there](place)
- synonym: place
  examples: |
    - spot
- regex: number
  examples: |
    - \\d+
- lookup: place
  examples: |
    - home
- sentiment: positive
  examples: |
    - lovely
- unlabeled: web
  examples: |
    - whatever
"""
TWO = """version: "3.1"
nlu:
- intent: bye
  examples: |
    - see you
- lookup: place
  examples: |
    - work
rules:
- rule: hi
  steps: [{intent: greet}, {action: utter_hi}]
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text(CONFIG, "utf-8")
    (tmp_path / "domain.yml").write_text(DOMAIN, "utf-8")
    (tmp_path / "data" / "one.yml").write_text(ONE, "utf-8")
    (tmp_path / "data" / "two.yml").write_text(TWO, "utf-8")
    return tmp_path


def assert_same(root, known):
    fresh, again = load_project(root), load_project(root, known=known)
    assert again.problems == fresh.problems
    assert again.project == fresh.project
    assert again.draft == fresh.draft
    if fresh.draft is not None:
        assert again.draft.places == fresh.draft.places
        assert again.draft.files == fresh.draft.files
        assert [e.place for e in again.draft.nlu.examples] == [
            e.place for e in fresh.draft.nlu.examples
        ]


def test_files_that_are_known_give_the_same(root):
    known = KnownFiles()
    for _ in range(3):
        assert_same(root, known)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- hi\n", "- hi\n    - hey\n"),
        ("- hi\n", "# so\n    - hi\n"),
        ("- hi\n", "- see you\n"),
        ("\\d+", "(\\d+"),
        ("- spot", "- spot\n    - spot"),
        ("nlu:", "nlu"),
        ("sentiment: positive", 'sentiment: "'),
        ("  examples: |\n    - hi", "  examples:\n    hi"),
        ('"3.1"', '"2.0"'),
    ],
)
def test_an_edit_and_its_undoing_are_seen(root, old, new):
    known = KnownFiles()
    assert_same(root, known)
    path = root / "data" / "one.yml"
    assert old in ONE
    path.write_text(ONE.replace(old, new), "utf-8")
    assert_same(root, known)
    assert_same(root, known)
    path.write_text(ONE, "utf-8")
    assert_same(root, known)


def test_a_file_that_is_gone_is_gone(root):
    known = KnownFiles()
    assert_same(root, known)
    (root / "data" / "one.yml").unlink()
    assert_same(root, known)


def test_what_two_files_say_of_the_same_is_still_compared(root):
    known = KnownFiles()
    assert_same(root, known)
    more = "- synonym: nowhere\n  examples: |\n    - spot\n"
    (root / "data" / "two.yml").write_text(TWO.replace("rules:", more + "rules:"), "utf-8")
    assert_same(root, known)
    assert any(p.code == "nlu.synonym-conflict" for p in load_project(root, known=known).problems)


def test_a_pipeline_that_begins_to_read_regexes_looks_at_them_again(root):
    known = KnownFiles()
    (root / "data" / "one.yml").write_text(ONE.replace("\\d+", "(\\d+"), "utf-8")
    (root / "config.yml").write_text(CONFIG.replace("RegexFeaturizer", "KeywordIntentClassifier"))
    assert_same(root, known)
    (root / "config.yml").write_text(CONFIG)
    assert_same(root, known)
