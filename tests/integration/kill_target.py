"""A process to be killed: a gateway behind a plain socket, and an echo for a bot.

``python -m tests.integration.kill_target DATABASE PLATFORM_PORT`` prints its port when it is
ready. With the URL of a Redis and a prefix behind that, it shares its
conversations with others.

A line in is a message, a line out is its outcome. Replies on the channel ``push`` go to the
platform's port, which acknowledges each line.
"""

import asyncio
import json
import random
import sys
from dataclasses import replace

from kefu.clock import SystemClock
from kefu.core.messages import UserMessage
from kefu.errors import ChannelError
from kefu.gateway.coordination import Coordination
from kefu.gateway.gateway import Gateway
from kefu.gateway.settings import GatewaySettings
from kefu.storage.fallback import FallbackLeases
from kefu.storage.redis import open_redis
from kefu.storage.sql import open_sql
from tests.unit.gateway.fakes import EchoBot


class WorkingBot(EchoBot):
    """Takes a moment for each turn, so that a kill often comes in the middle of one."""

    async def _turn(self, tracker, message):
        await asyncio.sleep(random.uniform(0, 0.004))
        return await super()._turn(tracker, message)


class Platform:
    """The other side of the channel that is written to."""

    def __init__(self, port):
        self._port = port
        self._open = None
        self._lock = asyncio.Lock()

    async def send(self, reply, *, delivery_id, recipient):
        line = {"key": delivery_id, "to": reply.recipient_id, "text": reply.text}
        async with self._lock:
            try:
                if self._open is None:
                    self._open = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._open
                writer.write(json.dumps(line).encode() + b"\n")
                await writer.drain()
                if not await reader.readline():
                    raise ConnectionError("closed")
            except OSError as error:
                self._open = None
                raise ChannelError(str(error)) from error


async def shared(storage, url, prefix):
    redis = await open_redis(url, prefix=prefix)
    coordination = Coordination(
        leases=FallbackLeases(redis.leases, storage.leases),
        bus=redis.bus,
        cache=redis.cache,
        presence=redis.presence,
        on_change=lambda changed: redis.link.tell(lambda _: changed()),
    )
    return replace(storage.stores, shared=coordination)


async def serve(database, platform_port, *redis):
    storage = await open_sql(database)
    settings = GatewaySettings(
        snapshot_every=20,
        max_live=5,
        delivery_hold=0.3,
        round_seconds=0.1,
        lease_seconds=0.6,
        look_seconds=0.3,
    )
    stores = await shared(storage, *redis) if redis else storage.stores
    gateway = Gateway(WorkingBot(SystemClock()), stores, settings=settings)
    gateway.connect("push", Platform(platform_port))

    async def one(line, writer):
        raw = json.loads(line)
        message = UserMessage(
            conversation_id=raw["conversation_id"],
            text=raw["text"],
            message_id=raw["message_id"],
            input_channel=raw["channel"],
        )
        if raw["channel"] == "push":
            await gateway.receive(message)
            answer = {"message_id": message.message_id}
        else:
            outcome = await gateway.handle(message)
            replies = [reply.text for reply in outcome.replies]
            answer = {"message_id": message.message_id, "replies": replies}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()

    async def connected(reader, writer):
        while line := await reader.readline():
            await one(line, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - read by the test
    await gateway.run()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
