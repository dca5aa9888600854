"""Tokens by which callers of the HTTP API say who they are, as with Rasa.

A token's claim ``user`` has a ``username`` and a ``role``: an ``admin`` may do everything, a
``user`` may do what concerns the conversation whose id is the username.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kefu.clock import Clock
from kefu.core.signed_tokens import SignedTokens
from kefu.errors import ProjectError

__all__ = ["Bearer", "JsonWebTokens"]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a good token names."""

    username: str | None
    role: Literal["admin", "user"] | None
    """None: one that means nothing here."""

    def may(self, conversation_id: str | None) -> bool:
        """Whether they may use an address; of no conversation where ``conversation_id`` is None."""
        if self.role == "user":
            return conversation_id is not None and self.username == conversation_id
        return self.role == "admin"


class JsonWebTokens:
    """Checks tokens with the key that ``--jwt-secret`` gave."""

    def __init__(self, secret: str, method: str, clock: Clock | None = None) -> None:
        """Read the key.

        Raises:
            ProjectError: There is no such method, or no such key.
        """
        try:
            self._tokens = SignedTokens(secret, method, clock)
        except ValueError as error:
            raise ProjectError(f"check --jwt-secret and --jwt-method: {error}") from error

    def read(self, token: str) -> Bearer | None:
        """Return whom ``token`` names; None: it is not good, or not good any more."""
        claims = self._tokens.claims(token)
        if claims is None:
            return None
        user = claims.get("user")
        if not isinstance(user, Mapping):
            return Bearer(None, None)
        name, role = user.get("username"), user.get("role")
        known = role if role in ("admin", "user") else None
        return Bearer(name if isinstance(name, str) else None, known)
