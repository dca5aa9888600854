"""How the server is set up: what ``kefu run``'s options say."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.server.auth import Keys
from kefu.server.json_web_tokens import JsonWebTokens

__all__ = ["ServerSettings", "choose_interface"]

EVERYWHERE = "0.0.0.0"  # noqa: S104 - chosen only when nothing is unprotected
LOCAL_ONLY = "127.0.0.1"
LOCAL_NAMES = frozenset({LOCAL_ONLY, "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Options of the server."""

    enable_api: bool = False
    """Whether the HTTP API is served, not the channels alone."""
    auth_token: str | None = None
    """What a caller of the API must show; None: everybody may call it, unless there is ``jwt``."""
    jwt: JsonWebTokens | None = None
    """Checks tokens by which callers say who they are; either these or ``auth_token`` will do."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the server; ``*`` for all."""
    response_timeout: float = 3600.0
    """Seconds after which a request without an answer is given up."""
    trusted_proxies: int = 0
    """How many proxies stand before the server, whose ``X-Forwarded-For`` is believed."""
    max_body: int = 32 * 1024 * 1024
    """Longest body the API takes, in bytes; channels have their own, smaller limits."""

    @property
    def keys(self) -> Keys:
        """What opens the API."""
        return Keys(token=self.auth_token, jwt=self.jwt)

    @property
    def is_open(self) -> bool:
        """Whether the API asks for nothing."""
        return self.enable_api and not self.auth_token and self.jwt is None


def choose_interface(settings: ServerSettings, wanted: str | None) -> tuple[str, str | None]:
    """Return the address to listen on, and a note for the person who starts the server.

    Unless an interface is named, the server is reachable from other machines only when everything
    it serves is meant to be public: with an API that asks for no token it listens on localhost.
    """
    is_open = settings.is_open
    if wanted is None:
        if not is_open:
            return EVERYWHERE, None
        return LOCAL_ONLY, (
            "The HTTP API asks for no token, so only this machine can reach the server. "
            "For others: give --auth-token or --jwt-secret, or name the interface with -i."
        )
    if is_open and wanted not in LOCAL_NAMES:
        return wanted, (
            f"Everybody who can reach {wanted} can read and change every conversation: the HTTP "
            "API asks for no token. Give --auth-token or --jwt-secret."
        )
    return wanted, None
