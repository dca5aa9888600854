"""Entities of a spaCy model: people, places, dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.providers.spacy import ANALYSIS
from kefu.project.settings import ComponentConfig

__all__ = ["SpacyEntityExtractor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the extractor."""

    dimensions: list[Any] | None = None
    """Kinds of entities wanted; None or none: all."""


class SpacyEntityExtractor(Component):
    """Reads the entities off the text that SpacyNLP has analysed."""

    def __init__(self, options: Options, *, name: str) -> None:
        self._wanted = set(options.dimensions or ())
        self._name = name

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts, surroundings
        return cls(read_options(config, Options), name=config.name)

    def process(self, message: Message) -> None:
        """Append the entities, left to right."""
        message.entities += [
            {
                "entity": kind,
                "value": message.text[start:end],
                "start": start,
                "confidence": None,
                "end": end,
                "extractor": self._name,
            }
            for kind, start, end in message.extra[ANALYSIS].entities
            if not self._wanted or kind in self._wanted
        ]
