"""What the re-rank and the confidence look at."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kefu.knowledge.index import IN_ASKED, IN_HEADING, IN_OWN_HEADING, Index, Matches, Question
from kefu.knowledge.terms import kind_of

__all__ = ["PASSAGE_FEATURES", "SIGNS", "passage_features", "signs"]

PASSAGE_FEATURES: Final = (
    "bm25",  # relative to the best passage
    "characters",  # share of the question's characters and words that the passage has
    "pairs",  # the same of its pairs of characters
    "in-headings",  # share of the question's terms in title, tags and headings
    "own-heading",  # share of the passage's own heading that the question has
    "asked",  # share of the question's terms in questions that the passage is known to answer
    "order",  # 1 / (1 + place in the ranking by BM25)
)
SIGNS: Final = (
    "lead",  # of the best passage before the next one, by the re-rank
    "characters",
    "pairs",
    "in-headings",
    "own-heading",
    "asked",
    "unknown",  # share of the question that no passage has
    "length",  # of the question, by the number of its terms
)

_FAR: Final = 2.5
"""A longer lead says nothing more."""
_LONG: Final = 20
"""A longer question is no clearer."""

Floats = NDArray[np.float64]


def passage_features(index: Index, question: Question, matches: Matches) -> Floats:
    """Return a row of :data:`PASSAGE_FEATURES` for each passage found.

    Shares are of the summed idf, what is unknown included.
    """
    count = len(matches.passages)
    if not count:
        return np.zeros((0, len(PASSAGE_FEATURES)))
    mass = (question.idf * question.weights).astype(np.float64)
    is_pair = np.array([kind_of(term) == "pair" for term in question.terms])
    unknown = [kind_of(term) == "pair" for term in question.unknown]
    lost_pairs = sum(unknown) * index.unknown_idf
    lost = (len(unknown) - sum(unknown)) * index.unknown_idf
    present = (matches.places > 0) * mass[:, None]
    in_headings = ((matches.places & IN_HEADING) > 0) * mass[:, None]
    in_asked = ((matches.places & IN_ASKED) > 0) * mass[:, None]
    in_own = ((matches.places & IN_OWN_HEADING) > 0) * mass[:, None]
    own_mass = index.own_heading_mass[matches.passages].astype(np.float64)
    pairs = mass[is_pair].sum() + lost_pairs
    others = mass[~is_pair].sum() + lost
    return np.column_stack(
        [
            matches.scores / matches.scores[0],
            present[~is_pair].sum(axis=0) / max(others, 1e-9),
            present[is_pair].sum(axis=0) / max(pairs, 1e-9),
            in_headings.sum(axis=0) / max(pairs + others, 1e-9),
            np.minimum(in_own.sum(axis=0) / np.maximum(own_mass, 1e-9), 1.0),
            in_asked.sum(axis=0) / max(pairs + others, 1e-9),
            1 / (1 + np.arange(count)),
        ]
    )


def signs(
    index: Index, question: Question, features: Floats, scores: Floats, order: NDArray[np.intp]
) -> Floats:
    """Return :data:`SIGNS` of the ranking ``order``, of which there is at least one passage."""
    best = order[0]
    lead = scores[best] - scores[order[1]] if len(order) > 1 else _FAR
    known = float((question.idf * question.weights).sum())
    unknown = len(question.unknown) * index.unknown_idf
    row = features[best]
    return np.array(
        [
            min(lead, _FAR),
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            unknown / max(known + unknown, 1e-9),
            np.log1p(min(len(question.terms) + len(question.unknown), _LONG)),
        ]
    )
