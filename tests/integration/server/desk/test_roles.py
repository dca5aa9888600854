"""Every role on every route: who may not is told 403, and nothing else comes of it."""

import re

import pytest

from kefu.server.desk.wiring import DESK_ROUTES
from kefu.staff.permissions import ROLES, Actor, Role, allows


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_asks_for_its_permission(world, role):
    browser = await world.hire("someone", role)
    await world.hand_off("web-a")
    actor = Actor(account_id=browser.id, name="", permissions=ROLES[role])
    for route in DESK_ROUTES:
        path = re.sub(r"<conversation_id:str>", "web-a", route.path.removeprefix("/api/v1/"))
        path = re.sub(r"<\w+:str>", "x", path)
        body = {} if route.method in ("POST", "PUT") else None
        status, problem = await browser.ask(route.method, path, body)
        may = route.permission is None or allows(actor, route.permission)
        if not may:
            assert status == 403, (route.path, problem)
            assert problem["type"] == "urn:kefu:problem:not-allowed"
        else:
            assert status in (200, 201, 204, 400, 404, 409, 415, 403), (route.path, problem)
            assert status != 403 or role in (Role.TRAINER, Role.AGENT, Role.SENIOR), route.path


@pytest.mark.parametrize("token", [None, "Bearer wrong"])
async def test_nobody_gets_in_without_a_login(world, token):
    boss = await world.hire("boss", Role.SUPERVISOR)
    await world.hand_off("web-a")
    await boss.act("../v1/logout".removeprefix("../v1/"), status=204)
    headers = {} if token is None else {"Authorization": token}
    for route in DESK_ROUTES:
        path = re.sub(r"<\w+:str>", "web-a", route.path.removeprefix("/api/v1/"))
        body = {} if route.method in ("POST", "PUT") else None
        status, _ = await boss.ask(route.method, path, body, headers=headers)
        assert status == 401, route.path


async def test_machines_read_and_do_nothing(world):
    lin = await world.hire("lin")
    await world.hand_off("web-a")
    headers = {"Authorization": "Bearer secret"}
    await lin.act("logout", status=204)
    status, page = await lin.ask("GET", "inbox?view=waiting", headers=headers)
    assert (status, len(page["items"])) == (200, 1)
    status, _ = await lin.ask("POST", "conversations/web-a/claim", {}, headers=headers)
    assert status == 403
