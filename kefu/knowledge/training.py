"""Training: articles in, parts of a model out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kefu.core.domain import Domain
from kefu.core.parts import Parts
from kefu.knowledge.entries import Entry, Link, asked_of, entries_of, linked, with_questions
from kefu.knowledge.index import Index, Text
from kefu.knowledge.knowledge import Knowledge, text_of
from kefu.knowledge.passages import passages_of
from kefu.knowledge.teaching import (
    answered_questions,
    asked_beside,
    headings_asked,
    learned,
    questions_beside,
)
from kefu.knowledge.terms import Synonyms
from kefu.project.articles import Article
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.story_data import Story

__all__ = ["TrainedKnowledge", "read_of", "train_knowledge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedKnowledge:
    """What training gave."""

    knowledge: Knowledge
    summary: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    texts: tuple[Text, ...] = ()
    """Of the passages."""
    links: dict[Entry, Link] = field(default_factory=dict)
    """Passages of all questions with a known answer."""

    @property
    def parts(self) -> Parts:
        """What goes into the archive; collected each time."""
        return self.knowledge.save()


def read_of(
    articles: Sequence[Article],
    data: NluData,
    rules: Sequence[Story],
    domain: Domain,
) -> tuple[Any, ...]:
    """Return all that :func:`train_knowledge` reads of its arguments."""
    return articles, data.synonyms, entries_of(data, rules, domain), asked_beside(data)


def train_knowledge(
    articles: Sequence[Article],
    data: NluData,
    rules: Sequence[Story] = (),
    domain: Domain | None = None,
    *,
    before: TrainedKnowledge | Knowledge | None = None,
) -> TrainedKnowledge:
    """Index the articles, and learn from the project's questions how to rank their passages.

    Args:
        articles: What can be answered.
        data: Synonyms; examples and answers of ``faq/…``; examples of what is out of scope.
        rules: Those that answer an intent by a response say what its examples ask for.
        domain: Has the responses.
        before: What training gave for nearly the same: how it ranks passages is kept, only the
            index is made anew.
    """
    started = time.perf_counter()
    synonyms = Synonyms(data.synonyms)
    sources, passages = passages_of(articles)
    texts = [text_of(passage, sources[passage.source]) for passage in passages]
    entries = entries_of(data, rules, domain or Domain.from_dict({}))
    known = _links_before(before, texts, synonyms)
    links = linked(texts, entries, synonyms, known=known)
    asked = asked_of(entries, links)
    index = Index.build(with_questions(texts, asked), synonyms)
    said = []
    if before is None:
        quizzes = (
            answered_questions(texts, entries, links, synonyms),
            headings_asked(texts, synonyms),
            questions_beside(data, index),
        )
        lessons = learned(quizzes)
        rerank = lessons.rerank
        if lessons.questions:
            said.append(
                f"{lessons.questions} questions of the project: the right passage first in "
                f"{lessons.first_now:.1%} (BM25 alone {lessons.first_before:.1%})"
            )
    else:
        rerank = (before if isinstance(before, Knowledge) else before.knowledge).rerank
    seconds = time.perf_counter() - started
    summary = [f"{len(sources)} articles, {len(passages)} passages in {seconds:.2f} s"]
    if links:
        count = sum(len(entries[number].questions) for number in links)
        summary.append(f"{count} examples ask for what {len(asked)} passages say")
    return TrainedKnowledge(
        knowledge=Knowledge(sources, passages, index, rerank),
        summary=(*summary, *said),
        texts=tuple(texts),
        links={entry: known[entry] for entry in entries},
    )


def _links_before(
    before: TrainedKnowledge | Knowledge | None, texts: Sequence[Text], synonyms: Synonyms
) -> dict[Entry, Link]:
    if not isinstance(before, TrainedKnowledge):
        return {}
    is_same = before.texts == tuple(texts)
    is_same = is_same and before.knowledge.index.synonyms.table == synonyms.table
    return dict(before.links) if is_same else {}
