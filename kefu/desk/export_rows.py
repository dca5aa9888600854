"""A log as people read it: one row for everything that was said or happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from kefu.desk.entry_pictures import Linked, pictures_in
from kefu.desk.entry_texts import read_entry
from kefu.desk.export_words import STEPS, WORDS, Language
from kefu.desk.search import By

__all__ = ["ExportRow", "LogEntry", "row_of"]

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_EVENTS: Final = frozenset({"pause", "resume", "restart", "session_started"})
_SAID: Final[Mapping[str, By]] = {"user": "customer", "bot": "bot", "agent": "agent"}
_FOR_ALL: Final = frozenset(
    {"entered", "left", "recalled", "ended", "rated", "viewed", "scanned", "said_elsewhere"}
    | {"merged", "unmerged", "moved", "erased"}
    | _EVENTS
)
"""Steps that the customer may know of; the others are the desk's own."""
_UNSAID: Final = "message"
"""Kind of an entry that holds a message as it came; what became of it comes later."""


class LogEntry(Protocol):
    """An entry of a log."""

    @property
    def seq(self) -> int:
        """Place in the log."""
        ...

    @property
    def kind(self) -> str:
        """Of the entry."""
        ...

    @property
    def timestamp(self) -> float:
        """When it happened."""
        ...

    @property
    def body(self) -> str:
        """JSON text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """Something that was said, or happened."""

    seq: int
    at: float
    by: By
    kind: str
    """``user``, ``bot``, ``agent``; of a note, its name; of other events, their kind."""
    speaker: str = ""
    text: str = ""
    """In words; never empty."""
    pictures: tuple[str, ...] = ()
    """Addresses, of the web or paths on this server."""


def row_of(
    entry: LogEntry,
    language: Language,
    *,
    with_private: bool,
    is_waiting: bool = False,
    link: Linked | None = None,
) -> ExportRow | None:
    """Return an entry as a row; None: it is nothing that people read.

    Args:
        entry: Of the log.
        language: Of the words that are ours.
        with_private: Whether what only agents may know is shown.
        is_waiting: Whether it is a message that nobody has looked at yet.
        link: Knows where attachments are.
    """
    kind = "user" if is_waiting and entry.kind == _UNSAID else entry.kind
    if kind == "note":
        return _of_note(entry, language, with_private=with_private)
    if kind in _EVENTS:
        step = STEPS[kind][_column(language)]
        return ExportRow(seq=entry.seq, at=entry.timestamp, by="step", kind=kind, text=step)
    if kind not in _SAID:
        return None
    said = read_entry(kind, entry.body, locale=language)
    if said is None:
        if kind == "user":
            return None  # what a channel says for the customer
        words = WORDS[language]["empty"]
        return ExportRow(seq=entry.seq, at=entry.timestamp, by=_SAID[kind], kind=kind, text=words)
    return ExportRow(
        seq=entry.seq,
        at=entry.timestamp,
        by=said.by,
        kind=kind,
        speaker=said.speaker,
        text=said.text,
        pictures=pictures_in(entry.body, link),
    )


def _of_note(entry: LogEntry, language: Language, *, with_private: bool) -> ExportRow | None:
    try:
        raw = _decode(entry.body)
    except msgspec.DecodeError:
        return None
    name = str(raw.get("note", ""))
    if not with_private and name not in _FOR_ALL:
        return None
    said = read_entry("note", entry.body, locale=language)
    by: By = "step" if said is None else said.by
    text = "" if said is None else said.text
    if by == "step":
        text = _step(name, raw, text, language)
    return ExportRow(
        seq=entry.seq,
        at=entry.timestamp,
        by=by,
        kind=name,
        speaker=_person(raw.get("agent")),
        text=text or WORDS[language]["empty"],
    )


def _step(name: str, raw: Mapping[str, Any], words: str, language: Language) -> str:
    """Return what happened, with what is known of it."""
    label = STEPS[name][_column(language)] if name in STEPS else name
    told = [words, *(_detail(raw.get(key)) for key in ("score", "to", "before", "reason", "url"))]
    if name == "tagged":
        told += [f"+{tag}" for tag in raw.get("added", ())]
        told += [f"−{tag}" for tag in raw.get("removed", ())]
    more = " · ".join(part for part in told if part)
    return f"{label}{WORDS[language]['colon']}{more}" if more else label


def _detail(value: Any) -> str:
    match value:
        case str():
            return value
        case int() | float() if not isinstance(value, bool):
            return str(value)
        case Mapping():
            return _person(value) or str(value.get("code") or value.get("group_id") or "")
        case _:
            return ""


def _person(value: Any) -> str:
    name = value.get("name") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) else ""


def _column(language: Language) -> int:
    return 0 if language == "zh" else 1
