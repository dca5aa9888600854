"""The linter has nothing to say of the assistant: what trainers read there is worth reading."""

from pathlib import Path

from kefu.project.editing import StagedFiles
from kefu.project.lint.linter import lint
from kefu.project.load import load_project


def test_the_linter_finds_nothing_in_the_assistant(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[3])
    loaded = load_project(desk="desk.yml")
    assert loaded.project is not None
    found = lint(loaded.project, loaded.problems, StagedFiles())
    assert [str(one.problem) for one in found] == []
