import pytest

from kefu.nlu.component import Component
from kefu.nlu.plan import default_pipeline, plan_pipeline
from kefu.nlu.registry import COMPONENTS, implementation, replacement_for
from kefu.project.settings import ModelConfig
from tests.unit.nlu.builders import a_config, component

RASA_3_6 = [
    "WhitespaceTokenizer",
    "JiebaTokenizer",
    "MitieTokenizer",
    "SpacyTokenizer",
    "MitieFeaturizer",
    "SpacyFeaturizer",
    "ConveRTFeaturizer",
    "LanguageModelFeaturizer",
    "RegexFeaturizer",
    "CountVectorsFeaturizer",
    "LexicalSyntacticFeaturizer",
    "MitieIntentClassifier",
    "LogisticRegressionClassifier",
    "SklearnIntentClassifier",
    "KeywordIntentClassifier",
    "DIETClassifier",
    "FallbackClassifier",
    "MitieEntityExtractor",
    "SpacyEntityExtractor",
    "CRFEntityExtractor",
    "DucklingEntityExtractor",
    "RegexEntityExtractor",
    "EntitySynonymMapper",
    "ResponseSelector",
    "MitieNLP",
    "SpacyNLP",
]


@pytest.mark.parametrize("name", RASA_3_6)
def test_every_component_of_rasa_is_known(name):
    assert name in COMPONENTS


@pytest.mark.parametrize("name", [n for n, entry in COMPONENTS.items() if entry.target])
def test_every_target_is_a_component(name):
    assert issubclass(implementation(COMPONENTS[name]), Component)


@pytest.mark.parametrize("name", [n for n, entry in COMPONENTS.items() if entry.missing])
def test_what_is_missing_is_refused_with_what_replaces_it(name):
    (problem,) = plan_pipeline(a_config(name)).problems
    assert problem.severity == "error"
    assert problem.code == "config.missing-component"
    assert str(problem).startswith(f"config.yml: {name} cannot be used: ")
    assert "with --allow-missing-components" in problem.advice


@pytest.mark.parametrize("name", [n for n, entry in COMPONENTS.items() if entry.missing])
def test_what_is_missing_is_replaced_when_allowed(name):
    plan = plan_pipeline(a_config(name), allow_missing_components=True)
    replacement = COMPONENTS[name].replacement
    assert [problem.severity for problem in plan.problems] == ["warning"]
    assert [step.config.name for step in plan.steps] == ([replacement] if replacement else [])
    assert plan.notes[0] == f"{name} → {replacement or 'left out'}"


def test_a_replacement_is_not_added_twice():
    plan = plan_pipeline(
        a_config("WhitespaceTokenizer", "LanguageModelTokenizer", "my.Tokenizer", "DIETClassifier",
                 "my.EntityExtractor"),
        allow_missing_components=True,
    )  # fmt: skip
    assert [s.config.name for s in plan.steps] == ["WhitespaceTokenizer", "DIETClassifier"]


def test_a_misspelt_name_is_corrected():
    (problem,) = plan_pipeline(a_config("DIETClasifier")).problems
    assert problem.advice == "did you mean DIETClassifier?"


def test_a_misspelt_name_is_an_error_even_when_missing_components_are_allowed():
    plan = plan_pipeline(a_config("Nonsense"), allow_missing_components=True)
    assert [problem.severity for problem in plan.problems] == ["error"]


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("components.jieba_tokenizer.JiebaTokenizer", "JiebaTokenizer"),
        ("bert.BertFeaturizer", "CountVectorsFeaturizer"),
        ("x.MyNER", "CRFEntityExtractor"),
        ("x.TextCNNClassifier", "DIETClassifier"),
        ("x.SentimentAnalyzer", None),
    ],
)
def test_other_peoples_components_are_replaced_by_their_kind(name, replacement):
    assert replacement_for(name) == replacement


def test_components_by_rasas_module_path_are_our_own():
    plan = plan_pipeline(a_config("rasa.nlu.classifiers.diet_classifier.DIETClassifier"))
    assert [step.config.name for step in plan.steps] == ["DIETClassifier"]
    assert plan.problems == []


def test_rasas_settings_of_neural_networks_are_no_problem():
    network = component("DIETClassifier", epochs=100, constrain_similarities=True)
    assert plan_pipeline(a_config(network)).problems == []


def test_a_setting_nobody_knows_is_reported_with_the_nearest():
    (problem,) = plan_pipeline(a_config(component("FallbackClassifier", treshold=0.3))).problems
    assert problem.severity == "warning"
    assert problem.advice == "did you mean threshold?"


def test_spacy_components_need_spacy():
    problems = plan_pipeline(a_config(component("SpacyNLP", model="zz_none"), "SpacyTokenizer"))
    assert [p.severity for p in problems.problems] == ["error", "error"]


@pytest.mark.parametrize(
    ("language", "tokenizer"), [("zh", "JiebaTokenizer"), ("en", "WhitespaceTokenizer")]
)
def test_a_project_without_a_pipeline_gets_one_for_its_language(language, tokenizer):
    plan = plan_pipeline(ModelConfig(language=language, has_pipeline=False))
    assert plan.problems == []
    assert plan.steps[0].config.name == tokenizer
    assert default_pipeline(language)[-1].name == "FallbackClassifier"
