"""How deep JSON from outside may be.

What is deeper than the interpreter's stack cannot be decoded; what is a little less deep can be
decoded here and not be encoded there, such as in a commit. Far below both is a limit of our own.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["DEEPEST", "TooDeep", "check_depth"]

DEEPEST: Final = 100
"""So many lists and objects may stand within one another."""

_PARTS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class TooDeep(ValueError):
    """Raised for JSON that nests too deep."""

    def __init__(self) -> None:
        super().__init__(f"more than {DEEPEST} lists and objects stand within one another")


def check_depth(text: str | bytes) -> None:
    """Look at text that may be JSON before it is decoded.

    Raises:
        TooDeep: It would nest too deep.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if data.count(b"[") + data.count(b"{") <= DEEPEST:
        return
    depth = 0
    for found in _PARTS.finditer(data):
        match found[0]:
            case b"[" | b"{":
                depth += 1
                if depth > DEEPEST:
                    raise TooDeep
            case b"]" | b"}":
                depth -= 1
            case _:
                pass
