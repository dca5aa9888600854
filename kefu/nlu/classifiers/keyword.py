"""Intents by keyword: each training example is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation, Remark
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.phrases import phrase
from kefu.nlu.stored import stored_json
from kefu.nlu.text import is_unspaced_char
from kefu.nlu.words import LITERAL, WordFinder, is_edge
from kefu.project.settings import ComponentConfig

__all__ = ["KeywordIntentClassifier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the keyword classifier."""

    case_sensitive: bool = True


class KeywordIntentClassifier(Component):
    """Gives the intent of the first keyword that stands in the text as a word, or none.

    Where Rasa finds nothing because Chinese has no word edges, the longest keyword contained
    in the text decides.
    """

    def __init__(self, keywords: dict[str, str], options: Options) -> None:
        self._keywords = keywords
        self._options = options
        self._texts = list(keywords)
        self._matcher = _KeywordMatcher(self._texts, options)

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Take the examples as keywords; those that point at two intents are left out."""
        options = read_options(config, Options)
        keywords: dict[str, str] = {}
        ambiguous: dict[str, None] = {}
        for example in lesson.data.examples:
            if not example.intent or not example.text:
                continue
            if keywords.setdefault(example.text, example.intent) != example.intent:
                ambiguous[example.text] = None
        for keyword in ambiguous:
            del keywords[keyword]
        contained = _contained_keywords(keywords, options)
        for keyword in contained:
            del keywords[keyword]
        for keyword in (*ambiguous, *contained):
            lesson.warn(
                config,
                "nlu.ambiguous-keyword",
                f"{keyword!r} is a keyword of more than one intent and was left out",
                "keep it in one intent only",
            )
        lesson.summary.append(f"{config.name}: {len(keywords)} keywords")
        return cls(keywords, options)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the keywords from the model."""
        del surroundings
        return cls(dict(stored_json(parts, "keywords")), read_options(config, Options))

    def save(self) -> Parts:
        """Keep the keywords in their order, which decides between them."""
        return {"keywords": list(self._keywords.items())}

    def process(self, message: Message) -> None:
        """Set the intent, unless nothing is found and an earlier component has set one."""
        keyword = self._matcher.find(message.text)
        if keyword is not None:
            message.intent = {"name": self._keywords[self._texts[keyword]], "confidence": 1.0}
        elif message.intent is None:
            message.intent = {"name": None, "confidence": 0.0}

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Name the keyword."""
        found = self._matcher.find(message.text)
        if found is None:
            yield Remark(phrase(context.language, "no-keyword"))
        else:
            keyword = self._texts[found]
            intent = self._keywords[keyword]
            yield Remark(phrase(context.language, "keyword", keyword, intent))


class _KeywordMatcher:
    """Keywords are regular expressions in Rasa; nearly all mean just themselves."""

    def __init__(self, keywords: list[str], options: Options) -> None:
        self._finder = WordFinder(keywords, case_sensitive=options.case_sensitive)
        flags = 0 if options.case_sensitive else re.IGNORECASE
        self._literal = [bool(LITERAL.fullmatch(keyword)) for keyword in keywords]
        self._patterns = [
            (number, pattern)
            for number, keyword in enumerate(keywords)
            if not self._literal[number] and (pattern := _compile(keyword, flags))
        ]

    def strict(self, text: str) -> list[int]:
        """Return the numbers of all keywords that Rasa would find."""
        found = {
            number
            for number, _, _ in self._finder.with_edges(text, relaxed=False)
            if self._literal[number]
        }
        found.update(number for number, pattern in self._patterns if pattern.search(text))
        return sorted(found)

    def find(self, text: str) -> int | None:
        """Return the number of the keyword that decides."""
        strict = self.strict(text)
        if strict:
            return strict[0]
        relaxed = [
            (start - end, number)
            for number, start, end in self._finder.all_matches(text)
            if _is_free(text, start, text[start]) and _is_free(text, end, text[end - 1])
        ]
        return min(relaxed)[1] if relaxed else None


def _is_free(text: str, position: int, char: str) -> bool:
    return is_unspaced_char(char) or not char.isalnum() or is_edge(text, position)


def _compile(keyword: str, flags: int) -> re.Pattern[str] | None:
    try:
        return re.compile(rf"\b{keyword}\b", flags)
    except re.error:
        return None


def _contained_keywords(keywords: dict[str, str], options: Options) -> list[str]:
    texts = list(keywords)
    matcher = _KeywordMatcher(texts, options)
    contained: dict[str, None] = {}
    for text, intent in keywords.items():
        for number in matcher.strict(text):
            if keywords[texts[number]] != intent:
                contained[texts[number]] = None
    return list(contained)
