"""Everything the server serves, put together by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kefu.clock import Clock, SystemClock
from kefu.desk.desk import Desk
from kefu.desk.exporting import Exporting
from kefu.desk.library.library import Library
from kefu.desk.searching import Searching
from kefu.desk.suggestions import Suggestions
from kefu.evaluation.inbox.inbox import TrainingInbox
from kefu.server.customer_ports import CustomerChanges, CustomerViews
from kefu.server.desk_ports import AgentFiles, Allowances, Left, Orders
from kefu.server.job_queue import JobQueue, OwnQueue
from kefu.server.jobs import CallBack
from kefu.server.ports import (
    Conversations,
    Models,
    ServedAttachments,
    ServedChannel,
    WaitingList,
)
from kefu.staff.staff import Staff
from kefu.training.news import NewsBoard

__all__ = ["Services"]


def _nothing() -> Mapping[str, float]:
    return {}


def _everybody(_address: str) -> bool:
    return True


async def _unlimited(_channel: str, _address: str) -> Left | None:
    return None


async def _no_problems() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the server's routes work with."""

    conversations: Conversations
    models: Models
    channels: Sequence[ServedChannel] = ()
    admits: Callable[[str], bool] = field(default=_everybody)
    """Whether a client's address may send another request to a channel at the moment."""
    waiting_list: WaitingList | None = None
    """The human queue; None when the project has none."""
    attachments: ServedAttachments | None = None
    """Files that customers sent; None: there are none to fetch."""
    customers: CustomerChanges | None = None
    """What can be done to customers; None when they are not kept."""
    customer_views: CustomerViews | None = None
    """What is shown of them."""
    staff: Staff | None = None
    """Who works here; None: nobody signs in."""
    library: Library | None = None
    """What agents and administrators keep; None: nothing. It needs a staff."""
    searching: Searching | None = None
    """Finds what was said; None: nothing is kept that could be found."""
    exporting: Exporting | None = None
    """Reads whole conversations."""
    desk: Desk | None = None
    """Where humans take over; None: they do not. It needs a staff."""
    files: AgentFiles | None = None
    """Keeps the files that agents send; None: they send none."""
    allowances: Allowances = field(default=_unlimited)
    """What may still be sent to a customer on a channel."""
    orders: Orders | None = None
    """The shop's orders; None: nobody tells."""
    suggestions: Suggestions | None = None
    """Finds replies for agents; None: nothing does."""
    problems: Callable[[], Awaitable[Sequence[str]]] = field(default=_no_problems)
    """What keeps customers from being answered: no model, a database that cannot be reached."""
    call_back: CallBack | None = None
    """Brings answers that come later to an address; None: nobody does."""
    job_queue: JobQueue = field(default_factory=OwnQueue)
    """Where long work waits for its turn; all processes behind one port have one."""
    news: NewsBoard | None = None
    """What happens while the project's files are watched; None: they are not."""
    training: TrainingInbox | None = None
    """Real messages that trainers make examples of; None: the project's files are not here."""
    tracing: Callable[[str, int], Awaitable[Sequence[Mapping[str, Any]]]] | None = None
    """Tells of a conversation's last turns what was understood and decided; None: to nobody."""
    clock: Clock = field(default_factory=SystemClock)
    measurements: Callable[[], Mapping[str, float]] = field(default=_nothing)
    """Figures for ``/metrics`` by name: those that end in ``_total`` only grow."""
    channel_events: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Channel and event -> how often it happened."""
    all_figures: Callable[[str], Awaitable[str]] | None = None
    """Takes this process's text for ``/metrics``, gives that of all processes behind one port."""
