"""Accuracy and cost of understanding on public data sets.

    python -m bench.nlu DATA [set ...]              everything that is measured, and the targets
    python -m bench.nlu --read                      print what is recorded
    python -m bench.nlu DATA --confidence-prior     the weights that confidence starts from

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
from pathlib import Path

import numpy as np

from kefu.nlu.classifiers.classifier import Manner, TextClassifier
from kefu.nlu.classifiers.confidence import PRIOR_SHARE, fit_priors, plan_hold_out
from kefu.nlu.classifiers.evidence import Held, Look, held_out_cases
from kefu.nlu.classifiers.svm import train_machines
from kefu.nlu.corpus import Corpus
from kefu.nlu.interpreter import load_interpreter
from kefu.nlu.message import Message
from kefu.nlu.pretrained.static import Options as TableOptions
from kefu.nlu.pretrained.static import StaticEmbeddingFeaturizer
from kefu.nlu.segmentation import segment
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
MOST_ECE = {"ece": 0.03, "ece_all": 0.10}
SENTIMENTS = ("waimai10k_senti_zh",)
"""Sets with a sentiment in the place of each intent; SentimentClassifier learns them."""
COSTS = "snips"
"""Its first examples stand for a project's in the costs of training."""
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
    learners = ("CountVectorsFeaturizer", "DIETClassifier")
    names = (tokenizer, *(("SentimentClassifier",) if name in SENTIMENTS else learners))
    return ModelConfig(
        language="zh" if is_chinese else "en",
        pipeline=tuple(ComponentConfig(name=item) for item in names),
    )


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


def scored(sure: np.ndarray, right: np.ndarray, inside: int) -> dict[str, float]:
    """Return whether confidence means what it says; messages in scope come first."""
    row = {
        "auroc_right": round(curve(sure, right), 3),
        "sure_above_0.7": round(float((sure >= 0.7).mean()), 3),
        "precision_above_0.7": round(float(right[sure >= 0.7].mean()), 3),
        "sure_above_0.9": round(float((sure >= 0.9).mean()), 3),
        "precision_above_0.9": round(float(right[sure >= 0.9].mean()), 3),
        "ece": round(calibration_error(sure[:inside], right[:inside]), 4),
    }
    return row | outside_row(sure, right, inside) if len(sure) > inside else row


def outside_row(sure: np.ndarray, right: np.ndarray, inside: int) -> dict[str, float]:
    """Return how confidence tells ``inside`` messages from those behind them."""
    is_inside = np.arange(len(sure)) < inside
    least = np.quantile(sure[:inside], 0.05)
    return {
        "oos_auroc": round(curve(sure, is_inside), 4),
        "oos_recall": round(float((sure[inside:] < least).mean()), 4),
        "ece_all": round(calibration_error(sure, right), 4),
    }


async def measure(name: str, folder: Path) -> dict:
    """Train on a set and judge on its test data."""
    train, test = read(folder / "train.yml"), read(folder / "test.yml").examples
    outside_file = folder / "oos_test.txt"
    outside = outside_file.read_text("utf-8").splitlines() if outside_file.exists() else []
    texts = [example.text for example in test] + [line for line in outside if line.strip()]
    started = time.process_time()
    trained = train_pipeline(pipeline(name), lessons(name, train))
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
        **scored(sure, right, len(test)),
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
        if name in OTHERS:
            print(
                f"{name:20}{row['examples']:>7}{row['accuracy']:>8.4f}{row['macro_f1']:>9.4f}"
                f"{row.get('entity_f1', float('nan')):>8.4f}{row['ece']:>8.4f}"
                f"{row['train_cpu_s']:>9.2f}{row['parse_p50_ms']:>8.3f}{row['model_mb']:>7.2f}"
                f"  {OTHERS[name]}"
            )
    errors = [(n, kind, -most) for n in OTHERS for kind, most in MOST_ECE.items()]
    print()
    for name, measure_name, target in (*TARGETS, *errors):
        value = rows.get(name, {}).get(measure_name)
        if value is not None:
            is_met = value <= -target if target < 0 else value >= target
            sign = "≤" if target < 0 else "≥"
            met = "met" if is_met else "missed"
            print(f"{name:20}{measure_name:>22}{value:>9.4f}  {sign} {abs(target):<6} {met}")


def prior(data: Path) -> None:
    """Print weights learned from held-out parts of the training files of several sets."""
    lessons = []
    for name in PRIOR_SETS:
        examples = read(data / name / "train.yml").examples
        strange = strangers(data, name)
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
                lessons.append(prior_lesson(some, strange, is_chinese=name.endswith("_zh")))
    for weights in fit_priors(lessons):
        print(weights.round(2))


def strangers(data: Path, name: str) -> list[str]:
    """Return sentences that mean nothing that the set knows."""
    if not name.endswith("_zh"):
        files = [data / "clinc150" / f"oos_{part}.txt" for part in ("train", "valid")]
        return [line for file in files for line in file.read_text("utf-8").splitlines() if line]
    other = next(one for one in PRIOR_SETS if one.endswith("_zh") and one != name)
    examples = read(data / other / "train.yml").examples
    return [example.text for example in examples[:: max(1, len(examples) // 200)]]


def prior_lesson(
    examples: list[Example], strange: list[str], *, is_chinese: bool
) -> tuple[list[Held], list[Look]]:
    """Return examples as seen by who has not seen them, and strangers."""
    table = StaticEmbeddingFeaturizer(TableOptions())
    corpus = Corpus(
        NluData(examples=tuple(examples)),
        tokenize=segment,
        dense=None
        if is_chinese
        else lambda texts: table.weighed(table.features([Message(text=text) for text in texts])),
    )
    intents = [str(example.intent) for example in corpus.examples]
    names = sorted(set(intents))
    classes = np.array([names.index(intent) for intent in intents], np.intp)
    matrix = corpus.matrix.rows(np.arange(len(intents)))
    plan = plan_hold_out(classes, count=len(names), seed=0)
    machines = train_machines(matrix, classes, count=len(names), seed=0, hold_out=plan)
    cases = held_out_cases(matrix, classes, machines, plan, examples=len(intents))
    classifier = TextClassifier.train(
        matrix,
        corpus.texts,
        intents,
        examples=len(intents),
        manner=Manner(out_of_scope_share=PRIOR_SHARE),
        seed=0,
    )
    return list(cases), [classifier.look(corpus.vector(text)) for text in strange]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--confidence-prior", action="store_true")
    parser.add_argument("--read", action="store_true", help="print what is recorded")
    options = parser.parse_args()
    if options.read:
        show(json.loads(RESULTS.read_text("utf-8"))["sets"])
        return
    if options.data is None:
        parser.error("which folder of data sets? See the head of bench/nlu.py")
    if options.confidence_prior:
        prior(options.data)
        return
    names = options.sets or sorted(p.parent.name for p in options.data.glob("*/train.yml"))
    rows = json.loads(RESULTS.read_text("utf-8"))["sets"] if RESULTS.exists() else {}
    for name in names:
        rows[name] = asyncio.run(measure(name, options.data / name))
        show({name: rows[name]})
    if (options.data / COSTS).is_dir() and not options.sets:
        rows["costs"] = costs(options.data, rows)
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({"seed": DEFAULT_SEED, "sets": rows}, indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", "utf-8")
    show(rows)


if __name__ == "__main__":
    main()
