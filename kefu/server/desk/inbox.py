"""The lists of conversations, their threads, and what stands beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, get_args

from msgspec import Struct
from sanic.response import HTTPResponse

from kefu.customers.tags import tag_key
from kefu.desk.rows import RowQuery, Sort, View
from kefu.errors import DeskError, StorageError
from kefu.server.answers import bad_request, json_answer, whole
from kefu.server.desk.calls import actor_of, desk_of, readable, row_answer, word_of
from kefu.server.desk.context import customer_shown, merged_shown, quota_shown
from kefu.server.desk.reach import can, reach_of
from kefu.server.desk.rows import counts_shown, session_shown
from kefu.server.desk.shapes import (
    ContextShown,
    CountsShown,
    Row,
    SessionShown,
    ThreadPage,
)
from kefu.server.routes.form import PAGING, Form, Page, as_cursor, cursor_of, limit_of
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

P = Permission
THIS: Final = "/api/v1/conversations/<conversation_id:str>"
VIEWS, SORTS = get_args(View), get_args(Sort)
STATES: Final = ("bot", "waiting", "assigned", "closed")
HIGHEST_TIER: Final = 1_000
MOST_WORDS: Final = 200


class FoundShown(Struct, frozen=True, kw_only=True):
    """A message in which what was looked for stands."""

    seq: int
    at: datetime
    by: str
    snippet: str
    ranges: list[tuple[int, int]]
    """Where in the snippet: first character, and the one behind the last."""


class OrdersShown(Struct, frozen=True, kw_only=True):
    """What the shop knows of a customer's orders."""

    orders: list[dict[str, Any]]
    error: str | None
    """Why they cannot be told."""
    is_set_up: bool = True
    """Whether desk.yml names a shop that can be asked."""


def _one_of(call: ApiCall, name: str, names: tuple[str, ...], default: str) -> Any:
    word = word_of(call, name) or default
    if word and word not in names:
        raise bad_request(f"'{name}' must be one of {', '.join(names)}.", name, "query")
    return word


async def inbox(call: ApiCall) -> HTTPResponse:
    """List conversations: one's own, those that wait, or all that one may read."""
    desk, actor, limit = desk_of(call), actor_of(call), limit_of(call.request)
    has_tier = "tier" in call.request.args
    query = RowQuery(
        view=_one_of(call, "view", VIEWS, "mine"),
        reach=reach_of(actor),
        channel=word_of(call, "channel"),
        group_id=word_of(call, "group"),
        label=word_of(call, "label"),
        agent_id=word_of(call, "agent"),
        state=_one_of(call, "state", STATES, ""),
        tier=whole(call.request, "tier", 0, most=HIGHEST_TIER) if has_tier else None,
        customer_tag=tag_key(word_of(call, "tag")),
        sort=_one_of(call, "sort", SORTS, "newest"),
        after=cursor_of(call.request) or "",
        limit=limit + 1,
    )
    found = await desk.desk.store.rows(query)
    shown = found[:limit]
    rows = await desk.views.rows(shown, await desk.drafts_of(actor.account_id))
    following = as_cursor(shown[-1].cursor) if len(found) > limit else None
    return json_answer(Page(items=rows, next=following))


async def counts(call: ApiCall) -> HTTPResponse:
    """Tell how many conversations there are in each view."""
    found = await desk_of(call).desk.store.counts(reach_of(actor_of(call)))
    return json_answer(counts_shown(found))


async def row(call: ApiCall) -> HTTPResponse:
    """Show a conversation as it stands in the list."""
    record = await readable(call)
    return await row_answer(call, record.conversation_id)


async def thread(call: ApiCall) -> HTTPResponse:
    """Show a part of a thread: the newest, or what is before, behind or around a place."""
    record, desk = await readable(call), desk_of(call)
    name, reader = record.conversation_id, desk.reader
    if of := word_of(call, "of", most=255):
        customer = await customer_shown(desk, record)
        if all(of != one.conversation_id for one in await merged_shown(desk, customer.id)):
            raise DeskError("gone", "it is not part of this conversation", status=404)
        name, reader = of, desk.merged_reader
    limit = limit_of(call.request)
    asked = [one for one in ("before", "after", "around") if one in call.request.args]
    if len(asked) > 1:
        wrong = "Give one of 'before', 'after' and 'around'."
        raise bad_request(wrong, asked[1], "query")
    if not asked:
        return json_answer(await reader.newest(name, limit))
    place = whole(call.request, asked[0], 0)
    match asked[0]:
        case "before":
            page = await reader.before(name, place, limit)
        case "after":
            page = await reader.after(name, place, limit)
        case _:
            page = await reader.around(name, place, limit)
    return json_answer(page)


async def search(call: ApiCall) -> HTTPResponse:
    """Find messages of a thread that hold some words, the newest first."""
    words = word_of(call, "q", most=MOST_WORDS).strip()
    if not words:
        raise bad_request(f"'q' has 1 to {MOST_WORDS} characters.", "q", "query")
    record, behind = await readable(call), cursor_of(call.request)
    if behind is not None and not (behind.isdecimal() and len(behind) < 16):
        raise bad_request("'cursor' must be 'next' of a page.", "cursor", "query")
    found, following = await desk_of(call).reader.search(
        record.conversation_id,
        words,
        before=None if behind is None else int(behind),
        limit=limit_of(call.request),
    )
    items = [
        FoundShown(
            seq=one.item.seq,
            at=one.item.at,
            by=one.item.kind,
            snippet=one.snippet,
            ranges=one.ranges,
        )
        for one in found
    ]
    return json_answer(
        Page(items=items, next=None if following is None else as_cursor(str(following)))
    )


async def context(call: ApiCall) -> HTTPResponse:
    """Show what stands beside a thread: the customer, the session, what one may do."""
    record, desk = await readable(call), desk_of(call)
    name, session = record.conversation_id, record.session
    people = await desk.views.people()
    drafts = await desk.drafts_of(actor_of(call).account_id)
    customer = await customer_shown(desk, record)
    return json_answer(
        ContextShown(
            row=await desk.views.shown(record, has_draft=name in drafts),
            session=None if session is None else session_shown(session, people),
            customer=customer,
            summary=None if session is None else dict(session.summary) or None,
            quota=await quota_shown(desk, name),
            viewers=desk.live.viewers(name),
            merged=await merged_shown(desk, customer.id),
            can=dict(can(actor_of(call), session)),
        )
    )


async def sessions(call: ApiCall) -> HTTPResponse:
    """List the stays of a customer with the humans, the newest first."""
    record, desk, limit = await readable(call), desk_of(call), limit_of(call.request)
    behind = cursor_of(call.request)
    try:
        before = None if behind is None else float(behind)
    except ValueError as error:
        raise bad_request("'cursor' must be 'next' of a page.", "cursor", "query") from error
    found = await desk.desk.store.sessions_of(
        record.conversation_id, before=before, limit=limit + 1
    )
    people = await desk.views.people()
    shown = found[:limit]
    following = as_cursor(repr(shown[-1].opened_at)) if len(found) > limit else None
    items = [session_shown(session, people) for session in shown]
    return json_answer(Page(items=items, next=following))


async def orders(call: ApiCall) -> HTTPResponse:
    """Show the customer's orders, as the shop knows them."""
    record, desk = await readable(call), desk_of(call)
    if desk.orders is None:
        return json_answer(OrdersShown(orders=[], error=None, is_set_up=False))
    customer = None
    if desk.customers is not None:
        customer = await desk.customers.at(record.conversation_id)
    try:
        found = await desk.orders.of(customer or {})
    except StorageError as error:
        return json_answer(OrdersShown(orders=[], error=str(error)))
    return json_answer(OrdersShown(orders=[dict(one) for one in found], error=None))


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/inbox",
        inbox,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(
            query={
                "view": f"one of {', '.join(VIEWS)}; default mine",
                "channel": "only conversations on this channel",
                "group": "only sessions of this group",
                "label": "only sessions with this label",
                "agent": "only sessions of this agent",
                "state": f"one of {', '.join(STATES)}",
                "tier": "only customers of this tier and above",
                "tag": "only customers with this tag, however it is spelt",
                "sort": f"one of {', '.join(SORTS)}; default newest",
                **PAGING,
            },
            answer=Page[Row],
        ),
    ),
    ApiRoute(
        "GET",
        "/api/v1/inbox/counts",
        counts,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(answer=CountsShown),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/row",
        row,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(answer=Row),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/thread",
        thread,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(
            query={
                "before": "a place; what is right before it",
                "after": "a place; what is right behind it",
                "around": "a place; what is around it, itself included",
                "of": "a conversation that was merged into this one, in whose place",
                "limit": PAGING["limit"],
            },
            answer=ThreadPage,
        ),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/thread/search",
        search,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(query={"q": "what to look for", **PAGING}, answer=Page[FoundShown]),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/context",
        context,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(answer=ContextShown),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/sessions",
        sessions,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(query=PAGING, answer=Page[SessionShown]),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/orders",
        orders,
        access="staff",
        permission=P.CUSTOMER_READ,
        form=Form(answer=OrdersShown),
    ),
)
