"""Takes out of texts what tells who somebody is: phones, e-mail addresses, numbers, addresses.

It goes by form, as nobody has marked these things in what customers write. So it errs on the side
of masking too much: any run of five digits and more is taken for a number of somebody's. Names
that are written as plain words it does not know.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Final

from kefu.evaluation.replay.answers import Answer
from kefu.evaluation.replay.tally import Difference

__all__ = ["masked_difference", "masked_text", "personal_spans"]

_WIDE: Final = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF20: "@", 0xFF0E: "."}
_PATTERNS: Final = (
    ("e-mail", re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("link", re.compile(r"(?:https?://|www\.)[^\s，。；！？、）】]+", re.IGNORECASE)),
    ("id", re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?!\w)")),
    ("phone", re.compile(r"(?<!\d)(?:\+|00)\d{1,3}(?:[ -]?\d{2,4}){2,5}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)")),
    ("id", re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z-]*\d)[A-Za-z]{1,5}-?\d{4,}[A-Za-z0-9-]*")),
    ("number", re.compile(r"\d(?:[ -]?\d){4,}")),
    (
        "address",
        re.compile(
            r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,8}?(?:市|州|盟))?"
            r"(?:[\u4e00-\u9fff]{1,8}?(?:区|县|旗|镇|乡))?[\u4e00-\u9fffA-Za-z0-9]{1,12}?"
            r"(?:路|街|大道|巷|胡同|弄|小区|花园|公寓|村)"
            r"[\u4e00-\u9fffA-Za-z0-9-]{0,10}?\d+[-\d]*(?:号院|号楼|号|栋|幢|单元|弄|室|楼|层)"
            r"(?:[A-Za-z0-9\u4e00-\u9fff-]{0,6}?(?:号楼|栋|幢|单元|室|楼|层|号))*"
        ),
    ),
    (
        "address",
        re.compile(
            r"\b\d{1,5}[A-Za-z]?\s+(?:[A-Z][a-z]+\s+){1,3}"
            r"(?:St|Street|Rd|Road|Ave|Avenue|Blvd|Lane|Ln|Drive|Dr|Court|Ct)\b\.?"
        ),
    ),
)


def personal_spans(text: str) -> list[tuple[int, int, str]]:
    """Return where something is to be hidden, ``(start, end, kind)``, in order, none overlapping.

    The kinds are ``address``, ``e-mail``, ``id``, ``link``, ``number`` and ``phone``.
    """
    text = text.translate(_WIDE)
    found: list[tuple[int, int, str]] = []
    for name, pattern in (*_PATTERNS[-2:], *_PATTERNS[:-2]):
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= other[0] or start >= other[1] for other in found):
                found.append((start, end, name))
    return sorted(found)


def masked_text(text: str) -> str:
    """Return ``text`` with what is to be hidden named in brackets instead: ``[phone]``."""
    text = text.translate(_WIDE)
    # Addresses first: their numbers would be gone otherwise.
    for name, pattern in (*_PATTERNS[-2:], *_PATTERNS[:-2]):
        text = pattern.sub(f"[{name}]", text)
    return text


def masked_id(conversation_id: str) -> str:
    """Return what stands for a conversation; the same one each time."""
    return "c-" + hashlib.sha256(conversation_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def masked_difference(difference: Difference) -> Difference:
    """Return a difference of which nobody can tell whose conversation it is from."""
    return replace(
        difference,
        conversation_id=masked_id(difference.conversation_id),
        text=masked_text(difference.text),
        correction=masked_text(difference.correction),
        recorded=_masked_answer(difference.recorded),
        new=_masked_answer(difference.new),
        before=_masked_lines(difference.before),
        after=_masked_lines(difference.after),
    )


def _masked_answer(answer: Answer) -> Answer:
    return replace(
        answer,
        texts=tuple(map(masked_text, answer.texts)),
        entities=tuple((name, "…") for name, _ in answer.entities),
        error=masked_text(answer.error),
    )


def _masked_lines(lines: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((who, masked_text(text)) for who, text in lines)
