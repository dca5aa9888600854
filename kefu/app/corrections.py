"""What messages mean, as trainers decided in their inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from kefu.evaluation.inbox.decisions import KIND, Decided
from kefu.evaluation.inbox.proposing import key_of

__all__ = ["KIND", "right_intents"]

_REMEMBERED = 8_192


def right_intents(decisions: Iterable[str]) -> Callable[[str], str]:
    """Return what gives the intent of a text; empty: nobody decided on one that says the same.

    Args:
        decisions: JSON of the inbox's decisions, the oldest first.
    """
    intents: dict[str, str] = {}
    for body in decisions:
        decided = msgspec.json.decode(body, type=Decided)
        if decided.decision == "accepted" and decided.intent and not decided.is_pending:
            intents[decided.key] = decided.intent
    if not intents:
        return lambda _: ""
    return lru_cache(maxsize=_REMEMBERED)(lambda text: intents.get(key_of(text), ""))
