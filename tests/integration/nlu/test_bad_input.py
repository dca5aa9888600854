"""Whatever customers send is understood without an exception, and with offsets of their own text.

One contract over pipelines of all components that read messages; what each of them does well is
tested elsewhere.
"""

import asyncio
import itertools
import json
import math

import pytest

from kefu.core.domain import Domain
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData, SentimentExample
from kefu.project.settings import ComponentConfig
from tests.unit.nlu.builders import SHOP, a_config, an_interpreter, component, nlu_data

CHINESE = {
    **SHOP,
    "order": ["订单[20260001](number)", "查[12345678](number)", "我的订单号是[20260002](number)"],
    "send": ["寄到[北京](city)", "发[上海](city)吗", "能送[广州](city)吗", "[深圳](city)可以寄吗"],
    "faq/fee": ["运费多少", "邮费怎么算", "包邮吗"],
    "faq/time": ["几点下班", "什么时候营业", "周末上班吗"],
}
ENGLISH = {
    "greet": ["hello", "hi there", "good morning"],
    "refund": ["I want my money back", "refund my order", "how do I return this"],
    "track": ["where is my parcel", "track order [20260001](number)", "when does it arrive"],
    "send": ["ship to [Berlin](city)", "do you send to [Paris](city)", "fly to [Rome](city)"],
    "faq/fee": ["what is the fee", "how much is shipping", "is delivery free"],
    "faq/time": ["when do you open", "opening hours", "are you open on sundays"],
}
FEELINGS = {
    "negative": ["太差了", "骗人的店", "this is awful", "terrible service"],
    "neutral": ["快递到哪了", "运费多少", "where is my parcel", "what is the fee"],
    "positive": ["谢谢，很好", "太满意了", "thank you so much", "great shop"],
}
MORE = {
    "sentiments": tuple(
        SentimentExample(text=text, sentiment=name) for name in FEELINGS for text in FEELINGS[name]
    ),
    "synonyms": {"帝都": "北京", "the big apple": "New York"},
    "regexes": (("number", r"\d{8}"), ("order", r"[A-Z]\d+")),
    "lookups": {"city": ("北京", "上海", "Berlin", "New York", "帝都")},
}
LEARNERS = (
    component("RegexFeaturizer"),
    component("DIETClassifier"),
    component("RegexEntityExtractor"),
    component("EntitySynonymMapper"),
    component("ResponseSelector"),
    component("SentimentClassifier"),
)
PIPELINES = {
    "jieba": ("zh", ("JiebaTokenizer", "CountVectorsFeaturizer", *LEARNERS)),
    "white space, Chinese": ("zh", ("WhitespaceTokenizer", *LEARNERS, "FallbackClassifier")),
    "white space, English": (
        "en",
        ("WhitespaceTokenizer", "LexicalSyntacticFeaturizer", *LEARNERS),
    ),
    "parts of their own": (
        "en",
        (
            "WhitespaceTokenizer",
            "KeywordIntentClassifier",
            "LogisticRegressionClassifier",
            "CRFEntityExtractor",
            component("ResponseSelector", retrieval_intent="faq"),
            "SentimentClassifier",
            component("FallbackClassifier", threshold=0.4),
        ),
    ),
    "spaCy, Chinese": (
        "zh",
        (component("SpacyNLP", model="blank:zh"), "SpacyTokenizer", "SpacyFeaturizer", *LEARNERS),
    ),
    "spaCy with entities": (
        "en",
        (
            component("SpacyNLP", model="tiny_spacy"),
            "SpacyTokenizer",
            "SpacyFeaturizer",
            "SpacyEntityExtractor",
            *LEARNERS,
        ),
    ),
    "language model": (
        "zh",
        (
            "JiebaTokenizer",
            component("LanguageModelFeaturizer", model_weights="tiny_bert"),
            *LEARNERS,
        ),
    ),
}
NONSENSE = {
    "empty": "",
    "blank": "   ",
    "other white space": "\n\t\u3000\u00a0\u2028",
    "emoji": "🙂",
    "emoji of several signs": "👩‍👩‍👧🏽",
    "controls": "\x00\x01\x07\x1b[m\x7f",
    "half a character": "\ud83d",
    "other half": "\ude00\ud83d",
    "direction marks alone": "\u202e\u200f\u2066\u2069",
    "no width": "\u200b\u200d\ufeff",
    "right to left": "\u200fשלום עולם\u202e",
    "marks without letters": "\u0301\u0300\u0e49" * 30,
    "punctuation": "。！？…?!.,;:()[]{}%s%d{0}\\'\"`",
    "one letter, 20,000 times": "ж" * 20_000,
    "emoji, 20,000": "🙂" * 20_000,
    "blank, 20,000": " " * 20_000,
}
"""What is like no example."""
ODD = {
    "20,000 characters of Chinese": "我要退款，订单20260001。" * 1400,
    "20,000 characters of English": "refund order 20260001 to Berlin! " * 600,
    "20,000 letters in one word": "refund" * 3400,
    "20,000 digits": "1234567890" * 2000,
    "half a character within": "退\ud800款 ord\udfffer 20260001 Berlin",
    "controls within": "退\x00款\x07 where\x1b[0m is 20260001",
    "direction marks within": "\u202e我要退款\u202c \u200f20260001\u200e Berlin",
    "mixed scripts": "Привет, 退款 refund ขอเงินคืน שלום 환불 Berlin 北京",
    "full-width": "订单２０２６０００１，ＲＥＦＵＮＤ　ｔｏ　Ｂｅｒｌｉｎ",
    "HTML": "<script>alert('退款')</script><b>refund</b>&nbsp;<a href=\"x\">20260001</a>",
    "letters that grow": "İİİ ﬁﬃ ﷺ ẞ Å 20260001 Berlin 北京",
    "emoji before": "👩‍👩‍👧👍🏽 寄到北京 ship to Berlin 20260001",
    "lines": "我要退款\r\n订单 20260001\n\n\tBerlin\u2029北京",
    "annotation": '[北京](city) [Berlin]{"entity": "city"} {{x}} $y',
    "a slash": "/",
    "no intent": '/nothing{"a":',
    "a synonym": "寄到帝都 the big apple",
}
TEXTS = {**NONSENSE, **ODD}


@pytest.fixture(scope="module")
def understand(request):
    """Return how a pipeline understands a text; each is trained once."""
    trained = {}

    def placed(step):
        """Fill in where the tiny models are."""
        models = {"tiny_spacy", "tiny_bert"} & {str(value) for value in step.settings.values()}
        places = {model: str(request.getfixturevalue(model)) for model in models}
        settings = {key: places.get(value, value) for key, value in step.settings.items()}
        return component(step.name, **settings)

    def build(name):
        language, steps = PIPELINES[name]
        if "spaCy" in name:
            request.getfixturevalue("spacy_needed")
        steps = [placed(step) if isinstance(step, ComponentConfig) else step for step in steps]
        data = nlu_data(CHINESE if language == "zh" else ENGLISH, **MORE)
        domain = Domain.from_dict({"intents": sorted({one.intent for one in data.examples})})
        return an_interpreter(data, *steps, language=language, domain=domain)

    def of(name):
        if name not in trained:
            trained[name] = build(name)
        return trained[name]

    return of


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_whatever_is_sent(understand, pipeline, text):
    interpreter = understand(pipeline)
    data = asyncio.run(interpreter.parse(text))
    assert data["text"] == text
    assert json.loads(json.dumps(data)) == json.loads(json.dumps(data))
    chances_make_sense(data)
    offsets_index_the_text(data, text)
    explained = asyncio.run(interpreter.explain(text))
    assert explained.parsed == data
    json.dumps(explained.as_json())
    if text in NONSENSE.values():
        assert data["intent"]["confidence"] < 0.5 or data["intent"]["name"] == "nlu_fallback"
        assert data["sentiment"]["confidence"] < 0.6
        assert data["sentiment"]["name"] is None
    if not text.strip():
        assert data["intent"]["name"] in (None, "nlu_fallback")
        assert data["entities"] == []


def chances_make_sense(data):
    rankings = [data.get("intent_ranking") or [], data["sentiment_ranking"]]
    selected = data.get("response_selector") or {}
    rankings += [one["ranking"] for key, one in selected.items() if key != "all_retrieval_intents"]
    assert 0 <= data["intent"]["confidence"] <= 1
    assert 0 <= data["sentiment"]["confidence"] <= 1
    for ranking in rankings:
        listed = [one for one in ranking if one.get("name") != "nlu_fallback"]
        chances = [one["confidence"] for one in listed]
        assert all(math.isfinite(chance) and 0 <= chance <= 1 for chance in chances)
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) <= 1 + 1e-6


def offsets_index_the_text(data, text):
    tokens = data["text_tokens"]
    assert all(0 <= start < end <= len(text) for start, end in tokens)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(tokens))
    for entity in data["entities"]:
        start, end = entity["start"], entity["end"]
        assert 0 <= start < end <= len(text)
        if "EntitySynonymMapper" not in entity.get("processors", ()):
            shown = text[start:end].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            assert entity["value"] == shown or "\ufffd" in entity["value"]


def test_entities_are_found_where_they_stand(understand):
    text = "👩‍👩‍👧\u202e退\ud800款 寄到北京 <b>20260001</b>"
    data = asyncio.run(understand("jieba").parse(text))
    found = {(text[e["start"] : e["end"]], e["entity"]) for e in data["entities"]}
    assert {("北京", "city"), ("20260001", "number")} <= found


def test_what_is_trained_on_is_as_odd_as_what_is_sent():
    data = NluData(
        examples=tuple(nlu_data({"odd": [t for t in TEXTS.values() if t], **SHOP}).examples),
        sentiments=tuple(
            SentimentExample(text=text, sentiment=name)
            for name in ("good", "bad")
            for text in list(TEXTS.values())[name == "bad" :: 2]
        ),
    )
    for language, tokenizer in (("zh", "JiebaTokenizer"), ("en", "WhitespaceTokenizer")):
        config = a_config(tokenizer, "DIETClassifier", "SentimentClassifier", language=language)
        interpreter = load_interpreter(train_pipeline(config, data).parts)
        assert asyncio.run(interpreter.parse("🙂"))["intent"]["confidence"] <= 1
