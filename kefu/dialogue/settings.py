"""How a bot behaves beyond what its domain says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BotSettings", "default_apology"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """Settings of the dialogue."""

    max_actions: int = 10
    """Actions that a bot runs at most before it listens again."""
    apology: str | None = None
    """What the customer is told when a custom action failed: a text, or the name of a response.
    None: nothing."""
    failure_text: str = ""
    """What the customer is told when a turn failed as a whole; empty: nothing."""
    resend_intent: str = "resend_code"
    """What a customer expresses who wants another one-time code."""
    language: str = "zh"
    """Language of what the bot says by itself, an ISO 639 code: Chinese, or else English."""


def default_apology(language: str) -> str:
    """Return the apology for a bot that speaks ``language``, an ISO 639 code."""
    if language.lower().startswith("zh"):
        return "抱歉，系统刚才出了点问题，没能完成这一步。请稍后再试。"
    return "Sorry, something went wrong on our side. Please try again in a moment."
