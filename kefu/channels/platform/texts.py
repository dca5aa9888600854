"""Texts within a platform's limit, which counts bytes."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["split_text"]

BREAKS = ("\n\n", "\n", "。", "！", "？", "；", ". ", "! ", "? ", "，", " ")
JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_ADDRESS = re.compile(r"https?://[!-~]+")


def split_text(text: str, max_bytes: int) -> list[str]:
    """Return ``text`` in pieces of at most ``max_bytes`` (at least 4) bytes of UTF-8.

    No character is cut, nor what is shown as one with the character before it, nor an address if
    it fits into a piece. Pieces end with a paragraph, a line or a sentence where one ends in their
    last third. Nothing but white space at the edges is lost.
    """
    pieces = []
    rest = text.strip()
    while len(rest.encode("utf-8", "replace")) > max_bytes:
        cut = _cut(rest, max_bytes)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def _cut(text: str, max_bytes: int) -> int:
    longest = len(text.encode("utf-8", "replace")[:max_bytes].decode(errors="ignore"))
    for match in _ADDRESS.finditer(text, 0, longest + max_bytes):
        if match.start() < longest < match.end():
            if match.start() and len(match[0]) <= max_bytes:
                longest = match.start()
            break
    cut = longest
    while cut > 0 and _clings(text, cut):
        cut -= 1
    if cut == 0:  # one thing that is longer than a piece may be
        return max(longest, 1)
    earliest = cut * 2 // 3
    for ending in BREAKS:
        at = text.rfind(ending, earliest, cut)
        if at > 0:
            return at + len(ending)
    return cut


def _clings(text: str, at: int) -> bool:
    """Whether the character at ``at`` is shown as one with the one before it."""
    if not 0 < at < len(text):
        return False
    here, before = text[at], text[at - 1]
    if here in JOINERS or before == "\u200d" or "\U0001f3fb" <= here <= "\U0001f3ff":
        return True
    if "\U000e0020" <= here <= "\U000e007f" or unicodedata.category(here) in ("Mn", "Me", "Mc"):
        return True
    return _is_flag(here) and _flags_before(text, at) % 2 == 1


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """Return how many of a flag's letters end at ``at``: two of them are one flag."""
    start = at
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return at - start
