"""No value in endpoints.yml makes reading it fail: it is taken, or told with its line."""

import pytest

from kefu.project import (
    attachments_section,
    broker_section,
    coordination_section,
    customers_section,
    endpoints_file,
    gateway_section,
    staff_section,
)
from tests.unit.project.test_settings_files import endpoints

BROKERS = [("event_broker", kind, keys) for kind, keys in broker_section.BROKER_KEYS.items()]
SECTIONS = [
    *BROKERS,
    ("inbound_queue", "redis", broker_section.QUEUE_KEYS),
    ("inbound_queue", "rabbitmq", broker_section.QUEUE_KEYS),
    ("coordination", "redis", coordination_section.KEYS),
    ("lock_store", "redis", coordination_section.KEYS),
    ("attachments", "local", attachments_section.KEYS),
    ("attachments", "s3", attachments_section.KEYS),
    ("customers", None, customers_section.KEYS),
    ("gateway", None, gateway_section.KEYS),
    ("staff", None, staff_section.KEYS),
    ("action_endpoint", None, endpoints_file.ACTION_KEYS),
    ("tracker_store", "sql", ("dialect", "url", "db", "port", "username", "password", "query")),
]
STRANGE = [
    "[]",
    "[[a], {b: 1}, ~]",
    "{}",
    "{a: {b: [c]}}",
    "true",
    "0",
    "-1",
    "1" + "0" * 400,
    ".inf",
    ".nan",
    "1e300",
    "''",
    "' '",
    "a b",
    "'redis://[::1'",
    "'://'",
    "'http://u:p@[x]:99999/'",
    "'postgresql://h:abc'",
    "'\\u0000'",
    '"\\uFF1A\\u2100"',
]


@pytest.mark.parametrize("value", STRANGE)
def test_every_setting_may_have_a_strange_value(value):
    for section, kind, keys in SECTIONS:
        for key in keys:
            kind_line = f"  type: {kind}\n" if kind and key != "type" else ""
            _, report = endpoints(f"{section}:\n{kind_line}  {key}: {value}\n")
            assert all(problem.place.line > 0 for problem in report.sorted()), (section, key)


@pytest.mark.parametrize("value", STRANGE)
def test_every_section_may_be_a_strange_value(value):
    for section in {section for section, _, _ in SECTIONS}:
        endpoints(f"{section}: {value}\n")
