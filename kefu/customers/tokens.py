"""Reads the tokens by which a shop says who its customer is (JWT, RFC 7519)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.clock import Clock
from kefu.customers.ports import Keys
from kefu.errors import CustomerError
from kefu.project.settings import CustomerSettings

__all__ = ["ShopClaims", "Tokens"]

_MAX_TOKEN = 8192
_MAX_VALUE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopClaims:
    """What a token says."""

    user: str
    """The shop's own id of the customer: claim ``sub``."""
    name: str | None = None
    phone: str | None = field(default=None, repr=False)
    is_phone_verified: bool = False
    unionid: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Tokens:
    """Checks tokens with the shop's keys."""

    def __init__(self, settings: CustomerSettings, keys: Keys | None, clock: Clock) -> None:
        """Put it together; without ``keys`` every token is refused as not configured."""
        self._settings = settings
        self._keys = keys
        self._clock = clock

    async def read(self, token: str) -> ShopClaims:
        """Return what a token says, once its signature and its times are good.

        Raises:
            CustomerError: It is not good, or no key is configured; the text says what.
        """
        if self._keys is None:
            raise CustomerError(
                "signing in is not set up: give 'jwt_secret', 'public_key' or 'jwks' under "
                "'customers' in endpoints.yml"
            )
        if len(token) > _MAX_TOKEN:
            raise CustomerError("the token is too long")
        claims = await self._verified(token, self._keys)
        self._check(claims)
        return _shop_claims(claims)

    async def _verified(self, token: str, keys: Keys) -> dict[str, Any]:
        from joserfc import jwt  # noqa: PLC0415 - only who is signed in to pays for the library
        from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415

        algorithms = list(self._settings.algorithms)
        try:
            try:
                found = jwt.decode(token, await keys.key_set(), algorithms)
            except InvalidKeyIdError:  # signed with a key that is newer than our copy
                found = jwt.decode(token, await keys.key_set(is_stale=True), algorithms)
        except (JoseError, ValueError, TypeError) as error:
            raise CustomerError(f"the token is not good: {_why(error)}") from error
        return dict(found.claims)

    def _check(self, claims: Mapping[str, Any]) -> None:
        from joserfc.errors import ExpiredTokenError, JoseError  # noqa: PLC0415
        from joserfc.jwt import JWTClaimsRegistry  # noqa: PLC0415

        wanted: dict[str, Any] = {"exp": {"essential": True}, "sub": {"essential": True}}
        if self._settings.audience:
            wanted["aud"] = {"essential": True, "value": self._settings.audience}
        if self._settings.issuer:
            wanted["iss"] = {"essential": True, "value": self._settings.issuer}
        registry = JWTClaimsRegistry(
            now=int(self._clock.now()), leeway=int(self._settings.leeway_seconds), **wanted
        )
        try:
            registry.validate(dict(claims))
        except ExpiredTokenError as error:
            raise CustomerError("the token has expired: the page has to get a new one") from error
        except (JoseError, ValueError, TypeError) as error:
            raise CustomerError(f"the token is not good: {_why(error)}") from error


def _why(error: Exception) -> str:
    description = getattr(error, "description", None) or str(error)
    return description or type(error).__name__


def _shop_claims(claims: Mapping[str, Any]) -> ShopClaims:
    attributes = claims.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise CustomerError("the token is not good: 'attributes' must be an object")
    user = claims.get("sub")
    if not isinstance(user, str | int) or isinstance(user, bool) or not str(user):
        raise CustomerError("the token is not good: 'sub' must be the customer's id")
    return ShopClaims(
        user=_text({"sub": str(user)}, "sub") or "",
        name=_text(claims, "name"),
        phone=_text(claims, "phone"),
        is_phone_verified=claims.get("phone_verified") is True,
        unionid=_text(claims, "unionid"),
        attributes=attributes,
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _MAX_VALUE or "\0" in value:
        raise CustomerError(
            f"the token is not good: {name!r} must be a text of at most {_MAX_VALUE} characters"
        )
    return value
