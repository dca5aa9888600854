"""Tokens by which callers of the HTTP API say who they are (JWT, RFC 7519), as with Rasa.

A token's claim ``user`` has a ``username`` and a ``role``: an ``admin`` may do everything, a
``user`` may do what concerns the conversation whose id is the username.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from kefu.clock import Clock, SystemClock
from kefu.errors import ProjectError

__all__ = ["ALGORITHMS", "Bearer", "JsonWebTokens", "read_key"]

SHARED: Final = ("HS256", "HS384", "HS512")
"""Algorithms for which both sides know a secret."""
ALGORITHMS: Final = (
    *SHARED,
    *("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"),
)
LEEWAY_SECONDS: Final = 60
_MAX_TOKEN: Final = 8192


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

    def __init__(self, key: Any, method: str, clock: Clock | None = None) -> None:
        """Use a key of :func:`read_key` for tokens signed by ``method``."""
        self._key = key
        self._method = method
        self._clock = clock or SystemClock()

    def read(self, token: str) -> Bearer | None:
        """Return whom ``token`` names; None: it is not good, or not good any more."""
        from joserfc import jwt  # noqa: PLC0415 - only where tokens are shown
        from joserfc.errors import JoseError  # noqa: PLC0415

        if len(token) > _MAX_TOKEN:
            return None
        try:
            claims = jwt.decode(token, self._key, [self._method]).claims
            registry = jwt.JWTClaimsRegistry(now=int(self._clock.now()), leeway=LEEWAY_SECONDS)
            registry.validate(claims)
        except (JoseError, ValueError, TypeError):
            return None
        return _bearer(claims)


def _bearer(claims: Mapping[str, Any]) -> Bearer:
    user = claims.get("user")
    if not isinstance(user, Mapping):
        return Bearer(None, None)
    name, role = user.get("username"), user.get("role")
    known = role if role in ("admin", "user") else None
    return Bearer(name if isinstance(name, str) else None, known)


def read_key(secret: str, method: str) -> Any:
    """Return the key that tokens are checked with.

    Args:
        secret: What both sides know, or for the methods with a pair of keys the public one: in PEM
            form, or the path of a file.
        method: How tokens are signed.

    Raises:
        ProjectError: There is no such method, or no such key.
    """
    if method not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise ProjectError(f"--jwt-method cannot be {method!r}; possible: {known}")
    if not secret:
        raise ProjectError("--jwt-secret is empty: give a secret, or leave the option out")
    if method in SHARED:
        if "-----BEGIN" in secret:
            raise ProjectError(
                f"--jwt-secret is a key in PEM form, but --jwt-method is {method}, for which"
                " everybody who knows it can sign: say --jwt-method RS256, or as it was made"
            )
        return _shared_key(secret)
    if "-----BEGIN" not in secret:
        secret = _of_file(secret, method)
    if "PRIVATE KEY" in secret:
        raise ProjectError("--jwt-secret is a private key: tokens are checked with the public one")
    return _public_key(secret, method)


def _shared_key(secret: str) -> Any:
    from joserfc.jwk import OctKey  # noqa: PLC0415 - only where tokens are shown

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of short ones, which Rasa's users have
        return OctKey.import_key(secret)


def _of_file(path: str, method: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"--jwt-secret must be the public key for {method}: in PEM form, or the path of a file"
            " that has it"
        ) from error


def _public_key(text: str, method: str) -> Any:
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where tokens are shown
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415

    kind: Any = ECKey if method.startswith("ES") else RSAKey
    try:
        return kind.import_key(text)
    except (JoseError, ValueError, TypeError) as error:
        what = "an elliptic curve" if kind is ECKey else "RSA"
        raise ProjectError(
            f"--jwt-secret is no public key of {what}, which {method} needs"
        ) from error
