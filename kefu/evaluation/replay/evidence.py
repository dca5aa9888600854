"""What the log shows of how good an answer was: what agents corrected, how the customer went on.

Signs are read from what happened after the answer in the same session. A sign is *plain* where an
agent decided on this very answer, else it is a *hint*: customers repeat themselves, are displeased
or ask for a person for other reasons, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from kefu.core.events import ActionReverted, BotUttered
from kefu.core.handoff import INTENT_REASONS, review_of
from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.evaluation.replay.answers import Answer
from kefu.evaluation.replay.recording import RecordedConversation, RecordedTurn, taken_over

__all__ = [
    "BAD",
    "GOOD",
    "HINTS",
    "PLAIN",
    "Evidence",
    "Sign",
    "evidence_of",
    "is_intent",
    "resembles",
    "with_right_intent",
]

Sign = Literal[
    "approved",
    "edited",
    "discarded",
    "not_understood",
    "repeated",
    "negative",
    "asked_human",
    "taken_over",
    "rated_low",
    "rated_high",
    "pleased",
    "misunderstood",
]
"""An agent approved, corrected or discarded the draft; the bot did not understand; the customer
said the same again, was displeased next, or asked for a person next; an agent took the conversation
over; the customer rated the session; the customer was pleased next; a trainer said that the message
means something else."""

PLAIN: Final = frozenset({"approved", "edited", "discarded"})
BAD: Final = frozenset(
    {
        "edited",
        "discarded",
        "not_understood",
        "repeated",
        "negative",
        "asked_human",
        "taken_over",
        "rated_low",
        "misunderstood",
    }
)
HINTS: Final = frozenset(
    {"not_understood", "repeated", "negative", "asked_human", "rated_low", "rated_high", "pleased"}
)
"""What customers do, for whatever reason; the other signs are what people of the shop decided."""
GOOD: Final = frozenset({"approved", "rated_high", "pleased"})
LOW, HIGH = 0.3, 0.7
"""Ratings up to, and from, these shares of the best one mean something: 1 and 2, 4 and 5 stars."""
ALIKE: Final = 0.6
"""From this share of common pairs of characters on two texts say the same."""
WITHIN: Final = 0.9
LONGER: Final = 3
"""... or with so many of the shorter one's, and at most so many times as long."""
_NO_LETTERS = re.compile(r"[\W_]+")
_LOOKS_AHEAD: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The signs about one answer."""

    signs: tuple[Sign, ...] = ()
    correction: str = ""
    """What an agent said instead."""
    settled_by: tuple[str, ...] = ()
    """What the bot did about the same thing in the end, after it had not been understood, or had
    been said again."""
    right: str = ""
    """The intent of the message, as a trainer said; empty: none did."""

    @property
    def is_bad(self) -> bool:
        """Whether anything speaks against the answer."""
        return any(sign in BAD for sign in self.signs)

    @property
    def is_good(self) -> bool:
        """Whether something speaks for it, and nothing against it."""
        return not self.is_bad and any(sign in GOOD for sign in self.signs)


def evidence_of(conversation: RecordedConversation, index: int) -> Evidence:
    """Return what is known of the answer of a turn."""
    turn = conversation.turns[index]
    signs: list[Sign] = []
    correction = _reviewed(turn, signs)
    if turn.answer.mode == "fallback":
        signs.append("not_understood")
    following = conversation.next_message(index)
    if following is not None:
        _went_on(turn, following, signs)
    if taken_over(turn.events):
        signs.append("taken_over")
    if turn.score is not None and turn.score <= LOW:
        signs.append("rated_low")
    elif turn.score is not None and turn.score >= HIGH:
        signs.append("rated_high")
    settled: tuple[str, ...] = ()
    if {"not_understood", "repeated"} & set(signs):
        settled = _settled(conversation, index)
    return Evidence(signs=tuple(signs), correction=correction, settled_by=settled)


def is_intent(answer: Answer, right: str) -> bool:
    """Whether a message was understood as a trainer said; a retrieval intent may be any of its."""
    return right in (answer.intent, answer.intent.partition(RETRIEVAL_DELIMITER)[0])


def with_right_intent(evidence: Evidence, right: str, recorded: Answer) -> Evidence:
    """Return what is known where a trainer said what the message means; empty: none did."""
    if not right:
        return evidence
    signs: tuple[Sign, ...] = () if is_intent(recorded, right) else ("misunderstood",)
    return replace(evidence, right=right, signs=(*evidence.signs, *signs))


def _reviewed(turn: RecordedTurn, signs: list[Sign]) -> str:
    """Note what an agent decided on the draft; return what they said instead of it."""
    said = [review_of(event) for event in turn.events if isinstance(event, ActionReverted)]
    decided: Mapping[str, Any] = next((one for one in said if one and one.get("decision")), {})
    match decided.get("decision"):
        case "approve":
            signs.append("approved")
        case "discard":
            signs.append("discarded")
        case "edit":
            signs.append("edited")
            return str(decided.get("text") or _edited_text(turn))
        case _:
            pass
    return ""


def _edited_text(turn: RecordedTurn) -> str:
    edited = (e for e in turn.events if isinstance(e, BotUttered) and "original" in e.metadata)
    return next((event.text or "" for event in edited), "")


def _went_on(turn: RecordedTurn, following: RecordedTurn, signs: list[Sign]) -> None:
    before, after = turn.mood.feeling, following.mood.feeling
    intent = following.message.intent_name or ""
    had_asked = INTENT_REASONS.get(turn.message.intent_name or "") == "asked"
    if INTENT_REASONS.get(intent) == "asked" and not had_asked:
        signs.append("asked_human")
    if resembles(turn.message.text or "", following.message.text or ""):
        signs.append("repeated")
    if after == "negative" != before:
        signs.append("negative")
    elif after == "positive":
        signs.append("pleased")


def _settled(conversation: RecordedConversation, index: int) -> tuple[str, ...]:
    """Return what answered the customer in one of the next turns, if they went on from there."""
    position = index
    for _ in range(_LOOKS_AHEAD):
        following = conversation.next_message(position)
        if following is None:
            return ()
        position = conversation.turns.index(following, position + 1)
        if following.answer.mode == "answered":
            return following.answer.actions
    return ()


def resembles(one: str, other: str) -> bool:
    """Whether two texts say the same.

    They do if they share enough of their pairs of characters (Jaccard), or if the longer one has
    nearly all of the shorter one's and is not much longer: ``I asked for …``.
    """
    first, second = _NO_LETTERS.sub("", one.lower()), _NO_LETTERS.sub("", other.lower())
    if not first or not second:
        return False
    if first == second:
        return True
    if min(len(first), len(second)) < 4:
        return False
    a, b = sorted((_pairs(first), _pairs(second)), key=len)
    common = len(a & b)
    is_within = common >= WITHIN * len(a) and len(b) <= LONGER * len(a)
    return common >= ALIKE * len(a | b) or is_within


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def says(answer: Answer, text: str) -> bool:
    """Whether an answer says what ``text`` says."""
    return bool(text) and resembles(" ".join(answer.texts), text)
