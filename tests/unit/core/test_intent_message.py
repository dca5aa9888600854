"""Messages that name their intent themselves."""

import pytest

from kefu.core.domain import Domain
from kefu.core.intent_message import parse_intent_message

DOMAIN = Domain.from_dict({"intents": ["greet", "two words"], "entities": ["a", "b"]})


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("/greet", "greet", 1.0),
        ("  /greet  ", "greet", 1.0),
        ("/ greet", "greet", 1.0),
        ("/two words", "two words", 1.0),
        ("/greet@0.3", "greet", 0.3),
        ("/greet@7", "greet", 1.0),
        ("/greet@1.2.3", "greet", 0.0),
        ("/restart", "restart", 1.0),
    ],
)
def test_intent_and_confidence_are_read(text, intent, confidence):
    parsed = parse_intent_message(text, DOMAIN)
    assert parsed["intent"] == {"name": intent, "confidence": confidence}
    assert parsed["intent_ranking"] == [parsed["intent"]]


@pytest.mark.parametrize("text", ["hello", "", "/", "/unknown", "/greet more", "你/greet"])
def test_other_texts_are_no_intent_messages(text):
    assert parse_intent_message(text, DOMAIN) is None


def test_without_a_domain_every_name_is_taken():
    parsed = parse_intent_message('/any{"thing": 1}')
    assert parsed["intent"]["name"] == "any"
    assert parsed["entities"][0]["entity"] == "thing"


def test_entities_have_the_place_of_the_json_and_lists_give_several():
    parsed = parse_intent_message('/greet{"a": [1, "二"], "b": null, "x": 3}', DOMAIN)
    found = [(e["entity"], e["value"], e["start"], e["end"]) for e in parsed["entities"]]
    assert found == [("a", 1, 6, 40), ("a", "二", 6, 40), ("b", None, 6, 40)]


@pytest.mark.parametrize("text", ["/greet{broken}", "/greet{1}"])
def test_broken_entities_are_left_out(text):
    assert parse_intent_message(text, DOMAIN)["entities"] == []
