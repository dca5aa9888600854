"""Reads whole conversations for exports, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

from kefu.desk.entry_pictures import Linked
from kefu.desk.export_rows import ExportRow, LogEntry, row_of
from kefu.desk.export_words import Language

__all__ = ["Exporting", "Logs", "Standing", "Standings"]

_PAGE: Final = 500
_ERASED: Final = "erased"


class Standing(Protocol):
    """Where a conversation stands."""

    @property
    def last_seq(self) -> int:
        """Place of its last entry."""
        ...

    @property
    def answered_seq(self) -> int:
        """Place of the last message that had its turn."""
        ...


class Standings(Protocol):
    """Knows where conversations stand."""

    async def head(self, conversation_id: str) -> Standing | None:
        """Return where a conversation stands; None: there is none."""
        ...

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        ...


class Logs(Protocol):
    """The logs of conversations."""

    async def history(
        self, conversation_id: str, *, after: int = 0, limit: int = 500
    ) -> Sequence[LogEntry]:
        """Return up to ``limit`` entries behind ``after``, ascending."""
        ...


class Exporting:
    """Reads conversations as rows."""

    def __init__(self, logs: Logs, standings: Standings, link: Linked | None = None) -> None:
        """Put it together; ``link`` knows where attachments are."""
        self._logs = logs
        self._standings = standings
        self._link = link

    async def found(self, name: str) -> tuple[str, Standing] | None:
        """Return the conversation of that id, or the one that an address leads to."""
        for conversation_id in (name, await self._standings.resolve(name)):
            standing = await self._standings.head(conversation_id)
            if standing is not None and standing.last_seq:
                return conversation_id, standing
        return None

    async def rows(
        self, conversation_id: str, standing: Standing, language: Language, *, with_private: bool
    ) -> AsyncIterator[ExportRow]:
        """Yield everything up to where the conversation stood, oldest first.

        What was deleted one after the other is one row.
        """
        after, last_kind = 0, ""
        while after < standing.last_seq:
            page = await self._logs.history(conversation_id, after=after, limit=_PAGE)
            if not page:
                return
            for entry in page:
                if entry.seq > standing.last_seq:
                    return
                row = row_of(
                    entry,
                    language,
                    with_private=with_private,
                    is_waiting=entry.seq > standing.answered_seq,
                    link=self._link,
                )
                if row is not None and not row.kind == last_kind == _ERASED:
                    last_kind = row.kind
                    yield row
            after = page[-1].seq
