"""Who a visitor of the web channel is: a random identity in a signed token the browser keeps."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from kefu.channels.base import WebRequest

__all__ = ["COOKIE", "Visitors", "cookie_of", "kept_secret", "token_in_cookie"]

VERSION = "v1"
CONVERSATION_PREFIX = "web-"
KEY_FILE = "web-channel.key"
KEY_LENGTH = 32
COOKIE = "kefu_visitor"
COOKIE_SECONDS = 400 * 86400


class Visitors:
    """Issues and checks visitor tokens; whoever has the token is the visitor."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def new_token(self) -> str:
        """Return the token of a visitor never seen before."""
        visitor = secrets.token_urlsafe(16)
        return f"{VERSION}.{visitor}.{self._signature(visitor)}"

    def conversation_of(self, token: str | None) -> str | None:
        """Return the id of the token's conversation; None when the token is not ours."""
        version, _, rest = (token or "").partition(".")
        visitor, _, signature = rest.partition(".")
        if version != VERSION or not visitor:
            return None
        expected = self._signature(visitor).encode()
        if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
            return None
        return CONVERSATION_PREFIX + visitor

    def _signature(self, visitor: str) -> str:
        signed = f"kefu visitor {VERSION} {visitor}".encode("utf-8", "replace")
        digest = hmac.new(self._secret, signed, hashlib.sha256).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def cookie_of(token: str, request: WebRequest) -> str:
    """Return the header that lets the page's browser keep a token where no script reads it."""
    origin = request.headers.get("origin") or ""
    is_secure = origin.startswith("https://") or request.headers.get("x-forwarded-proto") == "https"
    parts = [f"{COOKIE}={token}", "Path=/webhooks/web", f"Max-Age={COOKIE_SECONDS}", "HttpOnly"]
    return "; ".join([*parts, "SameSite=Lax", *(["Secure"] if is_secure else [])])


def token_in_cookie(request: WebRequest) -> str | None:
    """Return the token that the browser kept."""
    try:
        cookies = SimpleCookie(request.headers.get("cookie") or "")
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None


def kept_secret(state_dir: Path) -> bytes:
    """Return the secret kept in ``state_dir``, made on first use and readable by its owner only."""
    state_dir.mkdir(parents=True, exist_ok=True)
    path = state_dir / KEY_FILE
    draft = state_dir / f"{KEY_FILE}.{secrets.token_hex(8)}"
    if not path.exists():
        # Linking a finished file lets two processes that start at once agree on one secret.
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_LENGTH))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    secret = path.read_bytes()
    if len(secret) < KEY_LENGTH:
        path.unlink()
        return kept_secret(state_dir)
    return secret
