"""Puts an app together, starts its parts in order and stops them in reverse."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from kefu.app.actions import custom_actions, why_actions_fail
from kefu.app.attachments import attachment_store
from kefu.app.background import Background
from kefu.app.brokers import queueing
from kefu.app.codes import open_verification
from kefu.app.coordination import GettingAlong, getting_along
from kefu.app.customers import open_customers
from kefu.app.desk import Beside, open_desk
from kefu.app.followers import followers
from kefu.app.following_models import ModelFollower, following
from kefu.app.handoffs import Handoffs
from kefu.app.housekeeping import forget_expired
from kefu.app.models import ServedModel, ServedModels
from kefu.app.reception import FrontDoor
from kefu.app.search import exporting, indexing, searching
from kefu.app.settings import AppSettings
from kefu.app.staff import watched_staff
from kefu.app.standing import watched_humans
from kefu.app.storage import open_storage
from kefu.app.workbench import Aids, allowances_of
from kefu.channels.attachments.store import AttachmentStore
from kefu.channels.base import (
    ChannelContext,
    Connector,
    Flow,
    FlowLimits,
    Siblings,
    TimedState,
)
from kefu.channels.registry import load_connectors
from kefu.clock import Clock, SystemClock
from kefu.core.human_queue import HumanQueue
from kefu.core.names import UTTER_PREFIX
from kefu.customers.customers import Customers
from kefu.customers.verification import Verification
from kefu.customers.views import CustomerViews
from kefu.desk.desk import Desk
from kefu.desk.feed import Feed
from kefu.desk.indexing import Indexing
from kefu.desk.library.drafts import Drafts
from kefu.desk.library.library import Library
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import Reception, ResponseGenerator, Understanding
from kefu.dialogue.settings import BotSettings, default_apology
from kefu.errors import StorageError
from kefu.gateway.feeding import Feeding
from kefu.gateway.gateway import Gateway
from kefu.gateway.ports import Follower, Stores
from kefu.gateway.settings import GatewaySettings
from kefu.logs import fields
from kefu.model.load import Model
from kefu.nlu.interpreter import TimedInterpreter
from kefu.remote.call_back import call_back
from kefu.remote.endpoints import action_endpoint, response_generator
from kefu.server.services import Services
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["App", "open_app"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A running app without a server."""

    settings: AppSettings
    storage: Storage
    models: ServedModels
    gateway: Gateway
    connectors: Sequence[Connector]
    background: Background
    human_queue: HumanQueue | None
    attachments: AttachmentStore
    context: ChannelContext
    """What connectors were given."""
    customers: Customers
    verification: Verification | None
    staff: Staff
    library: Library
    desk: Desk
    aids: Aids
    along: GettingAlong
    """How it gets along with other processes."""
    feeding: Feeding | None
    indexing: Indexing
    follower: ModelFollower | None
    """Answers with the model that others say; None: only what is asked of this process counts."""

    def services(self) -> Services:
        """Return what a server serves of this app."""
        return Services(
            conversations=self.gateway,
            models=self.follower or self.models,
            channels=self.connectors,
            waiting_list=self.human_queue,
            attachments=self.attachments,
            problems=self.problems,
            call_back=call_back,
            measurements=self.measurements,
            channel_events=self.context.counters.counts,
            admits=lambda address: self.context.limits.admits("address", address),
            customers=self.customers,
            staff=self.staff,
            library=self.library,
            desk=self.desk,
            files=self.attachments,
            allowances=allowances_of(self.connectors),
            orders=self.aids.orders,
            suggestions=self.aids.suggestions,
            searching=searching(self.storage),
            exporting=exporting(self.storage, self.attachments),
            customer_views=CustomerViews(self.storage.customers, self.storage.visits),
        )

    async def problems(self) -> list[str]:
        """Return what keeps the app from answering."""
        found = [] if self.models.current else ["no model is loaded"]
        try:
            await self.storage.check()
        except StorageError as error:
            found.append(str(error))
        return found

    def measurements(self) -> dict[str, float]:
        """Return the gateway's counters, named for ``/metrics``."""
        counted = asdict(self.gateway.counters)
        counted |= {f"customer_{k}": v for k, v in asdict(self.customers.counters).items()}
        if self.verification is not None:
            counted |= {f"codes_{k}": v for k, v in asdict(self.verification.counters).items()}
        counters = asdict(self.staff.signing_in.counters)
        counted |= {f"staff_{name}": value for name, value in counters.items()}
        figures = {f"{name}_total": value for name, value in counted.items()}
        figures["staff_live_connections"] = self.staff.watch.count
        figures |= self.desk.measurements()
        if self.gateway.sharing is not None:
            figures["visitors_online"] = self.gateway.sharing.visitors
        fed = {} if self.feeding is None else self.feeding.measurements()
        inbound = self.gateway.inbound
        queued = {} if inbound is None else inbound.measurements()
        found = self.indexing.measurements()
        return {**figures, **self.along.measurements(), **fed, **queued, **found}


@asynccontextmanager
async def open_app(
    settings: AppSettings, *, clock: Clock | None = None, siblings: Siblings | None = None
) -> AsyncIterator[App]:
    """Start everything but the server; at the end, finish turns under way and stop.

    Args:
        settings: What is opened.
        clock: Tells the time.
        siblings: The other processes that serve the same port; None: there are none.

    Raises:
        KefuError: A part cannot be had: no model, no database, an unknown channel.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        stack.enter_context(_importable(settings.root))
        storage = await stack.enter_async_context(open_storage(settings))
        endpoint = _actions(settings, stack)
        handoffs, front_door, limits = Handoffs(clock), FrontDoor(), _limits(settings, clock)
        verification = open_verification(settings, storage, clock)
        background = await stack.enter_async_context(Background())
        along = await stack.enter_async_context(getting_along(settings, storage))
        others = await stack.enter_async_context(followers(settings, storage, background))
        stores, aids = replace(storage.stores, shared=along.shared), Aids.of(settings.desk, stack)
        gateway = _gateway(settings, stores, clock, limits, handoffs, aids.followers(*others.all))
        bots = partial(_bot, settings, clock, endpoint, (front_door, verification))
        models = aids.use(_models(settings, gateway, background, bots))
        await _load_model(settings, models, endpoint, stack, lambda: others.take_over(gateway))
        follower = await _follow(settings, models, storage, (along, clock, background), stack)
        files = await _attachments(settings, storage, clock)
        staff = stack.enter_context(watched_staff(settings, storage, clock, background))
        beside = Beside(gateway, staff, clock, background, along.shared, handoffs, front_door)
        opening = open_desk(settings, storage, beside, language=lambda: models.language)
        desk, library = await stack.enter_async_context(opening)
        customers = open_customers(settings, storage, gateway, clock, files, desk.feed.told_beside)
        context = _context(settings, storage, beside, along, models, siblings)
        context = replace(context, humans=watched_humans(beside, desk, library, stack))
        context = replace(context, limits=limits, attachments=files, customers=customers)
        connectors = _connect(settings, gateway, context, stack)
        background.spawn(aids.remember(storage.desk, gateway, clock.now()))
        _begin_rounds(gateway, background, stack, storage, clock, desk.feed)
        await stack.enter_async_context(queueing(settings, gateway, along.leases, background))
        yield App(
            settings=settings,
            storage=storage,
            models=models,
            gateway=gateway,
            connectors=connectors,
            background=background,
            human_queue=handoffs.queue,
            context=context,
            customers=customers,
            verification=verification,
            staff=staff,
            library=library,
            desk=desk,
            aids=aids,
            along=along,
            attachments=files,
            feeding=others.feeding,
            indexing=stack.enter_context(indexing(storage, along.leases, background)),
            follower=follower,
        )


def _context(
    settings: AppSettings,
    storage: Storage,
    beside: Beside,
    along: GettingAlong,
    models: ServedModels,
    siblings: Siblings | None,
) -> ChannelContext:
    """Return what connectors are given, but for limits, files and customers."""
    return ChannelContext(
        door=beside.gateway,
        clock=beside.clock,
        state_dir=settings.state_dir,
        spawn=beside.background.spawn,
        state=TimedState(storage.channel_state, beside.clock),
        leases=along.leases,
        limits=FlowLimits(beside.clock),
        language=lambda: models.language,
        answers=lambda: models.current.known_answers if models.current else (),
        siblings=siblings,
    )


def _actions(settings: AppSettings, stack: AsyncExitStack) -> Any:
    endpoint = action_endpoint(settings.endpoints.action, settings.root)
    if endpoint is not None:
        stack.push_async_callback(endpoint.close)
    return endpoint


async def _attachments(settings: AppSettings, storage: Storage, clock: Clock) -> AttachmentStore:
    wanted = settings.endpoints.attachments
    return await attachment_store(wanted, storage, clock, settings.root)


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """Let the project's own modules be imported by the names its files give them."""
    folder = str(root.resolve())
    is_new = folder not in sys.path
    if is_new:
        sys.path.insert(0, folder)
    try:
        yield
    finally:
        if is_new and folder in sys.path:
            sys.path.remove(folder)


def _bot_settings(settings: AppSettings, language: str) -> BotSettings:
    action = settings.endpoints.action
    default = default_apology(language)
    apology = default if action is None or action.apology is None else action.apology
    is_response = apology.startswith(UTTER_PREFIX)  # which takes a turn that works
    failure_text = default if is_response else apology
    codes = settings.endpoints.codes
    resend = BotSettings().resend_intent if codes is None else codes.resend_intent
    return BotSettings(
        apology=apology, failure_text=failure_text, language=language, resend_intent=resend
    )


def _bot(
    settings: AppSettings,
    clock: Clock,
    endpoint: Any,
    beside: tuple[Reception, Verification | None],
    model: Model,
) -> tuple[Bot, ResponseGenerator]:
    """Return a bot, and who finds its words."""
    reception, verification = beside
    responses = response_generator(settings.endpoints.nlg, model.domain)
    understanding: Understanding = model.interpreter
    if settings.is_timed:
        understanding = TimedInterpreter(model.interpreter)
    bot = Bot(
        domain=model.domain,
        understanding=understanding,
        predictor=model.ensemble if model.metadata.training != "nlu" else None,
        responses=responses,
        endpoint=endpoint,
        settings=_bot_settings(settings, model.metadata.language),
        clock=clock,
        reception=reception,
        verification=verification,
    )
    return bot, responses


def _models(
    settings: AppSettings,
    gateway: Gateway,
    background: Background,
    bot_of: Callable[[Model], tuple[Bot, ResponseGenerator]],
) -> ServedModels:
    def make_bot(model: Model) -> tuple[Bot, Callable[[], Awaitable[None]]]:
        bot, responses = bot_of(model)

        async def close() -> None:
            await model.interpreter.close()
            closing = getattr(responses, "close", None)
            if closing is not None:
                await closing()

        return bot, close

    longest_turn = 2 * settings.endpoints.gateway.turn_timeout

    async def close_when_unused(served: ServedModel) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(gateway.idle(), longest_turn)
        await served.close()
        log.info("model closed", extra=fields(file=served.file))

    return ServedModels(
        make_bot, gateway.use_bot, lambda served: background.spawn(close_when_unused(served))
    )


async def _load_model(
    settings: AppSettings,
    models: ServedModels,
    endpoint: Any,
    stack: AsyncExitStack,
    begin: Callable[[], Awaitable[None]],
) -> None:
    stack.push_async_callback(_close_model, models)
    models.action_endpoint = endpoint
    if settings.model is None:
        return
    await models.load(settings.model)
    if models.current is not None:
        wanted = custom_actions(models.current.domain)
        warning = await why_actions_fail(wanted, settings.endpoints.action, endpoint)
        if warning:
            log.warning(warning)
        await begin()


async def _follow(
    settings: AppSettings,
    models: ServedModels,
    storage: Storage,
    beside: tuple[GettingAlong, Clock, Background],
    stack: AsyncExitStack,
) -> ModelFollower | None:
    return await stack.enter_async_context(following(settings, models, storage, *beside))


async def _close_model(models: ServedModels) -> None:
    if models.current is not None:
        await models.current.close()


def _gateway(
    settings: AppSettings,
    stores: Stores,
    clock: Clock,
    limits: FlowLimits,
    handoff: Handoffs,
    followers: Sequence[Follower],
) -> Gateway:
    options = settings.endpoints.gateway
    return Gateway(
        None,
        stores,
        clock=clock,
        settings=GatewaySettings(
            merge_waiting=options.merge_waiting,
            max_waiting=options.max_waiting,
            max_running=options.max_running,
            turn_timeout=options.turn_timeout,
            limits=limits,
        ),
        followers=followers,
        handoff=handoff,
    )


def _limits(settings: AppSettings, clock: Clock) -> FlowLimits:
    options = settings.endpoints.gateway
    sender, address = (
        None if flow is None else Flow(**asdict(flow))
        for flow in (options.sender_flow, options.address_flow)
    )
    return FlowLimits(clock, sender=sender, address=address)


def _begin_rounds(
    gateway: Gateway,
    background: Background,
    stack: AsyncExitStack,
    storage: Storage,
    clock: Clock,
    feed: Feed,
) -> None:
    """Let the gateway see to what comes due; its rounds end before the gateway does."""
    drafts = Drafts(storage.desk_items, clock)
    stack.push_async_callback(gateway.close)
    forgetting = partial(forget_expired, storage.channel_state, storage.staff, drafts, feed, clock)
    stack.callback(background.keep_going("housekeeping", forgetting).cancel)
    stack.callback(background.keep_going("gateway", gateway.run).cancel)
    if gateway.sharing is not None:
        stack.callback(background.keep_going("sharing", gateway.sharing.run).cancel)


def _connect(
    settings: AppSettings, gateway: Gateway, context: ChannelContext, stack: AsyncExitStack
) -> list[Connector]:
    if not settings.has_channels:
        return []
    connectors = load_connectors(settings.credentials.channels, context)
    for connector in connectors:
        stack.push_async_callback(connector.close)
        if connector.capabilities.can_push:
            gateway.connect(
                connector.name, connector, joins_texts=connector.capabilities.joins_texts
            )
    return connectors
