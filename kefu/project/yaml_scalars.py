"""What scalars mean: YAML 1.2 as Rasa reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

__all__ = ["CONSTANTS", "TAGGED", "scalar"]

_INTEGER: Final = re.compile(
    r"[-+]?0b[01_]+|[-+]?0o[0-7_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*", re.ASCII
)
_FLOAT: Final = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
CONSTANTS: Final[dict[str, Any]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_BASES: Final = {"b": 2, "o": 8, "x": 16}
_LONGEST_NUMBER: Final = 4000
"""Python refuses to convert longer ones."""


def scalar(text: str) -> Any:
    """Return the value of a plain scalar."""
    if text[0] in "-+.0123456789":
        if _INTEGER.fullmatch(text):
            return _integer(text) if len(text) < _LONGEST_NUMBER else text
        if _FLOAT.fullmatch(text):
            return _float(text)
    return text


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    unsigned = digits.lstrip("+-")
    base = _BASES.get(unsigned[1:2], 10) if unsigned.startswith("0") else 10
    number = int(unsigned[2:] if base != 10 else unsigned, base)
    return -number if digits.startswith("-") else number


def _float(text: str) -> float:
    plain = text.replace("_", "").lower()
    return float(plain.replace(".inf", "inf").replace(".nan", "nan"))


TAGGED: Final[dict[str, Callable[[str], Any]]] = {
    "str": str,
    "int": lambda text: _integer(text.strip()),
    "float": lambda text: _float(text.strip()),
    "bool": lambda text: text.strip().lower() == "true",
    "null": lambda _text: None,
    "timestamp": str,
}
