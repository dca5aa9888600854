"""Search over conversations and customers."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

from msgspec import UNSET, Struct, UnsetType
from sanic.response import HTTPResponse

from kefu.desk.rows import Reach
from kefu.desk.search import By, parsed
from kefu.desk.searching import Found, Kind, Searching
from kefu.desk.zones import CHINA, zone_of
from kefu.errors import StaffError
from kefu.server.answers import bad_request, json_answer
from kefu.server.routes.form import PAGING, Form, Page, as_cursor, as_time, cursor_of, limit_of
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Actor, Permission, allows

__all__ = ["ROUTES", "reach_of", "searching"]

_KINDS: Final = frozenset(get_args(Kind))


class HitShown(Struct, frozen=True, kw_only=True):
    """Something that was looked for."""

    kind: Literal["message", "customer"]
    conversation_id: str
    """Where it was said: with `seq`, the place in its thread. Of a customer, theirs."""
    leads_to: str
    """The conversation to open: the same, or the one that it was merged into."""
    customer_name: str
    customer_id: str | UnsetType = UNSET
    """Of a customer."""
    channel: str
    at: datetime
    """When it was said; of a customer, since when they are known."""
    seq: int | None
    by: By | None
    speaker: str
    """Name of the agent who said it, where it is known."""
    snippet: str
    ranges: list[tuple[int, int]]
    """What was looked for in the snippet, in UTF-16 code units as JavaScript counts."""


async def search(call: ApiCall) -> HTTPResponse:
    """Search what was said, and customers, newest first."""
    words = call.request.args
    kind: Kind = words.get("kind") or "all"
    if kind not in _KINDS:
        raise bad_request(f"'kind' must be one of {', '.join(sorted(_KINDS))}.", "kind", "query")
    actor = _actor(call)
    if not allows(actor, Permission.CUSTOMER_READ):
        if kind == "customers":
            wrong = f"this needs the permission {Permission.CUSTOMER_READ}"
            raise StaffError(wrong, problem="not-allowed", status=403)
        kind = "messages"
    query = parsed(words.get("q") or "", zone_of(words.get("timezone") or CHINA))
    there = searching(call)
    page = await there.page(
        query,
        kind=kind,
        readable=there.readable_by(reach_of(actor)),
        cursor=cursor_of(call.request),
        limit=limit_of(call.request),
    )
    following = None if page.next is None else as_cursor(page.next)
    return json_answer(Page(items=[_shown(hit) for hit in page.items], next=following))


def _shown(hit: Found) -> HitShown:
    return HitShown(
        kind=hit.kind,
        conversation_id=hit.conversation_id,
        leads_to=hit.leads_to,
        customer_name=hit.customer_name,
        customer_id=UNSET if hit.customer_id is None else hit.customer_id,
        channel=hit.channel,
        at=as_time(hit.at),
        seq=hit.seq,
        by=hit.by,
        speaker=hit.speaker,
        snippet=hit.shown.snippet,
        ranges=list(hit.shown.ranges),
    )


def searching(call: ApiCall) -> Searching:
    """Return the search; its routes are served only where there is one."""
    assert call.services.searching is not None
    return call.services.searching


def reach_of(actor: Actor) -> Reach:
    """Return which conversations somebody may read."""
    return Reach(
        agent_id=actor.account_id,
        groups=actor.groups,
        sees_groups=allows(actor, Permission.SESSION_READ_GROUP),
        sees_all=allows(actor, Permission.SESSION_READ_ALL),
    )


def _actor(call: ApiCall) -> Actor:
    assert call.admitted is not None
    return call.admitted.actor


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/search",
        search,
        access="staff",
        permission=Permission.SEARCH,
        form=Form(
            query={
                "q": 'what is looked for: words, `"phrases"`, `-without`, `from:agent`, '
                "`channel:web`, `after:2026-01-31`, `before:2026-02-28`",
                "kind": "`messages`, `customers` or `all`, the default",
                "timezone": f"where days begin; default {CHINA}",
                **PAGING,
            },
            answer=Page[HitShown],
        ),
    ),
)
"""Where there is a search."""
