import asyncio

import pytest

from kefu.errors import ProjectError
from kefu.nlu.classifiers.sentiment import SentimentClassifier
from kefu.nlu.explanation import Choice
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData, SentimentExample
from tests.unit.nlu.builders import (
    SHOP,
    a_config,
    a_lesson,
    an_interpreter,
    component,
    nlu_data,
    parse,
)

FEELINGS = {
    "negative": [
        "服务太差了",
        "等了三天没人理我",
        "说话不算数，骗人",
        "再也不来了",
        "质量烂成这样",
        "太让人失望了",
        "越看越生气",
        "真是浪费时间",
    ],
    "neutral": [
        "快递到哪了",
        "怎么申请退货",
        "有黑色的吗",
        "发票什么时候寄",
        "好的我等一下",
        "改一下地址",
        "多久能到账",
        "这款多少钱",
        "包装有点破，怎么换",
        "帮我查订单",
    ],
    "positive": [
        "谢谢，帮大忙了",
        "质量不错，很喜欢",
        "发货真快，点赞",
        "太贴心了",
        "服务很好，下次还来",
        "超级满意",
        "好评，值得买",
        "孩子特别喜欢",
    ],
}
SENTIMENTS = tuple(
    SentimentExample(text=text, sentiment=name) for name in FEELINGS for text in FEELINGS[name]
)
DATA = NluData(sentiments=SENTIMENTS)


def test_the_sentiment_comes_with_confidence_and_ranking():
    data = parse(an_interpreter(DATA, "JiebaTokenizer", "SentimentClassifier"), "服务太差了")
    assert data["sentiment"]["name"] == "negative"
    assert 0.95 <= data["sentiment"]["confidence"] <= 1
    assert data["sentiment_ranking"][0] == data["sentiment"]
    assert {item["name"] for item in data["sentiment_ranking"]} == set(FEELINGS)
    assert sum(item["confidence"] for item in data["sentiment_ranking"]) <= 1 + 1e-6


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("质量真是太差了", "negative"),
        ("真的很喜欢，谢谢", "positive"),
        ("查一下订单快递", "neutral"),
    ],
)
def test_texts_that_no_example_has_are_judged_by_what_they_share(text, sentiment):
    bot = an_interpreter(DATA, "JiebaTokenizer", "SentimentClassifier")
    assert parse(bot, text)["sentiment_ranking"][0]["name"] == sentiment


def test_words_of_the_lexicon_count_though_no_example_has_them():
    bot = an_interpreter(DATA, "JiebaTokenizer", component("SentimentClassifier", threshold=0.0))

    def displeasure(text):
        ranking = parse(bot, text)["sentiment_ranking"]
        return next(item["confidence"] for item in ranking if item["name"] == "negative")

    assert displeasure("无语") > displeasure("无花")
    assert displeasure("无语") > displeasure("不无语")


def test_it_is_explained():
    bot = an_interpreter(DATA, "SentimentClassifier")
    explained = asyncio.run(bot.explain("你们太差劲了，气死我了"))
    (choice,) = [one for _, one in explained.by_component if isinstance(one, Choice)]
    assert (choice.about, choice.candidates[0].label) == ("sentiment", "negative")
    assert choice.contributions[0].weight > 0


def test_what_is_like_no_example_has_no_sentiment():
    bot = an_interpreter(DATA, "JiebaTokenizer", "SentimentClassifier")
    for text in ("", "  ", "😀", "\u200f", "qwrtz plmk", "\ud800", "<p>"):
        found = parse(bot, text)["sentiment"]
        assert found["name"] is None, text
        assert found["confidence"] < 0.6, text


def test_the_threshold_decides_which_sentiments_are_believed():
    text = "等了好久，快递没到"
    sure, doubtful = (
        parse(
            an_interpreter(DATA, "JiebaTokenizer", component("SentimentClassifier", threshold=t)),
            text,
        )
        for t in (0.0, 0.99)
    )
    assert sure["sentiment"]["name"] == sure["sentiment_ranking"][0]["name"]
    assert doubtful["sentiment"] == {"name": None, "confidence": sure["sentiment"]["confidence"]}
    assert doubtful["sentiment_ranking"] == sure["sentiment_ranking"]


def test_intents_and_entities_are_the_same_with_sentiments_and_without():
    alone = an_interpreter(nlu_data(SHOP), "JiebaTokenizer", "DIETClassifier")
    beside = an_interpreter(
        nlu_data(SHOP, sentiments=SENTIMENTS),
        "JiebaTokenizer",
        "DIETClassifier",
        "SentimentClassifier",
    )
    for text in ("我的快递怎么还没到", "太差了，我要退款", "谢谢再见"):
        both = parse(beside, text)
        assert both.pop("sentiment")["confidence"] > 0
        assert len(both.pop("sentiment_ranking")) == len(FEELINGS)
        assert both == parse(alone, text)


def test_without_the_component_sentiments_change_nothing():
    plain = train_pipeline(a_config("JiebaTokenizer", "DIETClassifier"), nlu_data(SHOP))
    beside = train_pipeline(
        a_config("JiebaTokenizer", "DIETClassifier"), nlu_data(SHOP, sentiments=SENTIMENTS)
    )
    assert plain.parts.keys() == beside.parts.keys()
    assert plain.summary[1:] == beside.summary[1:]


@pytest.mark.parametrize("count", [0, 8])
def test_fewer_than_two_sentiments_are_warned_of_and_leave_messages_alone(count):
    data = nlu_data(SHOP, sentiments=SENTIMENTS[:count])
    trained = train_pipeline(a_config("JiebaTokenizer", "SentimentClassifier"), data)
    assert [problem.code for problem in trained.problems] == ["nlu.no-sentiments"]
    bot = an_interpreter(data, "JiebaTokenizer", "SentimentClassifier")
    assert "sentiment" not in parse(bot, "服务太差了")


def test_english_is_learned_too():
    texts = {
        "negative": ["this is awful", "worst shop ever", "you never answer, ridiculous"],
        "positive": ["thank you so much", "great service", "love this mug"],
        "neutral": ["where is my parcel", "can I change the address", "how much is it"],
    }
    data = NluData(
        sentiments=tuple(
            SentimentExample(text=text, sentiment=name) for name in texts for text in texts[name]
        )
    )
    bot = an_interpreter(data, "WhitespaceTokenizer", "SentimentClassifier", language="en")
    assert parse(bot, "what an awful shop")["sentiment_ranking"][0]["name"] == "negative"
    assert parse(bot, "where is the parcel")["sentiment_ranking"][0]["name"] == "neutral"


@pytest.mark.parametrize("setting", [{"threshold": 1.5}, {"out_of_scope_share": 1.0}])
def test_a_setting_out_of_range_is_refused(setting):
    with pytest.raises(ProjectError, match=next(iter(setting))):
        SentimentClassifier.train(component("SentimentClassifier", **setting), a_lesson(DATA))
