"""The section ``gateway`` of endpoints.yml."""

import pytest

from kefu.project.settings import FlowOptions, GatewayOptions
from tests.unit.project.test_settings_files import endpoints


def test_without_the_section_floods_are_limited_generously():
    read, report = endpoints("")
    assert read.gateway == GatewayOptions()
    assert read.gateway.sender_flow == FlowOptions(burst=60, per_second=5)
    assert read.gateway.address_flow.spares_private
    assert not report.sorted()


@pytest.mark.parametrize(
    ("text", "sender", "address"),
    [
        ("flood: false", None, None),
        ("flood: {address: false}", GatewayOptions().sender_flow, None),
        ("flood: {sender: false}", None, GatewayOptions().address_flow),
    ],
)
def test_the_limits_can_be_taken_away(text, sender, address):
    read, report = endpoints(f"gateway:\n  {text}\n")
    assert not report.sorted()
    assert (read.gateway.sender_flow, read.gateway.address_flow) == (sender, address)


def test_everything_can_be_set():
    read, report = endpoints(
        "gateway:\n  merge_waiting: true\n  max_waiting: 50\n  max_running: 8\n"
        "  turn_timeout: 30\n  trusted_proxies: 1\n"
        "  flood:\n    sender: {burst: 20, per_second: 2}\n    address: {per_second: 50}\n"
    )
    assert not report.sorted()
    assert read.gateway == GatewayOptions(
        merge_waiting=True,
        max_waiting=50,
        max_running=8,
        turn_timeout=30.0,
        trusted_proxies=1,
        sender_flow=FlowOptions(burst=20, per_second=2),
        address_flow=FlowOptions(burst=500, per_second=50),
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("merge_waiting: maybe", "endpoints.wrong-type", 2),
        ("max_waiting: 0", "endpoints.wrong-type", 2),
        ("max_running: many", "endpoints.wrong-type", 2),
        ("max_running: 1000000000000000000000", "endpoints.wrong-type", 2),
        ("turn_timeout: .inf", "endpoints.wrong-type", 2),
        ("turn_timeout: -1", "endpoints.wrong-type", 2),
        ("trusted_proxies: true", "endpoints.wrong-type", 2),
        ("flood: 5", "endpoints.wrong-type", 2),
        ("turn_timeout: .nan", "endpoints.wrong-type", 2),
        ("trusted_proxies: 1000000", "endpoints.wrong-type", 2),
        ("flood: {sender: {per_second: .inf}}", "endpoints.wrong-type", 2),
        ("flood: {sender: {per_second: 1, burst: 0.5}}", "endpoints.wrong-type", 2),
        ("flood: {sender: {burst: 5}}", "endpoints.wrong-type", 2),
        ("flood: {everybody: {}}", "endpoints.unknown-key", 2),
        ("merge_wating: true", "endpoints.unknown-key", 2),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(text, code, line):
    read, report = endpoints(f"gateway:\n  {text}\n")
    assert [(problem.code, problem.place.line) for problem in report.sorted()] == [(code, line)]
    assert read.gateway == GatewayOptions()
