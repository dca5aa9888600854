"""What an entry of the log says, in words: for the search and for exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from kefu.core.content_texts import bracketed, text_of
from kefu.core.contents import CONTENT_KEY, content_of
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX, LEFT_MESSAGE_KEY
from kefu.desk.search import By
from kefu.errors import EventError

__all__ = ["SPEAKING_KINDS", "EntryText", "read_entry"]

SPEAKING_KINDS: Final = ("user", "bot", "agent", "note")
"""Kinds of log entries that can hold words for people."""

_BY: Final[Mapping[str, By]] = {"user": "customer", "bot": "bot", "agent": "agent"}
_OF_NOTES: Final[Mapping[str, By]] = {"private": "private", "said_elsewhere": "agent"}
_WORDS_OF_NOTES: Final = ("text", "comment", "detail")
_UNSEEN: Final = frozenset({"/restart", "/session_start"})
"""What channels say for the customer."""
_LISTS: Final = ("buttons", "quick_replies", "elements")
_TITLES: Final = ("title", "subtitle")

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryText:
    """What an entry says."""

    by: By
    text: str
    """Lines of words, never empty."""
    speaker: str = ""
    """Name of the agent who said it, where the log has it."""


def read_entry(kind: str, body: str, *, locale: str = "zh") -> EntryText | None:
    """Return what an entry says; None: nothing that anybody would look for.

    Args:
        kind: Of the entry.
        body: Its JSON text.
        locale: Language of the words that stand for pictures and the like.
    """
    if kind not in SPEAKING_KINDS:
        return None
    try:
        raw = _decode(body)
    except msgspec.DecodeError:
        return None
    lines = dict.fromkeys(line for line in _lines(kind, raw, locale) if line)
    if not lines:
        return None
    by = _OF_NOTES.get(str(raw.get("note")), "step") if kind == "note" else _BY[kind]
    return EntryText(by=by, text="\n".join(lines), speaker=_speaker(raw))


def _lines(kind: str, raw: Mapping[str, Any], locale: str) -> Iterator[str]:
    if kind == "note":
        yield from (raw[key] for key in _WORDS_OF_NOTES if isinstance(raw.get(key), str))
        return
    text, data = raw.get("text"), raw.get("data")
    if kind == "user":
        yield from _of_customer(text, _map(raw.get("metadata")), locale)
    elif isinstance(text, str):
        yield text
    yield from _of_data(_map(data), locale)


def _of_customer(text: Any, metadata: Mapping[str, Any], locale: str) -> Iterator[str]:
    if not isinstance(text, str) or text in _UNSEEN or text.startswith(EXTERNAL_MESSAGE_PREFIX):
        return
    left = _map(metadata.get(LEFT_MESSAGE_KEY))
    yield " · ".join(left[key] for key in ("name", "contact") if isinstance(left.get(key), str))
    title = metadata.get("title")  # of the button that was chosen; the text is its payload
    yield title if isinstance(title, str) and title else text
    if not text:
        yield _of_content(metadata.get(CONTENT_KEY), locale)


def _of_data(data: Mapping[str, Any], locale: str) -> Iterator[str]:
    for name in _LISTS:
        items = data.get(name)
        for item in items if isinstance(items, list) else ():
            yield from (_map(item)[key] for key in _TITLES if isinstance(_map(item).get(key), str))
    for name in ("custom", "attachment"):
        yield _of_content(data.get(name), locale)
    if data.get("image"):
        yield bracketed("image", locale)


def _of_content(raw: Any, locale: str) -> str:
    if not isinstance(raw, Mapping):
        return ""
    try:
        return text_of(content_of(raw), locale)
    except EventError:
        return ""  # a payload of the project's own, which has no words for it


def _speaker(raw: Mapping[str, Any]) -> str:
    for agent in (_map(raw.get("agent")), _map(_map(raw.get("metadata")).get("agent"))):
        if isinstance(agent.get("name"), str):
            return str(agent["name"])
    return ""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
