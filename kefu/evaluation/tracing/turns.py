"""One turn of a conversation: what was understood, what decided what, how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    EntitiesAdded,
    Event,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from kefu.core.names import ACTION_LISTEN, TIMING_KEY
from kefu.core.tracker import Tracker
from kefu.dialogue.questions import QUESTIONS_KEY
from kefu.evaluation.tracing.origins import Origin, Origins

__all__ = ["Decision", "TurnTrace", "distinct", "trace_turn"]

_OF_THE_PREDICTION: Final = (UserFeaturization, LoopInterrupted, EntitiesAdded)
"""Events that enter the log with an action, after it was chosen."""
RANKED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An action that the bot chose."""

    action: str
    policy: str = ""
    """Empty: nobody chose it, it was asked for."""
    confidence: float | None = None
    is_rejected: bool = False
    """It declined to run, so that something else was chosen."""
    origins: tuple[Origin, ...] = ()
    milliseconds: float | None = None
    """From the choice to the end of the action; None when the log does not tell."""

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "action": self.action,
            "policy": self.policy or None,
            "confidence": self.confidence,
            "rejected": self.is_rejected,
            "milliseconds": self.milliseconds,
            "origins": [
                {
                    "kind": one.kind,
                    "name": one.name,
                    "file": one.file,
                    "line": one.line,
                    "first_line": one.first_line,
                }
                for one in self.origins
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTrace:
    """A turn as trainers want to see it."""

    text: str = ""
    intent: str = ""
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    """Intents with their confidence, the best first."""
    answer: str = ""
    """Of a retrieval intent the answer that was selected."""
    answer_confidence: float = 0.0
    beside: tuple[str, str, float] | None = None
    """A second question that was answered first: its words, its intent, the confidence."""
    sentiment: str = ""
    entities: tuple[Mapping[str, Any], ...] = ()
    decisions: tuple[Decision, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Slots that have a value after the turn."""
    changed_slots: frozenset[str] = frozenset()
    """Slots that the turn set or emptied."""
    active_loop: str = ""
    milliseconds: float | None = None
    """From the message, understood, to the last event."""
    understanding_milliseconds: float | None = None
    """How long understanding took; None: nobody took the time."""
    components: tuple[tuple[str, float], ...] = ()
    """How many milliseconds of it each component took, in their order."""

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "text": self.text,
            "intent": {"name": self.intent or None, "confidence": self.confidence},
            "intent_ranking": [{"name": n, "confidence": c} for n, c in self.ranking],
            "answer": {"name": self.answer, "confidence": self.answer_confidence}
            if self.answer
            else None,
            "beside": {
                "text": self.beside[0],
                "intent": {"name": self.beside[1], "confidence": self.beside[2]},
            }
            if self.beside
            else None,
            "sentiment": self.sentiment or None,
            "entities": [dict(entity) for entity in self.entities],
            "decisions": [decision.as_json() for decision in self.decisions],
            "slots": dict(self.slots),
            "changed_slots": sorted(self.changed_slots),
            "active_loop": self.active_loop or None,
            "milliseconds": self.milliseconds,
            "understanding_milliseconds": self.understanding_milliseconds,
            "components": [{"name": n, "milliseconds": ms} for n, ms in self.components],
        }


def trace_turn(
    events: Sequence[Event], domain: Domain, origins: Origins | None = None, *, turn: int = -1
) -> TurnTrace | None:
    """Return what happened in a turn.

    Args:
        events: The whole log of a conversation.
        domain: Of the model that took the turn.
        origins: Where its rules and stories stand; None: no lines are told.
        turn: Which message of the customer it began with; the last one by default.

    Returns:
        None when there is no such message.
    """
    starts = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if not -len(starts) <= turn < len(starts):
        return None
    start = starts[turn]
    end = next((i for i in starts if i > start), len(events))
    tracker = Tracker("", domain)
    tracker.extend(events[:start])
    before = dict(tracker.state.slots)
    decisions = tuple(_decisions(events[start:end], tracker, origins))
    after = {name: value for name, value in tracker.state.slots.items() if value is not None}
    message = events[start]
    assert isinstance(message, UserUttered)
    changed = {e.key for e in events[start:end] if isinstance(e, SlotSet)}
    return TurnTrace(
        **_understood(message),
        decisions=decisions,
        slots=after,
        changed_slots=frozenset(n for n in changed if before.get(n) != after.get(n)),
        active_loop=tracker.state.active_loop_name or "",
        milliseconds=_span(message.timestamp, events[end - 1].timestamp),
    )


def _understood(message: UserUttered) -> dict[str, Any]:
    parsed = message.parse_data
    ranking = parsed.get("intent_ranking") or ()
    found: dict[str, Any] = {
        "text": message.text or "",
        "intent": message.intent_name or "",
        "confidence": float(message.intent.get("confidence") or 0.0),
        "ranking": tuple(
            (str(one.get("name")), float(one.get("confidence") or 0.0)) for one in ranking[:RANKED]
        ),
        "entities": distinct(message.entities),
    }
    selected = parsed.get("response_selector") or {}
    chosen = selected.get(message.intent_name) or selected.get("default") or {}
    answer = chosen.get("response") or {}
    if answer.get("intent_response_key") and message.intent_name in selected.get(
        "all_retrieval_intents", ()
    ):
        found["answer"] = answer["intent_response_key"]
        found["answer_confidence"] = float(answer.get("confidence") or 0.0)
    if parsed.get("sentiment_ranking"):
        found["sentiment"] = (parsed.get("sentiment") or {}).get("name") or ""
    beside = (parsed.get(QUESTIONS_KEY) or {}).get("beside")
    if beside:
        meant = beside.get("intent") or {}
        name = meant.get("full_retrieval_intent_name") or meant.get("name") or ""
        found["beside"] = (beside["text"], name, float(meant.get("confidence") or 0.0))
    timing = parsed.get(TIMING_KEY)
    if timing:
        found["understanding_milliseconds"] = timing["milliseconds"]
        found["components"] = tuple(
            (one["name"], one["milliseconds"]) for one in timing["components"]
        )
    return found


def distinct(entities: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return entities, each once though several components found it."""
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for one in entities:
        kind = tuple(str(one.get(key)) for key in ("entity", "value", "role", "group"))
        found.setdefault((*kind, one.get("start"), one.get("end")), one)
    return tuple(found.values())


def _decisions(
    events: Sequence[Event], tracker: Tracker, origins: Origins | None
) -> Iterator[Decision]:
    """Yield the decisions of a turn, and bring the tracker to its end."""
    held: list[Event] = []
    since = events[0].timestamp
    for index, event in enumerate(events):
        if isinstance(event, _OF_THE_PREDICTION):
            held.append(event)
            continue
        if isinstance(event, ActionExecuted | ActionExecutionRejected):
            # The action's own events come behind it, all of them before the next choice.
            until = _end_of_action(events, index)
            taken = _span(since, until)
            since = until
            yield _decision(event, tracker, origins, taken)
        tracker.extend(held)
        held.clear()
        tracker.append(event)
    tracker.extend(held)


def _end_of_action(events: Sequence[Event], index: int) -> float | None:
    until = events[index].timestamp
    for event in events[index + 1 :]:
        if isinstance(event, (ActionExecuted, ActionExecutionRejected, *_OF_THE_PREDICTION)):
            break
        until = event.timestamp
    return until


def _decision(
    event: ActionExecuted | ActionExecutionRejected,
    tracker: Tracker,
    origins: Origins | None,
    taken: float | None,
) -> Decision:
    found: tuple[Origin, ...] = ()
    if isinstance(event, ActionExecuted):
        name = event.name_or_text
        if origins is not None:
            found = origins.behind(event, tracker)
    else:
        name = event.action_name
    return Decision(
        action=name or ACTION_LISTEN,
        policy=event.policy or "",
        confidence=event.confidence,
        is_rejected=isinstance(event, ActionExecutionRejected),
        origins=found,
        milliseconds=taken,
    )


def _span(start: float | None, end: float | None) -> float | None:
    if start is None or end is None:
        return None
    return round(max(0.0, (end - start) * 1000), 1)
