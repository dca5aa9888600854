from __future__ import annotations

import pytest

from kefu.project.problems import Place, Report, nearest, suggestion

NAMES = ["utter_greet", "utter_goodbye", "action_check-order", "问候", "查询物流"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("utter_gret", "utter_greet"),
        ("Utter_Greet", "utter_greet"),
        ("action_check_order", "action_check-order"),
        ("查物流", "查询物流"),
        ("something else", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_found(word, name):
    assert nearest(word, NAMES) == name


def test_a_suggestion_comes_before_the_other_advice():
    assert suggestion("utter_gret", NAMES, "or add it") == "did you mean 'utter_greet'? or add it"
    assert suggestion("xyz", NAMES, "add it") == "add it"


def test_problems_are_sorted_by_place_and_the_graver_first():
    report = Report()
    report.note("a.note", Place("b.yml", 2, 1), "third")
    report.error("a.error", Place("b.yml", 2, 1), "second")
    report.warning("a.warning", Place("a.yml", 9, 1), "first")
    assert [problem.message for problem in report.sorted()] == ["first", "second", "third"]
    assert report.has_errors


def test_the_same_problem_is_kept_once():
    report = Report()
    for _ in range(2):
        report.warning("a.b", Place("f"), "again")
    assert len(report) == 1
    assert not report.has_errors


def test_a_problem_reads_as_place_message_and_advice():
    report = Report()
    report.error("a.b", Place("domain.yml", 3, 5), "it is wrong", "mend it")
    report.error("a.b", Place("config.yml"), "it is missing")
    assert [str(problem) for problem in report.sorted()] == [
        "config.yml: it is missing",
        "domain.yml:3:5: it is wrong — mend it",
    ]
