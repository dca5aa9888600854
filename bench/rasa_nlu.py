"""Understanding by real Rasa on the data sets of :mod:`bench.nlu`, in the same run and table.

    python -m bench.rasa_nlu DATA [set ...]     Rasa 3.6.21 and Kefu, one after the other
    python -m bench.rasa_nlu --read             print what is recorded

DATA is a folder as for :mod:`bench.nlu`. Rasa lives in an environment of its own with Python 3.10,
never beside Kefu: the folder that ``RASA_ENV`` names, else ``bench/work/rasa-env``, made at the
first run (2.7 GB). Without such an environment Kefu is measured alone and what is missing is said.
Rasa learns with DIETClassifier in its default recipe, 100 epochs. All that it said of the test
data is taken from the files that ``rasa test nlu`` writes, and scored by the same functions as
Kefu's. Results go to ``bench/results/nlu_with_rasa.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import engines
from bench.measure import run_once
from bench.nlu import OTHERS, macro_f1, measure, scored, span_f1

RESULTS = Path(__file__).parent / "results" / "nlu_with_rasa.json"
SETS = ("hint3_sofmattress", "banking77_10shot", "smp2017_zh")
"""Those that DIET learns in minutes. It takes 0.3 to 0.9 CPU seconds an example: the others, when
they are named, take hours."""
OUTSIDE = "out_of_scope"
"""Stands for the intent of sentences that have none."""
CONFIG = """\
# Rasa's default recipe, as `rasa init` writes it, without dialogue.
recipe: default.v1
assistant_id: kefu-bench
language: {language}
pipeline:
- name: {tokenizer}
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
- name: EntitySynonymMapper
"""
COLUMNS = (
    ("accuracy", "accuracy"),
    ("macro_f1", "F1 macro"),
    ("entity_f1", "entity F1"),
    ("auroc_right", "AUROC"),
    ("precision_above_0.9", "right ≥ .9"),
    ("ece", "ECE"),
    ("ece_all", "ECE all"),
    ("train_cpu_s", "train CPU s"),
    ("peak_mb", "peak MB"),
)


def measure_rasa(engine: engines.Engine, name: str, folder: Path) -> dict[str, Any]:
    """Train Rasa on a set, let it understand the test data and score what it said."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        config, tests = place / "config.yml", place / "test"
        is_chinese = name.endswith("_zh")
        tokenizer = "JiebaTokenizer" if is_chinese else "WhitespaceTokenizer"
        config.write_text(
            CONFIG.format(language="zh" if is_chinese else "en", tokenizer=tokenizer), "utf-8"
        )
        tests.mkdir()
        shutil.copy(folder / "test.yml", tests)
        outside = folder / "oos_test.txt"
        if outside.exists():
            tests.joinpath("outside.yml").write_text(_as_examples(outside), "utf-8")
        options = {"cwd": place, "extra_environment": engine.environment}
        train = ("train", "nlu", "-u", str((folder / "train.yml").absolute()), "--out", "models")
        cost = run_once(engine.call(*train, "-c", "config.yml"), **options)
        test = ("test", "nlu", "-u", "test", "-m", "models", "--out", "results")
        told = run_once(engine.call(*test, "--successes", "--no-plot"), **options)
        return scores(place / "results") | {
            "train_cpu_s": round(cost.cpu_seconds, 1),
            "test_cpu_s": round(told.cpu_seconds, 1),
            "peak_mb": round(cost.peak_mb),
        }


def _as_examples(outside: Path) -> str:
    lines = [line.strip() for line in outside.read_text("utf-8").splitlines() if line.strip()]
    examples = "".join(f"    - {line}\n" for line in lines)
    return f'version: "3.1"\nnlu:\n- intent: {OUTSIDE}\n  examples: |\n{examples}'


def scores(results: Path) -> dict[str, Any]:
    """Score what the result files of ``rasa test nlu --successes`` say of each message."""
    said = sorted(_entries(results, "intent"), key=lambda entry: entry["intent"] == OUTSIDE)
    gold = ["" if entry["intent"] == OUTSIDE else entry["intent"] for entry in said]
    found = [entry["intent_prediction"]["name"] for entry in said]
    sure = np.array([entry["intent_prediction"]["confidence"] for entry in said])
    right = np.array([one == other for one, other in zip(gold, found, strict=True)])
    inside = sum(map(bool, gold))
    row = {
        "tested": inside,
        "accuracy": round(float(right[:inside].mean()), 4),
        "macro_f1": round(macro_f1(list(zip(gold[:inside], found[:inside], strict=True))), 4),
        **scored(sure, right, None, inside),
    }
    marked = list(_entries(results, "DIETClassifier"))
    if marked:
        row["entity_f1"] = round(
            span_f1(
                [_spans(entry["entities"]) for entry in marked],
                [_spans(entry["predicted_entities"]) for entry in marked],
            ),
            4,
        )
    return row


def _entries(results: Path, kind: str) -> Iterator[dict[str, Any]]:
    for outcome in ("successes", "errors"):
        path = results / f"{kind}_{outcome}.json"
        if path.exists():
            yield from json.loads(path.read_text("utf-8"))


def _spans(entities: list[dict[str, Any]]) -> set[tuple[int, int, str]]:
    return {(entity["start"], entity["end"], entity["entity"]) for entity in entities}


def show(rows: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Print what both reach on each set, one below the other, and what others published."""
    widths = [max(len(title), 8) for _, title in COLUMNS]
    heads = "  ".join(f"{t:>{w}}" for (_, t), w in zip(COLUMNS, widths, strict=True))
    print(f"{'set':20}{'':14}{heads}")
    for name, systems in rows.items():
        for system, row in systems.items():
            cells = (row.get(key, "–") for key, _ in COLUMNS)
            figures = "  ".join(f"{c!s:>{w}}" for c, w in zip(cells, widths, strict=True))
            print(f"{name:20}{system:14}{figures}")
        print(f"{'':20}others: {OTHERS.get(name, '–')}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--read", action="store_true", help="print what is recorded")
    options = parser.parse_args()
    rows = json.loads(RESULTS.read_text("utf-8"))["sets"] if RESULTS.exists() else {}
    if options.read:
        show(rows)
        return
    if options.data is None:
        parser.error("which folder of data sets? See the head of bench/rasa_nlu.py")
    engine = engines.rasa()
    if engine is None:
        print(engines.NO_RASA)
    measured = {}
    for name in options.sets or SETS:
        print(f"{name}: Kefu ...", flush=True)
        measured[name] = {"Kefu": asyncio.run(measure(name, options.data / name))}
        if engine is not None:
            print(f"{name}: Rasa, {engine.command[0]} ...", flush=True)
            measured[name]["Rasa DIET"] = measure_rasa(engine, name, options.data / name)
            record = {"rasa": engines.RASA_VERSION, "sets": rows | measured}
            text = json.dumps(record, indent=1, ensure_ascii=False)
            RESULTS.write_text(text + "\n", "utf-8")
    show(measured)


if __name__ == "__main__":
    main()
