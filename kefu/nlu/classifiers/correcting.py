"""Linear machines corrected for a few changed examples, rather than trained again.

The machines are the sum of their examples, each by its dual variables. At the optimum these follow
from how the machines decide: ``max(0, 1 - sign * decision) / damping``. So examples that are gone
are taken out of the sum exactly, new ones start with nothing, and the same descent that trains
machines goes on from there - over the new examples and those that are most like what changed,
which are the ones whose best duals move.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kefu.nlu.classifiers.exemplars import as_stored
from kefu.nlu.classifiers.svm import Ints, damping_of, settle
from kefu.nlu.featurizers.space import Floats, Matrix, Vector

__all__ = ["Studied", "corrected"]

MOST_CHANGED = 0.1
"""With a larger share of the rows changed, training from scratch is as quick and better."""
MOST_NEAR = 0.03
"""With a larger share changed all rows are looked at again, not only those like the changed."""
FEWEST_CHANGED = 50
"""So many changed rows are never too many."""
MANY = 2000
"""From so many rows on, training from scratch takes so long that somebody waits for it."""
MOST_OF_MANY = 0.5
"""Then more may have changed: no row is held out again, which takes a quarter of the time."""
EACH = 60
"""So many rows that are most like a changed one are looked at again."""
MOST = 4000
"""No more rows than this are looked at again, those that changed not counted."""
BY_COLUMNS = 16
"""For more vectors than this, what is like them is found by way of the columns."""
FOR_NEW_CLASS = 400
"""A class that is new is told from so many other rows, drawn at random."""
SAME_CLASS = 0.8
"""Of a class that is gone, this share of the examples makes a new one the same by another name."""


@dataclass(slots=True, kw_only=True)
class Studied:
    """What a classifier was trained on, and what came of it."""

    matrix: Matrix
    texts: Sequence[str]
    names: Sequence[str]
    """The classes, sorted."""
    classes: Ints
    """Of the rows."""
    penalty: float
    weights: Floats
    """(columns and the constant, classes)"""
    duals: Floats | None = None
    """(rows, classes); None: not yet worked out, see :meth:`work_out`."""
    touched: Ints | None = None
    """Classes of which examples were looked at again since the last training; None: of all."""

    def work_out(self) -> Floats:
        """Return the dual variables, as they follow from the weights."""
        if self.duals is None:
            signs = 2 * np.eye(len(self.names), dtype=np.float32) - 1
            damping = damping_of(self.classes, len(self.names), self.penalty)
            decided = self._decisions()
            decided *= signs[self.classes]
            self.duals = (np.maximum(1 - decided, 0) / damping[self.classes]).astype(np.float32)
        return self.duals

    def _decisions(self) -> Floats:
        matrix, weights = self.matrix, self.weights
        result = np.empty((matrix.height, len(self.names)), np.float32)
        starts = matrix.starts.tolist()
        for row in range(matrix.height):
            part = slice(starts[row], starts[row + 1])
            result[row] = matrix.values[part] @ weights.take(matrix.indices[part], 0)
        if matrix.dense is not None:
            result += matrix.dense @ weights[matrix.width : -1]
        result += weights[-1]
        return result


def corrected(
    before: Studied, matrix: Matrix, texts: Sequence[str], labels: Sequence[str], *, seed: int
) -> Studied | None:
    """Return what training on rows of ``matrix`` would give, nearly.

    Args:
        before: The last training. Most rows of the same text have the same vector in ``matrix``.
        matrix: Has the columns of the former one, and behind the sparse ones further ones.
        texts: Of the rows.
        labels: Of the rows.
        seed: For everything random.

    Returns:
        None if so much has changed that there is nothing to be gained.
    """
    names = sorted(set(labels))
    position = {name: number for number, name in enumerate(names)}
    classes = np.array([position[label] for label in labels], np.intp)
    origin = _origins(before, names, texts, classes)
    old_row, gone = _matched(before, texts, classes, origin)
    new = np.flatnonzero(old_row < 0)
    other = _differing(before.matrix, matrix, old_row)
    changed = len(new) + len(gone) + len(other)
    is_much = changed > max(MOST_NEAR * len(texts), FEWEST_CHANGED)
    most = MOST_CHANGED if len(texts) < MANY else MOST_OF_MANY
    if is_much and changed > most * len(texts):
        return None
    weights, duals = _moved(before, matrix, origin, old_row, (gone, other))
    studied = Studied(
        matrix=matrix,
        texts=texts,
        names=names,
        classes=classes,
        penalty=before.penalty,
        weights=weights,
        duals=duals,
    )
    studied.touched = np.zeros(0, np.intp)
    if changed:
        left = before.matrix.rows(np.concatenate((gone, old_row[other])))
        new = np.union1d(new, other)
        chosen = np.arange(matrix.height)
        if not is_much:
            has_new_class = bool((origin < 0).any())
            chosen = _concerned(studied, new, left, seed, has_new_class=has_new_class)
        rows = matrix.rows(chosen)
        damping = damping_of(classes, len(names), before.penalty)
        duals[chosen] = settle(
            rows, classes[chosen], damping, weights=weights, duals=duals[chosen], seed=seed
        )
        moved = np.unique(np.concatenate((rows.indices, left.indices, _behind(weights, matrix))))
        weights[moved] = as_stored(weights[moved])
        was = np.flatnonzero(np.isin(origin, before.classes[gone]))
        studied.touched = np.union1d(classes[new], was)
    return studied


def _behind(weights: Floats, matrix: Matrix) -> Ints:
    """Return the rows of dense features; the constant is not rounded."""
    return np.arange(matrix.width, len(weights) - 1)


def _origins(before: Studied, names: Sequence[str], texts: Sequence[str], classes: Ints) -> Ints:
    """Return for each class its former number, also where only the name is new; -1: none."""
    old = {name: number for number, name in enumerate(before.names)}
    origin = np.array([old.get(name, -1) for name in names], np.intp)
    lost = {number for name, number in old.items() if name not in set(names)}
    if not lost or (origin >= 0).all():
        return origin
    sizes = np.bincount(before.classes, minlength=len(old))
    former = {
        text: number
        for text, number in zip(before.texts, before.classes.tolist(), strict=True)
        if number in lost
    }
    shared = Counter(
        (number, former[text])
        for text, number in zip(texts, classes.tolist(), strict=True)
        if origin[number] < 0 and text in former
    )
    for (number, was), count in shared.most_common():
        if was in lost and origin[number] < 0 and count >= SAME_CLASS * sizes[was]:
            origin[number] = was
            lost.discard(was)
    return origin


def _matched(
    before: Studied, texts: Sequence[str], classes: Ints, origin: Ints
) -> tuple[Ints, Ints]:
    """Return the former row of each row, -1 for new ones, and the former rows that are gone."""
    waiting: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for row, key in enumerate(zip(before.texts, before.classes.tolist(), strict=True)):
        waiting[key].append(row)
    found = np.full(len(texts), -1, np.intp)
    for row, (text, number) in enumerate(zip(texts, origin[classes].tolist(), strict=True)):
        rows = waiting.get((text, number))
        if rows:
            found[row] = rows.pop()
    gone = sorted(row for rows in waiting.values() for row in rows)
    return found, np.array(gone, np.intp)


def _differing(before: Matrix, now: Matrix, old_row: Ints) -> Ints:
    """Return the rows that were there before, and have other sparse columns or values now."""
    there = np.flatnonzero(old_row >= 0)
    length, was = np.diff(now.starts)[there], np.diff(before.starts)[old_row[there]]
    alike = there[length == was]
    ours, theirs = now.rows(alike), before.rows(old_row[alike])
    differs = (ours.indices != theirs.indices) | (ours.values != theirs.values)
    lengths = np.diff(ours.starts)
    suspects = np.unique(np.repeat(alike, lengths)[differs]).tolist()
    found = [row for row in suspects if not _is_same(now.row(row), before.row(int(old_row[row])))]
    return np.sort(np.concatenate((there[length != was], np.array(found, np.intp))))


def _is_same(one: Vector, other: Vector) -> bool:
    """Whether vectors are the same, in whatever order."""
    ours, theirs = np.argsort(one.indices), np.argsort(other.indices)
    return bool(
        (one.indices[ours] == other.indices[theirs]).all()
        and np.allclose(one.values[ours], other.values[theirs], atol=1e-5)
    )


def _moved(
    before: Studied, matrix: Matrix, origin: Ints, old_row: Ints, changed: tuple[Ints, Ints]
) -> tuple[Floats, Floats]:
    """Return weights and duals in the new columns.

    Args:
        before: The last training.
        matrix: The new vectors.
        origin: Of the classes.
        old_row: Of the rows.
        changed: Former rows that are gone, and rows whose vectors are others now: they count for
            as much as they did, where they are now.
    """
    former = before.work_out()
    kept = np.flatnonzero(origin >= 0)
    was = origin[kept]
    width, old_width = matrix.width, before.matrix.width
    weights = np.zeros((len(before.weights) + width - old_width, len(origin)), np.float32)
    duals = np.zeros((len(old_row), len(origin)), np.float32)
    known = former.take(np.maximum(old_row, 0), 0)
    known[old_row < 0] = 0
    for to, start, count in _runs(origin):
        columns, now = slice(start, start + count), slice(to, to + count)
        weights[:old_width, now] = before.weights[:old_width, columns]
        weights[width:, now] = before.weights[old_width:, columns]
        duals[:, now] = known[:, columns]
    signs = 2 * np.eye(before.weights.shape[1], dtype=np.float32) - 1
    gone, other = changed
    pairs = [(row, -1) for row in gone.tolist()]
    pairs += zip(old_row[other].tolist(), other.tolist(), strict=True)
    for row, now_row in pairs:
        part = np.zeros(len(origin), np.float32)
        part[kept] = (signs[before.classes[row]] * former[row])[was]
        _add(weights, before.matrix.row(row), -part, width)
        if now_row >= 0:
            _add(weights, matrix.row(now_row), part, width)
    return weights, duals


def _add(weights: Floats, vector: Vector, part: Floats, width: int) -> None:
    """Have a vector count for so much in each class."""
    weights[vector.indices] += vector.values[:, None] * part
    if vector.dense is not None:
        weights[width:-1] += vector.dense[:, None] * part
    weights[-1] += part


def _runs(origin: Ints) -> list[tuple[int, int, int]]:
    """Return neighbouring classes that were neighbours before, too: (first, its former, count)."""
    breaks = np.flatnonzero((np.diff(origin) != 1) | (origin[:-1] < 0)) + 1
    starts = [0, *breaks.tolist()]
    ends = [*breaks.tolist(), len(origin)]
    was = origin.tolist()
    return [(a, was[a], b - a) for a, b in zip(starts, ends, strict=True) if was[a] >= 0]


def _concerned(
    studied: Studied, new: Ints, gone: Matrix, seed: int, *, has_new_class: bool
) -> Ints:
    """Return the rows whose best dual variables move: what is new, and what is like the changed."""
    matrix = studied.matrix
    chosen = np.zeros(matrix.height, bool)
    changed = [matrix.row(row) for row in new.tolist()]
    changed += [gone.row(row) for row in range(gone.height)]
    each = max(1, min(EACH, MOST // max(len(changed), 1)))
    likeness = _Likeness(matrix, by_columns=len(changed) > BY_COLUMNS)
    for vector in changed[:: -(-len(changed) // MOST) or 1]:
        alike = likeness.to(vector)
        nearest = np.argpartition(-alike, min(each, len(alike) - 1))[:each]
        chosen[nearest] = True
    if has_new_class:
        rng = np.random.default_rng(seed)
        chosen[rng.permutation(matrix.height)[:FOR_NEW_CLASS]] = True
    chosen[new] = True
    return np.flatnonzero(chosen)


class _Likeness:
    """How like vectors the rows of a matrix are."""

    def __init__(self, matrix: Matrix, *, by_columns: bool) -> None:
        """Take the matrix; ``by_columns`` pays for many vectors."""
        self._matrix = matrix
        self._rows = np.repeat(np.arange(matrix.height), np.diff(matrix.starts))
        self._starts: Ints | None = None
        if by_columns:
            order = np.argsort(matrix.indices, kind="stable")
            self._rows, self._values = self._rows[order], matrix.values[order]
            counts = np.bincount(matrix.indices, minlength=matrix.width)
            self._starts = np.concatenate(([0], np.cumsum(counts)))

    def to(self, vector: Vector) -> Floats:
        """Return the product of each row with a vector."""
        matrix = self._matrix
        if self._starts is None:
            rows, spread = self._rows, np.zeros(matrix.width, np.float32)
            spread[vector.indices] = vector.values
            products = spread[matrix.indices] * matrix.values
        else:
            spans = [slice(self._starts[i], self._starts[i + 1]) for i in vector.indices.tolist()]
            rows = np.concatenate([self._rows[:0], *(self._rows[span] for span in spans)])
            parts = zip(vector.values, spans, strict=True)
            products = np.concatenate(
                [matrix.values[:0], *(value * self._values[span] for value, span in parts)]
            )
        alike = np.bincount(rows, products, matrix.height).astype(np.float32)
        if vector.dense is not None and matrix.dense is not None:
            alike += matrix.dense @ vector.dense
        return alike
