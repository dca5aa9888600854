"""Contradictions in stories and rules."""

import pytest

from kefu.errors import ProjectError
from kefu.policies.contradictions import find_contradictions
from kefu.policies.training import train_policies
from tests.unit.policies.builders import a_config, a_domain, a_rule, a_story, story_data


def found(*stories, **settings):
    config = a_config(("RulePolicy", settings))
    return find_contradictions(story_data(*stories), a_domain(), config)


def refused(*stories, **settings):
    with pytest.raises(ProjectError) as error:
        train_policies(a_config(("RulePolicy", settings)), story_data(*stories), a_domain())
    return str(error.value)


def test_two_rules_that_contradict_name_each_other_with_both_places():
    rules = (
        a_rule("/greet", "utter_greet", name="first", line=1),
        a_rule("/greet", "utter_bye", name="second", line=10),
    )
    one, two = found(*rules)
    assert str(one.place) == "data/rules.yml:4"
    assert [str(place) for place in one.related] == ["data/rules.yml:13"]
    assert "'first'" in one.message
    assert "'second'" in one.message
    assert str(two.place) == "data/rules.yml:13"
    assert {one.severity, two.severity} == {"error"}
    assert "data/rules.yml:13" in refused(*rules)


def test_a_story_that_a_rule_contradicts_names_the_rule_and_its_place():
    (problem,) = found(
        a_rule("/greet", "utter_greet", name="the rule", line=30),
        a_story("/greet", "utter_bye", name="the story", line=5),
    )
    assert str(problem.place) == "data/stories.yml:8"
    assert [str(place) for place in problem.related] == ["data/rules.yml:33"]
    assert "the rule" in problem.message
    assert "utter_bye" in problem.message


def test_a_rule_for_a_default_intent_contradicts_what_the_bot_does_anyway():
    (problem,) = found(a_rule("/restart", "utter_greet", name="own restart"))
    assert "predicting default action with intent restart" in problem.message


def test_unchecked_contradictions_are_warnings_and_do_not_stop_training():
    rules = (
        a_rule("/greet", "utter_greet", name="first"),
        a_rule("/greet", "utter_bye", name="second", line=10),
    )
    problems = found(*rules, check_for_contradictions=False)
    assert {problem.severity for problem in problems} == {"warning"}
    config = a_config(("RulePolicy", {"check_for_contradictions": False}))
    assert train_policies(config, story_data(*rules), a_domain()).parts


def test_a_rule_whose_action_does_not_set_what_it_sets_elsewhere_is_incomplete():
    (problem,) = found(
        a_rule("/greet", "action_do", "vip=true", "utter_greet", name="whole", line=1),
        a_rule("/bye", "action_do", "utter_bye", name="incomplete", line=20),
    )
    assert "Incomplete rules" in problem.message
    assert "'vip'" in problem.message
    assert str(problem.place) == "data/rules.yml:23"
    assert [str(place) for place in problem.related] == ["data/rules.yml:5"]


def test_a_rule_whose_form_does_not_set_the_active_loop_is_incomplete():
    problems = found(
        a_rule("/order", "order_form", "@order_form", name="whole"),
        a_rule("/yes", "order_form", name="incomplete", line=20),
    )
    assert any("'active_loop'" in p.message and "'incomplete'" in p.message for p in problems)


def test_an_open_end_makes_an_incomplete_rule_complete():
    assert not found(
        a_rule("/greet", "action_do", "vip=true", "utter_greet", name="whole"),
        a_rule("/bye", "action_do", name="open", line=20, waits_for_user_input=False),
    )


def test_a_rule_has_one_message_only_unless_restrictions_are_off():
    rule = a_rule("/greet", "utter_greet", "/bye", "utter_bye", name="two", line=3)
    (problem,) = found(rule)
    assert str(problem.place) == "data/rules.yml:7"
    assert not found(rule, restrict_rules=False)


def test_a_fallback_action_must_exist():
    (problem,) = found(core_fallback_action_name="action_nowhere")
    assert "'action_nowhere'" in problem.message


def test_stories_that_go_on_differently_after_the_same_are_named_with_both_places():
    (problem,) = found(
        a_story("/greet", "utter_greet", name="one", line=1),
        a_story("/greet", "utter_bye", name="two", line=11),
    )
    assert problem.severity == "warning"
    assert {str(problem.place), *map(str, problem.related)} == {
        "data/stories.yml:4",
        "data/stories.yml:14",
    }
    assert "intent 'greet'" in problem.message


def test_how_far_back_stories_are_compared_can_be_limited():
    data = story_data(
        a_story("/yes", "utter_yes", "/greet", "utter_greet", name="one"),
        a_story("/no", "utter_yes", "/greet", "utter_bye", name="two"),
    )
    config = a_config("RulePolicy")
    assert not find_contradictions(data, a_domain(), config)
    assert len(find_contradictions(data, a_domain(), config, max_history=1)) == 1


def test_agreeing_stories_and_rules_have_no_problems():
    assert not found(
        a_rule("/greet", "utter_greet"),
        a_rule("/order", "order_form", "@order_form", name="form"),
        a_story("/greet", "utter_greet", "/order", "order_form", "@order_form", "@null"),
    )


def test_rules_without_rule_policy_are_pointed_out():
    data = story_data(a_rule("/greet", "utter_greet"))
    (problem,) = find_contradictions(data, a_domain(), a_config("MemoizationPolicy"))
    assert problem.code == "config.no-rule-policy"
    assert problem.severity == "note"


def test_rules_that_can_hold_at_once_are_pointed_out_in_one_note():
    (problem,) = found(
        a_rule("/greet", "utter_greet", name="vip", condition=("vip=true",)),
        a_rule("/greet", "utter_bye", name="city", line=10, condition=('city="Rome"',)),
    )
    assert (problem.code, problem.severity) == ("rule.overlap", "note")
    assert str(problem.place) == "data/rules.yml:4"
    assert [str(place) for place in problem.related] == ["data/rules.yml:13"]


@pytest.mark.parametrize(
    "conditions",
    [(("vip=true",), ("vip=false",)), ((), ("vip=true",)), (("city=null",), ('city="Rome"',))],
)
def test_rules_that_exclude_each_other_or_are_special_cases_do_not_overlap(conditions):
    one, two = conditions
    assert not found(
        a_rule("/greet", "utter_greet", name="one", condition=one),
        a_rule("/greet", "utter_bye", name="two", line=10, condition=two),
    )
