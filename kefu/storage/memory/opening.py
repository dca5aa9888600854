"""Puts the in-memory store together."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.ports import Stores
from kefu.storage.memory.attachments import MemoryAttachments
from kefu.storage.memory.channel_state import MemoryChannelState
from kefu.storage.memory.conversations import MemoryConversations
from kefu.storage.memory.customers import MemoryCustomers
from kefu.storage.memory.deliveries import MemoryDeliveries
from kefu.storage.memory.desk import MemoryDesk
from kefu.storage.memory.desk_items import MemoryDeskItems
from kefu.storage.memory.desk_records import DeskShelf
from kefu.storage.memory.leases import MemoryLeases
from kefu.storage.memory.log import MemoryConversationLog
from kefu.storage.memory.records import Shelf
from kefu.storage.memory.reminders import MemoryReminders
from kefu.storage.memory.search import MemorySearch
from kefu.storage.memory.staff import MemoryStaff
from kefu.storage.memory.unfed import MemoryUnfed
from kefu.storage.memory.visits import MemoryVisits
from kefu.storage.opened import Storage

__all__ = ["open_memory"]


def open_memory(*, feeds: Sequence[str] = ()) -> Storage:
    """Return an empty store; what it holds is gone with it."""
    shelf = Shelf(feeds=tuple(feeds))
    visits, desk = MemoryVisits(), DeskShelf(shelf)
    customers, staff = MemoryCustomers(shelf, visits, desk), MemoryStaff()
    at_desk = MemoryDesk(desk, customers)

    async def nothing() -> None:
        return

    return Storage(
        description="memory",
        stores=Stores(
            log=MemoryConversationLog(shelf),
            conversations=MemoryConversations(shelf),
            deliveries=MemoryDeliveries(shelf),
            reminders=MemoryReminders(shelf),
        ),
        leases=MemoryLeases(),
        attachments=MemoryAttachments(),
        channel_state=MemoryChannelState(shelf),
        unfed=MemoryUnfed(shelf),
        customers=customers,
        visits=visits,
        staff=staff,
        desk=at_desk,
        desk_items=MemoryDeskItems(staff),
        search=MemorySearch(shelf, customers, at_desk),
        close=nothing,
        check=nothing,
    )
