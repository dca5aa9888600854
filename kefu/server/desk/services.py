"""What the desk's routes and live lines work with, put together by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from kefu.clock import Clock
from kefu.desk.desk import Desk
from kefu.desk.suggestions import Suggestions
from kefu.server.desk.items import Items
from kefu.server.desk.live.hub import LiveHub
from kefu.server.desk.ports import AgentFiles, Allowances, Customers, Left, Orders, Threads
from kefu.server.desk.threads import ThreadReader
from kefu.server.desk.views import DeskViews

__all__ = ["DeskServices"]

Drafts = Callable[[str], Awaitable[Collection[str]]]
"""Takes an agent's id; returns the conversations in which they have begun to write."""
IsBlocked = Callable[[str, str], Awaitable[bool]]
"""Takes a conversation's and a customer's id."""


async def _no_drafts(_agent_id: str) -> Collection[str]:
    return ()


async def _no_limit(_channel: str, _address: str) -> Left | None:
    return None


async def _is_not(_conversation_id: str, _customer_id: str) -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class DeskServices:
    """The desk as it is served; :attr:`live` has to run meanwhile for live lines to work."""

    desk: Desk
    threads: Threads
    clock: Clock
    customers: Customers | None = None
    files: AgentFiles | None = None
    """Keeps what agents send; None: they cannot send files."""
    drafts: Drafts = field(default=_no_drafts)
    allowances: Allowances = field(default=_no_limit)
    is_blocked: IsBlocked = field(default=_is_not)
    orders: Orders | None = None
    """The shop's; None: the project names none."""
    suggestions: Suggestions | None = None
    views: DeskViews = field(init=False)
    reader: ThreadReader = field(init=False)
    live: LiveHub = field(init=False)

    def __post_init__(self) -> None:
        """Put together what follows from the rest."""
        link = None if self.files is None else self.files.link
        self.views = DeskViews(self.desk)
        self.reader = ThreadReader(self.threads, Items(link))
        self.live = LiveHub(self.desk, self.threads, self.views, self.reader, self.clock)
