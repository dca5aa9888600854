"""Runs where the extra ``bert`` is installed, on a BERT-like model that it makes itself."""

import asyncio
import json
import shutil

import numpy as np
import pytest

from kefu.errors import ModelError, ProjectError
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.message import Message
from kefu.nlu.pretrained.language_model import LanguageModelFeaturizer
from kefu.nlu.providers import language_model
from kefu.nlu.providers.language_model import LanguageModel, shared_model
from kefu.nlu.training import check_pipeline, train_pipeline
from tests.integration.command import kefu
from tests.integration.nlu.tiny_models import (
    POSITIONS,
    WIDTH,
    WORDS,
    word_vectors,
    write_language_model,
    write_network,
)
from tests.unit.nlu.builders import a_config, a_lesson, an_interpreter, component, nlu_data, parse

pytestmark = pytest.mark.usefixtures("bert_needed")

DATA = nlu_data(
    {
        "refund": ["我要退款", "退款", "我要退", "款"],
        "track": ["快递", "我要快递", "where is my parcel", "快"],
        "hi": ["你好", "hello", "hi", "你好你好"],
    }
)


def bert_pipeline(folder, classifier="DIETClassifier", **settings):
    featurizer = component(
        "LanguageModelFeaturizer", model_name="bert", model_weights=str(folder), **settings
    )
    return ("JiebaTokenizer", "CountVectorsFeaturizer", featurizer, classifier)


def as_bytes(part):
    return part.tobytes() if isinstance(part, np.ndarray) else part


@pytest.fixture(scope="module")
def model(tiny_bert):
    return LanguageModel(tiny_bert)


def test_words_that_no_example_has_are_understood_by_what_they_mean(tiny_bert):
    bot = an_interpreter(DATA, *bert_pipeline(tiny_bert))
    plain = an_interpreter(DATA, "JiebaTokenizer", "DIETClassifier")
    for text, intent in [("reimburse", "refund"), ("shipment", "track"), ("greetings", "hi")]:
        understood = parse(bot, text)["intent"]
        assert understood["name"] == intent
        assert understood["confidence"] > parse(plain, text)["intent"]["confidence"]


def test_answers_are_chosen_with_it_too(tiny_bert):
    data = nlu_data({"faq/refund": ["退款", "我要退"], "faq/parcel": ["快递", "my parcel"]})
    bot = an_interpreter(data, *bert_pipeline(tiny_bert, "ResponseSelector"))
    (best, *_) = parse(bot, "reimburse")["response_selector"]["default"]["ranking"]
    assert best["intent_response_key"] == "faq/refund"


def test_training_says_how_many_numbers_and_gives_the_same_again(tiny_bert):
    config = a_config(*bert_pipeline(tiny_bert))
    first, second = (train_pipeline(config, DATA) for _ in range(2))
    assert f"LanguageModelFeaturizer: {WIDTH} numbers a message from {tiny_bert}" in first.summary
    assert first.parts.keys() == second.parts.keys()
    for name, part in first.parts.items():
        assert as_bytes(part) == as_bytes(second.parts[name]), name


def test_the_weights_of_the_language_model_are_not_in_what_was_trained(tiny_bert):
    parts = train_pipeline(a_config(*bert_pipeline(tiny_bert)), DATA).parts
    (name,) = [name for name in parts if "LanguageModelFeaturizer" in name]
    assert parts[name] == {
        "folder": str(tiny_bert.resolve()),
        "fingerprint": LanguageModel(tiny_bert).fingerprint,
    }


def test_vectors_are_those_of_the_network(model):
    table = word_vectors()
    (vector,) = model.vectors(["[MASK]"], pooling="cls")
    assert vector.shape == (WIDTH,)
    near = model.vectors(["refund", "reimburse", "parcel"])
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    assert near[0] @ near[1] > 0.9
    assert abs(near[0] @ near[2]) < 0.5
    axis = int(table[WORDS.index("refund")].argmax())
    assert int(near[0].argmax()) == axis


def test_a_text_has_the_same_vector_alone_and_among_others(model):
    texts = ["退款", "我要快递", "hello please", "", "👍🏽", "where is my parcel " * 40]
    together = model.vectors(texts)
    alone = np.concatenate([model.vectors([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-6)


def test_pooling_is_the_mean_or_the_first_token(model):
    (mean,), (first,) = model.vectors(["hello hi"]), model.vectors(["hello hi"], pooling="cls")
    assert not np.allclose(mean, first)


def test_a_long_text_is_cut_where_the_model_ends(model):
    assert model.limit == POSITIONS
    ids = model._tokens("hello " * 4000, POSITIONS)
    assert len(ids) == POSITIONS
    assert (ids[0], ids[-1]) == (WORDS.index("[CLS]"), WORDS.index("[SEP]"))
    shorter = model._tokens("hello " * 4000, 10)
    assert (len(shorter), shorter[-1]) == (10, WORDS.index("[SEP]"))


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "👍🏽", "a\ud800b", "\u200f\x00<b>１２</b>", "退" * 20_000, "hello " * 20_000],
    ids=["empty", "blank", "emoji", "surrogate", "controls", "20000", "words"],
)
def test_bad_input_is_read_and_answered(tiny_bert, text):
    data = parse(an_interpreter(DATA, *bert_pipeline(tiny_bert)), text)
    assert data["text"] == text
    assert 0 <= data["intent"]["confidence"] <= 1


def test_a_blank_message_has_no_features(tiny_bert):
    config = bert_pipeline(tiny_bert)[2]
    step = LanguageModelFeaturizer.train(config, a_lesson(DATA))
    rows = step.features([Message(text="  "), Message(text="退款")])
    assert not rows[0].any()
    assert np.linalg.norm(rows[1]) == pytest.approx(1)


def test_the_share_weighs_it_against_the_n_grams(tiny_bert):
    async def length(share):
        config = bert_pipeline(tiny_bert, share=share)[2]
        message = Message(text="退款")
        await LanguageModelFeaturizer.train(config, a_lesson(DATA)).process(message)
        return float(np.linalg.norm(message.dense[0]))

    assert asyncio.run(length(0.5)) == pytest.approx(1)
    assert asyncio.run(length(0.8)) == pytest.approx(2)


def test_all_pipelines_of_a_process_share_a_session(tiny_bert):
    assert shared_model(tiny_bert, threads=1) is shared_model(tiny_bert, threads=1)


def test_cross_validation_reads_an_example_once(model, monkeypatch):
    read = []
    vectors = model.vectors
    monkeypatch.setattr(model, "vectors", lambda texts, **_: read.append(texts) or vectors(texts))
    first = model.remembered_vectors(["退款", "快递", "退款"])
    again = model.remembered_vectors(["快递", "你好"])
    assert read == [["退款", "快递"], ["你好"]]
    assert np.array_equal(first[1], again[0])
    monkeypatch.setattr(language_model, "MOST_REMEMBERED", 3)
    model.remembered_vectors(["hello", "hi"])
    assert read[-1] == ["hello", "hi"]


def test_a_quantised_model_reads_each_text_alone(tiny_bert, tmp_path):
    import onnx
    from onnx import helper

    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    network = onnx.load(folder / "model.onnx")
    network.graph.node.append(
        helper.make_node("DynamicQuantizeLinear", ["hidden"], ["small", "scale", "zero_point"])
    )
    onnx.save(network, folder / "model.onnx")
    quantised = LanguageModel(folder)
    runs = []
    run = quantised._run
    quantised._run = lambda tokens, pooling: runs.append(len(tokens)) or run(tokens, pooling)
    quantised.vectors(["hello", "hi", "你"])
    assert runs == [1, 1, 1]


def test_a_model_is_found_from_the_project_and_where_it_was(tiny_bert, tmp_path, monkeypatch):
    shutil.copytree(tiny_bert, tmp_path / "project" / "models" / "bert")
    config = a_config(*bert_pipeline("models/bert"))
    parts = train_pipeline(config, DATA, root=tmp_path / "project").parts
    monkeypatch.chdir(tmp_path)
    assert parse(load_interpreter(parts), "reimburse")["intent"]["name"] == "refund"


def test_other_weights_than_those_of_training_are_refused(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    parts = train_pipeline(a_config(*bert_pipeline(folder)), DATA).parts
    write_network(folder / "model.onnx", seed=8)
    with pytest.raises(ModelError, match="is not the one it was trained with"):
        load_interpreter(parts)
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="there is no folder"):
        load_interpreter(parts)


def test_weights_in_a_file_of_their_own_belong_to_the_model(tiny_bert, tmp_path):
    import onnx

    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    network = onnx.load(folder / "model.onnx")
    (folder / "model.onnx").unlink()
    onnx.save(
        network, folder / "model.onnx", save_as_external_data=True, location="model.onnx_data",
        size_threshold=64,
    )  # fmt: skip
    whole, split = LanguageModel(tiny_bert), LanguageModel(folder)
    assert np.array_equal(whole.vectors(["退款"]), split.vectors(["退款"]))
    before = split.fingerprint
    weights = bytearray((folder / "model.onnx_data").read_bytes())
    weights[0] ^= 1
    (folder / "model.onnx_data").write_bytes(weights)
    assert LanguageModel(folder).fingerprint != before


def test_messages_that_come_at_once_do_not_mix(tiny_bert):
    bot = an_interpreter(DATA, *bert_pipeline(tiny_bert))
    texts = ["reimburse", "shipment", "greetings", "退款", "快递", "hi"] * 5

    async def all_at_once():
        return await asyncio.gather(*map(bot.parse, texts))

    assert asyncio.run(all_at_once()) == [parse(bot, text) for text in texts]


def refusal(folder, **settings):
    with pytest.raises(ProjectError) as caught:
        train_pipeline(a_config(*bert_pipeline(folder, **settings)), DATA)
    return str(caught.value)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named_before_training(tiny_bert, tmp_path, name):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    (folder / name).unlink()
    (problem,) = check_pipeline(a_config(*bert_pipeline(folder)))
    assert problem.severity == "error"
    assert f"{name} is not in {folder}" in problem.message
    assert "kefu model export-onnx" in problem.message


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"model_name": "gpt2"}, "gpt2 is no BERT-like model"),
        ({"model_weights": "bert-base-chinese"}, "there is no folder bert-base-chinese"),
        ({"model_weights": None}, "model_weights names no folder"),
    ],
)
def test_what_would_have_to_be_downloaded_is_refused(settings, text):
    (problem,) = check_pipeline(a_config(component("LanguageModelFeaturizer", **settings)))
    assert problem.code == "config.missing-component"
    assert text in problem.message


def test_what_is_missing_can_be_left_out(tmp_path):
    config = a_config(*bert_pipeline(tmp_path / "none"))
    trained = train_pipeline(config, DATA, allow_missing_components=True)
    assert parse(load_interpreter(trained.parts), "我要退款")["intent"]["name"] == "refund"


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08"], ids=["empty", "text", "torn"])
def test_a_file_that_is_no_model_is_named(tiny_bert, tmp_path, content):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    (folder / "model.onnx").write_bytes(content)
    assert refusal(folder).startswith("config.yml: LanguageModelFeaturizer: ")
    assert "model.onnx is no ONNX model" in refusal(folder)


def test_a_file_that_is_no_tokenizer_is_named(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    (folder / "tokenizer.json").write_text("{}", "utf-8")
    assert "tokenizer.json is no tokenizer" in refusal(folder)


def test_a_model_for_another_task_is_refused(tmp_path):
    folder = write_language_model(tmp_path, output="logits")
    assert "it gives logits and no vectors: export it for feature-extraction" in refusal(folder)


def test_a_model_of_one_length_is_refused(tmp_path):
    folder = write_language_model(tmp_path, lengths=32)
    assert "export it with dynamic axes" in refusal(folder)


def test_a_tokenizer_of_another_model_is_refused(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    tokenizer["model"]["vocab"]["foreign"] = 5000
    path.write_text(json.dumps(tokenizer), "utf-8")
    assert "which may belong to another model" in refusal(folder)


def test_a_model_without_its_config_fails_before_the_first_long_message(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "tiny")
    (folder / "config.json").unlink()
    assert "config.json is not beside it" in refusal(folder)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"pooling": "max"}, "pooling is 'max' — write mean or cls"),
        ({"threads": 0}, "threads is 0"),
        ({"max_length": 2}, "max_length is 2"),
        ({"share": 0}, "share is 0"),
        ({"share": "half"}, "share is 'half' — write a number"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(tiny_bert, settings, text):
    assert text in refusal(tiny_bert, **settings)


def test_two_models_stand_side_by_side(tiny_bert, tiny_spacy):
    bot = an_interpreter(
        DATA,
        component("SpacyNLP", model=str(tiny_spacy)),
        "SpacyTokenizer",
        "SpacyFeaturizer",
        *bert_pipeline(tiny_bert)[1:],
        language="en",
    )
    assert parse(bot, "reimburse")["intent"]["name"] == "refund"


def with_language_model(project):
    config = project / "config.yml"
    item = "- name: LanguageModelFeaturizer\n  model_name: bert\n  model_weights: models/bert\n"
    text = config.read_text("utf-8")
    assert text.count("- name: DIETClassifier") == 1
    config.write_text(text.replace("- name: DIET", f"{item}- name: DIET"), "utf-8")


def test_a_project_is_checked_trained_and_understood_with_it(project, tiny_bert):
    with_language_model(project)
    refused = kefu("data", "validate", cwd=project)
    assert refused.status == 1
    assert "there is no folder models/bert" in refused.out
    shutil.copytree(tiny_bert, project / "models" / "bert")
    assert kefu("data", "validate", cwd=project).status == 0
    trained = kefu("train", cwd=project)
    assert trained.status == 0, trained.err
    assert f"LanguageModelFeaturizer: {WIDTH} numbers a message from models/bert" in trained.out
    assert "Nothing has changed" in kefu("train", cwd=project).out
    assert '"name": "greet"' in kefu("shell", "nlu", cwd=project, said="hello\n/stop\n").out
    write_network(project / "models" / "bert" / "model.onnx", seed=8)
    moved = kefu("shell", "nlu", cwd=project, said="hello\n/stop\n")
    assert moved.status == 1
    assert "is not the one it was trained with — train it again" in moved.err
    assert "Nothing has changed" not in kefu("train", cwd=project).out
