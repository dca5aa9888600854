"""A server in this process: the real one around a bot whose policy is a table.

``async with running_server() as server:`` gives its address and the parts behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from kefu.app.customers import BotMemories
from kefu.channels.base import ChannelContext, FlowLimits, TimedState
from kefu.channels.registry import load_connectors
from kefu.clock import SystemClock
from kefu.core.domain import Domain
from kefu.core.names import ACTION_LISTEN
from kefu.customers.customers import Customers
from kefu.customers.tokens import Tokens
from kefu.customers.views import CustomerViews
from kefu.desk.exporting import Exporting
from kefu.desk.library.library import Library
from kefu.desk.searching import Searching
from kefu.dialogue.bot import Bot
from kefu.errors import ModelError
from kefu.evaluation.inbox.inbox import TrainingInbox
from kefu.gateway.gateway import Gateway, GatewaySettings
from kefu.policies.policy import PolicyPrediction
from kefu.project.settings import CustomerSettings
from kefu.remote.call_back import call_back
from kefu.remote.shop_keys import shop_keys
from kefu.server.app import build_app
from kefu.server.services import Services
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from kefu.staff.staff import Staff
from kefu.storage.memory import open_memory

DOMAIN = {
    "intents": ["greet", "track", "handoff", "silence", "EXTERNAL_shipped"],
    "entities": ["order_no"],
    "slots": {
        "order_no": {"type": "text", "mappings": [{"type": "from_entity", "entity": "order_no"}]}
    },
    "responses": {
        "utter_greet": [
            {
                "text": "您好！想问点什么？",
                "buttons": [{"title": "查物流", "payload": '/track{"order_no": "A1"}'}],
            }
        ],
        "utter_track": [{"text": "订单 {order_no} 正在派送。\n\n请耐心等待。"}],
        "utter_image": [{"text": "图", "image": "/widget/icon.svg"}],
    },
}
ACTIONS = {"greet": "utter_greet", "track": "utter_track", "EXTERNAL_shipped": "utter_track"}


class TablePolicy:
    """Answers an intent with its action, then listens."""

    def predict(self, tracker: Any) -> PolicyPrediction:
        message = tracker.state.latest_message
        action = ACTION_LISTEN
        if tracker.state.latest_action_name == ACTION_LISTEN and message is not None:
            action = ACTIONS.get(message.intent_name or "", ACTION_LISTEN)
        return PolicyPrediction.for_action(action, policy_name="TablePolicy")


class OneModel:
    """Holds one model, which can be put away and taken out again."""

    def __init__(self, gateway: Gateway, bot: Bot) -> None:
        self.file, self.model_id, self.domain = "models/table.tar.gz", "m-1", bot.domain
        self._gateway, self._bot, self._is_loaded = gateway, bot, True
        self.parse, self.predict = bot.parse, bot.predict_next

    @property
    def current(self) -> Any:
        return self if self._is_loaded else None

    async def load(self, path: str) -> None:
        if path != self.file:
            raise ModelError(f"{path}: no such file")
        self._is_loaded = True
        self._gateway.use_bot(self._bot)

    @asynccontextmanager
    async def look(self, path: str) -> AsyncIterator[Any]:
        if path != self.file:
            raise ModelError(f"{path}: no such file")
        yield self

    async def load_from_server(self, section: Mapping[str, Any]) -> None:
        raise ModelError(f"no server at {section.get('url')}")

    async def load_from_bucket(self, kind: str, name: str) -> None:
        raise ModelError(f"no {name} in {kind}")

    async def unload(self) -> None:
        self._is_loaded = False
        self._gateway.use_bot(None)


@dataclass(kw_only=True)
class Served:
    """A running server and what it stands on."""

    url: str
    gateway: Gateway
    waiting: list[dict[str, Any]]
    session: aiohttp.ClientSession
    problems: list[str] = field(default_factory=list)
    customers: Customers
    channels: Sequence[Any]
    work: Callable[[], Awaitable[object]]
    """Waits for what the channels do beside requests."""


def _is_endless(task: asyncio.Task[None]) -> bool:
    """Whether it goes on for as long as the channel is open: the web channel's heartbeats."""
    return getattr(task.get_coro(), "__qualname__", "").endswith("._rounds")


@asynccontextmanager
async def running_server(
    tmp_path: Path,
    *,
    credentials: Mapping[str, Any] | None = None,
    settings: ServerSettings | None = None,
    domain: Mapping[str, Any] = DOMAIN,
    storage: Any = None,
    customer_settings: CustomerSettings | None = None,
    port: int = 0,
    admits: Callable[[str], bool] = lambda _: True,
    limits: FlowLimits | None = None,
    staff: Staff | None = None,
    library: Callable[[Any, Gateway], Awaitable[Library]] | None = None,
    training: TrainingInbox | None = None,
) -> AsyncIterator[Served]:
    """Serve a bot that knows ``domain``, keeping conversations in memory unless told otherwise."""
    storage = storage or open_memory()
    bot = Bot(domain=Domain.from_dict(domain), understanding=None, predictor=TablePolicy())
    gateway = Gateway(bot, storage.stores, settings=GatewaySettings(limits=limits))
    waiting: list[dict[str, Any]] = []
    problems: list[str] = []

    async def list_problems() -> Sequence[str]:
        return problems

    class WaitingList:
        async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
            return waiting[:limit]

    tasks: set[asyncio.Task[None]] = set()

    def spawn(work: Coroutine[Any, Any, None]) -> object:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    wanted = customer_settings or CustomerSettings()
    customers = Customers(
        storage.customers,
        storage.visits,
        BotMemories(gateway, storage.stores.log),
        tokens=Tokens(wanted, shop_keys(wanted, tmp_path, SystemClock()), SystemClock()),
        settings=wanted,
        clock=SystemClock(),
    )

    async def work() -> object:
        while waited := {task for task in tasks if not _is_endless(task)}:
            await asyncio.wait(waited)
        return None

    context = ChannelContext(
        door=gateway,
        clock=SystemClock(),
        state_dir=tmp_path,
        spawn=spawn,
        state=TimedState(storage.channel_state, SystemClock()),
        leases=storage.leases,
        limits=limits or FlowLimits(SystemClock()),
        customers=customers,
    )
    channels = load_connectors(credentials or {}, context)
    for channel in channels:
        if channel.capabilities.can_push:
            gateway.connect(channel.name, channel)
    services = Services(
        conversations=gateway,
        models=OneModel(gateway, bot),
        channels=channels,
        customers=customers,
        customer_views=CustomerViews(storage.customers, storage.visits),
        waiting_list=WaitingList(),
        problems=list_problems,
        call_back=call_back,
        admits=admits,
        staff=staff,
        library=None if library is None else await library(storage, gateway),
        training=training,
        searching=Searching(storage.search),
        exporting=Exporting(storage.stores.log, storage.stores.conversations),
        measurements=lambda: {"turns_total": gateway.counters.turns},
    )
    app = build_app(services, settings or ServerSettings(enable_api=True, auth_token="secret"))
    async with (
        serve(app, listening_socket("127.0.0.1", port), drain_seconds=1.0) as server,
        aiohttp.ClientSession(base_url=f"http://127.0.0.1:{server.port}") as session,
    ):
        yield Served(
            url=f"http://127.0.0.1:{server.port}",
            gateway=gateway,
            waiting=waiting,
            session=session,
            problems=problems,
            customers=customers,
            channels=channels,
            work=work,
        )
        for channel in channels:
            await channel.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await gateway.close()
