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
FAMILIAR = 0.3
"""At least this share of the names must have a word that examples have, too."""


def label_texts(
    labels: Iterable[str], *, words: Collection[str], unspaced: bool
) -> list[tuple[str, str]]:
    """Return (label, text) for the labels whose names are words of the project's language.

    Args:
        labels: Names of intents, or full names of answers such as ``faq/ask_shipping``.
        words: Words of the examples in lower case. Where few names contain any of them, the
            names are taken to be codes or in another language.
        unspaced: The examples are in a script written without spaces.
    """
    names = {label: label.rpartition("/")[2] for label in labels}
    if unspaced:
        chinese = [label for label, name in names.items() if has_unspaced(name)]
        return [(label, names[label].replace("_", "")) for label in chinese]
    spelt = {label: [part.lower() for part in _PARTS.findall(n)] for label, n in names.items()}
    spelt = {label: parts for label, parts in spelt.items() if any(map(_is_word, parts))}
    familiar = sum(any(_is_word(p) and p in words for p in parts) for parts in spelt.values())
    if familiar < FAMILIAR * len(names):
        return []
    return [(label, " ".join(parts)) for label, parts in spelt.items()]


def _is_word(part: str) -> bool:
    return len(part) >= SHORTEST
