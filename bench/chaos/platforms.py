"""Customers on WeChat and WeCom, through the simulators of tests/."""

import asyncio
import contextlib
import json
import random
from contextlib import AsyncExitStack

from tests.simulators.wechat import Account, WeChat
from tests.simulators.wechat_ledgers import Rules
from tests.simulators.wecom import SimulatedWeCom

LOOK_SECONDS = 0.05


class Platforms:
    """The platforms' side of the run."""

    def __init__(self, url):
        self._url = url
        self._stack = AsyncExitStack()
        self.wechat = WeChat(
            Account(mode="encrypted"),
            callback_url=f"{url}/webhooks/wechat/webhook",
            rules=Rules(retry_pause=1.5),
        )
        self.wecom = SimulatedWeCom()

    async def start(self):
        """Start the simulators."""
        await self._stack.enter_async_context(self.wechat)
        await self._stack.enter_async_context(self.wecom.serving())
        self.wecom.connect(f"{self._url}/webhooks/wecom/webhook")

    async def stop(self):
        """Stop them."""
        await self._stack.aclose()

    def credentials(self):
        """Return credentials.yml."""
        account = self.wechat.account
        channels = {
            "web": {"burst": 1000, "messages_per_second": 1000},
            "connectors.wechat.WeChat": {
                "appid": account.appid,
                "secret": account.secret,
                "token": account.token,
                "encoding_aes_key": account.aes_key,
                "api": self.wechat.url,
            },
            "connectors.wecom.WeCom": {
                "corp_id": self.wecom.corp_id,
                "secret": self.wecom.secret,
                "token": self.wecom.callback_token,
                "encoding_aes_key": self.wecom.aes_key,
                "open_kfids": [self.wecom.accounts[0]],
                "pull_every": 5,
                "api": self.wecom.url,
            },
        }
        return json.dumps(channels, indent=1)

    def customers(self, number, ledger, seed, is_over):
        """Return ``number`` customers, half of them on WeCom."""
        found = []
        for index in range(number):
            chance = random.Random(f"{seed}/platform/{index}")
            kind = WeComCustomer if index % 2 else WeChatCustomer
            platform = self.wecom if index % 2 else self.wechat
            found.append(kind(f"p{index}", platform, ledger, chance, is_over))
        return found


class PlatformCustomer:
    """Writes one message after the other and looks at what has arrived."""

    channel = ""

    def __init__(self, name, platform, ledger, chance, is_over):
        self.name = name
        self._platform = platform
        self._ledger = ledger
        self._chance = chance
        self._is_over = is_over
        self._seen = 0
        self._count = 0

    async def live(self):
        """Be a customer until it is over and everything is answered."""
        while not self._is_over.is_set():
            await self._say()
            await self._until_answered()
            await asyncio.sleep(self._chance.expovariate(0.7))
        await self._until_answered()
        await asyncio.sleep(2)
        self._look()

    async def _say(self):
        what = f"{self.name}-{self._count}"
        self._count += 1
        intent = self._chance.choice(("tell", "tell", "tell", "tell", "ask"))
        self._ledger.tell(self.name, what, is_asked=intent == "ask")
        if await self.write(f"/{intent}" + json.dumps({"what": what})):
            self._ledger.acknowledge(self.name, what)
        else:
            self._ledger.sent_again += 1

    async def _until_answered(self):
        while True:
            self._look()
            if self._ledger.is_answered(self.name):
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self):
        texts = self.texts()
        for text in texts[self._seen :]:
            self._ledger.hear(self.name, text)
        self._seen = len(texts)


class WeChatCustomer(PlatformCustomer):
    """Acknowledged is what the platform was told that Kefu has."""

    channel = "wechat"

    def __init__(self, name, platform, ledger, chance, is_over):
        super().__init__(name, platform, ledger, chance, is_over)
        self._customer = platform.customer(f"o{name}")

    @property
    def conversation_id(self):
        return f"wechat-{self._customer.openid}"

    async def write(self, text):
        losses = ["answer"] if self._chance.random() < 0.03 else []
        push = await self._customer.says(text, losses=losses)
        return push.is_accepted

    def texts(self):
        return self._customer.texts


class WeComCustomer(PlatformCustomer):
    """Acknowledged is everything: it stands in the platform's own log until it is pulled."""

    channel = "wecom"

    @property
    def conversation_id(self):
        return f"wecom-{self._platform.accounts[0]}-{self.name}"

    async def write(self, text):
        self._platform.log_message(self.name, "text", {"content": text})
        with contextlib.suppress(OSError):
            await self._platform.notify()
        return True

    def texts(self):
        return self._platform.texts(self.name)
