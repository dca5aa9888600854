"""What happens while files are watched, for the chat page of those who edit them."""

from __future__ import annotations

import ipaddress
from typing import Final

import msgspec
from sanic.exceptions import RequestCancelled
from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["ROUTES", "is_near"]

_WAIT_SECONDS: Final = 25.0


async def news(call: ApiCall) -> HTTPResponse:
    """Wait for news after that of number ``after``, and return all there is to know.

    Only browsers on this machine and in private networks are told: what stands here is for those
    who edit the bot, not for customers.
    """
    board = call.services.news
    if board is None or not is_near(call.request.client_ip):
        raise RequestError(404, "NotFound", "There is no such address.")
    asked: str = call.request.args.get("after") or "-1"
    number = int(asked) if asked.isdecimal() else -1
    try:
        state = await board.after(number, _WAIT_SECONDS)
    except RequestCancelled:  # the page was closed; nobody gets this answer
        return HTTPResponse(status=499)
    return HTTPResponse(
        msgspec.json.encode(state),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def is_near(address: str) -> bool:
    """Tell whether an address is of this machine or of a private network."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


ROUTES = (ApiRoute("GET", "/watch/news", news, access="open"),)
