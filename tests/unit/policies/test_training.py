"""Training the policies of a project, and the table of their names."""

import json

import numpy as np
import pytest

from kefu.errors import ProjectError
from kefu.policies.ensemble import load_ensemble
from kefu.policies.registry import POLICIES, load_object, policy_problems
from kefu.policies.training import train_policies
from kefu.project.settings import ComponentConfig, ModelConfig
from tests.unit.policies.builders import (
    a_config,
    a_domain,
    a_rule,
    a_story,
    a_tracker,
    story_data,
)

DATA = story_data(a_rule("/greet", "utter_greet"), a_story("/order", "utter_order"))


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_name_in_the_table_resolves_trains_and_loads(name):
    entry = POLICIES[name]
    assert all(load_object(path) for path in (entry.settings, entry.train, entry.load))
    result = train_policies(a_config(name), DATA, a_domain())
    (policy,) = load_ensemble(result.parts, a_domain()).policies
    assert policy.name == name
    policy.predict(a_tracker("/greet"))


def test_names_of_rasas_modules_are_understood():
    result = train_policies(a_config("rasa.core.policies.ted_policy.TEDPolicy"), DATA, a_domain())
    (policy,) = load_ensemble(result.parts, a_domain()).policies
    assert policy.name == "TEDPolicy"


def test_without_policies_the_defaults_are_trained():
    result = train_policies(ModelConfig(has_policies=False), DATA, a_domain())
    names = [policy.name for policy in load_ensemble(result.parts, a_domain()).policies]
    assert names == ["MemoizationPolicy", "RulePolicy", "UnexpecTEDIntentPolicy", "TEDPolicy"]


def test_a_model_is_data_only_and_comes_back_from_json():
    config = ModelConfig(has_policies=False)
    result = train_policies(config, DATA, a_domain())
    back = {
        name: part if isinstance(part, np.ndarray) else json.loads(json.dumps(part))
        for name, part in result.parts.items()
    }
    assert not any(part.dtype.hasobject for part in back.values() if isinstance(part, np.ndarray))
    for words in (("/greet",), ("/order",), ("/bye",)):
        before = load_ensemble(result.parts, a_domain()).predict(a_tracker(*words))
        assert load_ensemble(back, a_domain()).predict(a_tracker(*words)) == before


def test_the_summary_says_what_stands_in_for_a_policy_of_rasas():
    result = train_policies(a_config("TEDPolicy"), DATA, a_domain())
    assert any("TEDPolicy" in line and "linear" in line for line in result.summary)


def test_an_unknown_policy_is_refused_with_the_nearest_name():
    with pytest.raises(ProjectError, match="did you mean 'MemoizationPolicy'"):
        train_policies(a_config("MemoisationPolicy"), DATA, a_domain())


def test_a_policy_that_is_gone_since_rasa_3_says_what_replaces_it():
    with pytest.raises(ProjectError, match="forms are handled by RulePolicy"):
        train_policies(a_config("FormPolicy"), DATA, a_domain())


def test_a_private_policy_can_be_left_out():
    config = a_config("my_company.policies.OwnPolicy", "RulePolicy")
    result = train_policies(config, DATA, a_domain(), allow_missing_components=True)
    names = [policy.name for policy in load_ensemble(result.parts, a_domain()).policies]
    assert names == ["RulePolicy"]
    assert any("OwnPolicy" in line for line in result.summary)


def test_unknown_settings_are_pointed_out_and_those_of_neural_networks_accepted():
    good = a_config(("TEDPolicy", {"epochs": 100, "constrain_similarities": True}))
    assert not policy_problems(good)
    (problem,) = policy_problems(a_config(("RulePolicy", {"core_fallback_treshold": 0.4})))
    assert problem.severity == "warning"
    assert "core_fallback_threshold" in problem.advice


def test_a_setting_of_the_wrong_type_is_an_error():
    (problem,) = policy_problems(a_config(("MemoizationPolicy", {"max_history": "five"})))
    assert problem.severity == "error"
    assert "'five'" in problem.message


def test_max_history_may_stand_in_a_featurizer():
    featurizer = [{"name": "MaxHistoryTrackerFeaturizer", "max_history": 2}]
    config = ModelConfig(
        policies=(ComponentConfig(name="MemoizationPolicy", settings={"featurizer": featurizer}),)
    )
    result = train_policies(config, DATA, a_domain())
    (policy,) = load_ensemble(result.parts, a_domain()).policies
    assert policy.settings.max_history == 2


def test_every_problem_is_named_not_only_the_first():
    data = story_data(
        a_rule("/greet", "utter_greet", name="a"),
        a_rule("/greet", "utter_bye", name="b", line=10),
        a_rule("/yes", "utter_yes", "/no", "utter_no", name="c", line=20),
    )
    with pytest.raises(ProjectError) as error:
        train_policies(a_config("RulePolicy"), data, a_domain())
    assert len(str(error.value).splitlines()) == 3
