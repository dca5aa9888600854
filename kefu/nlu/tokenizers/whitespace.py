"""Words between blanks; scripts that have none are segmented by a dictionary."""

from __future__ import annotations

import re
from typing import Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.segmentation import chinese_words, split_by_script
from kefu.nlu.text import MARKS, has_unspaced
from kefu.nlu.tokenizers.pattern import compile_token_pattern, split_tokens
from kefu.nlu.tokens import Token
from kefu.project.settings import ComponentConfig

__all__ = ["WhitespaceTokenizer"]

_UNSPACED_LANGUAGES = ("zh", "ja", "th", "lo", "km")
_CHUNK = re.compile(r"\S+")
_EDGE_BEHIND = re.compile(rf"[^\w{MARKS}#@&]+\Z")
_EDGE_BEFORE = re.compile(rf"[^\w{MARKS}#@&]+(?=\D)")
_GAP = re.compile(rf"(?<=\D)[^\w{MARKS}.~:/?#\[\]()@!$&*+,;=-]+(?=\D)")
_EMOJI = re.compile(
    "[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U0001f000-\U0001faff]+"
)


class WhitespaceTokenizer(Component):
    """Splits at white space and drops punctuation at the edges of words.

    Rasa refuses to be used for Chinese, Japanese and Thai; this one segments them. In a project
    of another language Chinese text stays in one piece, as with Rasa, and learners segment it.
    """

    def __init__(self, *, language: str, pattern: re.Pattern[str] | None = None) -> None:
        self._segments = language[:2].lower() in _UNSPACED_LANGUAGES
        self._pattern = pattern

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts
        return cls(language=surroundings.language, pattern=compile_token_pattern(config))

    def process(self, message: Message) -> None:
        """Set the tokens."""
        message.tokens = split_tokens(self._tokens(message.text), self._pattern)
        message.is_segmented = self._segments

    def _tokens(self, text: str) -> list[Token]:
        tokens: list[Token] = []
        for chunk in _CHUNK.finditer(text):
            for token in _words(chunk.group(), chunk.start()):
                if self._segments and has_unspaced(token.text):
                    tokens.extend(split_by_script(token.text, token.start, chinese_words))
                else:
                    tokens.append(token)
        return tokens or ([Token(text, 0, len(text))] if text else [])


def _words(chunk: str, offset: int) -> list[Token]:
    start, end = 0, len(chunk)
    behind = _EDGE_BEHIND.search(chunk)
    if behind:
        end = behind.start()
    before = _EDGE_BEFORE.match(chunk, 0, end) if end else None
    if before:
        start = before.end()
    words = []
    for gap in _GAP.finditer(chunk, start, end):
        words.append((start, gap.start()))
        start = gap.end()
    words.append((start, end))
    return [
        Token(chunk[first:last], offset + first, offset + last)
        for first, last in words
        if last > first and not _EMOJI.fullmatch(chunk, first, last)
    ]
