"""What sets a turn off, as events: a customer's message, or an intent from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kefu.core.contents import CONTENT_KEY, content_as_json
from kefu.core.events import UserUttered
from kefu.core.messages import ParseData, UserMessage
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX

__all__ = ["external_event", "user_event", "without_code"]

_DOT = "•"


def user_event(text: str, message: UserMessage, parse_data: ParseData) -> UserUttered:
    """Return the event of a message that was understood as ``parse_data``."""
    intent = parse_data.get("intent") or {}
    entities = tuple(parse_data.get("entities") or ())
    metadata = dict(message.metadata)
    if message.content is not None:
        metadata[CONTENT_KEY] = content_as_json(message.content)
    return UserUttered(
        text=text,
        intent=intent,
        entities=entities,
        parse_data={
            "intent": intent,
            "entities": list(entities),
            "text": text,
            "message_id": message.message_id,
            "metadata": metadata,
            **parse_data,
        },
        input_channel=message.input_channel or None,
        message_id=message.message_id,
        metadata=metadata,
    )


def without_code(event: UserUttered, code: str) -> UserUttered:
    """Return a message in which dots stand for a one-time code, wherever it was.

    That a code was given stays: as ``gave_code`` in the metadata. Entities that hold digits of
    it are left out.
    """
    metadata = {**_masked(event.metadata, code), "gave_code": True}
    entities = tuple(one for one in event.entities if not _holds(one, code))
    parse_data = _masked(event.parse_data, code) | {
        "entities": list(entities),
        "metadata": metadata,
    }
    text = event.text.replace(code, _DOT * len(code)) if event.text else event.text
    return replace(event, text=text, entities=entities, parse_data=parse_data, metadata=metadata)


def _masked(value: Any, code: str) -> Any:
    match value:
        case str():
            return value.replace(code, _DOT * len(code))
        case Mapping():
            return {key: _masked(item, code) for key, item in value.items()}
        case list() | tuple():
            return [_masked(item, code) for item in value]
        case _:
            return value


def _holds(entity: Mapping[str, Any], code: str) -> bool:
    digits, said = _digits(code), _digits(str(entity.get("value") or ""))
    return bool(said) and (said in digits or digits in said)


def _digits(text: str) -> str:
    """Return the digits of a text; those of full width are digits, too."""
    return "".join(str(int(one)) for one in text if one.isdecimal())


def external_event(intent: str, entities: Any, channel: str | None) -> UserUttered:
    """Return the event of an intent that no message expressed."""
    named = {"name": intent}
    text = f"{EXTERNAL_MESSAGE_PREFIX}{intent}"
    found = _entity_list(entities)
    metadata = {"is_external": True}
    return UserUttered(
        text=text,
        intent=named,
        entities=tuple(found),
        parse_data={
            "intent": named,
            "entities": found,
            "text": text,
            "message_id": None,
            "metadata": metadata,
        },
        input_channel=channel,
        metadata=metadata,
    )


def _entity_list(entities: Any) -> list[Mapping[str, Any]]:
    if isinstance(entities, Mapping):
        return [{"entity": name, "value": value} for name, value in entities.items()]
    if isinstance(entities, Iterable) and not isinstance(entities, str):
        return [entity for entity in entities if isinstance(entity, Mapping)]
    return []
