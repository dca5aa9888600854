from pathlib import Path

import pytest

from kefu.cli.comparing import compare_stories, compare_understanding, distinct_names, overview
from kefu.errors import ProjectError
from kefu.evaluation.stories import StepResult, StoryResult
from kefu.evaluation.understanding import LabelResult, UnderstandingResults

NAMES = ("live", "new")


def stories(*rights):
    return [
        StoryResult(
            name=f"story {n}",
            file="tests/a.yml",
            steps=(StepResult(kind="action", expected="a", predicted="a" if right else "b"),),
        )
        for n, right in enumerate(rights)
    ]


def understood(*predictions, target="a"):
    found = UnderstandingResults()
    found.intents = [
        LabelResult(text=str(n), target=target, prediction=name, confidence=1.0)
        for n, name in enumerate(predictions)
    ]
    return found


def test_stories_are_compared_one_by_one(capsys):
    compare_stories(NAMES, stories(True, False, True), stories(False, True, True))
    said = capsys.readouterr().out
    assert "Only live passes (1 story):\n  story 0 (tests/a.yml)" in said
    assert "Only new passes (1 story):\n  story 1 (tests/a.yml)" in said
    assert "p = 1.000" in said
    assert "do not differ more than by chance" in said


def test_a_clear_winner_is_named(capsys):
    compare_stories(NAMES, stories(*[False] * 8), stories(*[True] * 8))
    said = capsys.readouterr().out
    assert "new is better on these 8 stories" in said
    assert "p = 0.008 *" in said
    assert "+100.0%" in said


def test_understanding_is_compared_with_an_interval_for_f1(capsys):
    compare_understanding(NAMES, understood(*"abababab"), understood(*"aaaaaaaa"))
    said = capsys.readouterr().out
    assert "intents, F1 macro" in said
    assert "95 %: +" in said
    assert "On these 8 examples the two do not differ more than by chance." in said


def test_nothing_to_score_is_nothing_to_compare(capsys):
    compare_understanding(NAMES, UnderstandingResults(), UnderstandingResults())
    assert capsys.readouterr().out == ""


def test_other_stories_or_examples_are_refused():
    with pytest.raises(ProjectError, match="cannot be compared"):
        compare_stories(NAMES, stories(True), stories(True, True))
    with pytest.raises(ProjectError, match="other examples"):
        compare_understanding(NAMES, understood("a"), understood("a", target="b"))


def test_two_models_never_have_the_same_name(tmp_path):
    paths = [tmp_path / folder / "m.tar.gz" for folder in ("one", "two")]
    for path in paths:
        path.parent.mkdir()
        path.touch()
    assert distinct_names(paths) == ["m-1", "m-2"]
    assert distinct_names([Path("models")]) == ["models"]


def test_letters_stand_for_long_names(capsys):
    names = ("20260101-000000-green-tea", "20260102-000000-black-tea")
    compare_stories(names, stories(True), stories(False))
    said = capsys.readouterr().out
    assert f"A: {names[0]}\nB: {names[1]}\n" in said
    assert said.splitlines()[4].split()[:2] == ["A", "B"]
    assert f"Only {names[0]} passes" in said
    assert "On this 1 story the two do not differ" in said


def test_of_several_the_best_comes_first(capsys):
    right, wrong = {"stories": [True, True]}, {"stories": [True, False]}
    overview(("live", "new", "odd"), [wrong, right, {}])
    shown = capsys.readouterr().out.split("\n")
    assert [line.split()[:2] for line in shown[3:6]] == [
        ["new", "100.0%"], ["live", "50.0%"], ["odd", "0.0%"],
    ]  # fmt: skip
