"""Rasa's part of the measurements, with a program in the place of Rasa."""

import json
import sys

import pytest

from bench import engines, rasa_nlu

TRAIN = """version: "3.1"
nlu:
- intent: order
  examples: |
    - order tea from [Bonn](city)
    - I want tea
- intent: refund
  examples: |
    - money back
    - refund it
"""
TEST = """version: "3.1"
nlu:
- intent: order
  examples: |
    - tea from [Rome](city)
- intent: refund
  examples: |
    - refund please
    - money
"""
RASA = """
import json, sys
from pathlib import Path

command, kind, *rest = sys.argv[1:]
Path("calls.txt").open("a").write(" ".join(sys.argv[1:]) + "\\n")
value = lambda name: Path(rest[rest.index(name) + 1])
assert kind == "nlu"
if command == "train":
    assert value("-u").read_text().startswith("version")
    assert "DIETClassifier" in value("-c").read_text()
    value("--out").mkdir()
else:
    assert value("-m").is_dir()
    texts = sorted(path.name for path in value("-u").iterdir())
    assert texts == ["outside.yml", "test.yml"], texts
    value("--out").mkdir()
    for name, content in json.loads(Path(__file__).with_name("said.json").read_text()).items():
        value("--out").joinpath(name).write_text(json.dumps(content))
"""


def intent(text, label, prediction, confidence):
    said = {"name": prediction, "confidence": confidence}
    return {"text": text, "intent": label, "intent_prediction": said}


ROME = {"start": 9, "end": 13, "value": "Rome", "entity": "city"}
SAID = {
    "intent_successes.json": [
        intent("tea from Rome", "order", "order", 0.95),
        intent("refund please", "refund", "refund", 0.9),
    ],
    "intent_errors.json": [
        intent("how is the weather", "out_of_scope", "order", 0.8),
        intent("money", "refund", "order", 0.6),
    ],
    "DIETClassifier_errors.json": [
        {
            "text": "tea from Rome",
            "entities": [ROME],
            "predicted_entities": [ROME, {**ROME, "start": 0, "end": 3}],
        }
    ],
}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    folder.joinpath("train.yml").write_text(TRAIN, "utf-8")
    folder.joinpath("test.yml").write_text(TEST, "utf-8")
    folder.joinpath("oos_test.txt").write_text("how is the weather\n\n", "utf-8")
    return folder


@pytest.fixture
def engine(tmp_path):
    program = tmp_path / "rasa.py"
    program.write_text(RASA, "utf-8")
    tmp_path.joinpath("said.json").write_text(json.dumps(SAID), "utf-8")
    command = (sys.executable, str(program))
    return engines.Engine(name="rasa", command=command, site_packages=tmp_path)


def test_what_rasa_said_is_scored_as_kefu_is(engine, data):
    row = rasa_nlu.measure_rasa(engine, "shop", data)
    assert row["tested"] == 3
    assert row["accuracy"] == 0.6667
    assert row["entity_f1"] == 0.6667
    assert row["precision_above_0.9"] == 1.0
    assert row["auroc_right"] == 1.0
    assert row["oos_auroc"] == 0.6667
    assert row["ece"] == pytest.approx((0.05 + 0.1 + 0.6) / 3, abs=0.06)
    assert row["train_cpu_s"] >= 0
    assert row["peak_mb"] > 1


def test_a_rasa_that_fails_says_why(engine, data):
    data.joinpath("train.yml").write_text("no data", "utf-8")
    with pytest.raises(RuntimeError, match="AssertionError"):
        rasa_nlu.measure_rasa(engine, "shop", data)


@pytest.fixture
def run(data, tmp_path, monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(rasa_nlu, "RESULTS", tmp_path / "recorded.json")
        monkeypatch.setattr(sys, "argv", ["rasa_nlu", *arguments])
        rasa_nlu.main()
        return capsys.readouterr().out

    return call


def test_both_stand_in_one_table_and_are_recorded(run, engine, data, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "rasa", lambda: engine)
    lines = run(str(data.parent), "shop").splitlines()
    kefu, rasa = (line for line in lines if line.startswith("shop  "))
    assert "Kefu" in kefu
    assert "Rasa DIET" in rasa
    assert "0.6667" in rasa
    recorded = json.loads(tmp_path.joinpath("recorded.json").read_text("utf-8"))
    assert list(recorded["sets"]["shop"]) == ["Kefu", "Rasa DIET"]
    again = run("--read")
    assert rasa in again


def test_without_rasa_it_says_what_is_missing_and_measures_kefu(run, data, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "rasa", lambda: None)
    out = run(str(data.parent), "shop")
    assert "Rasa 3.6.21 is not measured: it needs Python 3.10" in out
    assert "Rasa DIET" not in out.splitlines()[-2]
    assert "Kefu" in out
    assert not tmp_path.joinpath("recorded.json").exists()


def test_an_interpreter_that_does_not_run_is_none(tmp_path, monkeypatch):
    shim = tmp_path / "python3.10"
    shim.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert engines.python_3_10() is None
    found = tmp_path / "versions" / "3.10.13" / "bin" / "python"
    found.parent.mkdir(parents=True)
    found.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    found.chmod(0o755)
    assert engines.python_3_10() == str(found)
