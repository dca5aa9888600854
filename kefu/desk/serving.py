"""What agents do with conversations, and the desk with them: claim, hand on, close and the rest.

Every act looks at the session, asks ``may`` whether whoever does it may, decides, and is applied
only if nothing changed in between; so of two who do something at the same instant one succeeds and
the other is told how things stand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.signals import Signal
from kefu.desk import moves
from kefu.desk.changes import ChangeReview, Line, Need, Step, Tell
from kefu.desk.changing import Changing
from kefu.desk.moves import Act, Ending, How, Timing, Whereto
from kefu.desk.people import Person, person_of
from kefu.desk.ports import DeskStore, Door
from kefu.desk.sessions import HIGHEST_PRIORITY, Mark, ServiceSession
from kefu.errors import Conflict, DeskError

__all__ = ["May", "Serving"]

May = Callable[[ServiceSession | None], None]
"""Raises when whoever acts may not, as the session stands; None: there is no open session."""

_Place = tuple[str, Need]
"""Whose place is taken, and what must be so."""

MAX_LABELS: Final = 20
MAX_INVITED: Final = 10
MAX_WORDS: Final = 2_000


async def _as_it_is(session: ServiceSession) -> ServiceSession:
    return session


class Serving:
    """Moves service sessions about; ``conversation_id`` may be an address everywhere."""

    def __init__(
        self, store: DeskStore, changing: Changing, door: Door, clock: Clock, timing: Timing
    ) -> None:
        self._store = store
        self._changing = changing
        self._door = door
        self._clock = clock
        self.timing = timing
        self.needs_wrap_up = False
        """Whether sessions that had an agent are closed with a wrap-up only."""
        self.inform = _as_it_is
        """Adds to a session that an agent begins what is known of the customer."""

    # -- who has it ------------------------------------------------------------------------

    async def claim(self, conversation_id: str, by: Person, may: May) -> ServiceSession:
        """Take a conversation that waits; being busy or away keeps nobody from it.

        Raises:
            DeskError: It does not wait, or the agent has no place free.
        """
        return await self.assign(conversation_id, by.id, by, may)

    async def assign(
        self, conversation_id: str, agent_id: str, by: Person, may: May, words: str = ""
    ) -> ServiceSession:
        """Give a conversation that waits to an agent who has a place free.

        Raises:
            DeskError: It does not wait, or the agent is not at work or has no place free.
        """
        how: How = "claim" if by.id == agent_id else "assigned"
        agent = await self._agent(agent_id)

        async def decide(session: ServiceSession) -> Sequence[Step]:
            if session.agent_id == agent_id:
                return ()
            if session.state == "assigned":
                if how == "claim":
                    raise await self._not_yours(session)
                return moves.transferred(session, Whereto(agent=agent), self._by(by, words))
            return moves.assigned(session, agent, self._by(by, words), how=how)

        place: _Place = (agent_id, "place" if how == "claim" else "acceptance")
        session = await self._act(conversation_id, may, decide, place=place)
        self._say_who_has_it(session, agent)
        return session

    async def route(self, session: ServiceSession, agent_id: str) -> bool:
        """Give a session to the agent whom routing chose; False: it is no longer so."""
        agent = await self._agent(agent_id)
        steps = moves.assigned(session, agent, self._by(None), how="routing")
        try:
            await self._changing.apply(steps)
        except Conflict:
            await self.mend(session)
            return False
        self._say_who_has_it(session, agent)
        return True

    async def overflow(self, session: ServiceSession) -> None:
        """Say that others than the group that was asked for may answer by now.

        Raises:
            Conflict: The session has changed.
        """
        await self._changing.apply(moves.overflowed(session, self._by(None)))

    async def mend(self, session: ServiceSession) -> None:
        """End a session that waits although its conversation is the bot's again; others stay.

        That is so when a process died between the bot's commit and telling the desk.
        """
        row = await self._store.row(session.conversation_id)
        is_left = session.reason == moves.LEFT_MESSAGE
        if row is None or row.owner != "bot" or is_left or row.session != session:
            return
        ending = Ending(by="customer", how="withdrawn", is_bots=True)
        await self._changing.apply(moves.closed(session, ending, self._by(None)))

    async def take_over(
        self, conversation_id: str, by: Person, may: May, words: str = ""
    ) -> ServiceSession:
        """Take a conversation from the bot, the line or another agent, whatever one's limit."""
        await self._agent(by.id)
        conversation_id = await self._door.resolve(conversation_id)

        async def decide() -> Sequence[Step]:
            act = self._by(by, words)
            session = await self._store.open_session(conversation_id)
            may(session)
            if session is None:
                session = await self._begun(conversation_id, by)
                ended = await self._draft_ended(conversation_id, act.at)
                return [*moves.taken_from_the_bot(session, by, act), *ended]
            if session.agent_id == by.id:
                return ()
            return moves.transferred(session, Whereto(agent=by), act, how="taken_over")

        session = await self._applied(conversation_id, decide)
        self._say_who_has_it(session, by)
        return session

    async def _draft_ended(self, conversation_id: str, at: float) -> list[Step]:
        """Return what ends a draft of the bot that waits to be looked at."""
        review = await self._store.open_review(conversation_id)
        if review is None:
            return []
        over = replace(review, state="superseded", decided_at=at)
        return [ChangeReview(over), Tell(kind="review", subject=review.review_id, at=at)]

    async def _begun(self, conversation_id: str, by: Person) -> ServiceSession:
        row = await self._store.row(conversation_id)
        if row is None:
            raise DeskError("gone", "there is no such conversation", status=404)
        return await self.inform(moves.begun(row, by, self._clock.now()))

    async def transfer(
        self, conversation_id: str, to: Whereto, by: Person, may: May, words: str = ""
    ) -> ServiceSession:
        """Hand a conversation on to an agent who has a place free, a group's line, or the bot."""
        if to.is_bot:
            ending = Ending(by=by.id, how="given_back")
            return await self._end(conversation_id, by, may, ending, words)
        agent = None if to.agent is None else await self._agent(to.agent.id)

        async def decide(session: ServiceSession) -> Sequence[Step]:
            if agent is not None and session.agent_id == agent.id:
                return ()
            whereto = Whereto(agent=agent, group_id=to.group_id)
            return moves.transferred(session, whereto, self._by(by, words))

        place: _Place | None = None if agent is None else (agent.id, "acceptance")
        session = await self._act(conversation_id, may, decide, place=place)
        self._say_who_has_it(session, agent)
        return session

    async def requeue(
        self,
        conversation_id: str,
        by: Person | None,
        may: May,
        words: str = "",
        *,
        mark: Mark = "",
    ) -> ServiceSession:
        """Put an assigned conversation in line again, before all others."""

        async def decide(session: ServiceSession) -> Sequence[Step]:
            if session.state != "assigned":
                return ()
            return moves.requeued(session, self._by(by, words), mark=mark)

        session = await self._act(conversation_id, may, decide)
        self._say_who_has_it(session, None)
        return session

    # -- the end ---------------------------------------------------------------------------

    async def close(
        self,
        conversation_id: str,
        by: Person,
        may: May,
        *,
        wrap_up: dict[str, Any] | None = None,
        rating_id: str | None = None,
        words: str = "",
    ) -> ServiceSession:
        """End the session; from then on the bot answers the customer.

        Raises:
            DeskError: There is none, or it needs a wrap-up.
        """
        ending = Ending(by=by.id, wrap_up=wrap_up, rating_id=rating_id)

        def may_and_says_why(session: ServiceSession | None) -> None:
            may(session)
            self.check_wrap_up(session, wrap_up)

        return await self._end(conversation_id, by, may_and_says_why, ending, words)

    def check_wrap_up(
        self, session: ServiceSession | None, wrap_up: Mapping[str, Any] | None
    ) -> None:
        """Raise DeskError if an agent had the session, and what it was about has to be said."""
        if session is None or session.first_assigned_at is None or wrap_up:
            return
        if self.needs_wrap_up:
            raise DeskError(
                "wrap-up-needed", "it is closed with a wrap-up code only: 'wrap_up'", status=422
            )

    async def close_idle(self, session: ServiceSession) -> None:
        """End a session in which nobody has said anything for long."""
        await self._changing.apply(moves.closed(session, Ending(by="idle"), self._by(None)))

    async def _end(
        self, conversation_id: str, by: Person, may: May, ending: Ending, words: str
    ) -> ServiceSession:
        async def decide(session: ServiceSession) -> Sequence[Step]:
            return moves.closed(session, ending, self._by(by, words))

        session = await self._act(conversation_id, may, decide)
        data = {"owner": "bot"}
        self._door.signal(session.conversation_id, Signal(kind="owner", by="agent", data=data))
        return session

    async def reopen(self, conversation_id: str, by: Person, may: May) -> ServiceSession:
        """Take up again what was closed, with what was known of it."""
        conversation_id = await self._door.resolve(conversation_id)
        if await self._store.open_session(conversation_id) is not None:
            raise DeskError("not-closed", "this conversation is not closed")
        return await self.take_over(conversation_id, by, may)

    # -- who else is in it -----------------------------------------------------------------

    async def invite(
        self, conversation_id: str, agent_id: str, by: Person, may: May, words: str = ""
    ) -> ServiceSession:
        """Ask a colleague to join; they may read and answer as long as the session lasts."""
        agent = await self._agent(agent_id)

        async def decide(session: ServiceSession) -> Sequence[Step]:
            if agent_id in session.invited or session.agent_id == agent_id:
                return ()
            if len(session.invited) >= MAX_INVITED:
                raise DeskError(
                    "too-many", f"at most {MAX_INVITED} colleagues can be asked to join"
                )
            act = self._by(by, words)
            line = moves.line_of(
                "invited", agent=agent.as_json(), by=act.by_json, text=words or None
            )
            return [
                *moves.changed(session, act, line, invited=(*session.invited, agent_id)),
                moves.noticed(session.conversation_id, agent_id, "invited", act),
            ]

        return await self._act(conversation_id, may, decide)

    async def leave(self, conversation_id: str, by: Person, may: May) -> ServiceSession:
        """Leave a conversation that one was asked to join."""
        return await self._change(
            conversation_id,
            may,
            lambda session: {
                "invited": tuple(one for one in session.invited if one != by.id),
            },
            lambda _: (moves.line_of("left", agent=by.as_json()),),
        )

    # -- what is said about it -------------------------------------------------------------

    async def snooze(
        self, conversation_id: str, until: float | None, by: Person, may: May
    ) -> ServiceSession:
        """Put a conversation aside until then, or until the customer writes; None: no longer."""
        now = self._clock.now()
        if until is not None and until <= now:
            raise DeskError("past", "that time is over already", status=400)

        def lines(session: ServiceSession) -> tuple[Line, ...]:
            if until is None:
                return (moves.line_of("woken", by=by.id),) if session.snoozed_until else ()
            return (moves.line_of("snoozed", until=until, agent=by.as_json()),)

        return await self._change(
            conversation_id,
            may,
            lambda _: {"snoozed_until": until, "unanswered_since": None if until else now},
            lines,
        )

    async def wake(self, session: ServiceSession) -> None:
        """Bring a conversation back whose time has come."""
        act = self._by(None)
        line = moves.line_of("woken", by="time")
        steps = moves.changed(session, act, line, snoozed_until=None, unanswered_since=None)
        if session.agent_id is not None:
            steps.append(moves.noticed(session.conversation_id, session.agent_id, "woken", act))
        await self._changing.apply(steps)

    async def label(
        self,
        conversation_id: str,
        add: Collection[str],
        remove: Collection[str],
        by: Person,
        may: May,
    ) -> ServiceSession:
        """Put labels on, and take labels off."""

        def fields(session: ServiceSession) -> dict[str, Any]:
            kept = [one for one in session.labels if one not in remove]
            labels = tuple(dict.fromkeys([*kept, *add]))
            if len(labels) > MAX_LABELS:
                raise DeskError("too-many", f"a conversation has at most {MAX_LABELS} labels")
            return {"labels": labels}

        def lines(session: ServiceSession) -> tuple[Line, ...]:
            added = [one for one in add if one not in session.labels] or None
            removed = [one for one in remove if one in session.labels] or None
            if not added and not removed:
                return ()
            person = by.as_json()
            return (moves.line_of("labelled", agent=person, added=added, removed=removed),)

        return await self._change(conversation_id, may, fields, lines)

    async def prioritise(
        self, conversation_id: str, priority: int, by: Person, may: May
    ) -> ServiceSession:
        """Say how urgent it is, -2 to 2."""
        if abs(priority) > HIGHEST_PRIORITY:
            raise DeskError("bad-priority", "the priority is a number from -2 to 2", status=400)
        return await self._change(
            conversation_id,
            may,
            lambda _: {"priority": priority},
            lambda _: (moves.line_of("prioritised", priority=priority, agent=by.as_json()),),
        )

    async def read(self, conversation_id: str, seq: int, by: Person) -> None:
        """Take note that the agent whose it is has read up to a place; others change nothing."""

        async def decide() -> Sequence[Step]:
            name = await self._door.resolve(conversation_id)
            session = await self._store.open_session(name)
            if session is None or session.agent_id != by.id or session.read_seq >= seq:
                return ()
            act = Act(at=session.changed_at, timing=self.timing)
            return moves.changed(session, act, read_seq=seq)

        if await self._changing.decide(decide) is not None:
            data = {"up_to": seq}
            self._door.signal(conversation_id, Signal(kind="read", by="agent", data=data))

    async def unread(self, conversation_id: str, seq: int, by: Person, may: May) -> None:
        """Mark what is behind a place as not read."""

        def fields(session: ServiceSession) -> dict[str, Any]:
            if session.agent_id != by.id:
                raise DeskError("not-yours", "only whose it is can mark it as not read")
            return {"read_seq": seq}

        await self._change(conversation_id, may, fields)

    # -- all of them -----------------------------------------------------------------------

    async def answered(self, conversation_id: str, by: Person) -> None:
        """Take note that an agent said something: the customer waits no longer."""

        async def decide() -> Sequence[Step]:
            session = await self._store.open_session(conversation_id)
            if session is None or session.state != "assigned":
                return ()
            if session.unanswered_since is None and session.first_answer_at is not None:
                return ()
            act = self._by(by)
            first = session.first_answer_at or act.at
            changes = {"unanswered_since": None, "first_answer_at": first, "mark": ""}
            return moves.changed(session, act, **changes)

        await self._changing.decide(decide)

    async def rating_asked(self, conversation_id: str, rating_id: str, may: May) -> ServiceSession:
        """Take note of the invitation to rate that is about to be sent."""

        def fields(session: ServiceSession) -> dict[str, Any]:
            if session.state != "assigned":
                raise DeskError("not-yours", "take this conversation before you answer in it")
            return {"rating_id": rating_id}

        return await self._change(conversation_id, may, fields)

    async def _change(
        self,
        conversation_id: str,
        may: May,
        fields: Callable[[ServiceSession], dict[str, Any]],
        lines: Callable[[ServiceSession], tuple[Line, ...]] = lambda _: (),
    ) -> ServiceSession:
        async def decide(session: ServiceSession) -> Sequence[Step]:
            changes = fields(session)
            if all(getattr(session, name) == value for name, value in changes.items()):
                return ()
            return moves.changed(session, self._by(None), *lines(session), **changes)

        return await self._act(conversation_id, may, decide)

    async def _act(
        self,
        conversation_id: str,
        may: May,
        decide: Callable[[ServiceSession], Awaitable[Sequence[Step]]],
        *,
        place: _Place | None = None,
    ) -> ServiceSession:
        conversation_id = await self._door.resolve(conversation_id)

        async def look() -> Sequence[Step]:
            session = await self._store.open_session(conversation_id)
            may(session)
            if session is None:
                raise DeskError(
                    "no-session", "no human is wanted in this conversation, or no longer"
                )
            steps = await decide(session)
            if steps and place is not None:
                await self._check_place(*place)
            return steps

        return await self._applied(conversation_id, look)

    async def _applied(
        self, conversation_id: str, look: Callable[[], Awaitable[Sequence[Step]]]
    ) -> ServiceSession:
        await self._changing.decide(look)
        sessions = await self._store.sessions_of(conversation_id, limit=1)
        if not sessions:
            raise DeskError("gone", "there is no such conversation", status=404)
        return sessions[0]

    def _by(self, by: Person | None, words: str = "") -> Act:
        return Act(at=self._clock.now(), timing=self.timing, by=by, words=words[:MAX_WORDS])

    async def _check_place(self, agent_id: str, needs: Need) -> None:
        agent = await self._store.agent(agent_id)
        if agent is None or (needs == "acceptance" and not agent.is_accepting):
            name = agent_id if agent is None else agent.name
            raise DeskError("not-accepting", f"{name} takes no conversations at the moment")
        if agent.open >= agent.max_sessions:
            raise DeskError(
                "is-full", f"{agent.name} has {agent.open} conversations, which is the most"
            )

    async def _agent(self, agent_id: str) -> Person:
        agent = await self._store.agent(agent_id)
        if agent is None or not agent.is_active:
            raise DeskError("no-agent", "there is no such agent at work", status=404)
        return person_of(agent)

    async def _not_yours(self, session: ServiceSession) -> DeskError:
        agent = await self._store.agent(session.agent_id or "")
        name = "another agent" if agent is None else agent.name
        return DeskError("not-yours", f"{name} has this conversation")

    def _say_who_has_it(self, session: ServiceSession, agent: Person | None) -> None:
        """Tell whoever watches at the moment: the customer's page, too."""
        if agent is None:
            data: dict[str, Any] = {"owner": "queue"}
        else:
            data = {"owner": "agent", "agent": {"name": agent.name, "avatar": agent.avatar}}
        self._door.signal(session.conversation_id, Signal(kind="owner", by="agent", data=data))
