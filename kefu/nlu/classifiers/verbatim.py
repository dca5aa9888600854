"""Sentences that stand in the training data word for word."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.nlu.stored import stored_array
from kefu.nlu.traditional import simplified

__all__ = ["Verbatim"]

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SPACES = re.compile(r"\s+")


class Verbatim:
    """Knows the class of each training sentence that is an example of one class only.

    Letter case, full-width forms, traditional characters and punctuation at the ends do not count.
    Kept as hashes.
    """

    def __init__(self, hashes: NDArray[np.uint64], classes: NDArray[np.int32]) -> None:
        self._hashes = hashes
        self._classes = classes
        self._class_of = dict(zip(hashes.tolist(), classes.tolist(), strict=True))

    @classmethod
    def of(cls, examples: Iterable[tuple[str, int]]) -> Verbatim:
        """Collect (text, class) pairs."""
        found: dict[int, int] = {}
        ambiguous = set()
        for text, number in examples:
            key = _hash_of_example(text)
            if found.setdefault(key, number) != number:
                ambiguous.add(key)
        keys = sorted(found.keys() - ambiguous)
        return cls(np.array(keys, np.uint64), np.array([found[key] for key in keys], np.int32))

    def class_of(self, text: str) -> int | None:
        """Return the class of a training sentence, None for other texts."""
        return self._class_of.get(_hash_of_message(text))

    def save(self) -> Parts:
        """Return what :meth:`load` takes."""
        return {"hashes": self._hashes, "classes": self._classes}

    @classmethod
    def load(cls, parts: Parts) -> Verbatim:
        """Build it from :meth:`save`'s result."""
        return cls(stored_array(parts, "hashes"), stored_array(parts, "classes"))


def _hash(text: str) -> int:
    if not text.isascii():
        text = simplified(unicodedata.normalize("NFKC", text))
    text = _SPACES.sub(" ", text.lower())
    key = (_EDGES.sub("", text) or text).encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "little")


_hash_of_example = lru_cache(maxsize=100_000)(_hash)
"""Examples are looked at in each training; customers' messages would only push them out."""
_hash_of_message = lru_cache(maxsize=16)(_hash)
"""Each classifier of a pipeline asks for the same one."""
