"""A desk with a library, and browsers at it, for tests of what agents keep."""

from contextlib import asynccontextmanager

from kefu.app.desk_library import open_library
from kefu.clock import ManualClock
from kefu.server.settings import ServerSettings
from kefu.staff.accounts import Named
from kefu.staff.changes import AddNamed
from kefu.staff.permissions import Role
from kefu.storage.memory import open_memory
from tests.integration.server.test_staff import Desk
from tests.serving import running_server
from tests.staffing import a_staff, hired

TOKEN = {"Authorization": "Bearer secret"}
GROUP, OTHER_GROUP = "g_" + "a" * 20, "g_" + "b" * 20
NOBODY = "g_" + "c" * 20
CONVERSATION = "wang"


class Library(Desk):
    """What a test of the library needs."""

    def __init__(self, server, staff, clock, storage):
        super().__init__(server, staff, clock)
        self.storage = storage

    async def machine(self, method, path, body=None):
        """Ask as whoever has the API's token."""
        return await self.browser().ask(method, path, body, **TOKEN)

    async def acts(self):
        """Return the acts of the library in the audit log."""
        entries = await self.storage.staff.written(after=0, limit=1000)
        return [entry.act for entry in entries if not entry.act.startswith("login.")]

    async def customer(self, address=CONVERSATION, **attributes):
        """Let a customer write, and be known by their attributes; return their id."""
        said = {"sender": address, "message": '/track{"order_no": "A1"}'}
        async with self.server.session.post("/webhooks/rest/webhook", json=said) as answer:
            assert answer.status == 200
        await self.server.customers.set_attributes(address, {"level": "金卡", **attributes})
        _, customer = await self.machine("GET", f"customers?conversation={address}")
        return customer["customer_id"]


@asynccontextmanager
async def a_library(tmp_path):
    """Serve a desk with an account of each role; the agents lin and wu are of one group each."""
    storage, clock = open_memory(), ManualClock()
    staff, _, _ = a_staff(storage.staff)

    async def library(storage, gateway):
        library, _ = await open_library(storage, clock, staff, gateway)
        return library

    settings = ServerSettings(enable_api=True, auth_token="secret")
    async with running_server(
        tmp_path,
        settings=settings,
        staff=staff,
        storage=storage,
        library=library,
        credentials={"rest": {}},
    ) as server:
        desk = Library(server, staff, clock, storage)
        for group, name in ((GROUP, "售后"), (OTHER_GROUP, "售前")):
            named = Named(kind="group", named_id=group, name=name, created_at=1.0)
            await storage.staff.apply([AddNamed(named)])
        for role in Role:
            await hired(staff, f"the-{role}", role)
        await hired(staff, "lin", groups=(GROUP,), display_name="林")
        await hired(staff, "wu", groups=(OTHER_GROUP,))
        try:
            yield desk
        finally:
            await desk.close()
