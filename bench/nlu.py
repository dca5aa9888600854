"""Accuracy and cost of understanding on public data sets.

    python -m bench.nlu DATA [set ...]              accuracy, training time, time a message
    python -m bench.nlu DATA --confidence-prior     the weights that confidence starts from

DATA is a folder of data sets in Rasa's YAML (``<set>/train.yml``, ``test.yml``, and optionally
``oos_test.txt`` with out-of-scope sentences); it is not part of the repository. Results go to
``bench/results/nlu.json`` and are printed beside those of other systems on the same files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from kefu.nlu.classifiers.confidence import fit_prior
from kefu.nlu.corpus import Corpus
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.segmentation import segment
from kefu.nlu.training import DEFAULT_SEED, train_pipeline
from kefu.project import yaml
from kefu.project.nlu_data import Example, NluData
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Report
from kefu.project.settings import ComponentConfig, ModelConfig

RESULTS = Path(__file__).parent / "results" / "nlu.json"
OTHERS = {
    "smp2017_zh": "linear SVM of the study .928",
    "banking77": "BERT 93.7, USE+ConveRT 93.4",
    "banking77_10shot": "RoBERTa 84.3",
    "clinc150": "Rasa (spaCy) 91.5, BERT 96.9",
    "hint3_sofmattress": "Rasa DIET+ConveRT .693, BERT .736",
    "snips": "Slot-Gated 97.0 / F1 88.8, Stack-Prop 98.0 / 94.2",
    "crosswoz_zh": "study .844 / F1 94.1",
}
PRIOR_SETS = (
    "hint3_sofmattress",
    "smp2017_zh",
    "banking77_10shot",
    "crosswoz_zh",
    "snips",
    "clinc150",
)


class _EveryExample(NluCollector):
    """Keeps repeated examples, which count in published figures."""

    def keep(self, example: Example) -> None:
        self.examples.append(example)


def read(path: Path) -> NluData:
    """Read one NLU file."""
    report = Report()
    collector = _EveryExample(report)
    document = yaml.read(path, path.name, report)
    if document is None or report.has_errors:
        sys.exit("\n".join(map(str, list(report)[:5])) or f"{path} cannot be read")
    collector.add(document)
    return collector.data()


def pipeline(name: str) -> ModelConfig:
    """Return the usual pipeline for a set."""
    is_chinese = name.endswith("_zh")
    tokenizer = "JiebaTokenizer" if is_chinese else "WhitespaceTokenizer"
    names = (tokenizer, "CountVectorsFeaturizer", "DIETClassifier")
    return ModelConfig(
        language="zh" if is_chinese else "en",
        pipeline=tuple(ComponentConfig(name=item) for item in names),
    )


def macro_f1(pairs: list[tuple[str, str]]) -> float:
    """Return the mean F1 over the classes of the test data."""
    scores = []
    for label in {gold for gold, _ in pairs}:
        hits = sum(gold == found == label for gold, found in pairs)
        wrong = sum((gold == label) != (found == label) for gold, found in pairs)
        scores.append(2 * hits / (2 * hits + wrong))
    return statistics.mean(scores)


def span_f1(gold: list[set], found: list[set]) -> float:
    """Return F1 over entities with exact place and kind."""
    hits = sum(len(g & f) for g, f in zip(gold, found, strict=True))
    total = sum(map(len, gold)) + sum(map(len, found))
    return 2 * hits / total if total else 0.0


def curve(sure: np.ndarray, right: np.ndarray) -> float:
    """Return the chance that a right answer is surer than a wrong one."""
    order = np.argsort(sure, kind="stable")
    rank = np.empty(len(sure))
    rank[order] = np.arange(1, len(sure) + 1)
    good, bad = right.sum(), (~right).sum()
    return float((rank[right].sum() - good * (good + 1) / 2) / (good * bad)) if bad else 1.0


async def measure(name: str, folder: Path) -> dict:
    """Train on a set and judge on its test data."""
    train, test = read(folder / "train.yml"), read(folder / "test.yml").examples
    outside_file = folder / "oos_test.txt"
    outside = outside_file.read_text("utf-8").splitlines() if outside_file.exists() else []
    texts = [example.text for example in test] + [line for line in outside if line.strip()]
    started = time.process_time()
    trained = train_pipeline(pipeline(name), train)
    seconds = time.process_time() - started
    interpreter = load_interpreter(trained.parts)
    times, results = [], []
    for text in texts:
        before = time.perf_counter()
        results.append(await interpreter.parse(text))
        times.append(time.perf_counter() - before)
    inside = results[: len(test)]
    gold = [str(example.intent) for example in test] + [""] * (len(texts) - len(test))
    right = np.array([r["intent"]["name"] == g for r, g in zip(results, gold, strict=True)])
    sure = np.array([r["intent"]["confidence"] for r in results])
    row = {
        "examples": len(train.examples),
        "accuracy": round(float(right[: len(test)].mean()), 4),
        "macro_f1": round(
            macro_f1([(g, r["intent"]["name"]) for g, r in zip(gold, inside, strict=False)]), 4
        ),
        "train_cpu_s": round(seconds, 2),
        "parse_p50_ms": round(statistics.median(times) * 1000, 3),
        "model_mb": round(sum(_size(part) for part in trained.parts.values()) / 1e6, 2),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "auroc_right": round(curve(sure, right), 3),
        "sure_above_0.7": round(float((sure >= 0.7).mean()), 3),
        "precision_above_0.7": round(float(right[sure >= 0.7].mean()), 3),
    }
    if any(example.entities for example in test):
        marked = [{(e.start, e.end, e.entity) for e in example.entities} for example in test]
        found = [{(e["start"], e["end"], e["entity"]) for e in r["entities"]} for r in inside]
        row["entity_f1"] = round(span_f1(marked, found), 4)
    return row


def _size(part: object) -> int:
    if isinstance(part, bytes):
        return len(part)
    if isinstance(part, np.ndarray):
        return part.nbytes
    return len(json.dumps(part, ensure_ascii=False).encode())


def show(rows: dict[str, dict]) -> None:
    """Print a table."""
    head = ("set", "n", "acc", "macroF1", "entF1", "train s", "p50 ms", "MB", "AUROC", "others")
    print("{:20}{:>7}{:>8}{:>9}{:>8}{:>9}{:>8}{:>7}{:>7}  {}".format(*head))
    for name, row in rows.items():
        print(
            f"{name:20}{row['examples']:>7}{row['accuracy']:>8.4f}{row['macro_f1']:>9.4f}"
            f"{row.get('entity_f1', float('nan')):>8.4f}{row['train_cpu_s']:>9.2f}"
            f"{row['parse_p50_ms']:>8.3f}{row['model_mb']:>7.2f}{row['auroc_right']:>7.3f}"
            f"  {OTHERS.get(name, '')}"
        )


def prior(data: Path) -> None:
    """Print weights learned from held-out parts of the training files of several sets."""
    corpora = []
    for name in PRIOR_SETS:
        examples = read(data / name / "train.yml").examples
        for most, classes in ((6, 200), (10, 12), (15, 200), (30, 30), (100, 20)):
            chosen = sorted({str(e.intent) for e in examples})[:classes]
            seen: dict[str, int] = dict.fromkeys(chosen, 0)
            some = []
            for example in examples:
                intent = str(example.intent)
                if seen.get(intent, most) < most:
                    seen[intent] += 1
                    some.append(example)
            if len(chosen) >= 5:
                corpora.append(Corpus(NluData(examples=tuple(some)), tokenize=segment))
    lessons = [
        (c.matrix.rows(np.arange(len(c.examples))), [str(e.intent) for e in c.examples])
        for c in corpora
    ]
    print(fit_prior(lessons).round(2))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--confidence-prior", action="store_true")
    options = parser.parse_args()
    if options.confidence_prior:
        prior(options.data)
        return
    names = options.sets or sorted(p.parent.name for p in options.data.glob("*/train.yml"))
    rows = json.loads(RESULTS.read_text("utf-8"))["sets"] if RESULTS.exists() else {}
    for name in names:
        rows[name] = asyncio.run(measure(name, options.data / name))
        show({name: rows[name]})
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({"seed": DEFAULT_SEED, "sets": rows}, indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", "utf-8")
    show(rows)


if __name__ == "__main__":
    main()
