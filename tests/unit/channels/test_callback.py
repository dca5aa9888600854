"""Settings of the callback channel that are none."""

import pytest

from kefu.channels.callback import CallbackConnector
from kefu.errors import ChannelError
from tests.unit.channels.fakes import a_context


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"basic_auth": "x"}, "basic_auth"),
        ({"basic_auth": {"user": "x"}}, "basic_auth"),
        ({"headers": ["a"]}, "headers"),
        ({"url": "ftp://h"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://h:abc"}, "url"),
        ({"headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"headers": {"a": None}}, "headers"),
        ({"token": ["a"]}, "token"),
        ({"token": "a", "token_name": ["a"]}, "token_name"),
        ({"basic_auth": {"username": "u", "password": ["p"]}}, "password"),
    ],
)
def test_what_is_wrong_is_named(wrong, named):
    with pytest.raises(ChannelError, match=named):
        CallbackConnector.from_settings({"url": "https://h", **wrong}, a_context())
