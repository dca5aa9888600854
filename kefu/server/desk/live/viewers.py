"""Who has a conversation on the screen, in whichever process.

Each process says who looks through it, now and then again; who is not heard of for a while has
gone. A process that hears of somebody new answers with its own, so that all know all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kefu.server.desk.shapes import PersonShown, Viewer

__all__ = ["VIEWING_SECONDS", "Viewers"]

VIEWING_SECONDS: Final = 45.0
TYPING_SECONDS: Final = 8.0
_MOST: Final = 200


@dataclass(slots=True)
class _Looking:
    person: PersonShown
    until: float
    typing_until: float = 0.0


class Viewers:
    """Those who look at one conversation."""

    def __init__(self) -> None:
        self._looking: dict[str, _Looking] = {}

    def heard(self, data: Mapping[str, Any], now: float) -> tuple[bool, bool]:
        """Take note of what a process says; whether that changed something, and is somebody new."""
        person = _person(data.get("agent"))
        if person is None:
            return False, False
        known = self._looking.get(person.id)
        if not data.get("on", True):
            return self._looking.pop(person.id, None) is not None, False
        if known is None and len(self._looking) >= _MOST:
            return False, False
        typing_until = 0.0 if known is None else known.typing_until
        self._looking[person.id] = _Looking(person, now + VIEWING_SECONDS, typing_until)
        return known is None, known is None

    def typed(self, agent_id: str, now: float, *, on: bool) -> bool:
        """Take note that somebody writes, or stopped; whether that changed something."""
        known = self._looking.get(agent_id)
        if known is None:
            return False
        was = known.typing_until > now
        known.typing_until = now + TYPING_SECONDS if on else 0.0
        return was != on

    def expire(self, now: float) -> bool:
        """Forget those who have gone; whether anybody has, or stopped writing."""
        gone = [name for name, one in self._looking.items() if one.until <= now]
        for name in gone:
            del self._looking[name]
        changed = bool(gone)
        for one in self._looking.values():
            if 0.0 < one.typing_until <= now:
                one.typing_until, changed = 0.0, True
        return changed

    def shown(self, now: float) -> list[Viewer]:
        """Return them by name."""
        found = sorted(self._looking.values(), key=lambda one: (one.person.name, one.person.id))
        return [
            Viewer(one.person.id, one.person.name, one.person.avatar, one.typing_until > now)
            for one in found
        ]

    def people(self) -> list[PersonShown]:
        """Return them by name, without what they do."""
        found = [one.person for one in self._looking.values()]
        return sorted(found, key=lambda person: (person.name, person.id))


def _person(raw: Any) -> PersonShown | None:
    if not isinstance(raw, Mapping):
        return None
    number, name, avatar = (raw.get(key, "") for key in ("id", "name", "avatar"))
    if not all(isinstance(one, str) for one in (number, name, avatar)) or not number:
        return None
    return PersonShown(number, name, avatar)
