"""The history of a customer over all logs, by time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

__all__ = ["SHOWN_KINDS", "TimelineEntry", "entry_as_json", "latest"]

SHOWN_KINDS: Final = (
    "user",
    "bot",
    "agent",
    "note",
    "pause",
    "resume",
    "restart",
    "session_started",
)
"""Kinds of log entries that tell people what happened."""

_decode = msgspec.json.Decoder().decode
_KEPT = ("text", "data", "input_channel", "message_id", "metadata")


@dataclass(frozen=True, slots=True, order=True)
class TimelineEntry:
    """An entry of one of a customer's logs."""

    timestamp: float
    conversation_id: str
    seq: int
    kind: str
    body: str


def latest(logs: Iterable[Sequence[TimelineEntry]], *, limit: int) -> list[TimelineEntry]:
    """Return the newest entries of several logs, oldest first; each log comes newest first."""
    newest = islice(heapq.merge(*logs, reverse=True), limit)
    return list(newest)[::-1]


def entry_as_json(entry: TimelineEntry) -> dict[str, Any]:
    """Return an entry as the HTTP API shows it."""
    raw = _decode(entry.body)
    if entry.kind == "note":
        detail: dict[str, Any] = {"note": raw}
    else:
        detail = {key: raw[key] for key in _KEPT if raw.get(key)}
        intent = (raw.get("parse_data") or {}).get("intent") or {}
        if intent.get("name"):
            detail["intent"] = intent["name"]
    return {
        "at": entry.timestamp,
        "conversation_id": entry.conversation_id,
        "seq": entry.seq,
        "kind": entry.kind,
        **detail,
    }
