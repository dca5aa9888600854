"""What happened in a conversation as the steps of a story, a rule or a test story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from kefu.core.names import (
    ACTION_LISTEN,
    ACTION_SESSION_START,
    ACTION_UNLIKELY_INTENT,
    SESSION_STARTED_METADATA_SLOT,
)
from kefu.errors import EditRefused
from kefu.project.editing import annotated
from kefu.project.nlu_data import EntityAnnotation

__all__ = ["annotations_of", "rule_of", "story_steps", "test_steps"]

Step = dict[str, Any]

_UNSAID: Final = frozenset({ACTION_LISTEN, ACTION_SESSION_START, ACTION_UNLIKELY_INTENT})


def annotations_of(entities: Sequence[Mapping[str, Any]]) -> tuple[EntityAnnotation, ...]:
    """Return the entities of a message that stand in its text; of those that overlap the first."""
    found: dict[tuple[int, int], EntityAnnotation] = {}
    for entity in entities:
        start, end = entity.get("start"), entity.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            continue
        if all(end <= other[0] or start >= other[1] for other in found):
            found.setdefault(
                (start, end),
                EntityAnnotation(
                    entity=str(entity["entity"]),
                    value=str(entity.get("value", "")),
                    start=start,
                    end=end,
                    role=entity.get("role"),
                    group=entity.get("group"),
                ),
            )
    return tuple(found.values())


def test_steps(events: Sequence[Event]) -> list[Step]:
    """Return all that was said and done, with the words of the customer."""
    steps: list[Step] = []
    for event in _of_session(events):
        match event:
            case UserUttered():
                steps.append(_spoken(event))
            case SlotSet(key=key, value=value) if key != SESSION_STARTED_METADATA_SLOT:
                steps.append({"slot_was_set": [{key: value}]})
            case ActionExecuted(action_name=str(name)) if name in _UNSAID:
                continue
            case _:
                steps += _done(event)
    return steps


def story_steps(events: Sequence[Event], domain: Domain, *, end_to_end: bool = False) -> list[Step]:
    """Return what to learn: intents, actions, and slots that decide.

    What a form asks and is answered is left out, as stories have it: only that it began and that
    it ended is told, and whatever came between that was no answer.

    Args:
        events: The log.
        domain: Says which slots decide.
        end_to_end: The words of the customer stand beside the intents.
    """
    steps: list[Step] = []
    for turn in _turns(_of_session(events)):
        steps += [] if turn.is_answer_to_form else turn.said(end_to_end=end_to_end)
        steps += turn.followed(domain)
    return steps


def rule_of(events: Sequence[Event], domain: Domain) -> tuple[list[Step], list[Step]]:
    """Return the steps of a rule about the last turn, and its condition.

    Raises:
        EditRefused: Nothing happened in it that a rule could say.
    """
    turns = list(_turns(_of_session(events)))
    if not turns or turns[-1].message is None:
        raise EditRefused("there is no message yet that a rule could be about")
    last = turns[-1]
    condition: list[Step] = [{"active_loop": last.loop_before}] if last.loop_before else []
    said = [] if last.is_answer_to_form else last.said()
    steps = [*said, *last.followed(domain)]
    if not any("action" in step for step in steps):
        raise EditRefused("the bot did nothing in the last turn that a rule could tell")
    return steps, condition


@dataclass(slots=True)
class _Turn:
    """A message and what followed."""

    message: UserUttered | None
    loop_before: str | None
    events: list[Event] = field(default_factory=list)

    @property
    def is_answer_to_form(self) -> bool:
        """Whether an active form took the message for its answer."""
        if self.loop_before is None:
            return False
        for event in self.events:
            if isinstance(event, ActionExecutionRejected) and event.action_name == self.loop_before:
                return False
            if isinstance(event, ActionExecuted):
                return event.action_name == self.loop_before
        return False

    def said(self, *, end_to_end: bool = False) -> list[Step]:
        """Return the step of the message; one that was written as an intent has no words."""
        if self.message is None:
            return []
        if end_to_end and self.message.text and not self.message.text.startswith("/"):
            return [_spoken(self.message)]
        step: Step = {"intent": self.message.intent_name or ""}
        named = [_as_item(entity) for entity in self.message.entities]
        if named:
            step["entities"] = named
        return [step]

    def followed(self, domain: Domain) -> list[Step]:
        """Return the steps of what the bot did."""
        steps: list[Step] = []
        ends_form = any(isinstance(e, ActiveLoop) and e.name is None for e in self.events)
        goes_on = self.is_answer_to_form and not ends_form
        for event in self.events:
            match event:
                case ActionExecuted(action_name=str(name)) if name in _UNSAID:
                    continue
                case ActionExecuted(action_name=str(name)) if goes_on and name == self.loop_before:
                    continue
                case SlotSet(key=key, value=value):
                    if _decides(domain, key):
                        steps.append({"slot_was_set": [{key: value}]})
                case _:
                    steps += _done(event)
        return steps


def _turns(events: Sequence[Event]) -> Iterator[_Turn]:
    turn = _Turn(None, None)
    loop: str | None = None
    for event in events:
        if isinstance(event, UserUttered):
            yield turn
            turn = _Turn(event, loop)
            continue
        if isinstance(event, ActiveLoop):
            loop = event.name
        turn.events.append(event)
    yield turn


def _of_session(events: Sequence[Event]) -> Sequence[Event]:
    starts = [i for i, event in enumerate(events) if isinstance(event, SessionStarted)]
    return events[starts[-1] + 1 :] if starts else events


def _decides(domain: Domain, name: str) -> bool:
    slot = domain.slots.get(name)
    return slot is not None and slot.influence_conversation and not name.startswith("requested_")


def _done(event: Event) -> list[Step]:
    match event:
        case ActionExecuted(action_name=str(name)):
            return [{"action": name}]
        case ActionExecuted(action_text=str(text)):
            return [{"bot": text}]
        case ActiveLoop(name=name):
            return [{"active_loop": name}]
        case _:
            return []


def _spoken(event: UserUttered) -> Step:
    text = event.text or ""
    if not text.startswith("/"):
        text = annotated(text, annotations_of(event.entities))
    step: Step = {"user": text}
    intent = event.full_retrieval_intent_name or event.intent_name
    return {**step, "intent": intent} if intent else step


def _as_item(entity: Mapping[str, Any]) -> Step:
    item: Step = {str(entity["entity"]): entity.get("value")}
    item.update({key: entity[key] for key in ("role", "group") if entity.get(key)})
    return item
