import json

import yaml

from tests.integration.command import kefu

STORY = """
stories:
- story: a wrong story
  steps:
  - user: |
      hello there
    intent: greet
  - action: utter_goodbye
  - user: |
      my order number is [20260001](order_number)
    intent: recommend_tea
  - action: order_form
"""


def test_failed_stories_are_shown_with_the_step_that_differs(project):
    project.joinpath("tests", "test_stories.yml").write_text(STORY)
    done = kefu("test", "e2e", "--fail-on-prediction-errors", cwd=project)
    assert done.status == 1
    assert "a wrong story (tests/test_stories.yml)" in done.out
    assert "✗  action: utter_goodbye" in done.out
    assert "utter_greet" in done.out
    failed = project.joinpath("results", "failed_test_stories.yml").read_text("utf-8")
    assert "action: utter_goodbye  # predicted: utter_greet" in failed
    assert "intent: recommend_tea  # predicted: check_order: my order number is" in failed
    steps = yaml.safe_load(failed)["stories"][0]["steps"]
    assert steps[0] == {"intent": "greet", "user": "hello there"}
    report = json.loads(project.joinpath("results", "story_report.json").read_text("utf-8"))
    assert report["conversation_accuracy"]["correct"] == 0
    assert report["greet"]["recall"] == 1.0


def test_stories_that_were_asked_for_must_be_there(project):
    done = kefu("test", "--stories", "nowhere", cwd=project)
    assert done.status == 1
    assert "nowhere: error: there is no such file or folder of test stories" in done.err


def test_without_the_option_failed_stories_do_not_fail_the_command(project):
    project.joinpath("tests", "test_stories.yml").write_text(STORY)
    assert kefu("test", "e2e", cwd=project).status == 0


def test_the_written_stories_can_be_played_again(project):
    assert kefu("test", "e2e", "--successes", cwd=project).status == 0
    again = project / "results" / "successful_test_stories.yml"
    done = kefu("test", "e2e", again, "--fail-on-prediction-errors", "--out", "again", cwd=project)
    assert done.status == 0, done.out


def test_core_is_tested_on_the_training_stories(project):
    done = kefu("test", "core", "--fail-on-prediction-errors", cwd=project)
    assert done.status == 0, done.out
    assert "All stories passed" in done.out


def test_understanding_is_scored_and_reported(project):
    done = kefu("test", "nlu", "--nlu", "data", "--successes", cwd=project)
    assert done.status == 0
    files = {path.name for path in project.joinpath("results").iterdir()}
    assert {
        "intent_report.json",
        "intent_successes.json",
        "intent_confusion_matrix.svg",
        "response_selection_report.json",
        "DIETClassifier_report.json",
    } <= files
    report = json.loads(project.joinpath("results", "intent_report.json").read_text("utf-8"))
    assert report["greet"]["support"] == 9
    assert report["accuracy"] > 0.9


def test_cross_validation_needs_no_model(project):
    for model in project.joinpath("models").iterdir():
        model.unlink()
    done = kefu("test", "nlu", "--cross-validation", "--folds", "3", "--no-plot", cwd=project)
    assert done.status == 0
    assert "unseen" in done.out
    assert not list(project.joinpath("results").glob("*.svg"))


def test_configurations_are_compared(project):
    text = project.joinpath("config.yml").read_text()
    project.joinpath("other.yml").write_text(
        text.replace("DIETClassifier", "KeywordIntentClassifier")
    )
    done = kefu("test", "nlu", "-c", "config.yml", "other.yml", "-f", "2", cwd=project)
    assert done.status == 0
    for name in ("config", "other"):
        assert project.joinpath("results", name, "intent_report.json").exists()
