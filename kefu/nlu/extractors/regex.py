"""Entities by regular expression and by lookup table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation, Found
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.patterns import compile_regex
from kefu.nlu.phrases import phrase
from kefu.nlu.stored import stored_json
from kefu.nlu.words import WordFinder
from kefu.project.settings import ComponentConfig

__all__ = ["RegexEntityExtractor"]

Finder = Callable[[str], Iterator[tuple[int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the extractor."""

    case_sensitive: bool = False
    use_lookup_tables: bool = True
    use_regexes: bool = True
    use_word_boundaries: bool = True
    """Of lookup entries; never asked of an end written in an unspaced script."""


class RegexEntityExtractor(Component):
    """Finds what the project's regexes and lookup tables describe, for annotated entities."""

    def __init__(
        self,
        *,
        regexes: list[tuple[str, str]],
        lookups: list[tuple[str, list[str]]],
        options: Options,
        name: str = "RegexEntityExtractor",
    ) -> None:
        self._regexes = regexes
        self._lookups = lookups
        self._name = name
        sensitive = options.case_sensitive
        self._finders: list[tuple[str, Finder]] = [
            (entity, _pattern_finder(compile_regex(entity, pattern, case_sensitive=sensitive)))
            for entity, pattern in regexes
        ]
        self._finders += [(entity, _word_finder(words, options)) for entity, words in lookups]

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Choose the regexes and lookup tables named like an entity of the examples."""
        options = read_options(config, Options)
        data = lesson.data
        entities = {e.entity for example in data.examples for e in example.entities}
        regexes = [item for item in data.regexes if item[0] in entities]
        lookups = [(name, list(w)) for name, w in data.lookups.items() if name in entities]
        extractor = cls(
            regexes=regexes if options.use_regexes else [],
            lookups=lookups if options.use_lookup_tables else [],
            options=options,
            name=config.name,
        )
        words = sum(len(words) for _, words in extractor._lookups)
        lesson.summary.append(f"{config.name}: {len(extractor._regexes)} regexes, {words} words")
        if not extractor._finders:
            lesson.warn(
                config,
                "nlu.no-patterns",
                f"{config.name} has nothing to look for",
                "name a regex or lookup table like an entity that examples annotate",
            )
        return extractor

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the patterns from the model."""
        del surroundings
        return cls(
            regexes=[(entity, pattern) for entity, pattern in stored_json(parts, "regexes")],
            lookups=[(entity, words) for entity, words in stored_json(parts, "lookups")],
            options=read_options(config, Options),
            name=config.name,
        )

    def save(self) -> Parts:
        """Keep regexes and lookup tables in file order."""
        return {
            "regexes": [list(item) for item in self._regexes],
            "lookups": [list(item) for item in self._lookups],
        }

    def process(self, message: Message) -> None:
        """Append what is found: regexes first, then lookup tables."""
        text = message.text
        for entity, find in self._finders:
            for start, end in find(text):
                message.entities.append(
                    {
                        "entity": entity,
                        "start": start,
                        "end": end,
                        "value": text[start:end],
                        "extractor": self._name,
                    }
                )

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Name the regex or the entry of a lookup table behind each entity."""
        text = message.text
        for number, (entity, find) in enumerate(self._finders):
            regex = self._regexes[number][1] if number < len(self._regexes) else None
            for start, end in find(text):
                name, of = ("by-lookup", entity) if regex is None else ("by-regex", regex)
                source = phrase(context.language, name, of)
                yield Found(
                    entity=entity, start=start, end=end, value=text[start:end], source=source
                )


def _pattern_finder(pattern: re.Pattern[str]) -> Finder:
    def find(text: str) -> Iterator[tuple[int, int]]:
        for match in pattern.finditer(text):
            if match.end() > match.start():
                yield match.span()

    return find


def _word_finder(words: list[str], options: Options) -> Finder:
    finder = WordFinder([w for w in words if w], case_sensitive=options.case_sensitive)

    def find(text: str) -> Iterator[tuple[int, int]]:
        matches = finder.leftmost_first(text, word_boundaries=options.use_word_boundaries)
        return ((start, end) for _, start, end in matches)

    return find
