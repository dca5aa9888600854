"""Databases of a PostgreSQL server that measurements have for themselves."""

import secrets

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
"""The server that is measured on unless another one is named; ``--postgres ''`` leaves it out."""


async def execute(url, statement):
    """Run a statement on a connection of its own."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def create_database(server):
    """Make an empty database on ``server``, with the server's own settings; return its URL."""
    name = f"kefu_bench_{secrets.token_hex(4)}"
    await execute(server, f'CREATE DATABASE "{name}"')
    return server.rsplit("/", 1)[0] + f"/{name}"


async def drop_database(server, url):
    """Drop a database, whoever is still connected to it."""
    await execute(server, f'DROP DATABASE "{url.rsplit("/", 1)[1]}" WITH (FORCE)')
