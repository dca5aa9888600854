from collections.abc import Mapping

import pytest

from kefu.core.domain import Domain
from kefu.nlu.classifiers.classifier import TextClassifier
from tests.unit.nlu.builders import a_lesson, an_interpreter, component, nlu_data, parse

EXAMPLES = {
    "faq/ask_shipping": ["包邮吗", "运费多少", "邮费怎么算", "满多少包邮", "要付快递费吗"],
    "faq/ask_return": ["能退吗", "七天无理由吗", "不合适可以退吗", "怎么退回去", "支持退货吗"],
    "chitchat/name": ["你叫什么", "你是谁", "怎么称呼你", "你的名字是什么"],
    "chitchat/weather": ["今天天气好吗", "外面下雨吗", "今天冷不冷", "天气怎么样"],
    "greet": ["你好", "您好", "在吗", "早上好"],
}
RESPONSES = {
    "utter_faq/ask_shipping": [{"text": "满九十九元包邮。"}],
    "utter_faq/ask_return": [{"text": "七天内可退。"}],
    "utter_chitchat/name": [{"text": "我叫小布。"}],
}
DOMAIN = Domain.from_dict({"intents": ["faq", "chitchat", "greet"], "responses": RESPONSES})


def _bot(*selectors):
    return an_interpreter(
        nlu_data(EXAMPLES), "JiebaTokenizer", "DIETClassifier", *selectors, domain=DOMAIN
    )


def test_the_answer_comes_in_rasas_shape():
    data = parse(_bot("ResponseSelector"), "运费是多少")
    selected = data["response_selector"]
    assert data["intent"]["name"] == "faq"
    assert selected["all_retrieval_intents"] == ["chitchat", "faq"]
    assert set(selected) == {"all_retrieval_intents", "default"}
    response = selected["default"]["response"]
    assert response.pop("confidence") > 0.5
    assert response == {
        "responses": [{"text": "满九十九元包邮。"}],
        "intent_response_key": "faq/ask_shipping",
        "utter_action": "utter_faq/ask_shipping",
    }
    first = selected["default"]["ranking"][0]
    assert first["intent_response_key"] == "faq/ask_shipping"


def test_each_retrieval_intent_can_have_its_selector():
    bot = _bot(
        component("ResponseSelector", retrieval_intent="faq"),
        component("ResponseSelector", retrieval_intent="chitchat"),
    )
    data = parse(bot, "怎么称呼你呢")
    selected = data["response_selector"]
    assert set(selected) == {"all_retrieval_intents", "faq", "chitchat"}
    assert data["intent"]["full_retrieval_intent_name"] == "chitchat/name"
    assert {r["intent_response_key"] for r in selected["faq"]["ranking"]} == {
        "faq/ask_shipping", "faq/ask_return",
    }  # fmt: skip


def test_the_recognised_intent_limits_the_answers_to_its_own():
    ranking = parse(_bot("ResponseSelector"), "包邮吗")["response_selector"]["default"]["ranking"]
    assert {item["intent_response_key"].split("/")[0] for item in ranking} == {"faq"}


def test_an_answer_without_a_response_shows_its_name():
    bot = _bot(component("ResponseSelector", retrieval_intent="chitchat"))
    response = parse(bot, "天气怎么样")["response_selector"]["chitchat"]["response"]
    assert response["responses"] == [{"text": "chitchat/weather"}]


def test_responses_of_nlu_files_are_known_too():
    data = nlu_data(EXAMPLES, responses={"utter_chitchat/weather": ({"text": "晴"},)})
    bot = an_interpreter(data, "DIETClassifier", "ResponseSelector")
    response = parse(bot, "天气怎么样")["response_selector"]["default"]["response"]
    assert response["responses"] == [{"text": "晴"}]


def test_without_retrieval_intents_the_selector_finds_nothing():
    bot = an_interpreter(nlu_data({"a": ["x"], "b": ["y"]}), "DIETClassifier", "ResponseSelector")
    assert parse(bot, "x")["response_selector"] == {
        "all_retrieval_intents": [],
        "default": {
            "response": {
                "responses": None,
                "confidence": 0.0,
                "intent_response_key": None,
                "utter_action": "utter_None",
            },
            "ranking": [],
        },
    }


def test_a_selector_of_an_unknown_intent_is_reported():
    from kefu.nlu.selectors.response import ResponseSelector

    lesson = a_lesson(nlu_data(EXAMPLES))
    ResponseSelector.train(component("ResponseSelector", retrieval_intent="fqa"), lesson)
    assert [problem.code for problem in lesson.problems] == ["nlu.no-retrieval-examples"]


@pytest.mark.parametrize("length", [1, 0])
def test_the_ranking_can_be_cut_or_complete(length):
    bot = _bot(component("ResponseSelector", ranking_length=length))
    ranking = parse(bot, "你好")["response_selector"]["default"]["ranking"]
    assert len(ranking) == (length or 4)


def test_the_texts_of_answers_teach_what_is_asked():
    told = {"utter_chitchat/weather": [{"text": "杭州现在多云转晴，适合出门。"}], **RESPONSES}
    domain = Domain.from_dict({"intents": ["faq", "chitchat", "greet"], "responses": told})

    def best(**settings):
        selector = component("ResponseSelector", retrieval_intent="chitchat", **settings)
        bot = an_interpreter(nlu_data(EXAMPLES), "JiebaTokenizer", selector, domain=domain)
        ranking = parse(bot, "杭州多云还是晴")["response_selector"]["chitchat"]["ranking"]
        return {item["intent_response_key"]: item["confidence"] for item in ranking}

    with_texts, without = best(), best(use_text_as_label=False)
    assert max(with_texts, key=with_texts.get) == "chitchat/weather"
    assert with_texts["chitchat/weather"] > without["chitchat/weather"]


def test_answers_without_a_text_teach_nothing_by_it():
    selectors = [
        component("ResponseSelector", retrieval_intent="chitchat", use_text_as_label=use)
        for use in (True, False)
    ]
    domain = Domain.from_dict(
        {"intents": ["chitchat"], "responses": {"utter_chitchat/name": [{"image": "me.png"}]}}
    )
    one, other = (
        parse(an_interpreter(nlu_data(EXAMPLES), "JiebaTokenizer", s, domain=domain), "你是谁呀")
        for s in selectors
    )
    assert one == other


def test_confidence_is_low_for_what_no_answer_is_about():
    bot = _bot(component("ResponseSelector", retrieval_intent="faq"))
    about, beside = (
        parse(bot, text)["response_selector"]["faq"]["response"]["confidence"]
        for text in ("多少钱包邮", "蓝牙耳机连不上电脑")
    )
    assert about > 0.5 > beside


def test_the_ranking_has_full_names_and_as_many_as_asked_for():
    bot = _bot(component("ResponseSelector", ranking_length=2))
    ranking = parse(bot, "今天")["response_selector"]["default"]["ranking"]
    assert len(ranking) == 2
    assert all("/" in item["intent_response_key"] for item in ranking)
    assert ranking[0]["confidence"] >= ranking[1]["confidence"]


def _plain(value):
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", ["运费是多少", "怎么称呼你呢", "早上好", ""])
def test_answers_that_are_ranked_when_they_are_read_are_the_same(text):
    bot = _bot(
        component("ResponseSelector", retrieval_intent="faq"),
        component("ResponseSelector"),
        "FallbackClassifier",
    )
    assert _plain(parse(bot.lazy(), text)) == parse(bot, text)


def test_answers_that_nobody_reads_are_not_ranked(monkeypatch):
    bot = _bot(component("ResponseSelector", retrieval_intent="faq")).lazy()
    judged = []
    judge = TextClassifier.judge
    monkeypatch.setattr(
        TextClassifier, "judge", lambda *given: (judged.append(1), judge(*given))[1]
    )
    selected = parse(bot, "早上好")["response_selector"]
    assert len(judged) == 1
    assert selected["faq"]["response"]["utter_action"].startswith("utter_faq/")
    assert list(selected["faq"]) == ["response", "ranking"]
    assert len(judged) == 2
