"""Raw limits in the same run: a WebSocket echo on Sanic, two commits on SQLite or PostgreSQL.

``python -m bench.raw PORT`` serves the echo, without anything of Kefu's.
"""

import asyncio
import sqlite3
import sys
import time

ROWS_A_TURN = 7
BODY = '{"event": "user", "text": "hello", "timestamp": 1.0, "parse_data": {}}'


def echo(port):
    """Serve an echo on ``port`` until the process ends."""
    from sanic import Sanic
    from sanic.config import Config

    app = Sanic("echo", config=Config(env_prefix=None), configure_logging=False)
    app.config.update({"ACCESS_LOG": False, "MOTD": False, "AUTO_EXTEND": False})

    @app.websocket("/echo")
    async def _(_request, socket):
        while (frame := await socket.recv()) is not None:
            await socket.send(frame)

    app.run(host="127.0.0.1", port=port, single_process=True, access_log=False)


def sqlite_turns(path, seconds=2.0):
    """Return turns a second: two transactions with the rows of a turn, and nothing else."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("CREATE TABLE c (id INTEGER PRIMARY KEY, seq INTEGER)")
    connection.execute("CREATE TABLE e (id INTEGER PRIMARY KEY, c INTEGER, body TEXT)")
    connection.execute("INSERT INTO c VALUES (1, 0)")
    rows = [(1, BODY)] * ROWS_A_TURN
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        for batch in (rows[:1], rows[1:]):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE c SET seq = seq + ? WHERE id = 1", (len(batch),))
            connection.executemany("INSERT INTO e (c, body) VALUES (?, ?)", batch)
            connection.execute("COMMIT")
        count += 1
    connection.close()
    return round(count / (time.perf_counter() - begin))


async def postgres_turns(url, seconds=2.0):
    """Return turns a second of one connection: two transactions with the rows of a turn."""
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute(
        "CREATE TEMP TABLE c (id bigint PRIMARY KEY, seq bigint);"
        "CREATE TEMP TABLE e (id bigserial PRIMARY KEY, c bigint, body text);"
        "INSERT INTO c VALUES (1, 0)"
    )
    add = "INSERT INTO e (c, body) SELECT 1, unnest($1::text[])"
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        for size in (1, ROWS_A_TURN - 1):
            async with connection.transaction():
                await connection.execute("UPDATE c SET seq = seq + 1 WHERE id = 1")
                await connection.execute(add, [BODY] * size)
        count += 1
    await connection.close()
    return round(count / (time.perf_counter() - begin))


async def echoes(url, *, clients=50, seconds=4.0):
    """Return echoes a second over WebSockets."""
    import aiohttp

    end = time.perf_counter() + seconds
    count = 0

    async def client(session):
        nonlocal count
        async with session.ws_connect(url) as socket:
            while time.perf_counter() < end:
                await socket.send_str(BODY)
                await socket.receive()
                count += 1

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(client(session) for _ in range(clients)))
    return round(count / seconds)


if __name__ == "__main__":
    echo(int(sys.argv[1]))
