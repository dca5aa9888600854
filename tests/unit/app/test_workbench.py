"""What helps agents: which answers of the model are suggested, and what is remembered."""

import asyncio

import pytest

from kefu.app.assembly import open_app
from kefu.app.workbench import answers_of
from kefu.core.messages import AgentMessage, UserMessage
from kefu.desk.agents import DeskAgent
from kefu.desk.people import Person
from kefu.errors import Unavailable
from tests.unit.app.test_assembly import changed, settings  # noqa: F401 - a fixture
from tests.unit.desk.office import anybody


class Model:
    """A model that parses all alike."""

    def __init__(self, intents, selectors, responses):
        self.domain = self
        self.responses = responses
        self.parsed = {
            "intent_ranking": [{"name": k, "confidence": v} for k, v in intents.items()],
            "response_selector": {
                "all_retrieval_intents": [],
                **{
                    name: {
                        "ranking": [
                            {"intent_response_key": key, "confidence": confidence}
                            for key, confidence in ranking.items()
                        ]
                    }
                    for name, ranking in selectors.items()
                },
            },
        }

    async def parse(self, _text):
        return self.parsed


class Models:
    def __init__(self, current):
        self.current = current


FAQ = {"faq/refund": 0.9, "faq/fees": 0.1}
CHITCHAT = {"chitchat/joke": 0.95}
RESPONSES = {
    "utter_faq/refund": [{"text": "三天内退款"}],
    "utter_faq/fees": [{"text": "满 99 包邮"}],
    "utter_chitchat/joke": [{"custom": {}}, {"text": "讲个笑话"}],
}


async def test_answers_count_as_much_as_their_intent_is_likely():
    intents = {"faq": 0.8, "thanks": 0.15, "chitchat": 0.05}
    model = Model(intents, {"faq": FAQ, "chitchat": CHITCHAT}, RESPONSES)
    (found,) = await answers_of(Models(model))("怎么退款")
    assert (found.text, found.source) == ("三天内退款", "utter_faq/refund")
    assert found.score == pytest.approx(0.72)


async def test_what_is_no_question_brings_no_answers():
    model = Model({"thanks": 0.97, "chitchat": 0.02}, {"chitchat": CHITCHAT}, RESPONSES)
    assert await answers_of(Models(model))("谢谢") == []


async def test_without_a_model_there_are_no_answers():
    with pytest.raises(Unavailable):
        await answers_of(Models(None))("怎么退款")


async def test_what_agents_answered_before_the_start_is_suggested(settings, tmp_path):  # noqa: F811
    kept = changed(settings, storage_url=f"sqlite:///{tmp_path / 'kefu.db'}")
    lin = Person("a_lin", "林")
    async with open_app(kept) as app:
        await app.gateway.handle(UserMessage(conversation_id="c1", text="发票什么时候能开"))
        await app.desk.presence.know(DeskAgent(agent_id=lin.id, name=lin.name))
        await app.desk.serving.take_over("c1", lin, anybody)
        said = AgentMessage(
            conversation_id="c1", agent=lin.as_json(), message_id="m1", text="签收后就能开"
        )
        await app.desk.speaking.say(said, lin, anybody)
        assert len(app.aids.suggestions.past) == 1
    async with open_app(kept) as app:
        async with asyncio.timeout(10):
            while not len(app.aids.suggestions.past):  # noqa: ASYNC110 - read beside the start
                await asyncio.sleep(0.01)
        (found,) = await app.aids.suggestions.of("发票能开吗")
        assert (found.kind, found.text, found.source) == ("past", "签收后就能开", "林")
