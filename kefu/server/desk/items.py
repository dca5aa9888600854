"""A conversation's log as agents see it: what was said and what happened, one item an entry.

Agents see more than customers: how the bot understood a message and why it answered as it did,
what colleagues say to one another, and what happens at the desk. Nothing in here goes to a channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from kefu.core.content_texts import is_placeholder
from kefu.core.contents import CONTENT_KEY, content_as_json, content_of
from kefu.core.events import (
    ActionExecuted,
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    UserUttered,
)
from kefu.core.names import ACTION_LISTEN, EXTERNAL_MESSAGE_PREFIX, LEFT_MESSAGE_KEY
from kefu.desk.ports import Entry
from kefu.errors import EventError
from kefu.gateway.records import HELD
from kefu.server.desk.shapes import Item, PersonShown
from kefu.server.desk_ports import Delivered, ItemState
from kefu.server.routes.form import as_time

__all__ = ["Items", "item_state", "moment", "person_in", "recalled_in"]

Link = Callable[[str], str]
Fields = dict[str, Any]

TITLE_KEY: Final = "title"
"""Metadata of a message under which the caption of the chosen button stands."""
HANDOFF_KEY: Final = "handoff"
"""Metadata of the pause with which the bot hands over."""
_UNSEEN: Final = frozenset({"/restart", "/session_start"})
_HIDDEN_STEPS: Final = frozenset({"private", "recalled", "suggestion_used"})
_SAID_ELSEWHERE: Final = "said_elsewhere"
_LISTS: Final = ("buttons", "quick_replies", "elements")
_LATEST: Final = 253_402_300_799.0


@dataclass(frozen=True, slots=True)
class Items:
    """Makes items of entries; whatever an entry holds, it never fails."""

    link: Link | None = None
    """Gives the address of an attachment by its id; None: there is no store of them."""

    def of(
        self,
        entries: Sequence[Entry],
        deliveries: Iterable[Delivered] = (),
        *,
        later: Iterable[Entry] = (),
    ) -> list[Item]:
        """Return the items of a stretch of a log, oldest first.

        Args:
            entries: The stretch, oldest first.
            deliveries: What became of what is said in it.
            later: Entries behind the stretch, in which something of it may be taken back.
        """
        states = {one.seq: one for one in deliveries}
        recalled = recalled_in((*entries, *later))
        chosen: ActionExecuted | None = None
        found: list[Item] = []
        for entry in entries:
            if isinstance(entry.event, ActionExecuted):
                chosen = entry.event
            fields = self._fields(entry, chosen)
            if fields is None:
                continue
            item = Item(seq=entry.seq, at=_when(entry), **fields)
            if (delivery := states.get(entry.seq)) is not None:
                item = replace(item, **_delivered(delivery))
            found.append(_without_recalled(item, recalled) if recalled else item)
        return found

    def _fields(self, entry: Entry, chosen: ActionExecuted | None) -> Fields | None:
        if entry.note is not None:
            return _noted(entry.note)
        match entry.event:
            case UserUttered() as event:
                return self._heard(event)
            case BotUttered() as event:
                return self._said_by_bot(event, chosen)
            case AgentUttered() as event:
                return self._said_by_agent(event)
            case event:
                return _happened(event)

    def _heard(self, event: UserUttered) -> Fields | None:
        text, metadata = event.text, _mapping(event.metadata)
        shown = self._content(metadata.get(CONTENT_KEY))
        if not isinstance(text, str):
            text = ""
        if text.startswith(EXTERNAL_MESSAGE_PREFIX) or text in _UNSEEN:
            return None
        if shown is not None and shown["type"] == "rating":
            return None  # the note says so
        if not text and shown is None:
            return None
        title = metadata.get(TITLE_KEY)
        fields: Fields = {
            "kind": "customer",
            "text": title if isinstance(title, str) and title else text,
            **_text("id", event.message_id),
            **_text("channel", event.input_channel),
            **_understood(event),
        }
        if shown is not None:
            fields["content"] = shown
            if not text or is_placeholder(text, content_of(shown)):
                del fields["text"]
        left = metadata.get(LEFT_MESSAGE_KEY)
        if isinstance(left, Mapping):
            fields["data"] = {"left": _plain(left)}
        return fields

    def _said_by_bot(self, event: BotUttered, chosen: ActionExecuted | None) -> Fields | None:
        fields = self._said(event.text, event.data)
        if not fields:
            return None
        named = _mapping(event.metadata).get("utter_action")
        action = chosen if chosen is not None and chosen.action_name != ACTION_LISTEN else None
        if action is not None:
            fields |= _text("action", action.name_or_text)
            fields |= _text("policy", action.policy)
            fields |= _number("confidence", action.confidence)
        elif named:
            fields |= _text("action", named)
        return {"kind": "bot", **fields}

    def _said_by_agent(self, event: AgentUttered) -> Fields | None:
        fields = self._said(event.text, event.data)
        if not fields:
            return None
        metadata = _mapping(event.metadata)
        reply_to = metadata.get("reply_to")
        return {
            "kind": "agent",
            **fields,
            **_text("id", metadata.get("message_id")),
            **person_in(metadata.get("agent")),
            **({"reply_to": reply_to} if type(reply_to) is int else {}),
        }

    def _said(self, text: Any, data: Any) -> Fields:
        data = _mapping(data)
        fields = _text("text", text)
        for name in _LISTS:
            listed = data.get(name)
            if isinstance(listed, list | tuple):
                shown = [_plain(one) for one in listed if isinstance(one, Mapping)]
                fields |= {name: shown} if shown else {}
        fields |= _text("image", data.get("image"))
        custom = self._content(data.get("custom"))
        if custom is not None:
            fields["content"] = custom
        elif isinstance(data.get("custom"), Mapping) and data["custom"]:
            fields["data"] = {"custom": _plain(data["custom"])}
        return fields

    def _content(self, raw: Any) -> dict[str, Any] | None:
        """Return a content with an address for its attachment; None if it is none of ours."""
        if not isinstance(raw, Mapping):
            return None
        try:
            shown = content_as_json(content_of(raw))
        except EventError:
            return None
        attachment = shown.get("attachment")
        if attachment and self.link is not None:
            shown["url"] = self.link(attachment)
        return shown


def item_state(delivery: Delivered) -> ItemState:
    """Return how far something got: what waits for the customer to write is held."""
    is_held = delivery.state == "pending" and delivery.retry_at >= HELD
    return "held" if is_held else delivery.state


def _delivered(delivery: Delivered) -> Fields:
    state = item_state(delivery)
    fields: Fields = {"state": state, "delivery_id": delivery.id, "channel": delivery.channel}
    return {**fields, **_text("error", delivery.error)} if state in ("failed", "held") else fields


def recalled_in(entries: Iterable[Entry]) -> frozenset[Any]:
    """Return the ids and places of the messages that are taken back in a stretch of a log."""
    notes = [one.note for one in entries if one.note and one.note.get("note") == "recalled"]
    named = [note.get(key) for note in notes for key in ("id", "of_seq")]
    return frozenset(one for one in named if one and isinstance(one, str | int))


def _without_recalled(item: Item, recalled: frozenset[Any]) -> Item:
    """Return the item without what it said, if that was taken back."""
    name = item.id
    is_named = isinstance(name, str) and any(
        name == one or name.endswith(f":{one}") for one in recalled if isinstance(one, str)
    )
    if item.seq not in recalled and not is_named:
        return item
    return Item(
        seq=item.seq, at=item.at, kind=item.kind, id=name, agent=item.agent, is_recalled=True
    )


def _noted(note: Mapping[str, Any]) -> Fields | None:
    kind = note.get("note")
    if not isinstance(kind, str):
        return None
    if kind in ("private", _SAID_ELSEWHERE):
        mentions = note.get("mentions")
        listed = mentions if isinstance(mentions, list | tuple) else ()
        named = [one for one in listed if isinstance(one, str)]
        return {
            "kind": "private" if kind == "private" else "agent",
            **(_text("text", note.get("text")) or {"text": ""}),
            **_text("id", note.get("id")),
            **person_in(note.get("agent")),
            **({"mentions": named} if named else {}),
            **({"is_whisper": True} if note.get("is_whisper") is True else {}),
        }
    if kind in _HIDDEN_STEPS:
        return None
    agent = person_in(note.get("agent"))
    data = {
        name: _plain_value(value)
        for name, value in note.items()
        if name != "note" and not (name == "agent" and agent)
    }
    return {"kind": "step", "step": kind, **agent, **({"data": data} if data else {})}


def _happened(event: Event | None) -> Fields | None:
    match event:
        case ConversationPaused():
            return _paused(event)
        case ConversationResumed():
            return {"kind": "step", "step": "resumed"}
        case Restarted():
            return {"kind": "step", "step": "restarted"}
        case _:
            return None


def _paused(event: ConversationPaused) -> Fields:
    handoff = _mapping(event.metadata).get(HANDOFF_KEY)
    if not isinstance(handoff, Mapping):
        return {"kind": "step", "step": "paused"}
    said = {name: handoff[name] for name in ("reason", "detail", "by") if name in handoff}
    return {"kind": "step", "step": "handed_over", "data": _plain(said)}


def _understood(event: UserUttered) -> Fields:
    intent = _mapping(event.intent)
    name = intent.get("full_retrieval_intent_name") or intent.get("name")
    if not name:
        return {}
    return {**_text("intent", name), **_number("confidence", intent.get("confidence"))}


def person_in(agent: Any) -> Fields:
    """Return who is named in a note or in a message's metadata, as a field of an item."""
    if not isinstance(agent, Mapping):
        return {}
    number, name, avatar = (agent.get(key) for key in ("id", "name", "avatar"))
    if not isinstance(number, str | None) or not isinstance(name, str | None):
        return {}
    if not number and not name:
        return {}
    shown = avatar if isinstance(avatar, str) else ""
    return {"agent": PersonShown(number or "", name or "", shown)}


def moment(seconds: Any) -> datetime:
    """Return a time as it is shown; what is no time is the beginning of all."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return as_time(seconds if is_number and 0 <= seconds <= _LATEST else 0.0)


def _when(entry: Entry) -> datetime:
    said_at = None if entry.event is None else entry.event.timestamp
    return moment(entry.timestamp if said_at is None else said_at)


def _text(name: str, value: Any) -> Fields:
    return {name: value} if isinstance(value, str) and value else {}


def _number(name: str, value: Any) -> Fields:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {name: float(value)} if is_number and abs(value) < _LATEST else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(item) for name, item in value.items()}


def _plain_value(value: Any, depth: int = 6) -> Any:
    """Return a value of JSON as it is, and of anything else what it is called."""
    match value:
        case None | bool() | str() | int() | float():
            return value
        case Mapping() if depth:
            return {str(name): _plain_value(item, depth - 1) for name, item in value.items()}
        case list() | tuple() if depth:
            return [_plain_value(item, depth - 1) for item in value]
        case _:
            return str(value)
