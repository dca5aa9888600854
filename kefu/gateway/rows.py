"""Events, messages and replies as the JSON text that stores carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any, Final

import msgspec

from kefu.core.codec import decode_event, encode_event
from kefu.core.contents import content_as_json, content_of
from kefu.core.events import (
    ActionReverted,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    UserUttered,
)
from kefu.core.handoff import concerns_review, review_of
from kefu.core.messages import Reply, UserMessage
from kefu.errors import EventError
from kefu.gateway.records import CancelReminders, DueReminder, LogEntry, NewEntry, NewReminder

__all__ = [
    "REVIEW_DUE",
    "as_json",
    "cleaned",
    "entry_of",
    "event_of",
    "heard",
    "joined",
    "message_of",
    "reminder_changes",
    "reminder_of",
    "reply_of",
    "review_changes",
    "write_message",
    "write_reply",
]

_encoder = msgspec.json.Encoder()
_sorted_encoder = msgspec.json.Encoder(order="deterministic")
_decode = msgspec.json.Decoder().decode
_REPLY_FIELDS = tuple(f.name for f in fields_of(Reply) if f.name != "recipient_id")
_REPLY_TUPLES = ("buttons", "quick_replies", "elements")


def as_json(value: Any) -> str:
    """Return ``value`` as JSON text; halves of surrogate pairs are replaced.

    Raises:
        EventError: It holds something that JSON has no form for.
    """
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:
        return as_json(_clean_value(value))
    except (TypeError, ValueError) as error:
        raise EventError(f"cannot be stored as JSON: {error}") from error


def cleaned(message: UserMessage) -> UserMessage:
    """Return ``message`` without what no database can hold: halves of surrogate pairs and NUL."""
    names = f"{message.conversation_id}{message.message_id}{message.input_channel}{message.sender}"
    if "\0" not in names and _is_whole(names) and _is_whole(message.text):
        return message
    return replace(
        message,
        conversation_id=_clean(message.conversation_id),
        text=_clean(message.text),
        message_id=None if message.message_id is None else _clean(message.message_id),
        input_channel=_clean(message.input_channel),
        sender=_clean(message.sender),
    )


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clean(text: str) -> str:
    repaired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return repaired.replace("\0", "\ufffd")


def _clean_value(value: Any) -> Any:
    match value:
        case str():
            return _clean(value)
        case Mapping():
            return {_clean_value(key): _clean_value(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean_value(item) for item in value]
        case _:
            return value


def entry_of(event: Event, now: float) -> NewEntry:
    """Return the log entry of an event; ``now`` stands in for a missing timestamp."""
    raw = encode_event(event, for_log=True)
    timestamp = raw["timestamp"]
    if timestamp is None:
        timestamp = raw["timestamp"] = now
    return NewEntry(kind=raw["event"], timestamp=timestamp, body=as_json(raw))


def event_of(entry: LogEntry) -> Event:
    """Return the event that a log entry holds."""
    return decode_event(_decode(entry.body))


def write_message(message: UserMessage) -> str:
    """Return the JSON text of a customer's message."""
    raw: dict[str, Any] = {
        "text": message.text,
        "message_id": message.message_id,
        "input_channel": message.input_channel,
        "output_channel": message.output_channel,
        "metadata": message.metadata,
    }
    if message.parse_data is not None:
        raw["parse_data"] = message.parse_data
    if message.sender:
        raw["sender"] = message.sender
    if message.content is not None:
        raw["content"] = content_as_json(message.content)
    return as_json(raw)


def message_of(conversation_id: str, body: str) -> UserMessage:
    """Return the message that :func:`write_message` wrote."""
    raw = _decode(body)
    content = raw.pop("content", None)
    return UserMessage(
        conversation_id=conversation_id,
        content=None if content is None else content_of(content),
        **raw,
    )


def write_reply(reply: Reply) -> str:
    """Return the JSON text of a reply, leaving out what it does not use."""
    values = ((name, getattr(reply, name)) for name in _REPLY_FIELDS)
    return as_json({name: value for name, value in values if value is not None and value != ()})


def reply_of(conversation_id: str, body: str) -> Reply:
    """Return the reply that :func:`write_reply` wrote."""
    raw = _decode(body)
    for name in _REPLY_TUPLES:
        if name in raw:
            raw[name] = tuple(raw[name])
    return Reply(recipient_id=conversation_id, **raw)


def joined(placed: Iterable[tuple[Reply, int]]) -> list[tuple[Reply, int]]:
    """Return replies with their places, adjacent ones that are text only made into one."""
    found: list[tuple[Reply, int]] = []
    for reply, place in placed:
        if found and _is_text(reply) and _is_text(found[-1][0]):
            text = f"{found[-1][0].text}\n{reply.text}"
            found[-1] = (replace(reply, text=text), place)
        else:
            found.append((reply, place))
    return found


def _is_text(reply: Reply) -> bool:
    return bool(reply.text) and reply == Reply(
        recipient_id=reply.recipient_id, text=reply.text, metadata=reply.metadata
    )


def heard(message: UserMessage, at: float) -> UserUttered:
    """Return the event of a message that nobody has understood."""
    intent = {"name": None, "confidence": 0.0}
    return UserUttered(
        text=message.text,
        intent=intent,
        parse_data={"text": message.text, "intent": intent, "entities": []},
        input_channel=message.input_channel,
        message_id=message.message_id,
        metadata=message.metadata,
        timestamp=at,
    )


REVIEW_DUE: Final = "kefu.review"
"""Name of the reminder at the end of a review; its entities are the review's id alone."""
REVIEW_SLACK: Final = 5.0
"""Seconds that the desk is given to do at the deadline what is to happen then."""


def reminder_changes(
    events: Iterable[Event], reminders: Iterable[ReminderScheduled | ReminderCancelled]
) -> tuple[NewReminder | CancelReminders, ...]:
    """Return what a turn does to the conversation's reminders, in order."""
    changes: list[NewReminder | CancelReminders] = []
    if any(isinstance(event, Restarted) for event in events):
        changes.append(CancelReminders())
    for event in reminders:
        if isinstance(event, ReminderScheduled):
            changes.append(_new_reminder(event))
        else:
            changes.append(
                CancelReminders(
                    name=event.name or None,
                    intent=event.intent or None,
                    entities=_canonical(event.entities) if event.entities else None,
                )
            )
    return tuple(changes)


def review_changes(events: Iterable[Event]) -> tuple[NewReminder | CancelReminders, ...]:
    """Return what a turn does to the deadline of an answer that waits for an agent.

    The desk sees to it. Should nobody have told the desk, because the process died, this does.
    """
    changes: list[NewReminder | CancelReminders] = []
    for event in events:
        said = review_of(event)
        if said is None or not concerns_review(event):
            continue
        deadline = said.get("deadline")
        if isinstance(event, ActionReverted):
            changes.append(CancelReminders(name=REVIEW_DUE))
        elif isinstance(deadline, int | float):
            changes.append(
                _new_reminder(
                    ReminderScheduled(
                        name=REVIEW_DUE,
                        intent=REVIEW_DUE,
                        trigger_at=deadline + REVIEW_SLACK,
                        entities=[str(said.get("id") or "")],
                    )
                )
            )
    return tuple(changes)


def _new_reminder(event: ReminderScheduled) -> NewReminder:
    return NewReminder(
        name=event.name,
        intent=event.intent,
        entities=_canonical(event.entities),
        due_at=event.trigger_at,
        body=as_json(encode_event(event, for_log=True)),
    )


def reminder_of(due: DueReminder) -> ReminderScheduled:
    """Return the event that scheduled a reminder."""
    event = decode_event(_decode(due.body))
    assert isinstance(event, ReminderScheduled)
    return event


def _canonical(entities: Any) -> str:
    return _sorted_encoder.encode(entities or []).decode()
