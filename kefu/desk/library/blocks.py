"""Blocks: whom nobody listens to for a while, or for good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from kefu.clock import Clock
from kefu.desk.library.checking import bad, checked_line
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import By, DropItem, Kept, Step
from kefu.errors import DeskError

__all__ = ["BLOCKS", "Block", "BlockList", "Blocked", "Blocks"]

Blocked: TypeAlias = Literal["customer", "address"]

_MOST: Final = 50_000
_MAX_VALUE: Final = 255
_MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Somebody who is blocked."""

    kind: Blocked
    value: str
    """Id of a customer, or an address of a channel."""
    until: float | None
    """In seconds since the epoch; None: for good."""
    reason: str = ""
    by: str = ""
    """Account of whoever did it."""
    by_name: str = ""


BLOCKS: Final = Kind(
    name="block",
    words="block",
    plural="blocks",
    prefix="b",
    record=Block,
    key=lambda block: f"{block.kind}:{block.value}",
    most=_MOST,
)


class BlockList:
    """All blocks at a moment."""

    def __init__(self, blocks: Iterable[Block] = ()) -> None:
        self._until: dict[tuple[Blocked, str], float] = {
            (block.kind, block.value): float("inf") if block.until is None else block.until
            for block in blocks
        }

    @property
    def has_customers(self) -> bool:
        """Whether any customer is, or was, blocked."""
        return any(kind == "customer" for kind, _ in self._until)

    def is_blocked(self, address: str, now: float, *, customer: str = "") -> bool:
        """Whether an address, or the customer that it belongs to, is blocked.

        Args:
            address: As the channel has it.
            now: Seconds since the epoch.
            customer: Id of the customer, if it is known.
        """
        if not self._until:
            return False
        address_until = self._until.get(("address", address), 0.0)
        customer_until = self._until.get(("customer", customer), 0.0) if customer else 0.0
        return max(address_until, customer_until) > now


class Blocks:
    """Keeps blocks."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._clock = clock
        self._keeping = Keeping(store, clock, BLOCKS)
        self._ready: tuple[int, BlockList] = (-1, BlockList())

    async def all(self) -> list[Kept[Block]]:
        """Return all blocks, the newest first; also those that are over."""
        blocks = await self._keeping.all()
        return sorted(blocks, key=lambda kept: (-kept.created_at, kept.item_id))

    def is_over(self, kept: Kept[Block]) -> bool:
        """Whether a block has ended by itself."""
        return kept.what.until is not None and kept.what.until <= self._clock.now()

    async def current(self) -> BlockList:
        """Return the blocks that there are now; they are read anew only after a change."""
        revision = await self._keeping.revision()
        if revision != self._ready[0]:
            blocks = await self._keeping.all()
            self._ready = (revision, BlockList(kept.what for kept in blocks))
        return self._ready[1]

    async def block(
        self, by: By, kind: Blocked, value: str, *, until: float | None, reason: str = ""
    ) -> Kept[Block]:
        """Block somebody.

        Raises:
            DeskError: A field is not good (400), or they are blocked already (409).
        """
        if until is not None and until <= self._clock.now():
            raise bad("until is in the past", "until", why="past")
        block = Block(
            kind=kind,
            value=checked_line(value, kind, most=_MAX_VALUE),
            until=until,
            reason=checked_line(reason, "reason", most=_MAX_REASON, least=0),
            by=by.agent_id,
            by_name=by.name,
        )
        over: list[Step] = [
            DropItem(BLOCKS.name, kept.item_id, kept.version)
            for kept in await self._keeping.all()
            if (kept.what.kind, kept.what.value) == (kind, block.value) and self.is_over(kept)
        ]
        try:
            return await self._keeping.add(by, block, before=over)
        except DeskError as error:
            if error.problem != "name-taken":
                raise
            raise DeskError(
                "blocked-already",
                f"this {kind} is blocked already; end that block first to change it",
                status=409,
            ) from error

    async def end(self, by: By, item_id: str) -> None:
        """End a block.

        Raises:
            DeskError: There is none (404).
        """
        await self._keeping.remove(by, await self._keeping.one(item_id))
