from dataclasses import dataclass, replace

import pytest

from kefu.clock import ManualClock
from kefu.core.domain import Domain
from kefu.errors import ProjectError
from kefu.model.archive import read_archive, read_metadata
from kefu.project.nlu_data import Example, NluData
from kefu.project.problems import Place
from kefu.project.project import Project
from kefu.project.settings import ComponentConfig, ModelConfig
from kefu.project.story_data import ActionStep, Story, StoryData, UserStep
from kefu.training.names import model_file_name
from kefu.training.train import TrainingOptions, train, unchanged_model

HERE = Place("x.yml", 1)
RULE = Story(
    name="hello",
    place=HERE,
    is_rule=True,
    steps=(UserStep(place=HERE, intent="greet"), ActionStep(place=HERE, name="utter_hi")),
)
NLU = NluData(
    examples=tuple(
        Example(text=text, intent=intent)
        for text, intent in (
            ("hi", "greet"),
            ("hello", "greet"),
            ("bye", "leave"),
            ("ciao", "leave"),
        )
    )
)


def domain(text="Hi!"):
    return Domain.from_dict(
        {"intents": ["greet", "leave"], "responses": {"utter_hi": [{"text": text}]}}
    )


def a_project(**changes):
    project = Project(
        domain=domain(),
        config=ModelConfig(
            pipeline=(ComponentConfig(name="KeywordIntentClassifier"),),
            policies=(ComponentConfig(name="RulePolicy"),),
        ),
        nlu=NLU,
        stories=StoryData(rules=(RULE,)),
    )
    return replace(project, **changes)


@pytest.fixture
def options(tmp_path):
    return TrainingOptions(out=tmp_path / "models", cache_folder=tmp_path / "cache")


def retrained(result):
    return {step.name for step in result.steps if not step.was_cached}


def test_a_model_has_all_its_parts(options):
    result = train(a_project(), options)
    metadata, parts = read_archive(result.path)
    assert result.status == "trained"
    assert metadata == result.metadata
    assert metadata.counts == {"examples": 4, "intents": 2, "entities": 0, "stories": 0, "rules": 1}
    assert parts["domain"]["responses"] == {"utter_hi": [{"text": "Hi!"}]}
    assert any(name.startswith("nlu/") for name in parts)
    assert any(name.startswith("policies/") for name in parts)


def test_an_unchanged_project_keeps_its_model(options):
    first = train(a_project(), options)
    second = train(a_project(), options)
    assert (second.status, second.path) == ("unchanged", first.path)
    assert unchanged_model(a_project(), options) == first.path


def test_force_trains_everything_again(options):
    train(a_project(), options)
    assert retrained(train(a_project(), replace(options, force=True))) == {
        "understanding",
        "dialogue",
    }


def more_nlu(project):
    return replace(
        project, nlu=replace(NLU, examples=(*NLU.examples, Example(text="x", intent="greet")))
    )


def more_rules(project):
    other = replace(RULE, name="bye", steps=(UserStep(place=HERE, intent="leave"), RULE.steps[1]))
    return replace(project, stories=StoryData(rules=(RULE, other)))


def other_words(project):
    return replace(project, domain=domain("Good day!"))


def other_settings(project):
    component = ComponentConfig(name="KeywordIntentClassifier", settings={"case_sensitive": False})
    return replace(project, config=replace(project.config, pipeline=(component,)))


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (more_nlu, {"understanding"}),
        (other_settings, {"understanding"}),
        (more_rules, {"dialogue"}),
        (other_words, set()),
    ],
)
def test_only_what_changed_is_trained(options, change, parts):
    train(a_project(), options)
    result = train(change(a_project()), replace(options, model_name="second"))
    assert result.status == "trained"
    assert retrained(result) == parts


def test_an_old_model_that_fits_again_is_put_together_from_the_cache(options):
    first = train(a_project(), options)
    train(more_nlu(a_project()), replace(options, model_name="second"))
    third = train(a_project(), replace(options, model_name="third"))
    assert retrained(third) == set()
    assert third.path.read_bytes() == first.path.read_bytes()


def test_a_dry_run_writes_nothing(options):
    result = train(a_project(), replace(options, dry_run=True))
    assert result.outdated == ("understanding", "dialogue")
    assert not options.out.exists()
    assert not options.cache_folder.exists()


def test_without_stories_only_understanding_is_trained(options):
    result = train(a_project(stories=StoryData()), options)
    assert result.metadata.training == "nlu"
    assert result.path.name.startswith("nlu-")
    assert "cannot answer" in result.notes[0]


def test_without_examples_only_the_dialogue_is_trained(options):
    result = train(a_project(nlu=NluData()), options)
    assert result.metadata.training == "core"
    assert read_metadata(result.path).training == "core"


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("both", {"nlu": NluData(), "stories": StoryData()}),
        ("nlu", {"nlu": NluData()}),
        ("core", {"stories": StoryData()}),
    ],
)
def test_nothing_to_train_on_is_an_error(options, what, changes):
    with pytest.raises(ProjectError, match="train"):
        train(a_project(**changes), replace(options, what=what))
    assert not options.out.exists()


def test_a_failing_step_leaves_no_model(options):
    wrong = replace(RULE, steps=(RULE.steps[0], ActionStep(place=HERE, name="utter_other")))
    other = replace(wrong, name="other")
    words = {"utter_hi": [{"text": "a"}], "utter_other": [{"text": "b"}]}
    contradicting = a_project(
        stories=StoryData(rules=(RULE, other)),
        domain=Domain.from_dict({"intents": ["greet"], "responses": words}),
    )
    with pytest.raises(ProjectError, match="hello"):
        train(contradicting, options)
    assert not options.out.exists()


@dataclass
class Recorder:
    seen: list

    def begin(self, step, position, count):
        self.seen.append(("begin", step, position, count))

    def end(self, report):
        self.seen.append(("end", report.name))


def test_progress_is_told_of_each_step(options):
    recorder = Recorder([])
    train(a_project(), options, progress=recorder)
    assert recorder.seen == [
        ("begin", "understanding", 1, 2),
        ("end", "understanding"),
        ("begin", "dialogue", 2, 2),
        ("end", "dialogue"),
    ]


def test_names_of_models_tell_time_and_content_apart():
    clock = ManualClock()
    one, other = (model_file_name(digit * 64, clock) for digit in "1a")
    assert one != other
    assert one.endswith(".tar.gz")
    assert model_file_name("1" * 64, clock, kind="core") == f"core-{one}"
    clock.advance(1)
    assert model_file_name("1" * 64, clock) > one
    assert model_file_name("1", clock, fixed="shop") == "shop.tar.gz"
    assert model_file_name("1", clock, fixed="shop.tar.gz") == "shop.tar.gz"
