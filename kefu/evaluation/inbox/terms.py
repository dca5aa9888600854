"""Why messages are in the inbox, and how groups of them are sorted; cheap to import."""

from __future__ import annotations

from typing import Final, Literal, get_args

__all__ = ["SORTS", "WHYS", "Sort", "Why"]

Why = Literal[
    "edited",
    "discarded",
    "taken_over",
    "not_understood",
    "handed_over",
    "asked_human",
    "unhelpful",
    "unsure",
]
"""An agent said something else than the bot's draft, or discarded it, or took the conversation; the
bot said that it did not understand, or gave the conversation away; the customer asked for a person
next; what it quoted from an article did not help; its confidence was low."""

WHYS: Final[tuple[Why, ...]] = get_args(Why)

Sort = Literal["frequent", "newest", "unsure"]
"""Groups with most messages first, those whose last message is the newest, or those with the
message of the lowest confidence."""

SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
