"""What a language model beside the n-grams is worth and costs.

    python -m bench.language_models SET MODEL [share ...] [--test]

SET is a folder with ``train.yml`` and ``test.yml`` in Rasa's YAML; MODEL a folder with
``model.onnx`` and ``tokenizer.json``, or a spaCy model for SpacyNLP. Accuracy is that on held-out
training examples; ``--test`` adds the test data, which is for records only. Times are of the
processor, so that other programs on the machine count less.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import time
from pathlib import Path

import numpy as np

from bench.nlu import curve, read
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData
from kefu.project.settings import ComponentConfig, ModelConfig

HELD_OUT = re.compile(r"([\d.]+)% right on held-out")
TIMED = 300


def resident_mb() -> int:
    """Return the memory that the process has now."""
    pages = Path("/proc/self/statm").read_text("utf-8").split()[1]
    return int(pages) * 4096 // 1_000_000


def pipeline(data: str, model: str, share: float) -> ModelConfig:
    """Return the usual pipeline, with the model in it unless its share is 0."""
    language = "zh" if data.endswith("_zh") else "en"
    items = [
        ComponentConfig(name="JiebaTokenizer" if language == "zh" else "WhitespaceTokenizer"),
        ComponentConfig(name="CountVectorsFeaturizer"),
        ComponentConfig(name="DIETClassifier", settings={"entity_recognition": False}),
    ]
    if share and Path(model, "model.onnx").is_file():
        settings = {"model_weights": model, "share": share}
        items.insert(2, ComponentConfig(name="LanguageModelFeaturizer", settings=settings))
    elif share:
        items[:1] = [
            ComponentConfig(name="SpacyNLP", settings={"model": model}),
            ComponentConfig(name="SpacyTokenizer"),
            ComponentConfig(name="SpacyFeaturizer", settings={"share": share}),
        ]
    return ModelConfig(language=language, pipeline=tuple(items))


async def cost(bot: Interpreter, texts: list[str]) -> float:
    """Return the median processor time of a message in milliseconds."""
    times = []
    for text in texts:
        before = time.process_time()
        await bot.parse(text)
        times.append(time.process_time() - before)
    return statistics.median(times) * 1000


async def tested(bot: Interpreter, folder: Path) -> str:
    """Return accuracy on the test data, and how well confidence tells right from wrong."""
    test = read(folder / "test.yml").examples
    outside = folder / "oos_test.txt"
    strange = outside.read_text("utf-8").splitlines() if outside.exists() else []
    pairs = [(e.text, e.intent) for e in test] + [(line, None) for line in strange if line.strip()]
    found = [(await bot.parse(text))["intent"] for text, _ in pairs]
    right = np.array([f["name"] == want for f, (_, want) in zip(found, pairs, strict=True)])
    sure = np.array([f["confidence"] for f in found])
    confident = right[sure >= 0.7]
    return (
        f"test {right[: len(test)].mean():.1%}, AUROC {curve(sure, right):.3f}, "
        f"{len(confident) / len(sure):.0%} at 0.7 with {confident.mean():.1%} right"
    )


def measure(data: NluData, folder: Path, model: str, share: float, *, test: bool) -> str:
    """Train with one share and return the row of the table."""
    before = resident_mb()
    started = time.process_time()
    trained = train_pipeline(pipeline(folder.name, model, share), data)
    seconds = time.process_time() - started
    bot = load_interpreter(trained.parts)
    held_out = HELD_OUT.search("\n".join(trained.summary))
    milliseconds = asyncio.run(cost(bot, [e.text for e in data.examples[:TIMED]]))
    row = (
        f"share {share:4} · held out {held_out[1] if held_out else '–'} % · "
        f"training {seconds:.1f} s · {milliseconds:.2f} ms a message · +{resident_mb() - before} MB"
    )
    return f"{row} · {asyncio.run(tested(bot, folder))}" if test else row


def main() -> None:
    """Print one row a share, the pipeline without the model first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("model")
    parser.add_argument("shares", nargs="*", type=float, default=[0.2, 0.5])
    parser.add_argument("--test", action="store_true")
    asked = parser.parse_args()
    data = read(asked.data / "train.yml")
    for share in (0.0, *asked.shares):
        print(measure(data, asked.data, asked.model, share, test=asked.test), flush=True)


if __name__ == "__main__":
    main()
