"""Groups and skills."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import UNSET
from sanic.response import HTTPResponse

from kefu.server.answers import json_answer
from kefu.server.desk.library.calls import by_of
from kefu.server.desk.messages import NamedBody, NamedChange, NamedView, named_view
from kefu.server.desk.own import SMALL
from kefu.server.routes.form import PAGING, Form, Page, body_as, paged
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.accounts import NamedKind, key_of
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

READ, MANAGE = Permission.AGENTS_READ, Permission.GROUPS_MANAGE
Serve: TypeAlias = Callable[[ApiCall], Awaitable[HTTPResponse]]


def _listing(kind: NamedKind) -> Serve:
    async def listed(call: ApiCall) -> HTTPResponse:
        found = await call.staff.naming.all(kind)
        return json_answer(paged(call.request, found, lambda one: key_of(one.name), named_view))

    listed.__doc__ = f"List the {kind}s by name."
    return listed


def _showing(kind: NamedKind) -> Serve:
    async def shown(call: ApiCall) -> HTTPResponse:
        return json_answer(named_view(await call.staff.naming.one(kind, call.parts["named_id"])))

    shown.__doc__ = f"Show a {kind}."
    return shown


def _creating(kind: NamedKind) -> Serve:
    async def create(call: ApiCall) -> HTTPResponse:
        body = body_as(call.request, NamedBody)
        made = await call.staff.naming.create(call.acting, kind, body.name, body.description)
        return json_answer(named_view(made), 201)

    create.__doc__ = f"Make a {kind}."
    return create


def _changing(kind: NamedKind) -> Serve:
    async def change(call: ApiCall) -> HTTPResponse:
        body = body_as(call.request, NamedChange)
        changed = await call.staff.naming.change(
            call.acting,
            await call.staff.naming.one(kind, call.parts["named_id"]),
            name=None if body.name is UNSET else body.name,
            description=None if body.description is UNSET else body.description,
            version=None if body.version is UNSET else body.version,
        )
        return json_answer(named_view(changed))

    change.__doc__ = f"Change a {kind}."
    return change


def _removing(kind: NamedKind) -> Serve:
    async def remove(call: ApiCall) -> HTTPResponse:
        named_id = call.parts["named_id"]
        await call.staff.naming.remove(call.acting, kind, named_id)
        if kind == "group" and call.services.library is not None:
            await call.library.forget_group(by_of(call), named_id)
        return HTTPResponse(b"", 204)

    remove.__doc__ = f"Remove a {kind} that no agent has."
    return remove


def _routes(kind: NamedKind) -> tuple[ApiRoute, ...]:
    every, one = f"/api/v1/{kind}s", f"/api/v1/{kind}s/<named_id:str>"
    lists, shows = Form(query=PAGING, answer=Page[NamedView]), Form(answer=NamedView)
    makes = Form(body=NamedBody, answer=NamedView, status=201)
    changes = Form(body=NamedChange, answer=NamedView)
    return (
        ApiRoute("GET", every, _listing(kind), access="staff", permission=READ, form=lists),
        ApiRoute(
            "POST",
            every,
            _creating(kind),
            access="staff",
            permission=MANAGE,
            form=makes,
            max_body=SMALL,
        ),
        ApiRoute("GET", one, _showing(kind), access="staff", permission=READ, form=shows),
        ApiRoute(
            "PUT",
            one,
            _changing(kind),
            access="staff",
            permission=MANAGE,
            form=changes,
            max_body=SMALL,
        ),
        ApiRoute(
            "DELETE",
            one,
            _removing(kind),
            access="staff",
            permission=MANAGE,
            form=Form(status=204),
        ),
    )


ROUTES = (*_routes("group"), *_routes("skill"))
