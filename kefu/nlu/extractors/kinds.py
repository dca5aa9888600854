"""Second stage: what each span found is, given the spans around it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from kefu.nlu.extractors.lexicon import Marks
from kefu.nlu.extractors.pieces import Pieces, Span
from kefu.nlu.extractors.sequence import Features

__all__ = ["kind_features"]

_CONTEXT = 4


def kind_features(
    pieces: Pieces, spans: Sequence[Span], marks: Marks, intent: str | None = None
) -> Features:
    """Return what the learner sees of each span, in a text of an intent if that counts."""
    known = dict(marks)
    rows = [_span_features(pieces, span, known) for span in spans]
    if intent is not None:
        for row, span in zip(rows, spans, strict=True):
            inner = pieces.names[span.first : span.behind]
            before = pieces.names[span.first - 1] if span.first else "<"
            row += [f"I={intent}", f"If={intent}|{inner[0]}", f"I-1={intent}|{before}"]
    return rows


def _span_features(pieces: Pieces, span: Span, known: Mapping[Span, tuple[str, ...]]) -> list[str]:
    names = pieces.names
    inner = names[span.first : span.behind]
    left = names[max(0, span.first - _CONTEXT) : span.first]
    if len(left) < _CONTEXT:
        left = ["<", *left]
    right = names[span.behind : span.behind + _CONTEXT]
    if len(right) < _CONTEXT:
        right = [*right, ">"]
    start, end = pieces.starts[span.first], pieces.ends[span.behind - 1]
    row = [
        "bias",
        f"t={pieces.folded[start:end]}",
        f"o={pieces.text[start:end].lower()}",
        f"n={min(len(inner), 8)}",
        f"f={inner[0]}",
        f"l={inner[-1]}",
        f"shape={_shape(pieces.folded[start:end])}",
        f"lr={left[-1]}|{right[0]}",
        f"lll={'|'.join(left[-3:])}",
        f"ll={'|'.join(left[-2:])}",
        f"rr={'|'.join(right[:2])}",
    ]
    row += [f"i={name}" for name in inner]
    row += [f"ii={a}|{b}" for a, b in itertools.pairwise(inner)]
    for distance, name in enumerate(reversed(left), 1):
        row += [f"-{distance}={name}", f"L={name}"]
    for distance, name in enumerate(right, 1):
        row += [f"+{distance}={name}", f"R={name}"]
    row += [f"LL={a}|{b}" for a, b in itertools.pairwise(left)]
    row += [f"RR={a}|{b}" for a, b in itertools.pairwise(right)]
    row += [f"k={name}" for name in known.get(span, ())]
    return row


def _shape(text: str) -> str:
    shape: list[str] = []
    for char in text:
        sign = "0" if char == "0" else "a" if char.isascii() and char.isalpha() else "x"
        sign = sign if char.isalnum() else char
        if len(shape) < 2 or shape[-1] != sign or shape[-2] != sign:
            shape.append(sign)
    return "".join(shape[:12])
