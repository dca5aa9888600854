"""Accuracy and cost of understanding on public data sets.

    python -m bench.nlu DATA [set ...]              everything that is measured, and the targets
    python -m bench.nlu --read                      print what is recorded

DATA is a folder of data sets in Rasa's YAML (``<set>/train.yml``, ``test.yml``, and optionally
``oos_test.txt`` with out-of-scope sentences); it is not part of the repository. Results go to
``bench/results/nlu.json`` and are printed beside those of other systems on the same files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.training import DEFAULT_SEED, train_pipeline
from kefu.project import yaml
from kefu.project.nlu_data import Example, NluData, SentimentExample
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Report
from kefu.project.settings import ComponentConfig, ModelConfig

RESULTS = Path(__file__).parent / "results" / "nlu.json"
OTHERS = {
    "banking77": "BERT 93.7, USE+ConveRT 93.4",
    "banking77_10shot": "DIET on this file 67.2 (649 CPU s), RoBERTa 84.3",
    "clinc150": "Rasa (spaCy) 91.5, MLP 93.5, BERT 96.9",
    "crosswoz_zh": "study 84.4 / F1 94.1",
    "hint3_sofmattress": "Rasa DIET+ConveRT 69.3 / .793 / .70, BERT 73.6",
    "smp2017_zh": "DIET on this file 88.3 (705 CPU s), linear SVM of the study 92.8",
    "snips": "Slot-Gated 97.0 / F1 88.8, Stack-Prop 98.0 / 94.2",
    "waimai10k_senti_zh": "linear SVM of the study 89.6",
}
TARGETS: tuple[tuple[str, str, float], ...] = (
    ("banking77", "accuracy", 0.928),
    ("banking77_10shot", "accuracy", 0.79),
    ("clinc150", "accuracy", 0.935),
    ("clinc150", "oos_auroc", 0.965),
    ("clinc150", "oos_recall", 0.83),
    ("snips", "accuracy", 0.983),
    ("snips", "entity_f1", 0.94),
    ("crosswoz_zh", "accuracy", 0.85),
    ("crosswoz_zh", "entity_f1", 0.945),
    ("smp2017_zh", "accuracy", 0.935),
    ("hint3_sofmattress", "accuracy", 0.76),
    ("hint3_sofmattress", "auroc_right", 0.86),
    ("hint3_sofmattress", "precision_above_0.9", 0.85),
    ("waimai10k_senti_zh", "accuracy", 0.90),
    ("costs", "train_1000_s", -2.0),
    ("costs", "train_10000_s", -40.0),
    ("costs", "chinese_p50_ms", -0.3),
    ("costs", "memory_1000_mb", -60.0),
)
"""What is wanted of each set; below 0: at most so much."""
ACCURATE = ", accurate"
"""What names of rows end with that were measured with ``accurate: true``."""
MOST_ECE = {"ece": 0.03, "ece_all": 0.10}
SENTIMENTS = ("waimai10k_senti_zh",)
"""Sets with a sentiment in the place of each intent; SentimentClassifier learns them."""
COSTS = "snips"
"""Its first examples stand for a project's in the costs of training."""


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


def pipeline(name: str, *, accurate: bool = False) -> ModelConfig:
    """Return the usual pipeline for a set."""
    is_chinese = name.endswith("_zh")
    tokenizer = "JiebaTokenizer" if is_chinese else "WhitespaceTokenizer"
    learners = ("CountVectorsFeaturizer", "DIETClassifier")
    names = (tokenizer, *(("SentimentClassifier",) if name in SENTIMENTS else learners))
    components = [ComponentConfig(name=item) for item in names]
    if accurate:
        components[-1] = replace(components[-1], settings={"accurate": True})
    return ModelConfig(language="zh" if is_chinese else "en", pipeline=tuple(components))


def lessons(name: str, train: NluData) -> NluData:
    """Return what is learned from; a set of sentiments has them in the place of intents."""
    if name not in SENTIMENTS:
        return train
    return NluData(
        sentiments=tuple(
            SentimentExample(text=e.text, sentiment=str(e.intent)) for e in train.examples
        )
    )


def understood(name: str, result: dict) -> dict:
    """Return name and confidence of the likeliest label."""
    if name not in SENTIMENTS:
        return result["intent"]
    return (result.get("sentiment_ranking") or [{"name": None, "confidence": 0.0}])[0]


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


def calibration_error(sure: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error (Guo et al. 2017), in bins of equal width."""
    places = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((sure[places == b] - right[places == b]).sum())) for b in range(bins)]
    return sum(gaps) / len(sure)


def scored(
    sure: np.ndarray, right: np.ndarray, scope: np.ndarray | None, inside: int
) -> dict[str, float]:
    """Return whether confidence means what it says; messages in scope come first.

    Who gives no ``scope`` is judged by confidence alone.
    """
    row = {
        "auroc_right": round(curve(sure, right), 3),
        "sure_above_0.7": round(float((sure >= 0.7).mean()), 3),
        "precision_above_0.7": round(float(right[sure >= 0.7].mean()), 3),
        "sure_above_0.9": round(float((sure >= 0.9).mean()), 3),
        "precision_above_0.9": round(float(right[sure >= 0.9].mean()), 3),
        "ece": round(calibration_error(sure[:inside], right[:inside]), 4),
    }
    if len(sure) == inside:
        return row
    row |= {"ece_all": round(calibration_error(sure, right), 4)}
    by_scope = outside_row("oos", sure if scope is None else scope, inside)
    return row | by_scope | outside_row("oos_confidence", sure, inside)


def outside_row(kind: str, sure: np.ndarray, inside: int) -> dict[str, float]:
    """Return how a number tells ``inside`` messages from those behind them."""
    is_inside = np.arange(len(sure)) < inside
    least = np.quantile(sure[:inside], 0.05)
    return {
        f"{kind}_auroc": round(curve(sure, is_inside), 4),
        f"{kind}_recall": round(float((sure[inside:] < least).mean()), 4),
    }


async def measure(name: str, folder: Path, *, accurate: bool = False) -> dict:
    """Train on a set and judge on its test data."""
    train, test = read(folder / "train.yml"), read(folder / "test.yml").examples
    outside_file = folder / "oos_test.txt"
    outside = outside_file.read_text("utf-8").splitlines() if outside_file.exists() else []
    texts = [example.text for example in test] + [line for line in outside if line.strip()]
    started = time.process_time()
    trained = train_pipeline(pipeline(name, accurate=accurate), lessons(name, train))
    seconds = time.process_time() - started
    interpreter = load_interpreter(trained.parts)
    times, results = [], []
    for text in texts:
        before = time.perf_counter()
        results.append(await interpreter.parse(text))
        times.append(time.perf_counter() - before)
    inside = results[: len(test)]
    gold = [str(example.intent) for example in test] + [""] * (len(texts) - len(test))
    best = [understood(name, result) for result in results]
    right = np.array([b["name"] == g for b, g in zip(best, gold, strict=True)])
    sure = np.array([b["confidence"] for b in best])
    scope = np.array([r.get("in_scope", 0.0) for r in results])
    row = {
        "examples": len(train.examples),
        "accuracy": round(float(right[: len(test)].mean()), 4),
        "macro_f1": round(
            macro_f1([(g, b["name"]) for g, b in zip(gold, best, strict=True)][: len(test)]), 4
        ),
        "train_cpu_s": round(seconds, 2),
        "parse_p50_ms": round(statistics.median(times) * 1000, 3),
        "model_mb": round(sum(_size(part) for part in trained.parts.values()) / 1e6, 2),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **scored(sure, right, scope, len(test)),
    }
    if any(example.entities for example in test):
        marked = [{(e.start, e.end, e.entity) for e in example.entities} for example in test]
        found = [{(e["start"], e["end"], e["entity"]) for e in r["entities"]} for r in inside]
        row["entity_f1"] = round(span_f1(marked, found), 4)
    return row


def costs(data: Path, rows: dict[str, dict]) -> dict[str, float]:
    """Return what training and memory cost, in processes of their own."""
    found = {"chinese_p50_ms": rows["smp2017_zh"]["parse_p50_ms"]} if "smp2017_zh" in rows else {}
    for many in (1000, 10_000):
        code = f"from bench.nlu import cost; cost({str(data / COSTS)!r}, {many})"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        seconds, megabytes = map(float, run.stdout.split())
        found[f"train_{many}_s"] = seconds
        found[f"memory_{many}_mb"] = megabytes
    return found


def cost(folder: str, many: int) -> None:
    """Print CPU seconds of training, and MB that the loaded model adds to its process."""
    train = read(Path(folder) / "train.yml")
    step = len(train.examples) / many
    some = tuple(train.examples[int(i * step)] for i in range(many))
    started = time.process_time()
    trained = train_pipeline(pipeline(COSTS), NluData(examples=some))
    seconds = time.process_time() - started
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "parts.pickle")
        path.write_bytes(pickle.dumps(trained.parts))
        code = f"from bench.nlu import resident; resident({str(path)!r})"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    print(round(seconds, 2), float(run.stdout))


def resident(path: str) -> None:
    """Print how many MB of memory the model in a file takes once it has answered."""
    parts = pickle.loads(Path(path).read_bytes())
    before = _resident_mb()
    interpreter = load_interpreter(parts)
    asyncio.run(interpreter.parse("play some music"))
    print(round(_resident_mb() - before, 1))


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _size(part: object) -> int:
    if isinstance(part, bytes):
        return len(part)
    if isinstance(part, np.ndarray):
        return part.nbytes
    return len(json.dumps(part, ensure_ascii=False).encode())


def show(rows: dict[str, dict]) -> None:
    """Print a table of the sets, and one of the targets."""
    head = ("set", "n", "acc", "macroF1", "entF1", "ECE", "train s", "p50 ms", "MB", "others")
    print("{:20}{:>7}{:>8}{:>9}{:>8}{:>8}{:>9}{:>8}{:>7}  {}".format(*head))
    for name, row in rows.items():
        others = OTHERS.get(name.removesuffix(ACCURATE))
        if others is not None:
            print(
                f"{name.replace(ACCURATE, ' *'):20}{row['examples']:>7}"
                f"{row['accuracy']:>8.4f}{row['macro_f1']:>9.4f}"
                f"{row.get('entity_f1', float('nan')):>8.4f}{row['ece']:>8.4f}"
                f"{row['train_cpu_s']:>9.2f}{row['parse_p50_ms']:>8.3f}{row['model_mb']:>7.2f}"
                f"  {others}"
            )
    errors = [(n, kind, -most) for n in OTHERS for kind, most in MOST_ECE.items()]
    print()
    for name, measure_name, target in (*TARGETS, *errors):
        sign = "≤" if target < 0 else "≥"
        line = f"{name:20}{measure_name:>22}  {sign} {abs(target):<6}"
        found = [rows.get(kind, {}).get(measure_name) for kind in (name, name + ACCURATE)]
        for value in found:
            is_met = value is not None and (value <= -target if target < 0 else value >= target)
            met = "met" if is_met else "missed"
            line += " " * 17 if value is None else f"{value:>9.4f} {met:7}"
        if any(value is not None for value in found):
            print(line.rstrip())
    print("* and the second column: with accurate: true")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--read", action="store_true", help="print what is recorded")
    options = parser.parse_args()
    if options.read:
        show(json.loads(RESULTS.read_text("utf-8"))["sets"])
        return
    if options.data is None:
        parser.error("which folder of data sets? See the head of bench/nlu.py")
    names = options.sets or sorted(p.parent.name for p in options.data.glob("*/train.yml"))
    rows = json.loads(RESULTS.read_text("utf-8"))["sets"] if RESULTS.exists() else {}
    for name in names:
        modes = (False,) if name in SENTIMENTS else (False, True)
        for accurate in modes:
            row = asyncio.run(measure(name, options.data / name, accurate=accurate))
            rows[name + ACCURATE * accurate] = row
            show({name + ACCURATE * accurate: row})
    if (options.data / COSTS).is_dir() and not options.sets:
        rows["costs"] = costs(options.data, rows)
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({"seed": DEFAULT_SEED, "sets": rows}, indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", "utf-8")
    show(rows)


if __name__ == "__main__":
    main()
