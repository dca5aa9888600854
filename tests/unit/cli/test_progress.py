import pytest

from kefu.cli import progress
from kefu.cli.progress import progress_bar


def test_nothing_is_shown_where_output_is_no_terminal(capsys):
    with progress_bar(3, "Folds") as step:
        step(1)
        step(2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_terminal_shows_how_far_it_is_unless_quiet(monkeypatch, capsys, quiet):
    monkeypatch.setattr(progress, "is_terminal", lambda: True)
    monkeypatch.setattr(progress, "is_quiet", lambda: quiet)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar(4, "5 folds on 2 cores") as step:
        step(1)
    out = capsys.readouterr().out
    assert ("5 folds on 2 cores" in out and "25%" in out) != quiet
