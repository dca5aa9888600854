"""Sends one-time codes through the shop, which has the telephone numbers and the SMS contract.

Named in endpoints.yml (docs/howto/verify_customers.md)::

    code_sender:
      name: connectors.shop_codes.ShopCodes
      # url: https://shop.example    # otherwise SHOP_URL

The shop's key is in the environment, SHOP_API_KEY, or where the shop of this repository keeps it.
In the demonstration the storefront shows the message on its page; an SMS gateway takes the place of
this class with another ``send``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

import aiohttp

from kefu.core.verification import CodeMessage
from kefu.errors import ChannelError, ProjectError

__all__ = ["ShopCodes"]

DEFAULT_URL = "http://127.0.0.1:5056"
KEY_FILE = Path("var/shop.key")
TIMEOUT = aiohttp.ClientTimeout(total=4, connect=1.5)


class ShopCodes:
    """Posts codes to the shop's ``/api/messages``; see :class:`kefu.core.verification.CodeSender`.

    It never tries again: a customer who got nothing asks for another code.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Self:
        """Build the sender; ``settings`` is the rest of its section in endpoints.yml.

        Raises:
            ProjectError: There is a setting that it does not have.
        """
        unknown = sorted(set(settings) - {"url"})
        if unknown:
            raise ProjectError(
                f"endpoints.yml: code_sender has no setting {unknown[0]!r}; the shop's has 'url'"
            )
        url = settings.get("url")
        return cls(None if url is None else str(url))

    async def send(self, message: CodeMessage) -> None:
        """Send a code.

        Raises:
            ChannelError: The shop did not take it.
        """
        environment = os.environ  # noqa: TID251 - as the actions find the shop, set or not
        url = self._url or environment.get("SHOP_URL") or DEFAULT_URL
        key = environment.get("SHOP_API_KEY") or _kept_key()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = {"phone": message.phone.removeprefix("+86"), "text": _text(message)}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.post(f"{url.rstrip('/')}/api/messages", json=body, headers=headers) as got,
            ):
                status = got.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChannelError(f"the shop cannot be reached: {type(error).__name__}") from None
        if status >= 300:
            raise ChannelError(f"the shop did not take the message: status {status}")


def _kept_key() -> str:
    return KEY_FILE.read_text("utf-8").strip() if KEY_FILE.is_file() else ""


def _text(message: CodeMessage) -> str:
    if message.language.lower().startswith("zh"):
        return (
            f"【橙意商城】您的验证码是 {message.code}，{message.minutes} 分钟内有效。"
            "请勿告诉他人，客服不会打电话向您索要。"
        )
    return (
        f"Your code is {message.code}, valid for {message.minutes} minutes. "
        "Nobody of the shop will ever call you to ask for it."
    )
