"""Every key that Rasa 3.6 has in endpoints.yml counts, or is told to have no effect."""

import dataclasses

import pytest

from kefu.project.endpoints_file import read_endpoints
from kefu.project.problems import Report
from kefu.project.yaml import parse

COUNTS, NOTHING = "counts", "means nothing here"
"""What a key does; any other text is part of what is told about it."""
POSTGRES = "type: SQL, dialect: postgresql"
REDIS = "type: redis, use_ssl: true"
KAFKA = "type: kafka, security_protocol: SASL_SSL, sasl_username: u, sasl_password: p"
HTTP = "url: 'http://h'"
NO_CLASS = "a class of one's own"
TABLE = (
    ("tracker_store", POSTGRES, "url: h", COUNTS),
    ("tracker_store", "type: SQL", "dialect: postgresql", COUNTS),
    ("tracker_store", "type: SQL", "dialect: postgresql+psycopg2", COUNTS),
    ("tracker_store", "type: SQL", "url: 'postgresql+psycopg2://h/d'", COUNTS),
    ("tracker_store", "type: SQL", "url: 'mysql://h/d'", "the SQL dialect 'mysql'"),
    ("tracker_store", "type: SQL", "dialect: oracle", "the SQL dialect 'oracle'"),
    ("tracker_store", POSTGRES, "port: 5433", COUNTS),
    ("tracker_store", POSTGRES, "port: abc", "'port' is text"),
    ("tracker_store", POSTGRES, "db: d", COUNTS),
    ("tracker_store", POSTGRES, "username: u", COUNTS),
    ("tracker_store", f"{POSTGRES}, username: u", "password: 123", COUNTS),
    ("tracker_store", POSTGRES, "login_db: postgres", COUNTS),
    ("tracker_store", POSTGRES, "query: {sslmode: require}", COUNTS),
    ("tracker_store", POSTGRES, "query: {connect_timeout: 9}", "'connect_timeout' has no effect"),
    ("tracker_store", "type: SQL", "url: 'postgresql://h/d?keepalives=1'", "'keepalives' has no"),
    ("tracker_store", POSTGRES, "query: sslmode=require", "'query' is text"),
    ("tracker_store", POSTGRES, "event_broker: x", NOTHING),
    ("tracker_store", POSTGRES, "host: h", "no setting 'host'"),
    ("tracker_store", "type: InMemory", "url: h", "no setting 'url'"),
    ("tracker_store", REDIS, "url: h", COUNTS),
    ("tracker_store", REDIS, "port: 6380", COUNTS),
    ("tracker_store", REDIS, "db: 1", COUNTS),
    ("tracker_store", REDIS, "username: u", COUNTS),
    ("tracker_store", REDIS, "password: p", COUNTS),
    ("tracker_store", REDIS, "record_exp: 60", COUNTS),
    ("tracker_store", REDIS, "key_prefix: bot", COUNTS),
    ("tracker_store", "type: redis", "use_ssl: true", COUNTS),
    ("tracker_store", REDIS, "ssl_keyfile: k", COUNTS),
    ("tracker_store", REDIS, "ssl_certfile: c", COUNTS),
    ("tracker_store", REDIS, "ssl_ca_certs: a", COUNTS),
    ("tracker_store", "", "type: mongod", "MongoDB"),
    ("tracker_store", "", "type: dynamo", "DynamoDB"),
    ("tracker_store", "", "type: my.Store", NO_CLASS),
    ("lock_store", "", "type: in_memory", NOTHING),
    ("lock_store", "", "type: redis", COUNTS),
    ("lock_store", REDIS, "url: h", COUNTS),
    ("lock_store", REDIS, "port: 6380", COUNTS),
    ("lock_store", REDIS, "db: 1", COUNTS),
    ("lock_store", REDIS, "username: u", COUNTS),
    ("lock_store", REDIS, "password: p", COUNTS),
    ("lock_store", REDIS, "key_prefix: bot", COUNTS),
    ("lock_store", REDIS, "ssl_keyfile: k", COUNTS),
    ("lock_store", REDIS, "ssl_certfile: c", COUNTS),
    ("lock_store", REDIS, "ssl_ca_certs: a", COUNTS),
    ("lock_store", REDIS, "socket_timeout: 10", NOTHING),
    ("lock_store", REDIS, "key_prefx: bot", "no setting 'key_prefx'"),
    ("lock_store", "", "type: my.Locks", NO_CLASS),
    ("event_broker", "type: pika", "url: h", COUNTS),
    ("event_broker", "type: pika", "port: '5673'", COUNTS),
    ("event_broker", "type: pika", "username: u", COUNTS),
    ("event_broker", "type: pika", "password: p", COUNTS),
    ("event_broker", "type: pika", "queues: [a, b]", COUNTS),
    ("event_broker", "type: pika", "queues: a", COUNTS),
    ("event_broker", "type: pika", "exchange_name: x", COUNTS),
    ("event_broker", "type: pika", "should_keep_unpublished_messages: true", NOTHING),
    ("event_broker", "type: pika", "raise_on_failure: true", NOTHING),
    ("event_broker", "type: pika", "connection_attempts: 3", NOTHING),
    ("event_broker", "type: pika", "retry_delay_in_seconds: 5", NOTHING),
    ("event_broker", "type: pika", "ssl: true", "no setting 'ssl'"),
    ("event_broker", "type: kafka", "url: 'h:1'", COUNTS),
    ("event_broker", "type: kafka", "url: ['h:1', 'i:2']", COUNTS),
    ("event_broker", "type: kafka", "topic: t", COUNTS),
    ("event_broker", "type: kafka", "client_id: c", COUNTS),
    ("event_broker", "type: kafka", "partition_by_sender: true", NOTHING),
    ("event_broker", "type: kafka", "security_protocol: ssl", COUNTS),
    ("event_broker", KAFKA, "sasl_mechanism: SCRAM-SHA-256", COUNTS),
    ("event_broker", KAFKA, "sasl_mechanism: GSSAPI", "cannot be 'GSSAPI'"),
    ("event_broker", "type: kafka", "sasl_username: u", COUNTS),
    ("event_broker", "type: kafka", "sasl_password: p", COUNTS),
    ("event_broker", KAFKA, "ssl_cafile: a", COUNTS),
    ("event_broker", KAFKA, "ssl_certfile: c", COUNTS),
    ("event_broker", KAFKA, "ssl_keyfile: k", COUNTS),
    ("event_broker", KAFKA, "ssl_check_hostname: true", COUNTS),
    ("event_broker", "type: sql", "dialect: postgresql", COUNTS),
    ("event_broker", "type: sql, dialect: postgresql", "url: h", COUNTS),
    ("event_broker", "type: sql, dialect: postgresql", "port: 1", COUNTS),
    ("event_broker", "type: sql, dialect: postgresql", "username: u", COUNTS),
    ("event_broker", "type: sql, dialect: postgresql", "password: p", COUNTS),
    ("event_broker", "type: sql", "db: e.db", COUNTS),
    ("event_broker", "type: file", "path: e.log", COUNTS),
    ("event_broker", "", "type: my.Broker", "no type 'my.Broker'"),
    ("nlg", "type: callback", HTTP, COUNTS),
    ("nlg", HTTP, "type: response", COUNTS),
    ("nlg", HTTP, "type: my.Words", NO_CLASS),
    ("nlg", HTTP, "type: answers", "no type 'answers'"),
    ("nlg", HTTP, "urll: x", "no setting 'urll'"),
    ("nlg", "", "url: 'h:5056'", "no address"),
    ("nlg", "", "token: t", "does not say where"),
    *(
        (section, HTTP, key, COUNTS)
        for section in ("nlg", "models", "action_endpoint")
        for key in ("token: t", "headers: {a: b}", "params: {a: b}", "cafile: c",
                    "basic_auth: {username: u, password: p}")
    ),
    ("nlg", f"{HTTP}, token: t", "token_name: n", COUNTS),
    ("nlg", HTTP, "headers: [a]", "'headers' is a list"),
    ("action_endpoint", "", "url: 'http://h/webhook'", COUNTS),
    ("action_endpoint", f"{HTTP}, token: t", "token_name: n", COUNTS),
    ("action_endpoint", HTTP, "enable_selective_domain: true", COUNTS),
    ("action_endpoint", HTTP, "enable_selective_domain: maybe", "'enable_selective_domain' is"),
    ("models", HTTP, "wait_time_between_pulls: 10", COUNTS),
    ("models", f"{HTTP}, token: t", "token_name: n", COUNTS),
    ("tracing", "", "type: jaeger", "no effect"),
)  # fmt: skip


def endpoints(text):
    report = Report()
    read = read_endpoints(parse(text, "endpoints.yml", report, expand_quoted=True), report)
    return dataclasses.asdict(read) | {"extra": None}, report.sorted()


@pytest.mark.parametrize(("section", "beside", "key", "does"), TABLE)
def test_a_key_of_rasas_counts_or_its_reader_is_told(section, beside, key, does):
    without, _ = endpoints(f"{section}: {{{beside}}}" if beside else "")
    read, problems = endpoints(f"{section}: {{{', '.join(filter(None, (beside, key)))}}}")
    if does in {COUNTS, NOTHING}:
        assert problems == ()
        assert (read != without) == (does == COUNTS)
    else:
        assert does in problems[0].message
        assert problems[0].advice


def test_several_brokers_are_not_taken_for_one():
    read, (problem,) = endpoints("event_broker: [{type: file}, {type: sql}]")
    assert read["event_broker"] is None
    assert "one broker" in problem.message


def test_a_variable_may_stand_for_any_value(monkeypatch):
    for name, value in {"PORT": "6380", "ON": "True", "KEEP": "60", "Q": "q"}.items():
        monkeypatch.setenv(name, value)
    store = "type: redis\n  port: ${PORT}\n  use_ssl: ${ON}\n  record_exp: ${KEEP}"
    broker = "type: pika\n  port: '${PORT}'\n  queues:\n  - ${Q}-1\n  - ${Q}"
    read, problems = endpoints(f"tracker_store:\n  {store}\nevent_broker:\n  {broker}\n")
    assert problems == ()
    assert read["redis_trackers"] == {
        "url": "rediss://localhost:6380/0", "prefix": "tracker:", "expires_in": 60
    }  # fmt: skip
    assert read["event_broker"]["address"] == "amqp://localhost:6380/"
    assert read["event_broker"]["queues"] == ("q-1", "q")


def test_rasas_own_variables_count(monkeypatch):
    monkeypatch.setenv("POSTGRESQL_SCHEMA", "chat")
    monkeypatch.setenv("RABBITMQ_SSL_CLIENT_CERTIFICATE", "c.pem")
    text = f"tracker_store: {{{POSTGRES}}}\nevent_broker: {{type: pika, url: h}}"
    assert endpoints(text)[0]["event_broker"]["address"] == "amqp://h/"
    monkeypatch.setenv("RABBITMQ_SSL_CLIENT_KEY", "k.pem")
    read, _ = endpoints(text)
    assert read["storage_url"] == "postgresql://localhost/rasa?search_path=chat"
    assert read["event_broker"]["address"] == "amqps://h/?certfile=c.pem&keyfile=k.pem"
