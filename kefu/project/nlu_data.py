"""NLU training data as read from a project's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.project.problems import Place

__all__ = ["EntityAnnotation", "Example", "NluData", "SentimentExample"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityAnnotation:
    """An entity marked in an example; ``start`` and ``end`` count characters of its text."""

    entity: str
    value: str
    start: int
    end: int
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One training sentence."""

    text: str
    intent: str | None = None
    """Without the part behind a retrieval intent's slash."""
    response_key: str | None = None
    """For ``faq/ask_x`` this is ``ask_x``."""
    entities: tuple[EntityAnnotation, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """``intent`` and ``example`` metadata as Rasa keeps them; empty when there is none."""
    place: Place = field(default=Place(""), compare=False)

    @property
    def full_intent(self) -> str | None:
        """The intent as written, with the part behind the slash."""
        return f"{self.intent}/{self.response_key}" if self.response_key else self.intent


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentExample:
    """A sentence of customers with the feeling in it; apart from the examples of intents."""

    text: str
    sentiment: str
    place: Place = field(default=Place(""), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NluData:
    """All NLU training data of a project, in file order."""

    examples: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Variant -> value it stands for."""
    regexes: tuple[tuple[str, str], ...] = ()
    """(name, pattern) pairs."""
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Entity or feature name -> its listed words."""
    responses: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Responses written in NLU files (``utter_faq/ask_x``)."""
    sentiments: tuple[SentimentExample, ...] = ()
    unlabeled: tuple[str, ...] = ()
    """Messages of which nobody has said what they mean, each once."""
