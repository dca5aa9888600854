"""From wanting a human to the agent's screen: ``python -m bench.desk_handoff``.

A server with the desk, SQLite and then PostgreSQL below it; agents with live lines (WebSockets) and
customers who want a human one after the other. Measured is from the moment at which the bot's side
is asked for the handoff until the frame that tells the agent "yours" has arrived: the commit, the
line, the strategy, the claim, the feed, the socket. Customers and agents are in the server's own
process, so that what they cost is in the figures. The raw limit is a ping on the same lines.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from bench.databases import POSTGRES, create_database, drop_database
from bench.measure import summary_ms
from kefu.core.events import ConversationPaused
from kefu.storage.sql import open_sql
from tests.desk_serving import running_desk

RESULTS = Path(__file__).parent / "results"
AGENTS = 20
CUSTOMERS = 200
TARGET_MS = 200
PAUSE = ConversationPaused(metadata={"handoff": {"reason": "asked", "detail": "转人工"}})


async def measured(url, customers):
    """Return what it takes on a database."""
    storage = await open_sql(url)
    waits, pings = [], []
    async with contextlib.AsyncExitStack() as stack:
        world = await stack.enter_async_context(
            running_desk(None, storage=storage, dispatches=True)
        )
        lines = []
        for number in range(AGENTS):
            browser = await world.hire(f"agent{number}", max_sessions=customers)
            line = await stack.enter_async_context(browser.line())
            await line.of("welcome")
            lines.append(line)
        told = {}
        readers = [asyncio.ensure_future(_read(line, told, pings)) for line in lines]
        for number in range(customers):
            name = f"c{number}"
            await world.hear(name, "在吗")
            told[name] = asyncio.get_running_loop().create_future()
            begin = time.perf_counter()
            await world.gateway.append_events(name, [PAUSE])
            waits.append(await asyncio.wait_for(told[name], 10) - begin)
            await _ping(lines[number % AGENTS])
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    await storage.close()
    return {**summary_ms(waits), "raw": summary_ms(pings)}


async def _ping(line):
    line.pinged = time.perf_counter()
    line.ponged = asyncio.get_running_loop().create_future()
    await line.send(type="ping")
    await asyncio.wait_for(line.ponged, 10)


async def _read(line, told, pings):
    async for message in line.socket:
        now = time.perf_counter()
        frame = json.loads(message.data)
        if frame["type"] == "pong":
            pings.append(now - line.pinged)
            line.ponged.set_result(None)
        elif _is_mine(frame):
            waiting = told.get(frame.get("conversation_id") or "")
            if waiting is not None and not waiting.done():
                waiting.set_result(now)


def _is_mine(frame):
    return frame.get("kind") == "notice" and frame.get("what") == "assigned"


async def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--customers", type=int, default=CUSTOMERS)
    arguments.add_argument("--postgres", default=POSTGRES, help="URL of a server; empty: none")
    given = arguments.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        rows["sqlite"] = await measured(Path(folder) / "kefu.db", given.customers)
    if given.postgres:
        url = await create_database(given.postgres)
        try:
            rows["postgresql"] = await measured(url, given.customers)
        finally:
            await drop_database(given.postgres, url)
    for name, row in rows.items():
        print(f"{name:11} p50 {row['p50_ms']:8} p95 {row['p95_ms']:8} p99 {row['p99_ms']:8} ms")
    record = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "agents": AGENTS,
        "customers": given.customers,
        "target_p95_ms": TARGET_MS,
        "rows": rows,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (RESULTS / "desk_handoff.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
