"""Chinese tax numbers: the unified social credit code (GB 32100), the older 15 characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

__all__ = ["TaxFault", "tax_fault", "tax_no_in"]

TaxFault = Literal["length", "letters", "check"]
"""What is wrong: how long it is, a character that never occurs, or a slip that the check shows."""

CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters by their value; I, O, S, V and Z are left out, they look like digits."""
CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""Powers of 3 modulo 31."""
OLD_FORM = re.compile(r"[1-8]\d{5}[0-9A-Z]{9}")
"""A region of 6 digits, and the organisation's code or a serial number."""
LENGTHS = (15, 18)
RUN = re.compile(r"(?<![0-9A-Z@.])[0-9A-Z]{6,30}(?![0-9A-Z@.])")
ORDER_NO = re.compile(r"60\d{10}")
PHONE = re.compile(r"1[3-9]\d{9}")
LEAST_DIGITS = 5
LONGEST = 300
"""Characters of a message that are looked at."""


def tax_no_in(text: str) -> str | None:
    """Return what ``text`` has in the place of a tax number, in capitals and without blanks.

    It may well be wrong: see ``tax_fault``. Order numbers, telephone numbers and e-mail addresses
    are none.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).upper()
    joined = re.sub(r"(?<=[0-9A-Z])[ -]+(?=[0-9A-Z])", "", plain)
    found = [run for run in RUN.findall(joined) if _could_be_one(run)]
    return max(found, key=len) if found else None


def tax_fault(tax_no: str) -> TaxFault | None:
    """Return what is wrong with ``tax_no``, None when it can be right."""
    if len(tax_no) not in LENGTHS:
        return "length"
    if len(tax_no) == 15:
        return None if OLD_FORM.fullmatch(tax_no) else "letters"
    if any(character not in CODE_ALPHABET for character in tax_no):
        return "letters"
    return None if _check_character(tax_no[:17]) == tax_no[17] else "check"


def _check_character(body: str) -> str:
    weighted = zip(body, CODE_WEIGHTS, strict=True)
    total = sum(CODE_ALPHABET.index(character) * weight for character, weight in weighted)
    return CODE_ALPHABET[-total % 31]


def _could_be_one(run: str) -> bool:
    if ORDER_NO.fullmatch(run) or PHONE.fullmatch(run):
        return False
    return sum(character.isdigit() for character in run) >= LEAST_DIGITS
