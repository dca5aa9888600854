"""``python -m bench.chaos``: see :mod:`bench.chaos`."""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path

import aiohttp

from bench.chaos.faults import Faults
from bench.chaos.ledger import PREFIX, Ledger
from bench.chaos.scene import scene
from bench.chaos.web import WebCustomer
from kefu.core.events import BotUttered, UserUttered
from kefu.gateway.reading import Reading
from kefu.storage.sql import open_sql

RESULTS = Path(__file__).parents[1] / "results"
SETTLE_SECONDS = 120


async def until_settled(ledger):
    """Wait until everything acknowledged is answered, or for as long as is reasonable."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while ledger.unanswered() and time.monotonic() < deadline:  # noqa: ASYNC110 - a long look
        await asyncio.sleep(0.2)


async def wrong_in_the_log(url, ledger, customers):
    """Count messages and answers that the log has not exactly once."""
    storage = await open_sql(url)
    reading = Reading(storage.stores, None)
    wrong = 0
    for customer in customers:
        if customer.conversation_id is None:
            continue
        log = await reading.log(customer.conversation_id, after=0, limit=None)
        events = [logged.event for logged in log]
        heard = Counter(
            entity["value"] for e in events if isinstance(e, UserUttered) for entity in e.entities
        )
        said = Counter(e.text.removeprefix(PREFIX) for e in events if isinstance(e, BotUttered))
        for what in ledger.said[customer.name]:
            wrong += heard[what] != 1
            wrong += said[what] > 1
    wrong += len(await storage.stores.conversations.unanswered(before=time.time(), limit=10_000))
    await storage.close()
    return wrong


async def run(given, workers, folder):
    """Play one run and return its count and how long it took."""
    ledger, is_over = Ledger(), asyncio.Event()
    async with AsyncExitStack() as stack:
        played = await stack.enter_async_context(scene(folder, workers=workers))
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        customers = invited(given, played, session, ledger, is_over)
        await played.served.start()
        begin = time.perf_counter()
        living = [asyncio.ensure_future(customer.live()) for customer in customers]
        faults = Faults(played, customers, random.Random(given.seed))
        await faults.cause(kills=given.kills, seconds=given.seconds)
        is_over.set()
        await until_settled(ledger)
        await asyncio.wait(living, timeout=10)
        seconds = time.perf_counter() - begin
        for life in living:
            life.cancel()
        await asyncio.gather(*living, return_exceptions=True)
        await played.served.stop()
        count = ledger.count()
        count.faults = faults.happened
        count.in_the_log_wrong = await wrong_in_the_log(played.storage_url, ledger, customers)
        if not count.is_clean and given.keep:
            keep(given.keep, workers, played.served, ledger)
        return count, seconds


def invited(given, played, session, ledger, is_over):
    """Return the customers: three quarters on the web, the others on WeChat and WeCom."""
    elsewhere = given.customers // 4
    customers = played.platforms.customers(elsewhere, ledger, given.seed, is_over)
    for number in range(given.customers - len(customers)):
        chance = random.Random(f"{given.seed}/{number}")
        url = played.served.url
        customers.append(WebCustomer(f"w{number}", url, session, ledger, chance, is_over))
    for customer in customers:
        ledger.channel_of[customer.name] = customer.channel
    return customers


def keep(folder, workers, served, ledger):
    """Write down what helps to find out what went wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"server-{workers}.log").write_text(served.log(), "utf-8")
    said = {name: list(whats) for name, whats in ledger.said.items()}
    record = {"told": ledger.told, "said": said, "heard": ledger.heard}
    (folder / f"ledger-{workers}.json").write_text(json.dumps(record, indent=1), "utf-8")


def shown(record):
    """Print one run's figures."""
    for name, value in record.items():
        print(f"  {name.replace('_', ' '):22} {value}")


def main():
    """Play the runs and record what came of them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=200)
    arguments.add_argument("--kills", type=int, default=30)
    arguments.add_argument("--seconds", type=float, default=180, help="of faults, for each run")
    arguments.add_argument("--processes", type=int, nargs="*", default=[1, 3])
    arguments.add_argument("--seed", type=int, default=20261128)
    arguments.add_argument("--keep", type=Path, help="folder for logs of runs that were not clean")
    given = arguments.parse_args()
    records, is_clean = {}, True
    for workers in given.processes:
        with tempfile.TemporaryDirectory(
            prefix="kefu-chaos-", ignore_cleanup_errors=True
        ) as folder:
            Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own
            count, seconds = asyncio.run(run(given, workers, Path(folder)))
        print(f"{workers} process{'es' * (workers > 1)}")
        records[str(workers)] = {**asdict(count), "seconds": round(seconds, 1)}
        shown(records[str(workers)])
        is_clean = is_clean and count.is_clean
    RESULTS.mkdir(exist_ok=True)
    settings = {"customers": given.customers, "kills": given.kills, "seed": given.seed}
    record = {**settings, "processes": records}
    (RESULTS / "chaos.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
