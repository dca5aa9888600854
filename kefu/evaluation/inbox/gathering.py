"""Finds the messages in the log that the bot was unsure of, or that people put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.events import Event, SlotSet
from kefu.core.handoff import INTENT_REASONS
from kefu.core.names import INTENT_KNOWLEDGE, REQUESTED_SLOT
from kefu.evaluation.inbox.terms import Why
from kefu.evaluation.replay.evidence import Evidence, evidence_of
from kefu.evaluation.replay.recording import RecordedConversation, RecordedTurn
from kefu.evaluation.replay.replaying import Choice

__all__ = ["Hit", "hits_of", "last_of_earlier_session"]

_DID_NOT_HELP: Final = frozenset({"repeated", "negative", "asked_human", "rated_low"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that a trainer should look at."""

    conversation_id: str
    seq: int
    at: float
    text: str
    """As the customer wrote it: it is for no screen and no file."""
    channel: str
    intent: str
    """As it was understood then."""
    confidence: float
    why: tuple[Why, ...]
    entities: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def hits_of(
    conversation: RecordedConversation, choice: Choice, below: float, asked: str | None = None
) -> Iterator[Hit]:
    """Yield the messages of a conversation that a trainer should look at.

    Args:
        conversation: As it was.
        choice: Which messages count at all.
        below: Of a lower confidence than this the bot was unsure.
        asked: Slot that a form asked for before the first of its messages.
    """
    for index, turn in enumerate(conversation.turns):
        asked = None if turn.begins_anew else _asked_after(turn.before, asked)
        was_asked, asked = asked, _asked_after(turn.events, asked)
        if choice.passes_over(turn) or not _is_said(turn):
            continue
        evidence = evidence_of(conversation, index)
        why = tuple(_why(turn, evidence, below))
        if was_asked and not {"edited", "discarded"} & set(why) and _fills(turn, was_asked):
            continue  # the answer to a question of a form: whatever it says, it did what it should
        if why:
            yield Hit(
                conversation_id=conversation.conversation_id,
                seq=turn.seq,
                at=turn.at,
                text=turn.message.text or "",
                channel=turn.message.input_channel or "",
                intent=turn.answer.intent,
                confidence=turn.answer.confidence,
                why=why,
                entities=turn.message.entities,
            )


def last_of_earlier_session(
    conversation: RecordedConversation, asked: str | None = None
) -> tuple[int, str | None] | None:
    """Return the last message in front of the newest session, and the slot asked for before it.

    What comes later changes nothing in front of it. None: there is only one session.
    """
    newest = conversation.turns[-1].session if conversation.turns else 0
    found = None
    for turn in conversation.turns:
        if turn.session == newest:
            return found
        asked = None if turn.begins_anew else _asked_after(turn.before, asked)
        found = turn.seq, asked
        asked = _asked_after(turn.events, asked)
    return found


def _is_said(turn: RecordedTurn) -> bool:
    """Whether a customer wrote it in words: no button, no picture, no wish for a person."""
    text = (turn.message.text or "").strip()
    wishes_person = INTENT_REASONS.get(turn.message.intent_name or "") == "asked"
    return bool(text) and not text.startswith("/") and not wishes_person


def _why(turn: RecordedTurn, evidence: Evidence, below: float) -> Iterator[Why]:
    signs, answer = set(evidence.signs), turn.answer
    if "edited" in signs:
        yield "edited"
    if "discarded" in signs:
        yield "discarded"
    if "taken_over" in signs:
        yield "taken_over"
    if answer.mode == "fallback" or "not_understood" in signs:
        yield "not_understood"
    if answer.mode == "handed_over" and answer.reason in {"low_confidence", "failed_twice"}:
        yield "handed_over"
    if "asked_human" in signs:
        yield "asked_human"
    if answer.intent == INTENT_KNOWLEDGE:
        if signs & _DID_NOT_HELP:
            yield "unhelpful"
    elif answer.confidence < below and "approved" not in signs:
        yield "unsure"


def _asked_after(events: Sequence[Event], asked: str | None) -> str | None:
    """Return the slot that a form asks for after some events."""
    for event in events:
        if isinstance(event, SlotSet) and event.key == REQUESTED_SLOT:
            asked = str(event.value) if event.value else None
    return asked


def _fills(turn: RecordedTurn, slot: str) -> bool:
    return any(
        isinstance(event, SlotSet) and event.key == slot and event.value is not None
        for event in turn.events
    )
