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


@pytest.fixture
def edit(session, root):
    """Change the examples, and train again."""
    session.retrain()
    session.prepare()

    def again(**changes):
        examples = {name: list(texts) for name, texts in NLU.items()}
        for name, texts in changes.items():
            examples[name.replace("_", "/")] = texts
        write_nlu(root / "data" / "nlu.yml", {n: texts for n, texts in examples.items() if texts})
        result = session.retrain()
        assert result.status == "trained", result.problems
        return result

    return again


async def ranked(model, text):
    parsed = await model.interpreter.parse(text)
    return {item["name"]: item["confidence"] for item in parsed["intent_ranking"]}


async def test_an_added_example_is_answered_at_once(edit):
    result = edit(buy=[*NLU["buy"], "fetch the zebra"])
    parsed = await result.model.interpreter.parse("fetch the zebra")
    assert not result.is_exact
    assert parsed["intent"]["name"] == "buy"
    assert parsed["intent"]["confidence"] > 0.9
    assert (await ranked(result.model, "please fetch a zebra"))["buy"] > 0.5


async def test_a_removed_example_is_forgotten(edit):
    edit(buy=[*NLU["buy"], "fetch the zebra"])
    learned = edit(leave=[*NLU["leave"], "fetch the zebra now"], buy=NLU["buy"])
    assert await intent_of(learned.model, "fetch the zebra now") == "leave"
    assert not learned.model.interpreter.has_seen("fetch the zebra")
    ranking = await ranked(learned.model, "fetch the zebra")
    assert ranking["leave"] > ranking["buy"]


async def test_an_undone_edit_gives_the_model_as_it_was(session, root, edit):
    edit(buy=[*NLU["buy"], "fetch the zebra"])
    write_nlu(root / "data" / "nlu.yml", NLU)
    result = session.retrain()
    assert result.is_exact
    fresh = TrainingSession(ProjectFiles(root=root), TrainingOptions(cache_folder=None)).retrain()
    assert result.model.metadata == fresh.model.metadata


async def test_an_example_moved_to_another_intent_belongs_there(edit):
    result = edit(greet=[*NLU["greet"], "see you later"], leave=NLU["leave"][:2] + NLU["leave"][3:])
    assert await intent_of(result.model, "see you later") == "greet"


async def test_a_new_intent_is_known_at_once(edit, root):
    domain = DOMAIN.replace("faq]", "faq, thank]", 1)
    (root / "domain.yml").write_text(domain, "utf-8")
    thanks = ["thank you so much", "many thanks", "that is very kind of you", "thanks a lot"]
    result = edit(thank=thanks)
    assert not result.is_exact
    assert "thank" in result.model.domain.intents
    assert await intent_of(result.model, "thanks so much") == "thank"
    assert await intent_of(result.model, "hello there") == "greet"


async def test_a_renamed_intent_keeps_what_it_knew(edit, root):
    domain = DOMAIN.replace("greet", "welcome")
    (root / "domain.yml").write_text(domain, "utf-8")
    (root / "data" / "rules.yml").write_text(RULES.replace("greet", "welcome"), "utf-8")
    result = edit(greet=[], welcome=NLU["greet"])
    assert not result.is_exact
    ranking = await ranked(result.model, "good morning everybody")
    assert max(ranking, key=ranking.get) == "welcome"
    assert "greet" not in ranking


async def test_a_removed_intent_is_never_found_again(edit, root):
    (root / "domain.yml").write_text(DOMAIN.replace("leave, ", ""), "utf-8")
    result = edit(leave=[])
    assert "leave" not in await ranked(result.model, "see you later")


async def entities_of(model, text):
    parsed = await model.interpreter.parse(text)
    return [(found["entity"], found["value"]) for found in parsed["entities"]]


async def test_an_annotation_is_found_at_once(edit):
    result = edit(buy=[*NLU["buy"], "could you wrap a [lamp](thing) for my sister"])
    text = "could you wrap a lamp for my sister"
    assert await entities_of(result.model, text) == [("thing", "lamp")]
    assert await entities_of(result.model, "I want tea") == [("thing", "tea")]


async def test_a_new_entity_is_found_beside_those_known(edit, root):
    (root / "domain.yml").write_text(DOMAIN.replace("[thing]", "[thing, town]"), "utf-8")
    more = ["send it to [Hull](town)", "bring the [tea](thing) to [Leeds](town)"]
    result = edit(buy=[*NLU["buy"], *more])
    assert not result.is_exact
    assert await entities_of(result.model, "send it to Hull") == [("town", "Hull")]
    found = await entities_of(result.model, "bring the tea to Leeds")
    assert found == [("thing", "tea"), ("town", "Leeds")]
    assert await entities_of(result.model, "please send me coffee") == [("thing", "coffee")]


async def test_an_annotation_taken_away_is_no_longer_found(edit):
    result = edit(buy=["I want tea", *NLU["buy"][1:]])
    assert await entities_of(result.model, "I want tea") == []


async def test_a_corrected_model_answers_alike_from_its_archive(edit, session):
    result = edit(buy=[*NLU["buy"], "could you wrap a [lamp](thing) for my sister"])
    loaded = load_model(session.write(result))
    for text in ("could you wrap a lamp", "hello", "when do you open", "send me tea"):
        stored, live = [await model.interpreter.parse(text) for model in (loaded, result.model)]
        assert stored["intent"]["name"] == live["intent"]["name"]
        assert stored["intent"]["confidence"] == pytest.approx(live["intent"]["confidence"])
        assert [e["value"] for e in stored["entities"]] == [e["value"] for e in live["entities"]]


LISTED = """
- lookup: thing
  examples: |
    - tea
    - {}
- regex: number
  examples: |
    - {}
"""


@pytest.fixture
def relisted(session, root):
    """Change a lookup table and a regex, which are features, and train again."""
    config = CONFIG.replace("- name: CountV", "- name: RegexFeaturizer\n- name: CountV")
    (root / "config.yml").write_text(config, "utf-8")
    examples = (root / "data" / "nlu.yml").read_text("utf-8")

    def again(word, pattern="[0-9]+"):
        text = examples + LISTED.format(word, pattern)
        (root / "data" / "nlu.yml").write_text(text, "utf-8")
        result = session.retrain()
        assert result.status == "trained", result.problems
        return result

    again("coffee")
    session.prepare()
    return again


async def test_a_listed_word_is_found_at_once(relisted):
    result = relisted("pineapple")
    assert not result.is_exact
    assert await entities_of(result.model, "please send me pineapple") == [("thing", "pineapple")]
    assert await intent_of(result.model, "one pineapple for me") == "buy"


async def test_another_regex_is_a_feature_at_once(relisted, session):
    result = relisted("coffee", "open")
    assert not result.is_exact
    assert await intent_of(result.model, "are you open") == "faq"
    loaded = load_model(session.write(result))
    parsed = [await m.interpreter.parse("will you open") for m in (loaded, result.model)]
    assert parsed[0]["intent"]["confidence"] == pytest.approx(parsed[1]["intent"]["confidence"])


def test_no_corrected_model_is_taken_for_one_trained_from_scratch(edit, root):
    result = edit(buy=[*NLU["buy"], "fetch the zebra"])
    fresh = TrainingSession(ProjectFiles(root=root), TrainingOptions(cache_folder=None)).retrain()
    assert result.model.metadata.fingerprint != fresh.model.metadata.fingerprint


def test_a_changed_response_trains_nothing(session, root):
    session.retrain()
    (root / "domain.yml").write_text(DOMAIN.replace("Hi!", "Hello!"), "utf-8")
    result = session.retrain()
    assert result.status == "trained"
    assert result.is_exact
    assert result.model.domain.responses["utter_hi"][0]["text"] == "Hello!"


async def test_a_model_from_the_cache_is_corrected_as_well(edit, session, root, options):
    del edit
    later = TrainingSession(ProjectFiles(root=root), options, clock=ManualClock(0))
    assert all(step.was_cached for step in later.retrain().steps)
    write_nlu(root / "data" / "nlu.yml", {**NLU, "buy": [*NLU["buy"], "fetch the zebra"]})
    result = later.retrain()
    assert not result.is_exact
    assert await intent_of(result.model, "fetch the zebra") == "buy"
    assert session.retrain().status == "trained"


async def test_what_was_trained_apart_takes_the_place_of_what_was_corrected(edit, session):
    corrected = edit(buy=[*NLU["buy"], "fetch the zebra"])
    assert session.retrain().status == "unchanged"
    assert session.train_exactly()
    exact = session.retrain()
    assert exact.status == "trained"
    assert exact.is_exact
    assert exact.model.metadata.fingerprint != corrected.model.metadata.fingerprint
    assert await intent_of(exact.model, "fetch the zebra") == "buy"
    assert session.retrain().status == "unchanged"
