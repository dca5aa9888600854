"""An agent as others are shown them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kefu.desk.agents import DeskAgent

__all__ = ["Person", "person_of"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something, or has something."""

    id: str
    name: str
    avatar: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as notes and messages hold it."""
        return {"id": self.id, "name": self.name, "avatar": self.avatar}


def person_of(agent: DeskAgent) -> Person:
    """Return who an agent is."""
    return Person(agent.agent_id, agent.name, agent.avatar)
