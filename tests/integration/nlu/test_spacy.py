"""Runs where the extra ``spacy`` is installed; no model is downloaded."""

import shutil

import numpy as np
import pytest

from kefu.errors import ModelError, ProjectError
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.plan import plan_pipeline
from kefu.nlu.providers.spacy import ANALYSIS, LONGEST, LONGEST_RUN, SpacyNLP
from kefu.nlu.training import check_pipeline, train_pipeline
from tests.unit.nlu.builders import (
    a_config,
    a_lesson,
    an_interpreter,
    component,
    nlu_data,
    parse,
    processed,
)

pytestmark = pytest.mark.usefixtures("spacy_needed")

DATA = nlu_data({"fly": ["fly to Berlin", "go to Paris"], "hi": ["hello", "hi there"]})
MEANT = nlu_data(
    {
        "refund": ["refund my money", "i want a refund", "money please"],
        "track": ["where is my parcel", "my package", "the package please"],
    }
)

NO_TABLE = component("StaticEmbeddingFeaturizer", share=0)
"""What English words mean is left out."""


def spacy_pipeline(model, *more, **settings):
    featurizer = component("SpacyFeaturizer", **settings)
    classifier = component("DIETClassifier", entity_recognition=False)
    return (
        component("SpacyNLP", model=str(model)),
        "SpacyTokenizer",
        featurizer,
        classifier,
        *more,
    )


def analysed(text, model, language="zh"):
    lesson = a_lesson(DATA, language=language)
    return processed(SpacyNLP.train(component("SpacyNLP", model=model), lesson), text).extra[
        ANALYSIS
    ]


def test_words_and_entities_of_a_trained_model_are_used(tiny_spacy):
    extractor = component("SpacyEntityExtractor", dimensions=["CITY"])
    bot = an_interpreter(DATA, *spacy_pipeline(tiny_spacy, extractor), language="en")
    data = parse(bot, "I fly to Berlin, now")
    assert data["intent"]["name"] == "fly"
    assert [data["text"][a:b] for a, b in data["text_tokens"]] == [
        "I", "fly", "to", "Berlin", ",", "now",
    ]  # fmt: skip
    assert data["entities"] == [
        {
            "entity": "CITY",
            "value": "Berlin",
            "start": 9,
            "end": 15,
            "confidence": None,
            "extractor": "SpacyEntityExtractor",
        }
    ]


def test_entities_that_are_not_asked_for_are_left_out(tiny_spacy):
    extractor = component("SpacyEntityExtractor", dimensions=["PERSON"])
    bot = an_interpreter(DATA, *spacy_pipeline(tiny_spacy, extractor), language="en")
    assert parse(bot, "I fly to Berlin, now")["entities"] == []


def test_an_overlap_of_two_extractors_is_left_to_whoever_reads_it(tiny_spacy):
    data = nlu_data(
        {"fly": ["fly to [Berlin now](when)", "go to [Paris now](when)", "see [Berlin now](when)"],
         "hi": ["hello", "hi there"]}
    )  # fmt: skip
    bot = an_interpreter(
        data,
        component("SpacyNLP", model=str(tiny_spacy)),
        "SpacyTokenizer",
        "CRFEntityExtractor",
        "SpacyEntityExtractor",
        language="en",
    )
    found = {(e["extractor"], e["value"]) for e in parse(bot, "fly to Berlin now")["entities"]}
    assert found == {("CRFEntityExtractor", "Berlin now"), ("SpacyEntityExtractor", "Berlin")}


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_word_vectors_tell_what_words_mean_that_no_example_has(tiny_spacy, pooling):
    bot = an_interpreter(MEANT, *spacy_pipeline(tiny_spacy, pooling=pooling), language="en")
    assert parse(bot, "reimburse")["intent"]["name"] == "refund"
    assert parse(bot, "shipment")["intent"]["name"] == "track"
    without = an_interpreter(
        MEANT, "WhitespaceTokenizer", NO_TABLE, "DIETClassifier", language="en"
    )
    sure = parse(without, "shipment")["intent"]["confidence"]
    assert sure < parse(bot, "shipment")["intent"]["confidence"]


def test_training_says_which_model_and_how_many_numbers(tiny_spacy):
    trained = train_pipeline(a_config(*spacy_pipeline(tiny_spacy), language="en"), MEANT)
    assert "SpacyNLP: en_tiny 1.0.0" in trained.summary
    assert "SpacyFeaturizer: 16 numbers a message" in trained.summary


def test_word_vectors_take_the_place_of_the_table_that_english_has_otherwise(tiny_spacy):
    found = []
    for model in (tiny_spacy, "blank:en"):
        trained = train_pipeline(a_config(*spacy_pipeline(model), language="en"), MEANT)
        found.append("StaticEmbeddingFeaturizer" in {s["name"] for s in trained.parts["pipeline"]})
    assert found == [False, True]


def test_a_model_without_vectors_says_so_and_adds_nothing():
    trained = train_pipeline(a_config(*spacy_pipeline("blank:en"), language="en"), MEANT)
    plain = train_pipeline(
        a_config(component("SpacyNLP", model="blank:en"), "SpacyTokenizer", "DIETClassifier",
                 language="en"), MEANT,
    )  # fmt: skip
    (line,) = [line for line in trained.summary if line.startswith("SpacyFeaturizer")]
    assert line == "SpacyFeaturizer: blank:en has no word vectors, it adds nothing"
    ours = next(part for name, part in trained.parts.items() if name.endswith("intents/weights"))
    same = next(part for name, part in plain.parts.items() if name.endswith("intents/weights"))
    assert np.array_equal(ours, same)


def test_a_blank_model_splits_chinese_into_words():
    bot = an_interpreter(
        nlu_data({"refund": ["我要退货", "申请退款"], "hi": ["你好", "在吗"]}),
        "SpacyNLP",
        "SpacyTokenizer",
        "DIETClassifier",
        language="zh-CN",
    )
    data = parse(bot, "我想退货 😀订单")
    words = [data["text"][a:b] for a, b in data["text_tokens"]]
    assert words == ["我", "想", "退货", "😀", "订单"]
    assert data["intent"]["name"] == "refund"


@pytest.mark.parametrize("model", ["blank:zh", "blank:en", "blank:xx"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a",
        "👍🏽 我要退款 ok",
        "a\ud800b 退",
        "\u200f<b>１２３</b>\x00\x07",
        "退款 ok! " * 2500,
    ],
    ids=["empty", "blank", "letter", "emoji", "surrogate", "controls", "long"],
)
def test_offsets_index_the_text_whatever_it_is(model, text):
    words = analysed(text, model).words
    assert all(text[word.start : word.end].strip() for word in words)
    assert all(text[w.start : w.end] == w.text or "\ufffd" in w.text for w in words)
    assert sum(len(w.text) for w in words) == len("".join(text.split()))
    assert [w.start for w in words] == sorted(w.start for w in words)


def test_only_runs_that_are_too_long_are_cut(tiny_spacy):
    whole = "x" * LONGEST_RUN
    text = f"{whole} {whole}y fly"
    words = [(w.text, w.start) for w in analysed(text, str(tiny_spacy), "en").words]
    behind = len(text) - len("y fly")
    assert words == [
        (whole, 0),
        (whole, LONGEST_RUN + 1),
        ("y", behind),
        ("fly", behind + 2),
    ]


def test_entities_behind_an_emoji_have_their_place(tiny_spacy):
    text = "👩‍👩‍👧 fly to Berlin"
    found = analysed(text, str(tiny_spacy), "en").entities
    assert ("CITY", text.index("Berlin"), len(text)) in found


def test_only_the_beginning_of_a_long_text_is_analysed(tiny_spacy):
    text = "hello " * LONGEST + "fly to Berlin"
    analysis = analysed(text, str(tiny_spacy), "en")
    assert analysis.words[-1].end == len(text)
    assert all(end <= LONGEST for _, _, end in analysis.entities)


def test_spacy_does_not_remember_the_words_of_every_message(tiny_spacy):
    import spacy

    step = SpacyNLP.train(
        component("SpacyNLP", model=str(tiny_spacy)), a_lesson(DATA, language="en")
    )
    language = step._analyser._language
    assert isinstance(language, spacy.Language)
    processed(step, "warm up")
    before = len(language.vocab.strings)
    for number in range(50):
        processed(step, f"neverseen{number} word{number}x")
    assert len(language.vocab.strings) == before


def test_all_pipelines_of_a_process_share_a_model(tiny_spacy):
    config = component("SpacyNLP", model=str(tiny_spacy))
    first, second = (SpacyNLP.train(config, a_lesson(DATA)) for _ in range(2))
    assert first._analyser is second._analyser


def test_a_trained_model_finds_its_spacy_model_from_another_folder(
    tiny_spacy, tmp_path, monkeypatch
):
    shutil.copytree(tiny_spacy, tmp_path / "project" / "models" / "tiny")
    config = a_config(*spacy_pipeline("models/tiny"), language="en")
    trained = train_pipeline(config, MEANT, root=tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    assert parse(load_interpreter(trained.parts), "reimburse")["intent"]["name"] == "refund"


def test_another_version_of_the_model_is_refused(tiny_spacy, tmp_path):
    import spacy

    trained = train_pipeline(a_config(*spacy_pipeline(tiny_spacy), language="en"), MEANT)
    changed = spacy.load(tiny_spacy)
    changed.meta["version"] = "2.0.0"
    changed.to_disk(tmp_path / "tiny")
    parts = dict(trained.parts)
    parts["pipeline"] = [
        item | {"settings": {"model": str(tmp_path / "tiny")}}
        if item["name"] == "SpacyNLP"
        else item
        for item in parts["pipeline"]
    ]
    with pytest.raises(ModelError, match=r"en_tiny 1\.0\.0.*here is en_tiny 2\.0\.0"):
        load_interpreter(parts)


def test_a_model_that_is_gone_is_named(tiny_spacy, tmp_path):
    shutil.copytree(tiny_spacy, tmp_path / "tiny")
    trained = train_pipeline(a_config(*spacy_pipeline(tmp_path / "tiny"), language="en"), MEANT)
    shutil.rmtree(tmp_path / "tiny")
    with pytest.raises(ModelError, match="there is no spaCy model in"):
        load_interpreter(trained.parts)


def problems_of(*components, language="en"):
    return [(p.code, p.message) for p in check_pipeline(a_config(*components, language=language))]


def test_an_extractor_of_a_model_without_ner_is_a_problem():
    found = problems_of("SpacyNLP", "SpacyTokenizer", "SpacyEntityExtractor")
    assert found == [
        (
            "config.model-without-entities",
            "SpacyEntityExtractor finds nothing: the spaCy model blank:en has no ner",
        )
    ]


def test_a_dimension_that_the_model_does_not_find_is_a_problem(tiny_spacy):
    plan = plan_pipeline(
        a_config(
            component("SpacyNLP", model=str(tiny_spacy)),
            component("SpacyEntityExtractor", dimensions=["CITY", "CITI", "PERSON"]),
            language="en",
        )
    )
    assert [(p.code, p.advice) for p in plan.problems] == [
        ("config.unknown-dimension", "did you mean CITY?"),
        ("config.unknown-dimension", "it finds CITY"),
    ]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("blank:qq", "spaCy knows no language 'qq'"),
        ("blank:", "spaCy knows no language ''"),
        ("zz_none", "the spaCy model zz_none is not installed"),
        ("no/such/folder", "there is no spaCy model in no/such/folder"),
        ("json", "the package json is no spaCy model"),
    ],
)
def test_a_model_that_is_not_there_is_a_problem(model, reason):
    (found,) = problems_of(component("SpacyNLP", model=model))
    assert found[0] == "config.missing-component"
    assert found[1].startswith(f"SpacyNLP cannot be used: {reason}")


def test_a_folder_that_is_no_model_is_a_problem(tmp_path):
    ((_, message),) = problems_of(component("SpacyNLP", model=str(tmp_path)))
    assert message.endswith("is no spaCy model: config.cfg is not there")
    tmp_path.joinpath("config.cfg").write_text("[nlp\n", "utf-8")
    tmp_path.joinpath("meta.json").write_text("{}", "utf-8")
    ((_, message),) = problems_of(component("SpacyNLP", model=str(tmp_path)))
    assert "is damaged" in message


def test_a_damaged_model_ends_training_with_its_place(tiny_spacy, tmp_path):
    shutil.copytree(tiny_spacy, tmp_path / "tiny")
    tmp_path.joinpath("tiny", "vocab", "strings.json").unlink()
    with pytest.raises(ProjectError, match=r"^config.yml: SpacyNLP: .* cannot be loaded"):
        train_pipeline(a_config(*spacy_pipeline(tmp_path / "tiny"), language="en"), MEANT)


@pytest.mark.parametrize(
    ("settings", "text"),
    [({"pooling": "sum"}, "write mean or max"), ({"share": 1}, "a number between 0 and 1")],
)
def test_a_setting_that_cannot_be_is_refused(tiny_spacy, settings, text):
    with pytest.raises(ProjectError, match=text):
        train_pipeline(a_config(*spacy_pipeline(tiny_spacy, **settings), language="en"), MEANT)
