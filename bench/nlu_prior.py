"""The weights that confidence starts from, learned from public data sets.

    python -m bench.nlu_prior DATA

DATA is the folder of :mod:`bench.nlu`. Only training and validation files are read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench.nlu import read
from kefu.nlu.classifiers.classifier import Manner, TextClassifier
from kefu.nlu.classifiers.confidence import PRIOR_SHARE, fit_priors, plan_hold_out
from kefu.nlu.classifiers.evidence import Held, Look, held_out_cases
from kefu.nlu.classifiers.svm import train_machines
from kefu.nlu.corpus import Corpus
from kefu.nlu.message import Message
from kefu.nlu.pretrained.static import Options, StaticEmbeddingFeaturizer
from kefu.nlu.segmentation import segment
from kefu.project.nlu_data import Example, NluData

PRIOR_SETS = (
    "hint3_sofmattress",
    "smp2017_zh",
    "banking77_10shot",
    "crosswoz_zh",
    "snips",
    "clinc150",
)


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
    table = StaticEmbeddingFeaturizer(Options())
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
    parser.add_argument("data", type=Path)
    prior(parser.parse_args().data)


if __name__ == "__main__":
    main()
