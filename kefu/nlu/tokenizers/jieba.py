"""Chinese words by dictionary, as jieba splits them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.nlu.component import Component, Lesson, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.segmentation import Segmenter, chinese_words
from kefu.nlu.stored import stored_json
from kefu.nlu.tokenizers.pattern import compile_token_pattern, split_tokens
from kefu.nlu.tokens import Token
from kefu.project.settings import ComponentConfig

__all__ = ["JiebaTokenizer"]

DictionaryWord = tuple[str, int | None, str]
"""Word, frequency (None: as high as is needed to keep it together), part of speech."""


class JiebaTokenizer(Component):
    """Splits a text without gaps, blanks included, with the project's own words where given."""

    def __init__(
        self, *, words: list[DictionaryWord], pattern: re.Pattern[str] | None = None
    ) -> None:
        self._words = words
        self._pattern = pattern
        self._segment = _segmenter(words) if words else chinese_words

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Read the dictionaries below ``dictionary_path``."""
        path = config.settings.get("dictionary_path")
        words = list(_read_dictionaries(config, lesson.root / path)) if path else []
        return cls(words=words, pattern=compile_token_pattern(config))

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the dictionary from the model."""
        del surroundings
        saved = stored_json(parts, "words") if parts else []
        words = [(word, frequency, tag) for word, frequency, tag in saved]
        loaded = cls(words=words, pattern=compile_token_pattern(config))
        loaded._segment("好")  # jieba's own words are read now, not while the first customer waits
        return loaded

    def save(self) -> Parts:
        """Keep the words of the project's dictionaries."""
        return {"words": [list(word) for word in self._words]} if self._words else {}

    def process(self, message: Message) -> None:
        """Set the tokens."""
        tokens = [Token(word, start, end) for word, start, end in self._segment(message.text)]
        message.tokens = split_tokens(tokens, self._pattern)


def _segmenter(words: list[DictionaryWord]) -> Segmenter:
    import rjieba

    jieba = rjieba.Jieba()
    for word, frequency, tag in words:
        jieba.add_word(word, jieba.suggest_freq(word) if frequency is None else frequency, tag)
    tokenize: Segmenter = jieba.tokenize
    return tokenize


def _read_dictionaries(config: ComponentConfig, path: Path) -> Iterator[DictionaryWord]:
    if path.is_file():
        files = [path]
    elif path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
    else:
        raise ProjectError(
            f"{config.place}: {config.name}: there is no folder {path.as_posix()} — "
            "correct dictionary_path or remove it"
        )
    for file in files:
        try:
            lines = file.read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ProjectError(
                f"{file.as_posix()}: the dictionary is not UTF-8 — save it as UTF-8"
            ) from error
        yield from (_dictionary_word(line.split()) for line in lines if line.strip())


def _dictionary_word(columns: list[str]) -> DictionaryWord:
    word, *rest = columns
    frequency = int(rest.pop(0)) if rest and rest[0].isdigit() else None
    return word, frequency, rest[0] if rest else ""
