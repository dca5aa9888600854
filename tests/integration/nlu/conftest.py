"""Models that tests of this folder share; made once a run, nothing is downloaded."""

import importlib.util

import pytest

from tests.integration.nlu.tiny_models import write_language_model, write_spacy_model


@pytest.fixture(scope="session")
def spacy_needed(require):
    if importlib.util.find_spec("spacy") is None:
        require("spaCy")


@pytest.fixture(scope="session")
def bert_needed(require):
    for name in ("onnxruntime", "tokenizers", "onnx"):
        if importlib.util.find_spec(name) is None:
            require(name)


@pytest.fixture(scope="session")
def tiny_spacy(spacy_needed, tmp_path_factory):
    return write_spacy_model(tmp_path_factory.mktemp("spacy") / "tiny")


@pytest.fixture(scope="session")
def tiny_bert(bert_needed, tmp_path_factory):
    return write_language_model(tmp_path_factory.mktemp("bert") / "tiny")
