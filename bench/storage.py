"""What the gateway and its store cost per message, beside bare sqlite3.

``python -m bench.storage`` prints a table and records it in ``results/storage.json``. A turn is
one message in and one commit out: 6 events, one reply. The bot is a stand-in that costs next to
nothing, so that what is left is the gateway's and the store's own.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import secrets
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from kefu.clock import SystemClock
from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from kefu.core.messages import Reply, UserMessage
from kefu.gateway.gateway import Gateway
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql

RESULTS = Path(__file__).parent / "results"
TEXT = "我昨天买的衣服什么时候发货，订单号是20260101"
PARSE = {
    "text": TEXT,
    "intent": {"name": "query_order", "confidence": 0.97},
    "entities": [{"entity": "order", "start": 15, "end": 23, "value": "20260101"}],
    "intent_ranking": [{"name": f"intent_{n}", "confidence": 0.1} for n in range(10)],
}


@dataclass
class Turn:
    events: tuple
    replies: tuple
    reminders: tuple = ()


class StandIn:
    """Does what a bot does to a tracker, and no thinking."""

    def __init__(self):
        self.domain = Domain.from_dict({"slots": {"order": {"type": "text", "mappings": []}}})

    async def take_turn(self, tracker, message):
        now = time.time()
        user = UserUttered(
            text=TEXT,
            intent=PARSE["intent"],
            entities=tuple(PARSE["entities"]),
            parse_data=PARSE,
            input_channel="rest",
            message_id=message.message_id,
        )
        events = [
            *(
                []
                if tracker.events
                else [ActionExecuted(action_name="action_session_start"), SessionStarted()]
            ),
            user,
            SlotSet(key="order", value="20260101"),
            ActionExecuted(action_name="action_query", policy="RulePolicy", confidence=1.0),
            BotUttered(text="您的订单正在路上。", data={"buttons": None, "image": None}),
            ActionExecuted(action_name="action_listen", policy="RulePolicy", confidence=1.0),
        ]
        events = tuple(replace(event, timestamp=now) for event in events)
        tracker.extend(events)
        tracker.settle()
        tracker.trim()
        return Turn(
            events, (Reply(recipient_id=tracker.conversation_id, text="您的订单正在路上。"),)
        )


@dataclass
class Figures:
    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def message(conversation_id, number):
    return UserMessage(
        conversation_id=conversation_id, text=TEXT, message_id=f"{conversation_id}/{number}"
    )


async def measured(call, count, clients):
    """Call ``call(client, number)`` ``count`` times from ``clients`` clients at once."""
    waits = []

    async def client(number):
        for index in range(count // clients):
            begin = time.perf_counter()
            await call(number, index)
            waits.append(time.perf_counter() - begin)

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client(number) for number in range(clients)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    waits.sort()
    return Figures(
        per_second=round(len(waits) / wall),
        cpu_us=round(cpu / len(waits) * 1e6),
        p50_ms=round(waits[len(waits) // 2] * 1e3, 2),
        p99_ms=round(waits[len(waits) * 99 // 100] * 1e3, 2),
    )


async def bot_alone(count):
    """Return the stand-in's own cost, to be taken off."""
    from kefu.core.tracker import Tracker

    bot = StandIn()

    async def call(_client, index):
        await bot.take_turn(Tracker(f"n{index}", bot.domain), message(f"n{index}", 0))

    return await measured(call, count, 1)


async def through_gateway(open_store, count, clients, *, per_conversation):
    storage = await open_store()
    gateway = Gateway(StandIn(), storage.stores)
    run = secrets.token_hex(4)  # a database may hold earlier runs

    async def call(client, index):
        conversation, number = divmod(index, per_conversation)
        await gateway.handle(message(f"{run}-{client}-{conversation}", number))

    figures = await measured(call, count, clients)
    await gateway.close()
    await storage.close()
    return figures


async def one_sender(open_store, count):
    """Return the mean cost of the same sender's first and last 100 messages."""
    storage = await open_store()
    gateway = Gateway(StandIn(), storage.stores)
    costs = []
    for number in range(count):
        begin = time.process_time()
        await gateway.handle(message("the same", number))
        costs.append(time.process_time() - begin)
    loads = []
    for _ in range(5):
        begin = time.perf_counter()
        await Gateway(StandIn(), storage.stores).tracker("the same")
        loads.append(time.perf_counter() - begin)
    await gateway.close()
    await storage.close()
    return {
        "first_100_us": round(sum(costs[:100]) * 1e4),
        "last_100_us": round(sum(costs[-100:]) * 1e4),
        "last_500_us": round(sum(costs[-500:]) * 2e3),
        "cold_load_ms": round(sorted(loads)[2] * 1e3, 2),
    }


def bare_sqlite(folder, count):
    """Write the same rows with sqlite3 and nothing else: two transactions a turn."""
    connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT UNIQUE, seq INTEGER)")
    connection.execute(
        "CREATE TABLE e (id INTEGER PRIMARY KEY, c INTEGER, seq INTEGER, kind TEXT, t REAL, "
        "body TEXT, UNIQUE (c, seq))"
    )
    connection.execute("CREATE TABLE d (id INTEGER PRIMARY KEY, c INTEGER, seq INTEGER, body TEXT)")
    user = json.dumps(PARSE, ensure_ascii=False)
    waits = []
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(count):
        begin = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO c (name, seq) VALUES (?, 1)", (f"n{number}",))
        connection.execute(
            "INSERT INTO e (c, seq, kind, t, body) VALUES (?, 1, 'message', 1.0, ?)",
            (number, TEXT),
        )
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE c SET seq = seq + 6 WHERE id = ?", (number + 1,))
        rows = [
            (number, 2 + n, "event", 1.0, user if n == 2 else '{"event": "x"}') for n in range(7)
        ]
        connection.executemany("INSERT INTO e (c, seq, kind, t, body) VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("INSERT INTO d (c, seq, body) VALUES (?, 1, ?)", (number, TEXT))
        connection.execute("COMMIT")
        waits.append(time.perf_counter() - begin)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    connection.close()
    waits.sort()
    return Figures(
        per_second=round(count / wall),
        cpu_us=round(cpu / count * 1e6),
        p50_ms=round(waits[count // 2] * 1e3, 3),
        p99_ms=round(waits[count * 99 // 100] * 1e3, 3),
    )


async def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--messages", type=int, default=4000)
    arguments.add_argument("--long", type=int, default=5000, help="messages of one sender")
    arguments.add_argument("--postgres", help="URL of an empty database to measure as well")
    given = arguments.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        numbers = iter(range(100))

        def new_sqlite():
            return open_sql(Path(folder) / f"{next(numbers)}.db")

        async def new_memory():
            return open_memory()

        rows["bare sqlite3, two transactions"] = bare_sqlite(folder, given.messages)
        rows["the stand-in bot alone"] = await bot_alone(given.messages)
        stores = {"memory": new_memory, "sqlite": new_sqlite}
        if given.postgres:
            stores["postgresql"] = lambda: open_sql(given.postgres)
        for name, store in stores.items():
            for clients in (1, 16):
                label = f"gateway on {name}, {clients} client{'s' * (clients > 1)}"
                rows[f"{label}, new senders"] = await through_gateway(
                    store, given.messages, clients, per_conversation=1
                )
            rows[f"gateway on {name}, 16 clients, 20 messages each"] = await through_gateway(
                store, given.messages, 16, per_conversation=20
            )
        long = await one_sender(new_sqlite, given.long)
    bare = rows["bare sqlite3, two transactions"]
    bot = rows["the stand-in bot alone"]
    print(f"{'':52} {'turns/s':>8} {'CPU µs':>7} {'own µs':>7} {'p50 ms':>7} {'p99 ms':>7}  × bare")
    for name, figures in rows.items():
        own = figures.cpu_us - (bot.cpu_us if name.startswith("gateway") else 0)
        print(
            f"{name:52} {figures.per_second:8} {figures.cpu_us:7} {own:7} {figures.p50_ms:7} "
            f"{figures.p99_ms:7}  {own / bare.cpu_us:.1f}"
        )
    print(f"one sender, {given.long} messages on SQLite: {long}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    RESULTS.mkdir(exist_ok=True)
    record = {
        "machine": platform.machine(),
        "load_average": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "at": SystemClock().now(),
        "peak_mb": peak,
        "rows": {name: vars(figures) for name, figures in rows.items()},
        "one_sender": long,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (RESULTS / "storage.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
