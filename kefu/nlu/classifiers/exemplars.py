"""How near a text is to the examples of a class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kefu.core.parts import Parts
from kefu.nlu.classifiers.svm import Ints
from kefu.nlu.featurizers.space import Floats, Matrix, Vector
from kefu.nlu.stored import stored_array

__all__ = ["Exemplars", "as_stored"]

MOST = 200
"""So many examples of a class are kept."""
TYPICAL_STRENGTH = 5.0
"""How many examples of a class the other classes count for in what is usual for it."""
SAMPLE = 50
"""What is usual for a class is found out from so many of its examples."""


class Exemplars:
    """Examples of each class, to compare others with.

    A text that belongs to a class is about as near to its nearest example as the examples are to
    one another. How near that is differs between classes, so it is looked at for each.
    """

    def __init__(self, matrix: Matrix, ends: Ints, usual: Floats) -> None:
        """Keep rows of length 1, ordered by class.

        Args:
            matrix: The rows.
            ends: Behind the last row of each class.
            usual: How near the examples of each class are to one another.
        """
        self._matrix = matrix
        self._ends = ends
        self._usual = usual
        self._features: dict[int, tuple[Ints, Ints]] = {}
        """Of classes that were asked for: which features their examples have, and which one of
        these each value is of. They are few, all features would be many."""

    @classmethod
    def of(
        cls,
        matrix: Matrix,
        classes: Ints,
        *,
        count: int,
        seed: int,
        known: Mapping[int, float] | None = None,
    ) -> Exemplars:
        """Take up to :data:`MOST` rows of each of ``count`` classes; those without n-grams not.

        Args:
            matrix: The rows.
            classes: Of the rows.
            count: Number of classes.
            seed: For the choice.
            known: What is usual for classes of which that need not be found out.
        """
        rng = np.random.default_rng(seed)
        order = rng.permutation(np.flatnonzero(np.diff(matrix.starts)))
        order = order[np.argsort(classes[order], kind="stable")]
        sizes = np.bincount(classes[order], minlength=count)
        place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows = _unit(matrix.rows(order[place < MOST]))
        found = cls(rows, np.cumsum(np.minimum(sizes, MOST)), np.zeros(count, np.float32))
        found._usual = found._usual_nearness(known or {})
        return found

    def nearness(self, vector: Vector, number: int) -> float:
        """Return the cosine to the nearest example of a class, less what is usual there."""
        near = self._cosines(vector, number)
        return float(near.max(initial=0.0)) - float(self._usual[number])

    def _cosines(self, vector: Vector, number: int) -> Floats:
        first = int(self._ends[number - 1]) if number else 0
        last = int(self._ends[number])
        matrix = self._matrix
        starts = matrix.starts[first : last + 1]
        part = slice(int(starts[0]), int(starts[-1]))
        if part.start == part.stop:
            return np.zeros(0, np.float32)
        features, feature_of = self._features_of(number, part)
        place = features.searchsorted(vector.indices)
        place[place == len(features)] = 0
        is_known = features.take(place) == vector.indices
        spread = np.zeros(len(features), np.float32)
        spread[place[is_known]] = vector.values[is_known]
        products = spread.take(feature_of) * matrix.values[part]
        cosines = np.add.reduceat(products, starts[:-1] - starts[0])
        square = 1.0  # of what the text has in all, known or not
        if matrix.dense is not None and vector.dense is not None:
            cosines += matrix.dense[first:last] @ vector.dense
            square += float(vector.dense @ vector.dense)
        result: Floats = cosines / square**0.5
        return result

    def _features_of(self, number: int, part: slice) -> tuple[Ints, Ints]:
        found = self._features.get(number)
        if found is None:
            found = np.unique(self._matrix.indices[part], return_inverse=True)
            self._features[number] = found
        return found

    def usual(self, number: int) -> float:
        """Return what is usual for a class."""
        return float(self._usual[number])

    def widened(self, width: int) -> Exemplars:
        """Return the same examples among more features, of which they have none."""
        return Exemplars(self._matrix.widened(width), self._ends, self._usual)

    def _usual_nearness(self, known: Mapping[int, float]) -> Floats:
        usual = np.zeros(len(self._ends))
        spans = list(zip([0, *self._ends[:-1].tolist()], self._ends.tolist(), strict=True))
        nearest: list[list[float]] = []
        for number, (first, last) in enumerate(spans):
            nearest.append([])
            is_asked = last - first > 1 and number not in known
            for row in range(first, min(last, first + SAMPLE)) if is_asked else ():
                cosines = self._cosines(self._matrix.row(row), number)
                cosines[row - first] = 0
                nearest[-1].append(float(cosines.max()))
        every = [value for some in nearest for value in some]
        every += known.values()
        mean = sum(every) / len(every) if every else 0.0
        for number, some in enumerate(nearest):
            total = sum(some) + TYPICAL_STRENGTH * mean
            usual[number] = known.get(number, total / (len(some) + TYPICAL_STRENGTH))
        return usual.astype(np.float32)

    def save(self) -> Parts:
        """Return what :meth:`load` takes."""
        matrix = self._matrix
        parts: Parts = {
            "starts": matrix.starts.astype(np.int32),
            "indices": matrix.indices.astype(np.int32),
            "values": matrix.values.astype(np.float16),
            "ends": self._ends.astype(np.int32),
            "usual": self._usual,
        }
        if matrix.dense is not None:
            parts["dense"] = matrix.dense.astype(np.float16)
        return parts

    @classmethod
    def load(cls, parts: Parts, *, columns: int) -> Exemplars:
        """Build them from :meth:`save`'s result for so many features."""
        dense = stored_array(parts, "dense").astype(np.float32) if "dense" in parts else None
        width = columns - (0 if dense is None else dense.shape[1])
        matrix = Matrix(
            stored_array(parts, "starts").astype(np.intp),
            stored_array(parts, "indices").astype(np.intp),
            stored_array(parts, "values").astype(np.float32),
            width,
            dense,
        )
        return cls(
            matrix, stored_array(parts, "ends").astype(np.intp), stored_array(parts, "usual")
        )


def _unit(matrix: Matrix) -> Matrix:
    """Return the rows with length 1."""
    lengths = np.diff(matrix.starts)
    row_of = np.repeat(np.arange(matrix.height), lengths)
    squares = np.bincount(row_of, matrix.values**2, matrix.height)
    if matrix.dense is not None:
        squares += np.einsum("ij,ij->i", matrix.dense, matrix.dense)
    scales = (1 / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32)
    dense = None if matrix.dense is None else matrix.dense * scales[:, None]
    values = matrix.values * scales[row_of]
    return Matrix(
        matrix.starts,
        matrix.indices,
        as_stored(values),
        matrix.width,
        None if dense is None else as_stored(dense),
    )


def as_stored(values: Floats) -> Floats:
    """Return values as they are after they were stored."""
    return values.astype(np.float16).astype(np.float32)
