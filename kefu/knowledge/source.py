"""The knowledge of a model as the pipeline asks for it: loaded when it is first asked."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from kefu.clock import Clock, SystemClock
from kefu.core.parts import Parts
from kefu.knowledge.knowledge import Findings, Knowledge, as_json

__all__ = ["ArticleSource"]


class ArticleSource:
    """Answers from the articles that hold today."""

    def __init__(self, parts: Parts, clock: Clock | None = None) -> None:
        self._parts = parts
        self._clock = clock or SystemClock()

    @cached_property
    def knowledge(self) -> Knowledge:
        """All articles."""
        return Knowledge.load(self._parts)

    def search(self, text: str) -> Findings:
        """Return the passages that may answer a question, as of today."""
        today = datetime.fromtimestamp(self._clock.now(), tz=UTC).astimezone().date()
        return self.knowledge.search(text, today.isoformat())

    def find(self, text: str) -> dict[str, Any] | None:
        """Return ``confidence``, ``answer`` and ``passages``; None when no passage fits at all."""
        findings = self.search(text)
        return as_json(findings) if findings.hits else None
