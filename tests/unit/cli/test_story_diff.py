"""A failed test story is shown as a diff, with file and line of what is wrong and of why."""

import click

from kefu.cli.story_diff import diff_lines, place_of_fault
from kefu.core.domain import Domain
from kefu.evaluation.stories import StepResult, StoryResult
from kefu.evaluation.tracing import Origin
from kefu.project.problems import Place

DOMAIN = Domain.from_dict(
    {
        "intents": ["greet", "thanks", {"faq": {"is_retrieval_intent": True}}],
        "responses": {"utter_greet": [{"text": "hi"}], "utter_faq/returns": [{"text": "a"}]},
        "actions": ["action_order"],
    }
)
TEA = {"entity": "tea", "value": "红茶", "start": 2, "end": 4}


def user(line, intent, predicted=None, text="你好", **more):
    return StepResult(
        kind="user", expected=intent, predicted=predicted or intent, text=text,
        place=Place("tests/test_a.yml", line), confidence=0.9, **more,
    )  # fmt: skip


def action(line, name, predicted=None, **more):
    return StepResult(
        kind="action", expected=name, predicted=predicted or name,
        place=Place("tests/test_a.yml", line) if line else None, **more,
    )  # fmt: skip


LISTENING = action(0, "action_listen")


def shown(*steps):
    result = StoryResult(name="story", file="tests/test_a.yml", steps=steps)
    return [click.unstyle(line) for line in diff_lines(result, DOMAIN)]


def test_an_action_is_shown_with_the_lines_that_decided_it():
    origin = Origin("rule", "greeting", "data/rules.yml", 12, 11)
    wrong = action(
        9, "action_order", "utter_greet", policy="RulePolicy", confidence=1.0, origins=(origin,)
    )
    assert shown(user(7, "greet"), wrong, LISTENING) == [
        "✗ story  tests/test_a.yml:9",
        "    7   user: 你好  greet 0.90",
        "    9 - action: action_order",
        "      + action: utter_greet  RulePolicy 1.00  data/rules.yml:11-12  rule greeting",
    ]


def test_an_intent_is_shown_with_what_came_next():
    wrong = user(7, "faq/returns", "greet", rival=("faq/returns", 0.31))
    assert shown(wrong)[1:] == [
        "    7   user: 你好",
        "      - intent: faq/returns",
        "      + intent: greet 0.90  then faq/returns 0.31",
    ]


def test_entities_are_shown_in_the_text():
    cut = {**TEA, "end": 3, "value": "红"}
    wrong = user(7, "greet", text="来点红茶", entities=(TEA,), predicted_entities=(cut, cut))
    assert shown(wrong)[1:] == [
        "    7 - user: 来点[红茶](tea)",
        "      + user: 来点[红](tea)茶",
        "        intent: greet 0.90",
    ]


def test_turns_that_are_right_are_counted_but_for_the_one_before():
    right = (user(1, "greet"), action(2, "utter_greet"), LISTENING)
    fault = (user(7, "greet"), action(8, "utter_greet", "action_order"), LISTENING)
    lines = shown(*right, *right, *right, *fault, *right)
    assert lines[1] == "        ⋯ 2 turns as expected"
    assert [line[:9] for line in lines[2:6]] == ["    1   u", "    2   a", "    7   u", "    8 - a"]
    assert lines[-1] == "        ⋯ 1 turn as expected"


def test_what_the_model_cannot_know_is_told():
    lines = shown(user(7, "thank", "greet"), action(8, "utter_later", "utter_greet"))
    assert lines[2] == "      - intent: thank  not in the domain; did you mean thanks?"
    assert lines[4] == "    8 - action: utter_later  not in the domain"


def test_where_listening_was_expected_the_step_before_is_named():
    fault = action(0, "action_listen", "utter_greet")
    result = StoryResult(name="s", file="f.yml", steps=(user(7, "greet"), fault))
    assert place_of_fault(result) == "tests/test_a.yml:7"
    assert "      - action: action_listen" in map(click.unstyle, diff_lines(result, DOMAIN))


def test_without_texts_and_places_the_rest_is_shown():
    step = StepResult(kind="user", expected="greet", predicted="greet")
    slot = StepResult(kind="slot", expected="city", predicted="city", value="罗马")
    form = StepResult(kind="loop", expected="", predicted="")
    wrong = StepResult(kind="action", expected="a", predicted="(none)", rival=("a", 0.2))
    assert shown(step, slot, form, wrong) == [
        "✗ story  tests/test_a.yml",
        "        intent: greet",
        '        slot_was_set: city="罗马"',
        "        active_loop: null",
        "      - action: a  0.20",
        "      + (none)",
    ]
