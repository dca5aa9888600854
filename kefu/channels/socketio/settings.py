"""The section ``socketio`` of credentials.yml, with Rasa's keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from kefu.channels.socketio.packets import ROOT
from kefu.clock import Clock
from kefu.core.signed_tokens import SignedTokens
from kefu.errors import ChannelError

__all__ = ["SocketIOSettings"]

_KEYS: Final = (
    "user_message_evt",
    "bot_message_evt",
    "namespace",
    "session_persistence",
    "socketio_path",
    "jwt_key",
    "jwt_method",
    "metadata_key",
)
_PATH: Final = re.compile(r"/[\w.~/-]*")
_BELONGING_TO_OTHERS: Final = ("/webhooks", "/api", "/conversations", "/model", "/desk", "/widget")


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketIOSettings:
    """How the channel speaks."""

    user_event: str = "user_uttered"
    """Events of this name are messages of the customer."""
    bot_event: str = "bot_uttered"
    namespace: str = ROOT
    keeps_sessions: bool = False
    """Whether a conversation goes by the client's ``session_id``, not by its connection."""
    path: str = "/socket.io/"
    tokens: SignedTokens | None = None
    """Checks whoever connects; None: everybody may."""
    metadata_key: str = "metadata"

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any], clock: Clock) -> Self:
        """Read the section.

        Raises:
            ChannelError: A setting is unknown or wrong; the text says which and what to do.
        """
        unknown = sorted(set(raw) - set(_KEYS))
        if unknown:
            known = ", ".join(_KEYS)
            raise ChannelError(f"unknown setting {unknown[0]!r}; known settings: {known}")
        persistence = raw.get("session_persistence", False)
        if not isinstance(persistence, bool):
            raise ChannelError("setting 'session_persistence' must be true or false")
        namespace = _text(raw, "namespace") or ROOT
        if "," in namespace:
            raise ChannelError("setting 'namespace' must be a path without commas, such as /chat")
        return cls(
            user_event=_text(raw, "user_message_evt") or "user_uttered",
            bot_event=_text(raw, "bot_message_evt") or "bot_uttered",
            namespace=namespace if namespace.startswith("/") else f"/{namespace}",
            keeps_sessions=persistence,
            path=_path(_text(raw, "socketio_path") or "/socket.io"),
            tokens=_tokens(raw, clock),
            metadata_key=_text(raw, "metadata_key") or "metadata",
        )


def _text(raw: Mapping[str, Any], key: str) -> str | None:
    value = raw.get(key)
    if value is not None and not isinstance(value, str):
        raise ChannelError(f"setting {key!r} must be a text")
    return value


def _path(given: str) -> str:
    path = f"/{given.strip('/')}/"
    if not _PATH.fullmatch(path) or path == "//":
        raise ChannelError("setting 'socketio_path' must be a path, such as /socket.io")
    if f"{path}/".startswith(tuple(f"{taken}/" for taken in _BELONGING_TO_OTHERS)):
        raise ChannelError(f"setting 'socketio_path': below {path} is something else already")
    return path


def _tokens(raw: Mapping[str, Any], clock: Clock) -> SignedTokens | None:
    key = _text(raw, "jwt_key")
    if key is None:
        if raw.get("jwt_method") is not None:
            raise ChannelError("setting 'jwt_method' needs a 'jwt_key'")
        return None
    try:
        return SignedTokens(key, _text(raw, "jwt_method") or "HS256", clock)
    except ValueError as error:
        raise ChannelError(f"setting 'jwt_key': {error}") from error
