"""A review: a bot's draft that an agent approves, edits or discards before a deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Decision", "Review", "ReviewState"]

ReviewState = Literal["open", "approved", "edited", "discarded", "expired", "superseded"]
Decision = Literal["approve", "edit", "discard", "expire"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A draft and what became of it; the decided ones are labelled material for training."""

    review_id: str
    conversation_id: str
    key: str = ""
    """By what the bot knows it."""
    version: int = 1
    state: ReviewState = "open"
    channel: str = ""
    language: str = ""
    skills: tuple[str, ...] = ()
    group_id: str | None = None
    question: str
    """What the customer said."""
    intent: str = ""
    action: str
    """What the bot held back."""
    draft: Mapping[str, Any] = field(default_factory=dict)
    """The reply as it would be sent; empty when the action only shows once it has run."""
    confidence: float
    parts: Mapping[str, float] = field(default_factory=dict)
    """``intent``, ``answer``, ``policy``."""
    asked_at: float
    deadline: float
    by_itself: Literal["send", "handover"] = "send"
    """What happens at the deadline."""
    claimed_by: str | None = None
    """Who looks at it."""
    claimed_until: float | None = None
    decided_by: str | None = None
    decided_at: float | None = None
    text: str | None = None
    """What was sent instead, when it was edited."""

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided yet."""
        return self.state == "open"
