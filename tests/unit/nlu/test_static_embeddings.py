"""What English words mean, from the table that comes with Kefu."""

import asyncio

import numpy as np
import pytest

from kefu.nlu.component import Surroundings
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.message import Message
from kefu.nlu.plan import plan_pipeline
from kefu.nlu.pretrained.static import StaticEmbeddingFeaturizer, word_table
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData, SentimentExample
from tests.unit.nlu.builders import a_config, component, nlu_data

BANK = {
    "close_account": ["close my account", "I want to end my account", "shut the account down"],
    "lost_card": ["I lost my card", "my card is missing", "cannot find my card"],
}


def likeness(one: str, other: str) -> float:
    a, b = word_table().embedding(one), word_table().embedding(other)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("car", "vehicle", "banana"), ("buy", "purchase", "swim"), ("angry", "furious", "table")],
)
def test_words_that_mean_the_same_are_near(word, near, far):
    assert likeness(word, near) > likeness(word, far) + 0.2


def test_case_accents_and_punctuation_make_no_difference():
    assert likeness("Défié REFUND!", "defie refund") == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "   ", "退货", "🙂", "\x00\u202e", "x" * 20_000])
def test_of_what_is_no_english_word_nothing_is_known(text):
    assert not word_table().embedding(text).any()


def test_words_that_are_in_no_table_are_put_together_from_pieces():
    assert word_table().embedding("unrefundableness").any()


def test_long_texts_cost_no_more_than_their_first_words():
    assert likeness("refund " * 2000 + "banana " * 9000, "refund") == pytest.approx(1)


def names(config):
    return [step.config.name for step in plan_pipeline(config).steps]


def test_english_pipelines_have_it_unless_they_say_otherwise():
    steps = ("WhitespaceTokenizer", "CountVectorsFeaturizer", "DIETClassifier")
    assert names(a_config(*steps, language="en")) == [
        "WhitespaceTokenizer",
        "CountVectorsFeaturizer",
        "StaticEmbeddingFeaturizer",
        "DIETClassifier",
    ]
    assert "StaticEmbeddingFeaturizer" not in names(a_config(*steps, language="zh"))
    own = component("StaticEmbeddingFeaturizer", share=0)
    with_own = a_config(steps[0], own, *steps[1:], language="en")
    assert names(with_own).count("StaticEmbeddingFeaturizer") == 1
    assert "StaticEmbeddingFeaturizer" not in names(a_config("KeywordIntentClassifier"))


def test_with_a_share_of_0_it_gives_nothing():
    off = component("StaticEmbeddingFeaturizer", share=0)
    built = StaticEmbeddingFeaturizer.load(off, {}, Surroundings(language="en"))
    message = Message(text="refund")
    built.process(message)
    assert (built.width, message.dense) == (0, [])


@pytest.mark.parametrize(("share", "found"), [(0, False), (0.5, True)])
def test_words_that_no_example_has_are_understood(share, found):
    steps = (component("StaticEmbeddingFeaturizer", share=share), component("DIETClassifier"))
    trained = train_pipeline(a_config(*steps, language="en"), nlu_data(BANK))
    parsed = asyncio.run(load_interpreter(trained.parts).parse("terminate membership"))
    ranking = {one["name"]: one["confidence"] for one in parsed["intent_ranking"]}
    assert (ranking["close_account"] > ranking["lost_card"] + 0.2) is found


def test_an_english_project_may_have_sentiments_alone():
    texts = {"good": ["I love it", "great shop", "so nice"], "bad": ["awful", "I hate it", "bad"]}
    data = NluData(
        sentiments=tuple(
            SentimentExample(text=text, sentiment=name) for name in texts for text in texts[name]
        )
    )
    config = a_config("WhitespaceTokenizer", "DIETClassifier", "SentimentClassifier", language="en")
    interpreter = load_interpreter(train_pipeline(config, data).parts)
    assert asyncio.run(interpreter.parse("great, I love it"))["sentiment_ranking"][0]["name"] == (
        "good"
    )
