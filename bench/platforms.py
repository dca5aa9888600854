"""How fast a WeChat push is answered, beside a bare Sanic handler.

``python -m bench.platforms`` prints a table and records it in ``results/platforms.json``. Pushes
are signed and encrypted by the simulator in this process, on one core, and answered by a real Kefu
server (gateway on SQLite, an echo for a bot) on the other. They come at random moments at the
given rate whether or not earlier ones were answered; what is measured begins at the moment a push
was due.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.measure import pinned, process_cpu_seconds
from tests.simulators.wechat import Account, WeChat

RESULTS = Path(__file__).parent / "results"
CUSTOMERS = 400
TARGET_P99_MS = 50.0
SERVER_CORE = pinned(0)
BARE = """
import sys
from sanic import Sanic, text
from kefu.server.serving import serve
from kefu.server.sockets import listening_socket
import asyncio

async def main():
    app = Sanic("bare", configure_logging=False)

    @app.post("/webhooks/wechat/webhook")
    async def take(request):
        return text("success")

    async with serve(app, listening_socket("127.0.0.1", 0), drain_seconds=0.1) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0, help="pushes a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@contextlib.asynccontextmanager
async def child(*arguments):
    """Run Python with ``arguments``; gives the port that the process prints, and its number."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=SERVER_CORE,
    )
    try:
        yield int(await process.stdout.readline()), process.pid
    finally:
        process.kill()
        await process.wait()


async def load(platform, rate, seconds, seed):
    """Push at ``rate`` for ``seconds``; returns the latencies in ms, from when each was due."""
    chance, loop = random.Random(seed), asyncio.get_running_loop()
    customers = [platform.customer() for _ in range(CUSTOMERS)]
    latencies, tasks = [], set()

    async def one(number, due):
        await chance_of(customers, chance).says(f"你好 {number}，我的快递到哪里了？")
        latencies.append(1000 * (loop.time() - due))

    began = due = loop.time()
    number = 0
    while due - began < seconds:
        await asyncio.sleep(max(0.0, due - loop.time()))
        task = loop.create_task(one(number, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        due += chance.expovariate(rate)
        number += 1
    await asyncio.gather(*tasks)
    return latencies


def chance_of(customers, chance):
    return customers[chance.randrange(len(customers))]


def figures(latencies, outcomes, seconds):
    cuts = statistics.quantiles(latencies, n=1000)
    return {
        "pushes": len(latencies),
        "per_second": round(len(latencies) / seconds, 1),
        "p50_ms": round(cuts[499], 2),
        "p95_ms": round(cuts[949], 2),
        "p99_ms": round(cuts[989], 2),
        "max_ms": round(max(latencies), 1),
        "outcomes": dict(outcomes),
    }


async def measure(mode, options):
    """Measure one kind of server: ``bare``, ``success at once`` or ``answer inside``."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        account = Account(mode="encrypted")
        platform = await stack.enter_async_context(WeChat(account, seed=options.seed))
        if mode == "bare":
            arguments = ["-c", BARE]
        else:
            settings = {
                "appid": account.appid,
                "secret": account.secret,
                "token": account.token,
                "encoding_aes_key": account.aes_key,
                "original_id": account.original_id,
                "api": platform.url,
                "typing": False,
                "answer_seconds": 0 if mode == "success at once" else 4,
            }
            credentials = json.dumps({"wechat": settings})
            module = "tests.integration.channels.kefu_process"
            arguments = ["-m", module, str(Path(folder) / "kefu.db"), credentials]
        port, pid = await stack.enter_async_context(child(*arguments))
        platform.callback_url = f"http://127.0.0.1:{port}/webhooks/wechat/webhook"
        await load(platform, options.rate / 4, 2.0, options.seed)
        platform.pushes.clear()
        began, cpu = time.perf_counter(), process_cpu_seconds(pid)
        latencies = await load(platform, options.rate, options.seconds, options.seed + 1)
        found = figures(latencies, Counter(platform.outcomes), time.perf_counter() - began)
        spent = 1000 * (process_cpu_seconds(pid) - cpu)
        return {**found, "cpu_ms_per_push": round(spent / len(latencies), 2)}


async def main():
    options = parsed_arguments()
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    busy = round(os.getloadavg()[0], 2)
    record = {"rate": options.rate, "seconds": options.seconds, "load_before": busy}
    print(f"{'':18}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}{'CPU ms':>8}   outcomes")
    for mode in ("bare", "success at once", "answer inside"):
        record[mode] = found = await measure(mode, options)
        columns = "".join(f"{found[f'{name}_ms']:>9}" for name in ("p50", "p95", "p99", "max"))
        print(f"{mode:18}{columns}{found['cpu_ms_per_push']:>8}   {found['outcomes']}")
    print(f"target: p99 ≤ {TARGET_P99_MS:g} ms at 200 a second")
    RESULTS.joinpath("platforms.json").write_text(
        json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )


if __name__ == "__main__":
    asyncio.run(main())
