"""JSON Web Tokens (RFC 7519): whether they are signed with a key that is known, and still good."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kefu.clock import Clock, SystemClock

__all__ = ["ALGORITHMS", "LEEWAY_SECONDS", "SHARED", "SignedTokens"]

SHARED: Final = ("HS256", "HS384", "HS512")
"""Algorithms for which both sides know a secret."""
ALGORITHMS: Final = (
    *SHARED,
    *("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"),
)
LEEWAY_SECONDS: Final = 60
"""So much two clocks may differ."""
_MAX_TOKEN: Final = 8192
_PEM: Final = "-----BEGIN"


class SignedTokens:
    """Checks tokens with one key and one algorithm."""

    def __init__(self, secret: str, method: str, clock: Clock | None = None) -> None:
        """Read the key.

        Args:
            secret: What both sides know, or for algorithms with a pair of keys the public one: in
                PEM form, or the path of a file.
            method: How tokens are signed, one of :data:`ALGORITHMS`.
            clock: Tells the time.

        Raises:
            ValueError: There is no such method, or the key is none for it; the text says which.
        """
        self._key = _key(secret, method)
        self._method = method
        self._clock = clock or SystemClock()

    def claims(self, token: str) -> Mapping[str, Any] | None:
        """Return what ``token`` says; None: it is not good, or not good any more."""
        from joserfc import jwt  # noqa: PLC0415 - only where tokens are shown
        from joserfc.errors import JoseError  # noqa: PLC0415

        if len(token) > _MAX_TOKEN:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, [self._method]).claims
            registry = jwt.JWTClaimsRegistry(now=int(self._clock.now()), leeway=LEEWAY_SECONDS)
            registry.validate(claims)
        except (JoseError, ValueError, TypeError):
            return None
        return claims


def _key(secret: str, method: str) -> Any:
    if method not in ALGORITHMS:
        raise ValueError(
            f"tokens cannot be signed by {method!r}; possible: {', '.join(ALGORITHMS)}"
        )
    if not secret:
        raise ValueError("the key is empty")
    if method in SHARED:
        if _PEM in secret:
            raise ValueError(
                f"it is a key in PEM form, but for {method} whoever knows the key can sign: name"
                " the method that the tokens are signed by, such as RS256"
            )
        return _shared(secret)
    text = secret if _PEM in secret else _of_file(secret, method)
    if "PRIVATE KEY" in text:
        raise ValueError("it is a private key: tokens are checked with the public one")
    return _public(text, method)


def _shared(secret: str) -> Any:
    from joserfc.jwk import OctKey  # noqa: PLC0415 - only where tokens are shown

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of short ones, which Rasa's users have
        return OctKey.import_key(secret)


def _of_file(path: str, method: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ValueError(
            f"for {method} it must be a public key: in PEM form, or the path of a file that has it"
        ) from error


def _public(text: str, method: str) -> Any:
    from joserfc.errors import JoseError  # noqa: PLC0415 - only where tokens are shown
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415

    kind: Any = ECKey if method.startswith("ES") else RSAKey
    try:
        return kind.import_key(text)
    except (JoseError, ValueError, TypeError) as error:
        what = "an elliptic curve" if kind is ECKey else "RSA"
        raise ValueError(f"it is no public key of {what}, which {method} needs") from error
