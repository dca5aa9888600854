"""What an agent needs to know of a conversation at a glance, folded from its log.

Of the present session only: what was asked, what the bot understood, knows and tried, and how the
customer feels. Everything is short, whatever is in the log, and fit for JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeGuard

from kefu.core.contents import CONTENT_KEY
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.handoff import handoff_of, reason_name
from kefu.core.mood import mood_in
from kefu.core.names import (
    ACTION_DEACTIVATE_LOOP,
    ACTION_EXTRACT_SLOTS,
    ACTION_HANDOFF,
    ACTION_LISTEN,
    ACTION_REVIEW,
    ACTION_SESSION_START,
    EXTERNAL_MESSAGE_PREFIX,
    HANDOFF_REASON_SLOT,
    INTENT_NLU_FALLBACK,
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    SESSION_STARTED_METADATA_SLOT,
)
from kefu.core.setbacks import FALLBACK_ACTIONS, failures_in_a_row

__all__ = [
    "ORDER_NAMES",
    "PHONE_NAMES",
    "Summary",
    "Tried",
    "Understood",
    "order_numbers",
    "summarise",
]

ORDER_NAMES: Final = ("order_no", "order_id", "order_number", "order")
"""Slots, entities and fields of cards that name an order."""
PHONE_NAMES: Final = ("phone", "phone_number", "mobile")

ORDER_CARD: Final = "order_card"
MOST_TEXTS = 8
MOST_INTENTS = 8
MOST_SLOTS = 30
MOST_TRIED = 10
MOST_ORDERS = 5
LONGEST = 200
"""Characters of one text."""

_INTERNAL = frozenset(
    {REQUESTED_SLOT, SESSION_STARTED_METADATA_SLOT, HANDOFF_REASON_SLOT, *KNOWLEDGE_BASE_SLOTS}
)
_SILENT = frozenset(
    {
        ACTION_LISTEN,
        ACTION_SESSION_START,
        ACTION_EXTRACT_SLOTS,
        ACTION_DEACTIVATE_LOOP,
        ACTION_HANDOFF,
        ACTION_REVIEW,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """An intent that messages were understood as."""

    intent: str
    confidence: float | None
    """The lowest of these messages; None when none is known."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An action of the bot."""

    action: str
    said: str
    """The first text that it said; may be empty."""
    is_failure: bool
    """It says that something was not understood."""
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A session at a glance."""

    reason: str | None = None
    """Code of the last handoff's reason; None when there was no handoff."""
    reason_name: str = ""
    """The reason in the language that was asked for."""
    detail: str = ""
    asked: tuple[str, ...] = ()
    """What the customer wrote, oldest first, without repetitions; the last ones."""
    intents: tuple[Understood, ...] = ()
    """In the order in which they came up; the last ones."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """What the bot knows, by name."""
    orders: tuple[str, ...] = ()
    """Numbers of orders that came up, the last one first."""
    phones: tuple[str, ...] = ()
    order_cards: tuple[Mapping[str, Any], ...] = ()
    """Cards of orders that were shown, the last one first."""
    tried: tuple[Tried, ...] = ()
    """What the bot did, oldest first; the last ones."""
    failures: int = 0
    """Messages in a row, up to the last, that the bot did not understand."""
    lowest_confidence: float | None = None
    """Of all the bot's guesses and decisions."""
    mood: str = "neutral"
    """``negative``, ``neutral`` or ``positive``: the last message that had a feeling decides."""
    moods: Mapping[str, int] = field(default_factory=dict)
    """How many messages have each of these."""
    mood_words: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def summarise(
    events: Sequence[Event],
    *,
    domain: Domain | None = None,
    language: str = "zh",
    order_names: Sequence[str] = ORDER_NAMES,
    phone_names: Sequence[str] = PHONE_NAMES,
) -> Summary:
    """Return the summary of the last session among ``events``, whatever they are.

    Args:
        events: The log, or its end, oldest first.
        domain: Tells which slots exist; None: all that were set are shown.
        language: Of names, Chinese or else English.
        order_names: Slots, entities and fields that hold the number of an order.
        phone_names: ... and a telephone number.
    """
    session = _session(events)
    messages = [event for event in session if _is_said(event)]
    slots = _slots(session, domain)
    named = _Named.of(session, slots)
    reason, detail = _reason(session)
    moods = [mood_in(message) for message in messages]
    felt = [mood for mood in moods if mood.feeling != "neutral"]
    return Summary(
        reason=reason,
        reason_name=reason_name(reason, language) if reason else "",
        detail=detail,
        asked=_asked(messages),
        intents=_intents(messages),
        slots=dict(list(slots.items())[-MOST_SLOTS:]),
        orders=named.values(order_names),
        phones=named.values(phone_names),
        order_cards=named.cards(),
        tried=_tried(session),
        failures=failures_in_a_row(session),
        lowest_confidence=_lowest(session),
        mood=felt[-1].feeling if felt else "neutral",
        moods={
            feeling: sum(mood.feeling == feeling for mood in moods)
            for feeling in ("negative", "neutral", "positive")
        },
        mood_words=tuple(dict.fromkeys(word for mood in felt for word in mood.words))[-MOST_TEXTS:],
    )


def order_numbers(slots: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the numbers of orders among the values of slots."""
    found = (_short(slots.get(name)) for name in ORDER_NAMES)
    return tuple(dict.fromkeys(text for text in found if text))


def _session(events: Sequence[Event]) -> Sequence[Event]:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], SessionStarted | Restarted):
            return events[index + 1 :]
    return events


def _is_said(event: Event) -> TypeGuard[UserUttered]:
    if not isinstance(event, UserUttered):
        return False
    is_external = bool(event.metadata.get("is_external"))
    return not is_external and not _text(event.text).startswith(EXTERNAL_MESSAGE_PREFIX)


def _asked(messages: Iterable[UserUttered]) -> tuple[str, ...]:
    texts = (_cut(_text(message.text)) for message in messages)
    free = [text for text in texts if text and not text.startswith("/")]
    # A text that comes again stands where it came last.
    return tuple(reversed(list(dict.fromkeys(reversed(free)))))[-MOST_TEXTS:]


def _intents(messages: Iterable[UserUttered]) -> tuple[Understood, ...]:
    found: dict[str, Understood] = {}
    for message in messages:
        name = _intent(message).get("name")
        if not isinstance(name, str) or not name:
            continue
        before = found.pop(name, None)
        confidences = [_number(_intent(message).get("confidence"))]
        confidences += [before.confidence] if before else []
        known = [value for value in confidences if value is not None]
        found[name] = Understood(
            intent=_cut(name),
            confidence=min(known, default=None),
            count=1 + (before.count if before else 0),
        )
    return tuple(found.values())[-MOST_INTENTS:]


def _slots(session: Iterable[Event], domain: Domain | None) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for event in session:
        if isinstance(event, AllSlotsReset):
            slots.clear()
        elif isinstance(event, SlotSet):
            slots.pop(event.key, None)
            is_known = domain is None or event.key in domain.slots
            if is_known and event.key not in _INTERNAL and event.value is not None:
                slots[event.key] = _value(event.value)
    return slots


@dataclass(slots=True)
class _Named:
    """Values by the names that messages, slots and cards give them, the last one first."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    shown: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, session: Sequence[Event], slots: Mapping[str, Any]) -> _Named:
        named = cls()
        named._add(slots)
        for event in reversed(session):
            if isinstance(event, UserUttered):
                for entity in event.entities:
                    if isinstance(entity, Mapping):
                        named._add({str(entity.get("entity")): entity.get("value")})
                named._add_card(event.metadata.get(CONTENT_KEY))
            elif isinstance(event, BotUttered):
                named._add_card(event.data.get("custom"))
                named._add_card(event.data.get("attachment"))
        return named

    def _add(self, values: Mapping[str, Any]) -> None:
        for name, value in reversed(list(values.items())):
            text = _short(value)
            if text:
                self.pairs.append((name, text))

    def _add_card(self, card: Any) -> None:
        if isinstance(card, Mapping) and card.get("type") == ORDER_CARD:
            fields = list(card.items())[:MOST_SLOTS]
            shown = {_cut(str(key)): _value(value) for key, value in fields}
            self.shown.append(shown)
            self._add(shown)

    def values(self, names: Sequence[str]) -> tuple[str, ...]:
        found = dict.fromkeys(value for name, value in self.pairs if name in names)
        return tuple(found)[:MOST_ORDERS]

    def cards(self) -> tuple[Mapping[str, Any], ...]:
        unique = {json.dumps(card, sort_keys=True): card for card in reversed(self.shown)}
        return tuple(reversed(unique.values()))[:MOST_ORDERS]


def _tried(session: Iterable[Event]) -> tuple[Tried, ...]:
    tried: list[Tried] = []
    action: ActionExecuted | None = None
    said, intent = "", None
    for event in [*session, ActionExecuted(action_name=ACTION_LISTEN)]:
        if isinstance(event, ActionExecuted):
            if action is not None and action.name_or_text not in _SILENT:
                is_failure = action.name_or_text in FALLBACK_ACTIONS or (
                    intent == INTENT_NLU_FALLBACK
                )
                tried.append(
                    Tried(
                        action=_cut(_text(action.name_or_text)),
                        said=said,
                        is_failure=is_failure,
                        confidence=_number(action.confidence),
                    )
                )
            action, said = event, ""
        elif isinstance(event, BotUttered) and not said:
            said = _cut(_text(event.text))
        elif isinstance(event, UserUttered):
            intent = _intent(event).get("name")
    return tuple(tried[-MOST_TRIED:])


def _lowest(session: Iterable[Event]) -> float | None:
    found: list[float | None] = []
    for event in session:
        if _is_said(event) and not _text(event.text).startswith("/"):
            found.append(_number(_intent(event).get("confidence")))
        elif isinstance(event, ActionExecuted) and event.policy:
            found.append(_number(event.confidence))
    return min((value for value in found if value is not None), default=None)


def _reason(session: Sequence[Event]) -> tuple[str | None, str]:
    for event in reversed(session):
        handoff = handoff_of(event)
        if handoff is not None:
            reason = _text(handoff.get("reason")) or "other"
            return _cut(reason), _cut(_text(handoff.get("detail")))
    for event in reversed(session):
        if isinstance(event, SlotSet) and event.key == HANDOFF_REASON_SLOT and event.value:
            return "other", _cut(_text(event.value))
    return None, ""


def _intent(message: UserUttered) -> Mapping[str, Any]:
    """Return the intent; logs from outside may have anything in its place."""
    intent: Any = message.intent
    return intent if isinstance(intent, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _short(value: Any) -> str:
    """Return a number or name as a text; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _cut(str(value))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return round(number, 4) if math.isfinite(number) else None


def _value(value: Any) -> Any:
    """Return a value that is short and fit for JSON."""
    if isinstance(value, str):
        return _cut(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 1e15 else _cut(repr(value))
    try:
        return _cut(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError):
        return _cut(repr(value))
