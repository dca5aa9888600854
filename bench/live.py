"""From saving a file to a model that answers: ``python -m bench.live``.

    python -m bench.live                   each kind of edit of the shipped assistant, and of a
                                           project of 5,000 examples and 300 stories
    python -m bench.live --sets DATA [set ...]
                                           whether what was corrected is as good as what was trained
    python -m bench.live --read            print what is recorded

CPU seconds, as other work on the machine does not count in them, and the share of a training from
scratch in the same run. DATA is a folder of data sets as for ``bench.nlu``. Results go to
``bench/results/live.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the kefu command does

from bench import nlu
from kefu.nlu.interpreter import Interpreter
from kefu.nlu.memory import Memory
from kefu.nlu.training import train_pipeline
from kefu.project.load import load_project
from kefu.project.nlu_data import NluData
from kefu.training.options import TrainingOptions
from kefu.training.session import ProjectFiles, TrainingSession
from kefu.training.validation import find_problems

RESULTS = Path(__file__).parent / "results" / "live.json"
ROOT = Path(__file__).resolve().parents[1]
TARGETS = {"shipped": 1.0, "project": 3.0}
"""Seconds from save to live."""
VALIDATE_TARGET = 0.5
SETS = ("smp2017_zh", "banking77_10shot", "snips", "crosswoz_zh", "banking77")
EDITS = 5
EACH = 4
"""So many edits of so many examples lead from the smaller set to the whole one."""

Edit = Callable[[Path], None]


def in_file(pattern: str, old: str, new: str) -> Edit:
    """Return the edit that replaces the first ``old`` in the first file that has it."""

    def edit(root: Path) -> None:
        for path in sorted(root.glob(pattern)):
            text = path.read_text("utf-8")
            if old in text:
                path.write_text(text.replace(old, new, 1), "utf-8")
                return
        raise SystemExit(f"no file of {pattern} has {old!r}")

    return edit


def renamed(old: str, new: str) -> Edit:
    """Return the edit that renames an intent in all files."""

    def edit(root: Path) -> None:
        for path in [*root.glob("*.yml"), *root.glob("d*/**/*.yml")]:
            text = path.read_text("utf-8")
            if old in text:
                path.write_text(text.replace(old, new), "utf-8")

    return edit


def both(*edits: Edit) -> Edit:
    """Return an edit of several files."""

    def edit(root: Path) -> None:
        for one in edits:
            one(root)

    return edit


FIRST_EXAMPLE = "- intent: query_order\n  examples: |\n"
COLOURS = "- lookup: color\n  examples: |\n"
NEW_INTENT = "- intent: {name}\n  examples: |\n" + "".join(
    f"    - {text}\n"
    for text in ("给我唱首歌", "唱一个听听", "来一首小曲", "会不会唱歌呀", "想听你唱歌")
)


def thinned(pattern: str, every: int) -> Edit:
    """Return the edit that takes every so many examples away."""

    def edit(root: Path) -> None:
        number = 0
        for path in sorted(root.glob(pattern)):
            kept = []
            for line in path.read_text("utf-8").splitlines(keepends=True):
                number += line.startswith("    - ")
                if number % every or not line.startswith("    - "):
                    kept.append(line)
            path.write_text("".join(kept), "utf-8")

    return edit


SHIPPED: dict[str, Edit] = {
    "example added": in_file(
        "data/nlu/*.yml", FIRST_EXAMPLE, f"{FIRST_EXAMPLE}    - 那个包裹打点好了没得\n"
    ),
    "example taken away": in_file("data/nlu/*.yml", "    - 那个包裹打点好了没得\n", ""),
    "entity annotated": in_file(
        "data/nlu/*.yml", FIRST_EXAMPLE, f"{FIRST_EXAMPLE}    - 寄往[哈密](city)的那单呢\n"
    ),
    "response changed": in_file("domain.yml", "text: ", "text: 亲，"),
    "intent added": both(
        in_file("data/nlu/*.yml", "nlu:\n", "nlu:\n" + NEW_INTENT.format(name="sing")),
        in_file("domain.yml", "intents:\n", "intents:\n- sing\n"),
    ),
    "rule added": in_file(
        "data/rules/*.yml",
        "rules:\n",
        "rules:\n- rule: 唱歌\n  steps:\n  - intent: sing\n  - action: utter_greet\n",
    ),
    "story added": in_file(
        "data/stories/*.yml",
        "stories:\n",
        "stories:\n- story: 唱歌，不要了\n  steps:\n  - intent: sing\n  - action: utter_greet\n"
        "  - intent: deny\n  - action: utter_goodbye\n",
    ),
    "intent renamed": renamed("query_order", "ask_about_order"),
    "word listed": in_file("data/nlu/*.yml", COLOURS, f"{COLOURS}    - 白\n"),
    "regex changed": in_file("data/nlu/*.yml", "60\\d{10}", "6[01]\\d{10}"),
    "a fifth taken away": thinned("data/nlu/[a-r]*.yml", 5),
}
PROJECT: dict[str, Edit] = {
    "example added": in_file(
        "data/nlu.yml", "  examples: |\n", "  examples: |\n    - 帮我看看这个到底怎么弄\n"
    ),
    "story added": in_file(
        "data/stories.yml",
        "stories:\n",
        "stories:\n- story: one more\n  steps:\n  - intent: intent_1\n  - action: utter_1\n"
        "  - intent: intent_2\n  - action: utter_3\n",
    ),
    "response changed": in_file("domain.yml", "text: 好的", "text: 好的呀"),
}


def copy_of_shipped(folder: Path) -> None:
    """Copy the shipped assistant, as far as training reads it."""
    for name in ("config.yml", "domain.yml"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    for name in ("domain", "data"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)


def made_project(folder: Path, *, examples: int = 5000, stories: int = 300) -> None:
    """Write a project of that size."""
    source = random.Random(1)
    intents = [f"intent_{number}" for number in range(60)]
    pieces = ["订单", "物流", "退货", "换货", "多少", "时候", "北京", "上海", "尺码", "颜色"]
    own = {
        name: source.sample([chr(code) for code in range(0x4E10, 0x5E10)], 8) for name in intents
    }
    lines = ['version: "3.1"', "nlu:"]
    for name in intents:
        lines += [f"- intent: {name}", "  examples: |"]
        for number in range(-(-examples // len(intents))):
            words = source.choices(pieces, k=source.randint(2, 5)) + source.sample(own[name], 2)
            source.shuffle(words)
            mark = f"[{source.choice(pieces)}{number}](thing)" if number % 5 == 0 else str(number)
            lines.append(f"    - {''.join(words)}{mark}")
    (folder / "data").mkdir()
    (folder / "data" / "nlu.yml").write_text("\n".join(lines) + "\n", "utf-8")
    lines = ['version: "3.1"', "stories:"]
    for number in range(stories):
        lines += [f"- story: story {number}", "  steps:"]
        for turn in range(source.randint(2, 6)):
            # What follows an intent depends on the one before, so that nothing contradicts.
            asked = source.randrange(60) if turn else number % 60
            lines += [f"  - intent: intent_{asked}", f"  - action: utter_{asked}"]
    (folder / "data" / "stories.yml").write_text("\n".join(lines) + "\n", "utf-8")
    domain = ['version: "3.1"', "intents:", *(f"- {name}" for name in intents), "entities: [thing]"]
    domain += ["responses:", *(f"  utter_{n}:\n  - text: 好的" for n in range(60))]
    (folder / "domain.yml").write_text("\n".join(domain) + "\n", "utf-8")
    (folder / "config.yml").write_text(
        "recipe: default.v1\nlanguage: zh\nassistant_id: middle\n"
        "pipeline:\n- name: JiebaTokenizer\n"
        "- name: CountVectorsFeaturizer\n- name: DIETClassifier\n- name: FallbackClassifier\n"
        "policies:\n- name: MemoizationPolicy\n- name: RulePolicy\n- name: TEDPolicy\n",
        "utf-8",
    )


def edits_of(make: Callable[[Path], None], edits: dict[str, Edit]) -> dict[str, dict]:
    """Return what each edit costs, each beginning where the one before has ended."""
    with tempfile.TemporaryDirectory(prefix="kefu-live-") as place:
        root = Path(place, "project")
        root.mkdir()
        make(root)
        options = TrainingOptions(out=Path(place, "models"), cache_folder=None)
        session = TrainingSession(ProjectFiles(root=root), options)
        began = time.process_time()
        first = session.retrain()
        full = time.process_time() - began
        if first.model is None:
            raise SystemExit(f"not trained: {first.problems[:3]}")
        rows = {"from scratch": {"cpu_s": round(full, 2)}}
        for name, edit in edits.items():
            session.prepare()
            edit(root)
            began = time.process_time()
            result = session.retrain()
            spent = time.process_time() - began
            if result.model is None:
                raise SystemExit(f"{name}: not trained: {result.status} {result.problems[:3]}")
            began = time.process_time()
            session.write(result)
            rows[name] = {
                "cpu_s": round(spent, 3),
                "share_of_full": round(spent / full, 3),
                "archive_cpu_s": round(time.process_time() - began, 3),
                **{part: round(seconds, 3) for part, seconds in result.seconds.items()},
            }
        return rows


def validation(runs: int = 5) -> float:
    """Return CPU seconds of reading and checking the made project, the median."""
    with tempfile.TemporaryDirectory(prefix="kefu-live-") as place:
        made_project(Path(place))
        seconds = []
        for _ in range(runs):
            began = time.process_time()
            find_problems(load_project(place))
            seconds.append(time.process_time() - began)
        return round(sorted(seconds)[runs // 2], 3)


def growing(data: NluData) -> Iterator[NluData]:
    """Yield a set without some examples, then with more and more of them, the whole one last."""
    order = list(range(len(data.examples)))
    random.Random(7).shuffle(order)
    held = order[: EDITS * EACH]
    for edit in range(EDITS + 1):
        out = set(held[edit * EACH :])
        kept = [one for number, one in enumerate(data.examples) if number not in out]
        yield replace(data, examples=tuple(kept))


async def scores(interpreter: Interpreter, test: NluData) -> dict[str, float]:
    """Return how good a model is on test data."""
    results = [await interpreter.parse(example.text) for example in test.examples]
    pairs = list(zip(test.examples, results, strict=True))
    right = [result["intent"]["name"] == example.intent for example, result in pairs]
    row = {"accuracy": round(sum(right) / len(right), 4)}
    if any(example.entities for example in test.examples):
        gold = [{(e.start, e.end, e.entity) for e in example.entities} for example, _ in pairs]
        found = [{(e["start"], e["end"], e["entity"]) for e in r["entities"]} for _, r in pairs]
        row["entity_f1"] = round(nlu.span_f1(gold, found), 4)
    return row


async def quality(name: str, folder: Path) -> dict[str, dict]:
    """Compare a model that came by corrections with one trained from scratch on the same."""
    train, test = nlu.read(folder / "train.yml"), nlu.read(folder / "test.yml")
    config, memory, spent = nlu.pipeline(name), Memory(), []
    for step in growing(train):
        memory.work_out()
        began = time.process_time()
        trained = train_pipeline(config, step, memory=memory)
        spent.append(time.process_time() - began)
        assert trained.memory is not None
        memory = trained.memory
    whole = train_pipeline(config, step)
    before = train_pipeline(config, next(growing(train)))
    rows = {
        "before the edits": await scores(Interpreter(before.pipeline), test),
        "corrected": await scores(Interpreter(trained.pipeline), test),
        "from scratch": await scores(Interpreter(whole.pipeline), test),
    }
    added = train.examples and [e for e in step.examples if e not in next(growing(train)).examples]
    heard = [await Interpreter(trained.pipeline).parse(example.text) for example in added]
    told = [h["intent"]["name"] == e.intent for h, e in zip(heard, added, strict=True)]
    rows["corrected"] |= {
        "added_examples_right": round(sum(told) / len(told), 3),
        "cpu_s": round(sum(spent[1:]) / EDITS, 3),
    }
    rows["from scratch"]["cpu_s"] = round(spent[0], 2)
    return rows


def recorded() -> dict:
    """Return what is recorded."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}


def main() -> None:
    """Measure, record, print."""
    import asyncio

    parser = argparse.ArgumentParser(prog="python -m bench.live")
    parser.add_argument("--sets", nargs="+", metavar="DATA", help="folder of data sets, and names")
    parser.add_argument("--read", action="store_true", help="print what is recorded")
    asked = parser.parse_args()
    results = recorded()
    if asked.sets:
        data, *names = asked.sets
        for name in names or SETS:
            rows = asyncio.run(quality(name, Path(data, name)))
            results.setdefault("quality", {})[name] = rows
            print(name, json.dumps(rows, indent=1), flush=True)
    elif not asked.read:
        results["shipped"] = edits_of(copy_of_shipped, SHIPPED)
        results["project"] = edits_of(made_project, PROJECT)
        results["validate_cpu_s"] = validation()
        results["targets_s"] = {**TARGETS, "validate": VALIDATE_TARGET}
    if not asked.read:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
