"""What happens while files are watched, for the chat page of those who edit them."""

from __future__ import annotations

import ipaddress
from typing import Final

import msgspec
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["ROUTES", "is_near"]

_WAIT_SECONDS: Final = 25.0
_PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""What proxies add. ``remote_addr`` is set where ``trusted_proxies`` counts them."""


async def news(call: ApiCall) -> HTTPResponse:
    """Wait for news after that of number ``after``, and return all there is to know.

    Only browsers on this machine and in private networks are told: what stands here is for those
    who edit the bot, not for customers.
    """
    board = call.services.news
    if board is None or not is_near(call.request):
        raise RequestError(404, "NotFound", "There is no such address.")
    asked: str = call.request.args.get("after") or "-1"
    number = int(asked) if asked.isdecimal() else -1
    state = await board.after(number, _WAIT_SECONDS)
    return HTTPResponse(
        msgspec.json.encode(state),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def is_near(request: Request) -> bool:
    """Tell whether a request comes from this machine or from a private network.

    What an undeclared proxy passes on comes from anywhere: it is not near, however near the proxy.
    """
    is_passed_on = any(request.headers.get(name) for name in _PASSED_ON)
    if is_passed_on and not request.remote_addr:
        return False
    try:
        return ipaddress.ip_address(request.client_ip).is_private
    except ValueError:
        return False


ROUTES = (ApiRoute("GET", "/watch/news", news, access="open"),)
