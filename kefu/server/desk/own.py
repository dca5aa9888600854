"""Signing in and out, and everything about one's own account."""

from __future__ import annotations

from typing import Final

from sanic.response import HTTPResponse

from kefu.server.answers import json_answer
from kefu.server.desk.messages import (
    AgentView,
    InvitedView,
    LoginBody,
    LoginView,
    LookBody,
    MeView,
    PasswordBody,
    SettingsBody,
    SetupBody,
    agent_view,
    invited_view,
    login_view,
    me_view,
)
from kefu.server.guard import whence
from kefu.server.routes.form import Form, Page, body_as
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["ROUTES", "SMALL"]

SMALL: Final = 64 * 1024
"""Longest body of the staff's routes, in bytes."""


async def sign_in(call: ApiCall) -> HTTPResponse:
    """Sign in; the cookie `kefu_desk` is set."""
    call.guard.check_same_site(call.request)
    body = body_as(call.request, LoginBody)
    who, token = await call.staff.signing_in.sign_in(
        body.login,
        body.password,
        whence(call.request),
        instead_of=call.guard.token(call.request),
    )
    answer = json_answer(me_view(who))
    call.guard.set_cookie(call.request, answer, token)
    return answer


async def sign_out(call: ApiCall) -> HTTPResponse:
    """Sign this browser out."""
    await call.staff.signing_in.sign_out(call.guard.token(call.request))
    answer = HTTPResponse(b"", 204)
    call.guard.drop_cookie(call.request, answer)
    return answer


async def me(call: ApiCall) -> HTTPResponse:
    """Show who is signed in, what they may do, and the token against forged requests."""
    return json_answer(me_view(call.who))


async def look(call: ApiCall) -> HTTPResponse:
    """Show what a one-time link is for, without using it up."""
    call.guard.check_same_site(call.request)
    body = body_as(call.request, LookBody)
    return json_answer(invited_view(await call.staff.invitations.look(body.token)))


async def setup(call: ApiCall) -> HTTPResponse:
    """Choose a password, and of a new account login and name, by a one-time link."""
    call.guard.check_same_site(call.request)
    body = body_as(call.request, SetupBody)
    account = await call.staff.invitations.use(
        body.token,
        body.password,
        login=body.login,
        display_name=body.display_name,
        address=whence(call.request).address,
    )
    call.staff.watch.look_now()
    return json_answer(agent_view(account, is_whole=True), 201)


async def logins(call: ApiCall) -> HTTPResponse:
    """List the browsers in which one is signed in, the latest seen first."""
    who = call.who
    found = await call.staff.signing_in.logins(who.account.account_id)
    items = [login_view(login, who.login.login_id) for login in found]
    return json_answer(Page(items=items))


async def end_login(call: ApiCall) -> HTTPResponse:
    """Sign one of one's own browsers out."""
    await call.staff.signing_in.end_login(
        call.who.account, call.parts["login_id"], whence(call.request)
    )
    return HTTPResponse(b"", 204)


async def change_password(call: ApiCall) -> HTTPResponse:
    """Change one's own password; all browsers are signed out, this one is signed in anew."""
    body = body_as(call.request, PasswordBody)
    who, token = await call.staff.signing_in.change_password(
        call.who, body.current, body.new, whence(call.request)
    )
    answer = json_answer(me_view(who))
    call.guard.set_cookie(call.request, answer, token)
    return answer


async def set_settings(call: ApiCall) -> HTTPResponse:
    """Replace what the workbench remembers for oneself."""
    body = body_as(call.request, SettingsBody)
    await call.staff.signing_in.set_settings(call.who.account, body.settings)
    return json_answer(body)


ROUTES = (
    ApiRoute(
        "POST",
        "/api/v1/login",
        sign_in,
        access="open",
        form=Form(body=LoginBody, answer=MeView),
        max_body=SMALL,
    ),
    ApiRoute("POST", "/api/v1/logout", sign_out, access="staff", form=Form(status=204)),
    ApiRoute(
        "POST",
        "/api/v1/setup",
        setup,
        access="open",
        form=Form(body=SetupBody, answer=AgentView, status=201),
        max_body=SMALL,
    ),
    ApiRoute(
        "POST",
        "/api/v1/setup/look",
        look,
        access="open",
        form=Form(body=LookBody, answer=InvitedView),
        max_body=SMALL,
    ),
    ApiRoute("GET", "/api/v1/me", me, access="staff", form=Form(answer=MeView)),
    ApiRoute("GET", "/api/v1/me/logins", logins, access="staff", form=Form(answer=Page[LoginView])),
    ApiRoute(
        "DELETE",
        "/api/v1/me/logins/<login_id:str>",
        end_login,
        access="staff",
        form=Form(status=204),
    ),
    ApiRoute(
        "PUT",
        "/api/v1/me/password",
        change_password,
        access="staff",
        form=Form(body=PasswordBody, answer=MeView),
        max_body=SMALL,
    ),
    ApiRoute(
        "PUT",
        "/api/v1/me/settings",
        set_settings,
        access="staff",
        form=Form(body=SettingsBody, answer=SettingsBody),
        max_body=SMALL,
    ),
)
