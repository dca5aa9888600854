"""Logins: a browser that is signed in.

Its token is random and stands in a cookie; the store has the token's hash only. The token against
forged requests (CSRF) is derived from the login's own, so that one is worth nothing without the
other and nothing else need be kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from kefu.core.ids import new_id
from kefu.staff.accounts import Account, actor_of
from kefu.staff.permissions import Actor

__all__ = ["Issued", "Lifetimes", "Login", "SignedIn", "csrf_of", "digest_of", "issue", "new_token"]

_TOKEN_BYTES: Final = 32
_LONGEST_TOKEN: Final = 200
_CSRF_PURPOSE: Final = b"kefu csrf"
_SEEN_STEP: Final = 300.0
"""Seconds between two notes of when a login was last seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long logins last, in seconds."""

    idle: float = 12 * 3600.0
    """Without a request."""
    longest: float = 14 * 86400.0
    """From signing in, whatever happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A browser that is signed in."""

    login_id: str
    account_id: str
    token_digest: str = field(repr=False)
    created_at: float
    seen_at: float
    expires_at: float
    address: str = ""
    """Network address it came from."""
    browser: str = ""
    """What the browser says of itself."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new login, and the only copy of its token."""

    login: Login
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in, and how."""

    account: Account
    login: Login
    csrf: str = field(repr=False)

    @property
    def actor(self) -> Actor:
        """Who they are, as one who asks for something."""
        return actor_of(self.account)


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return what is stored of a token; empty for what is none."""
    if not 0 < len(token) <= _LONGEST_TOKEN:
        return ""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def csrf_of(token: str) -> str:
    """Return the token that requests of this login have to show beside the cookie."""
    mac = hmac.new(token.encode("utf-8", "replace"), _CSRF_PURPOSE, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def issue(
    account_id: str, *, now: float, lifetimes: Lifetimes, address: str = "", browser: str = ""
) -> Issued:
    """Return a new login."""
    token = new_token()
    login = Login(
        login_id=new_id("l"),
        account_id=account_id,
        token_digest=digest_of(token),
        created_at=now,
        seen_at=now,
        expires_at=now + min(lifetimes.idle, lifetimes.longest),
        address=address,
        browser=browser[:200],
    )
    return Issued(login, token)


def prolonged(login: Login, now: float, lifetimes: Lifetimes) -> float | None:
    """Return until when a login that is used now lasts; None: not worth a note yet."""
    if now - login.seen_at < min(_SEEN_STEP, lifetimes.idle / 10):
        return None
    return min(now + lifetimes.idle, login.created_at + lifetimes.longest)
