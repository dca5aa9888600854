"""How fast what was said is found among 1,000,000 messages, on SQLite and PostgreSQL.

``python -m bench.desk_search [--postgres URL]`` fills a store by itself (some minutes), prints a
table and records it in ``results/desk_search.json``. The texts are phrases of the shop's own data,
drawn by Zipf's law, with order numbers; the seed is fixed. A query is a whole search: the index,
reading, checking, names of customers, snippets. Beside it stands what the database alone takes:
the bare statement on the same index, and a ``LIKE`` over all texts.

``--ingest`` measures as well how far the index is behind while 500 messages a second come in.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform
import random
import re
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path

from bench.measure import summary_ms
from kefu.clock import SystemClock
from kefu.desk.indexing import Indexing
from kefu.desk.search import parsed
from kefu.desk.searching import Searching
from kefu.gateway.records import Arrival, Commit, NewDelivery, NewEntry
from kefu.storage.sql import open_sql

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SEED = 20_260_101
BEGIN = 1_735_689_600.0
PER_CONVERSATION = 20
SECONDS_BETWEEN = 30.0
CHUNK = 5_000
CUSTOMERS = 20_000

QUERIES = {
    "two characters, rare": ["压扁", "机票", "断码", "赠品", "跑鞋"],
    "two characters, now and then": ["机场", "周末", "深圳", "预售", "晒图"],
    "two characters, frequent": ["退货", "发货", "订单", "怎么", "客服"],
    "four characters and more": ["什么时候", "尺码不合适", "查一下物流", "退货退款", "七天无理由"],
    "one character": ["我", "的", "退", "霾", "券"],
    "several words": ["退货 保温杯", "发货 订单", "我 退", "优惠券 运费", "客服 电话 订单"],
    "a word left out": ["退货 -退款", "订单 -发货", "怎么 -退货"],
    "an order number, its end": ["60260000100", "1007", "00001005", "80123"],
    "said by the bot": ["退货 from:bot", "订单 from:机器人", "保温杯 from:bot"],
    "some days of a year": [
        "退货 before:2025-02-01", "订单 after:2025-06-01 before:2025-06-02", "我 before:2025-03-01",
    ],
    "not there": ["魑魅魍魉", "999988887777", "iphone"],
}  # fmt: skip
"""Kind -> what is typed."""


def phrases():
    """Return the phrases of the shop's own training data, shuffled."""
    found = []
    for path in sorted(ROOT.joinpath("data").rglob("*.yml")):
        for line in path.read_text("utf-8").splitlines():
            match = re.match(r"\s*- (.+)$", line)
            if match and re.search("[\u4e00-\u9fff]", match[1]) and "story" not in match[1]:
                plain = re.sub(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})", r"\1", match[1])
                found.append(plain.strip().strip('"'))
    found = list(dict.fromkeys(found))
    random.Random(SEED).shuffle(found)
    return found


def texts(count):
    """Yield what customers (even places) and the bot (odd ones) say."""
    rnd, known = random.Random(SEED), phrases()
    shares = list(itertools.accumulate(1 / rank for rank in range(1, len(known) + 1)))
    for number in range(count):
        size = rnd.choice((2, 3, 4) if number % 2 else (1, 1, 2))
        text = "，".join(rnd.choices(known, cum_weights=shares, k=size))
        if rnd.random() < 0.15:
            text += f"，订单号{rnd.randrange(10**11, 10**12)}"
        yield text


def entries(count):
    """Yield entries: conversation, seq, kind, time, body."""
    for number, text in enumerate(texts(count)):
        conversation, place = divmod(number, PER_CONVERSATION)
        kind = "bot" if number % 2 else "user"
        at = BEGIN + number * SECONDS_BETWEEN
        body = {
            "event": kind,
            "text": text,
            "timestamp": at,
            "metadata": {},
            **(
                {"data": {}}
                if number % 2
                else {"input_channel": "web", "parse_data": {"intent": {"name": "ask"}}}
            ),
        }
        yield conversation + 1, place + 1, kind, at, json.dumps(body, ensure_ascii=False)


def conversations(count):
    """Yield rows of conversations."""
    for number in range(1, count // PER_CONVERSATION + 1):
        at = BEGIN + number * PER_CONVERSATION * SECONDS_BETWEEN
        yield number, f"web-{number}", 1, "bot", "web", PER_CONVERSATION, 0, 0, at, at


def customers():
    """Yield rows of customers, with names and numbers."""
    rnd = random.Random(SEED)
    for number in range(1, CUSTOMERS + 1):
        name = rnd.choice("王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗") + "".join(
            rnd.choices(
                "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建文", k=rnd.choice((1, 2))
            )
        )
        profile = json.dumps(
            {"shop_name": name, "phone": f"+86138{rnd.randrange(10**8):08}"}, ensure_ascii=False
        )
        yield number, f"c_{number}", f"web-{number}", profile, 1, BEGIN, BEGIN


CONVERSATION = (
    "id, conversation_id, version, owner, channel, last_seq, last_message_seq, answered_seq, "
    "created_at, changed_at"
)
CUSTOMER = "id, customer_id, conversation_id, profile, version, created_at, changed_at"
ENTRY = "conversation, seq, kind, timestamp, body"


class Lite:
    """A file, and what is measured beside the search."""

    name = "sqlite"
    like = "SELECT position FROM entries WHERE body LIKE ? ORDER BY position DESC LIMIT 20"
    counted = "SELECT count(*) FROM entries WHERE body LIKE ?"

    def __init__(self, folder):
        self.where = Path(folder) / "kefu.db"

    async def fill(self, count):
        """Put everything into the tables."""
        connection = sqlite3.connect(self.where, isolation_level=None)
        connection.execute("BEGIN")
        for table, columns, rows in tables(count):
            marks = ", ".join("?" * (columns.count(",") + 1))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        connection.execute(
            "INSERT INTO search_touched (customer_id) SELECT customer_id FROM customers"
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.close()

    async def seconds(self, sql, *values):
        """Return how long a statement takes."""
        connection = sqlite3.connect(self.where)
        begun = time.perf_counter()
        connection.execute(sql, values).fetchall()
        took = time.perf_counter() - begun
        connection.close()
        return took

    async def size(self):
        """Return the bytes of the index."""
        connection = sqlite3.connect(self.where)
        (size,) = (
            connection.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search_messages%'"
            ).fetchone()
            if has_dbstat(connection)
            else (None,)
        )
        connection.close()
        return size

    def close(self):
        """Leave nothing behind; the folder goes as a whole."""


def has_dbstat(connection):
    """Whether SQLite tells sizes."""
    return any("DBSTAT" in row[0] for row in connection.execute("PRAGMA compile_options"))


class Postgres:
    """A database of its own, which is dropped at the end."""

    name = "postgresql"
    like = "SELECT position FROM entries WHERE body LIKE $1 ORDER BY position DESC LIMIT 20"
    counted = "SELECT count(*) FROM entries WHERE body LIKE $1"

    def __init__(self, server):
        self.server, self.database = server, f"kefu_bench_{secrets.token_hex(4)}"
        self.where = server.rsplit("/", 1)[0] + f"/{self.database}"

    async def make(self):
        """Create the database."""
        await self._execute(self.server, f'CREATE DATABASE "{self.database}"')

    async def drop(self):
        """Drop it."""
        await self._execute(self.server, f'DROP DATABASE "{self.database}" WITH (FORCE)')

    async def _execute(self, url, sql):
        import asyncpg

        connection = await asyncpg.connect(url)
        await connection.execute(sql)
        await connection.close()

    async def fill(self, count):
        """Put everything into the tables."""
        import asyncpg

        connection = await asyncpg.connect(self.where)
        for table, columns, rows in tables(count):
            names = columns.split(", ")
            while chunk := list(itertools.islice(rows, 50_000)):
                await connection.copy_records_to_table(table, records=chunk, columns=names)
        for table in ("conversations", "customers"):
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
        await connection.execute(
            "INSERT INTO search_touched (customer_id) SELECT customer_id FROM customers"
        )
        await connection.execute("ANALYZE")
        await connection.close()

    async def seconds(self, sql, *values):
        """Return how long a statement takes."""
        import asyncpg

        connection = await asyncpg.connect(self.where)
        begun = time.perf_counter()
        await connection.fetch(sql, *values)
        took = time.perf_counter() - begun
        await connection.close()
        return took

    async def size(self):
        """Return the bytes of the index."""
        import asyncpg

        connection = await asyncpg.connect(self.where)
        size = await connection.fetchval("SELECT pg_total_relation_size('search_messages')")
        await connection.close()
        return size


def tables(count):
    """Return what is put where."""
    return (
        ("conversations", CONVERSATION, conversations(count)),
        ("entries", ENTRY, entries(count)),
        ("customers", CUSTOMER, customers()),
    )


async def built(storage):
    """Take everything in as the running app does, without its pauses; return what it took."""
    begun, longest, batches = time.perf_counter(), [], 0
    is_more = True
    while is_more:
        before = time.perf_counter()
        is_more = await storage.search.advance(100)
        longest.append(time.perf_counter() - before)
        batches += 1
    took = time.perf_counter() - begun
    assert (await storage.search.state()).is_complete
    return {"seconds": round(took, 1), "batches_of_100": batches, "batch": summary_ms(longest)}


async def searched(storage, rounds):
    """Return what each kind of query takes, and how much it finds."""
    searching = Searching(storage.search)
    results = {}
    for kind, queries in QUERIES.items():
        for query in queries:
            await page(searching, query)  # the first time reads from the disk
        waits, found = [], {}
        for _ in range(rounds):
            for query in queries:
                begun = time.perf_counter()
                found[query] = len((await page(searching, query)).items)
                waits.append(time.perf_counter() - begun)
        results[kind] = {**summary_ms(waits), "found_on_the_first_page": found}
    results["pages 2 to 20 of a frequent word"] = summary_ms(await paged(searching, rounds))
    results["customers by name and number"] = summary_ms(await people(searching, rounds))
    results["an agent who may read few of them"] = summary_ms(await limited(searching, rounds))
    return results


async def page(searching, query, **more):
    return await searching.page(parsed(query, UTC), **{"kind": "messages", **more})


async def paged(searching, rounds):
    waits = []
    for _ in range(max(1, rounds // 10)):
        cursor = (await page(searching, "退货")).next
        for _ in range(19):
            begun = time.perf_counter()
            cursor = (await page(searching, "退货", cursor=cursor)).next
            waits.append(time.perf_counter() - begun)
    return waits


async def people(searching, rounds):
    waits = []
    for _ in range(rounds):
        for query in ("王", "林静", "8000", "138 0013", "刘伟"):
            begun = time.perf_counter()
            await page(searching, query, kind="customers")
            waits.append(time.perf_counter() - begun)
    return waits


async def limited(searching, rounds):
    """One conversation in fifty may be read."""

    async def readable(names):
        return {name for name in names if not int(name.rpartition("-")[2]) % 50}

    waits = []
    for _ in range(rounds):
        for query in ("退货", "订单", "保温杯", "我"):
            begun = time.perf_counter()
            await page(searching, query, readable=readable)
            waits.append(time.perf_counter() - begun)
    return waits


async def raw(database):
    """Return what LIKE over all texts takes: to the first 20, and to the end."""
    found = {}
    for word in ("退货", "压扁", "魑魅魍魉"):
        newest = [await database.seconds(database.like, f"%{word}%") for _ in range(3)]
        whole = await database.seconds(database.counted, f"%{word}%")
        found[word] = {
            "newest_20_ms": round(sorted(newest)[1] * 1e3, 1),
            "all_ms": round(whole * 1e3, 1),
        }
    return found


async def ingested(storage, per_second, seconds):
    """Let messages come in and turns be committed, and see how long until they are found."""
    indexing = asyncio.ensure_future(Indexing(storage.search, storage.leases).run())
    run, lags, costs = secrets.token_hex(3), [], []
    searching = Searching(storage.search)
    words = list(itertools.islice(texts(200), 200))

    async def one(number):
        name, begun = f"in-{run}-{number % 500}", time.perf_counter()
        received = await storage.stores.log.receive(
            Arrival(
                conversation_id=name,
                channel="web",
                message_id=f"{run}-{number}",
                timestamp=time.time(),
                body=json.dumps({"text": words[number % 200]}),
            )
        )
        head = await storage.stores.conversations.head(name)
        said = [
            ("user", f"{words[number % 200]}，第{run}{number}号"),
            ("slot", None),
            ("action", None),
        ]
        said += [("bot", words[(number + 1) % 200]), ("action", None)]
        await storage.stores.log.commit(
            Commit(
                conversation_id=name,
                expected_version=head.version,
                owner="bot",
                timestamp=time.time(),
                answers=received.seq,
                entries=tuple(
                    NewEntry(
                        kind=kind,
                        timestamp=time.time(),
                        body=json.dumps({"event": kind, "text": text}, ensure_ascii=False),
                    )
                    for kind, text in said
                ),
                deliveries=(NewDelivery(channel="web", body="{}", state="sent"),),
            )
        )
        costs.append(time.perf_counter() - begun)

    async def watch():
        while True:
            state = await storage.search.state()
            end, begun = state.end, time.perf_counter()
            while (await storage.search.state()).cursor < end:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
            lags.append(time.perf_counter() - begun)
            await asyncio.sleep(0.05)

    watching = asyncio.ensure_future(watch())
    begun = time.perf_counter()
    for number in range(per_second * seconds):
        await asyncio.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
        await one(number) if number % 5 == 0 else asyncio.ensure_future(one(number))
    took = time.perf_counter() - begun
    watching.cancel()
    await asyncio.sleep(1.0)
    assert (await page(searching, "货")).items
    indexing.cancel()
    await asyncio.gather(watching, indexing, return_exceptions=True)
    return {
        "messages_per_second": round(per_second * seconds / took),
        "behind": summary_ms(lags),
        "message_and_turn": summary_ms(costs),
    }


async def measured(database, given):
    """Fill a store, and return all figures."""
    storage = await open_sql(database.where)
    print(f"{database.name}: putting {given.messages} messages in ...", flush=True)
    await database.fill(given.messages)
    print(f"{database.name}: indexing ...", flush=True)
    figures = {"indexing": await built(storage), "index_mb": mb(await database.size())}
    print(f"{database.name}: searching ...", flush=True)
    figures["queries"] = await searched(storage, given.rounds)
    figures["like_over_all_texts"] = await raw(database)
    if given.ingest:
        figures["while_messages_come_in"] = await ingested(storage, 500, 20)
    await storage.close()
    return figures


def mb(size):
    return None if size is None else round(size / 1e6)


def print_table(results):
    """Print a line for each kind of query: p50 and p95 on each database."""
    names = list(results)
    print(f"\n{'p50 / p95, ms':40}" + "".join(f"{name:>22}" for name in names) + f"{'target':>10}")
    for kind in results[names[0]]["queries"]:
        rows = [results[name]["queries"][kind] for name in names]
        cells = "".join(f"{row['p50_ms']:>12.1f} / {row['p95_ms']:<7.1f}" for row in rows)
        print(f"{kind:40}{cells}{'≤ 300':>10}")
    for word in results[names[0]]["like_over_all_texts"]:
        rows = [results[name]["like_over_all_texts"][word] for name in names]
        label = f"LIKE '%{word}%': newest 20 / all"
        cells = "".join(f"{row['newest_20_ms']:>12.1f} / {row['all_ms']:<7.1f}" for row in rows)
        print(f"{label:40}{cells}")


async def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--messages", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--postgres", help="URL of a server; a database is made and dropped")
    arguments.add_argument("--ingest", action="store_true", help="also while messages come in")
    given = arguments.parse_args()
    load, results = os.getloadavg()[0], {}
    folder = tempfile.mkdtemp(dir=Path(__file__).parent)
    try:
        results["sqlite"] = await measured(Lite(folder), given)
    finally:
        shutil.rmtree(folder)
    if given.postgres:
        database = Postgres(given.postgres)
        await database.make()
        try:
            results["postgresql"] = await measured(database, given)
        finally:
            await database.drop()
    print_table(results)
    record = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_average_at_the_start": load,
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "at": SystemClock().now(),
        "messages": given.messages,
        "results": results,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (RESULTS / "desk_search.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
