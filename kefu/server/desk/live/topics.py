"""A conversation that somebody at the desk watches: its new entries, read once for all lines.

Entries are kept for a while as the text that lines are told. A line that knows less than what is
kept reads the rest for itself; so does one that was too slow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from kefu.core.signals import Signal
from kefu.desk.ports import Entry
from kefu.server.desk.live.frames import encoded
from kefu.server.desk.live.viewers import Viewers
from kefu.server.desk.shapes import ChangedItem, Item
from kefu.staff.permissions import Subject

__all__ = ["Hearer", "Sub", "Topic"]

_KEPT: Final = 200
_RANK: Final = {"pending": 0, "held": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
_SPOKEN: Final = frozenset({"agent", "bot"})


class Hearer(Protocol):
    """A line, as a topic knows it."""

    @property
    def agent_id(self) -> str:
        """Whose."""
        ...

    def touch(self, conversation_id: str) -> None:
        """There are new entries."""
        ...

    def whisper(self, key: tuple[str, str, str], frame: str) -> None:
        """Tell something that is only true now; the same key replaces what was not told yet."""
        ...

    def tick(self, conversation_id: str, changed: Iterable[ChangedItem]) -> None:
        """Tell how far things got."""
        ...


@dataclass(slots=True)
class Sub:
    """What a line wants of a topic, and how far it was told."""

    seq: int | None
    """None: nothing yet; from where the topic begins."""
    is_open: bool = False
    is_own: bool = False
    wants_row: bool = False
    """Whether the row is to be told even if there is nothing else."""


@dataclass(slots=True)
class Topic:
    """One conversation."""

    conversation_id: str
    subject: Subject
    seq: int | None = None
    """Up to where its log was read; None: not yet."""
    since: int = 0
    """Everything behind this place is in :attr:`kept`."""
    kept: deque[tuple[int, str]] = field(default_factory=deque)
    row: str | None = None
    """As JSON, never older than what the feed has told of it; None: it has to be read again."""
    row_changes: int = 0
    """How often the feed told of the row."""
    subs: dict[Hearer, Sub] = field(default_factory=dict)
    viewers: Viewers = field(default_factory=Viewers)
    hidden: set[str] = field(default_factory=set)
    """Agents who listen without being seen."""
    unsettled: dict[int, str] = field(default_factory=dict)
    """Place -> state of what is on its way."""
    states: dict[int, str] = field(default_factory=dict)
    """Place -> state of the latest words of ours."""
    names: dict[str, int] = field(default_factory=dict)
    """Name of a message -> its place."""
    is_dirty: bool = False
    is_reading: bool = False
    stop: Callable[[], None] | None = None

    @property
    def has_own(self) -> bool:
        """Whether it is the own conversation of one of those who watch it."""
        return any(sub.is_own for sub in self.subs.values())

    @property
    def needs_row(self) -> bool:
        """Whether somebody is to be told the row, and it has to be read first."""
        return self.row is None and any(
            sub.is_own and (sub.wants_row or (sub.seq or 0) < (self.seq or 0))
            for sub in self.subs.values()
        )

    def row_changed(self) -> None:
        """Take note that the feed tells of the row: what was read before may be older."""
        self.row_changes += 1
        self.row = None

    def begin(self, seq: int) -> None:
        """Watch from a place on."""
        self.seq = self.since = seq
        for line, sub in self.subs.items():
            if sub.seq is None:
                sub.seq = seq
            if sub.seq < seq or sub.wants_row:
                line.touch(self.conversation_id)

    # -- entries ---------------------------------------------------------------------------

    def add(self, items: Sequence[Item], last_seq: int) -> None:
        """Take new items, which are complete up to a place, and let all lines know."""
        for item in items:
            self.kept.append((item.seq, encoded(item)))
            self._note(item)
        while len(self.kept) > _KEPT:
            self.since = self.kept.popleft()[0]
        self.seq = last_seq
        for line in tuple(self.subs):
            line.touch(self.conversation_id)

    def _note(self, item: Item) -> None:
        if isinstance(item.id, str):
            self.names[item.id] = item.seq
        if item.kind in _SPOKEN and isinstance(item.state, str):
            self.states[item.seq] = item.state
            if item.state == "pending":
                self.unsettled[item.seq] = item.state
        for known in (self.states, self.names):
            while len(known) > _KEPT:
                known.pop(next(iter(known)))  # type: ignore[call-overload]

    def items_behind(self, seq: int) -> str | None:
        """Return the items behind a place as JSON; None: not all of them are kept."""
        if seq < self.since:
            return None
        return ",".join(text for place, text in self.kept if place > seq)

    # -- what is not in the log ------------------------------------------------------------

    def recalled(self, entries: Iterable[Entry]) -> None:
        """Tell that something older was taken back."""
        changed: list[ChangedItem] = []
        for entry in entries:
            note = entry.note
            if note is None or note.get("note") != "recalled":
                continue
            place = note.get("of_seq")
            if not isinstance(place, int):
                place = self._place_of(note.get("id"))
            if place is not None:
                changed.append(ChangedItem(seq=place, is_recalled=True))
        self.tell_ticks(changed)

    def _place_of(self, name: Any) -> int | None:
        if not isinstance(name, str) or not name:
            return None
        ends = f":{name}"
        found = (place for known, place in self.names.items() if known in (name, ends))
        return next(found, None) or next(
            (place for known, place in self.names.items() if known.endswith(ends)), None
        )

    def reached(self, state: str, up_to: int) -> None:
        """Tell that everything of ours up to a place got so far, unless it is further."""
        places = [place for place, known in self.states.items() if place <= up_to]
        moved = [place for place in places if _RANK[self.states[place]] < _RANK.get(state, 0)]
        if up_to not in self.states:
            moved.append(up_to)
        self.tell_ticks(self._moved(dict.fromkeys(moved, (state, None))))

    def settled(self, found: Mapping[int, tuple[str, str | None]]) -> None:
        """Take the states, and errors, of what was on its way."""
        moved = {
            place: told
            for place, told in found.items()
            if told[0] != self.states.get(place, "") and told[0] != "pending"
        }
        self.tell_ticks(self._moved(moved))

    def _moved(self, moved: Mapping[int, tuple[str, str | None]]) -> list[ChangedItem]:
        changed: list[ChangedItem] = []
        for place, (state, error) in moved.items():
            if place in self.states:
                self.states[place] = state
            self.unsettled.pop(place, None)
            told: dict[str, Any] = {"state": state, **({"error": error} if error else {})}
            changed.append(ChangedItem(seq=place, **told))
        return changed

    def tell_ticks(self, changed: Sequence[ChangedItem]) -> None:
        """Tell how far things got to those who look."""
        if changed:
            for line in self.looking():
                line.tick(self.conversation_id, changed)

    def tell_viewers(self, now: float) -> None:
        """Tell those who look who else does."""
        shown = [one for one in self.viewers.shown(now) if one.id not in self.hidden]
        frame = {"type": "viewers", "conversation_id": self.conversation_id, "agents": shown}
        text = encoded(frame)
        for line in self.looking():
            line.whisper(("viewers", self.conversation_id, ""), text)

    def tell_typing(self, signal: Signal, *, shows_text: bool = True) -> None:
        """Tell those who look that somebody writes; not whoever writes."""
        data = signal.data
        agent = data.get("agent") if signal.by == "agent" else None
        agent = agent if isinstance(agent, Mapping) else None
        who = str(agent.get("id") or "") if agent else ""
        text = data.get("text") if shows_text else None
        frame = encoded(
            {
                "type": "typing",
                "conversation_id": self.conversation_id,
                "by": signal.by,
                "agent": agent,
                "on": bool(data.get("on", True)),
                **({"text": text} if isinstance(text, str) and text else {}),
            }
        )
        for line in self.looking():
            if not who or line.agent_id != who:
                line.whisper(("typing", self.conversation_id, f"{signal.by} {who}"), frame)

    def looking(self) -> list[Hearer]:
        """Return the lines that have it on the screen."""
        return [line for line, sub in self.subs.items() if sub.is_open]
