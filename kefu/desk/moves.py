"""What becomes of a service session: pure functions from what is to what shall be.

Each returns the steps of one transaction, in the order in which locks are taken: conversation,
session, agents by id, feed. The log gets a note of each move, so that everything that happened at
the desk can be folded from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from kefu.core.codec import encode_event
from kefu.core.events import ConversationPaused, ConversationResumed, Event
from kefu.core.ids import new_id
from kefu.core.names import HANDOFF_KEY
from kefu.core.notes import NoteKind, note
from kefu.desk.changes import (
    AddSession,
    ChangeSession,
    FreeSlot,
    Line,
    Need,
    NoteLines,
    Owner,
    SetOwner,
    Step,
    TakeSlot,
    Tell,
)
from kefu.desk.people import Person
from kefu.desk.rows import RowRecord
from kefu.desk.sessions import Mark, ServiceSession, ended

__all__ = [
    "LEFT_MESSAGE",
    "Act",
    "Ending",
    "How",
    "Timing",
    "Whereto",
    "assigned",
    "begun",
    "changed",
    "closed",
    "kept",
    "line_of",
    "noticed",
    "overflowed",
    "queued",
    "requeued",
    "row_told",
    "tagged_told",
    "taken_from_the_bot",
    "transferred",
    "wanted_otherwise",
    "with_due",
]

HUMANS: Final[frozenset[Owner]] = frozenset({"queue", "agent"})
ANYBODY: Final[frozenset[Owner]] = frozenset({"bot", "queue", "agent"})
FREE: Final[frozenset[Owner]] = frozenset({"bot", "queue"})

_HUMANS_OR_LEFT: Final = (HUMANS, ANYBODY)
"""Whose a conversation is before it is handed on; by whether a message was left in it."""

LEFT_MESSAGE: Final = "left_message"
"""Reason of a session in which a message was left: nobody waits for an answer at once."""

_UNEXPLAINED: Final = frozenset({"other", LEFT_MESSAGE})

_encode = msgspec.json.Encoder().encode

How = Literal["routing", "claim", "assigned"]
"""How a session came to its agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """After how long something is done about a session by itself, in seconds; 0: never."""

    unanswered: float = 120.0
    """The customer waits for an answer: it is put in line again."""
    idle: float = 0.0
    """Nobody says anything: it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """When something is done, by whom, and what they say about it."""

    at: float
    timing: Timing
    by: Person | None = None
    """None: the desk itself."""
    words: str = ""

    @property
    def by_json(self) -> dict[str, Any] | None:
        """Who does it, as notes hold it."""
        return None if self.by is None else self.by.as_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a session ends."""

    by: str
    """``customer``, ``bot``, ``idle``, or the id of an agent."""
    how: Literal["closed", "given_back", "withdrawn"] = "closed"
    """Done, handed to the bot, or the customer left before anybody came."""
    wrap_up: Mapping[str, Any] | None = None
    """What the agent says it was about."""
    rating_id: str | None = None
    """Of the invitation to rate that was sent."""
    is_bots: bool = False
    """The conversation is the bot's already: only the session ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereto:
    """Where a session is handed on to: an agent, the bot, or a group's line; None: anybody's."""

    agent: Person | None = None
    group_id: str | None = None
    is_bot: bool = False


def with_due(session: ServiceSession, timing: Timing) -> ServiceSession:
    """Return the session with the moment at which something is to be done about it."""
    moments: list[float] = []
    if session.state == "assigned":
        if session.snoozed_until is not None:
            moments.append(session.snoozed_until)
        elif session.unanswered_since is not None and timing.unanswered > 0:
            moments.append(session.unanswered_since + timing.unanswered)
        elif timing.idle > 0:
            moments.append(session.changed_at + timing.idle)
    return replace(session, due_at=min(moments, default=None))


def queued(session: ServiceSession, *, owner_is_set: bool = True) -> list[Step]:
    """Put a new session in line; the bot's commit has given the conversation to the queue.

    Args:
        session: A new one.
        owner_is_set: Whether the conversation must be the queue's; a message that was left is not.
    """
    lines = (
        line_of(
            "queued",
            reason=session.reason,
            # The bot's handoff, which is in the log as well, says why; others do not.
            detail=session.detail if session.reason in _UNEXPLAINED else None,
            group_id=session.group_id,
            skills=list(session.skills) or None,
        ),
    )
    at, name = session.changed_at, session.conversation_id
    return [
        SetOwner(name, "queue", frozenset({"queue"}), lines, at)
        if owner_is_set
        else NoteLines(name, lines, at),
        AddSession(session),
        row_told(name, at),
    ]


def wanted_otherwise(session: ServiceSession, wanted: ServiceSession, act: Act) -> list[Step]:
    """Let a customer who waits leave a message instead, or wait who left one.

    Who left a message is answered by the bot meanwhile.

    Args:
        session: That waits.
        wanted: What a new session would be.
        act: When.
    """
    at, name = act.at, session.conversation_id
    is_left = wanted.reason == LEFT_MESSAGE
    after = replace(
        session,
        reason=wanted.reason,
        detail=wanted.detail,
        summary=wanted.summary,
        skills=wanted.skills,
        group_id=wanted.group_id,
        waiting_since=session.waiting_since if is_left else at,
        is_first_in_line=False,
        changed_at=at,
    )
    lines = [
        line_of("queued", reason=wanted.reason, detail=wanted.detail, group_id=wanted.group_id)
    ]
    if is_left:
        lines.append(_event(ConversationResumed(timestamp=at)))
    return [
        SetOwner(name, "bot" if is_left else "queue", frozenset({"queue"}), tuple(lines), at),
        ChangeSession(after),
        row_told(name, at),
    ]


def assigned(session: ServiceSession, agent: Person, act: Act, *, how: How) -> list[Step]:
    """Give a session that waits to an agent who has a place for it."""
    at = act.at
    lines = (
        line_of(
            "assigned",
            agent=agent.as_json(),
            how=how,
            by=act.by_json,
            waited=_since(session.waiting_since, at),
            text=act.words or None,
        ),
        line_of("entered", agent=agent.as_json()),
        *_silenced(session, at),
    )
    return [
        SetOwner(session.conversation_id, "agent", _before(session), lines, at),
        ChangeSession(_given_to(session, agent, act)),
        TakeSlot(agent.id, at, needs="place" if how == "claim" else "acceptance"),
        row_told(session.conversation_id, at),
        *_noticed(session, agent.id, "assigned", act),
    ]


def begun(row: RowRecord, by: Person, at: float) -> ServiceSession:
    """Return the session of an agent who comes by themselves, where no human was wanted."""
    return ServiceSession(
        session_id=new_id("s"),
        conversation_id=row.conversation_id,
        state="assigned",
        opened_at=at,
        changed_at=at,
        opened_by=by.id,
        reason="agent",
        channel=row.channel,
        agent_id=by.id,
        assigned_at=at,
        first_assigned_at=at,
        read_seq=row.last_seq,
    )


def taken_from_the_bot(session: ServiceSession, agent: Person, act: Act) -> list[Step]:
    """Let an agent have a conversation that no human was wanted in; ``session`` is new.

    The bot is paused as by a handoff: should the agent put it in line, nobody answers beside it.
    """
    handoff = {"reason": session.reason, "by": agent.id}
    lines = (
        line_of("taken_over", agent=agent.as_json(), before="bot", text=act.words or None),
        line_of("entered", agent=agent.as_json()),
        _event(ConversationPaused(metadata={HANDOFF_KEY: handoff}, timestamp=act.at)),
    )
    return [
        SetOwner(session.conversation_id, "agent", FREE, lines, act.at),
        AddSession(with_due(session, act.timing)),
        TakeSlot(agent.id, act.at, needs="nothing"),
        row_told(session.conversation_id, act.at),
    ]


def transferred(
    session: ServiceSession,
    to: Whereto,
    act: Act,
    *,
    how: Literal["transferred", "taken_over"] = "transferred",
) -> list[Step]:
    """Hand a session on, to another agent or to a group's line.

    Taking over takes a place whatever the limit; a transfer does not.
    """
    name, before, at = session.conversation_id, session.agent_id, act.at
    agent = to.agent
    told = {
        "agent": act.by_json,
        "to": agent.as_json() if agent is not None else {"group_id": to.group_id},
        "before": before,
        "text": act.words or None,
    }
    lines = [line_of(how, **told)]
    if agent is not None:
        lines.append(line_of("entered", agent=agent.as_json()))
        after = _given_to(session, agent, act)
        owner: Owner = "agent"
        lines += _silenced(session, at)
    else:
        line = _in_line(session, at)
        after = replace(line, group_id=to.group_id, mark="transferred", not_to=())
        owner, more = _owner_in_line(session, at)
        lines += more
    steps: list[Step] = [
        SetOwner(name, owner, _HUMANS_OR_LEFT[session.reason == LEFT_MESSAGE], tuple(lines), at),
        ChangeSession(after),
        *_places(before, agent, at, needs="nothing" if how == "taken_over" else "acceptance"),
        row_told(name, at),
    ]
    for concerned in (None if agent is None else agent.id, before):
        if concerned is not None:
            steps += _noticed(session, concerned, how, act)
    return steps


def requeued(session: ServiceSession, act: Act, *, mark: Mark) -> list[Step]:
    """Put a session in line again, before all others: its agent did not answer, or is gone."""
    name, before, at = session.conversation_id, session.agent_id, act.at
    line = line_of(
        "requeued", mark=mark or None, agent=before, by=act.by_json, text=act.words or None
    )
    not_to = (*session.not_to, before) if before else session.not_to
    after = replace(_in_line(session, at), mark=mark, not_to=tuple(dict.fromkeys(not_to)))
    owner, more = _owner_in_line(session, at)
    return [
        SetOwner(name, owner, frozenset({"agent"}), (line, *more), at),
        ChangeSession(after),
        *_places(before, None, at),
        row_told(name, at),
        *_noticed(session, before or "", mark or "requeued", act),
    ]


def overflowed(session: ServiceSession, act: Act) -> list[Step]:
    """Mark a session that has waited so long that other groups may answer, too."""
    line = line_of("requeued", mark="overflow", group_id=session.group_id)
    return changed(session, act, line, mark="overflow")


def closed(session: ServiceSession, ending: Ending, act: Act) -> list[Step]:
    """End a session; the bot has the conversation from then on, and knows what was said."""
    name, agent_id, at = session.conversation_id, session.agent_id, act.at
    wrap_up = dict(ending.wrap_up) if ending.wrap_up else None
    lines = [
        line_of(
            ending.how,
            by=ending.by,
            agent=act.by_json,
            wrap_up=wrap_up,
            text=act.words or None,
        )
    ]
    if agent_id is not None and act.by is not None:
        lines.append(line_of("left", agent=act.by_json))
    rating_id = ending.rating_id or session.rating_id
    after = replace(ended(session, by=ending.by, at=at), wrap_up=wrap_up, rating_id=rating_id)
    if ending.is_bots:
        begin: Step = NoteLines(name, tuple(lines), at)
    else:
        lines.append(_event(ConversationResumed(timestamp=at)))
        begin = SetOwner(name, "bot", ANYBODY, tuple(lines), at)
    return [begin, ChangeSession(after), *_places(agent_id, None, at), row_told(name, at)]


def changed(session: ServiceSession, act: Act, *notes: Line, **fields: Any) -> list[Step]:
    """Change fields of a session that nobody else has a share in."""
    after = with_due(replace(session, **fields, changed_at=act.at), act.timing)
    noted = [NoteLines(session.conversation_id, notes, act.at)] if notes else []
    return [*noted, ChangeSession(after), row_told(session.conversation_id, act.at)]


def kept(session: ServiceSession, act: Act, **fields: Any) -> list[Step]:
    """Change fields of a session whatever its state, without letting it seem to have gone on."""
    return [
        ChangeSession(replace(session, **fields)),
        row_told(session.conversation_id, act.at),
    ]


def noticed(conversation_id: str, to: str, what: str, act: Act, words: str | None = None) -> Tell:
    """Tell one agent about something that concerns them."""
    data = {
        "what": what,
        "conversation_id": conversation_id,
        "by": act.by_json,
        "text": act.words if words is None else words,
    }
    return Tell(kind="notice", subject=conversation_id, to=to, data=data, at=act.at)


def line_of(kind: NoteKind, /, **details: Any) -> Line:
    """Return a note for the log; details that are None are left out."""
    return Line(kind="note", body=_encode(note(kind, **details)).decode())


def row_told(conversation_id: str, at: float) -> Tell:
    """Tell all screens that a conversation stands differently in the list."""
    return Tell(kind="row", subject=conversation_id, at=at)


def tagged_told(
    conversation_id: str, added: Sequence[str], removed: Sequence[str], by: Person, at: float
) -> tuple[Step, ...]:
    """Return what tells of other tags of a customer: in the thread, and to all lists."""
    line = line_of(
        "tagged", agent=by.as_json(), added=list(added) or None, removed=list(removed) or None
    )
    return NoteLines(conversation_id, (line,), at), row_told(conversation_id, at)


def _given_to(session: ServiceSession, agent: Person, act: Act) -> ServiceSession:
    at = act.at
    # Whoever is given a customer owes them an answer: one who waited in line, from now on.
    owed = session.unanswered_since if session.state == "assigned" else None
    after = replace(
        session,
        state="assigned",
        changed_at=at,
        agent_id=agent.id,
        assigned_at=at,
        first_assigned_at=session.first_assigned_at or at,
        unanswered_since=owed or at,
        waiting_since=None,
        queued_at=None,
        is_first_in_line=False,
        snoozed_until=None,
        invited=tuple(one for one in session.invited if one != agent.id),
    )
    return with_due(after, act.timing)


def _before(session: ServiceSession) -> frozenset[Owner]:
    """Return whose a conversation may be before an agent gets it from the line.

    Who waits is the queue's; who left a message talks to the bot meanwhile.
    """
    return FREE if session.reason == LEFT_MESSAGE else frozenset({"queue"})


def _silenced(session: ServiceSession, at: float) -> list[Line]:
    """Return what pauses the bot, which answers whoever left a message until then."""
    if session.reason != LEFT_MESSAGE or session.state != "waiting":
        return []
    handoff = {"reason": LEFT_MESSAGE, "detail": session.detail}
    return [_event(ConversationPaused(metadata={HANDOFF_KEY: handoff}, timestamp=at))]


def _owner_in_line(session: ServiceSession, at: float) -> tuple[Owner, list[Line]]:
    """Return whose a conversation is that goes back into the line, and what the log says of it."""
    if session.reason != LEFT_MESSAGE:
        return "queue", []
    resumed = [] if session.state == "waiting" else [_event(ConversationResumed(timestamp=at))]
    return "bot", resumed


def _in_line(session: ServiceSession, at: float) -> ServiceSession:
    return replace(
        session,
        state="waiting",
        changed_at=at,
        agent_id=None,
        assigned_at=None,
        waiting_since=session.waiting_since or at,
        queued_at=at,
        is_first_in_line=True,
        snoozed_until=None,
        unanswered_since=None,
        due_at=None,
    )


def _places(
    before: str | None, after: Person | None, at: float, *, needs: Need = "acceptance"
) -> list[Step]:
    """Return the steps that move a place, agents in the order of their ids."""
    steps: list[tuple[str, Step]] = []
    if before is not None and (after is None or after.id != before):
        steps.append((before, FreeSlot(before)))
    if after is not None and after.id != before:
        steps.append((after.id, TakeSlot(after.id, at, needs=needs)))
    return [step for _, step in sorted(steps, key=lambda pair: pair[0])]


def _noticed(session: ServiceSession, to: str, what: str, act: Act) -> Iterable[Step]:
    if to and (act.by is None or act.by.id != to):
        yield noticed(session.conversation_id, to, what, act)


def _event(event: Event) -> Line:
    raw = encode_event(event, for_log=True)
    return Line(kind=raw["event"], body=_encode(raw).decode())


def _since(begun: float | None, at: float) -> float | None:
    return None if begun is None else round(max(0.0, at - begun), 3)
