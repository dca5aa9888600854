"""The conversations of docs/assistant.md come out as they should."""

from __future__ import annotations

import re

import pytest

from bench.flows import PAGE, play_all, read_flows
from kefu.model.load import Model


@pytest.mark.usefixtures("surroundings")
async def test_every_flow_goes_as_it_should(model: Model) -> None:
    played = await play_all(read_flows(), model)
    wrong = {one.flow.name: one.missing for one in played if one.missing}
    assert wrong == {}
    reached = {one.flow.name for one in played if one.was_handed_over}
    assert reached == {flow.name for flow in read_flows() if flow.is_for_people}


def test_the_page_has_every_flow() -> None:
    """``python -m bench.flows --write`` writes it anew."""
    shown = re.findall(r"^### (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert shown == [flow.name for flow in read_flows()]
