"""The shop's HTTP interface as the actions use it.

``SHOP_URL`` and ``SHOP_API_KEY`` say where the shop is and what opens it. A company with another
order system rewrites this file.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from rasa_sdk import Tracker

from actions.circuit import Circuit
from actions.shop_identity import headers_for, write_key

__all__ = ["ShopDown", "ShopRefusal", "ask_shop"]

logger = logging.getLogger(__name__)

DEFAULT_URL = "http://127.0.0.1:5056"
KEY_FILE = Path("var/shop.key")
"""Where the shop of this repository keeps the key that it made."""
TIMEOUT = aiohttp.ClientTimeout(total=3, connect=1.5)
TRIES = 3
PAUSES = (0.1, 0.3)
"""Seconds before the second and the third try of a read, give or take a half."""
PATIENCE = 4.0
"""Seconds after which a read is not tried again: the customer waits."""


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


@dataclass(frozen=True, slots=True)
class _Request:
    """One request as it goes out."""

    method: str
    url: str
    params: dict[str, str] | None = None
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


_circuits: dict[str, Circuit] = {}
"""By the shop's URL."""


async def ask_shop(
    method: str,
    path: str,
    *,
    tracker: Tracker | None = None,
    params: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Ask the shop and return the JSON object that it answers.

    Args:
        method: ``GET`` is tried again when it fails; everything else is sent once, with a key that
            lets the shop recognise it when the same turn is run again.
        path: Such as ``/api/orders/602600001003``.
        tracker: The conversation on whose customer's behalf this is asked; whatever belongs to
            somebody is not answered without.
        params: The query.
        body: The JSON body.

    Raises:
        ShopDown: There is no usable answer.
        ShopRefusal: The answer is a refusal.
    """
    base = os.environ.get("SHOP_URL", DEFAULT_URL).rstrip("/")
    headers = _key()
    if tracker is not None:
        headers |= headers_for(tracker, path)
        if method != "GET" and (key := write_key(tracker, method, path)):
            headers["Idempotency-Key"] = key
    circuit = _circuits.setdefault(base, Circuit())
    request = _Request(method, base + path, params, body, headers)
    status, answer = await _answered(request, circuit)
    if status >= 400:
        told = answer.get("error", {})
        raise ShopRefusal(told.get("code", ""), told.get("message", ""), told)
    return answer


async def _answered(request: _Request, circuit: Circuit) -> tuple[int, dict[str, Any]]:
    """Return status and JSON object of the answer; reads are tried again."""
    started, tries = time.monotonic(), TRIES if request.method == "GET" else 1
    for number in range(1, tries + 1):
        if not circuit.lets_through():
            raise ShopDown(f"{request.method} {request.url}: not asked, too much has failed")
        try:
            answer = await _sent(request)
        except ShopDown:
            circuit.failed()
            if number == tries or time.monotonic() - started > PATIENCE:
                raise
            await asyncio.sleep(PAUSES[number - 1] * random.uniform(0.5, 1.5))
        else:
            circuit.succeeded()
            return answer
    raise AssertionError("a loop that is entered once at least")


async def _sent(request: _Request) -> tuple[int, dict[str, Any]]:
    what = f"{request.method} {request.url}"
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, headers=request.headers) as session,
            session.request(
                request.method, request.url, params=request.params, json=request.body
            ) as response,
        ):
            answer = await response.json()
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise ShopDown(f"{what}: {type(error).__name__} {error}") from error
    if status >= 500 or status == 401 or not isinstance(answer, dict):
        raise ShopDown(f"{what}: status {status}")
    return status, answer


def _key() -> dict[str, str]:
    """Return the header with ``SHOP_API_KEY``, else with the key that the shop has made."""
    key = os.environ.get("SHOP_API_KEY", "")
    if not key and KEY_FILE.is_file():
        key = KEY_FILE.read_text("utf-8").strip()
    if not key:
        _tell_once(
            f"the shop's key is missing: export SHOP_API_KEY, or start the shop of this repository,"
            f" which makes {KEY_FILE} (make run, or python -m examples.shop)"
        )
    return {"Authorization": f"Bearer {key}"} if key else {}


@cache
def _tell_once(what: str) -> None:
    """Say in the log what the one who runs this has to do; once, not with each question."""
    logger.warning(what)
