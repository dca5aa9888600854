"""Features that models trained elsewhere give, beside the n-grams of the training data.

Each such featurizer is one block of columns. A row of it has length 1, like that of the n-grams,
and is weighed by its share: with 0.5 the block counts as much as all n-grams together, two blocks
of 0.5 count a third each.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from dataclasses import replace

import numpy as np

from kefu.errors import ProjectError
from kefu.nlu.component import Component
from kefu.nlu.featurizers.space import Floats, Vector
from kefu.nlu.message import Message
from kefu.project.settings import ComponentConfig

__all__ = ["DenseFeaturizer", "checked_share", "unit_rows", "with_dense"]


class DenseFeaturizer(Component):
    """A component whose features are dense.

    Args:
        width: Number of features; 0: it has none to give.
        share: Of the weight of all features, beside n-grams alone; above 0 and below 1.
    """

    def __init__(self, *, width: int, share: float) -> None:
        self.width = width
        self._scale = np.float32((share / (1 - share)) ** 0.5)

    @abstractmethod
    def features(self, messages: Sequence[Message]) -> Floats:
        """Return (messages, width): rows of length 1, or 0 where nothing is known of a message."""

    def example_features(self, messages: Sequence[Message]) -> Floats:
        """Return the features of examples, many at once."""
        return self.features(messages)

    def weighed(self, features: Floats) -> Floats:
        """Return the features as classifiers want them."""
        features *= self._scale
        return features

    def process(self, message: Message) -> Awaitable[None] | None:
        """Append the features to ``message.dense``."""
        if self.width:
            message.dense.append(self.weighed(self.features([message]))[0])
        return None


def checked_share(config: ComponentConfig, share: float) -> float:
    """Return ``share`` if it can be one.

    Raises:
        ProjectError: It is not above 0 and below 1.
    """
    if not 0 < share < 1:
        raise ProjectError(
            f"{config.place}: {config.name}: share is {share} — write a number between 0 and 1, "
            "such as 0.5"
        )
    return share


def unit_rows(rows: Floats) -> Floats:
    """Give every row the length 1; rows that are 0, or no numbers, become 0."""
    rows = np.nan_to_num(rows, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    lengths[lengths < np.float32(1e-12)] = np.inf
    result: Floats = (rows / lengths[:, None]).astype(np.float32)
    return result


def with_dense(vector: Vector, blocks: Sequence[Floats]) -> Vector:
    """Put dense features beside the n-grams."""
    return replace(vector, dense=np.concatenate(blocks))
