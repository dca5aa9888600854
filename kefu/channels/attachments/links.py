"""Links that expire: whoever has one may fetch one file until its time is over."""

from __future__ import annotations

import hashlib
import hmac
import math
from base64 import urlsafe_b64encode

from kefu.clock import Clock

__all__ = ["Links"]

PREFIX = "/attachments/"
_STEP = 600.0
"""Ends of links are rounded up to these seconds, so that a picture keeps its address for a while
and is fetched once."""


class Links:
    """Signs links and checks them (HMAC-SHA256 over id and end)."""

    def __init__(self, secret: bytes, clock: Clock, *, public_url: str = "") -> None:
        self._secret = secret
        self._clock = clock
        self._base = public_url.rstrip("/") + PREFIX

    def to(self, attachment_id: str, *, seconds: float) -> str:
        """Return a link that is good for ``seconds`` and at most ten minutes more."""
        expires = math.ceil((self._clock.now() + seconds) / _STEP) * int(_STEP)
        return (
            f"{self._base}{attachment_id}?expires={expires}"
            f"&signature={self._signature(attachment_id, expires)}"
        )

    def is_good(self, attachment_id: str, *, expires: str, signature: str) -> bool:
        """Whether a link is ours and its time is not over."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 15:
            return False
        expected = self._signature(attachment_id, int(expires)).encode()
        is_ours = hmac.compare_digest(expected, signature.encode("utf-8", "replace"))
        return is_ours and self._clock.now() < int(expires)

    def _signature(self, attachment_id: str, expires: int) -> str:
        signed = f"kefu attachment {attachment_id} {expires}".encode("utf-8", "replace")
        digest = hmac.new(self._secret, signed, hashlib.sha256).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
