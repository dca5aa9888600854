"""Records of the desk for tests, and a desk over a real store."""

import json
from dataclasses import replace

from kefu.desk.agents import DeskAgent, Interval
from kefu.desk.changes import (
    AddReview,
    AddSession,
    ChangeAgent,
    ChangeSession,
    FreeSlot,
    Line,
    SetOwner,
    TakeSlot,
    Tell,
)
from kefu.desk.reviews import Review
from kefu.desk.rows import Reach
from kefu.desk.sessions import ServiceSession
from kefu.gateway.records import Arrival, Commit, NewEntry

NOW = 1_700_000_000.0
EVERYBODY = Reach(sees_all=True)


def a_session(name="s1", conversation="web-a", **changes):
    return ServiceSession(
        **{
            "session_id": name,
            "conversation_id": conversation,
            "opened_at": NOW,
            "changed_at": NOW,
            "waiting_since": NOW,
            **changes,
        }
    )


def an_agent(name="lin", **changes):
    return DeskAgent(
        **{
            "agent_id": f"a_{name}",
            "name": name,
            "max_sessions": 2,
            "status": "online",
            "is_connected": True,
            "is_accepting": True,
            **changes,
        }
    )


def a_review(name="r1", conversation="web-a", **changes):
    return Review(
        **{
            "review_id": name,
            "conversation_id": conversation,
            "key": "k3",
            "question": "多少钱",
            "action": "utter_price",
            "confidence": 0.8,
            "asked_at": NOW,
            "deadline": NOW + 30,
            **changes,
        }
    )


def an_interval(name="lin", begun=NOW, **changes):
    return Interval(
        **{
            "agent_id": f"a_{name}",
            "begun_at": begun,
            "status": "online",
            "is_connected": True,
            "is_accepting": True,
            **changes,
        }
    )


def a_line(**body):
    return Line(kind="note", body=json.dumps({"note": "handoff", **body}))


def to_queue(conversation="web-a", at=NOW, **changes):
    return SetOwner(
        **{
            "conversation_id": conversation,
            "owner": "queue",
            "expected": frozenset({"bot"}),
            "lines": (a_line(),),
            "at": at,
            **changes,
        }
    )


def claim(session, agent_id, at=NOW + 5, **changes):
    """Return the steps of an agent who takes a session that waits."""
    taken = replace(
        session,
        state="assigned",
        agent_id=agent_id,
        assigned_at=at,
        first_assigned_at=session.first_assigned_at or at,
        waiting_since=None,
        changed_at=at,
        **changes,
    )
    owner = to_queue(session.conversation_id, at, owner="agent", expected=frozenset({"queue"}))
    told = Tell(kind="row", subject=session.conversation_id, at=at)
    return [owner, ChangeSession(taken), TakeSlot(agent_id, at), told]


def closing(session, at=NOW + 9):
    """Return the steps that close a session which an agent has."""
    closed = replace(
        session, state="closed", closed_at=at, changed_at=at, closed_by=session.agent_id
    )
    owner = to_queue(session.conversation_id, at, owner="bot", expected=frozenset({"agent"}))
    told = Tell(kind="row", subject=session.conversation_id, at=at)
    return [owner, ChangeSession(closed), FreeSlot(session.agent_id), told]


class World:
    """A store with conversations, agents and sessions in it."""

    def __init__(self, storage):
        self.storage = storage
        self.desk = storage.desk
        self.log = storage.stores.log
        self.numbers = iter(range(1_000_000))

    async def say(self, conversation, at=NOW, channel=None, **body):
        """Let a customer say something that has no turn yet."""
        return await self.log.receive(
            Arrival(
                conversation_id=conversation,
                channel=channel or conversation.partition("-")[0],
                message_id=f"m{next(self.numbers)}",
                timestamp=at,
                body=json.dumps(body or {"text": "hello"}),
            )
        )

    async def commit(self, conversation, kinds=("user", "bot"), at=NOW, owner=None, answers=0):
        stored = await self.log.load(conversation)
        head = stored.head if stored else None
        return await self.log.commit(
            Commit(
                conversation_id=conversation,
                expected_version=head.version if head else 0,
                owner=owner or (head.owner if head else "bot"),
                timestamp=at,
                answers=answers,
                entries=tuple(
                    NewEntry(kind=kind, timestamp=at, body=json.dumps({"event": kind, "n": n}))
                    for n, kind in enumerate(kinds)
                ),
            )
        )

    async def talked(self, *conversations, at=NOW):
        """Let conversations be there in which the bot answered."""
        for conversation in conversations:
            received = await self.say(conversation, at)
            await self.commit(conversation, at=at, answers=received.seq)

    async def hire(self, *names, **changes):
        for name in names:
            await self.desk.apply([ChangeAgent(an_agent(name, **changes))])

    async def waits(self, conversation="web-a", name=None, **changes):
        """Let a conversation wait for an agent; return its session."""
        if await self.storage.stores.conversations.head(conversation) is None:
            await self.talked(conversation)
        session = a_session(name or f"s-{conversation}", conversation, **changes)
        await self.desk.apply([to_queue(conversation, session.changed_at), AddSession(session)])
        return session

    async def served(self, conversation="web-a", agent_id="a_lin", **changes):
        """Let an agent have a conversation; return its session."""
        session = await self.waits(conversation, **changes)
        await self.desk.apply(claim(session, agent_id, session.changed_at))
        return await self.desk.session(session.session_id)

    async def finished(self, conversation="web-a", agent_id="a_lin", at=NOW + 9, **changes):
        """Let a session be over; return it."""
        session = await self.served(conversation, agent_id, **changes)
        await self.desk.apply(closing(session, at))
        return await self.desk.session(session.session_id)

    async def owner(self, conversation="web-a"):
        return (await self.storage.stores.conversations.head(conversation)).owner

    async def listed(self, **query):
        """Return the ids of conversations in a page of the list."""
        from kefu.desk.rows import RowQuery

        query = {"view": "all", "reach": EVERYBODY, **query}
        return [row.conversation_id for row in await self.desk.rows(RowQuery(**query))]

    async def reviewed(self, conversation="web-a", name="r1", **changes):
        review = a_review(name, conversation, **changes)
        await self.desk.apply([AddReview(review)])
        return review
