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
    assert "✗ a wrong story  tests/test_stories.yml:8\n" in done.out
    assert "    8 - action: utter_goodbye" in done.out
    assert "      + action: utter_greet  " in done.out
    assert "  data/stories.yml:7-8  story greeting, recommendation, satisfied" in done.out
    assert "      - intent: recommend_tea\n      + intent: check_order " in done.out
    assert "✗ 1 story, 1 failed; results/failed_test_stories.yml has them all." in done.out
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
    assert "✓ 4 stories, all passed" in done.out


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


def files_of(project, folder):
    return {path.name: path.read_bytes() for path in project.joinpath(folder).iterdir()}


def test_the_results_are_the_same_whatever_the_number_of_jobs(project):
    for jobs in ("1", "2"):
        done = kefu(
            "test", "nlu", "--cross-validation", "-f", "2", "-j", jobs, "--out", jobs, cwd=project
        )
        assert done.status == 0, done.err
        assert done.err == ""
    assert files_of(project, "1") == files_of(project, "2")


def test_a_report_opens_beside_the_json_in_the_language_of_the_project(project):
    done = kefu("test", "nlu", "--cross-validation", "-f", "2", cwd=project)
    assert done.status == 0
    assert "open results/nlu_report.html in a browser" in done.out
    assert "Expected calibration error" in done.out
    page = project.joinpath("results", "nlu_report.html").read_text("utf-8")
    assert '<html lang="en">' in page
    found = json.loads(project.joinpath("results", "nlu_report.json").read_text("utf-8"))
    assert 0 <= found["intent"]["expected_calibration_error"] <= 1
    assert len(found["intent"]["reliability"]) == 15
    assert found["intent"]["confused_pairs"]
    chosen = kefu(
        "test", "nlu", "--cross-validation", "-f", "2", "--report-language", "zh", cwd=project
    )
    assert chosen.status == 0
    assert '<html lang="zh">' in project.joinpath("results", "nlu_report.html").read_text("utf-8")


def test_a_report_that_is_not_wanted_does_not_stay_from_the_last_time(project):
    assert kefu("test", "nlu", "--hold-out", "0.5", cwd=project).status == 0
    assert project.joinpath("results", "nlu_report.html").exists()
    done = kefu("test", "nlu", "--hold-out", "0.5", "--no-report", cwd=project)
    assert done.status == 0
    assert "browser" not in done.out
    assert not list(project.joinpath("results").glob("nlu_report.*"))


def test_a_share_of_the_examples_is_held_out(project):
    done = kefu("test", "nlu", "--hold-out", "0.25", cwd=project)
    assert done.status == 0, done.err
    report = json.loads(project.joinpath("results", "intent_report.json").read_text("utf-8"))
    whole = kefu("test", "nlu", "--hold-out", "0.5", "--out", "half", cwd=project)
    assert whole.status == 0
    half = json.loads(project.joinpath("half", "intent_report.json").read_text("utf-8"))
    assert half["weighted avg"]["support"] > 1.5 * report["weighted avg"]["support"]


def test_a_share_and_cross_validation_are_two_ways(project):
    done = kefu("test", "nlu", "--hold-out", "0.25", "--cross-validation", cwd=project)
    assert done.status == 2
    assert "choose one" in done.err


FEELINGS = """
nlu:
- sentiment: negative
  examples: |
    - this is awful
    - I waited a week, awful service
    - what a terrible shop
    - terrible, I am so angry
- sentiment: neutral
  examples: |
    - where is my parcel
    - do you have black tea
    - when do you open
    - how much is the tea
"""


def with_feelings(project):
    """Let the pipeline of a project tell sentiments; return a file of them alone."""
    config = project / "config.yml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("pipeline:\n", "pipeline:\n- name: SentimentClassifier\n", 1))
    assert "- name: SentimentClassifier" in config.read_text("utf-8")
    project.joinpath("feelings.yml").write_text(FEELINGS, "utf-8")
    return "feelings.yml"


def test_sentiments_alone_are_cross_validated(project):
    feelings = with_feelings(project)
    done = kefu("test", "nlu", "--nlu", feelings, "--cross-validation", "-f", "2", cwd=project)
    assert done.status == 0, done.err
    assert "sentiment accuracy" in done.out
    assert "intent accuracy" not in done.out
    assert "Expected calibration error of sentiments" in done.out
    results = project / "results"
    report = json.loads(results.joinpath("sentiment_report.json").read_text("utf-8"))
    assert report["negative"]["support"] == report["neutral"]["support"] == 4
    assert set(report["negative"]) == {
        "precision", "recall", "f1-score", "support", "confused_with"
    }  # fmt: skip
    assert not results.joinpath("intent_report.json").exists()
    assert results.joinpath("sentiment_confusion_matrix.svg").exists()
    found = json.loads(results.joinpath("nlu_report.json").read_text("utf-8"))
    assert list(found) == ["sentiment"]
    assert '"kind":"sentiments"' in results.joinpath("nlu_report.html").read_text("utf-8")


def test_sentiments_are_held_out_beside_intents(project):
    project.joinpath("data", with_feelings(project)).write_text(FEELINGS, "utf-8")
    done = kefu("test", "nlu", "--hold-out", "0.5", cwd=project)
    assert done.status == 0, done.err
    for kind in ("intent", "sentiment"):
        assert f"{kind} accuracy" in done.out
        path = project / "results" / f"{kind}_report.json"
        assert json.loads(path.read_text("utf-8"))["weighted avg"]["support"] >= 4


def test_a_model_is_tested_on_sentiments_alone(project):
    feelings = with_feelings(project)
    project.joinpath("data", feelings).write_text(FEELINGS, "utf-8")
    assert kefu("train", "nlu", "--out", "feels", cwd=project).status == 0
    done = kefu("test", "nlu", "--model", "feels", "--nlu", feelings, cwd=project)
    assert done.status == 0, done.err
    assert project.joinpath("results", "sentiment_report.json").exists()
    assert "trained on 8 of these 8 sentiment examples" in done.out


def test_a_pipeline_that_tells_no_sentiments_is_named_as_the_cause(project):
    project.joinpath("feelings.yml").write_text(FEELINGS, "utf-8")
    done = kefu("test", "nlu", "--nlu", "feelings.yml", cwd=project)
    assert done.status == 0, done.err
    assert "nothing to score" in done.out
    assert "note: 8 examples of sentiments (feelings.yml:" in done.out
    assert "add SentimentClassifier" in done.out


def test_a_file_without_examples_is_named(project):
    project.joinpath("words.yml").write_text(
        "nlu:\n- synonym: tea\n  examples: |\n    - chai\n", "utf-8"
    )
    done = kefu("test", "nlu", "--nlu", "words.yml", cwd=project)
    assert done.status == 1
    assert "words.yml: there are no examples of intents or sentiments in it" in done.err


def test_results_that_have_no_place_are_refused_before_the_work(project):
    project.joinpath("taken").write_text("")
    done = kefu("test", "nlu", "--hold-out", "0.5", "--out", "taken", cwd=project)
    assert done.status == 1
    assert "taken cannot be the folder for results: File exists" in done.err
    assert done.out == ""


def test_a_file_that_is_not_there_is_named_with_the_option_of_the_command(project):
    done = kefu("test", "nlu", "--nlu", "nowhere.yml", cwd=project)
    assert done.status == 1
    assert "nowhere.yml: error: there is no such file" in done.err
    assert "check --nlu" in done.err


def test_a_model_that_is_tested_on_its_own_examples_is_flattered(project):
    done = kefu("test", "nlu", cwd=project)
    assert done.status == 0
    assert "note: the model was trained on" in done.out
    assert "--cross-validation and --hold-out give honest ones" in done.out
