"""``kefu test e2e`` finds what ``rasa test core --e2e`` of Rasa 3.6.21 found (recorded)."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.integration.command import kefu

CASE = Path(__file__).parent / "story_test"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    project = tmp_path_factory.mktemp("case") / "project"
    shutil.copytree(CASE / "project", project)
    project.joinpath("tests").mkdir()
    shutil.copy(CASE / "played_stories.yml", project / "tests" / "test_stories.yml")
    assert kefu("train", cwd=project).status == 0
    assert kefu("test", "e2e", cwd=project).status == 0
    return project / "results"


def figures(path):
    """Return the figures of a report by label and name."""
    report = json.loads(path.read_text("utf-8"))
    return {
        (label, name): value
        for label, row in report.items()
        for name, value in (row.items() if isinstance(row, dict) else [("", row)])
        if name != "confused_with"
    }


def test_the_figures_are_rasas(results):
    ours = figures(results / "story_report.json")
    assert ours == pytest.approx(figures(CASE / "story_report.json"))


def steps_by_story(text):
    """Return the wrong steps of each story: step and comment."""
    stories = {}
    for line in text.splitlines():
        if line.startswith("- story:"):
            wrong = stories.setdefault(line.partition(":")[2].strip(), [])
        elif "# predicted" in line:
            wrong.append(line.strip(" -"))
    return stories


def test_the_failed_stories_and_steps_are_rasas(results):
    ours = results.joinpath("failed_test_stories.yml").read_text("utf-8")
    theirs = CASE.joinpath("rasa_failed_stories.yml").read_text("utf-8")
    assert steps_by_story(ours) == steps_by_story(theirs)
    assert len(yaml.safe_load(ours)["stories"]) == 5
