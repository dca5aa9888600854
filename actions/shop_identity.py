"""On whose behalf the shop is asked: the one place that reads it from the conversation."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from rasa_sdk import Tracker

from actions.measures import phone_in

__all__ = [
    "headers_for",
    "is_signed_in",
    "may_guess",
    "verified_phone",
    "was_verified_lately",
    "with_wrong_guess",
    "write_key",
]

NEEDS_A_NUMBER_TOO = re.compile(r"/api/(orders/|returns|parcels/|complaints/)")
"""Paths that name an order, a return, a parcel or a complaint, or bring its number along: for these
a guest's phone that was only told counts, because number and phone together are the proof."""


GUESSES = 3
GUESSED_SECONDS = 1800.0
"""So many wrong pairs of a number and a phone, and for how long each counts, whatever form or
session they were given in."""


def may_guess(tracker: Tracker) -> bool:
    """Whether number and phone may still be tried together as a proof."""
    return len(_wrong_guesses(tracker)) < GUESSES


def with_wrong_guess(tracker: Tracker) -> list[float]:
    """Return the slot ``wrong_guesses`` with one more: when wrong pairs were given."""
    return [*_wrong_guesses(tracker), time.time()]


def _wrong_guesses(tracker: Tracker) -> list[float]:
    since = time.time() - GUESSED_SECONDS
    kept = tracker.get_slot("wrong_guesses") or []
    return [at for at in kept if isinstance(at, int | float) and at > since]


def is_signed_in(tracker: Tracker) -> bool:
    """Whether the storefront has vouched for the customer."""
    return bool(tracker.get_slot("customer_id"))


def verified_phone(tracker: Tracker) -> str | None:
    """Return the phone that is proven to be the customer's: by the storefront, or by a code."""
    known = tracker.get_slot("customer_phone")
    if is_signed_in(tracker) and known:
        return phone_in(str(known))
    until = tracker.get_slot("verified_until")
    if isinstance(until, int | float) and until > time.time():
        return phone_in(str(tracker.get_slot("verified_phone") or ""))
    return None


def was_verified_lately(tracker: Tracker) -> bool:
    """Whether a code has proven who writes, and not too long ago: sensitive things need that.

    Being signed in is not enough, and a verification may expire while a form is filled in.
    """
    until = tracker.get_slot("verified_until")
    if not isinstance(until, int | float) or until <= time.time():
        return False
    proven = phone_in(str(tracker.get_slot("verified_phone") or ""))
    return proven is not None and proven == verified_phone(tracker)


def headers_for(tracker: Tracker, path: str) -> dict[str, str]:
    """Return the headers that tell the shop whose order, parcel or account is asked for."""
    headers: dict[str, str] = {}
    if is_signed_in(tracker):
        headers["X-Customer"] = str(tracker.get_slot("customer_id"))
    phone = verified_phone(tracker)
    if phone is None and not headers and NEEDS_A_NUMBER_TOO.match(path):
        phone = phone_in(str(tracker.get_slot("phone") or ""))
    if phone:
        headers["X-Phone"] = phone
    return headers


def write_key(tracker: Tracker, method: str, path: str) -> str | None:
    """Return the key under which the shop does a write once, however often it is sent.

    The same for the same conversation, message and request; a later message is a new wish. None
    for a message without a number: it cannot be told from another one.
    """
    message: dict[str, Any] = tracker.latest_message or {}
    said = message.get("message_id")
    if not said:
        return None
    told = "\n".join((tracker.sender_id, str(said), method, path))
    return hashlib.sha256(told.encode()).hexdigest()
