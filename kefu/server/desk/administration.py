"""The administration of agents, and the audit log of it."""

from __future__ import annotations

import re
from typing import Final

from msgspec import UNSET
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.core.ids import is_id
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.messages import (
    AgentBody,
    AgentChange,
    AgentView,
    AuditView,
    CreatedAgent,
    LinkView,
    LoginView,
    agent_view,
    audit_view,
    given,
    login_view,
)
from kefu.server.desk.own import SMALL
from kefu.server.routes.form import (
    PAGING,
    Form,
    Page,
    as_cursor,
    as_time,
    body_as,
    cursor_of,
    limit_of,
    paged,
)
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.accounts import Account, key_of, number_key
from kefu.staff.invitations import Link
from kefu.staff.permissions import Permission, Role, allows

__all__ = ["ROUTES", "own_url"]

READ, MANAGE = Permission.AGENTS_READ, Permission.AGENTS_MANAGE
THE_END: Final = 2**53
ACT: Final = re.compile(r"[a-z_.]{0,40}")


async def agents(call: ApiCall) -> HTTPResponse:
    """List agents by staff number."""
    words = call.request.args
    role, active = words.get("role"), words.get("active")
    if role and role not in set(Role):
        raise bad_request(f"'role' must be one of {', '.join(Role)}.", "role", "query")
    if active and active not in {"true", "false"}:
        raise bad_request("'active' must be true or false.", "active", "query")
    wanted = key_of(words.get("q") or "")
    found = [
        account
        for account in await call.staff.directory.all()
        if (not role or account.role == role)
        and (not active or account.is_active == (active == "true"))
        and (not wanted or _matches(account, wanted))
    ]
    is_whole = _sees_all(call)
    page = paged(
        call.request,
        found,
        lambda account: number_key(account.staff_number),
        lambda account: agent_view(account, is_whole=is_whole),
    )
    return json_answer(page)


def _matches(account: Account, wanted: str) -> bool:
    names = (account.display_name, account.staff_number, account.login)
    return any(wanted in key_of(name) for name in names)


def _sees_all(call: ApiCall) -> bool:
    return call.admitted is not None and allows(call.admitted.actor, MANAGE)


async def agent(call: ApiCall) -> HTTPResponse:
    """Show an agent, also one that was removed."""
    account = await call.staff.directory.one(call.parts["agent_id"])
    return json_answer(agent_view(account, is_whole=_sees_all(call)))


async def create(call: ApiCall) -> HTTPResponse:
    """Make an account; the answer has the one-time link for its owner, and nothing else has."""
    body = body_as(call.request, AgentBody)
    account, link = await call.staff.directory.create(call.acting, given(body))
    view = CreatedAgent(agent=agent_view(account, is_whole=True), invitation=_link_view(call, link))
    return json_answer(view, 201)


async def change(call: ApiCall) -> HTTPResponse:
    """Change an account; who is disabled is signed out at once."""
    body = body_as(call.request, AgentChange)
    version = None if body.version is UNSET else body.version
    account = await call.staff.directory.change(
        call.acting, call.parts["agent_id"], given(body), version=version
    )
    return json_answer(agent_view(account, is_whole=True))


async def remove(call: ApiCall) -> HTTPResponse:
    """Remove an account; its name stays where it is mentioned."""
    await call.staff.directory.remove(call.acting, call.parts["agent_id"])
    return HTTPResponse(b"", 204)


async def reset(call: ApiCall) -> HTTPResponse:
    """Sign an agent out everywhere, void the password, and give a link for another."""
    link = await call.staff.directory.reset(call.acting, call.parts["agent_id"])
    return json_answer(_link_view(call, link), 201)


async def logins(call: ApiCall) -> HTTPResponse:
    """List the browsers in which an agent is signed in, the latest seen first."""
    account = await call.staff.directory.one(call.parts["agent_id"])
    found = await call.staff.signing_in.logins(account.account_id)
    return json_answer(Page(items=[login_view(login, "") for login in found]))


async def end_login(call: ApiCall) -> HTTPResponse:
    """Sign one browser of an agent out."""
    await call.staff.directory.end_login(
        call.acting, call.parts["agent_id"], call.parts["login_id"]
    )
    return HTTPResponse(b"", 204)


async def audit(call: ApiCall) -> HTTPResponse:
    """List administrative acts, the newest first."""
    behind, limit = cursor_of(call.request), limit_of(call.request)
    if behind is not None and not (behind.isdecimal() and len(behind) < 16):
        raise bad_request("'cursor' must be 'next' of a page.", "cursor", "query")
    act, who = (call.request.args.get(name) or "" for name in ("act", "agent"))
    if not ACT.fullmatch(act):
        raise bad_request("'act' must be an act or the beginning of one.", "act", "query")
    if who and not is_id(who, "a"):
        raise bad_request("'agent' must be the id of an agent.", "agent", "query")
    entries = await call.staff.audit.newest(
        before=THE_END if behind is None else int(behind), limit=limit + 1, act=act, who=who
    )
    shown = entries[:limit]
    following = as_cursor(str(shown[-1].seq)) if len(entries) > limit else None
    return json_answer(Page(items=[audit_view(entry) for entry in shown], next=following))


def _link_view(call: ApiCall, link: Link) -> LinkView:
    base = call.staff.public_url or own_url(call.request)
    return LinkView(
        link=call.staff.link(base, link.token), expires_at=as_time(link.invitation.expires_at)
    )


def own_url(request: Request) -> str:
    """Return where this server was asked."""
    return f"{request.scheme}://{request.host}"


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/agents",
        agents,
        access="staff",
        permission=READ,
        form=Form(
            query={
                "q": "part of a name, number or login",
                "role": "only agents of that role",
                "active": "`true` or `false`",
                **PAGING,
            },
            answer=Page[AgentView],
        ),
    ),
    ApiRoute(
        "POST",
        "/api/v1/agents",
        create,
        access="staff",
        permission=MANAGE,
        form=Form(body=AgentBody, answer=CreatedAgent, status=201),
        max_body=SMALL,
    ),
    ApiRoute(
        "GET",
        "/api/v1/agents/<agent_id:str>",
        agent,
        access="staff",
        permission=READ,
        form=Form(answer=AgentView),
    ),
    ApiRoute(
        "PUT",
        "/api/v1/agents/<agent_id:str>",
        change,
        access="staff",
        permission=MANAGE,
        form=Form(body=AgentChange, answer=AgentView),
        max_body=SMALL,
    ),
    ApiRoute(
        "DELETE",
        "/api/v1/agents/<agent_id:str>",
        remove,
        access="staff",
        permission=MANAGE,
        form=Form(status=204),
    ),
    ApiRoute(
        "POST",
        "/api/v1/agents/<agent_id:str>/reset",
        reset,
        access="staff",
        permission=MANAGE,
        form=Form(answer=LinkView, status=201),
        max_body=SMALL,
    ),
    ApiRoute(
        "GET",
        "/api/v1/agents/<agent_id:str>/logins",
        logins,
        access="staff",
        permission=MANAGE,
        form=Form(answer=Page[LoginView]),
    ),
    ApiRoute(
        "DELETE",
        "/api/v1/agents/<agent_id:str>/logins/<login_id:str>",
        end_login,
        access="staff",
        permission=MANAGE,
        form=Form(status=204),
    ),
    ApiRoute(
        "GET",
        "/api/v1/audit",
        audit,
        access="staff",
        permission=Permission.AUDIT_READ,
        form=Form(
            query={
                "act": "only acts that begin so, such as `agent.`",
                "agent": "only what this agent did, or what was done to them",
                **PAGING,
            },
            answer=Page[AuditView],
        ),
    ),
)
