"""Sensitive words (敏感词): which there are, and what a text holds of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from kefu.clock import Clock
from kefu.core.naming import key_of
from kefu.desk.library.checking import bad, checked_line
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import By, Kept
from kefu.desk.library.watchwords import Action, Hit, Side, Watched, Watchwords, folded

__all__ = ["WORDS", "SensitiveWord", "Sides", "Words"]

Sides: TypeAlias = Literal["agent", "customer", "both"]

_MAX_WORD: Final = 100
_MOST: Final = 20_000
_BOTH: Final[frozenset[Side]] = frozenset({"agent", "customer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveWord:
    """A word or phrase, and what happens to a text that holds it."""

    word: str
    action: Action = "warn"
    """``warn`` whoever writes it, ``mask`` it with stars, or ``block`` the text."""
    side: Sides = "both"
    """Whose texts are looked at."""
    category: str = ""


WORDS: Final = Kind(
    name="word",
    words="sensitive word",
    plural="sensitive words",
    prefix="w",
    record=SensitiveWord,
    key=lambda word: folded(word.word),
    key_field="word",
    most=_MOST,
)


class Words:
    """Keeps sensitive words, and checks texts against those that there are now."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._keeping = Keeping(store, clock, WORDS)
        self._ready: tuple[int, Watchwords] = (-1, Watchwords(()))
        self._making_ready = asyncio.Lock()

    async def all(self) -> list[Kept[SensitiveWord]]:
        """Return all words, by category and word."""
        return sorted(await self._keeping.all(), key=order)

    async def one(self, item_id: str) -> Kept[SensitiveWord]:
        """Return a word.

        Raises:
            DeskError: There is none (404).
        """
        return await self._keeping.one(item_id)

    async def create(self, by: By, word: SensitiveWord) -> Kept[SensitiveWord]:
        """Keep a new word.

        Raises:
            DeskError: A field is not good (400), or the word is there already (409).
        """
        return await self._keeping.add(by, _checked(word))

    async def change(
        self,
        by: By,
        before: Kept[SensitiveWord],
        word: SensitiveWord,
        *,
        version: int | None = None,
    ) -> Kept[SensitiveWord]:
        """Change a word.

        Raises:
            DeskError: As for :meth:`create`.
            Conflict: It has another version.
        """
        return await self._keeping.change(by, before, _checked(word), version=version)

    async def remove(self, by: By, word: Kept[SensitiveWord]) -> None:
        """Remove a word."""
        await self._keeping.remove(by, word)

    async def check(self, text: str, side: Side) -> list[Hit]:
        """Return what a text of one side holds; see :class:`Watchwords`."""
        return (await self.watchwords()).check(text, side)

    async def watchwords(self) -> Watchwords:
        """Return the words that there are now; they are made ready anew only after a change."""
        if await self._keeping.revision() != self._ready[0]:
            async with self._making_ready:
                revision = await self._keeping.revision()
                if revision != self._ready[0]:
                    watched = [_watched(kept.what) for kept in await self._keeping.all()]
                    self._ready = (revision, await asyncio.to_thread(Watchwords, watched))
        return self._ready[1]


def _watched(word: SensitiveWord) -> Watched:
    sides: frozenset[Side] = _BOTH if word.side == "both" else frozenset({word.side})
    return Watched(word=word.word, action=word.action, sides=sides, category=word.category)


def _checked(word: SensitiveWord) -> SensitiveWord:
    if not folded(word.word):
        raise bad("word has nothing that can be seen", "word", why="unseen")
    return replace(
        word,
        word=checked_line(word.word, "word", most=_MAX_WORD),
        category=checked_line(word.category, "category", least=0),
    )


def order(kept: Kept[SensitiveWord]) -> str:
    """Return what words are sorted by."""
    word = kept.what
    return "\0".join((key_of(word.category), key_of(word.word), kept.item_id))
