"""Reads ``customers`` of endpoints.yml: how the shop says who its customers are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from kefu.core.names import CUSTOMER_ID_SLOT, CUSTOMER_PHONE_SLOT, VERIFICATION_SLOTS
from kefu.project.problems import suggestion
from kefu.project.service_address import web_address
from kefu.project.settings import CustomerSettings
from kefu.project.shape import Shape
from kefu.project.yaml import YamlList, YamlMap

__all__ = ["read_customers"]

KEYS: Final = (
    "jwt_secret",
    "jwt_secret_file",
    "public_key",
    "jwks",
    "algorithms",
    "audience",
    "issuer",
    "leeway",
    "phone_country",
    "phone_key",
    "slots",
)
_SYMMETRIC: Final = ("HS256", "HS384", "HS512")
_ASYMMETRIC: Final = ("RS256", "ES256", "RS384", "RS512", "ES384", "ES512", "PS256", "Ed25519")
_SECRET_BYTES: Final = 32
"""RFC 7518, 3.2: a key of HS256 has at least the length of its hash."""
_PHONE_KEY_CHARACTERS: Final = 16
_KEYS_OF_TOKENS: Final = ("jwt_secret", "public_key", "jwks")
_OF_TOKENS: Final = ("audience", "issuer", "algorithms")
_MAX_LEEWAY: Final = 600
_VERIFIED: Final = ("user", "verified_phone")
"""Fields that nobody can just claim."""
_TRUSTED: Final = frozenset({CUSTOMER_ID_SLOT, CUSTOMER_PHONE_SLOT, *VERIFICATION_SLOTS})
"""Slots by which actions tell whose data they may show."""


def read_customers(shape: Shape, root: YamlMap) -> CustomerSettings:
    """Return what the section says; what is wrong is reported and left out."""
    at = shape.document.value(root, "customers")
    node = shape.as_map(root.get("customers"), at, "'customers'")
    if node is None:
        return CustomerSettings()
    for key in node:
        if key not in KEYS:
            shape.report.warning(
                "endpoints.unknown-setting",
                shape.document.key(node, key),
                f"'customers' has no setting {key!r}, it is ignored",
                suggestion(str(key), KEYS, f"possible: {', '.join(KEYS)}"),
            )
    texts = {
        key: shape.text_at(node, key, f"{key!r} of 'customers'") or None
        for key in (*_KEYS_OF_TOKENS, "jwt_secret_file", "audience", "issuer", "phone_key")
    }
    if not any(texts[key] for key in _KEYS_OF_TOKENS):
        texts["jwt_secret"] = _kept_secret(shape, node, texts["jwt_secret_file"])
    _check_keys(shape, root, node, texts)
    return CustomerSettings(
        **texts,
        algorithms=_algorithms(shape, node, texts),
        leeway_seconds=_leeway(shape, node),
        phone_country=_country(shape, node),
        slots=_slots(shape, node),
    )


def _kept_secret(shape: Shape, node: YamlMap, name: str | None) -> str | None:
    """Return the secret that a file holds; None where there is no such file yet."""
    if name is None:
        return None
    path = Path(shape.document.file).parent / name
    try:
        return path.read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        shape.report.error(
            "endpoints.secret-file",
            shape.document.value(node, "jwt_secret_file"),
            f"'jwt_secret_file' cannot be read: {error}",
            "give the path of a text file with the secret in it",
        )
        return None


def _check_keys(shape: Shape, root: YamlMap, node: YamlMap, texts: dict[str, str | None]) -> None:
    given = [key for key in _KEYS_OF_TOKENS if texts[key]]
    if len(given) > 1:
        shape.report.error(
            "endpoints.several-keys",
            shape.document.key(root, "customers"),
            f"'customers' has {' and '.join(repr(key) for key in given)}",
            "give one of them: tokens are checked with one kind of key",
        )
    secret = texts["jwt_secret"]
    if secret is not None and len(secret.encode()) < _SECRET_BYTES:
        shape.report.error(
            "endpoints.weak-secret",
            shape.document.value(node, "jwt_secret"),
            f"'jwt_secret' has {len(secret.encode())} bytes, which can be guessed",
            f"give at least {_SECRET_BYTES} random bytes: openssl rand -hex 32",
        )
    _check_phone_key(shape, node, texts["phone_key"])
    about_tokens = [key for key in _OF_TOKENS if node.get(key) is not None]
    if about_tokens and not given:
        shape.report.error(
            "endpoints.no-key",
            shape.document.key(node, about_tokens[0]),
            f"{about_tokens[0]!r} of 'customers' is of tokens, but there is no key to check them",
            "give 'jwt_secret', 'public_key' or 'jwks' as well, or delete it",
        )
    jwks = texts["jwks"]
    if jwks is not None and "://" in jwks:
        web_address(shape, node, "jwks", "'jwks'", "https://host/keys, or the path of a file")
    if jwks is not None and jwks.startswith("http://"):
        shape.report.warning(
            "endpoints.open-keys",
            shape.document.value(node, "jwks"),
            "'jwks' is fetched over http://: whoever is on the way can sign in as anybody",
            "give its https:// address",
        )


def _check_phone_key(shape: Shape, node: YamlMap, key: str | None) -> None:
    if key is not None and len(key) < _PHONE_KEY_CHARACTERS:
        shape.report.error(
            "endpoints.weak-secret",
            shape.document.value(node, "phone_key"),
            "'phone_key' is so short that it can be guessed",
            f"give at least {_PHONE_KEY_CHARACTERS} random characters: openssl rand -hex 32",
        )


def _algorithms(shape: Shape, node: YamlMap, texts: dict[str, str | None]) -> tuple[str, ...]:
    possible = _SYMMETRIC if texts["jwt_secret"] else _ASYMMETRIC
    default = possible[:1] if texts["jwt_secret"] else possible[:2]
    value = node.get("algorithms")
    if value is None or not any(texts[key] for key in _KEYS_OF_TOKENS):
        return default
    place = shape.document.value(node, "algorithms")
    names = list(value) if isinstance(value, YamlList) else [value]
    wrong = [name for name in names if name not in possible]
    if wrong or not names:
        found = repr(wrong[0]) if wrong else "nothing"
        shape.report.error(
            "endpoints.unknown-algorithm",
            place,
            f"'algorithms' of 'customers' names {found}",
            f"possible with this key: {', '.join(possible)}",
        )
        return default
    return tuple(str(name) for name in names)


def _leeway(shape: Shape, node: YamlMap) -> float:
    value = node.get("leeway")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None:
        return CustomerSettings().leeway_seconds
    if is_number and 0 <= value <= _MAX_LEEWAY:
        return float(value)
    wanted = f"a number of seconds, at most {_MAX_LEEWAY}"
    shape.wrong(shape.document.value(node, "leeway"), "'leeway'", wanted, value)
    return CustomerSettings().leeway_seconds


def _country(shape: Shape, node: YamlMap) -> str:
    value: Any = node.get("phone_country")
    if value is None:
        return CustomerSettings().phone_country
    text = str(value).removeprefix("+")
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{0,2}", text):
        place = shape.document.value(node, "phone_country")
        shape.wrong(place, "'phone_country'", "a calling code such as 86", value)
        return CustomerSettings().phone_country
    return text


def _slots(shape: Shape, node: YamlMap) -> dict[str, str]:
    value = shape.as_map(node.get("slots"), shape.document.value(node, "slots"), "'slots'")
    if value is None:
        return dict(CustomerSettings().slots)
    slots: dict[str, str] = {}
    for field, slot in value.items():
        group, dot, key = str(field).partition(".")
        is_known = (group in {"name", "phone", "tags", *_VERIFIED} and not dot) or (
            group == "attributes" and key
        )
        if not is_known or not isinstance(slot, str):
            shape.report.error(
                "endpoints.unknown-field",
                shape.document.key(value, field),
                f"'slots' of 'customers' cannot map {field!r}",
                "map 'name', 'phone', 'user', 'verified_phone', 'tags' or 'attributes.<name>' to "
                "the name of a slot",
            )
            continue
        if slot in _TRUSTED and field not in _VERIFIED:
            shape.report.error(
                "endpoints.claim-as-proof",
                shape.document.value(value, field),
                f"'slots' of 'customers' puts {field!r}, which a page can claim, into the slot "
                f"{slot!r}, which counts as proven",
                "map it to another slot; 'user' and 'verified_phone' are proven",
            )
            continue
        slots[str(field)] = slot
    return slots
