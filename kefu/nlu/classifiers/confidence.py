"""How sure a classifier may be of its answer, learned from what it has not seen.

A soft-max over the classes alone is sure of messages that belong to none of them. So two things
are asked: does the message belong to any class, and if so, is it the likeliest one? Models are
trained that miss some examples and some whole classes; a logistic function of a few signs learns
to tell what they can know from what they cannot, another one their right answers from wrong ones.
Both start from weights learned on public data sets, the first with strangers from other sets, and
move away from them as far as the project has evidence. The confidence is the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import JsonValue
from kefu.nlu.classifiers.evidence import (
    ANSWER_SIGNS,
    SCOPE_SIGNS,
    Doubles,
    Evidence,
    Held,
    Look,
)
from kefu.nlu.classifiers.svm import NEVER, HoldOut, Ints
from kefu.nlu.explanation import Sign
from kefu.nlu.featurizers.space import Floats

__all__ = ["PRIOR_SHARE", "Confidence", "fit_confidence", "fit_priors", "plan_hold_out", "soft_max"]

ANSWER_PRIOR = np.array([0.34, 3.12, 0.01])
"""Weights of ANSWER_SIGNS and the constant, from ``bench/nlu_prior.py``."""
SCOPE_PRIOR = np.array([3.08, 2.6, -12.0, 2.72, 1.87])
"""Weights of SCOPE_SIGNS and the constant, from the same.

Fitted while n-grams that no example has did not yet make a text less near. Fitted again, the known
part weighs 0.88 and the constant is 2.84: no better on public sets, and less careful in tiny
projects. The weight of "strange" is not learned: held-out sentences are too seldom strange.
"""
PRIOR_SHARE = 0.1
"""The share of out-of-scope messages in what SCOPE_PRIOR was learned from."""
ANSWER_STRENGTH = 10.0
SCOPE_STRENGTH = 40.0
"""The more, the more evidence a project needs to move away from the prior."""
EACH = 200.0
"""So many messages a data set counts for where priors are learned."""
TYPICAL_TEMPERATURE = 5.0
TYPICAL_NETWORK_TEMPERATURE = 1.0
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
    network_temperature: float = TYPICAL_NETWORK_TEMPERATURE
    answer: tuple[float, ...] = tuple(ANSWER_PRIOR.tolist())
    scope: tuple[float, ...] = tuple(SCOPE_PRIOR.tolist())
    accuracy: float | None = None
    """Share of right answers among held-out examples of known classes."""

    def probabilities(self, look: Look) -> Doubles:
        """Return how probable each class is if it is one of them."""
        found = soft_max(look.decisions, self.temperature)
        if look.scores is None:
            return found
        return (found + soft_max(look.scores, self.network_temperature)) / 2

    def judge(self, probabilities: Doubles, evidence: Evidence) -> tuple[Doubles, float]:
        """Return the probability of each class, and that of any.

        The probabilities of classes add up to at most 1, the rest is "none of them".
        """
        in_scope = _chance(evidence.scope(), self.scope)
        sure = _chance(evidence.answer(), self.answer) * in_scope
        best = int(probabilities.argmax())
        first = float(probabilities[best])
        others = sure / first if sure < first else (1 - sure) / max(1 - first, 1e-12)
        chances = probabilities * others
        chances[best] = sure
        return chances, in_scope

    def answer_signs(self, evidence: Evidence) -> tuple[Sign, ...]:
        """Return what tells that the likeliest class is right, the constant last."""
        return _named(ANSWER_SIGNS, evidence.answer(), self.answer)

    def scope_signs(self, evidence: Evidence) -> tuple[Sign, ...]:
        """Return what tells that it is any of the classes, the constant last."""
        return _named(SCOPE_SIGNS, evidence.scope(), self.scope)

    def as_json(self) -> JsonValue:
        """Return a form that JSON can keep."""
        return {name: value for name, value in asdict(self).items() if name != "accuracy"}

    @classmethod
    def from_json(cls, data: JsonValue) -> Confidence:
        """Take back :meth:`as_json`'s result."""
        return cls(**{**data, "answer": tuple(data["answer"]), "scope": tuple(data["scope"])})


def soft_max(decisions: Floats | Doubles, temperature: float) -> Doubles:
    """Turn decisions into probabilities."""
    scaled = decisions.astype(np.float64) * temperature
    powers = np.exp(scaled - scaled.max())
    result: Doubles = powers / powers.sum()
    return result


def _chance(signs: Sequence[float], weights: Sequence[float]) -> float:
    log_odds = sum(sign * weight for sign, weight in zip(signs, weights, strict=True))
    return float(1 / (1 + np.exp(-log_odds)))


def _named(
    names: Sequence[str], signs: Sequence[float], weights: Sequence[float]
) -> tuple[Sign, ...]:
    named = zip((*names, "constant"), signs, weights, strict=True)
    return tuple(Sign(name, float(value), float(weight)) for name, value, weight in named)


def plan_hold_out(
    classes: Ints, *, count: int, seed: int, further: int = 0, guesses: int = 0
) -> HoldOut | None:
    """Decide which examples and classes are held out; None where there are too few of them.

    Args:
        classes: Of the examples.
        count: Number of classes.
        seed: For the choice.
        further: Number of further rows, which are left out with their class only.
        guesses: Number of rows behind these that only the main model learns from: who guessed
            knew all examples.
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
    behind = np.concatenate((np.full(further, -1), np.full(guesses, NEVER)))
    return HoldOut(
        fold=np.concatenate((fold, behind)).astype(np.intp),
        group=group,
        count=1 if once else parts,
        judged=np.sort(rng.permutation(len(classes))[:MAX_JUDGED]),
    )


def fit_confidence(cases: Sequence[Held], *, out_of_scope_share: float) -> Confidence:
    """Learn from examples as seen by models that were trained without them.

    Args:
        cases: From :func:`held_out_cases`; none: everything is as it typically is.
        out_of_scope_share: Which part of all messages is expected to belong to no class.
    """
    share = max(out_of_scope_share, 1e-3)
    prior = SCOPE_PRIOR.copy()
    prior[-1] += _log_odds(PRIOR_SHARE) - _log_odds(share)
    if not any(case.answer >= 0 for case in cases):
        return Confidence(scope=tuple(prior.tolist()))
    tempered = _fit_temperatures(cases)
    lessons = _Lessons.of(cases, tempered)
    return replace(
        tempered,
        answer=tuple(lessons.answer_weights(ANSWER_PRIOR, ANSWER_STRENGTH).tolist()),
        scope=tuple(lessons.scope_weights(share, prior, SCOPE_STRENGTH).tolist()),
        accuracy=float(lessons.is_right[lessons.is_inside].mean()),
    )


def fit_priors(data_sets: Sequence[tuple[Sequence[Held], Sequence[Look]]]) -> list[Doubles]:
    """Learn :data:`ANSWER_PRIOR` and :data:`SCOPE_PRIOR` from data sets that count the same.

    Args:
        data_sets: Of each, examples as seen by models trained without them, and sentences of
            other data sets.
    """
    answers, scopes = [], []
    for cases, strangers in data_sets:
        inside = [case for case in cases if case.answer >= 0]
        tempered = _fit_temperatures(inside)
        lessons = _Lessons.of([*inside, *(Held(look, -1) for look in strangers)], tempered)
        answers.append((lessons.answer[lessons.is_inside], lessons.is_right[lessons.is_inside]))
        scopes.append((lessons.scope, lessons.is_inside))
    strange = SCOPE_SIGNS.index("strange")
    learned = [(np.delete(signs, strange, axis=1), is_so) for signs, is_so in scopes]
    scope = np.insert(_fit_prior(learned, PRIOR_SHARE), strange, SCOPE_PRIOR[strange])
    return [_fit_prior(answers, None), scope]


def _fit_prior(
    lessons: Sequence[tuple[Doubles, NDArray[np.bool_]]], share: float | None
) -> Doubles:
    """Learn from signs and what they mean; with a share "no" counts for so much of all."""
    mass = []
    for _, is_so in lessons:
        counts = np.ones(len(is_so))
        if share is not None:
            counts[is_so] *= (1 - share) / is_so.sum()
            counts[~is_so] *= share / (~is_so).sum()
        mass.append(EACH * counts / counts.sum())
    signs = np.concatenate([signs for signs, _ in lessons])
    answers = np.concatenate([is_so for _, is_so in lessons]).astype(np.float64)
    none = np.zeros(signs.shape[1])
    return _logistic(signs, answers, np.concatenate(mass), none, strength=1.0)


def _fit_temperatures(cases: Sequence[Held]) -> Confidence:
    inside = [case for case in cases if case.answer >= 0]
    answers = [case.answer for case in inside]
    decisions = [case.look.decisions for case in inside]
    found = Confidence(temperature=_fit_temperature(decisions, answers, TYPICAL_TEMPERATURE))
    scores = [case.look.scores for case in inside if case.look.scores is not None]
    if not scores:
        return found
    temperature = _fit_temperature(scores, answers, TYPICAL_NETWORK_TEMPERATURE)
    return replace(found, network_temperature=temperature)


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _fit_temperature(decisions: Sequence[Floats], answers: Sequence[int], typical: float) -> float:
    grid = typical * np.exp(np.linspace(np.log(0.2), np.log(3.0), 28))
    stacks = _stacked(decisions, answers)
    losses = [sum(_surprise(*stack, t) for stack in stacks) for t in grid.tolist()]
    pull = TEMPERATURE_STRENGTH * np.log(grid / typical) ** 2
    return float(grid[int(np.argmin(np.asarray(losses) + pull))])


def _stacked(decisions: Sequence[Floats], answers: Sequence[int]) -> list[tuple[Doubles, Ints]]:
    """Return decisions and answers, those of equally many classes in one piece."""
    found: dict[int, list[tuple[Floats, int]]] = {}
    for decided, answer in zip(decisions, answers, strict=True):
        found.setdefault(len(decided), []).append((decided, answer))
    return [
        (
            np.stack([decided for decided, _ in some]).astype(np.float64),
            np.array([answer for _, answer in some], np.intp),
        )
        for some in found.values()
    ]


def _surprise(decisions: Doubles, answers: Ints, temperature: float) -> float:
    scaled = decisions * temperature
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    chances = powers[np.arange(len(answers)), answers] / powers.sum(1)
    return float(-np.log(np.maximum(chances, 1e-9)).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lessons:
    """What there is to learn from: a row a case."""

    answer: Doubles
    scope: Doubles
    is_right: NDArray[np.bool_]
    is_inside: NDArray[np.bool_]

    @classmethod
    def of(cls, cases: Sequence[Held], confidence: Confidence) -> _Lessons:
        """Collect the signs of all cases."""
        answer, scope, right = [], [], []
        for case in cases:
            probabilities = confidence.probabilities(case.look)
            evidence = case.look.evidence(probabilities)
            answer.append(evidence.answer())
            scope.append(evidence.scope())
            right.append(case.answer == int(probabilities.argmax()))
        inside = [case.answer >= 0 for case in cases]
        return cls(
            answer=np.array(answer),
            scope=np.array(scope),
            is_right=np.array(right),
            is_inside=np.array(inside),
        )

    def answer_weights(self, prior: Doubles, strength: float) -> Doubles:
        """Learn to tell right answers from wrong ones to messages of known classes."""
        inside = self.is_inside
        mass = np.ones(int(inside.sum()))
        right = self.is_right[inside].astype(np.float64)
        return _logistic(self.answer[inside], right, mass, prior, strength)

    def scope_weights(self, share: float, prior: Doubles, strength: float) -> Doubles:
        """Learn to tell messages of known classes from others, which are ``share`` of all."""
        inside = self.is_inside
        mass = np.ones(len(inside))
        if not inside.all():
            mass[~inside] = share / (1 - share) * inside.sum() / (~inside).sum()
        return _logistic(self.scope, inside.astype(np.float64), mass, prior, strength)


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
