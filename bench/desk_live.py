"""A hundred agents on live lines: ``python -m bench.desk_live``.

One process serves a desk over real sockets, SQLite, PostgreSQL or nothing but memory below it;
agents' lines are in another process, on another core.
Every customer message and every agent's answer is committed; from the moment before it is handed in
until the frame with it is read off the socket of whoever has the conversation, it is timed: both
processes are on one machine and read the same clock. Beside it stands the raw limit: a bare
WebSocket broadcast on the same framework, which tells each message to one of a hundred sockets
without keeping, reading or deciding anything.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from argon2 import PasswordHasher

from bench.databases import POSTGRES, create_database, drop_database
from kefu.app.desk import GatewayDoor, profile_of
from kefu.app.handoffs import Handoffs
from kefu.cli.serving import run_with_fast_loop, spare_garbage_collector
from kefu.clock import SystemClock
from kefu.core.domain import Domain
from kefu.core.events import ConversationPaused
from kefu.core.ids import new_id
from kefu.core.messages import AgentMessage, UserMessage
from kefu.desk.desk import Desk
from kefu.desk.handing import Known
from kefu.desk.people import Person
from kefu.dialogue.bot import Bot
from kefu.gateway.gateway import Gateway
from kefu.server.app import build_app
from kefu.server.services import Services
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from kefu.staff.accounts import Account
from kefu.staff.changes import AddAccount
from kefu.staff.passwords import Passwords
from kefu.staff.permissions import Role
from kefu.staff.signing_in import From
from kefu.staff.staff import Staff
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql

RESULTS = Path(__file__).parent / "results"
AGENTS, EACH, RATE, SECONDS, WARM_UP = 100, 3, 300, 20.0, 3.0
SUPERVISORS = 2
TARGET_MS = 150
MARK = "at "
PASSWORD = "correct horse 9 staple"


async def nothing_known(_):
    return Known()


async def hired(staff, passwords, count):
    """Return new accounts, the first of them supervisors, and a login's token for each."""
    secret = await passwords.hash(PASSWORD)
    accounts, tokens = [], []
    for number in range(count):
        account = Account(
            account_id=new_id("a"),
            staff_number=str(number),
            login=f"agent{number}",
            display_name=f"Agent {number}",
            role=Role.SUPERVISOR if number < SUPERVISORS else Role.AGENT,
            password_hash=secret,
            max_sessions=50,
            created_at=1.0,
            changed_at=1.0,
        )
        await staff.audit.apply([AddAccount(account)])
        _, token = await staff.signing_in.sign_in(account.login, PASSWORD, From("", ""))
        accounts.append(account)
        tokens.append(token)
    return accounts, tokens


async def serving(where, agents, rate, seconds):
    """Serve, feed the desk, and print the tokens of the agents' logins first.

    ``where`` it is kept: ``memory``, ``sqlite``, or the URL of a database.
    """
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        if where == "memory":
            storage = open_memory()
        elif where != "sqlite":
            storage = await open_sql(where)
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            storage = await open_sql(folder / "kefu.db")
        stack.push_async_callback(storage.close)
        bot = Bot(domain=Domain.from_dict({}), understanding=None, predictor=None)
        handoffs = Handoffs(clock)
        gateway = Gateway(bot, storage.stores, handoff=handoffs)
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        staff = Staff(storage.staff, clock, passwords=cheap)
        accounts, tokens = await hired(staff, cheap, agents)
        desk = Desk(storage.desk, GatewayDoor(gateway), clock, look=nothing_known)
        handoffs.queue = desk
        for account in accounts:
            await desk.presence.know(profile_of(account))
        await desk.feed.begin()
        services = Services(conversations=gateway, models=None, staff=staff, desk=desk, clock=clock)
        app = build_app(services, ServerSettings())
        works = [desk.feed.run(), staff.watch.run(), desk.timekeeper.run()]
        running = [asyncio.create_task(work) for work in works]
        async with serve(app, listening_socket("127.0.0.1", 0)) as server:
            owned = await conversations(gateway, desk, accounts)
            print(json.dumps({"port": server.port, "tokens": tokens}), flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            spare_garbage_collector()
            begun, cpu = time.perf_counter(), time.process_time()
            sent = await traffic(gateway, desk, owned, rate, seconds)
            wall, used = time.perf_counter() - begun, time.process_time() - cpu
            print(json.dumps({"sent": sent, "cpu": used / wall}), flush=True)
            await asyncio.to_thread(sys.stdin.readline)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await gateway.close()


async def conversations(gateway, desk, accounts):
    """Give each agent conversations of their own."""
    owned = []

    def may(_):
        return None

    for account in accounts:
        by = Person(account.account_id, account.display_name)
        await desk.presence.connect(by.id)
        for number in range(EACH):
            name = f"web-{account.login}-{number}"
            await gateway.append_events(name, [ConversationPaused()], output_channel="web")
            await desk.serving.claim(name, by, may)
            owned.append((name, by))
    return owned


async def traffic(gateway, desk, owned, rate, seconds):
    """Let customers and agents speak in turns at an even rate; return how many messages."""
    sent, tasks, begun = 0, set(), time.perf_counter()

    def may(_):
        return None

    async def one(number, name, by):
        text = f"{MARK}{time.time():.6f} {number}"
        if number // len(owned) % 2:
            message = AgentMessage(
                conversation_id=name, agent=by.as_json(), message_id=str(number), text=text
            )
            await desk.speaking.say(message, by, may)
        else:
            await gateway.receive(
                UserMessage(
                    conversation_id=name, text=text, message_id=str(number), input_channel="web"
                )
            )

    while (now := time.perf_counter() - begun) < seconds:
        due = int(now * rate)
        while sent < due:
            name, by = owned[sent % len(owned)]
            task = asyncio.create_task(one(sent, name, by))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            sent += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*tasks)
    return sent


# -- the agents' side


async def listen(session, url, token, delays, frames, ready):
    """Read a live line until it is cancelled; note how old what it brings is."""
    headers = {"Cookie": f"kefu_desk={token}"}
    async with session.ws_connect(url, headers=headers, max_msg_size=0) as socket:
        await socket.send_json({"type": "hello", "cursor": None})
        async for message in socket:
            now, frame = time.time(), json.loads(message.data)
            frames[0] += 1
            if frame["type"] == "welcome":
                ready.release()
                continue
            if frame["type"] != "items":
                continue
            for item in frame["items"]:
                text = item.get("text") or ""
                if text.startswith(MARK):
                    delays.append((float(text.split()[1]), now))


async def agents_side(port, tokens, started, finished):
    delays, frames, ready = [], [0], asyncio.Semaphore(0)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        url = f"http://127.0.0.1:{port}/api/v1/live"
        tasks = [
            asyncio.create_task(listen(session, url, token, delays, frames, ready))
            for token in tokens
        ]
        for _ in tasks:
            await ready.acquire()
        await started()
        told = await finished()
        await asyncio.sleep(1.0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    first = min(at for at, _ in delays) + WARM_UP
    counted = sorted((now - at) * 1000 for at, now in delays if at >= first)
    return told, counted, len(delays), frames[0]


def figures(counted):
    def at(share):
        return round(counted[min(len(counted) - 1, int(len(counted) * share))], 2)

    return {
        "p50_ms": at(0.5),
        "p95_ms": at(0.95),
        "p99_ms": at(0.99),
        "max_ms": round(counted[-1], 2),
        "mean_ms": round(statistics.fmean(counted), 2),
    }


def pinned(core):
    available = sorted(os.sched_getaffinity(0))
    return lambda: os.sched_setaffinity(0, {available[core % len(available)]})


def measure_on_postgres(server, *sizes):
    """Measure on a database of its own; return a list with what was measured."""
    if not server:
        return []
    url = asyncio.run(create_database(server))
    try:
        return [measure(url, *sizes) | {"storage": "postgresql"}]
    finally:
        asyncio.run(drop_database(server, url))


def measure(storage, agents, rate, seconds):
    """Run a server of its own and the agents in this process; return what was measured."""
    command = [sys.executable, "-m", "bench.desk_live", "--serve", storage]
    command += ["--agents", str(agents), "--rate", str(rate), "--seconds", str(seconds)]
    server = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=pinned(0)
    )
    pinned(1)()
    try:
        told = json.loads(server.stdout.readline())

        async def started():
            server.stdin.write("go\n")
            server.stdin.flush()

        async def finished():
            return json.loads(await asyncio.to_thread(server.stdout.readline))

        side = agents_side(told["port"], told["tokens"], started, finished)
        result, counted, count, frames = asyncio.run(side)
        server.stdin.write("end\n")
        server.stdin.flush()
        server.wait(30)
    finally:
        if server.poll() is None:
            server.kill()
    found = {
        "storage": storage,
        "agents": agents,
        "messages_a_second": rate,
        "sent": result["sent"],
        "told": count,
        "frames": frames,
        "cpu": round(result["cpu"], 3),
        **figures(counted),
    }
    if storage == "raw":
        del found["frames"]
    elif count != result["sent"]:
        raise SystemExit(f"{result['sent']} messages were sent, but {count} were told")
    return found


# -- the raw limit


async def raw(agents, rate, seconds):
    """Tell messages to sockets of the bare framework, each to one of them."""
    from sanic import Sanic

    app, sockets = Sanic("raw", configure_logging=False), []
    app.config.update({"ACCESS_LOG": False, "MOTD": False, "WEBSOCKET_PING_INTERVAL": None})

    async def live(_request, socket):
        await socket.recv()
        sockets.append(socket)
        await socket.send('{"type":"welcome"}')
        await socket.recv()

    app.add_websocket_route(live, "/api/v1/live")
    async with serve(app, listening_socket("127.0.0.1", 0)) as server:
        print(json.dumps({"port": server.port, "tokens": ["x"] * agents}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begun, cpu, sent = time.perf_counter(), time.process_time(), 0
        while (now := time.perf_counter() - begun) < seconds:
            while sent < int(now * rate):
                text = f"{MARK}{time.time():.6f} {sent}"
                frame = {"type": "items", "items": [{"text": text}]}
                await sockets[sent % agents].send(json.dumps(frame))
                sent += 1
            await asyncio.sleep(0.002)
        used = (time.process_time() - cpu) / (time.perf_counter() - begun)
        print(json.dumps({"sent": sent, "cpu": used}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)


def main():
    """Measure and print, or be the server of a measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", help="memory, sqlite, raw, or the URL of a database")
    parser.add_argument("--postgres", default=POSTGRES, help="URL of a server; empty: none")
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    sizes = (options.agents, options.rate, options.seconds)
    if options.serve == "raw":
        run_with_fast_loop(raw(*sizes))
        return
    if options.serve:
        run_with_fast_loop(serving(options.serve, *sizes))
        return
    found = [measure(storage, *sizes) for storage in ("sqlite", "memory", "raw")]
    found += measure_on_postgres(options.postgres, *sizes)
    for one in found:
        print(json.dumps(one))
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "target_ms": TARGET_MS,
        "runs": found,
    }
    (RESULTS / "desk_live.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    for one in found:
        if one["p95_ms"] > TARGET_MS:
            sys.exit(f"p95 on {one['storage']} is {one['p95_ms']} ms, more than {TARGET_MS} ms")


if __name__ == "__main__":
    main()
