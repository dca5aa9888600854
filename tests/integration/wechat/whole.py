"""Kefu as it runs: gateway, SQLite, server, with a bot that repeats what it hears."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kefu.app.assembly import App, open_app
from kefu.app.settings import AppSettings
from kefu.core.domain import Domain
from kefu.core.names import ACTION_LISTEN
from kefu.dialogue.bot import Bot
from kefu.policies.policy import PolicyPrediction
from kefu.project.settings import Credentials
from kefu.server.app import build_app
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket

DOMAIN = {
    "intents": ["say", "choose"],
    "slots": {"said": {"type": "text", "mappings": [{"type": "from_text"}]}},
    "responses": {
        "utter_echo": [{"text": "收到：{said}"}],
        "utter_choose": [
            {
                "text": "要什么？",
                "buttons": [
                    {"title": "查物流", "payload": "track"},
                    {"title": "转人工", "payload": "human"},
                ],
            }
        ],
    },
}


@dataclass
class Hearing:
    """Understands slowly where a test wants it: ``slow`` texts wait for ``goes_on``."""

    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)

    async def parse(self, text, metadata=None):
        self.heard.append(text)
        if text.startswith("慢"):
            await self.goes_on.wait()
        name = "choose" if text == "菜单" else "say"
        return {"text": text, "intent": {"name": name, "confidence": 1.0}, "entities": []}


class Echo:
    def predict(self, tracker):
        state, action = tracker.state, ACTION_LISTEN
        message = state.latest_message
        if state.latest_action_name == ACTION_LISTEN and message is not None:
            action = "utter_choose" if message.intent_name == "choose" else "utter_echo"
        return PolicyPrediction.for_action(action, policy_name="Echo")


@dataclass
class Running:
    app: App
    bot: Bot
    hearing: Hearing
    url: str
    """Address that pushes go to."""

    @property
    def base(self):
        return self.url.partition("/webhooks")[0]

    @property
    def counts(self):
        return {what: n for (_, what), n in self.app.context.counters.counts.items()}

    async def look(self):
        """Send what is due now, as the gateway's rounds do every few seconds."""
        await self.app.gateway._outbox.send_due()
        await self.app.gateway.idle()

    async def stored(self):
        """Return the states of all deliveries, oldest first."""
        return [delivery.state for delivery in await self.app.gateway.deliveries()]


@asynccontextmanager
async def kefu(root, platform, channel="wechat", **settings):
    """Run Kefu in ``root``; several at once on one folder are processes of one app."""
    account = platform.account
    section = {
        "appid": account.appid,
        "secret": account.secret,
        "token": account.token,
        "original_id": account.original_id,
        "api": platform.url,
        **({} if account.mode == "plain" else {"encoding_aes_key": account.aes_key}),
        **settings,
    }
    async with serving(root, platform.time, channel, section) as running:
        yield running


@asynccontextmanager
async def serving(root, clock, channel, section):
    """Run Kefu in ``root`` with one channel, whatever it is, of these settings."""
    credentials = Credentials(channels={channel: section})
    hearing = Hearing()
    bot = Bot(domain=Domain.from_dict(DOMAIN), understanding=hearing, predictor=Echo())
    async with open_app(
        AppSettings(root=root, model=None, credentials=credentials), clock=clock
    ) as app:
        app.gateway.use_bot(bot)
        served = build_app(app.services(), ServerSettings())
        async with serve(served, listening_socket("127.0.0.1", 0), drain_seconds=1.0) as server:
            name = channel.rpartition(".")[2]
            url = f"http://127.0.0.1:{server.port}/webhooks/{name}/webhook"
            try:
                yield Running(app, bot, hearing, url)
            finally:
                hearing.goes_on.set()
