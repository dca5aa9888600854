"""spaCy's view of a text, for projects that name it; needs the extra ``spacy``."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any, Self

from kefu.core.parts import Parts
from kefu.errors import ModelError
from kefu.nlu.component import Component, Lesson, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.tokenizers.pattern import compile_token_pattern, split_tokens
from kefu.nlu.tokens import Token
from kefu.project.settings import ComponentConfig

__all__ = ["DOC", "SpacyNLP", "SpacyTokenizer", "why_missing"]

DOC = "spacy_doc"
"""Where the analysed text is kept in ``Message.extra``."""


def why_missing(model: str | None) -> str:
    """Return why a spaCy model cannot be used; empty: it can."""
    if importlib.util.find_spec("spacy") is None:
        return "spaCy is not installed (pip install 'kefu[spacy]')"
    if not model:
        return "it names no model"
    if not model.isidentifier():
        return "" if Path(model).exists() else f"there is no spaCy model in {model}"
    if importlib.util.find_spec(model) is None:
        return f"the spaCy model {model} is not installed (python -m spacy download {model})"
    return ""


class SpacyNLP(Component):
    """Analyses a text once for all components that read it."""

    def __init__(self, model: str) -> None:
        import spacy

        reason = why_missing(model)
        if reason:
            raise ModelError(f"the model was trained with spaCy, which is missing here: {reason}")
        self._analyse: Any = spacy.load(model)

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Load the model named in the settings."""
        return cls.load(config, {}, lesson.surroundings)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Load the model named in the settings."""
        del parts, surroundings
        return cls(config.settings["model"])

    def process(self, message: Message) -> None:
        """Keep the analysed text in the message."""
        message.extra[DOC] = self._analyse(message.text)


class SpacyTokenizer(Component):
    """Takes spaCy's words."""

    def __init__(self, pattern: re.Pattern[str] | None) -> None:
        self._pattern = pattern

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts, surroundings
        return cls(compile_token_pattern(config))

    def process(self, message: Message) -> None:
        """Set the tokens, leaving out white space."""
        words = [
            Token(word.text, word.idx, word.idx + len(word.text))
            for word in message.extra[DOC]
            if word.text.strip()
        ]
        message.tokens = split_tokens(words, self._pattern)
