"""Settings of the learned policy."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.policies.policy import LEARNED_PRIORITY

__all__ = ["MAX_TURNS", "LearnedSettings"]

MAX_TURNS = 8
"""Situations that the model looks at, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedSettings:
    """Settings of the learned policy in config.yml."""

    priority: int = LEARNED_PRIORITY
    max_history: int | None = None
    """The most situations that may decide, up to eight; None: eight. How many do is learned."""
    e2e_confidence_threshold: float = 0.5
    """Confidence from which the text of a message may count instead of its intent."""
    ridge: float = 0.02
    """How much the model prefers simple explanations; more is more cautious."""

    @property
    def window(self) -> int:
        """The most situations that the model may look at."""
        return min(self.max_history or MAX_TURNS, MAX_TURNS)
