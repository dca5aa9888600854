"""What an idle visitor costs, and how 5,000 come back after a restart: ``python -m bench.sockets``.

Beside it, in the same run, the same number of clients on a bare Sanic WebSocket. Resident memory is
read from outside before and after; clients live in processes of their own. ``ulimit -n`` has to
allow a few more descriptors than there are visitors. Results go to ``results/sockets.json``.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.chaos.project import train
from bench.chaos.served import Served
from bench.measure import environment, process_memory_mb
from bench.serving import free_port

RESULTS = Path(__file__).parent / "results"
CREDENTIALS = json.dumps({"web": {}})
PER_CLIENT = 5_000
AT_ONCE = 200
SETTLE_SECONDS = 3.0
HELLO = '{"type":"hello","last_seq":%d,"token":%s}'


# -- clients, in processes of their own: no WebSocket library, so that many fit in one


async def _connected(port, path):
    """Open a WebSocket; a server whose backlog is full resets, and is asked again."""
    for attempt in range(20):
        try:
            return await _upgraded(port, path)
        except (ConnectionError, asyncio.IncompleteReadError):
            if attempt == 19:
                raise
            await asyncio.sleep(random.random())
    raise AssertionError


async def _upgraded(port, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=8192)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(head[:80])
    return reader, writer


def _frame(text):
    data, mask = text.encode(), b"\0\0\0\0"
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + size + mask + data


async def _next(reader):
    first, size = await reader.readexactly(2)
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    elif size == 127:
        size = int.from_bytes(await reader.readexactly(8), "big")
    data = await reader.readexactly(size)
    if first & 15 != 1:
        raise ConnectionError("closed")
    return json.loads(data)


async def hold(port, count, path):
    """Open ``count`` connections, say when they are there, and hold them until told to stop."""
    gate = asyncio.Semaphore(AT_ONCE)
    held = []

    async def one():
        async with gate:
            reader, writer = await _connected(port, path)
            if path != "/echo":
                writer.write(_frame(HELLO % (0, "null")))
                while (await _next(reader))["type"] != "synced":
                    pass
            else:
                writer.write(_frame("hello"))
                await reader.readexactly(2 + 5)
            held.append(writer)

    await asyncio.gather(*(one() for _ in range(count)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


class Returning:
    """A visitor who says something, loses the line and comes back with what they have seen."""

    def __init__(self, port, number):
        self.port, self.number = port, number
        self.token, self.seen = None, 0
        self.told = []
        self.answered = asyncio.Event()
        self.resumed = 0.0
        self._writer = None

    async def visit(self, gate):
        """Say something and read until nothing is missing; then hold the line until it is cut."""
        async with gate:
            reader = await self._come()
            said = f'/tell{{"what": "{self.number}"}}'
            message = {"type": "message", "id": "1", "text": said}
            self._writer.write(_frame(json.dumps(message)))
            while not self.answered.is_set():
                self._take(await _next(reader))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, OSError):
            while True:
                self._take(await _next(reader))

    async def come_back(self, down_at):
        """Come back with full jitter, as the widget does, until everything missed was told."""
        attempt = 0
        while True:
            await asyncio.sleep(0.15 + random.random() * min(15.0, 0.4 * 2 ** min(attempt + 1, 8)))
            attempt += 1
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, OSError):
                reader = await self._come(_upgraded)
                while True:
                    frame = await _next(reader)
                    self._take(frame)
                    if frame["type"] == "synced":
                        self.resumed = time.monotonic() - down_at
                        return

    async def _come(self, connect=_connected):
        reader, self._writer = await connect(self.port, "/webhooks/web/socket")
        token = json.dumps(self.token)
        self._writer.write(_frame(HELLO % (self.seen, token)))
        return reader

    def _take(self, frame):
        if frame["type"] == "welcome":
            self.token = frame["token"]
        elif frame["type"] == "message":
            self.told.append((frame["seq"], frame["from"], frame.get("text")))
            self.seen = max(self.seen, frame["seq"])
            if frame["from"] == "bot":
                self.answered.set()
        elif frame["type"] == "synced":
            self.seen = max(self.seen, frame["seq"])


async def storm(port, count):
    """Visitors talk, wait for the server's end, come back; print how long each took."""
    gate = asyncio.Semaphore(AT_ONCE)
    visitors = [Returning(port, number) for number in range(count)]
    visits = [asyncio.ensure_future(visitor.visit(gate)) for visitor in visitors]
    await asyncio.gather(*(visitor.answered.wait() for visitor in visitors))
    print("ready", flush=True)
    await asyncio.gather(*visits)
    # Half of them have not seen the answer: they come back with the place before it.
    for visitor in visitors[::2]:
        visitor.seen = min(seq for seq, who, _ in visitor.told if who == "customer")
        visitor.told = [told for told in visitor.told if told[1] == "customer"]
    print("down", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    up_at = time.monotonic()
    await asyncio.gather(*(visitor.come_back(up_at) for visitor in visitors))
    missed = doubled = 0
    for visitor in visitors:
        answers = [text for _, who, text in visitor.told if who == "bot"]
        missed += not answers
        doubled += len(answers) > 1
    times = sorted(visitor.resumed for visitor in visitors)
    print(json.dumps({
        "visitors": count, "missed": missed, "doubled": doubled,
        "resumed_p50_s": round(times[count // 2], 2), "resumed_all_s": round(times[-1], 2),
    }), flush=True)  # fmt: skip


# -- measuring


async def _client(role, *arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sockets", "--role", role, *map(str, arguments),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(),
    )  # fmt: skip


async def _per_visitor(pid, port, count, path):
    """Return kilobytes of resident memory for each of ``count`` held connections."""
    warm = await _client("hold", port, 200, path)
    await warm.stdout.readline()
    warm.stdin.write(b"\n")
    await warm.communicate()
    await asyncio.sleep(SETTLE_SECONDS)
    before = process_memory_mb(pid)
    begun = time.perf_counter()
    clients = [
        await _client("hold", port, min(PER_CLIENT, count - start), path)
        for start in range(0, count, PER_CLIENT)
    ]
    for client in clients:
        if not await client.stdout.readline():
            raise SystemExit("a client could not connect; is 'ulimit -n' large enough?")
    opened = time.perf_counter() - begun
    await asyncio.sleep(SETTLE_SECONDS)
    after = process_memory_mb(pid)
    for client in clients:
        client.stdin.write(b"\n")
        await client.communicate()
    return {
        "kb_each": round((after - before) * 1024 / count, 1),
        "mb_before": round(before, 1),
        "mb_held": round(after, 1),
        "opened_s": round(opened, 1),
    }


async def raw_idle(count):
    """Measure a bare Sanic WebSocket."""
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.raw", str(port), env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        return await _per_visitor(server.pid, port, count, "/echo")
    finally:
        server.terminate()
        await server.wait()


async def kefus_idle(folder, count):
    """Measure visitors of the channel ``web``."""
    train(folder, actions=1, storage=f"sqlite:///{folder}/kefu.db", credentials=CREDENTIALS)
    server = Served(folder, workers=1)
    await server.start()
    try:
        return await _per_visitor(server.pid, server.port, count, "/webhooks/web/socket")
    finally:
        await server.stop()


async def returns(folder, count):
    """Restart under ``count`` visitors."""
    train(folder, actions=1, storage=f"sqlite:///{folder}/kefu.db", credentials=CREDENTIALS)
    server = Served(folder, workers=1)
    await server.start()
    try:
        client = await _client("storm", server.port, count)
        assert await client.stdout.readline() == b"ready\n"
        await server.stop()
        assert await client.stdout.readline() == b"down\n"
        await server.start()
        client.stdin.write(b"\n")
        output, _ = await client.communicate()
        return json.loads(output)
    finally:
        await server.stop()


async def measure(given):
    """Return all figures."""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="kefu-bench-", ignore_cleanup_errors=True) as where:
        if "idle" in given.parts:
            figures["raw_sanic"] = await raw_idle(given.visitors)
            place = Path(where) / "idle"
            place.mkdir()
            figures["kefu"] = await kefus_idle(place, given.visitors)
        if "return" in given.parts:
            place = Path(where) / "return"
            place.mkdir()
            figures["return"] = await returns(place, given.returning)
    return figures


def main():
    """Measure and record, or be a client."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--visitors", type=int, default=10_000)
    arguments.add_argument("--returning", type=int, default=5_000)
    arguments.add_argument("--parts", nargs="*", default=["idle", "return"])
    arguments.add_argument("--role", nargs="*")
    given = arguments.parse_args()
    match given.role:
        case ["hold", port, count, path]:
            asyncio.run(hold(int(port), int(count), path))
        case ["storm", port, count]:
            asyncio.run(storm(int(port), int(count)))
        case _:
            load = round(os.getloadavg()[0], 2)
            figures = {"visitors": given.visitors, "load_before": load}
            figures |= asyncio.run(measure(given))
            text = json.dumps(figures, indent=1) + "\n"
            print(text)
            RESULTS.joinpath("sockets.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
