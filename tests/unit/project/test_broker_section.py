"""event_broker and inbound_queue of endpoints.yml."""

import pytest

from kefu.project.endpoints_file import read_endpoints
from kefu.project.problems import Report
from kefu.project.yaml import parse


def endpoints(text):
    report = Report()
    return read_endpoints(parse(text, "endpoints.yml", report), report), report


def broker(text):
    read, report = endpoints(f"event_broker:\n{text}")
    return read.event_broker, report


def queue(text):
    read, report = endpoints(f"inbound_queue:\n{text}")
    return read.inbound_queue, report


def test_rasas_pika_section_is_understood_as_it_is():
    found, report = broker(
        "  type: pika\n  url: rabbit.example.com\n  username: me\n  password: 'a/b'\n"
        "  queues:\n  - one\n  - two\n  exchange_name: x\n  raise_on_failure: true\n"
    )
    assert report.sorted() == ()
    assert found.kind == "rabbitmq"
    assert found.address == "amqp://me:a%2Fb@rabbit.example.com/"
    assert (found.queues, found.exchange) == (("one", "two"), "x")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("  type: rabbitmq\n", "amqp://localhost/"),
        ("  type: rabbitmq\n  url: amqps://u:p@h:5671/v\n  username: x\n", "amqps://u:p@h:5671/v"),
        ("  type: rabbitmq\n  url: h\n  port: 5673\n  virtual_host: /v\n", "amqp://h:5673/v"),
    ],
)
def test_where_rabbitmq_is(text, url):
    assert broker(text)[0].address == url


def test_kafka_has_rasas_defaults_and_several_servers():
    found, report = broker("  type: kafka\n  url: [a:1, b:2]\n  sasl_username: me\n")
    assert report.sorted() == ()
    assert (found.address, found.topic) == ("a:1,b:2", "rasa_core_events")
    assert found.settings["sasl_username"] == "me"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("  type: file\n", "rasa_event.log"),
        ("  type: file\n  path: logs/e.log\n", "logs/e.log"),
        ("  type: sql\n", "sqlite:///events.db"),
        ("  type: SQL\n  dialect: sqlite\n  db: e.db\n", "sqlite:///e.db"),
        (
            "  type: sql\n  dialect: postgresql\n  url: h\n  port: 1\n  username: u\n  db: d\n",
            "postgresql://u:@h:1/d",
        ),
        ("  type: sql\n  url: postgres://u:p@h/d\n", "postgresql://u:p@h/d"),
    ],
)
def test_files_and_databases(text, address):
    found, report = broker(text)
    assert report.sorted() == ()
    assert found.address == address


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("  type: kafak\n", "endpoints.unknown-type", 2),
        ("  url: x\n", "endpoints.unknown-type", 2),
        ("  type: kafka\n  topik: x\n", "endpoints.unknown-setting", 3),
        ("  type: sql\n  dialect: oracle\n", "endpoints.unknown-dialect", 3),
        ("  type: sql\n  url: mysql://h/d\n", "endpoints.bad-address", 3),
        ("  type: pika\n  url: http://h\n", "endpoints.bad-address", 3),
        ("  type: pika\n  url: amqp://h:abc\n  port: 1\n", "endpoints.bad-address", 3),
        ("  type: pika\n  url: 'amqp://[::1'\n", "endpoints.bad-address", 3),
        ("  type: pika\n  port: 99999\n", "endpoints.wrong-type", 3),
        ("  type: pika\n  exchange_name: [a]\n", "endpoints.wrong-type", 3),
        ("  type: pika\n  queues: [1]\n", "endpoints.wrong-type", 3),
        ("  type: sql\n  url: sqlite:///\n", "endpoints.bad-address", 3),
        ("  type: sql\n  url: dbhost\n", "endpoints.bad-address", 3),
        ("  type: kafka\n  security_protocol: WHAT\n", "endpoints.wrong-value", 3),
        ("  type: kafka\n  security_protocol: SASL_SSL\n", "endpoints.wrong-type", 3),
        ("  type: kafka\n  sasl_mechanism: WHAT\n", "endpoints.wrong-value", 3),
        ("  type: kafka\n  max_request_size: abc\n", "endpoints.wrong-type", 3),
        ("  type: kafka\n  ssl_check_hostname: 'no'\n", "endpoints.wrong-type", 3),
        ("  type: kafka\n  url: [h:1, h:abc]\n", "endpoints.bad-address", 3),
        ("  type: kafka\n  url: kafka://h:1\n", "endpoints.bad-address", 3),
        ("  type: kafka\n  topic: a b\n", "endpoints.wrong-type", 3),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, code, line):
    _, report = broker(text)
    (problem,) = report.sorted()
    assert (problem.code, problem.place.line) == (code, line)


def test_a_queue_in_redis():
    found, report = queue("  type: redis\n  url: h\n  db: 3\n  partitions: 4\n  max_length: 10\n")
    assert report.sorted() == ()
    assert (found.kind, found.url) == ("redis", "redis://h/3")
    assert (found.partitions, found.max_length, found.name) == (4, 10, "kefu-inbound")


def test_a_queue_in_rabbitmq():
    found, _ = queue("  type: rabbitmq\n  url: amqp://u:p@h/\n  name: mine\n")
    assert (found.kind, found.url, found.name) == ("rabbitmq", "amqp://u:p@h/", "mine")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("partitions: 0", "endpoints.wrong-type"),
        ("partitions: 100000000", "endpoints.wrong-type"),
        ("max_length: 1000000000000000000000", "endpoints.wrong-type"),
        ("name: [a]", "endpoints.wrong-type"),
        ("db: x", "endpoints.wrong-type"),
        ("url: redis://h/x", "endpoints.bad-address"),
        ("url: 'redis://[::1'", "endpoints.bad-address"),
    ],
)
def test_what_no_queue_can_have_is_told_with_its_line(text, code):
    found, report = queue(f"  type: redis\n  {text}\n")
    assert [(problem.code, problem.place.line) for problem in report.sorted()] == [(code, 3)]
    assert (found.partitions, found.max_length, found.name) == (8, 100_000, "kefu-inbound")


def test_passwords_are_not_shown():
    found, _ = broker("  type: pika\n  username: me\n  password: secret\n")
    assert "secret" not in repr(found)
