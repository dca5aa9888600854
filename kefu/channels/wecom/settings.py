"""The section of credentials.yml that describes a WeCom account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from kefu.errors import ChannelError

__all__ = ["WeComSettings"]

API = "https://qyapi.weixin.qq.com"
REQUIRED = ("corp_id", "secret", "token", "encoding_aes_key")
KNOWN = frozenset(
    {
        *REQUIRED,
        "previous_encoding_aes_key",
        "open_kfids",
        "welcome",
        "enter_intent",
        "pull_every",
        "first_pull_age",
        "keeps_assistant",
        "image_hosts",
        "api",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComSettings:
    """How one enterprise is reached, and what is done for its customers."""

    corp_id: str
    secret: str = field(repr=False)
    """Of the self-built application that may call the 微信客服 API."""
    token: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    """The current EncodingAESKey, then the previous one while it is changed."""
    open_kfids: tuple[str, ...] = ()
    """Accounts that are pulled from the start; others become known by their first callback."""
    welcome: str = ""
    """Sent to who opens the chat, where the platform allows it; empty: nothing."""
    enter_intent: str = ""
    """Intent that the bot is told when a customer opens the chat; empty: it is not told."""
    pull_every: float = 60.0
    """Seconds after which an account is pulled although no callback came."""
    first_pull_age: float = 600.0
    """How old messages may be, in seconds, when an account is pulled for the first time."""
    keeps_assistant: bool = True
    """Whether new sessions are put into the state in which the bot and our agents answer."""
    image_hosts: frozenset[str] = frozenset()
    """Hosts that pictures and files of replies are fetched from; others are sent as an address."""
    api: str = API

    @classmethod
    def from_raw(cls, raw: Mapping[str, Any]) -> WeComSettings:
        """Read the section.

        Raises:
            ChannelError: A setting is missing, wrong or unknown.
        """
        _refuse_unknown(raw)
        for name in REQUIRED:
            _text(raw, name, is_required=True)
        names = ("encoding_aes_key", "previous_encoding_aes_key")
        return cls(
            corp_id=_text(raw, "corp_id"),
            secret=_text(raw, "secret"),
            token=_text(raw, "token"),
            keys=tuple(key for name in names if (key := _text(raw, name))),
            open_kfids=_names(raw, "open_kfids"),
            welcome=_text(raw, "welcome"),
            enter_intent=_text(raw, "enter_intent").lstrip("/"),
            pull_every=_seconds(raw, "pull_every", 60.0, least=1.0),
            first_pull_age=_seconds(raw, "first_pull_age", 600.0, least=0.0),
            keeps_assistant=_flag(raw, "keeps_assistant"),
            image_hosts=frozenset(host.lower() for host in _names(raw, "image_hosts")),
            api=_address(_text(raw, "api") or API),
        )


def _refuse_unknown(raw: Mapping[str, Any]) -> None:
    for name in raw:
        if name not in KNOWN:
            near = get_close_matches(str(name), KNOWN, n=1)
            guess = f"; did you mean {near[0]!r}?" if near else ""
            known = ", ".join(sorted(KNOWN))
            raise ChannelError(f"unknown setting {name!r}{guess} Known settings: {known}")


def _text(raw: Mapping[str, Any], name: str, *, is_required: bool = False) -> str:
    value = raw.get(name)
    if value is None and not is_required:
        return ""
    if not isinstance(value, str) or (is_required and not value.strip()):
        raise ChannelError(
            f"setting {name!r} is missing, or no text: see docs/howto/connect_wecom.md"
        )
    return value.strip()


def _names(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = raw.get(name) or ()
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ChannelError(f"setting {name!r} must be a list of texts")
    return tuple(value)


def _address(value: str) -> str:
    if value.startswith(("http://", "https://")):
        return value
    raise ChannelError("setting 'api' must be the http(s) address of WeCom's API, or of a proxy")


def _seconds(raw: Mapping[str, Any], name: str, default: float, *, least: float) -> float:
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise ChannelError(f"setting {name!r} must be a number of seconds, {least:g} or more")
    return float(value)


def _flag(raw: Mapping[str, Any], name: str) -> bool:
    value = raw.get(name, True)
    if not isinstance(value, bool):
        raise ChannelError(f"setting {name!r} must be true or false")
    return value
