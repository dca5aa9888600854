"""An official account, its platform, and a connector with a stand-in for the door."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from kefu.channels.wechat import MiniProgramConnector, WeChatConnector
from tests.integration.wechat.serving import Tasks, served
from tests.simulators.times import ManualTime
from tests.simulators.wechat import Account, WeChat
from tests.unit.channels.fakes import EchoDoor, a_context


@dataclass
class Scene:
    platform: WeChat
    connector: Any
    door: EchoDoor
    context: Any
    tasks: Tasks

    @property
    def counts(self):
        return {what: n for (_, what), n in self.context.counters.counts.items()}


@pytest.fixture
def scene():
    """Return what plays a scene: ``async with scene(account, **settings) as s``."""

    @asynccontextmanager
    async def play(account=None, *, door=None, context=None, **settings):
        account = account or Account()
        is_official = account.kind == "official"
        connector_class = WeChatConnector if is_official else MiniProgramConnector
        time, tasks, door = ManualTime(), Tasks(), door or EchoDoor()
        options = {"clock": time, "spawn": tasks.spawn, **(context or {})}
        async with WeChat(account, time=time, seed=3) as platform:
            context = a_context(door, **options)
            given = {
                "appid": account.appid,
                "secret": account.secret,
                "token": account.token,
                "original_id": account.original_id,
                "api": platform.url,
                **({} if account.mode == "plain" else {"encoding_aes_key": account.aes_key}),
                **settings,
            }
            connector = connector_class.from_settings(given, context)
            async with served(connector) as url:
                platform.callback_url = url
                yield Scene(platform, connector, door, context, tasks)
                await tasks.done()
            await tasks.done()  # of pushes whose connection was cut, and which ended last

    return play
