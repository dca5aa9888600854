"""How conversations are handled: settings and business hours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from sanic.response import HTTPResponse

from kefu.core.ids import is_id
from kefu.desk.library.checking import no_such
from kefu.desk.library.hours import EVERYBODY, HoursNow
from kefu.desk.library.settings import HandlingSettings, SettingsNow
from kefu.server.answers import json_answer
from kefu.server.desk.library.calls import Version, by_of
from kefu.server.desk.own import SMALL
from kefu.server.routes.form import PAGING, Form, Page, as_time, body_as, paged
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

READ = Permission.AGENTS_READ


class HandlingView(Struct, frozen=True, kw_only=True):
    """The settings of the desk."""

    settings: HandlingSettings
    """What counts."""
    defaults: HandlingSettings
    """What the project's files say."""
    overrides: dict[str, bool | float]
    """What was set instead."""
    version: int


class HandlingBody(Struct, forbid_unknown_fields=True):
    """Settings that count instead of the project's, and nothing but these."""

    overrides: dict[str, Any]
    """Name of a setting -> value; null: as the project says."""
    version: Version | UnsetType = UNSET


class HoursBody(Struct, forbid_unknown_fields=True):
    """Business hours."""

    hours: dict[str, Any]
    """As docs/howto/set_up_the_desk.md describes them."""
    version: Version | UnsetType = UNSET
    """The version that is expected; 0: there are none yet."""


class HoursView(Struct, frozen=True, kw_only=True):
    """Business hours, and what they say now."""

    group: str
    """Id, or `default`: everybody."""
    hours: dict[str, Any] | None
    """Null: it is always open."""
    is_inherited: bool
    """Whether none were set: for a group everybody's count, for everybody the project's."""
    version: int
    """0: there are none of its own."""
    is_open: bool
    """Now."""
    next_change: datetime | None
    """When that changes; null: never."""


def _handling(now: SettingsNow) -> HandlingView:
    return HandlingView(
        settings=now.settings,
        defaults=now.defaults,
        overrides=dict(now.overrides),
        version=now.version,
    )


def hours_view(now: HoursNow) -> HoursView:
    """Return hours as they are shown."""
    return HoursView(
        group=now.group,
        hours=None if now.hours is None else dict(now.hours),
        is_inherited=now.is_inherited,
        version=now.version,
        is_open=now.is_open,
        next_change=None if now.next_change is None else as_time(now.next_change),
    )


async def settings(call: ApiCall) -> HTTPResponse:
    """Show the settings of the desk."""
    return json_answer(_handling(await call.library.settings.now()))


async def set_settings(call: ApiCall) -> HTTPResponse:
    """Set what counts instead of the project's settings."""
    body = body_as(call.request, HandlingBody)
    version = None if body.version is UNSET else body.version
    now = await call.library.settings.change(by_of(call), body.overrides, version=version)
    return json_answer(_handling(now))


async def every_hours(call: ApiCall) -> HTTPResponse:
    """List the hours that were set, everybody's first."""
    found = await call.library.hours.all()
    page = paged(
        call.request,
        found,
        lambda now: "" if now.group == EVERYBODY else now.group,
        hours_view,
    )
    return json_answer(page)


async def hours(call: ApiCall) -> HTTPResponse:
    """Show the hours that count for a group, or for everybody."""
    return json_answer(hours_view(await call.library.hours.of(await _group(call))))


async def set_hours(call: ApiCall) -> HTTPResponse:
    """Set the hours of a group, or of everybody."""
    body = body_as(call.request, HoursBody)
    version = None if body.version is UNSET else body.version
    now = await call.library.hours.set(by_of(call), await _group(call), body.hours, version=version)
    return json_answer(hours_view(now))


async def remove_hours(call: ApiCall) -> HTTPResponse:
    """Let everybody's hours count for a group, or the project's for everybody."""
    await call.library.hours.remove(by_of(call), await _group(call))
    return HTTPResponse(b"", 204)


async def _group(call: ApiCall) -> str:
    group = call.parts["group_id"]
    if group == EVERYBODY:
        return group
    if not is_id(group, "g"):
        raise no_such("group")
    return (await call.staff.naming.one("group", group)).named_id


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/desk/settings",
        settings,
        access="staff",
        permission=READ,
        form=Form(answer=HandlingView),
    ),
    ApiRoute(
        "PUT",
        "/api/v1/desk/settings",
        set_settings,
        access="staff",
        permission=Permission.DESK_MANAGE,
        form=Form(body=HandlingBody, answer=HandlingView),
        max_body=SMALL,
    ),
    ApiRoute(
        "GET",
        "/api/v1/hours",
        every_hours,
        access="staff",
        permission=READ,
        form=Form(query=PAGING, answer=Page[HoursView]),
    ),
    ApiRoute(
        "GET",
        "/api/v1/hours/<group_id:str>",
        hours,
        access="staff",
        permission=READ,
        form=Form(answer=HoursView),
    ),
    ApiRoute(
        "PUT",
        "/api/v1/hours/<group_id:str>",
        set_hours,
        access="staff",
        permission=Permission.HOURS_MANAGE,
        form=Form(body=HoursBody, answer=HoursView),
        max_body=SMALL,
    ),
    ApiRoute(
        "DELETE",
        "/api/v1/hours/<group_id:str>",
        remove_hours,
        access="staff",
        permission=Permission.HOURS_MANAGE,
        form=Form(status=204),
    ),
)
