"""How fast the trainer's inbox is, and how good its groups are, beside two usual ways to cluster.

    python -m bench.inbox [--messages N N] [--model PATH]

A log is made up (``bench/inbox_log.py``). A process of its own opens the inbox on it, as a server
does: for the first time, again, after a hundred more messages, and with filters. Then the texts
that it put into groups are clustered by scikit-learn, where it is installed, with average linkage,
and by comparing all pairs and joining what is near enough; both are given the same vectors and the
same threshold.
Results go to ``bench/results/inbox.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bench.inbox_log import NOW, MadeUpLog, append
from kefu.app.inbox import inbox_of_project
from kefu.app.settings import AppSettings
from kefu.clock import ManualClock
from kefu.evaluation.inbox.examples import ProjectFiles
from kefu.evaluation.inbox.grouping import ALIKE, Grouping, Likeness
from kefu.evaluation.inbox.groups import Group
from kefu.evaluation.inbox.inbox import InboxOrder
from kefu.evaluation.inbox.index import MessageIndex
from kefu.evaluation.inbox.proposing import key_of
from kefu.evaluation.inbox.reading import LogReader
from kefu.evaluation.inbox.selecting import Wanted
from kefu.model.location import find_model
from kefu.storage.sql.archive import open_archive

RESULTS = Path(__file__).parent / "results" / "inbox.json"
ROOT = Path(__file__).parent.parent
COMPARED = (2_000, 5_000)
MORE = 100
BELOW = 0.9
"""From this confidence on the shipped assistant answers."""


@contextmanager
def timed(into: dict[str, Any], name: str) -> Any:
    """Note wall-clock and CPU seconds."""
    started, cpu = time.perf_counter(), time.process_time()
    yield
    into[name] = {
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
    }


def peak_mb() -> int:
    """Return how much memory this process had at most."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


async def opened(path: Path, model: Path, log: MadeUpLog) -> tuple[dict[str, Any], list[str]]:
    """Open the inbox as a server does; return what it cost, and the texts that were grouped."""
    found: dict[str, Any] = {}
    settings = AppSettings(storage_url=f"sqlite:///{path}")
    month = InboxOrder(wanted=Wanted(since=NOW - 30 * 86_400))
    groups = await _steps(path, month, found)
    async with inbox_of_project(settings, find_model(model), clock=ManualClock(NOW)) as inbox:
        before = peak_mb()
        with timed(found, "opened_first"):
            view = await inbox.look(month)
        with timed(found, "opened_again"):
            await inbox.look(month)
        await append(path, log, MORE)
        with timed(found, f"after_{MORE}_more_messages"):
            await inbox.look(month)
        for name, filters in {
            "of_one_channel_newest_first": {"channels": frozenset({"wechat"}), "sort": "newest"},
            "with_a_text": {"text": "退款"},
            "suggested_intent_for_the_first_time": {"intents": frozenset({"ask_invoice"})},
            "suggested_intent_again": {"intents": frozenset({"ask_invoice"})},
        }.items():
            with timed(found, name):
                await inbox.look(InboxOrder(wanted=replace(month.wanted, **filters)))
        found["memory_of_it_mb"] = peak_mb() - before
    found["messages_to_look_at"] = view.messages + view.understood
    found["of_which_understood_by_now"] = view.understood
    found["groups"] = len(groups)
    return found, [one.key for group in groups for one in group.variants]


async def _steps(path: Path, order: InboxOrder, found: dict[str, Any]) -> list[Group]:
    """Do step by step what opening it does, but for asking the model; return the groups."""
    steps: dict[str, Any] = {}
    reader = LogReader(lambda: open_archive(path))
    known = ProjectFiles(ROOT).examples()
    with timed(steps, "load"):
        await reader.renew(since=order.wanted.since or 0.0, below=BELOW)
    index, hits = MessageIndex(known.entities, known.keys), reader.hits
    with timed(steps, "group"):
        index.take(hits)
        groups, _ = index.groups(hits, order.wanted, BELOW, known.keys)
    found["steps"] = steps
    return groups


# -- clustering


def compared(keys: list[str], truth: dict[str, str], count: int) -> dict[str, Any]:
    """Cluster so many texts in three ways."""
    rng = random.Random(7)
    texts = rng.sample(keys, min(count, len(keys)))
    found: dict[str, Any] = {"texts": len(texts)}
    ways: dict[str, Callable[[Sequence[str]], Sequence[int]]] = {
        "kefu": _by_leaders,
        "average_linkage_scikit_learn": _by_average_linkage,
        "all_pairs_joined": _by_all_pairs,
    }
    if find_spec("sklearn") is None:
        del ways["average_linkage_scikit_learn"]  # pip install scikit-learn
    for name, cluster in ways.items():
        with timed(found, name):
            labels = cluster(texts)
        found[name] |= _quality(texts, labels, truth)
    found["peak_mb"] = peak_mb()
    return found


def _by_leaders(texts: Sequence[str]) -> Sequence[int]:
    grouping = Grouping(Likeness(texts))
    return [grouping.add(text, "") for text in texts]


def _cosines(texts: Sequence[str]) -> Any:
    """Return the cosines of all pairs, by the weights that the inbox has."""
    likeness = Likeness(texts)
    rows = [likeness.row(text) for text in texts]
    vectors = np.zeros(
        (len(rows), 1 + max(number for row in rows for number in row[0])), np.float32
    )
    for place, (numbers, weights) in enumerate(rows):
        vectors[place, numbers] = weights
    return vectors @ vectors.T


def _by_average_linkage(texts: Sequence[str]) -> Sequence[int]:
    from sklearn.cluster import AgglomerativeClustering

    way = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1.0 - ALIKE
    )
    labels: Sequence[int] = way.fit_predict(np.clip(1.0 - _cosines(texts), 0.0, None)).tolist()
    return labels


def _by_all_pairs(texts: Sequence[str]) -> Sequence[int]:
    near = _cosines(texts) >= ALIKE
    labels = np.full(len(texts), -1)
    for first in range(len(texts)):
        waiting = [] if labels[first] >= 0 else [first]
        while waiting:
            place = waiting.pop()
            if labels[place] < 0:
                labels[place] = first
                waiting += np.flatnonzero(near[place] & (labels < 0)).tolist()
    found: Sequence[int] = labels.tolist()
    return found


def _quality(texts: Sequence[str], labels: Sequence[int], truth: dict[str, str]) -> dict[str, Any]:
    """Return how pure groups are, and how much of what belongs together is together.

    A group is of the intent that most of its texts were made of: the share of texts that are, too.
    Texts made of one sentence belong together: the share of their pairs that are in one group.
    """
    groups: defaultdict[int, Counter[str]] = defaultdict(Counter)
    sentences: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for text, label in zip(texts, labels, strict=True):
        intent, _, sentence = truth[text].partition("\n")
        groups[label][intent] += 1
        sentences[sentence][label] += 1
    pure = sum(max(group.values()) for group in groups.values())
    together = sum(n * (n - 1) for labels_of in sentences.values() for n in labels_of.values())
    pairs = sum(one.total() * (one.total() - 1) for one in sentences.values())
    return {
        "groups": len(groups),
        "largest": max(group.total() for group in groups.values()),
        "purity": round(pure / len(texts), 3),
        "pairs_of_a_sentence_together": round(together / pairs, 3) if pairs else None,
    }


# -- the run


def of_one_log(messages: int, model: Path) -> dict[str, Any]:
    """Measure with a log of so many messages, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path, log = Path(folder) / "log.db", MadeUpLog()
        asyncio.run(append(path, log, messages))
        found, keys = asyncio.run(opened(path, model, log))
    truth = {
        key_of(text): f"{intent}\n{sentence}" for text, (intent, sentence) in log.source.items()
    }
    known = [key for key in keys if key in truth]
    found["texts_grouped"] = len(keys)
    found["clustering"] = [
        compared(known, truth, count) for count in COMPARED if count <= len(known) * 1.5
    ]
    return found


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(prog="python -m bench.inbox", description=__doc__)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--model", type=Path, default=ROOT / "models")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(of_one_log(arguments.one, arguments.model)))
        return
    result: dict[str, Any] = {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "load_average_before": [round(one, 1) for one in os.getloadavg()],
        "logs": {},
    }
    for messages in arguments.messages:
        command = [sys.executable, "-m", "bench.inbox", "--one", str(messages)]
        command += ["--model", str(arguments.model)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        result["logs"][f"{messages}_messages"] = json.loads(done.stdout)
    result["load_average_after"] = [round(one, 1) for one in os.getloadavg()]
    print(json.dumps(result, indent=1, ensure_ascii=False))
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
