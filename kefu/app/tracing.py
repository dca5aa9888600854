"""What was understood and decided in a conversation, for those who edit the bot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from kefu.app.models import ServedModels
from kefu.core.codec import decode_event
from kefu.core.events import UserUttered
from kefu.evaluation.tracing import Origins, trace_turn
from kefu.gateway.gateway import Gateway
from kefu.model.load import Model
from kefu.project.load import load_project

__all__ = ["Tracing"]


class Tracing:
    """Looks at conversations with the model that answers now and the files as they are."""

    def __init__(self, gateway: Gateway, models: ServedModels, root: Path) -> None:
        self._gateway = gateway
        self._models = models
        self._root = root
        self._origins: dict[str, Origins | None] = {}

    async def turns(self, conversation_id: str, count: int) -> list[dict[str, Any]]:
        """Return the last turns of a conversation, the latest first."""
        served = self._models.current
        if served is None or not await self._gateway.exists(conversation_id):
            return []
        state = await self._gateway.state(conversation_id, events="ALL")
        events = [decode_event(raw) for raw in state["events"]]
        said = sum(isinstance(event, UserUttered) for event in events)
        origins = await self._lines(served.model)
        found: list[dict[str, Any]] = []
        for turn in range(1, min(count, said) + 1):
            trace = trace_turn(events, served.domain, origins, turn=-turn)
            if trace is not None:
                found.append(trace.as_json())
        return found

    async def _lines(self, model: Model) -> Origins | None:
        """Return where the rules and stories of a model stand; read once for each model."""
        key = model.metadata.model_id
        if key not in self._origins:
            self._origins = {key: await asyncio.to_thread(_origins, self._root, model)}
        return self._origins[key]


def _origins(root: Path, model: Model) -> Origins | None:
    project = load_project(root).project
    return Origins(project, model.ensemble) if project is not None else None
