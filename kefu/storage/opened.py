"""An open store, as the composition root hands it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from kefu.core.attachments import Kept
from kefu.core.leases import Leases
from kefu.core.shared_state import StateChange, StateValue
from kefu.customers.ports import CustomerRecords, VisitStore
from kefu.desk.library.ports import ItemStore
from kefu.desk.ports import DeskStore
from kefu.desk.search_ports import IndexUpkeep, SearchIndex
from kefu.gateway.feeding import Unfed
from kefu.gateway.ports import Stores
from kefu.staff.ports import StaffStore

__all__ = ["ChannelStates", "Storage"]


class ChannelStates(Protocol):
    """Small values that channels keep together: tokens, cursors, quotas."""

    async def get(self, key: str, *, now: float) -> StateValue | None:
        """Return a value that has not expired."""
        ...

    async def put(self, key: str, value: str, *, expires_at: float | None) -> None:
        """Set a value, whatever it was; its version grows."""
        ...

    async def change(self, change: StateChange, *, expires_at: float | None, now: float) -> bool:
        """Set a value if its version is the expected one, 0 for none; return whether it was."""
        ...

    async def drop_expired(self, now: float) -> None:
        """Forget what has expired."""
        ...


class AttachmentRecords(Protocol):
    """Keeps what is known of attachments, without their bytes."""

    async def add(self, kept: Kept) -> None:
        """Remember a file."""
        ...

    async def get(self, attachment_id: str) -> Kept | None:
        """Return what is known of a file; None when there is none of that id."""
        ...

    async def of_conversation(self, conversation_id: str) -> list[Kept]:
        """Return a conversation's files, oldest first."""
        ...

    async def drop(self, conversation_id: str) -> None:
        """Forget what is known of a conversation's files."""
        ...


class SearchStore(SearchIndex, IndexUpkeep, Protocol):
    """The search index, and its upkeep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """All ports of one open store."""

    description: str
    """Where it is, without secrets."""
    stores: Stores
    leases: Leases
    channel_state: ChannelStates
    attachments: AttachmentRecords
    unfed: Unfed
    customers: CustomerRecords
    visits: VisitStore
    staff: StaffStore
    desk: DeskStore
    desk_items: ItemStore
    search: SearchStore
    close: Callable[[], Awaitable[None]]
    """Finishes what is under way and closes the store."""
    check: Callable[[], Awaitable[None]]
    """Returns when the store works; raises :class:`kefu.errors.StorageError` otherwise."""
