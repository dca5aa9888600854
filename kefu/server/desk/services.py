"""What the desk's routes and live lines work with, put together from the services of the app."""

from __future__ import annotations

from dataclasses import dataclass, field

from kefu.clock import Clock
from kefu.desk.desk import Desk
from kefu.desk.library.library import Library
from kefu.desk.suggestions import Suggestions
from kefu.server.desk.items import Items
from kefu.server.desk.live.hub import LiveHub
from kefu.server.desk.threads import ThreadReader
from kefu.server.desk.views import DeskViews
from kefu.server.desk_ports import AgentFiles, Allowances, Customers, Left, Orders, Threads

__all__ = ["DeskServices"]


async def _no_limit(_channel: str, _address: str) -> Left | None:
    return None


@dataclass(slots=True, kw_only=True)
class DeskServices:
    """The desk as it is served; :attr:`live` has to run meanwhile for live lines to work."""

    desk: Desk
    threads: Threads
    clock: Clock
    library: Library | None = None
    customers: Customers | None = None
    files: AgentFiles | None = None
    """Keeps what agents send; None: they cannot send files."""
    allowances: Allowances = field(default=_no_limit)
    orders: Orders | None = None
    """The shop's; None: the project names none."""
    suggestions: Suggestions | None = None
    views: DeskViews = field(init=False)
    reader: ThreadReader = field(init=False)
    merged_reader: ThreadReader = field(init=False)
    """Of conversations that were merged into others."""
    live: LiveHub = field(init=False)

    def __post_init__(self) -> None:
        """Put together what follows from the rest."""
        link = None if self.files is None else self.files.link
        self.views = DeskViews(self.desk, self.clock)
        self.reader = ThreadReader(self.threads, Items(link))
        self.merged_reader = ThreadReader(self.threads, Items(link), follows=False)
        self.live = LiveHub(self.desk, self.threads, self.views, self.reader, self.clock)

    async def drafts_of(self, agent_id: str) -> frozenset[str]:
        """Return the conversations in which an agent has begun to write."""
        if self.library is None or not agent_id:
            return frozenset()
        drafts = await self.library.drafts.of(agent_id)
        return frozenset(kept.what.conversation_id for kept in drafts)

    async def is_blocked(self, address: str, customer_id: str) -> bool:
        """Whether a customer, or the address at which they write, is blocked."""
        if self.library is None:
            return False
        blocks = await self.library.blocks.current()
        return blocks.is_blocked(address, self.clock.now(), customer=customer_id)
