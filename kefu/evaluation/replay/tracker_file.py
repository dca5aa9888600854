"""Conversations from a file: trackers as Rasa's API gives them, one a line or in one list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kefu.errors import ProjectError
from kefu.evaluation.replay.recording import Entry

__all__ = ["Tracker", "read_trackers"]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Tracker:
    """A conversation of a file."""

    name: str
    entries: tuple[Entry, ...]


def read_trackers(path: Path) -> Iterator[Tracker]:
    """Yield the conversations of a file, a line at a time where each line is one.

    Raises:
        ProjectError: It cannot be read, or something in it is no conversation; the text says where.
    """
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline()
            file.seek(0)
            if _is_whole(first):
                yield from _by_line(path, file)
                return
            yield from _from_list(path, file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot read {path}: {error} — check --trackers") from error


def _is_whole(line: str) -> bool:
    """Whether a line is a conversation of its own."""
    try:
        return isinstance(_decode(line), dict)
    except msgspec.DecodeError:
        return False


def _by_line(path: Path, lines: Iterator[str]) -> Iterator[Tracker]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                raw = _decode(line)
            except msgspec.DecodeError as error:
                raise ProjectError(f"{path}:{number}: this is no JSON: {error}") from error
            yield _tracker(raw, f"{path}:{number}")


def _from_list(path: Path, text: str) -> Iterator[Tracker]:
    try:
        raw = _decode(text)
    except msgspec.DecodeError as error:
        raise ProjectError(
            f"{path} is no JSON: {error} — give one tracker a line, or one list of them"
        ) from error
    for number, item in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        yield _tracker(item, f"{path}: tracker {number}")


def _tracker(raw: Any, where: str) -> Tracker:
    events = raw.get("events") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or not isinstance(events, list):
        raise ProjectError(
            f'{where}: this is no tracker — it needs "sender_id" and a list of "events", as'
            " GET /conversations/<id>/tracker?include_events=ALL gives them"
        )
    entries = (_entry(seq, event) for seq, event in enumerate(events, start=1))
    return Tracker(str(raw.get("sender_id") or where), tuple(entries))


def _entry(seq: int, event: Any) -> Entry:
    stamp = event.get("timestamp") if isinstance(event, Mapping) else None
    at = float(stamp) if isinstance(stamp, int | float) else 0.0
    return Entry(seq, "event", at, _encode(event).decode())
