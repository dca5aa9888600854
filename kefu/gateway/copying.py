"""Keeps copies of conversations, in Rasa's form, where programs of old look for them.

The log is what counts. A copy follows its commits, and may be behind: after a crash until the next
message of the conversation, and while the place of the copies is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol

import msgspec

from kefu.core.codec import decode_event
from kefu.core.events import Event
from kefu.errors import EventError, StorageError
from kefu.gateway.feeding import event_json
from kefu.gateway.ports import ConversationLog
from kefu.gateway.records import MESSAGE, NOTE, REPLACED
from kefu.logs import fields

__all__ = ["Copies", "Copying", "take_over"]

log = logging.getLogger(__name__)

_PAGE: Final = 500
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


class Copies(Protocol):
    """Where copies are kept."""

    async def put(self, conversation_id: str, body: str) -> None:
        """Keep a conversation, as JSON text: ``{"events": […], "name": …}``."""
        ...

    async def get(self, conversation_id: str) -> str | None:
        """Return a conversation; None when there is none."""
        ...

    def known(self) -> AsyncIterator[str]:
        """Give the ids of all that are kept."""
        ...


class Copying:
    """Follows the log with copies; of many commits to a conversation the last is enough."""

    def __init__(self, source: ConversationLog, copies: Copies) -> None:
        self._log = source
        self._copies = copies
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self.failures = 0

    async def committed(
        self, conversation_id: str, events: Sequence[Event], *, channel: str
    ) -> None:
        """Take note that a conversation went on."""
        del events, channel
        self._changed[conversation_id] = None
        self._wake.set()

    async def run(self) -> NoReturn:
        """Copy what has changed, whenever there is something, until cancelled."""
        pause = _PAUSE
        while True:
            self._wake.clear()
            try:
                await self.copy_changed()
                pause = _PAUSE
            except StorageError as error:
                self.failures += 1
                log.warning("copies of conversations are behind", extra=fields(error=str(error)))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            await self._wake.wait()

    async def copy_changed(self) -> None:
        """Copy all conversations that have changed.

        Raises:
            StorageError: It cannot be done; those that are left are copied the next time.
        """
        while self._changed:
            conversation_id = next(iter(self._changed))
            del self._changed[conversation_id]
            try:
                await self._copies.put(conversation_id, await self._body(conversation_id))
            except (StorageError, asyncio.CancelledError):
                self._changed.setdefault(conversation_id)
                raise

    async def _body(self, conversation_id: str) -> str:
        events: list[str] = []
        after = 0
        while page := await self._log.history(conversation_id, after=after, limit=_PAGE):
            for entry in page:
                if entry.kind == REPLACED:
                    events.clear()
                elif entry.kind not in {MESSAGE, NOTE}:
                    events.append(event_json(entry))
            after = page[-1].seq
            if len(page) < _PAGE:
                break
        name = msgspec.json.encode(conversation_id).decode()
        return f'{{"events":[{",".join(events)}],"name":{name}}}'


async def take_over(
    copies: Copies,
    exists: Callable[[str], Awaitable[bool]],
    begin: Callable[[str, Sequence[Event]], Awaitable[object]],
) -> tuple[int, int]:
    """Let conversations that only the copies know go on in the log.

    Args:
        copies: Of Rasa, from before.
        exists: Whether the log knows a conversation.
        begin: Lets one begin with events.

    Returns:
        How many were taken over, and how many could not be read.

    Raises:
        StorageError: The copies, or the log, cannot be reached.
    """
    taken = unreadable = 0
    async for conversation_id in copies.known():
        if await exists(conversation_id):
            continue
        body = await copies.get(conversation_id)
        events = None if body is None else _events(conversation_id, body)
        if events is None:
            unreadable += 1
        elif events:
            await begin(conversation_id, events)
            taken += 1
    return taken, unreadable


def _events(conversation_id: str, body: str) -> list[Event] | None:
    """Return the events of a copy; None if it is none."""
    try:
        raw: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raw = None
    items = raw.get("events") if isinstance(raw, Mapping) else None
    where = fields(conversation_id=conversation_id)
    if not isinstance(items, list):
        log.warning("a conversation that Rasa kept cannot be read", extra=where)
        return None
    events = []
    for item in items:
        try:
            events.append(decode_event(item))
        except EventError as error:
            log.warning("an event that Rasa kept is left out: %s", error, extra=where)
    return events
