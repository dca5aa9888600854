"""What a client of the web channel knows of its conversation, and the frames that tell it more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kefu.channels.base import Humans, LoggedEntry, Signal, Standing
from kefu.channels.web.answering import Answering
from kefu.channels.web.transcript import Transcript, answered_ids, shown_agent

__all__ = ["FRESH_EVENTS", "View"]

FRESH_EVENTS = 400
"""How far back a client sees that has seen nothing yet."""

Frame = dict[str, Any]

_PLAIN: Mapping[str, Frame] = {
    owner: {"type": "state", "owner": owner} for owner in ("bot", "queue", "agent")
}
"""What ``welcome`` says of who answers."""


class View:
    """Where one client stands; each method returns the frames that are news to it.

    Attributes:
        cursor: Place of the last entry that the client was told of.
        is_elsewhere: The client knows another conversation than the one that :meth:`begin` is
            going to be told of.
    """

    __slots__ = (
        "_address",
        "_answering",
        "_conversation_id",
        "_humans",
        "_shows_typing",
        "_told",
        "_transcript",
        "_unanswered",
        "cursor",
        "is_elsewhere",
    )

    def __init__(
        self,
        transcript: Transcript,
        address: str,
        cursor: int = 0,
        *,
        humans: Humans | None = None,
    ) -> None:
        """Begin behind ``cursor``, the bot answering.

        Args:
            transcript: Shows entries of the log.
            address: What the client's messages are known by.
            cursor: Place in the log.
            humans: Tell how things stand with them; None: there are none.
        """
        self._transcript = transcript
        self._address = address
        self.cursor = cursor
        self.is_elsewhere = False
        self._humans = humans
        self._conversation_id = address
        self._answering = Answering()
        self._told = _PLAIN["bot"]
        self._unanswered: set[str] | None = None
        self._shows_typing = False

    @property
    def owner(self) -> str:
        """Who answers, as the client was told."""
        return self._answering.owner

    def begin(self, conversation_id: str, last_seq: int, answering: Answering) -> bool:
        """Take up what is known of the conversation.

        Returns:
            False if the client must forget what it knows: another conversation, or a log that is
            gone, as after the database was put back.
        """
        self._conversation_id, self._answering = conversation_id, answering
        self._told = _PLAIN.get(answering.owner, _PLAIN["bot"])
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
        self._answering = self._answering.after(entries)
        return self.changed()

    # -- who answers -----------------------------------------------------------------------

    def state(self) -> Frame:
        """Return who answers, and how things stand with the humans."""
        self._told = self._state()
        return self._told

    def changed(self) -> list[Frame]:
        """Return who answers, if the client was told something else."""
        return [] if _in_minutes(self._told) == _in_minutes(self._state()) else [self.state()]

    def _state(self) -> Frame:
        owner, agent = self._answering.owner, self._answering.agent
        frame: Frame = {"type": "state", "owner": owner}
        if agent:
            frame["agent"] = dict(agent)
        if self._humans is None:
            return frame
        now, is_queued = self._humans.now, owner == "queue"
        more = _in_line(now, self._conversation_id) if is_queued else _away(now, owner)
        return {**frame, **more}

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
                agent = shown_agent(data.get("agent"))
                owner = str(data.get("owner") or self.owner)
                self._answering = Answering(owner, agent, is_entered=agent is not None)
                return self.changed()
            case "place":
                return self.changed()
            case _:
                return []


def _in_line(now: Standing, conversation_id: str) -> Frame:
    leaves = {"leave": True} if now.takes_messages else {}
    place = now.places.get(conversation_id)
    if place is None:
        return leaves
    queue: Frame = {"position": place.position}
    if place.wait_seconds is not None:
        queue["eta_seconds"] = round(place.wait_seconds)
    away = {"offline": True} if place.is_away and leaves else {}
    return {"queue": queue, **away, **leaves}


def _away(now: Standing, owner: str) -> Frame:
    return {"offline": True, "leave": True} if now.is_away and owner == "bot" else {}


def _in_minutes(state: Frame) -> Frame:
    """Return a state without seconds: a wait is told again when its minute changes."""
    queue = state.get("queue")
    if not queue or "eta_seconds" not in queue:
        return state
    return {**state, "queue": {**queue, "eta_seconds": -(-queue["eta_seconds"] // 60)}}
