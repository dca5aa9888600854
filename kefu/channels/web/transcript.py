"""Between the web channel's frames and the log: what the customer says, and what they see of it.

Most entries of a log are not the customer's to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kefu.channels.base import LoggedEntry
from kefu.core.content_texts import is_placeholder
from kefu.core.contents import CONTENT_KEY, content_as_json, content_of
from kefu.core.events import (
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    UserUttered,
)
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX, LEFT_MESSAGE_KEY
from kefu.core.notes import NoteKind
from kefu.errors import EventError

__all__ = ["TITLE_KEY", "Transcript", "agent_of", "answered_ids", "shown_agent"]

TITLE_KEY = "title"
"""Metadata key of a message under which the caption of the chosen button stands."""

UNSEEN_TEXTS = frozenset({"/restart", "/session_start"})
"""Messages that a page sends without the customer having said anything."""
NOTICES: Mapping[type[Event], str] = {
    ConversationPaused: "paused",
    ConversationResumed: "resumed",
    Restarted: "restarted",
}
NOTES: frozenset[NoteKind] = frozenset(
    {"recalled", "entered", "left", "ended", "merged", "unmerged", "rated"}
)
"""Notes that the customer sees; others are between agents."""
SHOWN_OF_NOTES = frozenset({"id", "of_seq", "by", "score", "rating_id", "agent"})
BOT_FIELDS = ("image", "buttons", "quick_replies", "elements", "attachment", "custom")


@dataclass(frozen=True, slots=True)
class Transcript:
    """Shows entries of a log to the customer."""

    link: Callable[[str], str] | None = None
    """Gives the address of an attachment by its id; None: there is no store of them."""

    def frames(self, address: str, entries: Iterable[LoggedEntry]) -> Iterator[dict[str, Any]]:
        """Yield a frame for each entry that the customer sees.

        Args:
            address: What messages from this client are known by.
            entries: Of the log, oldest first.
        """
        entries = tuple(entries)
        recalled = _recalled(entries)
        for entry in entries:
            if entry.note is not None:
                content = _noted(entry.note)
            elif entry.event is not None:
                content = self._content(address, entry.event)
            else:
                content = None
            if content is not None and content["type"] == "message":
                content = _without_recalled(content, entry.seq, recalled)
            if content is not None:
                at = entry.event.timestamp if entry.event is not None else entry.timestamp
                yield {**content, "seq": entry.seq, "at": at}

    def _content(self, address: str, event: Event) -> dict[str, Any] | None:
        match event:
            case UserUttered():
                return self._said_by_customer(address, event)
            case BotUttered(text=text, data=data):
                return self._said("bot", text, data)
            case AgentUttered(text=text, data=data):
                said = self._said("agent", text, data or {})
                agent = agent_of(event)
                return {**said, "agent": agent} if said and agent else said
            case _:
                notice = NOTICES.get(type(event))
                return {"type": "notice", "notice": notice} if notice else None

    def _said_by_customer(self, address: str, event: UserUttered) -> dict[str, Any] | None:
        text = event.text
        if not text or text.startswith(EXTERNAL_MESSAGE_PREFIX) or text in UNSEEN_TEXTS:
            return None
        shown = self._shown(event.metadata.get(CONTENT_KEY))
        if shown is not None and shown["type"] == "rating":
            return None  # the note says so
        title = event.metadata.get(TITLE_KEY)
        frame: dict[str, Any] = {"type": "message", "from": "customer"}
        client_id = (event.message_id or "").removeprefix(f"{address}:")
        left = event.metadata.get(LEFT_MESSAGE_KEY)
        if isinstance(left, Mapping):
            who = " · ".join(str(left[key]) for key in ("name", "contact") if left.get(key))
            text = f"{who}\n{text}"
        frame |= {"id": client_id, "text": title if isinstance(title, str) and title else text}
        if shown is not None:
            frame["content"] = shown
            if is_placeholder(text, content_of(shown)):
                del frame["text"]
        return frame

    def _said(self, who: str, text: str | None, data: Mapping[str, Any]) -> dict[str, Any] | None:
        content = {key: data[key] for key in BOT_FIELDS if data.get(key)}
        if content.get("attachment") == content.get("image"):
            # Rasa's logs repeat an image as attachment.
            content.pop("attachment", None)
        shown = self._shown(content.get("custom"))
        if shown is not None:
            del content["custom"]
            content["content"] = shown
        if text:
            content["text"] = text
        if not content:
            return None
        return {"type": "message", "from": who, **content}

    def _shown(self, raw: Any) -> dict[str, Any] | None:
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


def _recalled(entries: Iterable[LoggedEntry]) -> frozenset[Any]:
    """Return the ids and places of the messages that were taken back."""
    notes = [entry.note for entry in entries if entry.note and entry.note["note"] == "recalled"]
    return frozenset(note[key] for note in notes for key in ("id", "of_seq") if note.get(key))


def _without_recalled(
    frame: dict[str, Any], seq: int, recalled: frozenset[Any]
) -> dict[str, Any] | None:
    """Return the frame of a message, without what it said if that was taken back."""
    if not recalled or (frame.get("id") not in recalled and seq not in recalled):
        return frame
    return {key: frame[key] for key in ("type", "from", "id", "agent") if key in frame}


def _noted(note: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = note.get("note")
    if kind not in NOTES:
        return None
    shown = {name: note[name] for name in SHOWN_OF_NOTES if name in note}
    if "agent" in shown:
        shown["agent"] = shown_agent(shown["agent"])
    frame = {"type": "notice", "notice": kind, **shown}
    return {**frame, "data": shown} if shown else frame


def agent_of(event: AgentUttered) -> dict[str, Any] | None:
    """Return what the customer is shown of the agent who spoke."""
    return shown_agent(event.metadata.get("agent"))


def shown_agent(agent: Any) -> dict[str, Any] | None:
    """Return what the customer is shown of an agent."""
    if not isinstance(agent, Mapping):
        return None
    return {key: agent[key] for key in ("name", "avatar") if agent.get(key)} or None


def answered_ids(entries: Iterable[LoggedEntry]) -> set[str]:
    """Return the ids of the messages that have had their turn within ``entries``."""
    return {
        entry.event.message_id
        for entry in entries
        if isinstance(entry.event, UserUttered) and entry.event.message_id
    }
