"""Who may call the HTTP API: whoever shows its token, or one that says who they are."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from sanic.request import Request

from kefu.errors import RequestError
from kefu.server.json_web_tokens import Bearer, JsonWebTokens

__all__ = ["HELP_URL", "Keys", "bearer_of", "require_token", "shown_token"]

HELP_URL = "https://rasa.com/docs/rasa/user-guide/configuring-http-api/#security-considerations"
"""Where Rasa explains its API's tokens, which work the same here; its clients know the address."""

BEARER = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What opens the API; nothing: it is open to all."""

    token: str | None = None
    jwt: JsonWebTokens | None = None

    @property
    def are_asked_for(self) -> bool:
        """Whether there is anything to show."""
        return self.token is not None or self.jwt is not None


def require_token(request: Request, keys: Keys, conversation_id: str | None = None) -> None:
    """Check that ``request`` may reach the API, as Rasa does.

    It shows the token, as ``?token=`` or ``Authorization: Bearer``, or in that header a JSON Web
    Token: of an admin, or of the user whose name is ``conversation_id``.

    Raises:
        RequestError: It shows neither (401), or the user may not (403). Nothing is raised where
            nothing is asked for.
    """
    if not keys.are_asked_for:
        return
    if keys.token is not None and _is_same(shown_token(request), keys.token):
        return
    bearer = bearer_of(request, keys)
    if bearer is None:
        message = "User is not authenticated."
        raise RequestError(401, "NotAuthenticated", message, help_url=HELP_URL)
    if not bearer.may(conversation_id):
        message = "User has insufficient permissions."
        raise RequestError(403, "NotAuthorized", message, help_url=HELP_URL)


def bearer_of(request: Request, keys: Keys) -> Bearer | None:
    """Return whom the JSON Web Token of ``request`` names; None: it has none, or no good one."""
    shown = _in_header(request)
    return None if keys.jwt is None or shown is None else keys.jwt.read(shown)


def shown_token(request: Request) -> str | None:
    """Return the token that ``request`` shows, right or wrong; None: none."""
    header = _in_header(request)
    if header is not None:
        return header
    shown: str | None = request.args.get("token")
    return shown


def _in_header(request: Request) -> str | None:
    header = request.headers.get("authorization", "")
    return header[len(BEARER) :].strip() if header[: len(BEARER)].lower() == BEARER else None


def _is_same(shown: str | None, token: str) -> bool:
    if shown is None:
        return False
    return hmac.compare_digest(shown.encode("utf-8", "replace"), token.encode("utf-8", "replace"))
