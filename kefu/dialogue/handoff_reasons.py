"""Why a conversation is handed over, when whoever asked for it did not say."""

from __future__ import annotations

from collections.abc import Iterator

from kefu.core.events import Restarted, SessionStarted, UserUttered
from kefu.core.handoff import Reason, reason_of_intents
from kefu.core.mood import mood_in
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX, REQUESTED_SLOT
from kefu.core.setbacks import failures_in_a_row, times_asked
from kefu.core.summary import order_numbers
from kefu.core.tracker import Tracker

__all__ = ["detail_of", "reason_of"]

LOOKED_AT = 4
"""Messages that are looked at."""
SHOWN = 3
"""Texts among them that the detail quotes."""
FAILURES = 2
ASKED_IN_VAIN = 3
DISPLEASED = 0.7
AGREEING = frozenset({"affirm", "yes", "agree", "confirm", "accept", "deny", "no"})
"""Intents that answer a question of the bot: that a human was offered and wanted."""


def reason_of(tracker: Tracker) -> Reason:
    """Return the reason that the conversation tells.

    The weightiest one: not understood several times in a row; a sensitive matter among the last
    messages; displeasure; a form that asked in vain; that a human was asked for, or agreed to.
    """
    events, state = tracker.events, tracker.state
    messages = list(_last_messages(tracker))
    if failures_in_a_row(events) >= FAILURES:
        return "failed_twice"
    by_intent = reason_of_intents([message.intent_name for message in messages])
    if by_intent not in (None, "asked", "low_confidence"):
        return by_intent
    if messages and mood_in(messages[0]).negative >= DISPLEASED:
        return "negative"
    slot = state.slots.get(REQUESTED_SLOT)
    is_filling = bool(state.active_loop_name) and by_intent != "asked"
    if is_filling and isinstance(slot, str) and times_asked(events, slot) >= ASKED_IN_VAIN:
        return "form_given_up"
    if by_intent == "asked" or (messages and messages[0].intent_name in AGREEING):
        return "asked"
    latest = reason_of_intents([message.intent_name for message in messages[:1]])
    return latest or "other"


def detail_of(tracker: Tracker, language: str) -> str:
    """Return what an agent wants to know at a glance: the order, and the customer's last words."""
    is_chinese = language.lower().startswith("zh")
    word = "订单" if is_chinese else "order"
    pieces = [f"{word} {number}" for number in order_numbers(tracker.state.slots)]
    texts = [(message.text or "").strip() for message in _last_messages(tracker)]
    words = [text for text in texts if text and not text.startswith("/")][:SHOWN]
    if words:
        joined = " / ".join(dict.fromkeys(reversed(words)))
        pieces.append(f"“{joined}”")
    return ("；" if is_chinese else "; ").join(pieces)


def _last_messages(tracker: Tracker) -> Iterator[UserUttered]:
    """Yield the session's last messages of the customer, the latest first."""
    count = 0
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted | Restarted) or count == LOOKED_AT:
            return
        if isinstance(event, UserUttered):
            is_external = bool(event.metadata.get("is_external"))
            if not is_external and not (event.text or "").startswith(EXTERNAL_MESSAGE_PREFIX):
                count += 1
                yield event
