from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, SlotSet
from kefu.evaluation.stories import LIMIT_REACHED, dialogues_of, play_stories
from kefu.evaluation.story_files import story_report, story_yaml
from kefu.policies.handoff import HandoffPolicy
from kefu.policies.handoff_settings import HandoffSettings
from kefu.policies.policy import PolicyPrediction
from kefu.project.problems import Place
from kefu.project.story_data import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    SlotStep,
    Story,
    StoryData,
    UserStep,
)

HERE = Place("tests/test_x.yml", 3)
DOMAIN = Domain.from_dict(
    {
        "intents": ["greet", "bye", {"faq": {"is_retrieval_intent": True}}],
        "entities": ["city"],
        "slots": {"city": {"type": "text", "mappings": []}},
        "forms": {"form": {"required_slots": ["city"]}},
        "responses": {
            "utter_hi": [{"text": "hi"}],
            "utter_bye": [{"text": "bye"}],
            "utter_faq/a": [{"text": "a"}],
            "utter_faq/b": [{"text": "b"}],
        },
        "actions": ["utter_faq"],
    }
)


class Scripted:
    """A bot that does what it is told: one action after another, listening when there is none."""

    def __init__(self, *actions: str, parses: Mapping[str, dict[str, Any]] | None = None) -> None:
        self.domain = DOMAIN
        self.actions = list(actions)
        self.parses = parses or {}
        self.trackers: list[Any] = []

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.parses[text]

    async def predict_next(self, tracker: Any) -> PolicyPrediction:
        self.trackers.append(tracker.copy())
        name = self.actions.pop(0) if self.actions else "action_listen"
        return PolicyPrediction.for_action(name, policy_name="Scripted")


def user(
    intent: str, text: str | None = None, entities: tuple[Any, ...] = (), **more: Any
) -> UserStep:
    return UserStep(place=HERE, intent=intent, text=text, entities=entities, **more)


def action(name: str) -> ActionStep:
    return ActionStep(place=HERE, name=name)


def story(*steps: Any, name: str = "story", **more: Any) -> Story:
    return Story(name=name, place=HERE, steps=steps, **more)


async def play(bot: Scripted, *stories: Story, end_to_end: bool = True, **data: Any) -> list[Any]:
    dialogues = dialogues_of(StoryData(stories=stories, **data), DOMAIN)
    return await play_stories(bot, dialogues, end_to_end=end_to_end)


def parsed(name: str, **more: Any) -> dict[str, Any]:
    return {"intent": {"name": name, "confidence": 0.9}, "entities": [], **more}


async def test_a_story_that_is_followed_is_right() -> None:
    bot = Scripted("utter_hi", "action_listen", parses={"hello": parsed("greet")})
    (result,) = await play(bot, story(user("greet", "hello"), action("utter_hi")))
    assert result.is_right
    assert result.file == "tests/test_x.yml"
    assert [(s.kind, s.expected) for s in result.steps] == [
        ("user", "greet"),
        ("action", "utter_hi"),
        ("action", "action_listen"),
    ]


async def test_after_a_wrong_action_the_story_goes_on_as_written() -> None:
    bot = Scripted("utter_bye", "action_listen", "utter_bye")
    (result,) = await play(
        bot, story(user("greet"), action("utter_hi"), user("bye"), action("utter_bye"))
    )
    assert [step.is_right for step in result.steps] == [True, False, True, True, True, True]
    done = [e.action_name for e in bot.trackers[-1].events if isinstance(e, ActionExecuted)]
    assert done == ["action_listen", "utter_hi", "action_listen", "utter_bye"]


class Bounded(Scripted):
    """A bot that is not sure, with HandoffPolicy."""

    def __init__(self, *actions: str, confidence: float, **settings: Any) -> None:
        super().__init__(*actions)
        self._confidence = confidence
        self._policy = HandoffPolicy(HandoffSettings(**settings), DOMAIN)

    async def predict_next(self, tracker: Any) -> PolicyPrediction:
        name = self.actions[0] if self.actions else "action_listen"
        given = PolicyPrediction.for_action(name, confidence=self._confidence)
        prediction = self._policy.amend(given, tracker)
        if prediction is given and self.actions:
            self.actions.pop(0)
        return prediction


@pytest.mark.parametrize("confidence", [0.1, 0.8, 1.0])
async def test_stories_are_played_as_if_nobody_were_at_the_desk(confidence: float) -> None:
    bot = Bounded("utter_hi", confidence=confidence)
    (result,) = await play(bot, story(user("greet", "hello"), action("utter_hi")), end_to_end=False)
    assert [step.predicted for step in result.steps] == ["greet", "utter_hi", "action_listen"]


async def test_a_story_shows_what_happens_without_agents_too() -> None:
    for confidence in (0.1, 0.8):
        bot = Bounded("utter_hi", confidence=confidence, when_nobody="handover")
        told = story(user("greet", "hello"), action("utter_hi"))
        (result,) = await play(bot, told, end_to_end=False)
        assert result.steps[1].predicted == "action_handoff"


async def test_a_story_may_expect_a_handover() -> None:
    bot = Bounded("utter_hi", confidence=0.1)
    told = story(user("greet", "hello"), action("action_handoff"))
    (result,) = await play(bot, told, end_to_end=False)
    assert result.steps[1].is_right


async def test_a_misunderstood_message_is_wrong_and_its_intent_still_counts() -> None:
    bot = Scripted("utter_hi", parses={"hello": parsed("bye")})
    (result,) = await play(bot, story(user("greet", "hello"), action("utter_hi")))
    assert (result.steps[0].expected, result.steps[0].predicted) == ("greet", "bye")
    assert bot.trackers[0].state.latest_message.intent_name == "greet"


async def test_without_end_to_end_intents_are_taken_as_given() -> None:
    bot = Scripted("utter_hi", parses={})
    (result,) = await play(bot, story(user("greet", "hello"), action("utter_hi")), end_to_end=False)
    assert result.is_right


CITY = {"entity": "city", "value": "Rome", "start": 3, "end": 7}


async def test_entities_must_agree() -> None:
    for found, is_right in (
        ([CITY], True),
        ([{**CITY, "extractor": "X", "confidence_entity": 0.9}], True),
        ([], False),
        ([{**CITY, "end": 6}], False),
        ([CITY, {**CITY, "entity": "person"}], False),
    ):
        bot = Scripted("utter_hi", parses={"to Rome": parsed("greet", entities=found)})
        (result,) = await play(
            bot, story(user("greet", "to Rome", entities=(CITY,)), action("utter_hi"))
        )
        assert result.is_right is is_right, found


async def test_a_form_may_have_declined_when_the_story_leaves_it() -> None:
    bot = Scripted("form", "form", "utter_hi", "action_listen")
    steps = (user("greet"), action("form"), LoopStep(place=HERE, name="form"))
    bot.actions = ["form", "action_listen", "form", "utter_hi", "action_listen"]
    (result,) = await play(bot, story(*steps, user("bye"), action("utter_hi")))
    assert result.is_right


async def test_of_a_retrieval_action_the_answer_is_compared() -> None:
    selector = {"faq": {"response": {"intent_response_key": "faq/a"}}}
    parse = parsed("faq", response_selector={"all_retrieval_intents": ["faq"], **selector})
    for wanted, is_right in (("utter_faq", True), ("utter_faq/a", True), ("utter_faq/b", False)):
        bot = Scripted("utter_faq", parses={"?": parse})
        (result,) = await play(bot, story(user("faq", "?"), action(wanted)))
        assert result.is_right is is_right, wanted


async def test_full_retrieval_intents_are_compared_when_the_story_names_them() -> None:
    selector = {"faq": {"response": {"intent_response_key": "faq/a"}}}
    parse = parsed("faq", response_selector={"all_retrieval_intents": ["faq"], **selector})
    for key, is_right in (("faq/a", True), ("faq/b", False)):
        bot = Scripted("utter_faq", parses={"?": parse})
        step = user("faq", "?", full_retrieval_intent=key)
        (result,) = await play(bot, story(step, action("utter_faq")))
        assert result.is_right is is_right, key


async def test_more_than_ten_actions_in_one_turn_are_not_predicted() -> None:
    bot = Scripted(*["utter_hi"] * 20)
    (result,) = await play(bot, story(user("greet"), *[action("utter_hi")] * 11))
    assert [step.predicted for step in result.steps if not step.is_right] == [LIMIT_REACHED] * 2


async def test_an_unlikely_intent_is_a_warning_when_the_action_is_right() -> None:
    bot = Scripted("action_unlikely_intent", "utter_hi", "action_listen")
    (result,) = await play(bot, story(user("greet"), action("utter_hi")))
    assert result.is_right
    assert result.has_warnings


async def test_fixtures_are_slots_set_at_the_beginning() -> None:
    bot = Scripted("utter_hi")
    fixture = (SlotStep(place=HERE, name="city", value="Rome"),)
    await play(
        bot,
        story(user("greet"), action("utter_hi"), fixtures=("rome",)),
        fixtures={"rome": fixture},
    )
    assert SlotSet(key="city", value="Rome") in bot.trackers[0].events
    assert bot.trackers[0].state.slots["city"] == "Rome"


async def test_stories_that_differ_in_their_words_alone_are_all_played() -> None:
    bot = Scripted(parses={"a": parsed("greet"), "b": parsed("greet")})
    results = await play(
        bot, story(user("greet", "a"), name="one"), story(user("greet", "b"), name="two")
    )
    assert [result.name for result in results] == ["one", "two"]


async def test_checkpoints_join_test_stories() -> None:
    there = CheckpointStep(place=HERE, name="there")
    results = await play(
        Scripted(),
        story(user("greet"), there, name="one"),
        story(there, user("bye"), name="two"),
    )
    assert [result.name for result in results] == ["one > two"]


async def test_failed_stories_are_written_as_rasa_writes_them() -> None:
    bot = Scripted("utter_bye", parses={"to Rome\nnow": parsed("bye", entities=[CITY])})
    results = await play(
        bot,
        story(
            user("greet", "to Rome\nnow"),
            action("utter_hi"),
            SlotStep(place=HERE, name="city", value=None),
            LoopStep(place=HERE, name=None),
            name="it's: a story",
        ),
    )
    text = story_yaml(results)
    assert "- intent: greet  # predicted: bye: to [Rome](city) now" in text
    assert "- action: utter_hi  # predicted: utter_bye" in text
    assert yaml.safe_load(text) == {
        "version": "3.1",
        "stories": [
            {
                "story": "it's: a story (tests/test_x.yml)",
                "steps": [
                    {"intent": "greet", "user": "to Rome\nnow"},
                    {"action": "utter_hi"},
                    {"slot_was_set": [{"city": None}]},
                    {"active_loop": None},
                ],
            }
        ],
    }


async def test_the_report_scores_actions_intents_and_entities() -> None:
    bot = Scripted("utter_bye", "action_listen", parses={"to Rome": parsed("greet")})
    results = await play(bot, story(user("greet", "to Rome", (CITY,)), action("utter_hi")))
    report = story_report(results)
    assert report.labels["greet"].recall == 1.0
    assert report.labels["utter_hi"].recall == 0.0
    assert report.labels["[Rome](city)"].confused_with == (("None", 1),)
