"""Short ways to write the stories, rules and conversations that tests need.

A step is a word: ``/greet`` an intent (``/greet+city`` with an entity, ``/greet+city=Rome`` with
its value), ``"hello`` a text, ``name=value`` a slot, ``name?`` a slot that was set, ``@form`` an
active loop (``@null`` ends it), ``>here`` a checkpoint, ``/a|/b`` a choice, anything else an
action.
"""

import json
from collections.abc import Mapping
from typing import Any

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from kefu.core.names import ACTION_LISTEN
from kefu.core.tracker import Tracker
from kefu.policies.ensemble import Ensemble, load_ensemble
from kefu.policies.training import train_policies
from kefu.project.problems import Place
from kefu.project.settings import ComponentConfig, ModelConfig
from kefu.project.story_data import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Story,
    StoryData,
    UserStep,
)

INTENTS = ("greet", "bye", "order", "chat", "yes", "no")


def a_domain(**more: Any) -> Domain:
    """Build a domain with six intents, their responses, two forms and a slot of each kind."""
    custom = [{"type": "custom"}]
    slots: dict[str, Any] = {
        "city": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]},
        "vip": {"type": "bool", "mappings": custom},
        "size": {"type": "categorical", "values": ["s", "m"], "mappings": custom},
        "items": {"type": "list", "mappings": custom},
        "hidden": {"type": "text", "influence_conversation": False, "mappings": custom},
    }
    data: dict[str, Any] = {
        "intents": list(INTENTS),
        "entities": ["city", "number"],
        "slots": slots,
        "forms": {"order_form": {"required_slots": ["hidden"]}, "other_form": {}},
        "responses": {f"utter_{name}": [{"text": name}] for name in (*INTENTS, "done", "help")},
        "actions": ["action_do"],
    }
    return Domain.from_dict({**data, **more})


def steps(*words: str, file: str = "data/stories.yml", line: int = 1) -> tuple[Any, ...]:
    """Turn words into the steps of a story, one a line."""
    return tuple(_step(word, Place(file, line + n)) for n, word in enumerate(words, start=2))


def _step(word: str, place: Place) -> Any:  # noqa: PLR0911 - a table
    if "|" in word:
        alternatives = tuple(_step(part, place) for part in word.split("|"))
        return OrStep(place=place, alternatives=alternatives)
    first, rest = word[0], word[1:]
    if first == "/":
        return _user_step(rest, place)
    if first == '"':
        return UserStep(place=place, text=rest)
    if first == "@":
        return LoopStep(place=place, name=None if rest == "null" else rest)
    if first == ">":
        name, _, condition = rest.partition(" if ")
        slot, _, value = condition.partition("=")
        conditions = {slot: json.loads(value)} if slot else {}
        return CheckpointStep(place=place, name=name, conditions=conditions)
    if first == "!":
        return BotStep(place=place, text=rest)
    if word.endswith("?"):
        return SlotStep(place=place, name=word[:-1], has_value=False)
    if "=" in word:
        name, value = word.split("=", 1)
        return SlotStep(place=place, name=name, value=json.loads(value))
    return ActionStep(place=place, name=word)


def _user_step(word: str, place: Place) -> UserStep:
    intent, *entities = word.split("+")
    return UserStep(place=place, intent=intent, entities=tuple(map(_entity, entities)))


def _entity(word: str) -> Mapping[str, Any]:
    name, _, value = word.partition("=")
    return {"entity": name, "value": value}


def a_story(*words: str, name: str = "story", line: int = 1) -> Story:
    """Build a story."""
    place = Place("data/stories.yml", line)
    return Story(name=name, place=place, steps=steps(*words, line=line))


def a_rule(
    *words: str, name: str = "rule", line: int = 1, condition: tuple[str, ...] = (), **options: Any
) -> Story:
    """Build a rule; ``options`` are other fields of the story."""
    file = "data/rules.yml"
    return Story(
        name=name,
        place=Place(file, line),
        is_rule=True,
        steps=steps(*words, file=file, line=line),
        conditions=steps(*condition, file=file, line=line),
        **options,
    )


def story_data(*stories: Story) -> StoryData:
    """Sort stories and rules apart."""
    return StoryData(
        stories=tuple(s for s in stories if not s.is_rule),
        rules=tuple(s for s in stories if s.is_rule),
    )


def a_config(*policies: str | tuple[str, Mapping[str, Any]]) -> ModelConfig:
    """Build a config.yml with these policies, given by name or with settings."""
    components = tuple(
        ComponentConfig(name=p) if isinstance(p, str) else ComponentConfig(name=p[0], settings=p[1])
        for p in policies
    )
    return ModelConfig(policies=components)


def trained(*stories: Story, policies: tuple[Any, ...], domain: Domain | None = None) -> Ensemble:
    """Train policies, save them and load them again."""
    domain = domain or a_domain()
    result = train_policies(a_config(*policies), story_data(*stories), domain)
    return load_ensemble(result.parts, domain)


def events(*words: str) -> list[Event]:
    """Turn words into the events of a conversation."""
    result: list[Event] = []
    for word in words:
        step = _step(word, Place(""))
        match step:
            case UserStep(intent=intent, text=text, entities=entities):
                given = {"name": intent, "confidence": 1.0} if intent else {"name": None}
                result.append(UserUttered(text=text or word, intent=given, entities=entities))
            case SlotStep(name=name, value=value):
                result.append(SlotSet(key=name, value=value))
            case LoopStep(name=name):
                result.append(ActiveLoop(name=name))
            case _:
                result.append(ActionExecuted(action_name=step.name))
    return result


def a_tracker(*words: str, domain: Domain | None = None) -> Tracker:
    """Build a conversation that has begun and listened, and went on as said."""
    tracker = Tracker("c", domain or a_domain())
    tracker.append(SessionStarted())
    tracker.append(ActionExecuted(action_name=ACTION_LISTEN))
    tracker.extend(events(*words))
    return tracker


def predicted(ensemble: Ensemble, *words: str) -> tuple[str, str | None, float]:
    """Return action, policy and confidence of what comes after a conversation."""
    prediction = ensemble.predict(a_tracker(*words, domain=ensemble.domain))
    return prediction.action_name, prediction.policy_name, round(prediction.confidence, 3)
