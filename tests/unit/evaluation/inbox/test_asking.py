"""The model is asked about a message once, and again when it is another model."""

from kefu.evaluation.inbox import asking
from kefu.evaluation.inbox.asking import Answers


class Model:
    def __init__(self, intent="greet"):
        self.intent = intent
        self.asked = []

    async def parse(self, text):
        self.asked.append(text)
        ranking = [{"name": f"i{number}", "confidence": 0.01} for number in range(30)]
        return {
            "text": text,
            "intent": {"name": self.intent, "confidence": 0.5},
            "intent_ranking": [{"name": self.intent, "confidence": 0.5}, *ranking],
            "entities": [],
            "response_selector": {
                "all_retrieval_intents": ["faq"],
                "faq": {"ranking": [{"intent_response_key": "faq/a", "confidence": 1.0}] * 30},
            },
        }


async def test_another_model_is_asked_again_so_many_at_a_time(monkeypatch):
    monkeypatch.setattr(asking, "MOST_AGAIN", 2)
    first, second = Model(), Model("bye")
    models = [first]
    answers = Answers(lambda: (models[-1], 0.7))
    for _ in range(2):
        answers.begin()
        assert {(await answers.of(text))["intent"]["name"] for text in "abc"} == {"greet"}
    assert first.asked == ["a", "b", "c"]
    models.append(second)
    answers.begin()
    assert [(await answers.of(text))["intent"]["name"] for text in "abcd"] == [
        "bye",
        "bye",
        "greet",
        "bye",
    ]
    answers.begin()
    assert (await answers.of("c"))["intent"]["name"] == "bye"
    assert second.asked == ["a", "b", "d", "c"]


async def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(asking, "MOST_KEPT", 2)
    model = Model("faq")
    answers = Answers(lambda: (model, 0.7))
    answers.begin()
    for text in "abca":
        kept = await answers.of(text)
    assert model.asked == ["a", "b", "c", "a"]
    assert len(kept["intent_ranking"]) == len(kept["response_selector"]["faq"]["ranking"]) == 10
