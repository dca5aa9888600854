"""A whole conversation as a file: a page to print, JSON, CSV."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from sanic.response import HTTPResponse

from kefu.desk.export import FORMATS, POLICY, ExportHead, Format, pieces
from kefu.desk.export_words import LANGUAGES, Language
from kefu.desk.exporting import Exporting
from kefu.desk.zones import CHINA, zone_of
from kefu.errors import RequestError, StaffError
from kefu.server.answers import bad_request, flag
from kefu.server.desk.administration import own_url
from kefu.server.desk.search import reach_of, searching
from kefu.server.problems import SAFE_HEADERS
from kefu.server.routes.form import Form
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission, allows

__all__ = ["ROUTES"]

ACT: Final = "conversation.exported"
_UNFIT: Final = re.compile(r"[^\w.-]+", re.ASCII)


async def export(call: ApiCall) -> HTTPResponse | None:
    """Send a conversation as a file; who did that is written down in the audit log."""
    kind, language = _format(call), _language(call)
    zone_name = call.request.args.get("timezone") or CHINA
    zone, with_private = zone_of(zone_name), flag(call.request, "private")
    found = await _exporting(call).found(call.conversation_id)
    if found is None:
        raise RequestError(404, "NotFound", "There is no such conversation.")
    conversation_id, standing = found
    customer = await _readable_customer(call, conversation_id)
    acting = call.acting
    told = {"format": kind, "private": with_private, "entries": standing.last_seq}
    await call.staff.record(acting, ACT, conversation_id, told)
    head = ExportHead(
        conversation_id=conversation_id,
        language=language,
        zone=zone,
        zone_name=zone_name,
        exported_at=call.services.clock.now(),
        exported_by=acting.actor.name,
        with_private=with_private,
        customer=customer,
        # The page's policy shows what is on the server that it came from.
        origin="" if kind == "html" else call.staff.public_url.rstrip("/") or own_url(call.request),
    )
    rows = _exporting(call).rows(conversation_id, standing, language, with_private=with_private)
    response = await call.request.respond(
        headers=_headers(kind, conversation_id), content_type=FORMATS[kind]
    )
    async for piece in pieces(head, rows, kind):
        await response.send(piece)
    await response.eof()
    return None


async def _readable_customer(call: ApiCall, conversation_id: str) -> dict[str, Any] | None:
    """Return whose conversation it is, as far as whoever asks may know.

    Raises:
        StaffError: They may not read the conversation (403).
    """
    actor, views = call.acting.actor, call.services.customer_views
    customer = None if views is None else await views.at(conversation_id)
    kept = conversation_id if customer is None else customer["conversation_id"]
    if not await searching(call).may_read(kept, reach_of(actor)):
        raise StaffError(
            "this conversation is not yours to read", problem="not-allowed", status=403
        )
    return customer if allows(actor, Permission.CUSTOMER_READ) else None


def _headers(kind: Format, conversation_id: str) -> dict[str, str]:
    name = f"kefu-{_UNFIT.sub('_', conversation_id)[:80]}.{kind}"
    place = "inline" if kind == "html" else "attachment"
    shown = f"{place}; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"
    headers = {**SAFE_HEADERS, "Content-Disposition": shown}
    return {**headers, "Content-Security-Policy": POLICY} if kind == "html" else headers


def _format(call: ApiCall) -> Format:
    wanted = call.request.args.get("format") or "html"
    for kind in FORMATS:
        if kind == wanted:
            return kind
    raise bad_request(f"'format' must be one of {', '.join(FORMATS)}.", "format", "query")


def _language(call: ApiCall) -> Language:
    wanted = call.request.args.get("language") or "zh"
    for language in LANGUAGES:
        if language == wanted:
            return language
    raise bad_request(f"'language' must be one of {', '.join(LANGUAGES)}.", "language", "query")


def _exporting(call: ApiCall) -> Exporting:
    assert call.services.exporting is not None
    return call.services.exporting


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/conversations/<conversation_id:str>/export",
        export,
        access="staff",
        permission=Permission.EXPORT,
        form=Form(
            query={
                "format": "`html`, the default: a page to print; `json`; `csv`",
                "language": "`zh`, the default, or `en`",
                "timezone": f"of all times; default {CHINA}",
                "private": "`1`: also what only agents may know",
            }
        ),
    ),
)
