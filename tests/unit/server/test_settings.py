"""Where the server listens when nobody says where."""

import pytest

from kefu.server.settings import ServerSettings, choose_interface

OPEN_API = ServerSettings(enable_api=True)
GUARDED_API = ServerSettings(enable_api=True, auth_token="t")


@pytest.mark.parametrize("settings", [ServerSettings(), GUARDED_API])
def test_what_is_meant_to_be_public_is_reachable_from_everywhere(settings):
    assert choose_interface(settings, None) == ("0.0.0.0", None)


def test_an_api_without_a_token_is_reachable_from_this_machine_only():
    interface, note = choose_interface(OPEN_API, None)
    assert interface == "127.0.0.1"
    assert "--auth-token" in note


def test_whoever_opens_it_to_the_world_is_told_what_that_means():
    interface, note = choose_interface(OPEN_API, "0.0.0.0")
    assert interface == "0.0.0.0"
    assert "every conversation" in note


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [(OPEN_API, "localhost"), (OPEN_API, "127.0.0.1"), (GUARDED_API, "10.0.0.1")],
)
def test_a_named_interface_is_taken_as_it_is(settings, wanted):
    assert choose_interface(settings, wanted) == (wanted, None)
