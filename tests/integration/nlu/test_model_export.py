"""``kefu model export-onnx``: folders of Hugging Face become what LanguageModelFeaturizer reads."""

import importlib.util
import json
import shutil
import sys
import types

import pytest

from kefu.errors import ProjectError
from kefu.nlu.providers.language_model import LanguageModel
from kefu.nlu.providers.onnx_export import CONVERTER, export_language_model
from tests.integration.command import kefu
from tests.integration.nlu.tiny_models import POSITIONS, WIDTH, WORDS, write_network

pytestmark = pytest.mark.usefixtures("bert_needed")

COMMAND = "kefu model export-onnx downloads/bert --out models/bert"


@pytest.fixture
def published(tmp_path):
    """Return a folder as models are published: weights, a vocabulary, no ONNX."""
    folder = tmp_path / "downloads" / "bert"
    folder.mkdir(parents=True)
    facts = {"model_type": "bert", "max_position_embeddings": POSITIONS}
    folder.joinpath("config.json").write_text(json.dumps(facts), "utf-8")
    folder.joinpath("vocab.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    folder.joinpath("model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def _without_converter(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in CONVERTER else find(name)
    )


def test_an_onnx_model_that_is_there_is_taken_over(tiny_bert, tmp_path):
    source = tmp_path / "downloads"
    source.joinpath("onnx").mkdir(parents=True)
    for name in ("tokenizer.json", "config.json"):
        shutil.copyfile(tiny_bert / name, source / name)
    shutil.copyfile(tiny_bert / "model.onnx", source / "onnx" / "model.onnx")
    done = export_language_model(source, tmp_path / "out", command=COMMAND)
    assert (done.was_converted, done.width, done.limit) == (False, WIDTH, POSITIONS)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "config.json",
        "model.onnx",
        "tokenizer.json",
    ]


def test_a_folder_may_be_its_own_target(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "bert")
    before = sorted(path.name for path in folder.iterdir())
    export_language_model(folder, folder, command=COMMAND)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert LanguageModel(folder).width == WIDTH


def test_a_vocabulary_becomes_berts_tokenizer(published, tiny_bert, tmp_path):
    write_network(published / "model.onnx")
    export_language_model(published, tmp_path / "out", command=COMMAND)
    ours, theirs = LanguageModel(tmp_path / "out"), LanguageModel(tiny_bert)
    for text in ("Where is MY parcel!", "我要退款。", "wanting é"):
        assert ours._tokens(text, 60) == theirs._tokens(text, 60)


def test_a_vocabulary_without_berts_signs_is_refused(published, tmp_path):
    write_network(published / "model.onnx")
    published.joinpath("vocab.txt").write_text("hello\nworld\n", "utf-8")
    with pytest.raises(ProjectError, match=r"no vocabulary of BERT: \[CLS\] is not in it"):
        export_language_model(published, tmp_path / "out", command=COMMAND)


@pytest.mark.usefixtures("_without_converter")
def test_what_to_run_elsewhere_is_said_where_it_cannot_be_converted(published, tmp_path):
    with pytest.raises(ProjectError) as caught:
        export_language_model(published, tmp_path / "out", command=COMMAND)
    lines = str(caught.value).splitlines()
    assert lines[1:3] == [
        "    python -m pip install 'kefu[bert]' torch transformers onnx",
        f"    {COMMAND}",
    ]
    assert not (tmp_path / "out").exists()


def test_it_is_converted_with_lengths_left_open(published, tmp_path, monkeypatch):
    """PyTorch is played by what records how it is called; the project does not install it."""
    asked = {}

    def export(module, arguments, path, **options):
        asked.update(options, results=module.forward(*arguments))
        write_network(path)

    class Ids:
        shape = (2, 8)

    class Nothing:
        __enter__ = __exit__ = lambda *_: None

    class Module:
        eval = lambda self: self  # noqa: E731

    torch = types.SimpleNamespace(
        nn=types.SimpleNamespace(Module=Module),
        onnx=types.SimpleNamespace(export=export),
        ones=lambda *_, **__: Ids(),
        ones_like=lambda ids: ids,
        no_grad=Nothing,
        int64="int64",
    )

    def from_pretrained(folder, *, local_files_only, attn_implementation):
        assert (folder, local_files_only) == (str(published), True)
        return lambda input_ids, attention_mask: ("hidden", "pooled")

    loader = types.SimpleNamespace(from_pretrained=from_pretrained)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "transformers", types.SimpleNamespace(AutoModel=loader))
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in CONVERTER or find(name))
    done = export_language_model(published, tmp_path / "out", command=COMMAND)
    assert (done.was_converted, done.width) == (True, WIDTH)
    assert asked["results"] == "hidden"
    assert asked["input_names"] == ["input_ids", "attention_mask"]
    assert {name: set(axes) for name, axes in asked["dynamic_axes"].items()} == {
        "input_ids": {0, 1},
        "attention_mask": {0, 1},
        "last_hidden_state": {0, 1},
    }


def test_what_cannot_be_used_replaces_nothing(tiny_bert, published, tmp_path):
    out = shutil.copytree(tiny_bert, tmp_path / "out")
    before = (out / "model.onnx").read_bytes()
    published.joinpath("model.onnx").write_bytes(b"no model")
    with pytest.raises(ProjectError, match=r"out/model\.onnx is no ONNX model"):
        export_language_model(published, out, command=COMMAND)
    assert (out / "model.onnx").read_bytes() == before
    assert sorted(path.name for path in out.iterdir()) == sorted(
        path.name for path in tiny_bert.iterdir()
    )


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ([], "is no model of Hugging Face"),
        (["model.onnx"], "has neither tokenizer.json nor vocab.txt"),
    ],
)
def test_a_folder_that_lacks_something_is_named(tmp_path, files, text):
    source = tmp_path / "empty"
    source.mkdir()
    for name in files:
        write_network(source / name)
    with pytest.raises(ProjectError, match=text):
        export_language_model(source, tmp_path / "out", command=COMMAND)


def test_the_command_says_what_was_written_and_what_to_configure(tiny_bert, tmp_path):
    done = kefu("model", "export-onnx", str(tiny_bert), "--out", "models/bert", cwd=tmp_path)
    assert done.status == 0, done.err
    assert "models/bert, 0 MB." in done.out
    assert f"Tried out: {WIDTH} numbers a message, of at most {POSITIONS} tokens." in done.out
    assert "    model_weights: models/bert\n" in done.out


def test_the_command_refuses_a_folder_that_is_not_there(tmp_path):
    done = kefu("model", "export-onnx", "bert-base-chinese", cwd=tmp_path)
    assert done.status == 1
    assert "hf download NAME --local-dir bert-base-chinese" in done.err
