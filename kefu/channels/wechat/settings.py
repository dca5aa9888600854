"""What credentials.yml says about a WeChat account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.errors import ChannelError

__all__ = ["AccountSettings"]

API = "https://api.weixin.qq.com"
LATE = "还在处理，请稍后发送任意内容获取回复。"
KNOWN = (
    "appid",
    "secret",
    "token",
    "encoding_aes_key",
    "previous_encoding_aes_key",
    "original_id",
    "api",
    "answer_seconds",
    "passive_only",
    "late_notice",
    "typing",
    "image_hosts",
    "on_subscribe",
    "on_scan",
    "on_enter",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The settings of one account, checked."""

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    """The word of the platform's page that pushes are signed with; no access token."""
    keys: tuple[str, ...] = field(default=(), repr=False)
    """EncodingAESKeys, the current one first; none in plain mode."""
    original_id: str | None = None
    api: str = API
    answer_seconds: float = 4.0
    """How long a push waits for the bot before it is acknowledged without an answer."""
    passive_only: bool | None = None
    """Whether the account may answer in the response to a push only, as one that is not verified;
    None: the platform says so when something is sent."""
    late_notice: str = LATE
    """What such an account says when there is no answer in time; empty: nothing."""
    shows_typing: bool = True
    image_hosts: frozenset[str] = frozenset()
    """Hosts that pictures of replies are fetched from; others are sent as an address."""
    says: Mapping[str, str] = field(default_factory=dict)
    """What a customer is taken to say when they ``subscribe``, ``scan`` or ``enter``."""

    @classmethod
    def from_map(cls, settings: Mapping[str, Any]) -> AccountSettings:
        """Read a section of credentials.yml.

        Raises:
            ChannelError: A setting is missing, unknown or wrong.
        """
        unknown = sorted(set(settings) - set(KNOWN))
        if unknown:
            raise ChannelError(
                f"unknown setting {unknown[0]!r}; known settings: {', '.join(KNOWN)}"
            )
        hosts = settings.get("image_hosts") or ()
        if not isinstance(hosts, list | tuple):
            raise ChannelError("'image_hosts' must be a list of host names")
        keys = [_word(settings, name) for name in ("encoding_aes_key", "previous_encoding_aes_key")]
        if keys[1] and not keys[0]:
            raise ChannelError("'previous_encoding_aes_key' needs 'encoding_aes_key'")
        return cls(
            appid=_needed(settings, "appid"),
            secret=_needed(settings, "secret"),
            token=_needed(settings, "token"),
            keys=tuple(key for key in keys if key),
            original_id=_word(settings, "original_id"),
            api=_address(_word(settings, "api") or API),
            answer_seconds=_answer_seconds(settings),
            passive_only=_flag(settings, "passive_only"),
            late_notice=str(settings.get("late_notice", LATE) or ""),
            shows_typing=_flag(settings, "typing") is not False,
            image_hosts=frozenset(str(host).lower() for host in hosts),
            says={
                act: said
                for act in ("subscribe", "scan", "enter")
                if (said := _word(settings, f"on_{act}"))
            },
        )


def _flag(settings: Mapping[str, Any], name: str) -> bool | None:
    value = settings.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise ChannelError(f"setting {name!r} must be true or false")


def _answer_seconds(settings: Mapping[str, Any]) -> float:
    value = settings.get("answer_seconds", 4.0)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 5:
        return float(value)
    raise ChannelError("'answer_seconds' must be a number from 0 to below 5: WeChat waits 5")


def _needed(settings: Mapping[str, Any], name: str) -> str:
    value = _word(settings, name)
    if not value:
        raise ChannelError(
            f"setting {name!r} is missing; docs/howto/connect_wechat.md says where to find it"
        )
    return value


def _address(value: str) -> str:
    if value.startswith(("http://", "https://")):
        return value
    raise ChannelError("'api' must be the http(s) address of WeChat's API, or of a proxy of it")


def _word(settings: Mapping[str, Any], name: str) -> str | None:
    value = settings.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ChannelError(f"setting {name!r} must be a text; put it into quotation marks")
    return value.strip()
