"""What the bot makes of messages without words."""

import pytest

from kefu.core.contents import Image, Location, Rating, Voice
from tests.unit.dialogue.stage import Stage

DOMAIN = {
    "intents": ["share_image", "share_location", "share_voice", "rate"],
    "entities": ["attachment", "latitude", "longitude", "score"],
}


async def latest(text, content, domain=DOMAIN):
    stage = Stage(domain)
    await stage.say(text, content=content)
    return stage.tracker.state.latest_message


async def test_a_picture_is_an_intent_with_its_attachment():
    message = await latest("[图片]", Image(attachment="a1"))
    assert message.intent == {"name": "share_image", "confidence": 1.0}
    assert [(e["entity"], e["value"]) for e in message.entities] == [("attachment", "a1")]
    assert message.metadata["content"] == {"type": "image", "attachment": "a1"}


async def test_a_place_gives_its_coordinates():
    message = await latest("[位置]", Location(latitude=31.2, longitude=121.5))
    assert {e["entity"]: e["value"] for e in message.entities} == {
        "latitude": 31.2,
        "longitude": 121.5,
    }


@pytest.mark.parametrize("text", ["[位置]", "[location]", "[位置] 外滩", "[location] 外滩"])
async def test_what_stands_for_a_content_on_any_channel_is_no_words(text):
    message = await latest(text, Location(latitude=31.2, longitude=121.5, label="外滩"))
    assert message.intent_name == "share_location"


async def test_a_rating_gives_its_score():
    message = await latest("[评分] 5", Rating(score=5))
    assert (message.intent_name, message.entities[0]["value"]) == ("rate", 5)


@pytest.mark.parametrize(
    ("text", "content", "domain"),
    [
        ("这个坏了", Image(attachment="a1"), DOMAIN),
        ("[请看这张图，屏幕碎了]", Image(attachment="a1"), DOMAIN),
        ("我要退货", Voice(recognition="我要退货"), DOMAIN),
        ("[图片]", Image(attachment="a1"), {"intents": ["greet"]}),
    ],
)
async def test_words_are_understood_as_words(text, content, domain):
    message = await latest(text, content, domain)
    assert (message.text, message.intent_name) == (text, None)
