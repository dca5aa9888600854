"""Asks the model about messages, each of them once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from kefu.core.messages import ParseData

__all__ = ["Answers", "Understanding"]

MOST_KEPT: Final = 10_000
MOST_AGAIN: Final = 300
"""So many messages are asked about again at a time when there is another model."""
_RANKED: Final = 10


class Understanding(Protocol):
    """Understands texts."""

    async def parse(self, text: str) -> ParseData:
        """Return what a text means."""
        ...


class Answers:
    """Keeps what the model made of messages.

    Args:
        model: Gives the model that answers now, and from which confidence on it does.
    """

    def __init__(self, model: Callable[[], tuple[Understanding, float]]) -> None:
        self._model = model
        self._of: Understanding | None = None
        self._kept: dict[str, ParseData] = {}
        self._former: dict[str, ParseData] = {}
        """What the model before made of messages that this one was not asked about."""
        self._left = MOST_AGAIN

    @property
    def limit(self) -> float:
        """The confidence from which on the model answers."""
        return self._model()[1]

    def begin(self) -> None:
        """Begin to ask: where the model is another one by now, what it says counts."""
        understanding, _ = self._model()
        if understanding is not self._of:
            self._former = {**self._former, **self._kept}
            self._kept, self._of = {}, understanding
        self._left = MOST_AGAIN

    async def of(self, text: str) -> ParseData:
        """Return what a message means.

        With another model, most messages mean what they did: only so many are asked about again
        each time, and what the model before made of the others counts until it is their turn.
        """
        known = self._kept.get(text)
        if known is None and text in self._former and self._left <= 0:
            return self._former[text]
        if known is None:
            self._left -= text in self._former
            known = _short(await self._model()[0].parse(text))
            self._former.pop(text, None)
            self._kept[text] = known
            for kept in (self._former, self._kept):
                while len(self._kept) + len(self._former) > MOST_KEPT and kept:
                    del kept[next(iter(kept))]
        return known


def _short(parsed: ParseData) -> ParseData:
    """Return what counts of what a model made of a message."""
    intent = parsed.get("intent") or {}
    ranking = (parsed.get("intent_ranking") or [intent])[:_RANKED]
    short: dict[str, Any] = {
        "intent": intent,
        "intent_ranking": ranking,
        "entities": parsed.get("entities") or [],
    }
    selected = parsed.get("response_selector") or {}
    names = {one.get("name") for one in ranking} & set(selected.get("all_retrieval_intents") or ())
    if names:
        chosen = {
            name: {"ranking": (selected[name].get("ranking") or ())[:_RANKED]}
            for name in (*names, "default")
            if name in selected
        }
        short["response_selector"] = {"all_retrieval_intents": sorted(names), **chosen}
    return short
