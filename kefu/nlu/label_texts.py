"""What the name of an intent says about it.

``check_earnings`` reads like an example of itself. With 5 to 10 examples an intent, adding names
to them brings 1 to 4 points of accuracy on public sets (banking77, clinc150).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from kefu.nlu.text import has_unspaced

__all__ = ["label_texts"]

_PARTS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])")
SHORTEST = 3
"""Shorter words of a name are mostly codes."""


def label_texts(
    labels: Iterable[str], *, words: Collection[str], unspaced: bool
) -> list[tuple[str, str]]:
    """Return (label, text) for the labels whose names are words of the project's language.

    Args:
        labels: Names of intents, or full names of answers such as ``faq/ask_shipping``.
        words: Words of the examples in lower case; a name without any of them says nothing.
        unspaced: The examples are in a script written without spaces.
    """
    texts = []
    for label in labels:
        name = label.rpartition("/")[2]
        if unspaced:
            if has_unspaced(name):
                texts.append((label, name.replace("_", "")))
            continue
        parts = [part.lower() for part in _PARTS.findall(name)]
        if any(part in words for part in parts if len(part) >= SHORTEST):
            texts.append((label, " ".join(parts)))
    return texts
