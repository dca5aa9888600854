"""First stage: where entities begin and end, whatever they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kefu.nlu.extractors.lexicon import Marks
from kefu.nlu.extractors.pieces import Pieces, Span
from kefu.nlu.extractors.sequence import Features, Labelled

__all__ = ["boundary_features", "boundary_labels", "spans_of"]

_PAD = 3


def boundary_features(pieces: Pieces, marks: Marks, intent: str | None = None) -> Features:
    """Return what the learner sees of each piece, in a text of an intent if that counts."""
    names = pieces.names
    count = len(names)
    padded = ["<", "<", "<", *names, ">", ">", ">"]
    known = _mark_tags(marks, count)
    features = []
    for i in range(count):
        p = i + _PAD
        a, b, here, d, e = padded[p - 2 : p + 3]
        row = [
            "bias",
            f"0={here}",
            f"-1={b}",
            f"1={d}",
            f"-2={a}",
            f"2={e}",
            f"-3={padded[p - 3]}",
            f"3={padded[p + 3]}",
            f"-2-1={a}|{b}",
            f"-10={b}|{here}",
            f"01={here}|{d}",
            f"12={d}|{e}",
            f"-11={b}|{d}",
            f"-2-10={a}|{b}|{here}",
            f"012={here}|{d}|{e}",
            f"-101={b}|{here}|{d}",
        ]
        row += _form(here, pieces.text[pieces.starts[i]])
        if intent is not None:
            row += [f"I={intent}", f"I0={intent}|{here}", f"I-1={intent}|{b}", f"I1={intent}|{d}"]
        for offset in (-1, 0, 1):
            if 0 <= i + offset < count and known[i + offset]:
                row += [f"k{offset}={tag}" for tag in known[i + offset]]
        features.append(row)
    if pieces.words:
        _add_words(features, pieces)
    return features


def _form(name: str, original: str) -> list[str]:
    first = name[0]
    if first == "0":
        return [f"digits={len(name)}"]
    if not first.isascii():
        return []
    if not first.isalpha():
        return ["sign"]
    form = [f"p2={name[:2]}", f"p3={name[:3]}", f"s2={name[-2:]}", f"s3={name[-3:]}"]
    form.append(f"s4={name[-4:]}")
    if original.isupper():
        form.append("capital")
    return form


def _mark_tags(marks: Marks, count: int) -> list[list[str]]:
    tags: list[list[str]] = [[] for _ in range(count)]
    for span, types in marks:
        for position in range(span.first, span.behind):
            place = _place(span, position)
            tags[position] = [place, *(f"{place}-{name}" for name in types)]
    return tags


def _add_words(features: Features, pieces: Pieces) -> None:
    words, places = pieces.words, pieces.places
    last = len(features) - 1
    begins = ends = 0
    for i, row in enumerate(features):
        if i >= ends:
            begins = i
            ends = i + 1
            while ends <= last and places[ends] in "ME":
                ends += 1
        before = words[begins - 1] if begins else "<"
        behind = words[ends] if ends <= last else ">"
        row += [
            f"w{places[i]}",
            f"w={words[i]}",
            f"w-1={before}",
            f"w1={behind}",
            f"w-10={before}|{words[i]}",
        ]


def boundary_labels(count: int, spans: Iterable[Span]) -> list[str]:
    """Return B, I, E or S for pieces inside entities, O for others."""
    labels = ["O"] * count
    for span in spans:
        for position in range(span.first, span.behind):
            labels[position] = _place(span, position)
    return labels


def _place(span: Span, position: int) -> str:
    opens, closes = position == span.first, position == span.behind - 1
    return "S" if opens and closes else "B" if opens else "E" if closes else "I"


_SPAN = re.compile("S|B[IE]*|[IE]+")


def spans_of(labelled: Labelled) -> tuple[list[Span], Sequence[float]]:
    """Return the spans that labels describe, and how sure each is."""
    spans = []
    chances = []
    for match in _SPAN.finditer("".join(labelled.labels)):
        spans.append(Span(match.start(), match.end()))
        chances.append(min(labelled.chances[match.start() : match.end()]))
    return spans, chances
