"""The articles of a model: searched, ranked, quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts, prefixed, under
from kefu.knowledge.features import passage_features, signs
from kefu.knowledge.index import Index, Matches, Question, Text
from kefu.knowledge.passages import Passage, Source
from kefu.knowledge.quoting import quoted
from kefu.knowledge.rerank import Rerank
from kefu.knowledge.terms import LONGEST_TEXT
from kefu.nlu.stored import stored_json

__all__ = ["CANDIDATES", "Findings", "Hit", "Knowledge", "text_of"]

CANDIDATES: Final = 12
"""So many passages are ranked anew."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found."""

    passage: Passage
    source: Source
    score: float
    """Of the re-rank."""
    column: int
    """Its place by BM25, in :attr:`Findings.matches` and :attr:`Findings.features`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a search came to."""

    question: Question
    matches: Matches
    features: Floats
    hits: tuple[Hit, ...]
    """The best first."""
    signs: Floats
    confidence: float
    """Probability that the first of them answers the question; 0 when there is none."""

    @property
    def answer(self) -> str:
        """The sentences of the first passage that answer the question best."""
        weights = dict(
            zip(
                self.question.terms,
                (self.question.idf * self.question.weights).tolist(),
                strict=True,
            )
        )
        return quoted(self.hits[0].passage, weights) if self.hits else ""


class Knowledge:
    """All passages of a project with what ranks them. Does not change once built."""

    def __init__(
        self,
        sources: Sequence[Source],
        passages: Sequence[Passage],
        index: Index,
        rerank: Rerank,
    ) -> None:
        self.sources = tuple(sources)
        self.passages = tuple(passages)
        self.index = index
        self.rerank = rerank
        self._source_of = np.array([passage.source for passage in passages], np.intp)

    @classmethod
    def load(cls, parts: Parts) -> Knowledge:
        """Take everything from a model."""
        stored = stored_json(parts, "passages")
        sources = [
            Source(**{**source, "tags": tuple(source["tags"])}) for source in stored["sources"]
        ]
        passages = [
            Passage(
                source=passage["source"],
                headings=tuple(passage["headings"]),
                units=tuple(passage["units"]),
                breaks=tuple(passage["breaks"]),
            )
            for passage in stored["passages"]
        ]
        index = Index.load(under("index", parts))
        return cls(sources, passages, index, Rerank.from_json(stored_json(parts, "rerank")))

    def save(self) -> Parts:
        """Return all that :meth:`load` needs."""
        return {
            "passages": {
                "sources": [source.as_json() for source in self.sources],
                "passages": [passage.as_json() for passage in self.passages],
            },
            "rerank": self.rerank.as_json(),
            **prefixed("index", self.index.save()),
        }

    def search(self, text: str, day: str = "") -> Findings:
        """Return the passages that may answer a question.

        Args:
            text: The question.
            day: As ``2026-01-31``: articles that do not hold then are left out; empty: none is.
        """
        question = self.index.question(text[:LONGEST_TEXT])
        matches = self.index.search(question, CANDIDATES, without=self._not_holding(day))
        features = passage_features(self.index, question, matches)
        scores = self.rerank.scores(features)
        order = np.argsort(-scores, kind="stable")
        found = signs(self.index, question, features, scores, order) if len(order) else np.zeros(0)
        return Findings(
            question=question,
            matches=matches,
            features=features,
            hits=tuple(self._hit(int(column), matches, scores) for column in order),
            signs=found,
            confidence=self.rerank.confidence(found) if len(order) else 0.0,
        )

    def _hit(self, column: int, matches: Matches, scores: Floats) -> Hit:
        passage = self.passages[int(matches.passages[column])]
        return Hit(
            passage=passage,
            source=self.sources[passage.source],
            score=float(scores[column]),
            column=column,
        )

    def _not_holding(self, day: str) -> list[int]:
        ended = [n for n, source in enumerate(self.sources) if day and not source.holds_on(day)]
        return np.flatnonzero(np.isin(self._source_of, ended)).tolist() if ended else []


def text_of(passage: Passage, source: Source) -> Text:
    """Return a passage as the index sees it."""
    return Text(
        body=" ".join(passage.units), headings=(source.title, *passage.headings), tags=source.tags
    )


def as_json(findings: Findings, *, count: int = 3) -> dict[str, Any]:
    """Return what a message keeps of a search: the answer, and where it comes from."""
    return {
        "confidence": round(findings.confidence, 6),
        "answer": findings.answer,
        "passages": [
            {
                "id": hit.source.id,
                "title": hit.source.title,
                "headings": list(hit.passage.headings),
                "file": hit.source.file,
                "score": round(hit.score, 6),
            }
            for hit in findings.hits[:count]
        ],
    }
