"""docs/reference/components.md names every component and every setting that has an effect."""

from pathlib import Path

import pytest

from kefu.nlu.registry import COMPONENTS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "components.md"


@pytest.fixture(scope="module")
def rows():
    lines = REFERENCE.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith("| ")]


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_every_component_and_its_settings_stand_in_the_reference(rows, name):
    (row,) = [row for row in rows if f"`{name}`" in row.split("|")[1]]
    entry = COMPONENTS[name]
    if not entry.missing:
        assert all(f"`{setting}`" in row for setting in entry.settings), row
    if entry.replacement and entry.missing:
        assert f"`{entry.replacement}`" in row
