"""Texts within a platform's limit, which counts bytes."""

from __future__ import annotations

import unicodedata

__all__ = ["split_text"]

BREAKS = ("\n", "。", "！", "？", "；", ". ", "! ", "? ", "，", " ")
JOINERS = frozenset("\u200d\ufe0e\ufe0f")


def split_text(text: str, max_bytes: int) -> list[str]:
    """Return ``text`` in pieces of at most ``max_bytes`` bytes of UTF-8.

    No character is cut, nor what is shown as one with the character before it. Pieces end with a
    line or a sentence where one ends in their last third. Nothing but white space at the edges is
    lost.
    """
    pieces = []
    rest = text.strip()
    while len(rest.encode()) > max_bytes:
        cut = _cut(rest, max_bytes)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def _cut(text: str, max_bytes: int) -> int:
    longest = len(text.encode()[:max_bytes].decode(errors="ignore"))
    cut = longest
    while cut > 0 and _clings(text, cut):
        cut -= 1
    cut = cut or longest
    earliest = cut * 2 // 3
    for ending in BREAKS:
        at = text.rfind(ending, earliest, cut)
        if at >= 0:
            return at + len(ending)
    return max(cut, 1)


def _clings(text: str, at: int) -> bool:
    """Whether the character at ``at`` is shown as one with the one before it."""
    here, before = text[at], text[at - 1]
    is_modifier = "\U0001f3fb" <= here <= "\U0001f3ff"
    return here in JOINERS or before == "\u200d" or is_modifier or unicodedata.combining(here) > 0
