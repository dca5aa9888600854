"""How long something is repaired for free."""

from datetime import datetime

import pytest

from actions.warranty import months_after


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-20", 12, "2027-11-20"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-29", 3, "2028-02-29"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 24, "2028-12-31"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_there_is(start: str, months: int, end: str) -> None:
    assert months_after(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)
