"""What a bot made of one message, in the form that recorded and new answers are compared in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    ConversationPaused,
    Event,
    SlotSet,
    UserUttered,
)
from kefu.core.handoff import handoff_of, review_of
from kefu.core.names import (
    ACTION_DEACTIVATE_LOOP,
    ACTION_EXTRACT_SLOTS,
    ACTION_HANDOFF,
    ACTION_LISTEN,
    ACTION_REVIEW,
    ACTION_SESSION_START,
    ACTION_UNLIKELY_INTENT,
    REQUESTED_SLOT,
)
from kefu.core.setbacks import FALLBACK_ACTIONS

__all__ = ["AGENT", "ASKS", "Answer", "Mode", "answer_of", "failed_answer"]

Mode = Literal["answered", "reviewed", "handed_over", "fallback", "silent", "failed"]
"""``reviewed``: held back for an agent to look at; ``fallback``: the bot said that it did not
understand; ``silent``: it did nothing; ``failed``: the turn could not be taken."""

ASKS: Final = " → "
"""Stands between a form and the slot that it asks for."""
AGENT: Final = "agent"
"""Reason of a handoff that an agent decided on, not the bot."""

_SAYS_NOTHING: Final = frozenset(
    {
        ACTION_LISTEN,
        ACTION_SESSION_START,
        ACTION_EXTRACT_SLOTS,
        ACTION_UNLIKELY_INTENT,
        ACTION_DEACTIVATE_LOOP,
        ACTION_REVIEW,
    }
)
_RANKED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was understood, done and said."""

    intent: str = ""
    """With the part behind a retrieval intent's slash; empty: none."""
    confidence: float = 0.0
    """The least of that of the intent and of the policy that chose the first action."""
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[tuple[str, str], ...] = ()
    actions: tuple[str, ...] = ()
    """What was done, or held back; a form with the slot that it asks for: ``form → slot``."""
    texts: tuple[str, ...] = ()
    mode: Mode = "silent"
    reason: str = ""
    """Why it was handed over."""
    policy: str = ""
    """Who chose the first action."""
    unknown: tuple[str, ...] = ()
    """Custom actions that would run, and of which the log does not tell what they do."""
    error: str = ""
    """Why the turn could not be taken."""


@dataclass(slots=True)
class _Reading:
    """An answer that is being read from events."""

    actions: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    mode: Mode = "silent"
    reason: str = ""
    chosen: ActionExecuted | ActionExecutionRejected | None = None
    is_held: bool = False


def answer_of(
    message: UserUttered, events: Sequence[Event], *, unknown: Sequence[str] = ()
) -> Answer:
    """Return what ``events`` made of ``message``.

    An answer that was held back for a review is the bot's own draft, whatever an agent made of it,
    and what followed from that.
    A review or a handover that declined because nobody was on duty counts as what it was meant to
    be: whether the bot is sure enough does not depend on who is there.
    """
    reading = _Reading()
    for event in events:
        if reading.is_held:
            break
        match event:
            case ActionExecuted():
                _act(reading, event)
            case ActionExecutionRejected(action_name=name):
                _decline(reading, event, name)
            case BotUttered():
                _say(reading, event)
            case SlotSet(key=key, value=value) if key == REQUESTED_SLOT:
                _ask(reading, value)
            case ConversationPaused():
                _pause(reading, event)
            case _:
                pass
    chosen = reading.chosen
    parts = [_number(message.intent.get("confidence"))]
    if chosen is not None:
        parts.append(_number(chosen.confidence))
    return Answer(
        intent=message.full_retrieval_intent_name or message.intent_name or "",
        confidence=round(min(parts), 4),
        ranking=_ranking(message),
        entities=_entities(message),
        actions=tuple(reading.actions),
        texts=tuple(reading.texts),
        mode=reading.mode,
        reason=reading.reason,
        policy=(chosen.policy or "") if chosen is not None else "",
        unknown=tuple(dict.fromkeys(unknown)),
    )


def failed_answer(error: str) -> Answer:
    """Return the answer of a bot that could not take the turn."""
    return Answer(mode="failed", error=error)


def _act(reading: _Reading, event: ActionExecuted) -> None:
    name = event.name_or_text
    if name == ACTION_REVIEW:
        _hold(reading, event, review_of(event) or {})
        return
    if name in _SAYS_NOTHING:
        return
    reading.chosen = reading.chosen or event
    reading.actions.append(name)
    if name == ACTION_HANDOFF:
        _set_mode(reading, "handed_over")
    else:
        _set_mode(reading, "fallback" if name in FALLBACK_ACTIONS else "answered")


def _hold(reading: _Reading, event: ActionExecuted, review: Mapping[str, Any]) -> None:
    reading.is_held = True
    reading.chosen = reading.chosen or event
    reading.actions.append(str(review.get("action") or ACTION_REVIEW))
    draft = review.get("draft") or {}
    said = draft.get("message") if isinstance(draft, Mapping) else None
    if isinstance(said, Mapping) and said.get("text"):
        reading.texts.append(str(said["text"]))
    reading.mode = "reviewed"


def _decline(reading: _Reading, event: ActionExecutionRejected, name: str) -> None:
    if name not in (ACTION_REVIEW, ACTION_HANDOFF):
        return
    reading.chosen = reading.chosen or event
    reading.mode = "reviewed" if name == ACTION_REVIEW else "handed_over"


def _set_mode(reading: _Reading, mode: Mode) -> None:
    """What hands over counts most, then what holds back, then what answers."""
    if reading.mode in ("silent", "fallback") or mode == "handed_over":
        reading.mode = mode


def _say(reading: _Reading, event: BotUttered) -> None:
    text = event.text or _stand_in(event)
    if text:
        reading.texts.append(text)


def _stand_in(event: BotUttered) -> str:
    """Name what is shown instead of words."""
    custom = event.data.get("custom")
    if isinstance(custom, Mapping):
        return f"[{custom.get('type') or 'custom'}]"
    return next((f"[{key}]" for key, value in event.data.items() if value), "")


def _ask(reading: _Reading, slot: Any) -> None:
    if isinstance(slot, str) and reading.actions and ASKS not in reading.actions[-1]:
        reading.actions[-1] += f"{ASKS}{slot}"


def _pause(reading: _Reading, event: ConversationPaused) -> None:
    handoff = handoff_of(event) or {}
    reason = str(handoff.get("reason") or "other")
    if reason == AGENT:
        return
    reading.mode, reading.reason = "handed_over", reason


def _number(value: Any) -> float:
    """Return a confidence; where none is given nothing was guessed."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else 1.0


def _ranking(message: UserUttered) -> tuple[tuple[str, float], ...]:
    listed = message.parse_data.get("intent_ranking") or ()
    return tuple(
        (str(item.get("name")), round(_number(item.get("confidence")), 3))
        for item in listed[:_RANKED]
        if isinstance(item, Mapping)
    )


def _entities(message: UserUttered) -> tuple[tuple[str, str], ...]:
    found = {(str(entity.get("entity")), str(entity.get("value"))) for entity in message.entities}
    return tuple(sorted(found))
