"""The section ``code_sender`` of endpoints.yml."""

import pytest

from kefu.project.settings import CodeSettings
from tests.unit.project.test_settings_files import endpoints


def codes(report):
    return [problem.code for problem in report.sorted()]


def test_without_the_section_no_codes_are_sent():
    read, report = endpoints("gateway: {}\n")
    assert read.codes is None
    assert codes(report) == []


def test_everything_can_be_set():
    read, report = endpoints(
        "code_sender:\n  name: connectors.sms.Codes\n  valid_minutes: 10\n  tries: 4\n"
        "  gap_seconds: 30\n  per_hour: 3\n  per_day: 6\n  phones_per_day: 2\n"
        "  all_per_hour: 100\n  all_per_day: 0\n  verified_minutes: 20\n  timeout: 3\n"
        "  resend_intent: again\n  account: shop\n  limits: {a: 1}\n"
    )
    assert codes(report) == []
    assert read.codes == CodeSettings(
        name="connectors.sms.Codes",
        options={"account": "shop", "limits": {"a": 1}},
        valid_seconds=600,
        tries=4,
        gap_seconds=30,
        per_hour=3,
        per_day=6,
        phones_per_day=2,
        all_per_hour=100,
        all_per_day=0,
        verified_seconds=1200,
        timeout_seconds=3,
        resend_intent="again",
    )
    assert "shop" not in repr(read.codes)


def test_codes_are_printed_only_where_that_is_said():
    read, report = endpoints("code_sender:\n  name: console\n")
    assert codes(report) == ["endpoints.codes-in-the-open"]
    assert read.codes is None
    read, report = endpoints("code_sender:\n  name: console\n  prints_codes: true\n")
    assert codes(report) == []
    assert read.codes is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tries: 1", "endpoints.no-sender"),
        ("name: sms", "endpoints.no-sender"),
        ("name: [a]", "endpoints.wrong-type"),
        ("name: a.B\n  tries: 6", "endpoints.wrong-type"),
        ("name: a.B\n  tries: 0", "endpoints.wrong-type"),
        ("name: a.B\n  per_day: 100000", "endpoints.wrong-type"),
        ("name: a.B\n  valid_minutes: .inf", "endpoints.wrong-type"),
        ("name: a.B\n  gap_seconds: soon", "endpoints.wrong-type"),
        ("name: a.B\n  resend_intent: 3", "endpoints.wrong-type"),
    ],
)
def test_what_is_wrong_is_named(text, code):
    _, report = endpoints(f"code_sender:\n  {text}\n")
    assert code in codes(report)
