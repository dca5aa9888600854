"""Which channels there are, by the names that credentials.yml uses; loaded when named."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from kefu.channels.base import ChannelContext, Connector
from kefu.errors import ChannelError
from kefu.logs import fields

__all__ = ["CHANNELS", "DEFAULT_CHANNELS", "load_connectors"]

log = logging.getLogger(__name__)

CHANNELS: Mapping[str, str] = {
    "callback": "kefu.channels.callback.CallbackConnector",
    "rest": "kefu.channels.rest.RestConnector",
    "socketio": "kefu.channels.socketio.SocketIOConnector",
    "web": "kefu.channels.web.WebConnector",
    "wechat": "kefu.channels.wechat.WeChatConnector",
    "wechat_miniprogram": "kefu.channels.wechat.MiniProgramConnector",
    "wecom": "kefu.channels.wecom.connector.WeComConnector",
}
"""Channel name -> class."""

DEFAULT_CHANNELS = ("rest", "web")
"""Served when credentials.yml names no channel."""

RASA_CHANNELS = frozenset(
    {
        "botframework",
        "cisco-webex-teams",
        "cmdline",
        "facebook",
        "hangouts",
        "mattermost",
        "rocketchat",
        "slack",
        "telegram",
        "twilio",
        "twilio_voice",
        "webexteams",
    }
)
"""Rasa's channels that Kefu does not serve; a project that names them runs without them."""

IGNORED = frozenset({"rasa"})
"""Sections of Rasa's credentials.yml that are no channel."""


def load_connectors(
    credentials: Mapping[str, Mapping[str, Any] | None], context: ChannelContext
) -> list[Connector]:
    """Build the connectors that ``credentials`` names, or the default ones when it names none.

    Raises:
        ChannelError: A name is unknown, a module cannot be imported, or a setting is wrong.
            The text names the channel and says what to do.
    """
    wanted = {name: options or {} for name, options in credentials.items() if name not in IGNORED}
    if not wanted:
        wanted = {name: {} for name in DEFAULT_CHANNELS}
    connectors: list[Connector] = []
    for name, settings in wanted.items():
        if name in RASA_CHANNELS:
            note = "credentials.yml names a channel that Kefu does not have; it is left out"
            log.warning(note, extra=fields(channel=name, served=", ".join(CHANNELS)))
            continue
        connectors.append(_load(name, settings, context))
    _refuse_doubles(connectors)
    return connectors


def _load(name: str, settings: Mapping[str, Any], context: ChannelContext) -> Connector:
    if not isinstance(settings, Mapping):
        raise ChannelError(f"channel {name!r}: its settings must be a map")
    connector_class = _connector_class(name)
    try:
        connector: Connector = connector_class.from_settings(settings, context)
    except ChannelError as error:
        raise ChannelError(f"channel {name!r}: {error}") from error
    return connector


def _connector_class(name: str) -> Any:
    path = CHANNELS.get(name) or name
    module_name, _, class_name = path.rpartition(".")
    if not module_name:
        raise ChannelError(_unknown(name))
    try:
        module = importlib.import_module(module_name)  # noqa: TID251 - this is a registry
    except ImportError as error:
        raise ChannelError(_import_failed(name, error)) from error
    connector_class = getattr(module, class_name, None)
    if connector_class is None:
        raise ChannelError(f"channel {name!r}: module {module_name!r} has no class {class_name!r}")
    if not hasattr(connector_class, "from_settings"):
        raise ChannelError(
            f"channel {name!r} is no Kefu connector: it has no from_settings(settings, context). "
            "A channel written for Rasa (a subclass of InputChannel) has to be ported to "
            "kefu.channels.base.Connector"
        )
    return connector_class


def _unknown(name: str) -> str:
    known = ", ".join(CHANNELS)
    near = get_close_matches(name, CHANNELS, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return (
        f"unknown channel {name!r} in credentials.yml.{guess} "
        f"Known channels: {known}; your own are named by their path, such as connectors.mine.Mine"
    )


def _import_failed(name: str, error: ImportError) -> str:
    if (error.name or "").partition(".")[0] == "rasa":
        return (
            f"channel {name!r} is written for the 'rasa' package, which Kefu does not use: port it "
            "to kefu.channels.base.Connector, or take it out of credentials.yml"
        )
    return (
        f"channel {name!r} cannot be loaded: {error}. A connector is named by the path of its "
        "class, seen from the project's folder"
    )


def _refuse_doubles(connectors: list[Connector]) -> None:
    names = [connector.name for connector in connectors]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ChannelError(f"two channels in credentials.yml call themselves {doubled[0]!r}")
