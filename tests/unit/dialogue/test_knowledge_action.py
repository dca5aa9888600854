"""``action_answer_from_knowledge``: what is said, and where it says it has it from."""

import pytest

from kefu.dialogue.actions.knowledge import AnswerFromKnowledge
from kefu.dialogue.actions.utter import Speaking
from tests.unit.dialogue.stage import Stage, texts

DOMAIN = {"intents": ["knowledge"], "responses": {"utter_hi": [{"text": "hi"}]}}
BEST = {"id": "s", "title": "配送", "headings": ["运费"], "file": "s.md", "score": 1.0}
FOUND = {"confidence": 0.8, "answer": "满 99 元包邮。", "passages": [BEST]}


async def asked(found, domain=DOMAIN):
    stage = Stage(domain, ["action_answer_from_knowledge"])
    understood = {"text": "包邮吗", "intent": {"name": "knowledge", "confidence": 0.8}}
    parse_data = understood | {"entities": [], "knowledge": found}
    return await stage.say("包邮吗", parse_data=parse_data)


async def test_the_answer_names_its_source():
    turn = await asked(FOUND)
    assert texts(turn) == ["满 99 元包邮。\n—— 《配送》 · 运费"]
    metadata = turn.replies[0].metadata["knowledge"]
    assert metadata == {**BEST, "confidence": 0.8, "answer": "满 99 元包邮。"}


async def test_the_domain_may_say_it_in_its_own_words():
    response = {"utter_knowledge": [{"text": "{title}里说：{answer}（{heading}）"}]}
    turn = await asked(FOUND, {**DOMAIN, "responses": response})
    assert texts(turn) == ["配送里说：满 99 元包邮。（运费）"]
    assert turn.replies[0].metadata["knowledge"]["file"] == "s.md"


async def test_without_a_heading_the_title_is_enough():
    turn = await asked({**FOUND, "passages": [{**BEST, "headings": []}]})
    assert texts(turn) == ["满 99 元包邮。\n—— 《配送》"]


@pytest.mark.parametrize("found", [None, {}, "x", {"answer": "", "passages": []}])
async def test_without_a_passage_it_declines(found):
    turn = await asked(found)
    assert texts(turn) == []
    assert "ActionExecutionRejected" in [type(event).__name__ for event in turn.events]


def test_a_review_can_show_what_it_would_say():
    assert isinstance(AnswerFromKnowledge(), Speaking)
