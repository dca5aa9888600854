"""Choosing and filling responses, and what becomes of them."""

import random

import pytest

from kefu.core.domain import Domain
from kefu.core.events import SlotSet
from kefu.core.tracker import Tracker
from kefu.dialogue.responses.filling import filled
from kefu.dialogue.responses.templates import TemplateResponses
from kefu.dialogue.responses.utterances import reply_of, utterance
from kefu.dialogue.responses.variations import suitable_variations, variation_id
from tests.unit.dialogue.stage import Actions, Stage, answer, texts


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("您好 {name}", "您好 小王"),
        ("{name}{n}", "小王3"),
        ("没有 {nobody} 和 {name}", "没有 {nobody} 和 {name}"),
        ("{{name}}", "{name}"),
        ("空 {none}", "空 None"),
        ("{}", "{}"),
        ("单个 { 括号", "单个 { 括号"),
        ("价格 0[元] {n}", "价格 0[元] 3"),
        ("{braces}", "{name}"),
        ({"a": ["{n}", {"b": "{name}"}], "c": 1}, {"a": ["3", {"b": "小王"}], "c": 1}),
    ],
)
def test_placeholders_are_filled(template, expected):
    values = {"name": "小王", "n": 3, "none": None, "braces": "{name}"}
    assert filled(template, values) == expected


VARIATIONS = [
    {"text": "平常", "id": "a"},
    {"text": "网页", "channel": "web", "id": "b"},
    {"text": "金牌", "condition": [{"type": "slot", "name": "tier", "value": "Gold"}], "id": "c"},
    {
        "text": "网页金牌",
        "channel": "web",
        "condition": [{"type": "slot", "name": "tier", "value": "Gold"}],
        "id": "d",
    },
]


@pytest.mark.parametrize(
    ("channel", "tier", "expected"),
    [
        ("rest", None, "平常"),
        ("rest", "gold", "金牌"),
        ("web", None, "网页"),
        ("web", "GOLD", "网页金牌"),
        ("web", "silver", "网页"),
    ],
)
def test_variations_fit_channel_and_condition(channel, tier, expected):
    suitable = suitable_variations(VARIATIONS, channel, {"tier": tier})
    assert [v["text"] for v in suitable] == [expected]


def test_ambiguous_ids_are_no_ids():
    assert variation_id(VARIATIONS, "rest", {}) == "a"
    twice = [{"text": "a", "id": "x"}, {"text": "b", "id": "x"}]
    assert variation_id(twice, "rest", {}) is None


async def test_variations_are_chosen_at_random():
    domain = Domain.from_dict({"responses": {"utter_x": [{"text": str(n)} for n in range(5)]}})
    responses = TemplateResponses(domain.responses, chance=random.Random(3))
    tracker = Tracker("c", domain)
    said = {(await responses.generate("utter_x", tracker, "rest", {}))["text"] for _ in range(60)}
    assert len(said) == 5


async def test_filling_a_response_does_not_change_the_domain():
    domain = Domain.from_dict(
        {
            "slots": {"s": {"type": "text", "mappings": []}},
            "responses": {"utter_x": [{"text": "x", "buttons": [{"title": "{s}"}]}]},
        }
    )
    tracker = Tracker("c", domain)
    tracker.append(SlotSet(key="s", value="1"))
    message = await TemplateResponses(domain.responses).generate("utter_x", tracker, "rest", {})
    assert message["buttons"] == [{"title": "1"}]
    assert domain.responses["utter_x"][0]["buttons"] == [{"title": "{s}"}]


def test_an_image_is_sent_once_though_it_is_logged_as_attachment_too():
    event = utterance({"text": "图", "image": "u", "extra": 1})
    assert event.data["attachment"] == event.data["image"] == "u"
    reply = reply_of(event, "c")
    assert (reply.image, reply.attachment, reply.metadata) == ("u", None, {"extra": 1})


DOMAIN = {
    "intents": ["go"],
    "slots": {"price": {"type": "text", "initial_value": "槽", "mappings": []}},
    "actions": ["action_go"],
    "responses": {"utter_price": [{"text": "价格 {price}", "buttons": [{"title": "买"}]}]},
}


async def test_arguments_of_an_action_come_before_slots():
    result = answer(response="utter_price", price="参", buttons=[{"title": "退"}])
    stage = Stage(DOMAIN, ["action_go"], Actions(action_go=result))
    turn = await stage.say("/go")
    assert texts(turn) == ["价格 参"]
    assert [b["title"] for b in turn.replies[0].buttons] == ["买", "退"]


async def test_an_undefined_response_of_an_action_is_left_out():
    stage = Stage(DOMAIN, ["action_go"], Actions(action_go=answer(response="utter_nowhere")))
    assert texts(await stage.say("/go")) == []


async def test_a_retrieval_intent_is_answered_with_the_selected_response():
    domain = {
        "intents": [{"faq": {"is_retrieval_intent": True}}],
        "responses": {"utter_faq/ask_a": [{"text": "甲"}]},
        "actions": ["utter_faq"],
    }
    stage = Stage(domain, ["utter_faq"])
    selected = {"faq": {"response": {"utter_action": "utter_faq/ask_a"}}}
    parsed = {"intent": {"name": "faq"}, "entities": [], "response_selector": selected}
    assert texts(await stage.say("问", parse_data=parsed)) == ["甲"]
    assert texts(await stage.say("/faq")) == []


async def test_the_text_of_an_end_to_end_story_is_said():
    stage = Stage({"intents": ["go"], "e2e_actions": ["直接说"]}, ["直接说"])
    turn = await stage.say("/go")
    assert texts(turn) == ["直接说"]
    assert turn.events[-3].action_text == "直接说"
