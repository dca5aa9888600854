"""One-time codes: what is asked for, what came of it, and the port to whoever sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

__all__ = ["CodeCheck", "CodeMessage", "CodeSender", "CodeSending", "SendingStatus"]

SendingStatus = Literal["sent", "too_soon", "too_often", "unreachable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMessage:
    """A code on its way to a customer's phone."""

    phone: str = field(repr=False)
    """E.164: ``+`` and digits, country first."""
    code: str = field(repr=False)
    minutes: int
    """How long it can be used."""
    language: str = "zh"
    """The bot's, an ISO 639 code."""


class CodeSender(Protocol):
    """Carries codes to phones: an SMS gateway, or whatever stands in for one."""

    async def send(self, message: CodeMessage) -> None:
        """Send a code.

        Raises:
            ChannelError: It was not sent. The text names neither the code nor the phone.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSending:
    """What came of the wish for a code."""

    status: SendingStatus
    masked_phone: str = ""
    """The number as it may be shown."""
    minutes: int = 0
    """How long the code can be used."""
    wait_seconds: float = 0.0
    """After which time another one may be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCheck:
    """What came of a code that somebody typed."""

    status: Literal["right", "wrong", "expired", "used_up", "unreachable"]
    """``expired``: there is no code (any more); ``used_up``: it was used, or guessed too often."""
    tries_left: int = 0
    verified_until: float = 0.0
    """How long the customer need not be asked again: seconds since the epoch."""
