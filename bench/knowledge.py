"""How well, and how fast, questions in other words find the passage that answers them.

    python -m bench.knowledge [--read]

The questions are in ``bench/questions/knowledge.json``: lists written from what the project's
articles say in words that they mostly do not use, each question with the passages that answer it;
and messages that no article answers. The synonyms of the project were written beside the first
list, so the first is kind to them; the second and that of the guides were written afterwards. Which
passages answer was judged by their author, also after passages of further articles had been found.
A name ``article#heading`` that no longer exists ends the measurement. Results go to
``bench/results/knowledge.json``.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import random
import time
import tracemalloc
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from bench.measure import summary_ms
from kefu.knowledge import terms
from kefu.knowledge.entries import asked_of, entries_of, linked, with_questions
from kefu.knowledge.index import Index
from kefu.knowledge.knowledge import Knowledge, text_of
from kefu.knowledge.passages import passages_of
from kefu.knowledge.terms import Synonyms
from kefu.knowledge.training import train_knowledge
from kefu.model.archive import pack, unpack
from kefu.nlu.segmentation import segment
from kefu.project.articles import Article, Block, Section
from kefu.project.load import load_project

ROOT = Path(__file__).parents[1]
QUESTIONS = Path(__file__).parent / "questions" / "knowledge.json"
RESULTS = Path(__file__).parent / "results" / "knowledge.json"
SIZE = 5_000
"""Passages of the measurement of speed."""


def words_of(text):
    """Return words instead of characters and pairs."""
    return [token.text.lower() for token in segment(text) if token.text.strip()]


class Trial:
    """The articles of the project, searched in one way."""

    def __init__(self, project, *, synonyms=False, asked=False):
        self.project = project
        self.synonyms = Synonyms(project.nlu.synonyms if synonyms else {})
        sources, passages = passages_of(project.articles)
        texts = [text_of(passage, sources[passage.source]) for passage in passages]
        if asked:
            entries = entries_of(project.nlu, project.stories.rules, project.domain)
            links = linked(texts, entries, self.synonyms)
            texts = with_questions(texts, asked_of(entries, links))
        self.index = Index.build(texts, self.synonyms)
        self.names = [name_of(passage, sources[passage.source]) for passage in passages]

    def found(self, question):
        """Return the names of the best passages by BM25."""
        matches = self.index.search(self.index.question(question), 3)
        return [self.names[number] for number in matches.passages]


def name_of(passage, source):
    """Return what the questions call a passage."""
    return f"{source.id}#{passage.headings[-1] if passage.headings else ''}"


def hits(found, questions):
    """Return the shares of questions with a right passage first, and among the first three."""
    first = third = 0
    for question in questions:
        names = found(question["question"])
        first += bool(names) and names[0] in question["passages"]
        third += any(name in question["passages"] for name in names[:3])
    return {
        "hit@1": round(first / len(questions), 3),
        "hit@3": round(third / len(questions), 3),
    }


def by_bm25(project, questions):
    """Return the hits of BM25 alone, with what makes the difference added step by step."""
    rows = {}
    with ExitStack() as patched:
        patched.enter_context(patch("kefu.knowledge.index.terms_of", words_of))
        rows["words"] = hits(Trial(project).found, questions)
    with patch.object(terms, "FUNCTION_CHARACTERS", frozenset()):
        rows["characters and pairs"] = hits(Trial(project).found, questions)
    rows["without function characters"] = hits(Trial(project).found, questions)
    rows["+ synonyms"] = hits(Trial(project, synonyms=True).found, questions)
    rows["+ questions of the FAQ"] = hits(
        Trial(project, synonyms=True, asked=True).found, questions
    )
    return rows


def trained(project, *, with_synonyms=True):
    """Return what a model of the project would have."""
    nlu = project.nlu if with_synonyms else replace(project.nlu, synonyms={})
    parts = train_knowledge(project.articles, nlu, project.stories.rules, project.domain).parts
    return Knowledge.load(parts)


def names_found(knowledge):
    """Return a function that names the passages found for a question."""

    def found(question):
        return [name_of(hit.passage, hit.source) for hit in knowledge.search(question).hits]

    return found


def certainty(knowledge, listed):
    """Return how far the confidence may be believed."""
    sure, right = [], []
    found = names_found(knowledge)
    for question in listed["answered"]:
        names = found(question["question"])
        sure.append(knowledge.search(question["question"]).confidence)
        right.append(bool(names) and names[0] in question["passages"])
    beside = np.array([knowledge.search(text).confidence for text in listed["beside"]])
    sure, right = np.array(sure), np.array(right)
    rows = {}
    for threshold in (0.5, 0.7, 0.9):
        is_sure = sure >= threshold
        rows[str(threshold)] = {
            "answered": round(float(is_sure.mean()), 3),
            "of_these_right": round(float(right[is_sure].mean()), 3) if is_sure.any() else None,
            "beside_answered": round(float((beside >= threshold).mean()), 3),
        }
    every = np.concatenate([sure, beside])
    was_right = np.concatenate([right, np.zeros(len(beside), bool)])
    bins = np.minimum((every * 10).astype(int), 9)
    ece = sum(
        (bins == b).mean() * abs(every[bins == b].mean() - was_right[bins == b].mean())
        for b in set(bins.tolist())
    )
    return {"by_threshold": rows, "ece": round(float(ece), 3)}


def many_articles(project):
    """Make articles of :data:`SIZE` passages from sentences of the project, two a passage."""
    chance = random.Random(20_261_129)
    sentences = [unit for passage in passages_of(project.articles)[1] for unit in passage.units] + [
        str(v[0]["text"]) for v in project.domain.responses.values() if v and "text" in v[0]
    ]
    examples = [example.text for example in project.nlu.examples]
    return [
        Article(
            id=f"a{number}",
            title=chance.choice(examples),
            sections=tuple(
                Section(
                    headings=(chance.choice(examples),),
                    blocks=(Block(kind="list", lines=tuple(chance.sample(sentences, 2))),),
                )
                for _ in range(20)
            ),
        )
        for number in range(SIZE // 20)
    ]


def speed(project, questions):
    """Return what searching :data:`SIZE` passages costs."""
    articles = many_articles(project)
    started = time.perf_counter()
    parts = train_knowledge(articles, project.nlu, project.stories.rules, project.domain).parts
    training = time.perf_counter() - started
    file = io.BytesIO()
    pack(file, parts)
    file.seek(0)
    started = time.perf_counter()
    knowledge = Knowledge.load(parts)
    loading = time.perf_counter() - started
    tracemalloc.start()
    again = Knowledge.load(dict(unpack(file)))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(again.passages) == len(knowledge.passages)
    took = []
    for text in questions * 4:
        started = time.perf_counter()
        knowledge.search(text)
        took.append(time.perf_counter() - started)
    return {
        "passages": len(knowledge.passages),
        "train_s": round(training, 1),
        "load_ms": round(1000 * loading, 1),
        "memory_mb": round(held / 1e6, 1),
        "search": summary_ms(took),
    }


def check_names(project, lists):
    """Stop where a question names a passage that its article does not have, or no article has."""
    sources, passages = passages_of(project.articles)
    known = {name_of(passage, sources[passage.source]) for passage in passages}
    articles = {name.partition("#")[0] for name in known}
    questions = [q for listed in lists.values() for q in listed["answered"]]
    named = {name for question in questions for name in question["passages"]}
    lost = {name for name in named - known if name.partition("#")[0] in articles}
    lost |= {q["question"] for q in questions if not known & set(q["passages"])}
    if lost:
        raise SystemExit(f"no such passages: {', '.join(sorted(lost))}")


def measure():
    """Return all figures."""
    loaded = load_project(ROOT)
    project = loaded.project or loaded.draft
    lists = json.loads(QUESTIONS.read_text("utf-8"))
    check_names(project, lists)
    knowledge, plain = trained(project), trained(project, with_synonyms=False)
    result = {
        "python": platform.python_version(),
        "articles": len(project.articles),
        "passages": len(knowledge.passages),
        "lists": {},
    }
    for name, listed in lists.items():
        questions = listed["answered"]
        rows = by_bm25(project, questions)
        rows["+ re-rank"] = hits(names_found(knowledge), questions)
        rows["re-rank, no synonyms"] = hits(names_found(plain), questions)
        result["lists"][name] = {
            "questions": len(questions),
            "beside": len(listed["beside"]),
            "hits": rows,
            "certainty": certainty(knowledge, listed),
        }
    texts = [q["question"] for listed in lists.values() for q in listed["answered"]]
    result["speed"] = speed(project, texts)
    return result


def show(result):
    """Print the figures."""
    print(f"{result['articles']} articles, {result['passages']} passages")
    for name, listed in result["lists"].items():
        print(f"\n{name} list: {listed['questions']} questions, {listed['beside']} beside")
        for row, shares in listed["hits"].items():
            print(f"  {row:<28} hit@1 {shares['hit@1']:.3f}  hit@3 {shares['hit@3']:.3f}")
        for threshold, row in listed["certainty"]["by_threshold"].items():
            right = row["of_these_right"]
            print(
                f"  confidence from {threshold}: {row['answered']:.0%} answered, "
                f"{'-' if right is None else f'{right:.0%}'} of these right; "
                f"{row['beside_answered']:.0%} of what is beside"
            )
        print(f"  ECE {listed['certainty']['ece']:.3f}")
    cost = result["speed"]
    print(
        f"\n{cost['passages']} passages: search p50 {cost['search']['p50_ms']} ms, "
        f"p99 {cost['search']['p99_ms']} ms; load {cost['load_ms']} ms, {cost['memory_mb']} MB; "
        f"train {cost['train_s']} s"
    )


def main():
    """Measure and record, or print what is recorded."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--read", action="store_true", help="print what is recorded")
    if not parser.parse_args().read:
        RESULTS.write_text(json.dumps(measure(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    show(json.loads(RESULTS.read_text("utf-8")))


if __name__ == "__main__":
    main()
