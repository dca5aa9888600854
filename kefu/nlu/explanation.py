"""Why a message was understood as it was, in a form for people and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from kefu.core.messages import ParseData
from kefu.nlu.text import fold

__all__ = [
    "Candidate",
    "Choice",
    "Contribution",
    "Explained",
    "Explanation",
    "Found",
    "Missed",
    "Remark",
    "Sign",
    "character_weights",
]


@dataclass(frozen=True, slots=True)
class Contribution:
    """A feature of the text and how strongly it speaks for what was chosen.

    Of a label the weight is in units of the classifier's decision: all of them and the constant
    add up to the lead of the chosen label over its rival. Of an entity it is a log-odds weight.
    """

    kind: str
    """``characters``, ``words``, ``patterns``, ``meaning``; of entities ``boundary``, ``type``."""
    feature: str
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that might be meant."""

    label: str
    confidence: float
    decision: float
    """Above 0 the classifier itself, before calibration, says yes."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a chance is made of: its log-odds = sum of value x weight, and a constant."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Why an intent, an answer or a sentiment was chosen."""

    about: Literal["intent", "answer", "sentiment"]
    candidates: tuple[Candidate, ...]
    """The likeliest first."""
    rival: str | None
    """The label that the contributions compare the first candidate with."""
    contributions: tuple[Contribution, ...]
    """The strongest first, whichever way."""
    constant: float
    """The part of the lead that does not depend on the text."""
    signs: tuple[Sign, ...]
    """Whether the first candidate is the right one, if any is."""
    scope: tuple[Sign, ...]
    """Whether any is; the confidence of the first candidate is the product of both chances."""
    known_share: float
    """Which part of the text's features stands in the training data."""
    is_example: bool
    """The text is a training example word for word, so the classifier is at least 95 % sure."""
    outside: float = 0.0
    """Probability that it is none of the labels; it and those of all labels add up to 1."""
    labels: int = 0
    """How many there were to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Why a part of the text was taken for an entity."""

    entity: str
    start: int
    end: int
    value: str
    confidence: float | None = None
    role: str | None = None
    group: str | None = None
    contributions: tuple[Contribution, ...] = ()
    source: str = ""
    """The regex, or the entry of a lookup table, where it was found by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A part of the text that was nearly taken for an entity."""

    start: int
    end: int
    value: str
    confidence: float
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """What a component did, in a sentence."""

    text: str


Explanation: TypeAlias = Choice | Found | Missed | Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A message with everything that led to its understanding."""

    parsed: ParseData
    tokens: tuple[str, ...]
    """The words that learners see."""
    unknown_words: tuple[str, ...] = ()
    """Those that no training example has."""
    by_component: tuple[tuple[str, Explanation], ...] = field(default=())
    """Name of the component and what it says, in the order of the pipeline."""

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can keep."""
        return {
            "parsed": self.parsed,
            "tokens": list(self.tokens),
            "unknown_words": list(self.unknown_words),
            "explanations": [
                {"component": name, "kind": type(item).__name__.lower(), **self._item_json(item)}
                for name, item in self.by_component
            ],
        }

    def _item_json(self, item: Explanation) -> dict[str, Any]:
        content = asdict(item)
        if isinstance(item, Choice):
            weights = character_weights(self.parsed["text"], item.contributions)
            content["characters"] = [round(weight, 4) for weight in weights]
        return content


def character_weights(text: str, contributions: Iterable[Contribution]) -> list[float]:
    """Return for each character how much the n-grams that contain it speak for the label.

    The weight of an n-gram is shared among the characters of all places where it stands. What
    stands nowhere as it is, such as the name of a lookup table, is left out.
    """
    folded = fold(text)
    weights = [0.0] * len(text)
    for contribution in contributions:
        places = list(_places(folded, contribution))
        size = sum(end - start for start, end in places)
        for start, end in places:
            for position in range(start, end):
                weights[position] += contribution.weight / size
    return weights


def _places(folded: str, contribution: Contribution) -> Iterator[tuple[int, int]]:
    gram = contribution.feature
    if contribution.kind == "words":
        for word in gram.split(" "):
            if word not in _ENDS:
                yield from _occurrences(folded, word)
    elif contribution.kind == "characters":
        if len(gram) > 1 and gram[0] == "^":
            start = len(folded) - len(folded.lstrip())
            if folded.startswith(gram[1:], start):
                yield start, start + len(gram) - 1
        elif len(gram) > 1 and gram[-1] == "$":
            end = len(folded.rstrip())
            if folded.endswith(gram[:-1], 0, end):
                yield end - len(gram) + 1, end
        else:
            yield from _occurrences(folded, gram.strip())


_ENDS = ("<s>", "</s>")


def _occurrences(folded: str, part: str) -> Iterator[tuple[int, int]]:
    start = folded.find(part) if part else -1
    while start >= 0:
        yield start, start + len(part)
        start = folded.find(part, start + 1)
