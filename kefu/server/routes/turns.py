"""What was understood and decided in a conversation, for the chat page of those who edit it."""

from __future__ import annotations

from typing import Final

from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.answers import json_answer
from kefu.server.routes.news import is_near
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["ROUTES"]

_TURNS: Final = 10
_VISITORS: Final = "web-"


async def turns(call: ApiCall) -> HTTPResponse:
    """Show the last turns of the conversation that is asked for.

    Only browsers on this machine and in private networks are told. Whoever asks has to know the
    id of the conversation; only of visitors of the web channel, which nobody can guess, is it told.
    """
    tracing = call.services.tracing
    conversation_id: str = call.request.args.get("conversation") or ""
    is_visitors = conversation_id.startswith(_VISITORS)
    if tracing is None or not is_visitors or not is_near(call.request):
        raise RequestError(404, "NotFound", "There is no such address.")
    answer = json_answer({"turns": await tracing(conversation_id, _TURNS)})
    answer.headers["Cache-Control"] = "no-store"
    return answer


ROUTES = (ApiRoute("GET", "/watch/turns", turns, access="open"),)
