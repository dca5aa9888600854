"""What ``kefu knowledge search`` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from kefu.errors import ModelError
from kefu.evaluation.page.writing import page_language
from kefu.knowledge.explaining import explained
from kefu.model.load import load_model

__all__ = ["lines_of", "show_search"]

_SHOWN: Final = 10
"""So many matched terms are printed; --json has all."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "nothing": "No passage has any of it.",
        "terms": "asks for: {}",
        "synonyms": "by synonyms: {}",
        "unknown": "in no article: {}",
        "has": "has",
        "bm25": "BM25 {:.2f} (place {})",
        "score": "re-rank {:.2f} = {}",
        "heading": "heading",
        "asked": "asked",
        "answer": "Answer",
        "confidence": "Confidence {:.2f}: log-odds {:.2f} = {}",
        "f-bm25": "BM25",
        "f-characters": "characters",
        "f-pairs": "pairs",
        "f-in-headings": "in headings",
        "f-own-heading": "own heading asked for",
        "f-asked": "asked before",
        "f-order": "place",
        "f-lead": "lead over the second",
        "f-unknown": "unknown",
        "f-length": "length",
        "f-constant": "whatever the question",
    },
    "zh": {
        "nothing": "没有一个段落沾边。",
        "terms": "问的是：{}",
        "synonyms": "同义词带来：{}",
        "unknown": "哪篇文章里都没有：{}",
        "has": "有",
        "bm25": "BM25 {:.2f}（第 {} 名）",
        "score": "重排 {:.2f} = {}",
        "heading": "标题",
        "asked": "问过",
        "answer": "回答",
        "confidence": "置信度 {:.2f}：对数几率 {:.2f} = {}",
        "f-bm25": "BM25",
        "f-characters": "单字",
        "f-pairs": "双字",
        "f-in-headings": "在标题里",
        "f-own-heading": "本节标题被问到",
        "f-asked": "有人这样问过",
        "f-order": "名次",
        "f-lead": "比第二名领先",
        "f-unknown": "没见过的",
        "f-length": "长度",
        "f-constant": "不论问什么",
    },
}


def show_search(
    text: str,
    model: Path,
    *,
    count: int,
    day: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Search the articles of a model and print what was found, and why."""
    loaded = load_model(model)
    source = loaded.knowledge
    if source is None:
        raise ModelError(
            f"{loaded.path} has no articles — write Markdown files below data/knowledge/ and run "
            "'kefu train'"
        )
    findings = source.search(text) if day is None else source.knowledge.search(text, day)
    found = {"question": text, **explained(source.knowledge, findings, count=count)}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for line in lines_of(found, language or page_language(loaded.metadata.language)):
        click.echo(line)


def lines_of(found: Mapping[str, Any], language: str) -> Iterator[str]:
    """Yield what :func:`explained` found line by line."""
    words = WORDS[language]
    yield click.style(found["question"], bold=True)
    own = {term for terms in found["synonyms"].values() for term in terms}
    yield from _listed(words["terms"], [term for term in found["terms"] if term not in own])
    yield from _listed(
        words["synonyms"],
        [f"{variant} → {' '.join(terms)}" for variant, terms in found["synonyms"].items()],
    )
    yield from _listed(words["unknown"], found["unknown_terms"])
    if not found["passages"]:
        yield ""
        yield words["nothing"]
        return
    for number, passage in enumerate(found["passages"], 1):
        yield ""
        yield from _passage(number, passage, words)
    yield ""
    yield click.style(words["answer"], bold=True)
    yield from (f"  {line}" for line in found["answer"].splitlines())
    odds = sum(sign["adds"] for sign in found["signs"])
    parts = _sum(found["signs"], words)
    yield words["confidence"].format(found["confidence"], odds, parts)


def _listed(name: str, items: Iterable[str]) -> Iterator[str]:
    text = " | ".join(items)
    if text:
        yield click.style(name.format(text), dim=True)


def _passage(number: int, passage: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    where = " · ".join((passage["title"], *passage["headings"]))
    yield f"{number}. {click.style(where, bold=True)}  {click.style(passage['file'], dim=True)}"
    yield f"   {words['score'].format(passage['score'], _sum(passage['ranking'], words))}"
    yield f"   {words['bm25'].format(passage['bm25'], passage['place_by_bm25'])}"
    matched = [_match(item, words) for item in passage["matched"]]
    more = " …" if len(matched) > _SHOWN else ""
    yield f"   {words['has']} {'  '.join(matched[:_SHOWN])}{more}"


def _match(item: Mapping[str, Any], words: Mapping[str, str]) -> str:
    notes = [words[place] for place in item["in"] if place in words]
    if "by_synonym" in item:
        notes.append(f"← {item['by_synonym']}")
    return f"{item['term']} {item['adds']:.2f}" + (f" ({', '.join(notes)})" if notes else "")


def _sum(items: Iterable[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    """Return a sum in words, without what adds next to nothing."""
    shown = [
        f"{item['adds']:+.2f} {words['f-' + item['name']]}"
        for item in items
        if abs(item["adds"]) >= 0.005
    ]
    return "  ".join(shown)
