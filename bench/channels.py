"""How fast messages pass: ``make bench-channels``.

Every figure stands beside a raw limit of the same run (a bare Sanic WebSocket, bare SQLite, bare
PostgreSQL), so that it says something on another machine, too. A single server process runs on one
core and the customers on the other; three processes share both. Results go to
``results/channels.json`` as they came out.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench import raw, relay
from bench.chaos.project import train
from bench.chaos.served import Served
from bench.chaos.services import Postgres, Redis
from bench.measure import environment, pinned, process_cpu_seconds, process_memory_mb
from bench.serving import free_port

RESULTS = Path(__file__).parent / "results"
CREDENTIALS = json.dumps({"web": {"burst": 100_000, "messages_per_second": 100_000}})
CUSTOMERS = 50


async def visitors(url, *options, core=1):
    """Run :mod:`bench.visitors` in a process of its own and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.visitors", url, *map(str, options),
        stdout=subprocess.PIPE, env=environment(),
        preexec_fn=None if core is None else pinned(core),
    )  # fmt: skip
    output, _ = await process.communicate()
    return json.loads(output)


@asynccontextmanager
async def served(folder, storage, *, workers=1, coordination=None, core=None):
    """Serve the project of :mod:`bench.chaos.project`."""
    train(folder, actions=1, storage=storage, coordination=coordination, credentials=CREDENTIALS)
    server = Served(folder, workers=workers, core=core)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def turns_of(server, *, core=1):
    """Return throughput, cost of a turn and latency at a fixed rate."""
    await visitors(server.url, "--customers", CUSTOMERS, "--seconds", 2, core=core)
    before = server.cpu_seconds()
    busy = await visitors(server.url, "--customers", CUSTOMERS, "--seconds", 10, core=core)
    cpu = server.cpu_seconds() - before
    busy["cpu_ms_a_turn"] = round(1000 * cpu / (busy["messages"] + CUSTOMERS), 3)
    alone = await visitors(server.url, "--customers", 1, "--seconds", 3, core=core)
    return {"busy": busy, "one_customer": alone}


async def bot_turns(folder):
    """Turns of the bot over WebSockets, committed to SQLite, one process."""
    async with served(folder, f"sqlite:///{folder}/kefu.db", core=0) as server:
        idle_mb = server.memory_mb()
        figures = await turns_of(server)
        figures["at_300_a_second"] = await visitors(
            server.url, "--customers", 100, "--rate", 300, "--seconds", 15
        )
        await visitors(server.url, "--customers", 1000, "--rate", 200, "--seconds", 10)
        figures["memory_mb"] = {"idle": idle_mb, "1000_open": server.memory_mb()}
    return figures


async def echo_limit():
    """Return what a bare Sanic WebSocket does in the same place."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - a start, nothing else
        [sys.executable, "-m", "bench.raw", str(port)],
        env=environment(), preexec_fn=pinned(0), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        before = process_cpu_seconds(process.pid)
        number = await raw.echoes(f"ws://127.0.0.1:{port}/echo")
        cpu = process_cpu_seconds(process.pid) - before
        return {
            "per_second": number,
            "cpu_ms": round(1000 * cpu / (4 * number), 3),
            "memory_mb": round(process_memory_mb(process.pid), 1),
        }
    finally:
        process.terminate()
        process.wait()


async def relayed(folder):
    """Messages between customers and an agent, committed to SQLite, one process."""
    credentials = json.loads(CREDENTIALS)
    credentials["web"]["secret"] = relay.SECRET
    storage = f"sqlite:///{folder}/kefu.db"
    train(folder, actions=1, storage=storage, credentials=json.dumps(credentials))
    port, tokens = free_port(), folder / "tokens.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.relay", str(folder), str(port), "100",
        stdout=subprocess.PIPE, env=environment(), preexec_fn=pinned(0),
    )  # fmt: skip
    try:
        tokens.write_bytes(await process.stdout.readline())
        url, options = f"http://127.0.0.1:{port}", ("--tokens", tokens, "--text", "您好")
        await visitors(url, "--customers", 50, "--seconds", 2, *options)
        before = process_cpu_seconds(process.pid)
        busy = await visitors(url, "--customers", 50, "--seconds", 10, *options)
        cpu = process_cpu_seconds(process.pid) - before
        # A customer's message and the agent's answer are two messages that were relayed.
        busy["relayed_per_second"] = round(2 * busy["per_second"])
        busy["cpu_ms_a_message"] = round(1000 * cpu / (2 * busy["messages"]), 3)
        rate = ("--customers", 100, "--rate", 250, "--seconds", 15)
        return {"busy": busy, "at_500_a_second": await visitors(url, *rate, *options)}
    finally:
        process.terminate()
        await process.wait()


async def several_processes(folder):
    """Three processes on PostgreSQL and Redis against one, and against one on SQLite."""
    figures = {}
    async with AsyncExitStack() as stack:
        postgres, redis = Postgres(folder), Redis(folder)
        await postgres.create()
        stack.push_async_callback(postgres.stop)
        await postgres.start()
        stack.push_async_callback(redis.stop)
        await redis.start()
        figures["raw_postgresql_turns_per_second"] = await raw.postgres_turns(postgres.url)
        for workers in (1, 3):
            place = folder / str(workers)
            place.mkdir()
            async with served(
                place, postgres.url, workers=workers, coordination=redis.url
            ) as server:
                figures[f"{workers}_on_postgresql"] = await turns_of(server, core=None)
        place = folder / "sqlite"
        place.mkdir()
        async with served(place, f"sqlite:///{place}/kefu.db") as server:
            figures["1_on_sqlite"] = await turns_of(server, core=None)
    cost = {name: row["busy"]["cpu_ms_a_turn"] for name, row in figures.items() if "_on_" in name}
    speed = {name: row["busy"]["per_second"] for name, row in figures.items() if "_on_" in name}
    figures["three_against_one"] = round(speed["3_on_postgresql"] / speed["1_on_postgresql"], 2)
    figures["cost_against_sqlite"] = {
        "1": round(cost["1_on_postgresql"] / cost["1_on_sqlite"], 2),
        "3": round(cost["3_on_postgresql"] / cost["1_on_sqlite"], 2),
    }
    return figures


PARTS = {
    "echo_limit": lambda _: echo_limit(),
    "bot_turns": bot_turns,
    "relayed": relayed,
    "several_processes": several_processes,
}


async def run(wanted):
    """Measure the parts, one after the other."""
    figures = {}
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="kefu-bench-", ignore_cleanup_errors=True) as where:
            folder = Path(where)
            os.chmod(where, 0o755)  # noqa: PTH101 - PostgreSQL runs as a user of its own
            if name == "bot_turns":
                figures["raw_sqlite_turns_per_second"] = raw.sqlite_turns(folder / "raw.db")
            figures[name] = await PARTS[name](folder)
        print(json.dumps({name: figures[name]}, indent=1), flush=True)
    return figures


def main():
    """Measure and record."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    given = arguments.parse_args()
    load = os.getloadavg()[0]
    figures = asyncio.run(run(given.parts or list(PARTS)))
    place = RESULTS / "channels.json"
    record = json.loads(place.read_text("utf-8")) if place.exists() and given.parts else {}
    record |= {"python": platform.python_version(), "load_before": round(load, 2), **figures}
    place.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
