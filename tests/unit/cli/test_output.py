import os

import pytest

from kefu.cli import output
from kefu.cli.output import counted, fails, print_problems, print_table, width
from kefu.project.problems import Place, Problem


def a_problem(severity="error", line=1, **more):
    return Problem(
        place=Place("domain.yml", line, 3),
        severity=severity,
        code="domain.x",
        message=f"{severity} {line}",
        **more,
    )


def printed(capsys, problems, **options):
    print_problems(problems, to_stderr=False, **options)
    return capsys.readouterr().out.splitlines()


def test_a_problem_has_place_message_advice_and_code(capsys):
    lines = printed(capsys, [a_problem(advice="do this", related=(Place("b.yml", 7),))])
    assert lines == [
        "domain.yml:1:3: error: error 1 — do this [domain.x]",
        "    see also b.yml:7",
        "1 error, 0 warnings",
    ]


def test_the_gravest_come_first(capsys):
    problems = [a_problem("note"), a_problem("warning"), a_problem("error"), a_problem("error", 2)]
    lines = printed(capsys, problems)
    assert [line.split()[1] for line in lines[:4]] == ["error:", "error:", "warning:", "note:"]
    assert lines[4] == "2 errors, 1 warning, 1 note"


def test_warnings_beyond_a_number_and_notes_are_only_counted(capsys):
    problems = [a_problem("warning", line) for line in range(5)]
    problems += [a_problem("note"), a_problem("error"), a_problem("error", 2)]
    lines = printed(capsys, problems, at_most=2)
    assert [line.split()[1] for line in lines[:-1]] == ["error:", "error:", "warning:", "warning:"]
    assert lines[-1].startswith("2 errors, 5 warnings, 1 note (4 not shown")


def test_nothing_wrong_prints_nothing(capsys):
    assert printed(capsys, []) == []


@pytest.mark.parametrize(
    ("severity", "usually", "on_warnings"),
    [("error", True, True), ("warning", False, True), ("note", False, False)],
)
def test_what_makes_a_command_fail(severity, usually, on_warnings):
    problems = [a_problem(severity)]
    assert fails(problems, fail_on_warnings=False) is usually
    assert fails(problems, fail_on_warnings=True) is on_warnings


def test_a_table_is_aligned_with_chinese_in_it(capsys):
    print_table(("意图", "F1"), [("查订单", "0.5"), ("greet", "1.0")], title="t")
    assert capsys.readouterr().out.splitlines() == [
        "t",
        "意图    F1",
        "查订单  0.5",
        "greet   1.0",
    ]


def test_a_table_without_rows_is_its_head(capsys):
    print_table(("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n"


def test_counted_and_width():
    assert [counted(n, "story", "stories") for n in (0, 1, 2000)] == [
        "0 stories",
        "1 story",
        "2,000 stories",
    ]
    assert (width("abc"), width("中文a")) == (3, 5)


def test_colours_take_no_room(capsys):
    print_table(("", "b"), [("\x1b[31m退货\x1b[0m", "1"), ("abcd", "2")])
    assert capsys.readouterr().out.splitlines() == ["      b", "退货  1", "abcd  2"]


def test_a_table_too_wide_for_its_frame_has_none(capsys, monkeypatch):
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    size = os.terminal_size((9, 24))
    monkeypatch.setattr(output.shutil, "get_terminal_size", lambda: size)
    print_table(("aaa", "bbbb"), [("1", "2")])
    assert capsys.readouterr().out.splitlines() == ["aaa  bbbb", "1    2"]
