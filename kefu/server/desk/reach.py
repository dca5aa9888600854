"""Who may do what at the desk, all of it asked of :func:`kefu.staff.permissions.allows`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kefu.desk.people import Person
from kefu.desk.rows import Reach
from kefu.desk.serving import May
from kefu.desk.sessions import ServiceSession
from kefu.errors import DeskError, StaffError
from kefu.staff.permissions import Actor, Permission, Subject, allows

__all__ = [
    "NOBODYS",
    "can",
    "has_part",
    "may_act",
    "may_answer",
    "may_assign",
    "may_read",
    "may_take",
    "person_of",
    "reach_of",
    "require",
    "sees",
    "subject_of",
]

P = Permission
NOBODYS: Final = Subject()
"""A conversation that no human is wanted in."""


def person_of(actor: Actor, avatar: str = "") -> Person:
    """Return who acts."""
    return Person(actor.account_id, actor.name, avatar)


def reach_of(actor: Actor) -> Reach:
    """Return which conversations somebody sees, as the store is asked."""
    return Reach(
        agent_id=actor.account_id,
        groups=actor.groups,
        sees_groups=allows(actor, P.SESSION_READ_GROUP),
        sees_all=allows(actor, P.SESSION_READ_ALL),
    )


def subject_of(session: ServiceSession | None) -> Subject:
    """Return a conversation as something that is acted on; what nothing is open in is nobody's."""
    if session is None or not session.is_open:
        return NOBODYS
    return Subject(
        agent_id=session.agent_id,
        group_id=session.group_id,
        invited=frozenset(session.invited),
    )


def sees(actor: Actor, subject: Subject) -> bool:
    """Whether somebody may read a conversation."""
    return allows(actor, P.SESSION_READ_MINE, subject)


def has_part(actor: Actor, session: ServiceSession | None) -> bool:
    """Whether a session is somebody's, or they were asked to join."""
    if session is None or not actor.account_id:
        return False
    return actor.account_id in {session.agent_id, *session.invited}


def require(actor: Actor, permission: Permission) -> None:
    """Refuse whoever does not have a permission.

    Raises:
        StaffError: They do not (403).
    """
    if not allows(actor, permission):
        text = f"this needs the permission {permission}"
        raise StaffError(text, problem="not-allowed", status=403)


def may_read(actor: Actor) -> May:
    """Return what refuses whoever may not read a conversation; it is as if there were none."""

    def may(session: ServiceSession | None) -> None:
        if not sees(actor, subject_of(session)):
            raise DeskError("gone", "there is no such conversation", status=404)

    return may


def _may_see(actor: Actor) -> May:
    """Return what refuses to act on what cannot be read.

    Of a conversation that whoever asks could have taken, they are told that somebody else has it.
    """

    def may(session: ServiceSession | None) -> None:
        if session is not None and session.agent_id is not None and session.is_open:
            if sees(actor, subject_of(session)):
                return
            if sees(actor, Subject(group_id=session.group_id)):
                raise DeskError("not-yours", _whose(session))
        may_read(actor)(session)

    return may


def may_act(actor: Actor, permission: Permission, *others: Permission) -> May:
    """Return what lets those act whose session it is and who have ``permission``.

    Whoever has one of ``others`` may whosever session it is.
    """

    def may(session: ServiceSession | None) -> None:
        _may_see(actor)(session)
        if any(allows(actor, one) for one in others):
            return
        require(actor, permission)
        if session is not None and not has_part(actor, session):
            raise DeskError("not-yours", _whose(session))

    return may


def may_answer(actor: Actor) -> May:
    """Return what lets those speak to the customer whose session it is, or who were invited."""
    return may_act(actor, P.SESSION_ANSWER)


def may_assign(actor: Actor) -> May:
    """Return what lets supervisors give a session to somebody."""

    def may(session: ServiceSession | None) -> None:
        _may_see(actor)(session)
        require(actor, P.SESSION_ASSIGN)

    return may


def may_take(actor: Actor) -> May:
    """Return what lets an agent take what waits."""

    def may(session: ServiceSession | None) -> None:
        _may_see(actor)(session)
        require(actor, P.SESSION_CLAIM)

    return may


def _whose(session: ServiceSession) -> str:
    if session.agent_id is None:
        return "this conversation waits for an agent; take it first"
    return "another agent has this conversation"


def can(actor: Actor, session: ServiceSession | None) -> Mapping[str, bool]:
    """Return what somebody may do with a conversation, by name."""
    held = {one: allows(actor, one) for one in P}
    own = has_part(actor, session)
    is_assigned = session is not None and session.state == "assigned"
    is_waiting = session is not None and session.state == "waiting"
    is_mine = session is not None and session.agent_id == (actor.account_id or None)
    rules = held[P.SESSION_ASSIGN]
    return {
        "answer": held[P.SESSION_ANSWER] and own and is_assigned,
        "note": held[P.SESSION_ANSWER],
        "claim": held[P.SESSION_CLAIM] and is_waiting,
        "take_over": held[P.SESSION_TAKE_OVER] and not is_mine,
        "assign": rules and (is_waiting or is_assigned),
        "transfer": (is_assigned and own and held[P.SESSION_TRANSFER])
        or (rules and session is not None),
        "close": session is not None and ((own and held[P.SESSION_ANSWER]) or rules),
        "listen": held[P.SESSION_LISTEN] and not own,
        "whisper": held[P.SESSION_WHISPER] and is_assigned and not is_mine,
        "block": held[P.CUSTOMER_BLOCK],
        "merge": held[P.CUSTOMER_MERGE],
        "tag": held[P.CUSTOMER_TAG],
        "export": held[P.EXPORT],
        "recall": held[P.SESSION_ANSWER] and own,
    }
