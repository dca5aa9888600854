"""Runs where the extra ``spacy`` is installed; no model is downloaded."""

import importlib.util

import pytest

from tests.unit.nlu.builders import an_interpreter, component, nlu_data, parse

DATA = nlu_data({"fly": ["fly to Berlin", "go to Paris"], "hi": ["hello", "hi there"]})


@pytest.fixture
def model(require, tmp_path):
    if importlib.util.find_spec("spacy") is None:
        require("spaCy")
    import spacy

    language = spacy.blank("en")
    language.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Berlin"}])
    language.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


def test_spacys_words_and_entities_are_used(model):
    bot = an_interpreter(
        DATA,
        component("SpacyNLP", model=model),
        "SpacyTokenizer",
        "SpacyFeaturizer",
        "DIETClassifier",
        component("SpacyEntityExtractor", dimensions=["GPE"]),
        language="en",
    )
    data = parse(bot, "I fly to Berlin, now")
    assert data["intent"]["name"] == "fly"
    assert [data["text"][a:b] for a, b in data["text_tokens"]] == [
        "I", "fly", "to", "Berlin", ",", "now",
    ]  # fmt: skip
    assert data["entities"] == [
        {
            "entity": "GPE",
            "value": "Berlin",
            "start": 9,
            "end": 15,
            "confidence": None,
            "extractor": "SpacyEntityExtractor",
        }
    ]
