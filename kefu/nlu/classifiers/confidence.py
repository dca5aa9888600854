"""How sure a classifier may be of its answer, learned from what it has not seen.

A soft-max over the classes alone is sure of messages that belong to none of them. Here models
are trained that miss some examples and some whole classes; a logistic function of a few signs
learns to tell their right answers from the rest. It starts from weights learned on public data
sets and moves away from them as far as the project has evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kefu.core.parts import JsonValue
from kefu.nlu.classifiers.evidence import (
    SIGNS,
    Doubles,
    Held,
    evidence,
    held_out_cases,
    soft_max,
)
from kefu.nlu.classifiers.svm import HoldOut, Ints, Machines, train_machines
from kefu.nlu.explanation import Sign
from kefu.nlu.featurizers.space import Floats, Matrix

__all__ = ["Confidence", "fit_confidence", "fit_prior", "plan_hold_out"]

PRIOR = np.array([0.49, 0.17, 2.65, 0.33, -5.0, -0.56])
"""Weights of SIGNS and the constant, from ``bench/nlu.py --confidence-prior``."""
TYPICAL_OUT_OF_SCOPE_SHARE = 0.1
PRIOR_STRENGTH = 10.0
TYPICAL_TEMPERATURE = 5.0
TEMPERATURE_STRENGTH = 4.0
"""How many examples the typical temperature counts for."""
MANY = 4000
"""From this number of examples on one fifth is held out once instead of a quarter four times."""
MAX_JUDGED = 1500
FEWEST_CLASSES = 6
"""With fewer classes none is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A calibrated view on a classifier's decisions."""

    temperature: float = TYPICAL_TEMPERATURE
    weights: tuple[float, ...] = tuple(PRIOR.tolist())
    accuracy: float | None = None
    """Share of right answers among held-out examples of known classes."""

    def judge(self, decisions: Floats, known: float) -> Doubles:
        """Return the probability of each class; together at most 1, the rest is "none of them"."""
        probabilities = soft_max(decisions, self.temperature)
        best = int(decisions.argmax())
        first = float(probabilities[best])
        signs = evidence(decisions, first, known)
        *factors, constant = self.weights
        log_odds = constant + sum(f * s for f, s in zip(factors, signs, strict=True))
        sure = float(1 / (1 + np.exp(-log_odds)))
        others = sure / first if sure < first else (1 - sure) / max(1 - first, 1e-12)
        probabilities *= others
        probabilities[best] = sure
        return probabilities

    def signs(self, decisions: Floats, known: float) -> tuple[Sign, ...]:
        """Return what :meth:`judge` looks at, with its weights, the constant last."""
        first = float(soft_max(decisions, self.temperature).max())
        values = (*evidence(decisions, first, known), 1.0)
        named = zip((*SIGNS, "constant"), values, self.weights, strict=True)
        return tuple(Sign(name, float(value), float(weight)) for name, value, weight in named)

    def as_json(self) -> JsonValue:
        """Return a form that JSON can keep."""
        return {"temperature": self.temperature, "weights": list(self.weights)}

    @classmethod
    def from_json(cls, data: JsonValue) -> Confidence:
        """Take back :meth:`as_json`'s result."""
        return cls(temperature=data["temperature"], weights=tuple(data["weights"]))


def plan_hold_out(
    classes: Ints, *, count: int, seed: int, rows: int | None = None
) -> HoldOut | None:
    """Decide which examples and classes are held out; None where there are too few of them.

    Args:
        classes: Of the examples.
        count: Number of classes.
        seed: For the choice.
        rows: Number of examples and further rows, which are left out with their class only.
    """
    if len(classes) < 2 * FEWEST_CLASSES or count < 2:
        return None
    rng = np.random.default_rng(seed)
    once = len(classes) > MANY
    parts = 5 if once else 4
    fold = np.empty(len(classes), np.intp)
    order = rng.permutation(len(classes))
    by_class = order[np.argsort(classes[order], kind="stable")]
    fold[by_class] = np.arange(len(classes)) % parts
    group = rng.permutation(np.arange(count) % parts)
    if once:
        fold, group = np.where(fold == 0, 0, -1), np.where(group == 0, 0, -1)
    if count < FEWEST_CLASSES:
        group = np.full(count, -1)
    further = np.full((rows or len(classes)) - len(classes), -1)
    return HoldOut(
        fold=np.concatenate((fold, further)),
        group=group,
        count=1 if once else parts,
        judged=np.sort(rng.permutation(len(classes))[:MAX_JUDGED]),
    )


def fit_confidence(
    matrix: Matrix,
    classes: Ints,
    machines: Machines,
    hold_out: HoldOut | None,
    *,
    out_of_scope_share: float,
) -> Confidence:
    """Learn from examples that the models of ``machines`` have not seen."""
    if hold_out is None:
        return Confidence()
    cases = list(held_out_cases(matrix, classes, machines, hold_out))
    inside = [case for case in cases if case.answer >= 0]
    if not inside:
        return Confidence()
    temperature = _fit_temperature(inside)
    return Confidence(
        temperature=temperature,
        weights=_fit_weights(cases, temperature, out_of_scope_share),
        accuracy=sum(case.is_right for case in inside) / len(inside),
    )


def _fit_temperature(cases: Sequence[Held]) -> float:
    grid = np.exp(np.linspace(np.log(1.0), np.log(15.0), 28))
    losses = [_surprise(cases, t) for t in grid.tolist()]
    pull = TEMPERATURE_STRENGTH * np.log(grid / TYPICAL_TEMPERATURE) ** 2
    return float(grid[int(np.argmin(np.asarray(losses) + pull))])


def _surprise(cases: Sequence[Held], temperature: float) -> float:
    chances = [soft_max(case.decisions, temperature)[case.answer] for case in cases]
    return float(-np.log(np.maximum(chances, 1e-9)).sum())


def _fit_weights(
    cases: Sequence[Held], temperature: float, out_of_scope_share: float
) -> tuple[float, ...]:
    signs, right, mass = _lessons(cases, temperature, out_of_scope_share)
    return tuple(_logistic(signs, right, mass, PRIOR, PRIOR_STRENGTH).tolist())


def _lessons(
    cases: Sequence[Held], temperature: float, out_of_scope_share: float
) -> tuple[Doubles, Doubles, Doubles]:
    """Return the signs of cases, whether their answers are right, and how much each counts."""
    signs = np.ones((len(cases), len(SIGNS) + 1))
    for number, case in enumerate(cases):
        first = float(soft_max(case.decisions, temperature).max())
        signs[number, :-1] = evidence(case.decisions, first, case.known)
    right = np.array([case.is_right for case in cases], np.float64)
    outside = np.array([case.answer < 0 for case in cases])
    mass = np.ones(len(cases))
    if outside.any():
        share = out_of_scope_share / (1 - out_of_scope_share)
        mass[outside] = share * (~outside).sum() / outside.sum()
    return signs, right, mass


def fit_prior(data_sets: Sequence[tuple[Matrix, Sequence[str]]]) -> Doubles:
    """Learn :data:`PRIOR` from many data sets, each of which counts the same.

    The weight of "strange" is not learned: held-out sentences are too seldom strange.
    """
    parts = []
    for matrix, labels in data_sets:
        names = sorted(set(labels))
        classes = np.array([names.index(label) for label in labels], np.intp)
        plan = plan_hold_out(classes, count=len(names), seed=0)
        if plan is None:
            continue
        machines = train_machines(matrix, classes, count=len(names), seed=0, hold_out=plan)
        cases = list(held_out_cases(matrix, classes, machines, plan))
        temperature = _fit_temperature([case for case in cases if case.answer >= 0])
        signs, right, mass = _lessons(cases, temperature, TYPICAL_OUT_OF_SCOPE_SHARE)
        parts.append((signs, right, 200 * mass / mass.sum()))
    signs, right, mass = (np.concatenate(column) for column in zip(*parts, strict=True))
    strange = SIGNS.index("strange")
    learned = [number for number in range(len(PRIOR)) if number != strange]
    weights = PRIOR.copy()
    none = np.zeros(len(learned))
    weights[learned] = _logistic(signs[:, learned], right, mass, none, strength=1.0)
    return weights


def _logistic(
    signs: Doubles, right: Doubles, mass: Doubles, prior: Doubles, strength: float
) -> Doubles:
    """Fit a logistic regression that is pulled towards ``prior``, by Newton's method."""
    weights = prior.copy()
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(signs @ weights, -30, 30)))
        slope = signs.T @ (mass * (chance - right)) + strength * (weights - prior)
        bend = (signs * (mass * chance * (1 - chance))[:, None]).T @ signs
        step = np.linalg.solve(bend + strength * np.eye(len(weights)), slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-6:
            break
    return weights
