"""Conversations as they were: turns, and what showed afterwards of how good the answers were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from kefu.core.codec import decode_event
from kefu.core.contents import CONTENT_KEY
from kefu.core.events import (
    ActionExecuted,
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from kefu.core.handoff import handoff_of
from kefu.core.mood import Mood, mood_in
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX
from kefu.errors import EventError
from kefu.evaluation.replay.answers import AGENT, Answer, answer_of

__all__ = ["Entry", "Line", "RecordedConversation", "RecordedTurn", "Role", "read_conversation"]

Role = Literal["customer", "bot", "agent"]
NOTE: Final = "note"
ANEW: Final = "replaced"
"""Kinds of entries that are no events: what people are shown, where the bot's view begins anew."""
CONTEXT: Final = 6
"""So many things that were said before a message are shown with it."""

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a log: an event, a note, or where the bot's view begins anew."""

    seq: int
    kind: str
    timestamp: float
    body: str


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said."""

    who: Role
    text: str


@dataclass(slots=True, kw_only=True)
class RecordedTurn:
    """A customer's message, and what happened until the next one."""

    seq: int
    at: float
    message: UserUttered
    before: tuple[Event, ...]
    """Since the turn before, or since the beginning: a new session, for instance."""
    events: list[Event] = field(default_factory=list)
    begins_anew: bool = False
    """Nothing from before counts for the bot."""
    session: int = 0
    is_paused: bool = False
    """The bot was silent: a person had the conversation, or was waited for."""
    score: float | None = None
    """From 0 to 1, where the customer rated the session."""
    _answer: Answer | None = None
    _mood: Mood | None = None

    @property
    def answer(self) -> Answer:
        """What the bot made of the message."""
        if self._answer is None:
            self._answer = answer_of(self.message, self.events)
        return self._answer

    @property
    def mood(self) -> Mood:
        """How the customer felt when they wrote the message."""
        if self._mood is None:
            self._mood = mood_in(self.message)
        return self._mood

    @property
    def was_answered(self) -> bool:
        """Whether the bot took a turn: it ran anything, if only to listen on."""
        return any(isinstance(event, ActionExecuted) for event in self.events)

    @property
    def is_from_outside(self) -> bool:
        """Whether no customer wrote it: a reminder, or an intent that was triggered."""
        text = self.message.text or ""
        is_external = bool(self.message.metadata.get("is_external"))
        return is_external or text.startswith(EXTERNAL_MESSAGE_PREFIX)

    @property
    def is_rating(self) -> bool:
        """Whether it is a rating, which the bot need not answer."""
        content = self.message.metadata.get(CONTENT_KEY)
        return isinstance(content, Mapping) and content.get("type") == "rating"

    @property
    def lines(self) -> list[Line]:
        """What was said in the turn, oldest first."""
        said = [Line("customer", self.message.text or "")]
        for event in self.events:
            if isinstance(event, BotUttered) and event.text:
                said.append(Line("bot", event.text))
            elif isinstance(event, AgentUttered) and event.text:
                said.append(Line("agent", event.text))
        return said


@dataclass(slots=True, kw_only=True)
class RecordedConversation:
    """A whole conversation."""

    conversation_id: str
    turns: list[RecordedTurn]
    was_handed_over: bool = False
    unreadable: int = 0
    """Entries that could not be read."""

    def context(self, index: int, most: int = CONTEXT) -> list[Line]:
        """Return what was said before a turn, within its session, oldest first."""
        found: list[Line] = []
        session = self.turns[index].session
        for turn in reversed(self.turns[:index]):
            if turn.session != session or len(found) >= most:
                break
            found = [*turn.lines, *found]
        return found[-most:]

    def next_message(self, index: int) -> RecordedTurn | None:
        """Return the customer's next message in the same session."""
        for turn in self.turns[index + 1 :]:
            if turn.session != self.turns[index].session:
                return None
            if not (turn.is_from_outside or turn.is_rating):
                return turn
        return None


class _Reader:
    """Puts a conversation together from its entries."""

    def __init__(self, conversation_id: str) -> None:
        self.found = RecordedConversation(conversation_id=conversation_id, turns=[])
        self._before: list[Event] = []
        self._anew = False
        self._paused = False
        self._session = 0

    def note(self, body: Mapping[str, Any]) -> None:
        if body.get("note") == "rated":
            self._rate(body.get("score"), body.get("rating_id"))

    def start_anew(self) -> None:
        self._before = []
        self._anew = True
        self._paused = False
        self._session += 1

    def event(self, entry: Entry, event: Event) -> None:
        match event:
            case UserUttered() if not self._repeats_itself():
                self._hear(entry, event)
                return
            case SessionStarted() | Restarted():
                self._session += 1
                self._paused = False
            case ConversationPaused():
                self._paused = True
                self.found.was_handed_over = self.found.was_handed_over or bool(handoff_of(event))
            case ConversationResumed():
                self._paused = False
            case _:
                pass
        self._before.append(event)

    def _repeats_itself(self) -> bool:
        """Whether the bot put a message into its log again, as the two-stage fallback does."""
        return any(isinstance(event, UserUtteranceReverted) for event in self._before[-2:])

    def _hear(self, entry: Entry, event: UserUttered) -> None:
        self.settle(self._begins_session())
        turn = RecordedTurn(
            seq=entry.seq,
            at=entry.timestamp,
            message=event,
            before=tuple(self._before),
            begins_anew=self._anew,
            session=self._session,
            is_paused=self._paused,
        )
        self._before, self._anew = [], False
        self.found.turns.append(turn)
        if turn.is_rating:
            content = event.metadata[CONTENT_KEY]
            self._rate(content.get("score"), content.get("rating_id"))

    def _begins_session(self) -> int:
        """Return where, in what happened since the last message, a new session begins."""
        for index in range(len(self._before) - 1, -1, -1):
            if isinstance(self._before[index], SessionStarted):
                has_action = index > 0 and isinstance(self._before[index - 1], ActionExecuted)
                return index - 1 if has_action else index
        return len(self._before)

    def settle(self, first: int | None = None) -> None:
        """Give what happened, before ``first`` or all of it, to the turn that it belongs to."""
        if self.found.turns and not self._anew:
            self.found.turns[-1].events += self._before[:first]
            self._before = self._before[first:]

    def _rate(self, score: Any, rating_id: Any) -> None:
        if isinstance(score, bool) or not isinstance(score, int | float):
            return
        is_recommendation = str(rating_id or "").endswith(".nps")
        share = score / 10 if is_recommendation else (score - 1) / 4
        for turn in self.found.turns:
            if turn.session == self._session:
                turn.score = min(1.0, max(0.0, share))


def read_conversation(conversation_id: str, entries: Iterable[Entry]) -> RecordedConversation:
    """Return the turns of a conversation; entries that cannot be read are counted."""
    reader = _Reader(conversation_id)
    for entry in entries:
        if entry.kind == ANEW:
            reader.settle()
            reader.start_anew()
            continue
        try:
            body = _decode(entry.body)
            if entry.kind == NOTE:
                reader.note(body)
            else:
                reader.event(entry, decode_event(body))
        except (EventError, msgspec.DecodeError, AttributeError, KeyError, TypeError, ValueError):
            reader.found.unreadable += 1
    reader.settle()
    return reader.found


def taken_over(events: Sequence[Event]) -> bool:
    """Whether an agent took the conversation of their own accord."""
    return any((handoff_of(event) or {}).get("reason") == AGENT for event in events)
