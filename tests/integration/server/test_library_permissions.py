"""Who may do what with the library: each role, a machine and nobody, on each address."""

import pytest

from kefu.server.desk.library.routes import ROUTES
from kefu.staff.permissions import MACHINE, ROLES, Permission, Role
from tests.integration.server.desk_browsers import CONVERSATION, a_library
from tests.staffing import hired

READERS = {"agent", "senior", "supervisor", "trainer", "admin", "machine"}
ALL = READERS - {"machine"}
SENIORS = {"senior", "supervisor", "admin"}
RULERS = {"supervisor", "admin"}
CUSTOMERS = READERS - {"trainer"}
WORDS = {"supervisor", "trainer", "admin"}

WANTED = {
    "GET canned": ALL,
    "POST canned": ALL,
    "PUT canned/<item_id>": ALL,
    "DELETE canned/<item_id>": ALL,
    "POST canned/<item_id>/used": ALL,
    "POST canned/fill": CUSTOMERS,
    "GET words": WORDS,
    "POST words": WORDS,
    "PUT words/<item_id>": WORDS,
    "DELETE words/<item_id>": WORDS,
    "POST words/check": ALL,
    "GET labels": READERS,
    "POST labels": RULERS,
    "PUT labels/<item_id>": RULERS,
    "DELETE labels/<item_id>": RULERS,
    "GET wrap_up_codes": READERS,
    "POST wrap_up_codes": RULERS,
    "PUT wrap_up_codes/<item_id>": RULERS,
    "DELETE wrap_up_codes/<item_id>": RULERS,
    "GET desk/settings": READERS,
    "PUT desk/settings": RULERS,
    "GET hours": READERS,
    "GET hours/<group_id>": READERS,
    "PUT hours/<group_id>": RULERS,
    "DELETE hours/<group_id>": RULERS,
    "GET drafts": ALL,
    "GET conversations/<conversation_id>/draft": ALL,
    "PUT conversations/<conversation_id>/draft": ALL,
    "DELETE conversations/<conversation_id>/draft": ALL,
    "GET customers/<name>/notes": CUSTOMERS,
    "POST customers/<name>/notes": CUSTOMERS,
    "PUT customers/<name>/notes/<item_id>": CUSTOMERS,
    "DELETE customers/<name>/notes/<item_id>": CUSTOMERS,
    "GET blocks": CUSTOMERS,
    "POST blocks": SENIORS,
    "DELETE blocks/<item_id>": SENIORS,
}
"""Address -> who is let in; what becomes of them there is another matter."""


REFUSED = {"nobody": {401}, "machine": {401, 403}}


def name_of(route):
    return f"{route.method} {route.path.removeprefix('/api/v1/').replace(':str', '')}"


def test_every_address_is_in_the_table():
    assert {name_of(route) for route in ROUTES} == set(WANTED)


@pytest.fixture
async def desk(tmp_path):
    async with a_library(tmp_path) as desk:
        yield desk


@pytest.mark.parametrize("who", [*Role, "machine", "nobody"])
async def test_each_role_is_let_in_where_it_may_and_nowhere_else(desk, who):
    customer = await desk.customer()
    browser = desk.browser()
    if who in set(Role):
        await browser.sign_in(f"the-{who}")
    parts = {
        "<item_id>": "x",
        "<group_id>": "default",
        "<conversation_id>": CONVERSATION,
        "<name>": customer,
    }
    for route, wanted in WANTED.items():
        method, _, path = route.partition(" ")
        for part, value in parts.items():
            path = path.replace(part, value)
        body = None if method in {"GET", "DELETE"} else {}
        if who == "machine":
            status, answer = await desk.machine(method, path, body)
        else:
            status, answer = await browser.ask(method, path, body)
        if who in wanted:
            assert status in {200, 204, 400, 404}, (route, answer)
        else:
            assert status in REFUSED.get(who, {403}), (route, answer)


def test_the_table_is_what_the_permissions_say():
    """A machine has to have the permission, and is nowhere where only a login is asked for."""
    for route in ROUTES:
        wanted = WANTED[name_of(route)]
        permission = route.permission
        assert route.access == "staff"
        assert ("machine" in wanted) == (permission is not None and permission in MACHINE)
        if permission is not None and permission is not Permission.CANNED_EDIT_OWN:
            assert wanted - {"machine"} == {role for role in Role if permission in ROLES[role]}


async def test_a_permission_of_ones_own_opens_what_the_role_does_not(desk):
    await hired(desk.staff, "keeper", permissions=frozenset({Permission.DESK_MANAGE}))
    browser = await desk.signed_in("keeper")
    assert (await browser.ask("POST", "labels", {"name": "退款"}))[0] == 201
    assert (await browser.ask("PUT", "hours/default", {"hours": {}}))[0] == 403
