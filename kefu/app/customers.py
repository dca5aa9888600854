"""Puts customers together: stores, the shop's keys, and what the gateway knows of conversations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from kefu.app.settings import AppSettings
from kefu.channels.attachments.store import AttachmentStore
from kefu.clock import Clock
from kefu.core.domain import Domain
from kefu.core.events import SlotSet
from kefu.core.state import ConversationState
from kefu.customers.customers import Customers
from kefu.customers.records import Memory
from kefu.customers.tokens import Tokens
from kefu.desk.library.drafts import Drafts
from kefu.errors import StorageError, Unavailable
from kefu.gateway.gateway import Gateway
from kefu.gateway.live import Live
from kefu.gateway.ports import ConversationLog
from kefu.logs import fields
from kefu.remote.shop_keys import shop_keys
from kefu.storage.opened import Storage

__all__ = ["BotMemories", "Files", "open_customers"]

log = logging.getLogger(__name__)

_PATIENCE = 1.0
"""Seconds that who signs a customer in waits for the bot to be told."""


def open_customers(
    settings: AppSettings,
    storage: Storage,
    gateway: Gateway,
    clock: Clock,
    attachments: AttachmentStore,
    told: Callable[[], None],
) -> Customers:
    """Return the customers of an app; ``told`` is called when the feed of the desk tells of them.

    Raises:
        ProjectError: The shop's keys cannot be read.
    """
    wanted = settings.endpoints.customers
    if not wanted.has_key and wanted.jwt_secret_file:
        log.warning(
            "customers cannot sign in yet: there is no jwt_secret — start the shop first, which"
            " makes the file (this repository: make run, or python -m examples.shop --make-keys),"
            " or export the variable that endpoints.yml names (SHOP_JWT_SECRET); then start again",
            extra=fields(jwt_secret_file=wanted.jwt_secret_file),
        )
    return Customers(
        storage.customers,
        storage.visits,
        BotMemories(
            gateway,
            storage.stores.log,
            attachments,
            told,
            drafts=Drafts(storage.desk_items, clock),
        ),
        tokens=Tokens(wanted, shop_keys(wanted, settings.root, clock), clock),
        settings=wanted,
        clock=clock,
    )


class Files(Protocol):
    """Keeps the files that customers sent."""

    async def forget(self, conversation_id: str) -> None:
        """Delete a conversation's files."""
        ...


class BotMemories:
    """Conversations as customers need them; see :class:`kefu.customers.ports.Conversations`."""

    def __init__(
        self,
        gateway: Gateway,
        stored: ConversationLog,
        files: Files | None = None,
        told: Callable[[], None] | None = None,
        *,
        drafts: Drafts | None = None,
    ) -> None:
        """Put it together.

        Args:
            gateway: Has the conversations.
            stored: Their log.
            files: What customers sent; None where none are kept.
            told: Called when the desk's feed tells of one that merged or was erased.
            drafts: What agents have begun to write; None where there is no desk.
        """
        self._told = told
        self._drafts = drafts
        self._gateway = gateway
        self._log = stored
        self._files = files

    async def memory(self, conversation_id: str) -> Memory | None:
        """Return what the bot remembers."""
        domain = self._domain()
        stored = None if domain is None else await self._log.load(conversation_id)
        if domain is None or stored is None:
            return None
        live = Live.restored(conversation_id, domain, stored)
        return Memory(
            version=stored.head.version,
            slots=live.tracker.state.slots,
            initial=ConversationState.initial(domain).slots,
        )

    async def set_slots(self, conversation_id: str, values: dict[str, Any]) -> None:
        """Let the bot know something of a customer; it goes on without when that fails."""
        domain = self._domain()
        known = {} if domain is None else {k: v for k, v in values.items() if k in domain.slots}
        if domain is None or not known:
            return
        memory = await self.memory(conversation_id)
        have = ConversationState.initial(domain).slots if memory is None else memory.slots
        events = [
            SlotSet(key=name, value=value)
            for name, value in known.items()
            if have.get(name) != domain.slots[name].stored(value)
        ]
        if not events:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._gateway.append_events(conversation_id, events)
        except TimeoutError:
            return  # a turn is under way: it happens after that
        except StorageError as error:
            where = fields(conversation_id=conversation_id, error=str(error))
            log.warning("the bot was not told about a customer", extra=where)

    async def redirected(self, conversation_id: str, to: str) -> None:
        """Let whoever follows either conversation look anew.

        Drafts follow one that is gone, and go back to one that is its own again.
        """
        await self._gateway.look_anew(conversation_id)
        if to != conversation_id:
            await self._gateway.look_anew(to)
            await self._move_drafts(conversation_id, to)
        if self._told is not None:
            self._told()

    async def _move_drafts(self, conversation_id: str, to: str) -> None:
        try:
            if self._drafts is None:
                return
            if await self._gateway.resolve(conversation_id) == to:
                await self._drafts.move(conversation_id, to)
            elif await self._gateway.resolve(to) == to:
                await self._drafts.give_back(to)
        except StorageError as error:
            where = fields(conversation_id=conversation_id, to=to, error=str(error))
            log.warning("drafts did not follow a merge", extra=where)

    async def forget_files(self, address: str) -> None:
        """Delete the files of a conversation."""
        if self._files is not None:
            await self._files.forget(address)

    async def erased(self, conversation_id: str) -> None:
        """Let no process keep in memory what was erased.

        A turn without events makes every process load the conversation anew, and replaces what is
        in the cache that they share.
        """
        await self._gateway.look_anew(conversation_id)
        if self._told is not None:
            self._told()
        if self._domain() is not None and await self._gateway.exists(conversation_id):
            await self._gateway.append_events(conversation_id, ())

    def _domain(self) -> Domain | None:
        try:
            return self._gateway.bot.domain
        except Unavailable:
            return None
