"""What the re-rank learns from: questions of the project whose answers are known.

Nobody labels passages. But the examples of a retrieval intent such as ``faq/ask_x`` are questions
with a known answer, so are those of an intent that a rule answers; a passage that says the same
is theirs. And a heading is a question that its passages answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kefu.core.names import INTENT_OUT_OF_SCOPE
from kefu.knowledge.entries import FAQ, Entry, Link, with_questions
from kefu.knowledge.features import passage_features, signs
from kefu.knowledge.index import Index, Text
from kefu.knowledge.knowledge import CANDIDATES
from kefu.knowledge.rerank import Case, Rerank
from kefu.knowledge.terms import Synonyms
from kefu.project.nlu_data import Example, NluData

__all__ = [
    "Lessons",
    "Quiz",
    "answered_questions",
    "asked_beside",
    "headings_asked",
    "learned",
    "questions_beside",
]

_MOST_QUESTIONS: Final = 1500
"""Of each kind; beyond that every n-th is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """Questions to one index."""

    index: Index
    questions: tuple[tuple[str, frozenset[int]], ...]
    """Each with the numbers of the passages that answer it; none: nothing does."""
    is_also_unanswerable: bool = False
    """Whether each is asked a second time, with its right passages taken away."""
    teaches_order: bool = True


def answered_questions(
    texts: Sequence[Text],
    entries: Sequence[Entry],
    links: Mapping[int, Link],
    synonyms: Synonyms,
) -> Quiz:
    """Return the questions of entries that have a passage, asked of all passages.

    Of every other entry half of the questions stand beside the passage, as they will when the
    model is used; what is asked is the other half, and all questions of the other entries.
    """
    known: dict[int, list[str]] = {}
    questions: list[tuple[str, frozenset[int]]] = []
    for turn, (number, link) in enumerate(links.items()):
        told = entries[number].questions[::2] if turn % 2 else ()
        for passage in link.same:
            known.setdefault(passage, []).extend(told)
        asked = [text for text in entries[number].questions if text not in told]
        questions += [(text, link.right) for text in asked]
    index = Index.build(with_questions(texts, known), synonyms)
    return Quiz(index=index, questions=_thinned(questions), is_also_unanswerable=True)


def headings_asked(texts: Sequence[Text], synonyms: Synonyms) -> Quiz:
    """Return headings as questions to passages that do not show their own heading."""
    headless = [
        Text(body=text.body, headings=text.headings[:-1] or ("",), tags=text.tags) for text in texts
    ]
    below: dict[tuple[str, ...], set[int]] = {}
    for number, text in enumerate(texts):
        if len(text.headings) > 1:
            below.setdefault(text.headings, set()).add(number)
    questions = [(headings[-1], frozenset(numbers)) for headings, numbers in below.items()]
    return Quiz(index=Index.build(headless, synonyms), questions=_thinned(questions))


def questions_beside(data: NluData, index: Index) -> Quiz:
    """Return messages that no article answers: out of scope, and small talk."""
    texts = asked_beside(data)
    questions = [(text, frozenset[int]()) for text in texts]
    return Quiz(index=index, questions=_thinned(questions), teaches_order=False)


def asked_beside(data: NluData) -> list[str]:
    """Return the examples of what no article answers."""
    return [example.text for example in data.examples if _is_beside(example)]


def _is_beside(example: Example) -> bool:
    is_other_retrieval = bool(example.response_key) and example.intent != FAQ
    return example.intent == INTENT_OUT_OF_SCOPE or is_other_retrieval


def _thinned(
    questions: Sequence[tuple[str, frozenset[int]]],
) -> tuple[tuple[str, frozenset[int]], ...]:
    step = -(-len(questions) // _MOST_QUESTIONS) or 1
    return tuple(questions[::step])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """How learning went."""

    rerank: Rerank
    questions: int
    first_before: float
    """Share of questions whose right passage was first by BM25 ..."""
    first_now: float
    """... and is by the re-rank, on the same questions."""


def learned(quizzes: Iterable[Quiz]) -> Lessons:
    """Learn from all quizzes: the order first, then how sure to be of it."""
    quizzes = [quiz for quiz in quizzes if quiz.index.size]
    ordering = [quiz for quiz in quizzes if quiz.teaches_order]
    cases = [case for quiz in ordering for case in _cases(quiz)]
    rerank = Rerank.untrained().with_ranking(cases)
    rerank = _with_certainty(rerank, quizzes)
    found = [case for case in cases if len(case.is_right)]
    count = sum(len(quiz.questions) for quiz in ordering)
    return Lessons(
        rerank=rerank,
        questions=count,
        first_before=sum(bool(case.is_right[0]) for case in found) / max(count, 1),
        first_now=sum(
            bool(case.is_right[np.argmax(rerank.scores(case.features))]) for case in found
        )
        / max(count, 1),
    )


def _cases(quiz: Quiz) -> Iterable[Case]:
    for text, right in quiz.questions:
        question = quiz.index.question(text)
        matches = quiz.index.search(question, CANDIDATES)
        features = passage_features(quiz.index, question, matches)
        yield Case(features=features, is_right=np.isin(matches.passages, list(right)))


def _with_certainty(rerank: Rerank, quizzes: Sequence[Quiz]) -> Rerank:
    rows, right, weights = [], [], []
    for quiz in quizzes:
        for text, answers in quiz.questions:
            for without in [frozenset[int](), answers] if quiz.is_also_unanswerable else [()]:
                question = quiz.index.question(text)
                matches = quiz.index.search(question, CANDIDATES, without=without)
                features = passage_features(quiz.index, question, matches)
                scores = rerank.scores(features)
                order = np.argsort(-scores, kind="stable")
                if len(order):
                    rows.append(signs(quiz.index, question, features, scores, order))
                    right.append(float(int(matches.passages[order[0]]) in answers))
                    weights.append(_UNANSWERABLE_WEIGHT if without else 1.0)
    if not rows:
        return rerank
    return rerank.with_certainty(np.array(rows), np.array(right), np.array(weights))


_UNANSWERABLE_WEIGHT: Final = 0.15
"""What is taken away is often answered next door as well: such a question counts for less."""
