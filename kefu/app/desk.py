"""Puts the desk together: its store, the conversations, the staff, and what else it has to know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NoReturn

from kefu.app.background import Background
from kefu.app.blocking import BlockedSenders
from kefu.app.desk_library import open_library
from kefu.app.handoffs import Handoffs, human_queue_of
from kefu.app.looking import Looking, Named
from kefu.app.reception import DeskReception, FrontDoor
from kefu.app.settings import AppSettings
from kefu.clock import Clock
from kefu.core.contents import Content, content_as_json
from kefu.core.events import BotUttered
from kefu.core.messages import AgentMessage
from kefu.core.signals import Signal
from kefu.desk.agents import DeskAgent
from kefu.desk.changes import Tell
from kefu.desk.desk import Desk, DeskSettings
from kefu.desk.hours import Hours
from kefu.desk.library.blocks import BLOCKS
from kefu.desk.library.library import Library
from kefu.desk.moves import Timing
from kefu.desk.options import routing_rules, unknown_groups, unknown_skills
from kefu.desk.ports import Entry, Said
from kefu.desk.presence import with_profile
from kefu.desk.rating import RatingRules
from kefu.desk.registry import load_strategy
from kefu.desk.reviews import Decision, Review
from kefu.errors import StaffError
from kefu.gateway.coordination import Coordination, LiveBus, LiveMessage
from kefu.gateway.gateway import Gateway
from kefu.gateway.turns import LATEST
from kefu.project.desk_options import DeskOptions
from kefu.staff.accounts import Account, NamedKind
from kefu.staff.permissions import Permission
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["Beside", "BusHints", "GatewayDoor", "open_desk", "profile_of"]

log = logging.getLogger(__name__)

_SETTINGS_SECONDS: Final = 5.0
_END: Final = 2**53
"""A place behind every log's end."""

DESK: Final = "desk"
"""Kind of a live message that says: something was told at the desk."""


class GatewayDoor:
    """The conversations as the desk sees them; see :class:`kefu.desk.ports.Door`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        return await self._gateway.resolve(address)

    async def say(self, message: AgentMessage, admit: Callable[[], Awaitable[None]]) -> Said:
        """Say something to the customer."""
        outcome = await self._gateway.agent_says(message, admit=admit)
        return Said(outcome.seq, outcome.is_repeat)

    async def ask(self, conversation_id: str, content: Content) -> None:
        """Let the bot show the customer something, on the channel they wrote on last."""
        shown = BotUttered(data={"custom": content_as_json(content)})
        await self._gateway.append_events(
            conversation_id, [shown], execute_side_effects=True, output_channel=LATEST
        )

    async def note(self, conversation_id: str, body: Mapping[str, Any]) -> int:
        """Put a note into the log."""
        return await self._gateway.note(conversation_id, body)

    async def changed(self, conversation_id: str) -> None:
        """Let all processes look at a conversation anew."""
        await self._gateway.look_anew(conversation_id)

    def signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell whoever watches it now."""
        self._gateway.signal(conversation_id, signal)

    async def recent(self, conversation_id: str, limit: int) -> Sequence[Entry]:
        """Return its own last entries, oldest first, also of one that was merged."""
        return await self._gateway.earlier(conversation_id, before=_END, limit=limit)

    async def resume_review(
        self, review: Review, decision: Decision, *, text: str | None, agent: Mapping[str, Any]
    ) -> None:
        """Let the bot go on after a review."""
        await self._gateway.resume_review(
            review.conversation_id,
            decision=decision,
            review_id=review.key,
            text=text,
            agent=agent,
        )


@dataclass(frozen=True, slots=True)
class BusHints:
    """Hints at the feed on the live bus; see :class:`kefu.desk.feed.Hints`."""

    bus: LiveBus

    @property
    def is_complete(self) -> bool:
        """Whether everything arrives here now that other processes publish."""
        return self.bus.is_complete

    def publish(self) -> None:
        """Tell the others."""
        self.bus.publish(LiveMessage(conversation_id="", kind=DESK))

    def subscribe(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` when others publish."""

        def heard(message: LiveMessage) -> None:
            if message.kind == DESK:
                hear()

        return self.bus.subscribe(heard)


def profile_of(account: Account) -> DeskAgent:
    """Return what the desk has to know of an account."""
    answers = Permission.SESSION_ANSWER in account.held
    return DeskAgent(
        agent_id=account.account_id,
        name=account.display_name,
        avatar=account.avatar,
        staff_number=account.staff_number,
        languages=frozenset(account.languages),
        skills=dict(account.skills),
        groups=frozenset(account.groups),
        max_sessions=account.max_sessions,
        is_active=account.is_active and not account.is_removed and answers,
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """What the desk works together with."""

    gateway: Gateway
    staff: Staff
    clock: Clock
    background: Background
    shared: Coordination | None
    """With other processes; None: there are none."""
    handoffs: Handoffs
    """Tells of who wants a human."""
    front_door: FrontDoor
    """Where the bot asks what they have to expect."""


@asynccontextmanager
async def open_desk(
    settings: AppSettings, storage: Storage, beside: Beside, *, language: Callable[[], str]
) -> AsyncIterator[tuple[Desk, Library]]:
    """Open the desk with its library, and do what goes on in it by itself, until the end.

    Raises:
        ProjectError: The strategy that desk.yml names, or the human queue, cannot be had.
    """
    options = settings.desk
    library, kept = await open_library(storage, beside.clock, beside.staff, beside.gateway, options)
    blocked = BlockedSenders(library.blocks, storage.customers, beside.clock)
    kept.hears[BLOCKS.name] = blocked.look_again
    beside.gateway.block(blocked)
    looking = Looking(beside.gateway, storage, beside.staff, language, options)
    desk = Desk(
        storage.desk,
        GatewayDoor(beside.gateway),
        beside.clock,
        look=looking.known,
        settings=DeskSettings(
            strategy=load_strategy(options.routing.strategy),
            rules=routing_rules(options.routing, {}),
            hours=partial(_hours_of, library),
        ),
        hints=None if beside.shared is None else BusHints(beside.shared.bus),
    )
    desk.rating.spawn = beside.background.spawn
    beside.handoffs.queue = queue = human_queue_of(settings, desk)
    if queue is not None and not getattr(queue, "is_elsewhere", False):
        beside.front_door.desk = DeskReception(
            desk.board, looking.wanted, language, beside.clock.now
        )

    upkeep = _Upkeep(desk, library, looking, beside, options)
    kept.tell = upkeep.tell
    desk.presence.find = upkeep.profile
    beside.staff.following.add(upkeep.know)
    beside.staff.following.add_of_names(upkeep.named)
    await _know_all(desk, beside.staff)
    await upkeep.apply()
    _warn(options, await looking.named())
    await desk.feed.begin()
    with ExitStack() as stack:
        for name, run in (
            ("desk feed", desk.feed.run),
            ("desk settings", upkeep.run),
            ("desk dispatcher", desk.dispatcher.run),
            ("desk timekeeper", desk.timekeeper.run),
        ):
            stack.callback(beside.background.keep_going(name, run).cancel)
        yield desk, library


@dataclass(frozen=True, slots=True)
class _Upkeep:
    """Lets the desk know of accounts, groups and settings that were changed."""

    desk: Desk
    library: Library
    looking: Looking
    beside: Beside
    options: DeskOptions

    async def run(self) -> NoReturn:
        """Look every few seconds: other processes and the command line change them, too."""
        while True:
            await asyncio.sleep(_SETTINGS_SECONDS)
            if await _know_all(self.desk, self.beside.staff):
                await self.tell("agents")
            await self.apply()

    async def know(self, account: Account) -> None:
        await self.desk.presence.know(profile_of(account))
        await self.tell("agents")

    async def named(self, kind: NamedKind) -> None:
        await self.apply()
        await self.tell(f"{kind}s")

    async def profile(self, account_id: str) -> DeskAgent | None:
        """Return what the desk has to know of an account that it has not seen yet."""
        try:
            account = await self.beside.staff.directory.one(account_id)
        except StaffError:
            return None
        return None if account.is_removed else profile_of(account)

    async def tell(self, what: str) -> None:
        """Tell screens to fetch something again; settings count before any screen knows."""
        if what == "settings":
            await self.apply()
        at = self.beside.clock.now()
        await self.desk.changing.tell(Tell(kind="library", data={"what": what}, at=at))

    async def apply(self) -> None:
        """Let what files, groups and administrators say count from now on."""
        desk, named = self.desk, await self.looking.named()
        desk.rules = routing_rules(self.options.routing, named.groups)
        settings = (await self.library.settings.now()).settings
        timing = Timing(unanswered=settings.unanswered_seconds, idle=settings.close_idle_seconds)
        ratings = RatingRules(csat=settings.csat, nps=settings.nps, hours=settings.rating_hours)
        desk.use(
            timing,
            grace_seconds=settings.grace_seconds,
            ratings=ratings,
            needs_wrap_up=settings.needs_wrap_up,
        )
        desk.shows_typing = settings.typing_preview


async def _know_all(desk: Desk, staff: Staff) -> bool:
    """Take over all accounts and return whether any was changed by others."""
    is_news = False
    known = {one.agent_id: one for one in await desk.store.agents()}
    for account in await staff.directory.all():
        profile = profile_of(account)
        agent = known.pop(account.account_id, None)
        if agent is None or with_profile(agent, profile) != agent:
            await desk.presence.know(profile)
            is_news = True
    for agent in known.values():  # their accounts were removed
        if agent.is_active:
            await desk.presence.know(replace(agent, is_active=False, groups=frozenset()))
            is_news = True
    return is_news


async def _hours_of(library: Library, group_id: str | None) -> Hours | None:
    kept = await library.hours.of(group_id or "")
    return None if kept.hours is None else Hours.from_json(kept.hours)


def _warn(options: DeskOptions, named: Named) -> None:
    """Say which names of desk.yml nobody can have: they are not asked for until they are made."""
    groups = unknown_groups(options, named.groups)
    skills = unknown_skills(options, named.skills)
    if named.groups and groups:
        log.warning("desk.yml names groups that nobody made: %s", ", ".join(groups))
    if named.skills and skills:
        log.warning("desk.yml names skills that nobody made: %s", ", ".join(skills))
