"""The section ``staff`` of endpoints.yml."""

import pytest

from kefu.project.settings import StaffSettings
from tests.unit.project.test_settings_files import endpoints


def test_without_the_section_everything_has_a_default():
    read, report = endpoints("")
    assert read.staff == StaffSettings()
    assert (read.staff.idle_seconds, read.staff.longest_seconds) == (43_200.0, 1_209_600.0)
    assert not report.sorted()


def test_everything_can_be_set():
    read, report = endpoints(
        "staff:\n  idle_hours: 0.5\n  longest_days: 1\n  public_url: https://desk.example/\n"
    )
    assert not report.sorted()
    assert read.staff == StaffSettings(
        idle_seconds=1800.0, longest_seconds=86_400.0, public_url="https://desk.example"
    )
    assert "staff" not in read.extra


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("idle_hours: 0", "endpoints.wrong-type"),
        ("idle_hours: true", "endpoints.wrong-type"),
        ("longest_days: 366", "endpoints.wrong-type"),
        ("public_url: desk.example", "endpoints.bad-address"),
        ("public_url: javascript://x", "endpoints.bad-address"),
        ('public_url: "https://[::1"', "endpoints.bad-address"),
        ("idle_hours: .inf", "endpoints.wrong-type"),
        ("idle_ours: 3", "endpoints.unknown-key"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line_and_left_out(text, code):
    read, report = endpoints(f"staff:\n  {text}\n")
    assert [(problem.code, problem.place.line) for problem in report.sorted()] == [(code, 2)]
    assert read.staff == StaffSettings()
