"""Acts by which conversations change hands: taken, given, handed on, closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.desk.moves import Whereto
from kefu.desk.people import Person
from kefu.desk.serving import May
from kefu.desk.sessions import ServiceSession
from kefu.errors import DeskError
from kefu.server.answers import bad_request
from kefu.server.desk.calls import (
    AgentId,
    Words,
    actor_of,
    by_of,
    desk_of,
    place_of,
    row_answer,
)
from kefu.server.desk.own import SMALL
from kefu.server.desk.reach import may_act, may_assign, may_read, may_take, require
from kefu.server.desk.shapes import Row
from kefu.server.routes.form import Form, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = [
    "ROUTES",
    "CloseBody",
    "NothingBody",
    "WrapUp",
    "act_route",
    "acting",
    "closing",
    "noted",
]

P = Permission
THIS: Final = "/api/v1/conversations/<conversation_id:str>"
ANYBODY: Final = "*"

Serve = Callable[[ApiCall], Awaitable[HTTPResponse]]


class NothingBody(Struct, forbid_unknown_fields=True):
    """Nothing more to say."""


class NoteBody(Struct, forbid_unknown_fields=True):
    """What is said to colleagues about it."""

    note: Words = ""


class AssignBody(Struct, forbid_unknown_fields=True):
    """Whom to give it to."""

    agent_id: AgentId
    note: Words = ""


class Target(Struct, forbid_unknown_fields=True):
    """One of an agent, a group's line, or the bot; a group `*` is anybody's line."""

    agent_id: AgentId | None = None
    group_id: AgentId | None = None
    bot: bool = False


class TransferBody(Struct, forbid_unknown_fields=True):
    """Whereto, and what whoever gets it should know."""

    to: Target
    note: Words = ""


class WrapUp(Struct, forbid_unknown_fields=True):
    """What it was about."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    comment: Words = ""


class CloseBody(Struct, forbid_unknown_fields=True):
    """How a session ends."""

    wrap_up: WrapUp | None = None
    invite_rating: bool = False
    """Whether the customer is asked how it was."""
    note: Words = ""


async def acting(
    call: ApiCall, act: Coroutine[Any, Any, ServiceSession | int | str | None]
) -> HTTPResponse:
    """Do something to the conversation of the path, and answer with how it stands then.

    Raises:
        DeskError: It cannot be done; of one that is somebody else's, with whose it is.
    """
    try:
        session = await act
    except DeskError as error:
        await _tell_owner(call, error)
        raise
    name = session.conversation_id if isinstance(session, ServiceSession) else await place_of(call)
    return await row_answer(call, name)


async def _tell_owner(call: ApiCall, error: DeskError) -> None:
    if error.problem != "not-yours" or error.details:
        return
    desk = desk_of(call)
    session = await desk.desk.store.open_session(await place_of(call))
    owner = None
    if session is not None and session.agent_id is not None:
        person = (await desk.views.people()).get(session.agent_id)
        name, avatar = ("", "") if person is None else (person.name, person.avatar)
        owner = Person(session.agent_id, name, avatar).as_json()
    error.details = {"owner": owner}


async def noted(call: ApiCall, act: str, **data: Any) -> None:
    """Write down in the audit log what was done to the conversation of the path."""
    said = {name: value for name, value in data.items() if value}
    await call.staff.record(call.acting, act, await place_of(call), said)


def may_close(call: ApiCall) -> May:
    """Return what lets those close a session whose it is, and supervisors."""
    return may_act(actor_of(call), P.SESSION_ANSWER, P.SESSION_ASSIGN)


async def claim(call: ApiCall) -> HTTPResponse:
    """Take a conversation that waits, or with `session.take_over` one of the bot."""
    body_as(call.request, NothingBody)
    desk, actor, name = desk_of(call), actor_of(call), await place_of(call)
    serving = desk.desk.serving
    if await desk.desk.store.open_session(name) is None:
        require(actor, P.SESSION_TAKE_OVER)
        return await acting(call, serving.take_over(name, by_of(call), may_take(actor)))
    return await acting(call, serving.claim(name, by_of(call), may_take(actor)))


async def assign(call: ApiCall) -> HTTPResponse:
    """Give a conversation to an agent."""
    body = body_as(call.request, AssignBody)
    serving = desk_of(call).desk.serving
    answer = await acting(
        call,
        serving.assign(
            call.conversation_id, body.agent_id, by_of(call), may_assign(actor_of(call)), body.note
        ),
    )
    await noted(call, "session.assigned", agent=body.agent_id)
    return answer


async def take_over(call: ApiCall) -> HTTPResponse:
    """Take a conversation from an agent, the line or the bot, whatever one's limit."""
    body = body_as(call.request, NoteBody)
    actor, name = actor_of(call), await place_of(call)
    before = await desk_of(call).desk.store.open_session(name)
    serving = desk_of(call).desk.serving
    answer = await acting(call, serving.take_over(name, by_of(call), may_read(actor), body.note))
    await noted(call, "session.taken_over", before=before.agent_id if before else None)
    return answer


async def transfer(call: ApiCall) -> HTTPResponse:
    """Hand a conversation on to an agent, a group's line, or the bot."""
    body = body_as(call.request, TransferBody)
    actor, serving = actor_of(call), desk_of(call).desk.serving
    may = may_act(actor, P.SESSION_TRANSFER, P.SESSION_ASSIGN)
    to = await _whereto(call, body.to)
    return await acting(
        call, serving.transfer(call.conversation_id, to, by_of(call), may, body.note)
    )


async def _whereto(call: ApiCall, to: Target) -> Whereto:
    if sum((to.agent_id is not None, to.group_id is not None, to.bot)) != 1:
        raise bad_request("'to' names one of agent_id, group_id and bot.", "to")
    if to.agent_id is not None:
        return Whereto(agent=Person(to.agent_id, ""))
    if to.bot:
        return Whereto(is_bot=True)
    if to.group_id == ANYBODY:
        return Whereto()
    group = await call.staff.naming.one("group", to.group_id or "")
    return Whereto(group_id=group.named_id)


async def requeue(call: ApiCall) -> HTTPResponse:
    """Put a conversation in line again, before all others."""
    body = body_as(call.request, NoteBody)
    may = may_act(actor_of(call), P.SESSION_TRANSFER, P.SESSION_ASSIGN)
    serving = desk_of(call).desk.serving
    return await acting(call, serving.requeue(call.conversation_id, by_of(call), may, body.note))


async def close(call: ApiCall) -> HTTPResponse:
    """End a session; from then on the bot answers the customer."""
    body, name = body_as(call.request, CloseBody), await place_of(call)
    session = await desk_of(call).desk.store.open_session(name)
    answer = await acting(call, closing(call, name, body))
    if session is not None and session.agent_id != by_of(call).id:
        await noted(call, "session.closed", agent=session.agent_id)
    return answer


async def closing(call: ApiCall, name: str, body: CloseBody) -> ServiceSession:
    """End the session of a conversation, asking the customer how it was if that is wanted.

    Raises:
        DeskError: There is no session, or this agent may not end it.
    """
    desk, by, may = desk_of(call).desk, by_of(call), may_close(call)
    rating_id = wrap_up = None
    if body.wrap_up is not None:
        wrap_up = {"code": body.wrap_up.code, "comment": body.wrap_up.comment}
    if body.invite_rating:
        session = await desk.store.open_session(name)
        desk.serving.check_wrap_up(session, wrap_up)  # before the customer is asked
        if session is not None and session.state == "assigned":
            rating_id = await desk.speaking.ask_for_rating(name, by, may)
    return await desk.serving.close(
        name, by, may, wrap_up=wrap_up, rating_id=rating_id, words=body.note
    )


async def reopen(call: ApiCall) -> HTTPResponse:
    """Take up again what was closed."""
    body_as(call.request, NothingBody)
    serving = desk_of(call).desk.serving
    may = may_take(actor_of(call))
    return await acting(call, serving.reopen(call.conversation_id, by_of(call), may))


async def invite(call: ApiCall) -> HTTPResponse:
    """Ask a colleague to join; they may read and answer as long as the session lasts."""
    body = body_as(call.request, AssignBody)
    serving = desk_of(call).desk.serving
    may = may_act(actor_of(call), P.SESSION_ANSWER, P.SESSION_ASSIGN)
    return await acting(
        call, serving.invite(call.conversation_id, body.agent_id, by_of(call), may, body.note)
    )


async def leave(call: ApiCall) -> HTTPResponse:
    """Leave a conversation that one was asked to join."""
    body_as(call.request, NothingBody)
    serving, may = desk_of(call).desk.serving, may_read(actor_of(call))
    return await acting(call, serving.leave(call.conversation_id, by_of(call), may))


def act_route(
    name: str, serve: Serve, permission: Permission, body: Any, answer: Any = Row, status: int = 200
) -> ApiRoute:
    """Return the route of an act on a conversation."""
    return ApiRoute(
        "POST",
        f"{THIS}/{name}",
        serve,
        access="staff",
        permission=permission,
        form=Form(body=body, answer=answer, status=status),
        max_body=SMALL,
    )


ROUTES = (
    act_route("claim", claim, P.SESSION_CLAIM, NothingBody),
    act_route("assign", assign, P.SESSION_ASSIGN, AssignBody),
    act_route("take_over", take_over, P.SESSION_TAKE_OVER, NoteBody),
    act_route("transfer", transfer, P.SESSION_TRANSFER, TransferBody),
    act_route("requeue", requeue, P.SESSION_TRANSFER, NoteBody),
    act_route("close", close, P.SESSION_ANSWER, CloseBody),
    act_route("reopen", reopen, P.SESSION_CLAIM, NothingBody),
    act_route("invite", invite, P.SESSION_ANSWER, AssignBody),
    act_route("leave", leave, P.SESSION_READ_MINE, NothingBody),
)
