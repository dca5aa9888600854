"""The choices a customer was offered last, so that a number or a title says what they chose.

Platforms tell which entry of a menu was chosen by its words, or by an id at best; what the entry
means to the bot is remembered here, for all processes. A number means a choice in the next message
only: after that it can mean anything. A tap on the menu, or its words, mean it until other choices
are offered.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from kefu.channels.base import ChannelState
from kefu.core.contents import Choice

__all__ = ["Offered", "OfferedChoices", "numbered"]

REMEMBERED_SECONDS = 172_800.0
PUNCTUATION = " \t.．。、,，)）:："
LONGEST = 64


@dataclass(frozen=True, slots=True)
class Offered:
    """What a customer was offered last."""

    choices: tuple[Choice, ...]
    is_open: bool
    """Whether the customer has not written since."""
    version: int

    def chosen(self, text: str, *, tapped: str = "") -> Choice | None:
        """Return the choice that a message means.

        Args:
            text: What the customer wrote.
            tapped: The number of the entry, where the platform tells that it was tapped.
        """
        said = _bare(text)
        number = tapped or (said if self.is_open else "")
        if number.isdecimal() and 1 <= int(number) <= len(self.choices):
            return self.choices[int(number) - 1]
        return next((choice for choice in self.choices if _bare(choice.title) == said), None)


class OfferedChoices:
    """What each customer of one account was offered last."""

    def __init__(self, state: ChannelState, *, name: str) -> None:
        self._state = state
        self._name = name

    async def remember(self, customer: str, choices: Sequence[Choice]) -> None:
        """Let ``choices`` be what the customer chooses from."""
        await self._state.put(
            self._key(customer), _encoded(choices, is_open=True), expires_in=REMEMBERED_SECONDS
        )

    async def offered(self, customer: str, text: str) -> Offered | None:
        """Return what ``text`` can be an answer to; None if it is too long, or nothing was."""
        if not 0 < len(text) <= LONGEST:
            return None
        stored = await self._state.get(self._key(customer))
        if stored is None:
            return None
        is_open, choices = msgspec.json.decode(stored.value)
        return Offered(
            tuple(Choice(title=title, payload=payload) for title, payload in choices),
            bool(is_open),
            stored.version,
        )

    async def answered(self, customer: str, offered: Offered) -> None:
        """Note that the customer wrote; nothing happens if they were offered others since."""
        if offered.is_open:
            await self._state.change(
                self._key(customer),
                _encoded(offered.choices, is_open=False),
                expected_version=offered.version,
                expires_in=REMEMBERED_SECONDS,
            )

    def _key(self, customer: str) -> str:
        return f"offered:{self._name}:{customer}"


def numbered(text: str | None, choices: Sequence[Choice]) -> str:
    """Return a text with the choices below it, numbered from 1."""
    lines = [text] if text else []
    lines += [f"{number}. {choice.title}" for number, choice in enumerate(choices, 1)]
    return "\n".join(lines)


def _encoded(choices: Sequence[Choice], *, is_open: bool) -> str:
    pairs = [[choice.title, choice.payload] for choice in choices]
    return msgspec.json.encode([is_open, pairs]).decode()


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(PUNCTUATION)
