import pytest

from kefu.errors import ProjectError
from kefu.nlu.component import Context, Surroundings
from kefu.nlu.selectors.knowledge import KnowledgeSelector
from tests.unit.nlu.builders import component, processed

FOUND = {
    "confidence": 0.8,
    "answer": "满 99 元包邮。",
    "passages": [{"id": "s", "title": "配送", "headings": ["运费"], "file": "s.md", "score": 1.0}],
}


class Articles:
    def __init__(self, found=FOUND):
        self.found = found
        self.asked = []

    def find(self, text):
        self.asked.append(text)
        return self.found


def selector(articles, **settings):
    config = component("KnowledgeSelector", **settings)
    return KnowledgeSelector.load(config, {}, Surroundings(knowledge=articles))


def message(intent="nlu_fallback", confidence=0.4, articles=None, **settings):
    ranking = [{"name": intent, "confidence": confidence}, {"name": "b", "confidence": 0.1}]
    return processed(
        selector(articles or Articles(), **settings),
        "包邮吗",
        intent=dict(ranking[0]),
        intent_ranking=ranking,
    )


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
def test_what_no_intent_covers_is_answered(intent):
    answered = message(intent)
    assert answered.intent == {"name": "knowledge", "confidence": 0.8}
    assert [item["name"] for item in answered.intent_ranking] == ["knowledge", intent, "b"]
    assert answered.result()["knowledge"] == FOUND


def test_a_recognised_intent_is_left_alone_and_nothing_is_searched():
    articles = Articles()
    assert message("faq", 0.41, articles).intent == {"name": "faq", "confidence": 0.41}
    assert articles.asked == []


def test_an_unsure_passage_is_no_answer():
    unsure = message(threshold=0.81)
    assert unsure.intent["name"] == "nlu_fallback"
    assert "knowledge" not in unsure.result()


def test_which_intents_give_way_can_be_said():
    assert message("chitchat", 0.9, instead_of=["chitchat"]).intent["name"] == "knowledge"
    assert message("nlu_fallback", instead_of=["chitchat"]).intent["name"] == "nlu_fallback"


def test_without_articles_or_without_a_find_nothing_happens():
    assert message(articles=Articles(None)).intent["name"] == "nlu_fallback"
    alone = processed(selector(None), "包邮吗", intent={"name": "nlu_fallback", "confidence": 0.4})
    assert alone.intent["name"] == "nlu_fallback"


def test_a_message_without_any_intent_can_be_answered():
    assert processed(selector(Articles()), "包邮吗").intent["name"] == "knowledge"


SAYS_SO = "nlu_fallback is replaced by knowledge: 配送 · 运费 answers it, confidence 0.80"
UNSURE = "nlu_fallback 不变：最好的段落 配送 · 运费 置信度只有 0.80"


@pytest.mark.parametrize(
    ("settings", "language", "said"),
    [
        ({}, "en", f"{SAYS_SO} (threshold 0.5)"),
        ({"threshold": 0.9}, "zh", f"{UNSURE}（threshold 0.9）"),
    ],
)
def test_it_says_why(settings, language, said):
    asked = processed(selector(None), "包邮吗", intent={"name": "nlu_fallback", "confidence": 0.4})
    (remark,) = selector(Articles(), **settings).explain(asked, Context(language=language))
    assert remark.text == said


def test_settings_of_the_wrong_kind_are_refused():
    with pytest.raises(ProjectError, match="threshold is 'high' — write a number"):
        selector(None, threshold="high")
