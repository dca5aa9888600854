"""Claims under contention, beside the bare statements: ``python -m bench.desk_claims``.

Several processes give 2,000 waiting conversations to 50 agents at the same time: each claims, puts
sessions to an end and lets agents come and go, without knowing of the others. What must never
happen is counted afterwards in the database. The raw limit is a transaction with the two UPDATEs
that a claim cannot do without, from as many processes.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path

from bench.databases import POSTGRES, create_database, drop_database, execute
from kefu.clock import SystemClock
from kefu.desk.agents import DeskAgent
from kefu.desk.changes import (
    AddSession,
    ChangeAgent,
    ChangeSession,
    FreeSlot,
    Line,
    SetOwner,
    TakeSlot,
    Tell,
)
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict
from kefu.gateway.records import Arrival
from kefu.storage.sql import open_sql

RESULTS = Path(__file__).parent / "results"
AGENTS, MOST = 50, 5
TARGET_MS = 30
SEED = 4
ENDED = 0.8
"""How many of the claims are followed by the end of a session: in the end all places are taken."""
LOOK_EVERY = 20
"""After how many claims a process looks again at who waits."""


def owner_step(conversation_id, owner, expected, at):
    line = Line(kind="note", body=json.dumps({"note": "owner", "owner": owner}))
    return SetOwner(conversation_id, owner, frozenset({expected}), (line,), at)


def told(conversation_id, at):
    return Tell(kind="row", subject=conversation_id, data={"why": "claim"}, at=at)


async def fill(url, conversations):
    """Let agents be there, and conversations that wait for them."""
    storage = await open_sql(url)
    for number in range(AGENTS):
        agent = DeskAgent(
            agent_id=f"a{number}", name=f"agent {number}", max_sessions=MOST, is_accepting=True
        )
        await storage.desk.apply([ChangeAgent(agent)])
    for number in range(conversations):
        name, at = f"web-{number}", float(number)
        arrival = Arrival(
            conversation_id=name, channel="web", message_id=name, timestamp=at, body="{}"
        )
        await storage.stores.log.receive(arrival)
        session = ServiceSession(
            session_id=f"s{number}",
            conversation_id=name,
            opened_at=at,
            changed_at=at,
            waiting_since=at,
            summary={"asked": "我昨天买的衣服什么时候发货", "slots": {"order": "20260101"}},
        )
        steps = [owner_step(name, "queue", "bot", at), AddSession(session), told(name, at)]
        await storage.desk.apply(steps)
    await storage.close()


class Process:
    """One of several processes that do the same at the same time."""

    def __init__(self, storage, seed):
        self.desk = storage.desk
        self.chance = random.Random(seed)
        self.waits, self.claims, self.positions = [], [], []
        self.mine = []
        self.conflicts = 0

    async def run(self):
        """Claim until nobody waits, or no place is free."""
        while True:
            waiting = list(await self.desk.waiting())
            agents = [one for one in await self.desk.agents() if one.is_accepting]
            free = [one.agent_id for one in agents for _ in range(one.max_sessions - one.open)]
            if not waiting or not free:
                return
            self.chance.shuffle(free)
            candidates = waiting[: 2 * LOOK_EVERY]  # all processes want the same ones
            self.chance.shuffle(candidates)
            for session, agent_id in list(zip(candidates, free, strict=False))[:LOOK_EVERY]:
                if await self.claim(session, agent_id) and self.chance.random() < ENDED:
                    await self.end(self.mine.pop(self.chance.randrange(len(self.mine))))
                if self.chance.random() < 0.05:
                    await self.come_or_go(f"a{self.chance.randrange(AGENTS)}")

    async def claim(self, session, agent_id):
        at = time.time()
        taken = replace(
            session,
            state="assigned",
            agent_id=agent_id,
            assigned_at=at,
            first_assigned_at=at,
            waiting_since=None,
            changed_at=at,
        )
        name = session.conversation_id
        steps = [
            owner_step(name, "agent", "queue", at),
            ChangeSession(taken),
            TakeSlot(agent_id, at),
            told(name, at),
        ]
        begin = time.perf_counter()
        if not await self.applied(steps):
            return False
        self.waits.append(time.perf_counter() - begin)
        self.claims.append(session.session_id)
        self.mine.append(replace(taken, version=session.version + 1))
        return True

    async def end(self, session):
        at, name = time.time(), session.conversation_id
        closed = replace(session, state="closed", closed_at=at, changed_at=at, closed_by="bench")
        await self.applied(
            [
                owner_step(name, "bot", "agent", at),
                ChangeSession(closed),
                FreeSlot(session.agent_id),
                told(name, at),
            ]
        )

    async def come_or_go(self, agent_id):
        agent = await self.desk.agent(agent_id)
        await self.applied(
            [
                ChangeAgent(replace(agent, is_accepting=not agent.is_accepting)),
                Tell(kind="presence", subject=agent_id, at=time.time()),
            ]
        )

    async def applied(self, steps):
        try:
            done = await self.desk.apply(steps)
        except Conflict:
            self.conflicts += 1
            return False
        self.positions.append(done.position)
        return True


def run_process(url, number, begin_at):
    """Be one of the processes; runs in its own."""

    async def run():
        storage = await open_sql(url, connections=4)
        process = Process(storage, SEED * 100 + number)
        await asyncio.sleep(max(0.0, begin_at - time.time()))
        begin = time.perf_counter()
        await process.run()
        seconds = time.perf_counter() - begin
        await storage.close()
        return process.waits, process.claims, process.positions, process.conflicts, seconds

    return asyncio.run(run())


async def verdict(url, claims, positions):
    """Return how often there is what must not be."""
    storage = await open_sql(url)
    desk = storage.desk
    agents = await desk.agents()
    assigned = {one.agent_id: await desk.sessions_with(one.agent_id) for one in agents}
    waiting = await desk.waiting()
    free = sum(max(0, one.max_sessions - one.open) for one in agents if one.is_accepting)
    owned = storage.stores.conversations.owned_by
    owned_by_agents = set(await owned("agent", limit=1_000_000))
    served = {one.conversation_id for sessions in assigned.values() for one in sessions}
    torn = served ^ owned_by_agents
    events = await desk.events(after=0, limit=10_000_000)
    numbers = [event.position for event in events]
    found = {
        "agents_over_limit": sum(
            max(one.open, len(assigned[one.agent_id])) > one.max_sessions for one in agents
        ),
        "conversations_with_two_owners": len(torn)
        + sum(count - 1 for count in Counter(claims).values()),
        "waiting_while_a_place_is_free": min(len(waiting), free),
        "gaps_in_positions": sum(
            after != before + 1 for before, after in zip([0, *numbers], numbers, strict=False)
        )
        + len(positions) - len(set(positions)),
        "wrong_numbers_of_sessions": len(await desk.recount()),
    }  # fmt: skip
    left = {"still_waiting": len(waiting), "still_served": len(served)}
    await storage.close()
    return found, left


def percentiles(waits):
    waits = sorted(waits)
    return {
        "p50_ms": round(statistics.median(waits) * 1e3, 2),
        "p99_ms": round(waits[len(waits) * 99 // 100] * 1e3, 2),
    }


def in_processes(count, run, *arguments):
    """Run ``run(*arguments, number, begin_at)`` in as many processes at the same time."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn) as pool:
        begin_at = time.time() + 2.0
        done = [pool.submit(run, *arguments, number, begin_at) for number in range(count)]
        return [one.result() for one in done]


def measured(url, processes, conversations):
    asyncio.run(fill(url, conversations))
    results = in_processes(processes, run_process, url)
    waits = [wait for result in results for wait in result[0]]
    claims = [claim for result in results for claim in result[1]]
    positions = [position for result in results for position in result[2]]
    counts, left = asyncio.run(verdict(url, claims, positions))
    return {
        **percentiles(waits),
        "claims": len(claims),
        "claims_per_second": round(len(claims) / max(result[4] for result in results)),
        "conflicts": sum(result[3] for result in results),
        **left,
        "counts": counts,
    }


# -- the raw limit -------------------------------------------------------------------------

TAKE = "UPDATE raw_agents SET open = open + 1 WHERE id = {0} AND open < 1000000 RETURNING open"
OWN = "UPDATE raw_sessions SET agent = {0} WHERE id = {1} RETURNING id"
RAW_CLAIMS = 500


def run_raw_postgres(url, number, begin_at):
    """Claim with bare asyncpg; runs in its own process."""
    import asyncpg

    async def run():
        connection = await asyncpg.connect(url)
        take = await connection.prepare(TAKE.format("$1"))
        own = await connection.prepare(OWN.format("$1", "$2"))
        chance, waits = random.Random(number), []
        await asyncio.sleep(max(0.0, begin_at - time.time()))
        for claim in range(RAW_CLAIMS):
            begin, agent = time.perf_counter(), chance.randrange(AGENTS)
            async with connection.transaction():
                await own.fetch(agent, number * RAW_CLAIMS + claim)
                await take.fetch(agent)
            waits.append(time.perf_counter() - begin)
        await connection.close()
        return waits

    return asyncio.run(run())


def run_raw_sqlite(path, number, begin_at):
    """Claim with bare sqlite3; runs in its own process."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA synchronous=NORMAL")
    chance, waits = random.Random(number), []
    time.sleep(max(0.0, begin_at - time.time()))
    for claim in range(RAW_CLAIMS):
        begin, agent = time.perf_counter(), chance.randrange(AGENTS)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(OWN.format("?", "?"), (agent, number * RAW_CLAIMS + claim)).fetchall()
        connection.execute(TAKE.format("?"), (agent,)).fetchall()
        connection.execute("COMMIT")
        waits.append(time.perf_counter() - begin)
    connection.close()
    return waits


RAW_TABLES = (
    "CREATE TABLE raw_agents (id INTEGER PRIMARY KEY, open INTEGER)",
    "CREATE TABLE raw_sessions (id INTEGER PRIMARY KEY, agent INTEGER)",
)


def raw_rows(processes):
    for number in range(AGENTS):
        yield "INSERT INTO raw_agents VALUES ({0}, 0)", number
    for number in range(processes * RAW_CLAIMS):
        yield "INSERT INTO raw_sessions VALUES ({0}, NULL)", number


async def prepare_raw_postgres(url, processes):
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute(";".join(RAW_TABLES))
    async with connection.transaction():
        for sql, number in raw_rows(processes):
            await connection.execute(sql.format("$1"), number)
    await connection.close()


def raw_postgres(url, processes):
    asyncio.run(prepare_raw_postgres(url, processes))
    return percentiles(chain(*in_processes(processes, run_raw_postgres, url)))


def raw_sqlite(path, processes):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    for sql in RAW_TABLES:
        connection.execute(sql)
    connection.execute("BEGIN")
    for sql, number in raw_rows(processes):
        connection.execute(sql.format("?"), (number,))
    connection.execute("COMMIT")
    connection.close()
    return percentiles(chain(*in_processes(processes, run_raw_sqlite, path)))


# -- the whole -----------------------------------------------------------------------------


def on_postgres(server, processes, conversations):
    """Measure in a new database on ``server``, with its own settings, and drop it."""
    url = asyncio.run(create_database(server))
    try:
        raw = raw_postgres(url, processes)
        asyncio.run(execute(url, "DROP TABLE raw_agents, raw_sessions"))
        return {**measured(url, processes, conversations), "raw": raw}
    finally:
        asyncio.run(drop_database(server, url))


def on_sqlite(processes, conversations):
    """Measure in a new file."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        raw = raw_sqlite(f"{folder}/raw.db", processes)
        return {**measured(f"sqlite:///{folder}/kefu.db", processes, conversations), "raw": raw}


def main():
    """Measure, print the table and record it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--conversations", type=int, default=2_000)
    arguments.add_argument("--postgres", default=POSTGRES, help="URL of a server; empty: none")
    given = arguments.parse_args()
    rows = {}
    for processes in (1, 4):
        rows[f"SQLite, {processes} process{'es' * (processes > 1)}"] = on_sqlite(
            processes, given.conversations
        )
    if given.postgres:
        rows["PostgreSQL, 4 processes"] = on_postgres(given.postgres, 4, given.conversations)
    titles = ("p50 ms", "p99 ms", "raw p99", "claims/s", "conflicts")
    print(" " * 26, *(f"{title:>9}" for title in titles), " must be 0")
    for name, row in rows.items():
        print(
            f"{name:26} {row['p50_ms']:9} {row['p99_ms']:9} {row['raw']['p99_ms']:9} "
            f"{row['claims_per_second']:9} {row['conflicts']:9}  {list(row['counts'].values())}"
        )
    names = ", ".join(next(iter(rows.values()))["counts"])
    print(f"must be 0: {names.replace('_', ' ')}. Target: p99 ≤ {TARGET_MS} ms on PostgreSQL.")
    RESULTS.mkdir(exist_ok=True)
    record = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "at": SystemClock().now(),
        "agents": AGENTS,
        "conversations": given.conversations,
        "target_p99_ms": TARGET_MS,
        "rows": rows,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (RESULTS / "desk_claims.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
