"""Pages that lead through something are true, to the character."""

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
    "protect_the_api",
    "connect_a_rasa_widget",
    "export_conversations",
)


@pytest.mark.parametrize("page", [f"docs/howto/{name}.md" for name in PAGES])
def test_the_screen_says_what_the_page_shows(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Where this fails, ``python -m tests.integration.walkthrough <page>`` shows the change."""
    text = ROOT.joinpath(page).read_text("utf-8")
    needs_starter = "<!-- starter" in text
    starter = request.getfixturevalue("trained_project") if needs_starter else None
    seen = list(follow(text, tmp_path, starter))
    assert len(seen) > 2
    for step, screen in seen:
        assert same_every_time(screen) == same_every_time(step.block)
