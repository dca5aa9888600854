"""A library in memory, with a clock that stands still and hours that are easy to read."""

from kefu.clock import ManualClock
from kefu.desk.library.checking import bad
from kefu.desk.library.library import Library
from kefu.desk.library.records import By
from kefu.storage.memory.desk_items import MemoryDeskItems
from kefu.storage.memory.staff import MemoryStaff

LIN = By(agent_id="a_lin", name="林", address="192.0.2.1")
WU = By(agent_id="a_wu", name="吴")


class TwoTimes:
    """Hours that are open from one time to another."""

    def checked(self, hours):
        if set(hours) != {"from", "to"}:
            raise bad("hours have from and to", "hours", why="value")
        return dict(hours)

    def state(self, hours, now):
        if now < hours["from"]:
            return False, hours["from"]
        return (True, hours["to"]) if now < hours["to"] else (False, None)


class KnownVariables:
    """Knows one conversation."""

    def __init__(self, **known):
        self.known = known or {"customer.name": "王芳", "order_no": "A1"}

    async def of(self, conversation_id):
        return self.known if conversation_id == "c1" else None


class Shelves:
    """A library and what stands behind it."""

    def __init__(self, **options):
        self.clock = ManualClock()
        self.staff = MemoryStaff()
        self.items = MemoryDeskItems(self.staff)
        self.library = Library(
            self.items,
            self.clock,
            **{"variables": KnownVariables(), "hours": TwoTimes(), **options},
        )

    async def acts(self):
        """Return the acts of the audit log, the oldest first."""
        return [entry.act for entry in await self.staff.written(after=0, limit=1000)]

    async def told(self):
        """Return what the newest entry of the audit log tells."""
        (entry,) = await self.staff.newest(before=2**53, limit=1)
        return dict(entry.data)
