"""Customers on the web channel: a WebSocket that is cut now and then, an outbox, a cursor."""

import asyncio
import contextlib
import json
import socket

import aiohttp


class WebCustomer:
    """Writes one message after the other, sometimes several at once, and keeps what it hears."""

    channel = "web"

    def __init__(self, name, url, session, ledger, chance, is_over):
        self.name = name
        self._url = url
        self._session = session
        self._ledger = ledger
        self._chance = chance
        self._is_over = is_over
        self._token = None
        self._cursor = 0
        self._count = 0
        self._outbox = []
        self._accepted = asyncio.Event()
        self._heard = asyncio.Event()
        self._socket = None

    @property
    def conversation_id(self):
        return None if self._token is None else "web-" + self._token.split(".")[1]

    async def live(self):
        """Be a customer until it is over and everything is answered."""
        listening = asyncio.ensure_future(self._stay_connected())
        try:
            while not self._is_over.is_set():
                for _ in range(self._chance.choice((1, 1, 1, 1, 1, 3))):
                    await self._say()
                await self._until_answered()
                await asyncio.sleep(self._chance.expovariate(1.0))
            await self._until_answered()
            # Stay a moment: what comes twice comes now.
            await asyncio.sleep(2)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    def cut(self):
        """Cut the line without a word."""
        line = None if self._socket is None else self._socket.get_extra_info("socket")
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    async def _say(self):
        what = f"{self.name}-{self._count}"
        self._count += 1
        intent = self._chance.choice(("tell", "tell", "tell", "tell", "ask"))
        self._ledger.tell(self.name, what, is_asked=intent == "ask")
        message = {"type": "message", "id": what, "text": f"/{intent}" + json.dumps({"what": what})}
        self._outbox.append(message)
        times = 0
        while self._outbox:
            self._accepted.clear()
            times += await self._try_to_send()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._accepted.wait(), 3)
        self._ledger.sent_again += max(0, times - 1)
        self._ledger.acknowledge(self.name, what)

    async def _try_to_send(self):
        if self._socket is None or self._socket.closed:
            return False
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await self._socket.send_json(self._outbox[0])
            return True
        return False

    async def _until_answered(self):
        while True:
            self._heard.clear()
            if self._ledger.is_answered(self.name):
                return
            await self._heard.wait()

    async def _stay_connected(self):
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self._session.ws_connect(f"{self._url}/webhooks/web/socket") as line:
                    await line.send_json(
                        {"type": "hello", "token": self._token, "last_seq": self._cursor}
                    )
                    self._socket = line
                    async for frame in line:
                        if frame.type == aiohttp.WSMsgType.TEXT:
                            await self._take(line, json.loads(frame.data))
            self._socket = None
            await asyncio.sleep(self._chance.uniform(0.05, 0.6))

    async def _take(self, line, frame):
        match frame["type"]:
            case "welcome":
                self._token = frame["token"]
                self._accepted.set()  # send again what was not accepted
            case "accepted":
                self._settled(frame["id"])
            case "ping":
                await line.send_json({"type": "pong"})
            case "synced":
                self._cursor = max(self._cursor, frame["seq"])
            case "error" if frame.get("code") == "too_many":
                await asyncio.sleep(0.2)
            case "message" | "notice":
                self._logged(frame)

    def _logged(self, frame):
        if frame["seq"] <= self._cursor:
            self._ledger.repeated_frames += 1
            return
        self._cursor = frame["seq"]
        if frame.get("from") == "customer":
            self._settled(frame.get("id"))
        elif frame.get("from") == "bot":
            self._ledger.hear(self.name, frame.get("text", ""))
            self._heard.set()

    def _settled(self, message_id):
        if self._outbox and self._outbox[0]["id"] == message_id:
            self._outbox.pop(0)
            self._accepted.set()
