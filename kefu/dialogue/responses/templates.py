"""Responses from the domain."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from kefu.core.tracker import Tracker
from kefu.dialogue.responses.filling import filled
from kefu.dialogue.responses.variations import suitable_variations

__all__ = ["TemplateResponses"]

FILLED_KEYS = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


class TemplateResponses:
    """Chooses a variation at random and fills in slots and arguments."""

    def __init__(
        self,
        responses: Mapping[str, Sequence[Mapping[str, Any]]],
        *,
        chance: random.Random | None = None,
    ) -> None:
        self._responses = responses
        self._chance = chance or random.Random()

    async def generate(
        self, name: str, tracker: Tracker, channel: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Return a filled variation, or None when the domain has none that fits."""
        slots = tracker.state.slots
        suitable = suitable_variations(self._responses.get(name) or (), channel, slots)
        if not suitable:
            return None
        chosen = suitable[0] if len(suitable) == 1 else self._chance.choice(suitable)
        values = {**slots, **arguments}
        return {
            key: filled(value, values) if key in FILLED_KEYS else value
            for key, value in chosen.items()
        }
