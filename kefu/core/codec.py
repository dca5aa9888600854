"""Events and trackers as JSON, in the form that Rasa gives its events.

The only place that knows both the events and their wire form. Decoding is strict about the
type of event and its required fields, and keeps what it does not need in ``metadata``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, assert_never

from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AgentUttered,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    LoopInterrupted,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionStarted,
    SlotSet,
    StoryExported,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.state import ConversationState, LoopState
from kefu.errors import EventError

__all__ = [
    "decode_event",
    "decode_events",
    "decode_state",
    "encode_event",
    "encode_state",
]

Json = dict[str, Any]

_LATEST = 2**53
"""Seconds; larger whole numbers fit into no column."""


def encode_event(event: Event, *, for_log: bool = False) -> Json:
    """Return the JSON form of ``event``.

    Rasa's form of a cancelled reminder does not say which one; ``for_log`` keeps that.
    """
    body = _encode_body(event)
    if for_log and isinstance(event, ReminderCancelled):
        body |= _which_reminder(event)
    body["timestamp"] = event.timestamp
    if event.metadata or isinstance(event, UserUttered | BotUttered):
        body["metadata"] = dict(event.metadata)
    return body


def _encode_body(event: Event) -> Json:  # noqa: C901, PLR0911, PLR0912 - a table, one row an event
    match event:
        case UserUttered():
            return _encode_user(event)
        case BotUttered():
            return {"event": "bot", "text": event.text, "data": dict(event.data)}
        case ActionExecuted():
            return {
                "event": "action",
                "name": event.action_name,
                "policy": event.policy,
                "confidence": event.confidence,
                "action_text": event.action_text,
                "hide_rule_turn": event.hide_rule_turn,
            }
        case SlotSet():
            return {"event": "slot", "name": event.key, "value": event.value}
        case UserFeaturization():
            uses_text = event.use_text_for_featurization
            return {"event": "user_featurization", "use_text_for_featurization": uses_text}
        case EntitiesAdded():
            return {"event": "entities", "entities": [dict(e) for e in event.entities]}
        case ActiveLoop():
            return {"event": "active_loop", "name": event.name}
        case LoopInterrupted():
            return {"event": "loop_interrupted", "is_interrupted": event.is_interrupted}
        case ActionExecutionRejected():
            return {
                "event": "action_execution_rejected",
                "name": event.action_name,
                "policy": event.policy,
                "confidence": event.confidence,
            }
        case FollowupAction():
            return {"event": "followup", "name": event.action_name}
        case ReminderScheduled():
            return {
                "event": "reminder",
                "intent": event.intent,
                "date_time": event.trigger_date_time or _iso(event.trigger_at),
                "entities": event.entities,
                "name": event.name,
                "kill_on_user_msg": event.kill_on_user_message,
            }
        case ReminderCancelled():
            return {"event": "cancel_reminder"}
        case AgentUttered():
            return {"event": "agent", "text": event.text, "data": event.data}
        case StoryExported():
            return {"event": "export"}
        case SessionStarted():
            return {"event": "session_started"}
        case Restarted():
            return {"event": "restart"}
        case UserUtteranceReverted():
            return {"event": "rewind"}
        case ActionReverted():
            return {"event": "undo"}
        case AllSlotsReset():
            return {"event": "reset_slots"}
        case ConversationPaused():
            return {"event": "pause"}
        case ConversationResumed():
            return {"event": "resume"}
        case _:
            assert_never(event)


def _encode_user(event: UserUttered) -> Json:
    return {
        "event": "user",
        "text": event.text,
        "parse_data": dict(event.parse_data),
        "input_channel": event.input_channel,
        "message_id": event.message_id,
    }


def _which_reminder(event: ReminderCancelled) -> Json:
    given = {"name": event.name, "intent": event.intent, "entities": event.entities}
    return {key: value for key, value in given.items() if value is not None}


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).isoformat()


def decode_events(raw: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Decode a list of events; raises :class:`EventError` naming the position of a bad one."""
    events: list[Event] = []
    for position, item in enumerate(raw):
        try:
            event = decode_event(item)
        except EventError as error:
            raise EventError(f"event {position}: {error}") from error
        events.append(event)
    return events


def decode_event(raw: Mapping[str, Any]) -> Event:
    """Decode one event.

    Raises:
        EventError: The type is unknown, or a field is missing or of the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise EventError(f"an event must be a JSON object, not {type(raw).__name__}")
    kind = raw.get("event")
    decoder = _DECODERS.get(kind) if isinstance(kind, str) else None
    if decoder is None:
        known = ", ".join(sorted(_DECODERS))
        raise EventError(f"unknown event type {kind!r}; known types: {known}")
    metadata = raw.get("metadata")
    common = {
        "timestamp": _timestamp(raw.get("timestamp")),
        "metadata": dict(metadata) if isinstance(metadata, Mapping) else {},
    }
    try:
        return decoder(raw, common)
    except (KeyError, TypeError, ValueError) as error:
        raise EventError(f"event of type {kind!r}: {error!r}") from error


def _timestamp(given: Any) -> Any:
    if isinstance(given, int) and abs(given) > _LATEST:
        raise EventError("'timestamp' is too large a number for a moment")
    return given


def _user(raw: Mapping[str, Any], common: Json) -> UserUttered:
    text, message_id = raw.get("text"), raw.get("message_id")
    given = raw.get("parse_data") or {}
    intent = given.get("intent", raw.get("intent")) or {}
    entities = list(given.get("entities", raw.get("entities")) or ())
    parse_data = {
        "intent": intent,
        "entities": entities,
        "text": text,
        "message_id": message_id,
        "metadata": common["metadata"],
        **given,
    }
    return UserUttered(
        text=text,
        intent=intent,
        entities=tuple(entities),
        parse_data=parse_data,
        input_channel=raw.get("input_channel"),
        message_id=message_id,
        **common,
    )


def _action(raw: Mapping[str, Any], common: Json) -> ActionExecuted:
    name, text = raw.get("name"), raw.get("action_text")
    if name is None and text is None:
        raise ValueError("either 'name' or 'action_text' must be given")
    return ActionExecuted(
        action_name=name,
        policy=raw.get("policy"),
        confidence=raw.get("confidence"),
        action_text=text,
        hide_rule_turn=bool(raw.get("hide_rule_turn", False)),
        **common,
    )


def _reminder(raw: Mapping[str, Any], common: Json) -> ReminderScheduled:
    written = str(raw["date_time"])
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        moment = moment.astimezone()
    return ReminderScheduled(
        intent=raw["intent"],
        trigger_at=moment.timestamp(),
        trigger_date_time=written,
        name=raw.get("name") or str(uuid.uuid4()),
        kill_on_user_message=bool(raw.get("kill_on_user_msg", True)),
        entities=raw.get("entities"),
        **common,
    )


def _cancelled(raw: Mapping[str, Any], common: Json) -> ReminderCancelled:
    return ReminderCancelled(
        name=raw.get("name"), intent=raw.get("intent"), entities=raw.get("entities"), **common
    )


def _interrupted(raw: Mapping[str, Any], common: Json) -> LoopInterrupted:
    return LoopInterrupted(is_interrupted=bool(raw.get("is_interrupted", False)), **common)


def _form_validation(raw: Mapping[str, Any], common: Json) -> LoopInterrupted:
    return LoopInterrupted(is_interrupted=not raw.get("validate", True), **common)


def _rejected(raw: Mapping[str, Any], common: Json) -> ActionExecutionRejected:
    return ActionExecutionRejected(
        action_name=raw["name"],
        policy=raw.get("policy"),
        confidence=raw.get("confidence"),
        **common,
    )


def _plain(kind: Callable[..., Event]) -> Callable[[Mapping[str, Any], Json], Event]:
    return lambda _raw, common: kind(**common)


_DECODERS: dict[str, Callable[[Mapping[str, Any], Json], Event]] = {
    "user": _user,
    "bot": lambda raw, common: BotUttered(
        text=raw.get("text"), data=dict(raw.get("data") or {}), **common
    ),
    "action": _action,
    "slot": lambda raw, common: SlotSet(key=raw["name"], value=raw.get("value"), **common),
    "user_featurization": lambda raw, common: UserFeaturization(
        use_text_for_featurization=bool(raw.get("use_text_for_featurization")), **common
    ),
    "entities": lambda raw, common: EntitiesAdded(entities=tuple(raw["entities"]), **common),
    "active_loop": lambda raw, common: ActiveLoop(name=raw.get("name"), **common),
    "form": lambda raw, common: ActiveLoop(name=raw.get("name"), **common),
    "loop_interrupted": _interrupted,
    "form_validation": _form_validation,
    "action_execution_rejected": _rejected,
    "followup": lambda raw, common: FollowupAction(action_name=raw["name"], **common),
    "reminder": _reminder,
    "cancel_reminder": _cancelled,
    "agent": lambda raw, common: AgentUttered(text=raw.get("text"), data=raw.get("data"), **common),
    "export": lambda raw, common: StoryExported(path=raw.get("path"), **common),
    "session_started": _plain(SessionStarted),
    "restart": _plain(Restarted),
    "rewind": _plain(UserUtteranceReverted),
    "undo": _plain(ActionReverted),
    "reset_slots": _plain(AllSlotsReset),
    "pause": _plain(ConversationPaused),
    "resume": _plain(ConversationResumed),
}


def encode_state(state: ConversationState) -> Json:
    """Return what is needed to rebuild ``state``."""
    loop = state.active_loop
    return {
        "slots": {name: state.slots[name] for name in state.slots_ever_set},
        "is_paused": state.is_paused,
        "followup_action": state.followup_action,
        "latest_action": dict(state.latest_action),
        "latest_message": encode_event(state.latest_message) if state.latest_message else None,
        "uses_text": state.uses_text,
        "latest_bot_utterance": (
            encode_event(state.latest_bot_utterance) if state.latest_bot_utterance else None
        ),
        "active_loop": None
        if loop is None
        else {
            "name": loop.name,
            "is_interrupted": loop.is_interrupted,
            "rejected": loop.rejected,
            "trigger_message": loop.trigger_message,
        },
    }


def decode_state(raw: Mapping[str, Any], domain: Domain) -> ConversationState:
    """Rebuild a state from :func:`encode_state`'s result, for the slots that ``domain`` has."""
    state = ConversationState.initial(domain)
    for name, value in raw["slots"].items():
        if name in state.slots:
            state.slots[name] = value
            state.slots_ever_set.add(name)
    state.is_paused = raw["is_paused"]
    state.followup_action = raw["followup_action"]
    state.latest_action = raw["latest_action"]
    state.uses_text = raw["uses_text"]
    if raw["latest_message"]:
        message = decode_event(raw["latest_message"])
        state.latest_message = message if isinstance(message, UserUttered) else None
    if raw["latest_bot_utterance"]:
        utterance = decode_event(raw["latest_bot_utterance"])
        state.latest_bot_utterance = utterance if isinstance(utterance, BotUttered) else None
    if raw["active_loop"]:
        state.active_loop = LoopState(**raw["active_loop"])
    return state
