"""An event of the desk's feed, made ready once for all lines: whom it is told, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kefu.desk.changes import DeskEvent
from kefu.server.desk.live.frames import encoded
from kefu.server.desk.reach import sees
from kefu.staff.permissions import Actor, Permission, Subject, allows

__all__ = ["Told", "event_frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something at a position of the feed."""

    position: int
    kind: str
    subject_id: str
    """Id of what it is about: a later event of the kind about the same says all that it says."""
    body: str | None
    """The frame; None: it is no longer there."""
    gone: str | None = None
    """The frame for those who saw it before and no longer may."""
    to: str = ""
    """Id of the only agent who is told; empty: whoever may see it."""
    before: Subject | None = None
    """What is decided by, as it was before."""
    after: Subject | None = None
    """... and as it is now."""

    def changes_hands_of(self, agent_id: str) -> bool:
        """Whether an agent has got a conversation by it, or has it no longer."""
        owners = [None if one is None else one.agent_id for one in (self.before, self.after)]
        return owners[0] != owners[1] and agent_id in owners

    def frame_for(self, actor: Actor) -> str | None:
        """Return what somebody is told; None: nothing."""
        if self.to:
            return self.body if actor.account_id == self.to else None
        match self.kind:
            case "row":
                if self.after is not None and sees(actor, self.after):
                    return self.body
                return self.gone if self.before is not None and sees(actor, self.before) else None
            case "review":
                is_seen = self.after is not None and sees(actor, self.after)
                return self.body if is_seen and allows(actor, Permission.REVIEW_DECIDE) else None
            case "presence":
                is_own = actor.account_id == self.subject_id
                return self.body if is_own or allows(actor, Permission.AGENTS_READ) else None
            case _:
                return self.body


def event_frame(event: DeskEvent, **what: Any) -> str:
    """Return the frame of an event."""
    return encoded({"type": "event", "position": event.position, "kind": event.kind, **what})
