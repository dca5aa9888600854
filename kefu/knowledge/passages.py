"""Articles cut into passages: what is found and quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from kefu.project.articles import Article, Block, Section

__all__ = ["Passage", "Source", "passages_of"]

LONGEST: Final = 420
"""Characters of a passage, unless one sentence alone is longer."""
_SENTENCE: Final = re.compile(r".+?(?:[。！？!?；;]+[”」』）)\"']*|$)", re.DOTALL)
_LATIN_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The article that a passage comes from."""

    id: str
    title: str
    file: str
    tags: tuple[str, ...] = ()
    valid_from: str = ""
    valid_until: str = ""

    def holds_on(self, day: str) -> bool:
        """Whether the article holds on a day such as ``2026-01-31``."""
        return self.valid_from <= day and (not self.valid_until or day <= self.valid_until)

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can keep."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of an article under one heading."""

    source: int
    """Number of its :class:`Source`."""
    headings: tuple[str, ...]
    units: tuple[str, ...]
    """Sentences, items of lists, rows of tables: each can be said by itself."""
    breaks: tuple[int, ...]
    """Numbers of the units that begin a new line."""

    @property
    def text(self) -> str:
        """All units as they are read."""
        return said(self.units, self.breaks)

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can keep."""
        return asdict(self)


def said(units: Sequence[str], breaks: Sequence[int], numbers: Sequence[int] = ()) -> str:
    """Return units as one text: those of ``breaks`` on a line of their own.

    Args:
        units: What to say.
        breaks: Numbers of units that begin a line.
        numbers: The numbers of ``units``, where they are not all from 0 on.
    """
    text = ""
    for number, unit in zip(numbers or range(len(units)), units, strict=True):
        if text and number in breaks:
            text += "\n"
        elif text and text[-1].isascii():
            text += " "
        text += unit
    return text


def passages_of(articles: Sequence[Article]) -> tuple[list[Source], list[Passage]]:
    """Return the sources and passages of articles."""
    sources = [
        Source(
            id=article.id,
            title=article.title,
            file=article.file,
            tags=article.tags,
            valid_from=article.valid_from,
            valid_until=article.valid_until,
        )
        for article in articles
    ]
    passages = [
        passage
        for number, article in enumerate(articles)
        for section in article.sections
        for passage in _of_section(number, section)
    ]
    return sources, passages


def _of_section(source: int, section: Section) -> Iterator[Passage]:
    units: list[str] = []
    breaks: list[int] = []
    size = 0
    for block in section.blocks:
        for unit, is_first in _units(block):
            if units and size + len(unit) > LONGEST:
                yield _passage(source, section, units, breaks)
                units, breaks, size = [], [], 0
            if is_first:
                breaks.append(len(units))
            units.append(unit)
            size += len(unit)
    if units:
        yield _passage(source, section, units, breaks)


def _passage(source: int, section: Section, units: list[str], breaks: list[int]) -> Passage:
    return Passage(
        source=source, headings=section.headings, units=tuple(units), breaks=tuple(breaks)
    )


def _units(block: Block) -> Iterator[tuple[str, bool]]:
    """Yield units, and whether each begins a line."""
    for line in block.lines:
        if block.kind == "paragraph":
            for number, sentence in enumerate(_sentences(line)):
                yield sentence, number == 0
        else:
            yield line, True


def _sentences(text: str) -> Iterator[str]:
    for match in _SENTENCE.finditer(text):
        for sentence in _LATIN_END.split(match[0].strip()):
            if sentence:
                yield sentence
