"""Visitors of the web channel who write: the load of ``bench.channels``, in a process of its own.

``python -m bench.visitors URL --customers 50 --seconds 10`` lets each customer write again as soon
as the answer is there; with ``--rate`` messages begin at moments fixed beforehand (open loop), and
an answer's time counts from that moment, so that a server that falls behind shows. Prints JSON.
"""

import argparse
import asyncio
import json
import random
import resource
import secrets
import time
from pathlib import Path

import aiohttp

from bench.measure import summary_ms

RUN = secrets.token_hex(4)
"""Part of the ids of messages, so that none counts as a repeat of another run's."""
TEXT = '/tell{"what": "%s"}'


class Visitor:
    """One WebSocket whose messages are answered in order."""

    def __init__(self, session, url, name, text, token=None):
        self._session = session
        self._token = token
        self._url = url
        self._name = name
        self._text = text
        self._count = 0
        self._socket = None
        self._asked = asyncio.Queue()
        self._begin = 0
        self.waits = []
        self.answered = asyncio.Event()
        self._reading = None

    async def open(self):
        """Connect and wait for the welcome."""
        self._socket = await self._session.ws_connect(f"{self._url}/webhooks/web/socket")
        await self._socket.send_json({"type": "hello", "token": self._token, "last_seq": 0})
        frame = {}
        while frame.get("type") != "welcome":
            frame = json.loads((await self._socket.receive()).data)
        self._begin = frame["seq"]
        self._reading = asyncio.ensure_future(self._read())

    async def say(self, due=None):
        """Send a message that was due at ``due``."""
        self._count += 1
        text = self._text.replace("%s", f"{self._name}-{self._count}")
        self._asked.put_nowait(time.perf_counter() if due is None else due)
        await self._socket.send_json(
            {"type": "message", "id": f"{RUN}-{self._count}", "text": text}
        )

    async def _read(self):
        async for frame in self._socket:
            content = json.loads(frame.data)
            is_said = content["type"] == "message" and content["from"] != "customer"
            if is_said and content["seq"] > self._begin:
                self.waits.append(time.perf_counter() - self._asked.get_nowait())
                self.answered.set()

    async def close(self):
        """Hang up."""
        self._reading.cancel()
        await self._socket.close()


async def closed_loop(visitors, seconds):
    """Everybody writes again as soon as the answer is there."""
    end = time.perf_counter() + seconds

    async def live(visitor):
        while time.perf_counter() < end:
            visitor.answered.clear()
            await visitor.say()
            await visitor.answered.wait()

    await asyncio.gather(*(live(visitor) for visitor in visitors))


async def open_loop(visitors, seconds, rate, chance):
    """Messages begin at random moments, whatever has become of those before."""
    begin = time.perf_counter()
    due = begin
    count = 0
    while due < begin + seconds:
        due += chance.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await visitors[count % len(visitors)].say(due)
        count += 1
    while sum(len(visitor.waits) for visitor in visitors) < count:  # noqa: ASYNC110 - a look
        await asyncio.sleep(0.05)


def known_tokens(given):
    """Return the visitors' tokens; None: new visitors."""
    if given.tokens is None:
        return [None] * given.customers
    return json.loads(Path(given.tokens).read_text("utf-8"))[: given.customers]


async def run(given):
    tokens = known_tokens(given)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        visitors = [
            Visitor(session, given.url, f"v{number}", given.text, token)
            for number, token in enumerate(tokens)
        ]
        await asyncio.gather(*(visitor.open() for visitor in visitors))
        await closed_loop(visitors, 1.0)  # warm up
        for visitor in visitors:
            visitor.waits.clear()
        begin = time.perf_counter()
        if given.rate:
            await open_loop(visitors, given.seconds, given.rate, random.Random(1))
        else:
            await closed_loop(visitors, given.seconds)
        seconds = time.perf_counter() - begin
        waits = [wait for visitor in visitors for wait in visitor.waits]
        for visitor in visitors:
            await visitor.close()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "customers": given.customers,
        "messages": len(waits),
        "per_second": round(len(waits) / seconds, 1),
        **summary_ms(waits),
        "client_cpu_share": round((usage.ru_utime + usage.ru_stime) / seconds, 2),
    }


def main():
    """Read the arguments, run, print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("url")
    arguments.add_argument("--customers", type=int, default=50)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--rate", type=float, help="messages a second, open loop")
    arguments.add_argument("--text", default=TEXT)
    arguments.add_argument("--tokens", help="file with the visitors' tokens, as bench.relay prints")
    print(json.dumps(asyncio.run(run(arguments.parse_args()))))


if __name__ == "__main__":
    main()
