"""SIGKILL at any moment loses nothing, doubles nothing and keeps the order."""

import asyncio
import contextlib
import json
import random
import signal
import sys
from collections import defaultdict
from pathlib import Path

from kefu.core.events import BotUttered, UserUttered
from kefu.gateway.gateway import Gateway
from kefu.storage.sql import open_sql
from tests.unit.gateway.fakes import EchoBot

ROOT = Path(__file__).parents[2]
KILLS = 7
ASKING = 8
PUSHED = 4


class Target:
    """The process under test; it is killed and started again."""

    def __init__(self, database, platform_port, *more):
        self._arguments = [str(database), str(platform_port), *more]
        self._process = None
        self.port = None
        self.ready = asyncio.Event()

    async def start(self):
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.kill_target",
            *self._arguments,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        self.port = int(await self._process.stdout.readline())
        self.ready.set()

    async def kill(self):
        self.ready.clear()
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


class Load:
    """Customers who write, and write the same again when they get no answer."""

    def __init__(self, target):
        self._target = target
        self.is_over = False
        self.sent = defaultdict(list)
        self.answers = defaultdict(list)
        self.answered = 0
        self.resent = 0
        self._grew = asyncio.Event()

    async def until_answered(self, count):
        while self.answered < count:
            self._grew.clear()
            await self._grew.wait()

    async def customer(self, conversation_id, channel):
        connection = None
        while not self.is_over:
            text = f"{conversation_id}-{len(self.sent[conversation_id])}"
            self.sent[conversation_id].append(text)
            message = {
                "conversation_id": conversation_id,
                "channel": channel,
                "text": text,
                "message_id": text,
            }
            connection, answer = await self._until_it_arrives(connection, message)
            self.answers[conversation_id].append(answer)
            self.answered += 1
            self._grew.set()
        connection[1].close()

    async def _until_it_arrives(self, connection, message):
        while True:
            try:
                if connection is None:
                    await self._target.ready.wait()
                    connection = await asyncio.open_connection("127.0.0.1", self._target.port)
                reader, writer = connection
                writer.write(json.dumps(message).encode() + b"\n")
                if line := await reader.readline():
                    answer = json.loads(line)
                    assert answer["message_id"] == message["message_id"]
                    return connection, answer
            except OSError:
                pass
            self.resent += 1
            if connection is not None:
                connection[1].close()
            connection = None
            await asyncio.sleep(0)


class PushPlatform:
    """Takes what the target pushes, as a messaging platform does that knows idempotency keys."""

    def __init__(self):
        self.arrived = defaultdict(dict)
        self._grew = asyncio.Event()

    async def connected(self, reader, writer):
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                raw = json.loads(line)
                self.arrived[raw["to"]].setdefault(raw["key"], raw["text"])
                self._grew.set()
                writer.write(b"ok\n")
                await writer.drain()
        writer.close()

    async def until(self, conversation_id, count):
        while len(self.arrived[conversation_id]) < count:
            self._grew.clear()
            await self._grew.wait()


async def test_killing_the_process_loses_nothing_and_doubles_nothing(tmp_path):
    chance = random.Random(20261121)
    platform = PushPlatform()
    server = await asyncio.start_server(platform.connected, "127.0.0.1", 0)
    target = Target(tmp_path / "kefu.db", server.sockets[0].getsockname()[1])
    load = Load(target)
    asking = [f"ask{n}" for n in range(ASKING)]
    pushed = [f"push{n}" for n in range(PUSHED)]
    await target.start()
    customers = [
        *(asyncio.ensure_future(load.customer(name, "rest")) for name in asking),
        *(asyncio.ensure_future(load.customer(name, "push")) for name in pushed),
    ]
    for _ in range(KILLS):
        await load.until_answered(load.answered + chance.randint(20, 120))
        await target.kill()
        await target.start()
    await load.until_answered(load.answered + 20)
    load.is_over = True
    await asyncio.gather(*customers)
    for name in pushed:
        await asyncio.wait_for(platform.until(name, len(load.sent[name])), timeout=30)
    await target.kill()
    server.close()

    assert load.resent > 0, "no kill hit a message: the test tests nothing"
    for name in asking:
        replies = [answer["replies"] for answer in load.answers[name]]
        assert replies == [[f"echo: {text}"] for text in load.sent[name]]
    for name in pushed:
        by_first_arrival = list(platform.arrived[name].values())
        assert by_first_arrival == [f"echo: {text}" for text in load.sent[name]]
    await check_log(tmp_path / "kefu.db", load.sent)


async def check_log(database, sent):
    storage = await open_sql(database)
    gateway = Gateway(EchoBot(), storage.stores)
    for conversation_id, texts in sent.items():
        events = [logged.event for logged in await gateway.log(conversation_id)]
        heard = [event.text for event in events if isinstance(event, UserUttered)]
        said = [event.text for event in events if isinstance(event, BotUttered)]
        assert heard == texts
        assert said == [f"echo: {text}" for text in texts]
    assert list(await storage.stores.conversations.unanswered(before=1e12, limit=99)) == []
    await storage.close()
