"""Training: articles in, parts of a model out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from kefu.core.domain import Domain
from kefu.core.parts import Parts
from kefu.knowledge.entries import asked_of, entries_of, linked, with_questions
from kefu.knowledge.index import Index
from kefu.knowledge.knowledge import Knowledge, text_of
from kefu.knowledge.passages import passages_of
from kefu.knowledge.teaching import (
    answered_questions,
    headings_asked,
    learned,
    questions_beside,
)
from kefu.knowledge.terms import Synonyms
from kefu.project.articles import Article
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.story_data import Story

__all__ = ["TrainedKnowledge", "train_knowledge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedKnowledge:
    """What training gave."""

    parts: Parts
    summary: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def train_knowledge(
    articles: Sequence[Article],
    data: NluData,
    rules: Sequence[Story] = (),
    domain: Domain | None = None,
) -> TrainedKnowledge:
    """Index the articles, and learn from the project's questions how to rank their passages.

    Args:
        articles: What can be answered.
        data: Synonyms; examples and answers of ``faq/…``; examples of what is out of scope.
        rules: Those that answer an intent by a response say what its examples ask for.
        domain: Has the responses.
    """
    started = time.perf_counter()
    synonyms = Synonyms(data.synonyms)
    sources, passages = passages_of(articles)
    texts = [text_of(passage, sources[passage.source]) for passage in passages]
    entries = entries_of(data, rules, domain or Domain.from_dict({}))
    links = linked(texts, entries, synonyms)
    asked = asked_of(entries, links)
    index = Index.build(with_questions(texts, asked), synonyms)
    quizzes = (
        answered_questions(texts, entries, links, synonyms),
        headings_asked(texts, synonyms),
        questions_beside(data, index),
    )
    lessons = learned(quizzes)
    seconds = time.perf_counter() - started
    knowledge = Knowledge(sources, passages, index, lessons.rerank)
    summary = [f"{len(sources)} articles, {len(passages)} passages in {seconds:.2f} s"]
    if links:
        count = sum(len(entries[number].questions) for number in links)
        summary.append(f"{count} examples ask for what {len(asked)} passages say")
    if lessons.questions:
        summary.append(
            f"{lessons.questions} questions of the project: the right passage first in "
            f"{lessons.first_now:.1%} (BM25 alone {lessons.first_before:.1%})"
        )
    return TrainedKnowledge(parts=knowledge.save(), summary=tuple(summary))
