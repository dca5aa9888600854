"""Pages that lead trainers through something are true, to the character."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.command import ROOT
from tests.integration.walkthrough import follow, same_every_time

PAGES = (
    "train",
    "models",
    "live_editing",
    "interactive",
    "shell",
    "migrate_from_rasa",
    "lint",
    "see_your_stories",
    "replay",
    "test",
    "inbox",
)


@pytest.mark.parametrize("page", [f"docs/howto/{name}.md" for name in PAGES])
def test_the_screen_says_what_the_page_shows(page: str, tmp_path: Path) -> None:
    """Where this fails, ``python -m tests.integration.walkthrough <page>`` shows the change."""
    seen = list(follow(ROOT.joinpath(page).read_text("utf-8"), tmp_path))
    assert len(seen) > 2
    for step, screen in seen:
        assert same_every_time(screen) == same_every_time(step.block)
