"""Plays test stories: at every step the model's choice is compared with the story's.

As in Rasa, no action runs. After a wrong prediction the story goes on as it is written, so that
one fault does not hide the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from kefu.core.messages import ParseData
from kefu.core.names import (
    ACTION_LISTEN,
    ACTION_UNLIKELY_INTENT,
    KEFU_LOOPS,
    RETRIEVAL_DELIMITER,
    UTTER_PREFIX,
)
from kefu.core.tracker import Tracker
from kefu.evaluation.tracing import Origin
from kefu.policies.handoff import declines_without_agents
from kefu.policies.policy import PolicyPrediction
from kefu.policies.training_trackers import TrainingDialogue, build_dialogues, place_of
from kefu.project.problems import Place
from kefu.project.story_data import CheckpointStep, Story, StoryData

__all__ = [
    "Behind",
    "StepResult",
    "StoryResult",
    "TestedBot",
    "dialogues_of",
    "entity_pairs",
    "marked_entity",
    "play_stories",
]

MAX_ACTIONS = 10
LIMIT_REACHED = "(no action: more than 10 in one turn)"

Behind = Callable[[ActionExecuted, Tracker], Sequence[Origin]]
"""Finds the lines behind an action, given the conversation before it."""


class TestedBot(Protocol):
    """The bot that is tested."""

    domain: Domain

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Return what ``text`` means."""
        ...

    async def predict_next(self, tracker: Tracker) -> PolicyPrediction:
        """Return what the bot would do next."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of a story: what it says, and what the model made of it."""

    kind: Literal["user", "action", "slot", "loop"]
    expected: str
    """Intent, action, slot or loop as the story has it."""
    predicted: str
    """What the model took instead, or the same."""
    text: str = ""
    """What the customer says."""
    value: Any = None
    """Of a slot."""
    entities: tuple[Mapping[str, Any], ...] = ()
    """Entities of the story; values as text, so that they compare with those predicted."""
    predicted_entities: tuple[Mapping[str, Any], ...] = ()
    policy: str | None = None
    confidence: float | None = None
    """Of what was predicted: an action, or the intent of a message that was understood."""
    rival: tuple[str, float] | None = None
    """What came next: the second intent, or of a wrong action the one that the story has."""
    origins: tuple[Origin, ...] = ()
    """Of a wrong action the rules or stories that say so, where they were asked for."""
    place: Place | None = None
    """Where the step is written; None: it goes without saying, as listening does."""
    has_warning: bool = False
    """The model found the customer's message unlikely here, then did the right thing."""

    @property
    def is_right(self) -> bool:
        """Whether the model did what the story says."""
        return self.expected == self.predicted and not self.has_wrong_entities

    @property
    def has_wrong_entities(self) -> bool:
        """Whether entities are missing, superfluous or differ."""
        wanted, found = map(_comparable, (self.entities, self.predicted_entities))
        return wanted != found


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryResult:
    """How a model did on one story."""

    name: str
    file: str
    steps: tuple[StepResult, ...] = field(repr=False)

    @property
    def is_right(self) -> bool:
        """Whether every step was right."""
        return all(step.is_right for step in self.steps)

    @property
    def has_warnings(self) -> bool:
        """Whether a step was right with a warning."""
        return any(step.has_warning for step in self.steps)


def dialogues_of(
    data: StoryData, domain: Domain, *, at_most: int | None = None
) -> list[TrainingDialogue]:
    """Turn test stories into conversations; fixtures become slots set at the beginning."""
    stories = [_with_fixtures(story, data) for story in data.stories]
    groups = [stories] if any(map(_has_checkpoint, stories)) else [[story] for story in stories]
    dialogues: list[TrainingDialogue] = []
    for group in groups:
        # Together, stories that differ in their texts alone would be taken for one.
        dialogues += build_dialogues(StoryData(stories=tuple(group)), domain).stories
    return dialogues[:at_most]


def _has_checkpoint(story: Story) -> bool:
    return any(isinstance(step, CheckpointStep) for step in story.steps)


def _with_fixtures(story: Story, data: StoryData) -> Story:
    slots = [step for name in story.fixtures for step in data.fixtures.get(name, ())]
    return replace(story, steps=(*slots, *story.steps)) if slots else story


async def play_stories(
    bot: TestedBot,
    dialogues: Sequence[TrainingDialogue],
    *,
    end_to_end: bool,
    progress: Callable[[], None] = lambda: None,
    behind: Behind | None = None,
) -> list[StoryResult]:
    """Play conversations and compare every step.

    Args:
        bot: Understands and decides.
        dialogues: As :func:`dialogues_of` gives them.
        end_to_end: Understand the messages too; otherwise the story's intents are taken as given.
        progress: Called after each story.
        behind: Asked about each wrong action.
    """
    results = []
    for dialogue in dialogues:
        play = _Play(bot, end_to_end=end_to_end, behind=behind)
        events = dialogue.tracker.events
        steps = [step async for step in play.through(events)]
        places = [place.file for place in map(place_of, events) if place is not None]
        results.append(
            StoryResult(name=dialogue.name, file=places[0] if places else "", steps=tuple(steps))
        )
        progress()
    return results


class _Play:
    """One story under way."""

    def __init__(self, bot: TestedBot, *, end_to_end: bool, behind: Behind | None) -> None:
        self._bot = bot
        self._end_to_end = end_to_end
        self._behind = behind
        self._tracker = Tracker("test", bot.domain)
        self._actions_since_listening = 0

    async def through(self, events: Sequence[Event]) -> Any:
        is_first = True
        for event in events:
            match event:
                case ActionExecuted() if not is_first:
                    yield await self._act(event)
                case UserUttered():
                    yield await self._hear(event)
                case SlotSet(key=key, value=value):
                    self._tracker.append(event)
                    yield StepResult(
                        kind="slot", expected=key, predicted=key, value=value, place=place_of(event)
                    )
                case ActiveLoop(name=name):
                    self._tracker.append(event)
                    loop = name or ""
                    yield StepResult(
                        kind="loop", expected=loop, predicted=loop, place=place_of(event)
                    )
                case _:
                    self._tracker.append(event)
            is_first = False

    async def _hear(self, event: UserUttered) -> StepResult:
        wanted = event.full_retrieval_intent_name or event.intent_name or ""
        if not self._end_to_end or not event.text:
            self._tracker.append(event)
            return StepResult(
                kind="user",
                expected=wanted,
                predicted=wanted,
                text=event.text or "",
                place=place_of(event),
            )
        parsed = await self._bot.parse(event.text)
        found = (parsed.get("intent") or {}).get("name") or ""
        if wanted != found:
            found = _full_retrieval_intent(parsed, found)
        confidence, rival = _certainty(parsed, found)
        selector = parsed.get("response_selector")
        parse_data = {"response_selector": selector} if selector else {}
        self._tracker.append(replace(event, parse_data={**event.parse_data, **parse_data}))
        return StepResult(
            kind="user",
            expected=wanted,
            predicted=found,
            text=event.text,
            entities=tuple(map(_bare, event.entities)),
            predicted_entities=tuple(map(_bare, parsed.get("entities") or ())),
            confidence=confidence,
            rival=rival,
            place=place_of(event),
        )

    async def _act(self, event: ActionExecuted) -> StepResult:
        wanted = event.name_or_text
        prediction, name = await self._predict(wanted)
        finds_unlikely = name == ACTION_UNLIKELY_INTENT != wanted
        if finds_unlikely:
            self._tracker.append(ActionExecuted(action_name=name))
            prediction, name = await self._predict(wanted)
        is_right = name == wanted
        origins = () if is_right else self._origins(prediction)
        self._tracker.extend(prediction.events)
        self._tracker.append(
            replace(
                event,
                policy=prediction.policy_name,
                confidence=prediction.confidence,
                hide_rule_turn=prediction.hide_rule_turn and is_right,
            )
        )
        is_listening = wanted == ACTION_LISTEN
        self._actions_since_listening = 0 if is_listening else self._actions_since_listening + 1
        return StepResult(
            kind="action",
            expected=wanted,
            predicted=name,
            policy=prediction.policy_name,
            confidence=prediction.confidence,
            rival=None if is_right else (wanted, prediction.scores.get(wanted, 0.0)),
            origins=origins,
            place=place_of(event),
            has_warning=finds_unlikely and is_right,
        )

    def _origins(self, prediction: PolicyPrediction) -> tuple[Origin, ...]:
        """Return the rules or stories that say what was predicted."""
        if self._behind is None or prediction.policy_name is None:
            return ()
        action = ActionExecuted(action_name=prediction.action_name, policy=prediction.policy_name)
        return tuple(self._behind(action, self._tracker))

    async def _predict(self, wanted: str) -> tuple[PolicyPrediction, str]:
        if self._actions_since_listening >= MAX_ACTIONS:
            return PolicyPrediction.for_action(ACTION_LISTEN), LIMIT_REACHED
        prediction = await self._choice(wanted)
        name = self._name(prediction, wanted)
        if name != wanted and self._might_have_declined(name):
            self._tracker.append(ActionExecutionRejected(action_name=name))
            prediction = await self._choice(wanted)
            name = self._name(prediction, wanted)
        return prediction, name

    async def _choice(self, wanted: str) -> PolicyPrediction:
        """Return what the bot does when nobody is at the desk: stories are about the bot."""
        prediction = await self._bot.predict_next(self._tracker)
        while declines_without_agents(prediction) and prediction.action_name != wanted:
            declined = ActionExecutionRejected(
                action_name=prediction.action_name, policy=prediction.policy_name
            )
            self._tracker.append(declined)
            prediction = await self._bot.predict_next(self._tracker)
        return prediction

    def _might_have_declined(self, name: str) -> bool:
        """Whether ``name`` is the active form, which might decline when it really runs."""
        is_form = name in self._bot.domain.forms or name in KEFU_LOOPS
        return is_form and name == self._tracker.state.active_loop_name

    def _name(self, prediction: PolicyPrediction, wanted: str) -> str:
        """Return the action's name; of an answer to a retrieval intent, which answer it is."""
        name = prediction.action_name
        intent = name.removeprefix(UTTER_PREFIX)
        message = self._tracker.state.latest_message
        if name == wanted or intent not in self._bot.domain.retrieval_intents or message is None:
            return name
        key = _selected_answer(message.parse_data, intent)
        return f"{UTTER_PREFIX}{key}" if key else name


def _full_retrieval_intent(parsed: ParseData, intent: str) -> str:
    selector = parsed.get("response_selector") or {}
    if intent not in selector.get("all_retrieval_intents", ()):
        return intent
    return _selected_answer(parsed, intent) or intent


def _certainty(parsed: ParseData, found: str) -> tuple[float, tuple[str, float] | None]:
    """Return how sure the model is of an intent, or of an answer to one, and what came next."""
    intent, slash, _ = found.partition(RETRIEVAL_DELIMITER)
    ranking, key = parsed.get("intent_ranking") or (), "name"
    best = parsed.get("intent") or {}
    if slash:
        selector: Mapping[str, Any] = parsed.get("response_selector") or {}
        selected = selector.get(intent) or selector.get("default") or {}
        best, key = selected.get("response") or {}, "intent_response_key"
        ranking = selected.get("ranking") or ()
    others = [one for one in ranking if one.get(key) != found]
    rival = (str(others[0].get(key)), float(others[0].get("confidence") or 0.0)) if others else None
    return float(best.get("confidence") or 0.0), rival


def _selected_answer(parsed: Mapping[str, Any], intent: str) -> str | None:
    selector = parsed.get("response_selector") or {}
    selected = selector.get(intent) or selector.get("default") or {}
    key = (selected.get("response") or {}).get("intent_response_key")
    return key if key and RETRIEVAL_DELIMITER in key else None


def _bare(entity: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: entity[key] for key in ("start", "end", "entity") if key in entity}
    return {**bare, "value": str(entity.get("value"))}


def _comparable(entities: Sequence[Mapping[str, Any]]) -> set[tuple[tuple[str, Any], ...]]:
    return {tuple(sorted(entity.items())) for entity in entities}


def entity_pairs(step: StepResult) -> Iterator[tuple[str, str]]:
    """Yield (asked for, found) for the entities of a step, ``None`` standing for neither."""
    wanted = {(e.get("start"), e.get("end")): e for e in step.entities}
    found = {(e.get("start"), e.get("end")): e for e in step.predicted_entities}
    for span in sorted({*wanted, *found}, key=str):
        yield _shown(step.text, wanted.get(span)), _shown(step.text, found.get(span))


def _shown(text: str, entity: Mapping[str, Any] | None) -> str:
    return marked_entity(text, entity) if entity else "None"


def marked_entity(text: str, entity: Mapping[str, Any]) -> str:
    """Return an entity of ``text`` as training data marks it."""
    value = entity["value"]
    words = text[entity["start"] : entity["end"]] if "start" in entity else value
    if words == value:
        return f"[{words}]({entity['entity']})"
    about = {"entity": entity["entity"], "value": value}
    return f"[{words}]{json.dumps(about, ensure_ascii=False)}"
