"""A real Kefu server to be killed: gateway on SQL, channels, HTTP; an echo for a bot.

``python -m tests.integration.channels.kefu_process DATABASE CREDENTIALS`` with credentials as JSON;
prints its port when it is ready.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

from kefu.app.background import Background
from kefu.channels.base import ChannelContext, ChannelCounters, FlowLimits, TimedState
from kefu.channels.registry import load_connectors
from kefu.clock import SystemClock
from kefu.gateway.gateway import Gateway
from kefu.gateway.settings import GatewaySettings
from kefu.server.app import build_app
from kefu.server.services import Services
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from kefu.storage.sql import open_sql
from tests.unit.gateway.fakes import EchoBot

SETTINGS = GatewaySettings(delivery_hold=1.0, round_seconds=0.1)


class WorkingBot(EchoBot):
    """Takes a moment for each turn, so that a kill often comes in the middle of one."""

    async def _turn(self, tracker, message):
        await asyncio.sleep(random.uniform(0, 0.01))
        return await super()._turn(tracker, message)


async def main(database: str, credentials: str) -> None:
    """Serve until killed."""
    clock, counters = SystemClock(), ChannelCounters()
    storage = await open_sql(database if "://" in database else Path(database))
    gateway = Gateway(WorkingBot(clock), storage.stores, settings=SETTINGS)
    async with Background() as background:
        context = ChannelContext(
            door=gateway,
            clock=clock,
            state_dir=Path(database).parent,
            spawn=background.spawn,
            state=TimedState(storage.channel_state, clock),
            leases=storage.leases,
            limits=FlowLimits(clock),
            counters=counters,
        )
        connectors = load_connectors(json.loads(credentials), context)
        for connector in connectors:
            gateway.connect(connector.name, connector)
        services = Services(
            conversations=gateway,
            models=SimpleNamespace(current=None),
            channels=connectors,
            channel_events=counters.counts,
        )
        app = build_app(services, ServerSettings())
        async with serve(app, listening_socket("127.0.0.1", 0), drain_seconds=0.1) as server:
            print(server.port, flush=True)  # noqa: T201 - read by the test
            await gateway.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
