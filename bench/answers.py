"""Accuracy and calibration of ResponseSelector: a set's intents as the answers of one FAQ.

    python -m bench.answers FOLDER ...

Each folder holds ``train.yml``, ``test.yml`` and perhaps ``oos_test.txt`` (sentences that no answer
is for); none is part of the repository. Results go to ``bench/results/answers.json``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.nlu import calibration_error, curve, read
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import Example, NluData
from kefu.project.settings import ComponentConfig, ModelConfig

RESULTS = Path(__file__).parent / "results" / "answers.json"


async def measure(folder: Path) -> dict[str, Any]:
    """Train on a set and judge on its test data."""
    train, test = (questions(read(folder / f"{part}.yml").examples) for part in ("train", "test"))
    is_chinese = folder.name.endswith("_zh")
    names = ("JiebaTokenizer" if is_chinese else "WhitespaceTokenizer", "CountVectorsFeaturizer")
    pipeline = (
        *(ComponentConfig(name=name) for name in names),
        ComponentConfig(name="ResponseSelector", settings={"retrieval_intent": "faq"}),
    )
    config = ModelConfig(language="zh" if is_chinese else "en", pipeline=pipeline)
    started = time.process_time()
    parts = train_pipeline(config, NluData(examples=tuple(train))).parts
    seconds = time.process_time() - started
    interpreter = load_interpreter(parts)
    chosen = [await answer(interpreter, example.text) for example in test]
    right = np.array([a == e.full_intent for (a, _), e in zip(chosen, test, strict=True)])
    sure = np.array([confidence for _, confidence in chosen])
    result = {
        "examples": len(train),
        "answers": len({example.response_key for example in train}),
        "accuracy": round(float(right.mean()), 4),
        "expected_calibration_error": round(calibration_error(sure, right), 4),
        "auroc_right": round(curve(sure, right), 3),
        "sure_above_0.9": round(float((sure >= 0.9).mean()), 3),
        "right_above_0.9": round(float(right[sure >= 0.9].mean()), 3),
        "train_cpu_s": round(seconds, 2),
    }
    outside = folder / "oos_test.txt"
    if outside.exists():
        lines = [line for line in outside.read_text("utf-8").splitlines() if line.strip()]
        found = np.array([(await answer(interpreter, line))[1] for line in lines])
        inside = np.arange(len(sure) + len(found)) < len(sure)
        result["auroc_out_of_scope"] = round(curve(np.concatenate((sure, found)), inside), 3)
        result["out_of_scope_above_0.9"] = round(float((found >= 0.9).mean()), 3)
    return result


def questions(examples: Sequence[Example]) -> list[Example]:
    """Make intents the answers of one retrieval intent."""
    return [replace(e, intent="faq", response_key=e.intent) for e in examples]


async def answer(interpreter: Interpreter, text: str) -> tuple[str, float]:
    """Return the chosen answer and its confidence."""
    response = (await interpreter.parse(text))["response_selector"]["faq"]["response"]
    return response["intent_response_key"], response["confidence"]


def main() -> None:
    """Measure, print and record."""
    folders = [Path(name) for name in sys.argv[1:]]
    results = {folder.name: asyncio.run(measure(folder)) for folder in folders}
    print(json.dumps(results, indent=2))
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
