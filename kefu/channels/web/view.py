"""What a client of the web channel knows of its conversation, and the frames that tell it more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kefu.channels.base import LoggedEntry, Signal
from kefu.channels.web.transcript import Transcript, agent_of, answered_ids, owner_after
from kefu.core.events import AgentUttered

__all__ = ["FRESH_EVENTS", "View"]

FRESH_EVENTS = 400
"""How far back a client sees that has seen nothing yet."""

Frame = dict[str, Any]


class View:
    """Where one client stands; each method returns the frames that are news to it.

    Attributes:
        cursor: Place of the last entry that the client was told of.
        owner: Who answers, as the client was told.
        is_elsewhere: The client knows another conversation than the one that :meth:`begin` is
            going to be told of.
    """

    __slots__ = (
        "_address",
        "_agent",
        "_position",
        "_shows_typing",
        "_transcript",
        "_unanswered",
        "cursor",
        "is_elsewhere",
        "owner",
    )

    def __init__(self, transcript: Transcript, address: str, cursor: int = 0) -> None:
        """Begin behind ``cursor``, the bot answering.

        Args:
            transcript: Shows entries of the log.
            address: What the client's messages are known by.
            cursor: Place in the log.
        """
        self._transcript = transcript
        self._address = address
        self.cursor = cursor
        self.owner = "bot"
        self.is_elsewhere = False
        self._agent: Frame | None = None
        self._position: int | None = None
        self._unanswered: set[str] | None = None
        self._shows_typing = False

    def begin(self, last_seq: int, owner: str) -> bool:
        """Take up what is known of the conversation.

        Returns:
            False if the client must forget what it knows: another conversation, or a log that is
            gone, as after the database was put back.
        """
        self.owner = owner
        is_known = self.cursor <= last_seq and not self.is_elsewhere
        if self.cursor == 0 or not is_known:
            self.cursor = max(0, last_seq - FRESH_EVENTS)
        self.is_elsewhere = False
        return is_known

    # -- the log ---------------------------------------------------------------------------

    def told(self, entries: Sequence[LoggedEntry]) -> list[Frame]:
        """Return what the client sees of entries behind the cursor, which moves behind them."""
        if not entries:
            return []
        frames = list(self._transcript.frames(self._address, entries))
        said, heard = 0, 0
        for frame in frames:
            if frame["type"] == "message":
                if frame["from"] == "customer":
                    heard = frame["seq"]
                else:
                    said = frame["seq"]
        self.cursor = entries[-1].seq
        frames += self._answered(entries)
        frames += self._owned(entries)
        if heard:
            read = {"read": heard} if said > heard else {}
            frames.append({"type": "ticks", "delivered": heard, **read})
        return frames

    def _answered(self, entries: Sequence[LoggedEntry]) -> list[Frame]:
        if self._unanswered is None:
            return []
        self._unanswered -= answered_ids(entries)
        return [] if self._unanswered else self._all_answered()

    def _all_answered(self) -> list[Frame]:
        self._unanswered = None
        if not self._shows_typing:
            return []
        self._shows_typing = False
        return [{"type": "typing", "on": False, "from": "bot"}]

    def _owned(self, entries: Sequence[LoggedEntry]) -> list[Frame]:
        owner, agent = self.owner, self._agent
        for entry in entries:
            owner = owner_after(owner, entry)
            if isinstance(entry.event, AgentUttered):
                agent = agent_of(entry.event) or agent
        return self._changed(owner, agent if owner == "agent" else None)

    def _changed(self, owner: str, agent: Frame | None) -> list[Frame]:
        if (owner, agent) == (self.owner, self._agent):
            return []
        self.owner, self._agent, self._position = owner, agent, None
        return [self.state()]

    def state(self) -> Frame:
        """Return who answers."""
        agent = {"agent": self._agent} if self._agent else {}
        queue = {"queue": {"position": self._position}} if self._position is not None else {}
        return {"type": "state", "owner": self.owner, **agent, **queue}

    # -- the bot's answers -----------------------------------------------------------------

    def asked(self, key: str) -> None:
        """Take note of a message that the client is about to send."""
        if self._unanswered is None:
            self._unanswered = set()
        self._unanswered.add(key)

    def waits_for(self, key: str) -> bool:
        """Whether the message has had no answer yet."""
        return self._unanswered is not None and key in self._unanswered

    def waived(self, key: str) -> list[Frame]:
        """Wait for no answer to a message any more."""
        if not self.waits_for(key):
            return []
        assert self._unanswered is not None
        self._unanswered.discard(key)
        return [] if self._unanswered else self._all_answered()

    def late(self, key: str) -> list[Frame]:
        """Say that the bot works on a message, if it still does."""
        if self._shows_typing or self.owner != "bot" or not self.waits_for(key):
            return []
        self._shows_typing = True
        return [{"type": "typing", "on": True, "from": "bot"}]

    # -- what happens now ------------------------------------------------------------------

    def signalled(self, signal: Signal) -> list[Frame]:
        """Return what the client is told of a signal."""
        data = signal.data
        if signal.by == "customer":
            return []
        match signal.kind:
            case "typing":
                on = bool(data.get("on", True))
                return [{"type": "typing", "on": on, "from": signal.by}]
            case "delivered" | "read":
                seq = data.get("up_to") or data.get("seq")
                return [{"type": "ticks", signal.kind: seq}] if isinstance(seq, int) else []
            case "owner":
                agent = data.get("agent")
                shown = dict(agent) if isinstance(agent, dict) else None
                return self._changed(str(data.get("owner") or self.owner), shown)
            case "offline":
                return [{"type": "state", "owner": self.owner, "offline": True}]
            case _:
                return []

    def placed(self, conversation_id: str, waiting: Sequence[str]) -> list[Frame]:
        """Say how many are before the customer in the queue, when that has changed."""
        position = waiting.index(conversation_id) + 1 if conversation_id in waiting else None
        if position is None or position == self._position:
            return []
        self._position = position
        return [self.state()]
