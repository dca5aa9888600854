"""The section of credentials.yml."""

import pytest

from kefu.channels.socketio.settings import SocketIOSettings
from kefu.clock import ManualClock
from kefu.errors import ChannelError


def settings(**raw):
    return SocketIOSettings.from_raw(raw, ManualClock())


def test_rasas_defaults():
    found = settings()
    assert (found.user_event, found.bot_event) == ("user_uttered", "bot_uttered")
    assert (found.namespace, found.path, found.keeps_sessions) == ("/", "/socket.io/", False)
    assert (found.tokens, found.metadata_key) == (None, "metadata")


def test_rasas_keys():
    found = settings(
        user_message_evt="u",
        bot_message_evt="b",
        namespace="chat",
        session_persistence=True,
        socketio_path="/ws/chat/",
        jwt_key="secret",
        jwt_method="HS512",
        metadata_key="customData",
    )
    assert (found.user_event, found.bot_event, found.namespace) == ("u", "b", "/chat")
    assert (found.path, found.keeps_sessions) == ("/ws/chat/", True)
    assert (found.tokens is None, found.metadata_key) == (False, "customData")


def test_what_is_null_is_not_given():
    assert settings(namespace=None, jwt_key=None, socketio_path=None) == settings()


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        ({"user_evt": "x"}, "unknown setting 'user_evt'; known settings: user_message_evt"),
        ({"session_persistence": "yes"}, "true or false"),
        ({"namespace": 7}, "'namespace' must be a text"),
        ({"namespace": "/a,b"}, "without commas"),
        ({"socketio_path": "/"}, "must be a path"),
        ({"socketio_path": "/a b"}, "must be a path"),
        ({"socketio_path": "/webhooks/x"}, "something else already"),
        ({"socketio_path": "/desk"}, "something else already"),
        ({"jwt_method": "HS256"}, "needs a 'jwt_key'"),
        ({"jwt_key": "x", "jwt_method": "RS256"}, "must be a public key"),
        ({"jwt_key": "x", "jwt_method": "MD5"}, "possible: HS256"),
        ({"jwt_key": ""}, "the key is empty"),
    ],
)
def test_wrong_settings_are_refused(raw, wrong):
    with pytest.raises(ChannelError, match=wrong):
        settings(**raw)
