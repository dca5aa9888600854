"""Who is there, and the supervisor's board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.desk.agents import Status
from kefu.desk.board import GroupState, Today
from kefu.server.answers import json_answer
from kefu.server.desk.calls import actor_of, desk_of
from kefu.server.desk.items import moment
from kefu.server.desk.own import SMALL
from kefu.server.desk.reach import sees, subject_of
from kefu.server.desk.rows import presence_shown
from kefu.server.desk.shapes import BoardShown, GroupShown, PresenceShown, Row, TodayShown
from kefu.server.routes.form import Form, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

P = Permission
MOST_WAITING: Final = 200


class PresenceBody(Struct, forbid_unknown_fields=True):
    """What one declares."""

    status: Status
    reason: Annotated[str, Meta(max_length=100)] = ""


class PresencesShown(Struct, frozen=True):
    """Whether agents are there."""

    items: list[PresenceShown]


async def presence(call: ApiCall) -> HTTPResponse:
    """List all agents, with whether they are there."""
    agents = await desk_of(call).desk.store.agents()
    return json_answer(PresencesShown([presence_shown(one) for one in agents if one.is_active]))


async def declare(call: ApiCall) -> HTTPResponse:
    """Say that one is online, busy, away or offline, and why."""
    body = body_as(call.request, PresenceBody)
    account_id = call.who.account.account_id
    agent = await desk_of(call).desk.presence.declare(account_id, body.status, body.reason)
    return json_answer(presence_shown(agent))


async def board(call: ApiCall) -> HTTPResponse:
    """Show who waits, who is there, how groups stand, and today's figures."""
    desk, actor = desk_of(call), actor_of(call)
    groups = {named.named_id: named.name for named in await call.staff.naming.all("group")}
    state = await desk.desk.board.state(list(groups))
    waiting: list[Row] = []
    for session in state.waiting:
        if len(waiting) == MOST_WAITING:
            break
        if not sees(actor, subject_of(session)):
            continue
        record = await desk.desk.store.row(session.conversation_id)
        if record is not None:
            waiting.append(await desk.views.shown(record))
    since = state.longest_wait_since
    shown = BoardShown(
        waiting=waiting,
        waiting_count=len(state.waiting),
        longest_wait_since=None if since is None else moment(since),
        agents=[presence_shown(agent) for agent in state.agents if agent.is_active],
        groups=_groups(state.groups, groups),
        today=_today(state.today),
    )
    return json_answer(shown)


def _groups(states: Sequence[GroupState], names: dict[str, str]) -> list[GroupShown]:
    return [
        GroupShown(
            group_id=one.group_id or "",
            name=names.get(one.group_id or "", ""),
            waiting=one.waiting,
            longest_wait_since=None
            if one.longest_wait_since is None
            else moment(one.longest_wait_since),
            agents_accepting=one.agents_accepting,
            free_slots=one.free_slots,
            expected_wait_seconds=one.expected_wait_seconds,
        )
        for one in states
    ]


def _today(today: Today) -> TodayShown:
    return TodayShown(
        requested=today.requested,
        answered=today.answered,
        closed=today.closed,
        abandoned=today.abandoned,
        median_wait_seconds=today.median_wait_seconds,
        median_handling_seconds=today.median_handling_seconds,
    )


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/presence",
        presence,
        access="staff",
        permission=P.AGENTS_READ,
        form=Form(answer=PresencesShown),
    ),
    ApiRoute(
        "PUT",
        "/api/v1/me/presence",
        declare,
        access="staff",
        form=Form(body=PresenceBody, answer=PresenceShown),
        max_body=SMALL,
    ),
    ApiRoute(
        "GET",
        "/api/v1/board",
        board,
        access="staff",
        permission=P.BOARD_READ,
        form=Form(answer=BoardShown),
    ),
)
