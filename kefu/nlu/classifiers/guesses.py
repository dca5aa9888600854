"""Learning from messages that nobody has labelled.

The intents of messages that a first classifier is sure enough of are taken for right, and learned
from like examples: self-training (Yarowsky, ACL 1995). With few examples an intent that brings
several points of accuracy, since what customers write has words that no trainer thought of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kefu.nlu.classifiers.svm import train_machines
from kefu.nlu.featurizers.space import Matrix, Vector

__all__ = ["MOST", "guessed"]

MOST = 5000
"""So many messages are looked at; of more, a sample."""
LEAST_DECISION = -0.4
LEAST_LEAD = 0.3
"""A guess is taken when its decision is at least the first, and its lead the second."""


def guessed(
    matrix: Matrix,
    labels: Sequence[str],
    messages: Sequence[str],
    vector: Callable[[str], Vector],
    *,
    seed: int = 0,
) -> list[tuple[str, str]]:
    """Return (label, message) of the messages whose label can be told, in their order.

    Args:
        matrix: Vectors of examples.
        labels: Their labels.
        messages: What is to be labelled.
        vector: Gives the features of a message.
        seed: For what is random.
    """
    names = sorted(set(labels))
    if len(names) < 2:
        return []
    position = {name: number for number, name in enumerate(names)}
    classes = np.array([position[label] for label in labels], np.intp)
    machines = train_machines(matrix, classes, count=len(names), seed=seed)
    if len(messages) > MOST:
        chosen = np.random.default_rng(seed).permutation(len(messages))[:MOST]
        messages = [messages[number] for number in np.sort(chosen).tolist()]
    found = []
    for message in messages:
        decisions = machines.decided(vector(message), 0)
        second, first = np.partition(decisions, -2)[-2:].tolist()
        if first >= LEAST_DECISION and first - second >= LEAST_LEAD:
            found.append((names[int(decisions.argmax())], message))
    return found
