"""The shop's HTTP interface as the actions use it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import aiohttp

__all__ = ["ShopDown", "ShopRefusal", "ask_shop"]

DEFAULT_URL = "http://127.0.0.1:5056"
KEY_FILE = Path("var/shop.key")
"""Where the shop of this repository keeps the key that it made."""
TIMEOUT = aiohttp.ClientTimeout(total=4, connect=1.5)


class ShopDown(Exception):
    """Raised when the shop cannot be reached, takes too long or fails."""


class ShopRefusal(Exception):
    """Raised when the shop understood and said no."""

    def __init__(self, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(message)
        self.code = code
        """Stable name of the reason, such as ``order_not_found``."""
        self.message = message
        """The reason in words that can be shown to a customer."""
        self.details = details


async def ask_shop(
    method: str,
    path: str,
    *,
    params: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Send one request to the shop at ``SHOP_URL`` and return the JSON object it answers.

    Raises:
        ShopDown: There is no usable answer.
        ShopRefusal: The answer is a refusal.
    """
    url = os.environ.get("SHOP_URL", DEFAULT_URL).rstrip("/") + path
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, headers=_key()) as session,
            session.request(method, url, params=params, json=body) as response,
        ):
            answer = await response.json()
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise ShopDown(f"{method} {path}: {type(error).__name__} {error}") from error
    if status >= 500 or not isinstance(answer, dict):
        raise ShopDown(f"{method} {path}: status {status}")
    if status >= 400:
        error_body = answer.get("error", {})
        raise ShopRefusal(error_body.get("code", ""), error_body.get("message", ""), error_body)
    return answer


def _key() -> dict[str, str]:
    """Return the header with ``SHOP_API_KEY``, else with the key that the shop has made."""
    key = os.environ.get("SHOP_API_KEY", "")
    if not key and KEY_FILE.is_file():
        key = KEY_FILE.read_text("utf-8").strip()
    return {"Authorization": f"Bearer {key}"} if key else {}
