"""WeCom through real Kefu servers that share a database and are killed under load."""

import asyncio
import contextlib
import json
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulators.platform_api import Fault
from tests.simulators.posting import until
from tests.simulators.wecom import SimulatedWeCom

ROOT = Path(__file__).parents[3]
CUSTOMERS, MESSAGES, KILLS = 10, 5, 4
"""Five messages: as many replies may be on their way when a customer stops writing."""


class Server:
    """One process; it is killed and started again."""

    def __init__(self, database, credentials):
        self._arguments = [str(database), json.dumps(credentials)]
        self._process = None
        self.url = ""

    async def start(self):
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.channels.kefu_process",
            *self._arguments,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        port = int(await self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{port}/webhooks/wecom/webhook"

    async def kill(self):
        self.url = ""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


@pytest.fixture
async def platform():
    async with SimulatedWeCom().serving() as wecom:
        yield wecom


def credentials(platform, **settings):
    return {
        "wecom": {
            "corp_id": platform.corp_id,
            "secret": platform.secret,
            "token": platform.callback_token,
            "encoding_aes_key": platform.aes_key,
            "api": platform.url,
            "open_kfids": ["wkAAAA"],
            "pull_every": 8,
            **settings,
        }
    }


@contextlib.asynccontextmanager
async def serving(platform, database, count):
    servers = [Server(database, credentials(platform)) for _ in range(count)]
    for server in servers:
        await server.start()
    platform.connect(servers[0].url, deadline=2.0)
    try:
        yield servers
    finally:
        for server in servers:
            await server.kill()


def expected(number):
    return [f"echo: {number}-{m}" for m in range(MESSAGES)]


async def test_a_message_is_answered_through_a_real_server(platform, tmp_path):
    async with serving(platform, tmp_path / "kefu.db", 1):
        await platform.customer_says("wm-ada", "你好")
        await until(lambda: platform.received["wm-ada"])
        assert platform.texts("wm-ada") == ["echo: 你好"]


async def test_who_enters_recalls_and_writes_is_answered(platform, tmp_path):
    async with serving(platform, tmp_path / "kefu.db", 1):
        await platform.customer_enters("wm-ada", scene="shop")
        await platform.customer_recalls("wm-ada", "msg-1")
        await platform.customer_says("wm-ada", "你好")
        await until(lambda: platform.received["wm-ada"])
        assert platform.texts("wm-ada") == ["echo: 你好"]


async def test_a_delivery_over_the_quota_is_sent_when_the_customer_writes(platform, tmp_path):
    async with serving(platform, tmp_path / "kefu.db", 1):
        await platform.customer_says("wm-ada", "0")
        await until(lambda: platform.texts("wm-ada") == ["echo: 0"])
        platform.refuses_over_quota = True
        platform.session("wm-ada").sent = 5
        platform.log_message("wm-ada", "text", {"content": "1"})
        platform.session("wm-ada").sent = 5
        await platform.notify()
        await until(lambda: any(c.errcode == 95001 for c in platform.calls_of("send_msg")))
        await platform.customer_says("wm-ada", "2")
        await until(lambda: len(platform.received["wm-ada"]) == 3)
        assert platform.texts("wm-ada") == ["echo: 0", "echo: 1", "echo: 2"]


@pytest.mark.parametrize("count", [1, 2])
async def test_kills_lose_nothing_and_double_nothing(platform, tmp_path, count):
    """Callbacks are lost and doubled, processes killed, connections cut behind what was taken."""
    chance = random.Random(count)
    async with serving(platform, tmp_path / "kefu.db", count) as servers:

        async def write(number):
            customer = f"wm-{number}"
            for m in range(MESSAGES):
                platform.log_message(customer, "text", {"content": f"{number}-{m}"})
                url = servers[chance.randrange(count)].url
                if url and chance.random() < 0.8:
                    platform.callbacks.url = url
                    callback = platform.callbacks.callback("wkAAAA", platform.new_callback_token())
                    copies = chance.choice([1, 1, 3])
                    await platform.callbacks.poster.post_overlapping(callback, copies)
                await asyncio.sleep(chance.uniform(0, 0.3))
                if chance.random() < 0.2:
                    platform.fail("send_msg", Fault(kind="drop_after"))

        async def kill():
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.1, 0.5))
                server = servers[chance.randrange(count)]
                await server.kill()
                await server.start()

        await asyncio.gather(kill(), *(write(number) for number in range(CUSTOMERS)))
        platform.callbacks.url = servers[0].url
        await platform.notify()
        total = CUSTOMERS * MESSAGES
        with contextlib.suppress(TimeoutError):
            await until(lambda: sum(map(len, platform.received.values())) >= total, 60)
        for number in range(CUSTOMERS):
            assert platform.texts(f"wm-{number}") == expected(number)
    assert platform.doubled() == []
    assert platform.most_pulls_at_once <= count
    assert Counter(call.errcode for call in platform.calls_of("send_msg"))[0] >= total
