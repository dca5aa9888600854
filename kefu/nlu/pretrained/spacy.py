"""Word vectors of a spaCy model as features of a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.nlu.component import Lesson, Surroundings
from kefu.nlu.featurizers.space import Floats
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.pretrained.dense import DenseFeaturizer, checked_share, unit_rows
from kefu.nlu.providers.spacy import ANALYSIS
from kefu.nlu.stored import stored_json
from kefu.project.settings import ComponentConfig

__all__ = ["SpacyFeaturizer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the featurizer."""

    pooling: str = "mean"
    """How the vectors of words become one: ``mean`` or ``max``."""
    share: float = 0.2
    """Measured with en_core_web_sm: more than this lowers accuracy on small sets."""


class SpacyFeaturizer(DenseFeaturizer):
    """Gives the vectors of the words that SpacyNLP has found; a model without has none to give."""

    def __init__(self, options: Options, *, width: int) -> None:
        super().__init__(width=width, share=options.share)
        self._read = "highest" if options.pooling == "max" else "mean"

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Learn how wide the vectors are, and say it."""
        options = _options(config)
        analyser: Any = lesson.shared[ANALYSIS]
        if analyser.width:
            lesson.summary.append(f"{config.name}: {analyser.width} numbers a message")
        else:
            lesson.summary.append(
                f"{config.name}: {analyser.title} has no word vectors, it adds nothing"
            )
        return cls(options, width=analyser.width)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings and the width of the vectors."""
        del surroundings
        return cls(_options(config), width=stored_json(parts, "vectors")["width"])

    def save(self) -> Parts:
        """Keep the width."""
        return {"vectors": {"width": self.width}}

    def features(self, messages: Sequence[Message]) -> Floats:
        """Return one row a message, from its analysis."""
        rows = [getattr(message.extra[ANALYSIS], self._read) for message in messages]
        return unit_rows(np.array(rows, np.float32).reshape(len(rows), self.width))


def _options(config: ComponentConfig) -> Options:
    options = read_options(config, Options)
    checked_share(config, options.share)
    if options.pooling not in {"mean", "max"}:
        raise ProjectError(
            f"{config.place}: {config.name}: pooling is {options.pooling!r} — write mean or max"
        )
    return options
