"""Where conversations are kept, as endpoints.yml says with Rasa's words."""

import pytest

from kefu.project.settings import RedisTrackers
from tests.unit.project.test_settings_files import endpoints


def read(text):
    found, report = endpoints(f"tracker_store:\n  {text}\n")
    return found, report.sorted()


def test_all_of_rasas_keys_for_sql_are_known():
    found, problems = read(
        "{type: SQL, dialect: postgresql, url: db, port: 5433, username: u, password: p, db: chat, "
        "login_db: postgres, query: {sslmode: require}}"
    )
    assert problems == ()
    assert found.storage_url == "postgresql://u:p@db:5433/chat?sslmode=require"
    assert found.login_db == "postgres"


def test_all_of_rasas_keys_for_redis_are_known():
    found, problems = read(
        "{type: redis, url: r, port: 6380, db: 2, username: u, password: p, key_prefix: bot1, "
        "record_exp: 3600, use_ssl: true, ssl_keyfile: k, ssl_certfile: c, ssl_ca_certs: a}"
    )
    assert problems == ()
    assert found.storage_url is None
    assert found.redis_trackers == RedisTrackers(
        url="rediss://u:p@r:6380/2?ssl_keyfile=k&ssl_certfile=c&ssl_ca_certs=a",
        prefix="bot1:tracker:",
        expires_in=3600,
    )
    assert "r:6380" not in repr(found.redis_trackers)


def test_rasas_defaults_for_redis():
    found, problems = read("type: redis")
    assert problems == ()
    assert found.redis_trackers == RedisTrackers(url="redis://localhost:6379/0", prefix="tracker:")


def test_a_prefix_that_rasa_ignores_is_ignored():
    found, (problem,) = read("{type: redis, key_prefix: a-b}")
    assert found.redis_trackers.prefix == "tracker:"
    assert (problem.code, problem.severity) == ("endpoints.wrong-value", "warning")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("type: mongod", "unknown-store", "MongoDB"),
        ("type: dynamo", "unknown-store", "DynamoDB"),
        ("type: my.Store", "unknown-store", "a class of one's own"),
        ("type: cassandra", "unknown-store", "no type 'cassandra'"),
        ("type: reddis", "unknown-store", "no type 'reddis'"),
        ("url: somewhere", "unknown-store", "needs a 'type'"),
        ("{type: SQL, dialect: mysql}", "unknown-dialect", "'mysql'"),
    ],
)
def test_what_is_unknown_is_refused_and_what_to_write_is_told(text, code, words):
    found, (problem,) = read(text)
    assert (problem.code, problem.severity) == (f"endpoints.{code}", "error")
    assert words in problem.message
    assert "redis" in problem.advice or "postgresql" in problem.advice
    assert found.storage_url is None


@pytest.mark.parametrize(
    "text",
    [
        "{type: SQL, dialects: sqlite}",
        "{type: InMemory, url: x}",
        "{type: redis, login_db: x}",
    ],
)
def test_settings_without_effect_are_told(text):
    _, (problem,) = read(text)
    assert (problem.code, problem.severity) == ("endpoints.unknown-setting", "warning")


@pytest.mark.parametrize("text", ["{type: redis, record_exp: soon}", "{type: redis, url: 7}"])
def test_values_that_cannot_be_are_told(text):
    _, problems = read(text)
    assert problems[0].severity == "error"
