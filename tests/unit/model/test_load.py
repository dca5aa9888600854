"""Loading whole models: what fits, what does not, and which one is taken."""

import os

import pytest

from kefu.core.domain import Domain
from kefu.errors import ModelError
from kefu.model.archive import write_archive
from kefu.model.load import load_model
from kefu.model.location import find_model, latest_model
from kefu.model.metadata import ModelMetadata

DOMAIN = {"intents": ["greet"], "responses": {"utter_hi": [{"text": "hi"}]}}


def write(path, parts, **metadata):
    write_archive(path, ModelMetadata(fingerprint="f" * 64, **metadata), parts)
    return path


async def test_a_model_without_halves_knows_its_domain(tmp_path):
    model = load_model(write(tmp_path / "m.tar.gz", {"domain": DOMAIN}))
    assert isinstance(model.domain, Domain)
    assert "greet" in model.domain.intents
    parsed = await model.interpreter.parse("/greet")
    assert parsed["intent"]["name"] == "greet"
    assert (await model.interpreter.parse("hello"))["intent"]["name"] is None


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"domain": []},
        {"domain": {"intents": [5]}},
        {"domain": DOMAIN, "nlu/pipeline": [{"name": "NoSuchComponent"}], "nlu/language": "en"},
        {"domain": DOMAIN, "nlu/pipeline": "x", "nlu/language": "en"},
        {"domain": DOMAIN, "policies/ensemble": {"policies": [{"name": "os.system"}]}},
        {"domain": DOMAIN, "policies/ensemble": 3},
    ],
)
def test_content_that_does_not_fit_is_a_clear_error(tmp_path, parts):
    path = write(tmp_path / "m.tar.gz", parts)
    with pytest.raises(ModelError, match=r"m\.tar\.gz: cannot load this model.*train"):
        load_model(path)


def test_a_model_of_another_version_is_loaded_with_a_warning(tmp_path, caplog):
    load_model(write(tmp_path / "m.tar.gz", {"domain": DOMAIN}, kefu_version="0.0.1"))
    assert "another version" in caplog.text


def test_of_a_folder_the_model_written_last_is_taken(tmp_path):
    for name, time in (("b", 100), ("a", 300), ("c", 200)):
        path = write(tmp_path / f"{name}.tar.gz", {"domain": DOMAIN})
        os.utime(path, (time, time))
    tmp_path.joinpath("notes.txt").write_text("newest")
    tmp_path.joinpath(".z.tar.gz.1.unfinished").write_text("")
    assert find_model(tmp_path) == tmp_path / "a.tar.gz"
    assert load_model(tmp_path).path == tmp_path / "a.tar.gz"


def test_no_model_says_what_to_do(tmp_path):
    assert latest_model(tmp_path / "nowhere") is None
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelError, match="kefu train"):
            find_model(path)
