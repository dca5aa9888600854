"""Which messages a trainer wants to see, and in which order."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.evaluation.inbox.gathering import Hit
from kefu.evaluation.inbox.groups import Group, Suggestion
from kefu.evaluation.inbox.terms import Sort, Why

__all__ = ["Wanted"]

_ORDERS: Final[dict[Sort, Callable[[Group], Any]]] = {
    "frequent": lambda group: (-group.count, -group.last_at, group.group_id),
    "newest": lambda group: (-group.last_at, -group.count, group.group_id),
    "unsure": lambda group: (group.lowest, -group.count, group.group_id),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Messages that are looked at, and their order."""

    since: float | None = None
    until: float | None = None
    """Seconds since the epoch; messages from then on are left out."""
    channels: frozenset[str] = frozenset()
    whys: frozenset[Why] = frozenset()
    """Only messages that are there for one of these."""
    least: float = 0.0
    most: float = 1.0
    """Only messages of a confidence from the one to the other."""
    text: str = ""
    """Only groups with this in one of their texts, as these are shown."""
    intents: frozenset[str] = frozenset()
    """Only groups that one of these is suggested for, by the text that leads them; a retrieval
    intent is all its answers."""
    sort: Sort = "frequent"

    def why(self, hit: Hit, below: float) -> tuple[Why, ...]:
        """Return why a message is wanted; empty: it is not.

        Args:
            hit: The message.
            below: Of a lower confidence than this the bot was unsure.
        """
        if not (self.least <= hit.confidence <= self.most and self._is_in_time(hit.at)):
            return ()
        if self.channels and hit.channel not in self.channels:
            return ()
        why = hit.why
        if hit.confidence >= below and "unsure" in why:
            why = tuple(one for one in why if one != "unsure")
        return why if not self.whys or self.whys & set(why) else ()

    def _is_in_time(self, at: float) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def has_text(self, group: Group) -> bool:
        """Whether one of the texts of a group has what is looked for in it."""
        if not self.text:
            return True
        piece = _plain(self.text)
        return any(piece in _plain(variant.proposal.text) for variant in group.variants)

    def is_suggested(self, suggestions: Sequence[Suggestion]) -> bool:
        """Whether one of the intents is among suggestions."""
        names = {one.intent for one in suggestions}
        names |= {name.partition(RETRIEVAL_DELIMITER)[0] for name in names}
        return not self.intents or bool(self.intents & names)

    def ordered(self, groups: list[Group]) -> list[Group]:
        """Return groups in their order."""
        return sorted(groups, key=_ORDERS[self.sort])


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
