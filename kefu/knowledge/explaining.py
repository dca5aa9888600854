"""Why passages were found, ranked and believed as they were, in a form for people and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kefu.knowledge.features import PASSAGE_FEATURES, SIGNS
from kefu.knowledge.index import IN_ASKED, IN_BODY, IN_HEADING
from kefu.knowledge.knowledge import Findings, Hit, Knowledge
from kefu.knowledge.terms import kind_of

__all__ = ["explained"]

_PLACES: Final = (("body", IN_BODY), ("heading", IN_HEADING), ("asked", IN_ASKED))


def explained(knowledge: Knowledge, findings: Findings, *, count: int = 3) -> dict[str, Any]:
    """Return question, answer, confidence with its signs, and the ``count`` best passages.

    The weighted values of ``ranking`` add up to a passage's score; those of ``signs`` to the
    log-odds of the confidence.
    """
    question, rerank = findings.question, knowledge.rerank
    return {
        "terms": list(question.terms),
        "unknown_terms": list(question.unknown),
        "synonyms": _synonyms(question.by_synonym),
        "confidence": round(findings.confidence, 6),
        "signs": _weighted((*SIGNS, "constant"), [*findings.signs, 1.0], rerank.certainty)
        if findings.hits
        else [],
        "answer": findings.answer,
        "passages": [_passage(knowledge, findings, hit) for hit in findings.hits[:count]],
    }


def _synonyms(by_synonym: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for term, variant in by_synonym.items():
        found.setdefault(variant, []).append(term)
    return found


def _passage(knowledge: Knowledge, findings: Findings, hit: Hit) -> dict[str, Any]:
    matches = findings.matches
    values = findings.features[hit.column]
    return {
        "title": hit.source.title,
        "headings": list(hit.passage.headings),
        "file": hit.source.file,
        "text": hit.passage.text,
        "score": round(hit.score, 4),
        "bm25": round(float(matches.scores[hit.column]), 4),
        "place_by_bm25": hit.column + 1,
        "matched": _matched(findings, hit),
        "ranking": _weighted(PASSAGE_FEATURES, values, knowledge.rerank.ranking),
    }


def _matched(findings: Findings, hit: Hit) -> list[dict[str, Any]]:
    """Return the terms that the passage has, those that count most first."""
    question, matches = findings.question, findings.matches
    found = []
    for row, term in enumerate(question.terms):
        places = int(matches.places[row, hit.column])
        if places:
            item: dict[str, Any] = {
                "term": term,
                "kind": kind_of(term),
                "adds": round(float(matches.impacts[row, hit.column]), 4),
                "in": [name for name, place in _PLACES if places & place],
            }
            if term in question.by_synonym:
                item["by_synonym"] = question.by_synonym[term]
            found.append(item)
    return sorted(found, key=lambda item: -float(item["adds"]))


def _weighted(
    names: Sequence[str], values: Iterable[Any], weights: Iterable[Any]
) -> list[dict[str, Any]]:
    rows = zip(names, values, weights, strict=True)
    return [
        {
            "name": name,
            "value": round(float(value), 4),
            "weight": round(float(weight), 4),
            "adds": round(float(value) * float(weight), 4),
        }
        for name, value, weight in rows
    ]
