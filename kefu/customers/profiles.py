"""What is known about a customer, who may see it, and how they take it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec

from kefu.customers.phones import national
from kefu.customers.records import Identity, Profile
from kefu.customers.tags import TAGS, united
from kefu.errors import CustomerError

__all__ = [
    "FIELDS",
    "MESSAGES",
    "VERIFIED",
    "forgotten",
    "hide",
    "phone_of",
    "proven",
    "shown",
    "slot_values",
    "with_attributes",
    "with_consent",
    "with_phone",
    "with_shop_claims",
]

FIELDS: Final = ("name", "phone", "attributes", "visits")
"""What can be hidden or deleted; single attributes as ``attributes.<key>``."""

VERIFIED: Final = ("user", "verified_phone")
"""What the bot can be told that nobody can just claim: who the shop's token says it is, and the
phone that the token, or the platform, vouches for."""

MESSAGES: Final = "messages"
"""What was said, with files and all that the bot took from it; can be deleted, not hidden."""

_ONLY_DELETED: Final = (MESSAGES, TAGS)
_MAX_KEYS = 50
_MAX_KEY_LENGTH = 64
_MAX_VALUE_LENGTH = 1000
_MAX_HIDDEN = 100
_SCALAR = (str, int, float, bool, type(None))


def with_attributes(profile: Profile, attributes: Mapping[str, Any]) -> Profile:
    """Return the profile with what a page says; None takes an attribute away.

    Raises:
        CustomerError: There is too much of it, or a value is no text, number or truth value.
    """
    return msgspec.structs.replace(profile, attributes=_merged(profile.attributes, attributes))


def with_shop_claims(
    profile: Profile, *, name: str | None, attributes: Mapping[str, Any]
) -> Profile:
    """Return the profile with what the shop's token says.

    Raises:
        CustomerError: As :func:`with_attributes`.
    """
    return msgspec.structs.replace(
        profile,
        shop_name=profile.shop_name if name is None else name[:_MAX_VALUE_LENGTH],
        shop_attributes=_merged(profile.shop_attributes, attributes),
    )


def _merged(known: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(known)
    for key, value in new.items():
        if not 0 < len(key) <= _MAX_KEY_LENGTH:
            raise CustomerError(f"an attribute's name has 1 to {_MAX_KEY_LENGTH} characters")
        if not isinstance(value, _SCALAR):
            raise CustomerError(f"attribute {key!r} must be a text, a number, true or false")
        if isinstance(value, str) and len(value) > _MAX_VALUE_LENGTH:
            raise CustomerError(f"attribute {key!r} is longer than {_MAX_VALUE_LENGTH} characters")
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    if len(merged) > _MAX_KEYS:
        raise CustomerError(f"a customer has at most {_MAX_KEYS} attributes")
    return merged


def shown(profiles: Iterable[Profile]) -> dict[str, Any]:
    """Return what agents and the bot may see of a customer.

    Args:
        profiles: The customer's own, then those of customers merged into them: the first that
            knows something counts. What is hidden in any of them is left out.
    """
    known = tuple(profiles)
    hidden = {field for profile in known for field in profile.hidden}
    attributes: dict[str, Any] = {}
    for profile in reversed(known):
        attributes |= profile.attributes
    for profile in reversed(known):
        attributes |= profile.shop_attributes
    said = attributes.pop("name", None)
    name = next((p.shop_name for p in known if p.shop_name), None) or said
    if "attributes" in hidden:
        attributes = {}
    phone = None if "phone" in hidden else phone_of(known)
    return {
        "name": None if "name" in hidden else name,
        "phone": None if phone is None else phone[0],
        "has_verified_phone": phone is not None and phone[1],
        "attributes": {k: v for k, v in attributes.items() if f"attributes.{k}" not in hidden},
        "hidden": sorted(hidden),
        "tags": list(united(known)),
    }


def phone_of(profiles: Iterable[Profile]) -> tuple[str, bool] | None:
    """Return the number and whether it is verified; verified ones come first."""
    known = [(p.phone, p.has_verified_phone) for p in profiles if p.phone]
    return min(known, key=lambda phone: not phone[1], default=None)


def proven(
    visible: Mapping[str, Any], identities: Iterable[Identity], *, country: str
) -> dict[str, str | None]:
    """Return what stands in the fields of :data:`VERIFIED`.

    Args:
        visible: What :func:`shown` returned.
        identities: What the customer is known by.
        country: Calling code of numbers that are written without one.
    """
    users = (one.value for one in identities if one.kind == "user" and one.is_verified)
    phone = visible["phone"] if visible["has_verified_phone"] else None
    return {
        "user": next(users, None),
        "verified_phone": None if phone is None else national(phone, country=country),
    }


def slot_values(
    visible: Mapping[str, Any], verified: Mapping[str, str | None], slots: Mapping[str, str]
) -> dict[str, Any]:
    """Return the values of the bot's slots.

    Args:
        visible: What :func:`shown` returned.
        verified: What :func:`proven` returned.
        slots: Field -> slot: those, ``name``, ``phone``, ``tags``, or ``attributes.<key>``.
    """
    values: dict[str, Any] = {}
    for field, slot in slots.items():
        group, _, key = field.partition(".")
        if field in VERIFIED:
            values[slot] = verified.get(field)
        else:
            values[slot] = visible["attributes"].get(key) if key else visible.get(group)
    return values


def hide(profile: Profile, fields: Collection[str], *, is_hidden: bool) -> Profile:
    """Return the profile with fields hidden, or shown again.

    Raises:
        CustomerError: There is no such field.
    """
    _check(fields)
    hidden = set(profile.hidden)
    hidden = hidden | set(fields) if is_hidden else hidden - set(fields)
    if len(hidden) > _MAX_HIDDEN:
        raise CustomerError(f"at most {_MAX_HIDDEN} fields can be hidden")
    return msgspec.structs.replace(profile, hidden=tuple(sorted(hidden)))


def forgotten(profile: Profile, fields: Collection[str]) -> Profile:
    """Return the profile without what stands in ``fields``.

    Raises:
        CustomerError: There is no such field.
    """
    _check([field for field in fields if field not in _ONLY_DELETED])
    changes: dict[str, Any] = {}
    if "attributes" in fields:
        changes |= {"attributes": {}, "shop_attributes": {}}
    else:
        gone = {field.partition(".")[2] for field in fields if "." in field}
        gone |= {"name"} if "name" in fields else set()
        changes["attributes"] = _without(profile.attributes, gone)
        changes["shop_attributes"] = _without(profile.shop_attributes, gone)
    if "name" in fields:
        changes["shop_name"] = None
    if "phone" in fields:
        changes |= {"phone": None, "has_verified_phone": False}
    if TAGS in fields:
        changes[TAGS] = ()
    return msgspec.structs.replace(profile, **changes)


def _without(attributes: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: value for key, value in attributes.items() if key not in keys}


def _check(fields: Collection[str]) -> None:
    for field in fields:
        group, dot, key = field.partition(".")
        if group not in FIELDS or (dot and (group != "attributes" or not key)):
            known = ", ".join(FIELDS)
            raise CustomerError(
                f"there is no field {field!r}: {known} or attributes.<name>; "
                f"only to be deleted: {', '.join(_ONLY_DELETED)}"
            )
        if len(field) > _MAX_KEY_LENGTH + len("attributes."):
            raise CustomerError("a field's name is too long")


def with_phone(profile: Profile, number: str, *, is_verified: bool) -> Profile:
    """Return the profile with a number; a mere claim does not replace a verified one."""
    if profile.has_verified_phone and not is_verified:
        return profile
    return msgspec.structs.replace(profile, phone=number, has_verified_phone=is_verified)


def with_consent(profile: Profile, *, consents: bool) -> Profile:
    """Return the profile with the customer's word on whether visits may be kept."""
    return msgspec.structs.replace(profile, consents=consents)
