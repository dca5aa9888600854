from __future__ import annotations

import pytest

from kefu.project.problems import Place
from kefu.project.stories_file import StoryCollector
from kefu.project.story_data import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    UserStep,
)
from tests.unit.project.builder import document, told


def collected(text, *, is_test=False):
    read, report = document(text, "stories.yml")
    collector = StoryCollector(report)
    collector.add(read, is_test=is_test)
    return collector, report


def steps_of(text):
    collector, report = collected(f"stories:\n- story: s\n  steps:\n{text}")
    assert not [problem for problem in report.sorted() if problem.severity == "error"]
    return collector.stories[0].steps


def test_each_kind_of_step_is_read():
    steps = steps_of(
        "  - checkpoint: c\n    slot_was_set:\n    - x: 1\n"
        "  - intent: a\n    entities:\n    - city: 北京\n      role: to\n    - size\n"
        "  - action: b\n"
        "  - slot_was_set:\n    - y: [1]\n    - z\n"
        "  - active_loop: f\n"
        "  - active_loop: null\n"
        "  - bot: 您好\n"
    )
    here = Place("")
    assert steps == (
        CheckpointStep(place=here, name="c", conditions={"x": 1}),
        UserStep(
            place=here,
            intent="a",
            entities=(
                {"entity": "city", "value": "北京", "role": "to"},
                {"entity": "size", "value": ""},
            ),
        ),
        ActionStep(place=here, name="b"),
        SlotStep(place=here, name="y", value=[1]),
        SlotStep(place=here, name="z", has_value=False),
        LoopStep(place=here, name="f"),
        LoopStep(place=here, name=None),
        BotStep(place=here, text="您好"),
    )


def test_steps_have_places():
    steps = steps_of("  - intent: a\n  - action: b\n  - slot_was_set:\n    - y: 1\n")
    assert [step.place for step in steps] == [
        Place("stories.yml", 4, 5),
        Place("stories.yml", 5, 5),
        Place("stories.yml", 7, 7),
    ]


def test_alternatives_may_be_intents_and_slots():
    (step,) = steps_of("  - or:\n    - intent: a\n    - slot_was_set:\n      - x: 1\n")
    assert isinstance(step, OrStep)
    assert [type(alternative) for alternative in step.alternatives] == [UserStep, SlotStep]


def test_a_sentence_is_read_with_its_annotations():
    (step,) = steps_of("  - user: 查 [A1](number)\n")
    assert (step.intent, step.text) == (None, "查 A1")
    assert step.entities == ({"entity": "number", "value": "A1", "start": 2, "end": 4},)


def test_a_sentence_may_be_an_intent_message():
    (step,) = steps_of('  - user: |\n      /order{"number": ["A1", "B2"]}\n    intent: order\n')
    assert step.intent == "order"
    assert [entity["value"] for entity in step.entities] == ["A1", "B2"]


def test_only_tests_may_name_full_retrieval_intents():
    text = "stories:\n- story: s\n  steps:\n  - intent: faq/x\n"
    collector, report = collected(text)
    assert collector.stories[0].steps[0].intent == "faq"
    assert told(report, "story.full-retrieval-intent")
    collector, report = collected(text, is_test=True)
    assert collector.stories[0].steps[0].full_retrieval_intent == "faq/x"
    assert not report.sorted()


def test_a_rule_has_conditions_and_flags():
    collector, report = collected(
        "rules:\n- rule: r\n  conversation_start: true\n  wait_for_user_input: false\n"
        "  condition:\n  - active_loop: f\n  - slot_was_set:\n    - x: null\n"
        "  steps:\n  - intent: a\n  - action: b\n"
    )
    assert not report.sorted()
    (rule,) = collector.rules
    assert rule.is_rule
    assert rule.is_conversation_start
    assert not rule.waits_for_user_input
    assert rule.conditions == (
        LoopStep(place=Place(""), name="f"),
        SlotStep(place=Place(""), name="x"),
    )


def test_the_snippet_action_is_no_step_but_says_that_a_rule_goes_on():
    collector, _ = collected(
        "rules:\n- rule: r\n  steps:\n"
        "  - action: ...\n  - intent: a\n  - action: b\n  - action: ...\n"
    )
    (rule,) = collector.rules
    assert [step.name for step in rule.steps if isinstance(step, ActionStep)] == ["b"]
    assert not rule.waits_for_user_input


@pytest.mark.parametrize("step", ["bot: hi", "checkpoint: c"])
def test_a_rule_cannot_have_steps_of_stories(step):
    _, report = collected(f"rules:\n- rule: r\n  steps:\n  - {step}\n")
    (problem,) = report.sorted()
    assert problem.code == "story.step-not-for-rules"


@pytest.mark.parametrize(
    ("step", "code", "advice"),
    [
        ("- intnt: a", "story.unknown-step", "intent"),
        ("- intent：a", "story.step-not-mapping", "ASCII colon"),
        ("- intent:a", "story.step-not-mapping", "space behind the colon"),
        ("- action: utter\n    entites: []", "story.unknown-key", "possible"),
        ("- action: 5", "story.wrong-type", '"5"'),
        ("- slot_was_set:\n      a: 1", "story.wrong-type", "a list"),
        ("- active_loop: [f]", "story.wrong-type", "text"),
        ("- or:\n    - action: a", "story.bad-or", "two stories"),
    ],
)
def test_a_step_that_cannot_be_read_is_told_with_advice(step, code, advice):
    _, report = collected(f"stories:\n- story: s\n  steps:\n  {step}\n")
    (problem,) = told(report, code)
    assert problem.place.line in {4, 5}
    assert advice in problem.advice


def test_a_story_without_steps_is_skipped():
    collector, report = collected("stories:\n- story: s\n  steps: []\n")
    assert not collector.stories
    assert told(report, "story.no-steps")


def test_test_cases_have_fixtures_and_responses():
    collector, report = collected(
        "fixtures:\n- premium:\n  - level: 3\n"
        "test_cases:\n- test_case: t\n  fixtures: [premium]\n"
        "  steps:\n  - user: 你好\n  - utter: utter_greet\n  - slot_was_not_set:\n    - x\n",
        is_test=True,
    )
    assert not report.sorted()
    (story,) = collector.stories
    assert story.fixtures == ("premium",)
    assert story.steps[1:] == (
        ActionStep(place=Place(""), name="utter_greet"),
        SlotStep(place=Place(""), name="x"),
    )
    assert collector.fixtures["premium"][0].value == 3
