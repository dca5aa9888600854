import asyncio
import json
import threading

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kefu.core.domain import Domain
from kefu.errors import ModelError, ProjectError
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.training import check_pipeline, train_pipeline
from kefu.project.nlu_data import NluData
from kefu.project.settings import ModelConfig
from tests.unit.nlu.builders import SHOP, a_config, an_interpreter, component, nlu_data, parse

DATA = nlu_data(
    {
        **SHOP,
        "order": [
            f"我要买[{n}](amount)件[{t}](item)" for n in (1, 2, 30) for t in ("裙子", "帽子")
        ],
        "faq/size": ["尺码怎么选", "多大码合适", "穿什么码"],
        "faq/ship": ["包邮吗", "运费多少", "邮费谁出"],
    },
    synonyms={"裙": "裙子"},
    regexes=(("amount", r"\d+"),),
    lookups={"item": ("裙子", "帽子", "围巾")},
)
PIPELINE = (
    "JiebaTokenizer",
    "RegexFeaturizer",
    "CountVectorsFeaturizer",
    "DIETClassifier",
    "RegexEntityExtractor",
    "EntitySynonymMapper",
    "ResponseSelector",
    component("FallbackClassifier", threshold=0.3),
)


def _as_bytes(parts):
    stored = {}
    for name, part in parts.items():
        if isinstance(part, np.ndarray):
            stored[name] = (part.dtype.str, part.shape, part.tobytes())
        elif isinstance(part, bytes):
            stored[name] = part
        else:
            stored[name] = json.dumps(part, ensure_ascii=False, sort_keys=True)
    return stored


@pytest.fixture(scope="module")
def trained():
    return train_pipeline(a_config(*PIPELINE), DATA)


@pytest.fixture(scope="module")
def interpreter(trained):
    return load_interpreter(trained.parts)


def test_the_same_project_and_seed_give_the_same_parts_byte_by_byte(trained):
    again = train_pipeline(a_config(*PIPELINE), DATA)
    assert _as_bytes(again.parts) == _as_bytes(trained.parts)


def test_another_seed_gives_another_model(trained):
    other = train_pipeline(a_config(*PIPELINE), DATA, seed=7)
    assert _as_bytes(other.parts) != _as_bytes(trained.parts)


def test_parts_are_data_only(trained):
    for part in trained.parts.values():
        if isinstance(part, np.ndarray):
            assert part.dtype.kind in "fiu"
        elif not isinstance(part, bytes):
            json.dumps(part)


def test_a_whole_pipeline_understands(trained):
    data = parse(load_interpreter(trained.parts), "我要买5件围巾")
    assert data["intent"]["name"] == "order"
    assert {(e["entity"], e["value"], e["extractor"]) for e in data["entities"]} >= {
        ("item", "围巾", "RegexEntityExtractor"),
        ("amount", "5", "DIETClassifier"),
    }
    assert [data["text"][a:b] for a, b in data["text_tokens"]] == ["我要", "买", "5", "件", "围巾"]
    assert set(data) == {
        "text", "intent", "entities", "intent_ranking", "in_scope", "text_tokens",
        "response_selector",
    }  # fmt: skip


def test_the_summary_says_what_stands_in_for_what_and_how_well_it_does(trained):
    text = "\n".join(trained.summary)
    assert "68 examples, 9 intents in" in trained.summary[0]
    assert "DIETClassifier → linear intent classifier and CRF entity extractor" in text
    assert "% right on held-out examples" in text
    assert "2 kinds of entities from 12 annotations" in text


def test_all_problems_of_a_pipeline_are_told_at_once():
    config = a_config("ConveRTFeaturizer", "Nonsense", "my.Component")
    with pytest.raises(ProjectError) as caught:
        train_pipeline(config, DATA)
    assert len(str(caught.value).splitlines()) == 3
    assert len(check_pipeline(config)) == 3


def test_missing_components_are_replaced_when_allowed():
    config = a_config("WhitespaceTokenizer", "LanguageModelFeaturizer", "MitieIntentClassifier")
    trained = train_pipeline(config, DATA, allow_missing_components=True)
    assert [p.code for p in trained.problems] == ["config.missing-component"] * 2
    found = parse(load_interpreter(trained.parts), "怎么开发票")["intent"]
    assert found["name"] == "invoice"


def test_a_project_without_a_pipeline_is_trained_with_a_default_one():
    trained = train_pipeline(ModelConfig(language="zh", has_pipeline=False), DATA)
    assert parse(load_interpreter(trained.parts), "转人工")["intent"]["name"] == "human"


def test_a_broken_regex_in_the_data_is_told_by_name():
    data = nlu_data(SHOP, regexes=(("zip", "("),))
    with pytest.raises(ProjectError, match="'zip' in the NLU data is not valid"):
        train_pipeline(a_config("RegexFeaturizer", "DIETClassifier"), data)


@pytest.mark.parametrize("data", [NluData(), nlu_data({"a": []})])
def test_a_project_without_examples_trains_and_understands_nothing(data):
    trained = train_pipeline(a_config(*PIPELINE), data)
    assert parse(load_interpreter(trained.parts), "你好")["intent"]["name"] == "nlu_fallback"


def test_an_empty_model_understands_nothing():
    assert parse(load_interpreter({}), "你好") == {
        "text": "你好", "intent": {"name": None, "confidence": 0.0}, "entities": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["pipeline", "language", "03-DIETClassifier/intents/weights"])
def test_a_damaged_model_is_refused_with_the_name_of_the_part(trained, name):
    parts = {key: part for key, part in trained.parts.items() if not key.endswith(name)}
    if len(parts) == len(trained.parts):
        (name,) = [key for key in trained.parts if key.endswith("intents/weights")]
        parts = {key: part for key, part in trained.parts.items() if key != name}
    with pytest.raises(ModelError, match=r"the model is damaged: .* is missing"):
        load_interpreter(parts)


def test_a_model_of_unknown_components_is_refused(trained):
    parts = trained.parts | {"pipeline": [{"name": "os.system", "settings": {}}]}
    with pytest.raises(ModelError, match=r"os\.system"):
        load_interpreter(parts)


def test_intent_messages_do_not_pass_through_the_pipeline():
    domain = Domain.from_dict({"intents": ["greet"], "entities": ["name"]})
    bot = an_interpreter(nlu_data(SHOP), "DIETClassifier", domain=domain)
    data = parse(bot, '/greet@0.4{"name": "王"}')
    assert data["intent"] == {"name": "greet", "confidence": 0.4}
    assert data["entities"][0]["value"] == "王"


def test_a_message_that_names_an_unknown_intent_is_a_text():
    domain = Domain.from_dict({"intents": ["greet"]})
    bot = an_interpreter(nlu_data(SHOP), "JiebaTokenizer", domain=domain)
    assert "text_tokens" in parse(bot, "/nonsense")


def test_many_threads_may_use_one_interpreter(trained):
    interpreter = load_interpreter(trained.parts)
    texts = ["我要买2件帽子", "我要买30件裙子", "包邮吗", "转人工"]
    expected = [parse(interpreter, text) for text in texts]
    wrong = []

    def work():
        for _ in range(30):
            found = [asyncio.run(interpreter.parse(text)) for text in texts]
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.text(max_size=40))
@example("买\ud83d件裙子")
@example("/")
@example("\x00")
@example("/0\r")
def test_any_text_is_understood_somehow(interpreter, text):
    data = parse(interpreter, text)
    is_shortcut = text.strip().startswith("/")  # which Rasa strips of white space
    assert data["text"] in ((text, text.strip()) if is_shortcut else (text,))
    for entity in data["entities"]:
        assert 0 <= entity["start"] < entity["end"] <= len(text)
    for start, end in data.get("text_tokens", ()):
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "examples",
    [
        {"a": ["？", "！", "😀"], "b": ["...", "。"]},
        {"a": ["好"] * 5, "b": ["不"] * 5},
        {"a": ["[1](n)[2](n)[3](n)"], "b": ["[ ](x)a"]},
        {"only": ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千", "万"]},
        {"a": ["x" * 3000], "b": ["你" * 3000]},
    ],
)
def test_odd_training_data_can_be_trained(examples):
    bot = an_interpreter(nlu_data(examples), "JiebaTokenizer", "DIETClassifier")
    assert parse(bot, "好")["intent"]["name"] in examples


def test_a_retrieval_intent_of_many_questions_is_as_sure_as_its_likeliest_answer():
    data = nlu_data(
        {
            **SHOP,
            "faq/size": ["尺码怎么选", "多大码合适", "穿什么码", "尺码表在哪"],
            "faq/ship": ["包邮吗", "运费多少", "邮费谁出", "运费怎么算"],
            "faq/pay": ["怎么付款", "能用微信付吗", "付款方式有哪些", "支持花呗吗"],
            "faq/return": ["可以退货吗", "几天内能退", "退货怎么弄", "退货地址在哪"],
        }
    )
    parsed = parse(an_interpreter(data, "JiebaTokenizer", "DIETClassifier"), "运费怎么算的")
    names = [one["name"] for one in parsed["intent_ranking"]]
    chances = [one["confidence"] for one in parsed["intent_ranking"]]
    assert sorted(names) == sorted({*SHOP, "faq"})
    assert parsed["intent"]["name"] == "faq"
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1 + 1e-6
