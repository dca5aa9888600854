"""What went wrong in a conversation lately: messages not understood, questions asked in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    AgentUttered,
    ConversationResumed,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.mood import mood_in
from kefu.core.names import (
    ACTION_DEFAULT_ASK_AFFIRMATION,
    ACTION_DEFAULT_ASK_REPHRASE,
    ACTION_DEFAULT_FALLBACK,
    ACTION_HANDOFF,
    ACTION_LISTEN,
    ACTION_REVERT_FALLBACK_EVENTS,
    ACTION_REVIEW,
    ACTION_SESSION_START,
    ACTION_TWO_STAGE_FALLBACK,
    ACTION_UNLIKELY_INTENT,
    INTENT_NLU_FALLBACK,
    REQUESTED_SLOT,
)

__all__ = ["FALLBACK_ACTIONS", "displeased_messages", "failures_in_a_row", "times_asked"]

FALLBACK_ACTIONS = frozenset(
    {
        ACTION_DEFAULT_FALLBACK,
        ACTION_TWO_STAGE_FALLBACK,
        ACTION_DEFAULT_ASK_AFFIRMATION,
        ACTION_DEFAULT_ASK_REPHRASE,
        ACTION_REVERT_FALLBACK_EVENTS,
    }
)
"""What the bot does about messages that it did not understand."""

_SAYS_NOTHING = FALLBACK_ACTIONS | {
    ACTION_LISTEN,
    ACTION_UNLIKELY_INTENT,
    ACTION_SESSION_START,
    ACTION_HANDOFF,
    ACTION_REVIEW,
}


def displeased_messages(events: Sequence[Event]) -> int:
    """Return how many messages since the session began, or a person last spoke, were displeased."""
    count = 0
    for event in reversed(events):
        if isinstance(event, SessionStarted | Restarted | AgentUttered | ConversationResumed):
            break
        count += isinstance(event, UserUttered) and mood_in(event).feeling == "negative"
    return count


def failures_in_a_row(events: Sequence[Event], *, fails_now: bool = False) -> int:
    """Return how many messages in a row, up to the last one, the bot did not understand.

    A message counts whose intent is ``nlu_fallback``, or which the bot answered with
    ``action_default_fallback``. What the customer says to the two-stage fallback's questions
    neither counts nor ends the row; any answer of the bot does. An answer that a form took needs no
    intent: it ends the row.

    Args:
        events: The log, oldest first, nothing left out: a fallback undoes the turn it fails in.
        fails_now: The bot is about to answer the last message with its fallback.
    """
    count = 0
    failed, answered, is_last = fails_now, False, True
    first: str | None = None
    forms = _forms(events)
    for event in reversed(events):
        match event:
            case ActionExecuted(action_name=name):
                failed = failed or name == ACTION_DEFAULT_FALLBACK
                answered = answered or name not in _SAYS_NOTHING
                first = name
            case UserUttered():
                is_unclear = _intent(event) == INTENT_NLU_FALLBACK and first not in forms
                if failed or is_unclear:
                    count += 1
                elif answered or (is_last and not _is_clarifying(events)):
                    return count
                failed = answered = is_last = False
                first = None
            case Restarted() | SessionStarted() | AgentUttered() | ConversationResumed():
                return count
            case _:
                pass
    return count


def _forms(events: Sequence[Event]) -> frozenset[str]:
    """Return the forms, and other loops that take answers, that were begun."""
    begun = {event.name for event in events if isinstance(event, ActiveLoop) and event.name}
    return frozenset(begun - {ACTION_TWO_STAGE_FALLBACK})


def _intent(message: UserUttered) -> Any:
    """Return the name of the intent; logs from outside may have anything in the intent's place."""
    intent: Any = message.intent
    return intent.get("name") if isinstance(intent, Mapping) else None


def _is_clarifying(events: Sequence[Event]) -> bool:
    """Whether the two-stage fallback has asked the customer something."""
    for event in reversed(events):
        if isinstance(event, ActiveLoop):
            return event.name == ACTION_TWO_STAGE_FALLBACK
        if isinstance(event, Restarted | SessionStarted):
            return False
    return False


def times_asked(events: Sequence[Event], slot: str) -> int:
    """Return how often in a row the active form has asked for ``slot``.

    That it asks again after it was left for another topic does not count.
    """
    count = 0
    asks = False
    for event in reversed(events):
        match event:
            case SlotSet(key=key, value=value) if key == REQUESTED_SLOT:
                if value != slot:
                    break
                count, asks = count + 1, True
            case LoopInterrupted(is_interrupted=True) if asks:
                count, asks = count - 1, False
            case UserUttered():
                asks = False
            case ActiveLoop() | Restarted() | SessionStarted():
                break
            case _:
                pass
    return count
