"""Linear chains whose weights are at hand, so that a few sequences can be learned in between.

A field of CRFsuite cannot be trained any further. So its weights are taken out, and corrected by
the passive-aggressive rule (Crammer et al., *Online Passive-Aggressive Algorithms*, JMLR 2006): a
sequence that is not told right, or not clearly, changes the weights of its own features by as
little as makes it right.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.nlu.extractors.sequence import Features, Labelled
from kefu.nlu.stored import stored_array, stored_json

__all__ = ["ChainLesson", "ChainTagger"]

Doubles: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.intp]

ROUNDS = 12
LARGEST_STEP = 0.3
"""Small steps leave what is known nearly as it was."""
LEAST_STEP = 1e-6
CLEARLY = 1.0
"""So much per label the right labels are to be ahead of any others, where a lesson insists."""
_HEADER = struct.Struct("<4sI4s9I")
_DATABASE = struct.Struct("<4s5I")
_FEATURE = np.dtype([("kind", "<u4"), ("source", "<u4"), ("target", "<u4"), ("weight", "<f8")])
_CHUNK_HEADER = 12


@dataclass(frozen=True, slots=True)
class ChainLesson:
    """A sequence with its right labels."""

    features: Features
    labels: Sequence[str]
    insists: bool = False
    """Whether it shall be told right clearly; otherwise it shall only not be told wrong."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    flat: Numbers
    starts: Numbers
    right: Numbers
    margin: float


class ChainTagger:
    """Labels sequences by the sum of weights of their features and of neighbouring labels."""

    def __init__(
        self, labels: Sequence[str], features: Sequence[str], states: Doubles, moves: Doubles
    ) -> None:
        """Take the weights.

        Args:
            labels: Names of the labels.
            features: Names of the features.
            states: (features, labels); copied.
            moves: (labels, labels): from one to the next.
        """
        self.labels = list(labels)
        self._names = list(features)
        self._number = {name: number for number, name in enumerate(self._names)}
        self._states = np.concatenate((states, np.zeros((1, len(self.labels)))))
        self._moves = moves

    @classmethod
    def of_model(cls, model: bytes) -> ChainTagger:
        """Take the weights out of a model of CRFsuite (``crf1d_model.c`` has the format)."""
        head = _HEADER.unpack_from(model)
        at, labels_at, names_at = head[7], head[8], head[9]
        (count,) = struct.unpack_from("<I", model, at + 8)
        found = np.frombuffer(model, _FEATURE, count, at + _CHUNK_HEADER)
        labels, names = _strings(model, labels_at), _strings(model, names_at)
        states = np.zeros((len(names), len(labels)))
        moves = np.zeros((len(labels), len(labels)))
        for kind, weights in enumerate((states, moves)):
            some = found[found["kind"] == kind]
            weights[some["source"], some["target"]] = some["weight"]
        return cls(labels, names, states, moves)

    def tag(self, features: Features) -> Labelled:
        """Return the likeliest labels."""
        scores = self._scores(features)
        if not len(scores):
            return Labelled([], [])
        path = _best_path(scores, self._moves)
        chances = _chances(scores, self._moves)
        return Labelled(
            [self.labels[number] for number in path],
            chances[np.arange(len(path)), path].tolist(),
        )

    def weights(self) -> dict[tuple[str, str], float]:
        """Return the weight of each (feature, label)."""
        rows, columns = np.nonzero(self._states)
        values = self._states[rows, columns].tolist()
        return {
            (self._names[row], self.labels[column]): value
            for row, column, value in zip(rows.tolist(), columns.tolist(), values, strict=True)
        }

    def chances(self, features: Features, label: str) -> list[float]:
        """Return the probability of one label at each position."""
        if label not in self.labels or not features:
            return [0.0] * len(features)
        chances: list[float] = _chances(self._scores(features), self._moves)[
            :, self.labels.index(label)
        ].tolist()
        return chances

    def corrected(self, lessons: Sequence[ChainLesson]) -> ChainTagger:
        """Return a tagger that tells the lessons right, as far as they agree.

        Lessons that do not insist, and that this tagger tells wrong, are left out.
        """
        kept = [
            lesson
            for lesson in lessons
            if lesson.labels
            and (lesson.insists or self.tag(lesson.features).labels == list(lesson.labels))
        ]
        tagger = self._with_room_for(kept)
        ready = [tagger.prepared(lesson) for lesson in kept]
        for _ in range(ROUNDS):
            moved = [tagger.correct(one) for one in ready]
            if not any(moved):
                break
        return tagger

    def _with_room_for(self, lessons: Sequence[ChainLesson]) -> ChainTagger:
        labels = list(dict.fromkeys((*self.labels, *(x for one in lessons for x in one.labels))))
        named = (name for one in lessons if one.insists for row in one.features for name in row)
        new = [name for name in dict.fromkeys(named) if name not in self._number]
        height, width = len(self._names), len(self.labels)
        states = np.zeros((height + len(new), len(labels)))
        states[:height, :width] = self._states[:-1]
        moves = np.zeros((len(labels), len(labels)))
        moves[:width, :width] = self._moves
        return ChainTagger(labels, [*self._names, *new], states, moves)

    def prepared(self, lesson: ChainLesson) -> _Prepared:
        """Return a lesson as numbers."""
        flat, starts = self._numbers(lesson.features)
        right = np.array([self.labels.index(label) for label in lesson.labels], np.intp)
        return _Prepared(flat, starts, right, CLEARLY if lesson.insists else 0.0)

    def correct(self, lesson: _Prepared) -> bool:
        """Move the weights if the right labels are not ahead by the margin; return whether."""
        flat, starts, right = lesson.flat, lesson.starts, lesson.right
        scores: Doubles = np.add.reduceat(self._states[flat], starts, 0)
        places = np.arange(len(right))
        scores += lesson.margin
        scores[places, right] -= lesson.margin
        path = np.array(_best_path(scores, self._moves), np.intp)
        wrong = np.flatnonzero(path != right)
        if not len(wrong):
            return False
        behind = _score(scores, self._moves, path) - _score(scores, self._moves, right)
        changes = np.zeros_like(self._moves)
        np.add.at(changes, (right[:-1], right[1:]), 1)
        np.add.at(changes, (path[:-1], path[1:]), -1)
        ends = np.append(starts[1:], len(flat))
        length = 2.0 * float((ends - starts - 1)[wrong].sum()) + float((changes**2).sum())
        step = min(LARGEST_STEP, behind / length) if length else 0.0
        for place in wrong.tolist():
            rows = flat[starts[place] : ends[place]]
            self._states[rows, right[place]] += step
            self._states[rows, path[place]] -= step
        self._states[-1] = 0.0
        self._moves += step * changes
        return step > LEAST_STEP

    def _scores(self, features: Features) -> Doubles:
        if not features:
            return np.zeros((0, len(self.labels)))
        flat, starts = self._numbers(features)
        scores: Doubles = np.add.reduceat(self._states[flat], starts, 0)
        return scores

    def _numbers(self, features: Features) -> tuple[Numbers, Numbers]:
        """Return the rows of all features, and where those of each position begin.

        Each position has the last row, which stays zero, so that none is without any.
        """
        find, nothing = self._number.get, len(self._names)
        flat: list[int] = []
        starts: list[int] = []
        for row in features:
            starts.append(len(flat))
            flat.append(nothing)
            flat += [n for name in row if (n := find(name)) is not None]
        return np.array(flat, np.intp), np.array(starts, np.intp)

    def save(self) -> Parts:
        """Return what :meth:`load` takes."""
        return {
            "chain": {"labels": self.labels, "features": self._names},
            "states": self._states[:-1],
            "moves": self._moves,
        }

    @classmethod
    def load(cls, parts: Parts) -> ChainTagger:
        """Build it from :meth:`save`'s result."""
        names = stored_json(parts, "chain")
        return cls(
            names["labels"],
            names["features"],
            stored_array(parts, "states"),
            stored_array(parts, "moves"),
        )


def _strings(model: bytes, at: int) -> list[str]:
    """Return the names in a database of CRFsuite, by their numbers."""
    *_, count, back = _DATABASE.unpack_from(model, at)
    found = []
    for (record,) in struct.iter_unpack("<I", model[at + back : at + back + 4 * count]):
        (size,) = struct.unpack_from("<I", model, at + record + 4)
        start = at + record + 8
        found.append(model[start : start + size - 1].decode())
    return found


def _best_path(scores: Doubles, moves: Doubles) -> list[int]:
    best = scores[0]
    came: list[NDArray[np.intp]] = []
    for row in scores[1:]:
        ways = best[:, None] + moves
        came.append(ways.argmax(0))
        best = ways.max(0) + row
    path = [int(best.argmax())]
    for origin in reversed(came):
        path.append(int(origin[path[-1]]))
    path.reverse()
    return path


def _score(scores: Doubles, moves: Doubles, path: NDArray[np.intp]) -> float:
    return float(scores[np.arange(len(path)), path].sum() + moves[path[:-1], path[1:]].sum())


def _chances(scores: Doubles, moves: Doubles) -> Doubles:
    """Return the probability of each label at each position, by forward and backward sums."""
    powers = np.exp(moves)
    rows = np.exp(scores - scores.max(1, keepdims=True))
    forward, backward = np.empty_like(rows), np.ones_like(rows)
    forward[0] = rows[0] / rows[0].sum()
    for place in range(1, len(rows)):
        here = (forward[place - 1] @ powers) * rows[place]
        forward[place] = here / here.sum()
    for place in range(len(rows) - 2, -1, -1):
        there = powers @ (backward[place + 1] * rows[place + 1])
        backward[place] = there / there.sum()
    both = forward * backward
    result: Doubles = both / both.sum(1, keepdims=True)
    return result
