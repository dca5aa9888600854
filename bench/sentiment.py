"""Accuracy and calibration of SentimentClassifier on a public data set.

    python -m bench.sentiment FOLDER

FOLDER holds ``train.yml`` and ``test.yml`` in Rasa's format, with a sentiment in the place of each
intent; it is not part of the repository. Results go to ``bench/results/sentiment.json``.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.nlu import read
from kefu.core.mood import mood_of
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData, SentimentExample
from kefu.project.settings import ComponentConfig, ModelConfig

RESULTS = Path(__file__).parent / "results" / "sentiment.json"
BINS = 10


async def measure(folder: Path) -> dict[str, Any]:
    """Train on a set and judge on its test data."""
    train, test = (read(folder / f"{part}.yml").examples for part in ("train", "test"))
    names = ("JiebaTokenizer", "SentimentClassifier")
    config = ModelConfig(language="zh", pipeline=tuple(ComponentConfig(name=n) for n in names))
    data = NluData(
        sentiments=tuple(SentimentExample(text=e.text, sentiment=str(e.intent)) for e in train)
    )
    started = time.process_time()
    parts = train_pipeline(config, data).parts
    seconds = time.process_time() - started
    interpreter = load_interpreter(parts)
    right, sure, times = [], [], []
    for example in test:
        before = time.perf_counter()
        first = (await interpreter.parse(example.text))["sentiment_ranking"][0]
        times.append(time.perf_counter() - before)
        right.append(first["name"] == example.intent)
        sure.append(first["confidence"])
    hits, chances = np.array(right), np.array(sure)
    by_words = [mood_of(example.text).feeling == example.intent for example in test]
    return {
        "examples": len(train),
        "tested": len(test),
        "accuracy": round(float(hits.mean()), 4),
        "expected_calibration_error": round(calibration_error(hits, chances), 4),
        "sure_above_0.6": round(float((chances >= 0.6).mean()), 4),
        "right_above_0.6": round(float(hits[chances >= 0.6].mean()), 4),
        "accuracy_of_the_word_list": round(statistics.mean(by_words), 4),
        "train_cpu_s": round(seconds, 2),
        "parse_p50_ms": round(statistics.median(times) * 1000, 3),
    }


def calibration_error(right: np.ndarray, sure: np.ndarray) -> float:
    """Return how far confidence and accuracy are apart, on average over ten bands."""
    band = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(right[band == b].mean() - sure[band == b].mean())) * (band == b).mean()
        for b in set(band.tolist())
    ]
    return float(sum(gaps))


def main() -> None:
    """Measure, print and record."""
    folder = Path(sys.argv[1])
    results = {folder.name: asyncio.run(measure(folder))}
    print(json.dumps(results, indent=2))
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
