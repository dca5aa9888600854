"""The keys that the shop signs its tokens with: from the settings, a file, or its server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from kefu.clock import Clock
from kefu.errors import CustomerError, ProjectError
from kefu.project.settings import CustomerSettings

__all__ = ["ShopKeys", "shop_keys"]

_KEPT_SECONDS = 300.0
_PAUSE_SECONDS = 15.0
"""Between two requests that unknown keys cause: tokens are written by anybody."""
_TIMEOUT_SECONDS = 5.0
_MAX_BYTES = 256 * 1024


def shop_keys(settings: CustomerSettings, root: Path, clock: Clock) -> ShopKeys | None:
    """Return the keys that the settings name; None when they name none.

    Raises:
        ProjectError: A file cannot be read, or holds no key.
    """
    return ShopKeys(settings, root, clock) if settings.has_key else None


class ShopKeys:
    """The keys; see :class:`kefu.customers.ports.Keys`."""

    def __init__(self, settings: CustomerSettings, root: Path, clock: Clock) -> None:
        """Take keys that are at hand; those of a server are fetched when they are needed.

        Raises:
            ProjectError: A file cannot be read, or holds no key.
        """
        self._clock = clock
        self._url: str | None = None
        self._keys: Any = None
        self._fetched_at = self._asked_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()
        if settings.jwks and settings.jwks.startswith(("https://", "http://")):
            self._url = settings.jwks
            return
        try:
            self._keys = _given(settings, root)
        except (OSError, ValueError, TypeError, msgspec.DecodeError) as error:
            what = "jwks" if settings.jwks else "public_key"
            raise ProjectError(f"endpoints.yml: {what!r} cannot be used: {error}") from error

    async def key_set(self, *, is_stale: bool = False) -> Any:
        """Return the keys, fetched again when they are old, or stale.

        Raises:
            CustomerError: They cannot be had, or are none.
        """
        if self._url is None:
            return self._keys
        async with self._one_at_a_time:
            now = self._clock.now()
            is_old = is_stale or now - self._fetched_at > _KEPT_SECONDS
            if is_old and now - self._asked_at > _PAUSE_SECONDS:
                self._asked_at = now
                await self._refresh(self._url, now)
        if self._keys is None:
            raise CustomerError("the shop's keys cannot be fetched; try again in a moment")
        return self._keys

    async def _refresh(self, url: str, now: float) -> None:
        try:
            keys = _key_set(await _fetched(url))
        except (aiohttp.ClientError, TimeoutError, ValueError, TypeError) as error:
            if self._keys is not None:
                return  # those we have are better than none
            raise CustomerError(
                f"the shop's keys cannot be fetched: {type(error).__name__}"
            ) from error
        self._keys = keys
        self._fetched_at = now


async def _fetched(url: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        response.raise_for_status()
        return await response.content.read(_MAX_BYTES)


def _given(settings: CustomerSettings, root: Path) -> Any:
    from joserfc.jwk import OctKey  # noqa: PLC0415 - only where customers sign in

    if settings.jwt_secret:
        return OctKey.import_key(settings.jwt_secret)
    if settings.jwks:
        return _key_set((root / settings.jwks).read_bytes())
    text = settings.public_key or ""
    if "-----BEGIN" not in text:
        text = (root / text).read_text("utf-8")
    if "PRIVATE KEY" in text:
        raise ValueError("it is a private key: give the public one")
    return _public_key(text)


def _public_key(text: str) -> Any:
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where customers sign in
    from joserfc.jwk import ECKey, OKPKey, RSAKey  # noqa: PLC0415 - the same

    for kind in (RSAKey, ECKey, OKPKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("it is no RSA, EC or Ed25519 key in PEM form")


def _key_set(body: bytes) -> Any:
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where customers sign in
    from joserfc.jwk import KeySet  # noqa: PLC0415 - the same

    raw: Any = msgspec.json.decode(body)
    if not isinstance(raw, dict) or not raw.get("keys"):
        raise ValueError("it is no key set")
    try:
        return KeySet.import_key_set({"keys": raw["keys"]})
    except (JoseError, KeyError) as error:
        raise ValueError(f"it is no key set: {error}") from error
