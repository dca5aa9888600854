"""Stories and rules as training conversations.

Pieces of stories are joined at their checkpoints in every way that is possible; what a story
leaves unsaid - that the bot listens before each message, slots that entities fill - is added.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kefu.core.codec import decode_event
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.names import ACTION_LISTEN, SHOULD_NOT_BE_SET
from kefu.core.slots import Slot
from kefu.core.tracker import Tracker
from kefu.policies.once import once
from kefu.policies.situation import Situation
from kefu.policies.story_graph import START, Checkpoint, Piece, PlainStep, cut, without_circles
from kefu.policies.training_situations import TrainingReader
from kefu.project.problems import Place, Problem
from kefu.project.story_data import (
    ActionStep,
    BotStep,
    LoopStep,
    SlotStep,
    Story,
    StoryData,
    UserStep,
)

__all__ = [
    "TrainingDialogue",
    "TrainingDialogues",
    "build_dialogues",
    "glue",
    "is_unpredictable",
    "place_of",
]

MAX_BRANCHES = 4_000
"""Conversations that may wait for one piece of story; with more of them a sample goes on."""

_EVENT_ACTIONS = frozenset(
    {"restart", "reset_slots", "pause", "resume", "undo", "rewind", "session_started", "export"}
)
"""``action:`` steps that Rasa takes for events."""


@dataclass(slots=True)
class TrainingDialogue:
    """A conversation to learn from."""

    tracker: Tracker
    names: tuple[str, ...]
    """Names of the stories or rules it was put together from."""
    is_rule: bool = False
    situations: list[Situation] = field(default_factory=list)
    """Before each applied action, and at last."""
    actions_before_repeat: int | None = None
    """Number of actions before a form ran again at once, which takes the turn between out of the
    history; None when none did."""
    parts: tuple[str, ...] = ()
    """Of a conversation that was glued together, the keys of those that it is made of."""

    @property
    def name(self) -> str:
        """The names in one."""
        return " > ".join(self.names)

    @property
    def key(self) -> str:
        """The same for all ways through one story, and different for stories of one name."""
        places = filter(None, map(place_of, reversed(self.tracker.events)))
        return f"{self.name} {next(places, '')}"

    @property
    def stories(self) -> frozenset[str]:
        """The keys of the conversations that it is made of, mostly only its own."""
        return frozenset(self.parts or (self.key,))


@dataclass(slots=True)
class TrainingDialogues:
    """All conversations to learn from, and what was found while putting them together."""

    stories: list[TrainingDialogue] = field(default_factory=list)
    rules: list[TrainingDialogue] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    """Combinations of ``or`` steps and checkpoints that were left out to bound the work."""


def build_dialogues(data: StoryData, domain: Domain) -> TrainingDialogues:
    """Turn all stories and rules into training conversations."""
    return once(_build, data, domain)


def _build(data: StoryData, domain: Domain) -> TrainingDialogues:
    result = TrainingDialogues()
    stories = _Weaver(domain, result)
    result.stories = stories.weave(cut(data.stories), is_rule=False)
    rules = _Weaver(domain, result)
    result.rules = rules.weave(cut(data.rules, first_number=len(data.stories)), is_rule=True)
    return result


def is_unpredictable(event: ActionExecuted) -> bool:
    """Whether nothing before this action in its story could tell that it comes."""
    return bool(event.metadata.get("unpredictable"))


def place_of(event: Event) -> Place | None:
    """Return where a training event is written."""
    place = event.metadata.get("place")
    return place if isinstance(place, Place) else None


def glue(
    dialogues: Sequence[TrainingDialogue], *, count: int, seed: int = 42
) -> list[TrainingDialogue]:
    """Join whole stories at random, as customers do who come with several matters at once."""
    if not dialogues or count <= 0:
        return []
    rng = random.Random(seed)
    reader = TrainingReader(dialogues[0].tracker.domain)
    glued: list[TrainingDialogue] = []
    for index in range(count):
        parts = rng.choices(dialogues, k=3 if index % 3 == 0 else 2)
        tracker = Tracker("", parts[0].tracker.domain)
        for number, part in enumerate(parts):
            events = part.tracker.events
            is_last = number == len(parts) - 1
            ends_listening = bool(events) and _is_listen(events[-1])
            tracker.extend(events[:-1] if ends_listening and not is_last else events)
        names = tuple(name for part in parts for name in part.names)
        situations = reader.read(tracker)
        whole = tuple(part.key for part in parts)
        glued.append(TrainingDialogue(tracker, names, situations=situations, parts=whole))
    return glued


def _is_listen(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN


class _Weaver:
    """Joins pieces of stories, or of rules."""

    def __init__(self, domain: Domain, result: TrainingDialogues) -> None:
        self._domain = domain
        self._result = result
        self._reader = TrainingReader(domain)
        self._finished: set[tuple[int, ...]] = set()

    def weave(self, pieces: Sequence[Piece], *, is_rule: bool) -> list[TrainingDialogue]:
        if not pieces:
            return []
        ordered, resume = without_circles(pieces)
        first = TrainingDialogue(Tracker("", self._domain), (), is_rule=is_rule)
        waiting: dict[str, list[TrainingDialogue]] = defaultdict(list, {START: [first]})
        used: set[str] = set()
        previous: set[str] = set()
        finished: list[TrainingDialogue] = []
        ended: list[TrainingDialogue] = []
        while True:
            unused = self._round(ordered, resume, waiting, used, finished, ended)
            unused |= {name for name in waiting if name not in used}
            still = {name: waiting[name] for name in sorted(unused) if name != START}
            waiting = defaultdict(list, still)
            if unused == previous or not any(waiting.values()):
                break
            previous = unused
        loose = unused - used
        for name in sorted(loose):
            finished.extend(waiting.get(name, ()))
        self._report_loose_ends(pieces, loose)
        for dialogue in finished:
            dialogue.situations = self._reader.read(dialogue.tracker)
        return [*finished, *ended]

    def _round(
        self,
        pieces: Sequence[Piece],
        resume: dict[str, str],
        waiting: dict[str, list[TrainingDialogue]],
        used: set[str],
        finished: list[TrainingDialogue],
        ended: list[TrainingDialogue],
    ) -> set[str]:
        """Send waiting conversations through all pieces once; return checkpoints left over."""
        unused: set[str] = set()
        for piece in pieces:
            incoming: list[TrainingDialogue] = []
            for start in piece.starts:
                if waiting[start.name]:
                    incoming.extend(_allowed(start, waiting[start.name]))
                    used.add(start.name)
                elif start.name not in used:
                    unused.add(start.name)
            grown = self._grow(piece, self._sample(self._distinct(incoming)), finished)
            if not piece.ends:
                ended.extend(self._unseen(grown))
            for end in piece.ends if incoming else ():
                name = resume.get(end.name, end.name)
                waiting[name].extend(grown)
                if name in used:
                    unused.add(name)
        return unused

    def _distinct(self, dialogues: list[TrainingDialogue]) -> list[TrainingDialogue]:
        if len(dialogues) < 2:
            return dialogues
        distinct: dict[tuple[int, ...], TrainingDialogue] = {}
        for dialogue in dialogues:
            distinct.setdefault(self._identity(dialogue), dialogue)
        return list(distinct.values())

    def _unseen(self, dialogues: Iterable[TrainingDialogue]) -> Iterator[TrainingDialogue]:
        for dialogue in dialogues:
            identity = self._identity(dialogue)
            if identity not in self._finished:
                self._finished.add(identity)
                yield dialogue

    def _identity(self, dialogue: TrainingDialogue) -> tuple[int, ...]:
        """Return what equal conversations have in common: their situations are the same objects."""
        if not dialogue.situations:
            dialogue.situations = self._reader.read(dialogue.tracker)
        return tuple(map(id, dialogue.situations))

    def _sample(self, dialogues: list[TrainingDialogue]) -> list[TrainingDialogue]:
        if len(dialogues) <= MAX_BRANCHES:
            return dialogues
        self._result.left_out += len(dialogues) - MAX_BRANCHES
        step = len(dialogues) / MAX_BRANCHES
        return [dialogues[int(index * step)] for index in range(MAX_BRANCHES)]

    def _grow(
        self,
        piece: Piece,
        incoming: Sequence[TrainingDialogue],
        finished: list[TrainingDialogue],
    ) -> list[TrainingDialogue]:
        events = list(_explicit_events(piece, self._domain)) if incoming else []
        if not events:
            return []
        grown: list[TrainingDialogue] = []
        for dialogue in incoming:
            names = dialogue.names
            if piece.story.name not in names:
                names = (*names, piece.story.name)
            copy = TrainingDialogue(
                dialogue.tracker.copy(),
                names,
                is_rule=dialogue.is_rule,
                actions_before_repeat=dialogue.actions_before_repeat,
            )
            for event in events:
                if isinstance(event, ActionReverted | UserUtteranceReverted | Restarted):
                    twin = TrainingDialogue(copy.tracker.copy(), names, is_rule=copy.is_rule)
                    finished.append(twin)
                _append(copy, event)
            grown.append(copy)
        return grown

    def _report_loose_ends(self, pieces: Sequence[Piece], loose: set[str]) -> None:
        seen: set[tuple[str, str, bool]] = set()
        for piece in pieces:
            for ends, checkpoints in ((False, piece.starts), (True, piece.ends)):
                for checkpoint in checkpoints:
                    key = (checkpoint.name, piece.story.name, ends)
                    if checkpoint.name in loose and checkpoint.name and key not in seen:
                        seen.add(key)
                        self._result.problems.append(_loose_end(checkpoint, piece.story, ends=ends))


def _append(dialogue: TrainingDialogue, event: Event) -> None:
    tracker = dialogue.tracker
    revision = tracker.revision
    tracker.append(event)
    is_repeat = tracker.revision != revision and isinstance(event, ActionExecuted)
    if is_repeat and dialogue.actions_before_repeat is None:
        actions = [e for e in tracker.applied if isinstance(e, ActionExecuted)]
        dialogue.actions_before_repeat = len(actions)


def _loose_end(checkpoint: Checkpoint, story: Story, *, ends: bool) -> Problem:
    what, other = ("ends", "begins") if ends else ("begins", "ends")
    kind = "rule" if story.is_rule else "story"
    return Problem(
        place=checkpoint.place,
        severity="note",
        code="story.loose-checkpoint",
        message=f"{kind} '{story.name}' {what} at checkpoint '{checkpoint.name}', "
        f"where no {kind} {other}",
        advice=f"remove the checkpoint, or add a {kind} that {other} with it",
    )


def _allowed(
    start: Checkpoint, dialogues: Sequence[TrainingDialogue]
) -> Iterable[TrainingDialogue]:
    if not start.conditions:
        return dialogues
    return [
        dialogue
        for dialogue in dialogues
        if all(dialogue.tracker.state.slots.get(k) == v for k, v in start.conditions.items())
    ]


def _explicit_events(piece: Piece, domain: Domain) -> Iterator[Event]:
    """Yield the events of a piece with those that it leaves unsaid."""
    is_listening = False
    may_be_first = any(start.name == START for start in piece.starts)
    for step in piece.steps:
        for event in _events_of(step, domain, is_rule=piece.story.is_rule):
            if isinstance(event, UserUttered):
                may_be_first = False
                if not is_listening:
                    yield _listen(step.place)
                yield event
                yield from _slots_for_entities(event, domain, step.place)
                is_listening = False
            elif isinstance(event, ActionExecuted) and may_be_first:
                may_be_first = False
                is_listening = _is_listen(event)
                metadata = {**event.metadata, "unpredictable": True}
                yield ActionExecuted(
                    action_name=event.action_name, action_text=event.action_text, metadata=metadata
                )
            else:
                is_listening = _is_listen(event)
                yield event
    if not piece.ends and not is_listening:
        yield _listen(piece.steps[-1].place if piece.steps else piece.story.place)


def _listen(place: Place) -> ActionExecuted:
    return ActionExecuted(action_name=ACTION_LISTEN, metadata={"place": place})


def _events_of(step: PlainStep, domain: Domain, *, is_rule: bool) -> Iterator[Event]:
    here = {"place": step.place}
    match step:
        case UserStep():
            yield _user_event(step)
        case ActionStep(name=name) if name in _EVENT_ACTIONS:
            yield decode_event({"event": name})
        case ActionStep(name=name):
            yield ActionExecuted(action_name=name, metadata=here)
        case BotStep(text=text):
            yield ActionExecuted(action_text=text, metadata=here)
        case SlotStep(name=name):
            value = step.value if step.has_value else _value_of_set_slot(domain.slots.get(name))
            yield SlotSet(key=name, value=_or_unset(value, is_rule=is_rule), metadata=here)
        case LoopStep(name=loop):
            yield ActiveLoop(name=_or_unset(loop, is_rule=is_rule), metadata=here)


def _or_unset(value: Any, *, is_rule: bool) -> Any:
    # In a rule "empty" is something to check, not something that was not said.
    return SHOULD_NOT_BE_SET if is_rule and value is None else value


def _value_of_set_slot(slot: Slot | None) -> Any:
    if slot is not None and slot.type == "text":
        return "filled"
    return ["filled"] if slot is not None and slot.type == "list" else None


def _user_event(step: UserStep) -> UserUttered:
    intent: dict[str, Any] = {"name": step.intent}
    if step.intent is not None:
        intent["full_retrieval_intent_name"] = step.full_retrieval_intent
        intent["confidence"] = 1.0
    return UserUttered(
        text=step.text, intent=intent, entities=step.entities, metadata={"place": step.place}
    )


def _slots_for_entities(message: UserUttered, domain: Domain, place: Place) -> Iterator[SlotSet]:
    """Yield the slots that the entities of a message fill by their mappings.

    The domain's ``store_entities_as_slots`` does not matter, as it does not in conversations.
    """
    if not message.entities:
        return
    for slot in domain.slots.values():
        values = [
            entity.get("value")
            for mapping in slot.mappings
            if mapping.get("type") == "from_entity" and not _needs_loop(mapping)
            for entity in message.entities
            if all(entity.get(key) == mapping.get(key) for key in ("entity", "role", "group"))
        ]
        if values:
            value = values if slot.type == "list" else values[-1]
            yield SlotSet(key=slot.name, value=value, metadata={"place": place})


def _needs_loop(mapping: Any) -> bool:
    conditions = mapping.get("conditions")
    return bool(conditions) and conditions[0].get("active_loop") is not None
