"""spaCy's words."""

from __future__ import annotations

import re
from typing import Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.providers.spacy import ANALYSIS
from kefu.nlu.tokenizers.pattern import compile_token_pattern, split_tokens
from kefu.project.settings import ComponentConfig

__all__ = ["SpacyTokenizer"]


class SpacyTokenizer(Component):
    """Takes the words that SpacyNLP has found."""

    def __init__(self, pattern: re.Pattern[str] | None) -> None:
        self._pattern = pattern

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts, surroundings
        return cls(compile_token_pattern(config))

    def process(self, message: Message) -> None:
        """Set the tokens."""
        message.tokens = split_tokens(message.extra[ANALYSIS].words, self._pattern)
