"""Training again while files are edited."""

import pytest

from kefu.clock import ManualClock
from kefu.model.load import load_model
from kefu.training.session import ProjectFiles, TrainingSession
from kefu.training.train import TrainingOptions

CONFIG = """
recipe: default.v1
language: en
assistant_id: test
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: DIETClassifier
- name: ResponseSelector
policies:
- name: RulePolicy
"""
DOMAIN = """
intents: [greet, leave, buy, faq]
entities: [thing]
responses:
  utter_hi: [{text: "Hi!"}]
  utter_faq/hours: [{text: "From nine to five."}]
  utter_faq/place: [{text: "In the old town."}]
"""
RULES = """
rules:
- rule: hello
  steps: [{intent: greet}, {action: utter_hi}]
"""
NLU = {
    "greet": ["hi", "hello", "good morning", "hey there", "good evening to you"],
    "leave": ["bye", "ciao", "see you later", "good bye for now", "I have to go"],
    "buy": [
        "I want [tea](thing)",
        "please send me [coffee](thing)",
        "one [cup](thing) for me",
        "can I buy [milk](thing) here",
        "I would like to order [bread](thing)",
    ],
    "faq/hours": ["when do you open", "what are your opening hours", "are you open on monday"],
    "faq/place": ["where are you", "how do I find the shop", "what is your address"],
}


def write_nlu(path, examples):
    lines = ['version: "3.1"', "nlu:"]
    for intent, texts in examples.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text(CONFIG, "utf-8")
    (tmp_path / "domain.yml").write_text(DOMAIN, "utf-8")
    (tmp_path / "data" / "rules.yml").write_text(RULES, "utf-8")
    write_nlu(tmp_path / "data" / "nlu.yml", NLU)
    return tmp_path


@pytest.fixture
def options(tmp_path):
    return TrainingOptions(out=tmp_path / "models", cache_folder=tmp_path / "cache")


@pytest.fixture
def session(root, options):
    return TrainingSession(ProjectFiles(root=root), options, clock=ManualClock(0))


async def intent_of(model, text):
    return (await model.interpreter.parse(text))["intent"]["name"]


async def test_the_first_training_gives_a_model_that_answers(session):
    result = session.retrain()
    assert result.status == "trained"
    assert result.is_exact
    assert await intent_of(result.model, "hello") == "greet"


def test_without_an_edit_nothing_has_changed(session):
    session.retrain()
    again = session.retrain()
    assert again.status == "unchanged"
    assert again.model is None


def test_a_comment_changes_nothing(session, root):
    session.retrain()
    rules = root / "data" / "rules.yml"
    rules.write_text(f"# so it is\n{RULES}", "utf-8")
    assert session.retrain().status == "unchanged"


def test_a_broken_file_is_told_with_its_line_and_its_fix_is_enough(session, root):
    session.retrain()
    rules = root / "data" / "rules.yml"
    rules.write_text(RULES + '- rule: "open\n', "utf-8")
    broken = session.retrain()
    assert broken.status == "invalid"
    assert broken.model is None
    errors = [problem for problem in broken.problems if problem.severity == "error"]
    assert errors
    assert errors[0].place.file.endswith("rules.yml")
    assert errors[0].place.line
    rules.write_text(RULES, "utf-8")
    assert session.retrain().status == "unchanged"


def test_a_deleted_file_is_an_edit(session, root):
    session.retrain()
    (root / "data" / "nlu.yml").unlink()
    assert session.retrain().status in {"trained", "invalid"}


def test_what_only_training_finds_is_a_problem_with_its_place(session, root):
    session.retrain()
    rules = root / "data" / "rules.yml"
    against = "- rule: no\n  steps: [{intent: greet}, {action: action_listen}]\n"
    rules.write_text(RULES + against, "utf-8")
    result = session.retrain()
    assert result.status == "invalid"
    assert any(problem.place.line for problem in result.problems)


async def test_the_archive_of_a_model_answers_like_it(session):
    result = session.retrain()
    path = session.write(result)
    assert path == result.model.path
    loaded = load_model(path)
    assert loaded.metadata == result.model.metadata
    for text in ("hello there", "send me tea", "when are you open"):
        assert await loaded.interpreter.parse(text) == await result.model.interpreter.parse(text)
