"""Telephone numbers have one form, whoever writes them."""

import pytest

from kefu.customers.phones import masked, normalised, sealed
from kefu.errors import CustomerError


@pytest.mark.parametrize(
    ("written", "country", "wanted"),
    [
        ("138 0013 8000", "86", "+8613800138000"),
        ("+86-138-0013-8000", "86", "+8613800138000"),
        ("8613800138000", "86", "+8613800138000"),
        ("0086 13800138000", "86", "+8613800138000"),
        ("１３８００１３８０００", "86", "+8613800138000"),
        ("(020) 7946 0958", "44", "+442079460958"),
        ("+1 (415) 555-2671", "86", "+14155552671"),
    ],
)
def test_a_number_is_brought_into_e164(written, country, wanted):
    assert normalised(written, country=country) == wanted


@pytest.mark.parametrize("written", ["", "110", "call me", "+0123456789", "1" * 20])
def test_what_is_no_number_is_refused_without_repeating_it(written):
    with pytest.raises(CustomerError) as refused:
        normalised(written, country="86")
    assert not written or written not in str(refused.value)


def test_a_sealed_number_is_found_with_the_same_key_only():
    assert sealed("+8613800138000", b"k") == sealed("+8613800138000", b"k")
    assert sealed("+8613800138000", b"k") != sealed("+8613800138000", b"other")
    assert "138" not in masked("+8613800138000")[4:]
