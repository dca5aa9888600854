"""On whose behalf the shop is asked."""

from __future__ import annotations

import time

import pytest

from actions.shop_identity import (
    headers_for,
    may_guess,
    verified_phone,
    was_verified_lately,
    with_wrong_guess,
    write_key,
)
from tests.unit.actions.conversations import tracker_with

ORDER = "/api/orders/602600001003"
PHONE = "13800000001"


def soon() -> float:
    return time.time() + 600


def test_whoever_is_signed_in_is_named() -> None:
    tracker = tracker_with({"customer_id": "C10001"})
    assert headers_for(tracker, ORDER) == {"X-Customer": "C10001"}


def test_a_phone_that_was_only_told_counts_together_with_an_order_number() -> None:
    tracker = tracker_with({"phone": PHONE})
    assert headers_for(tracker, ORDER) == {"X-Phone": PHONE}
    assert headers_for(tracker, "/api/returns") == {"X-Phone": PHONE}


@pytest.mark.parametrize("path", ["/api/orders", "/api/customers/C10001", "/api/members/1"])
def test_it_counts_nowhere_else(path: str) -> None:
    assert headers_for(tracker_with({"phone": PHONE}), path) == {}


def test_a_verified_phone_counts_everywhere_until_it_expires() -> None:
    tracker = tracker_with({"verified_phone": PHONE, "verified_until": soon()})
    assert headers_for(tracker, "/api/orders") == {"X-Phone": PHONE}
    expired = tracker_with({"verified_phone": PHONE, "verified_until": time.time() - 1})
    assert headers_for(expired, "/api/orders") == {}


def test_the_phone_of_the_account_is_verified_only_for_who_is_signed_in() -> None:
    assert verified_phone(tracker_with({"customer_phone": PHONE})) is None
    slots = {"customer_phone": PHONE, "customer_id": "C10001"}
    assert verified_phone(tracker_with(slots)) == PHONE


def test_sensitive_things_need_a_code_and_not_an_old_one_whoever_is_signed_in() -> None:
    account = {"customer_phone": PHONE, "customer_id": "C10001"}
    coded = {"verified_phone": PHONE, "verified_until": soon()}
    assert was_verified_lately(tracker_with(coded))
    assert was_verified_lately(tracker_with(account | coded))
    assert not was_verified_lately(tracker_with(account))
    assert not was_verified_lately(tracker_with({"phone": PHONE, "verification": "passed"}))
    assert not was_verified_lately(tracker_with(coded | {"verified_until": time.time() - 1}))
    another = {"customer_phone": "13900000009", "customer_id": "C10001"}
    assert not was_verified_lately(tracker_with(another | coded))


def test_a_phone_mentioned_in_passing_does_not_count_for_whoever_is_known() -> None:
    signed_in = tracker_with({"customer_id": "C10001", "phone": "13900000009"})
    assert headers_for(signed_in, ORDER) == {"X-Customer": "C10001"}
    slots = {"verified_phone": PHONE, "verified_until": soon(), "phone": "13900000009"}
    assert headers_for(tracker_with(slots), ORDER) == {"X-Phone": PHONE}


def test_what_is_no_phone_is_never_sent() -> None:
    assert headers_for(tracker_with({"phone": "不知道"}), ORDER) == {}


def test_a_write_has_a_key_of_conversation_message_and_request() -> None:
    once = write_key(tracker_with(), "POST", f"{ORDER}/cancel")
    assert once == write_key(tracker_with(), "POST", f"{ORDER}/cancel")
    others = {
        write_key(tracker_with(message_id="m2"), "POST", f"{ORDER}/cancel"),
        write_key(tracker_with(), "PUT", f"{ORDER}/cancel"),
        write_key(tracker_with(), "POST", f"{ORDER}/urge"),
    }
    assert once not in others
    assert len(others) == 3


def test_a_message_without_a_number_gives_no_key() -> None:
    assert write_key(tracker_with(message_id=""), "POST", f"{ORDER}/cancel") is None


def test_wrong_pairs_count_for_half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    slots: dict[str, object] = {}
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for _ in range(3):
        assert may_guess(tracker_with(slots))
        slots = {"wrong_guesses": with_wrong_guess(tracker_with(slots))}
        now += 1
    assert not may_guess(tracker_with(slots))
    now += 1800
    assert may_guess(tracker_with(slots))
    assert len(with_wrong_guess(tracker_with(slots))) == 1


def test_a_slot_with_nonsense_in_it_counts_nothing() -> None:
    assert may_guess(tracker_with({"wrong_guesses": ["x", None, {}, "y"]}))
