"""Drafts: each agent's own, in any browser."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from sanic.response import HTTPResponse

from kefu.desk.library.drafts import Draft, Mode
from kefu.desk.library.records import Kept
from kefu.server.answers import json_answer
from kefu.server.desk.library.calls import MAX_TEXT, Version, conversation_of
from kefu.server.routes.form import PAGING, Form, Page, as_time, body_as, paged
from kefu.server.routes.table import ApiCall, ApiRoute

__all__ = ["ROUTES"]

THIS = "/api/v1/conversations/<conversation_id:str>/draft"
END_OF_TIME = 10**13


class DraftBody(Struct, forbid_unknown_fields=True):
    """What is in the composer; empty text: nothing any more."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    mode: Mode = "reply"
    reply_to: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    """Place in the log of the message that it answers."""
    version: Version | UnsetType = UNSET
    """The version that is expected, 0: none; without it the last one written counts."""


class DraftView(Struct, frozen=True, kw_only=True):
    """A draft; without text there is none."""

    conversation_id: str
    text: str
    mode: Mode
    reply_to: int | None
    version: int
    """0: there is none."""
    changed_at: datetime | None


def draft_view(conversation_id: str, kept: Kept[Draft] | None) -> DraftView:
    """Return a draft as it is shown."""
    draft = None if kept is None else kept.what
    return DraftView(
        conversation_id=conversation_id,
        text="" if draft is None else draft.text,
        mode="reply" if draft is None else draft.mode,
        reply_to=None if draft is None else draft.reply_to,
        version=0 if kept is None else kept.version,
        changed_at=None if kept is None else as_time(kept.changed_at),
    )


async def drafts(call: ApiCall) -> HTTPResponse:
    """List one's own drafts, the newest first."""
    found = await call.library.drafts.of(call.who.account.account_id)
    page = paged(
        call.request,
        found,
        lambda kept: f"{END_OF_TIME - kept.changed_at * 1000:018.3f}{kept.item_id}",
        lambda kept: draft_view(kept.what.conversation_id, kept),
    )
    return json_answer(page)


async def draft(call: ApiCall) -> HTTPResponse:
    """Show one's own draft in a conversation; without text there is none."""
    conversation_id = await conversation_of(call, call.conversation_id)
    found = await call.library.drafts.find(call.who.account.account_id, conversation_id)
    return json_answer(draft_view(conversation_id, found))


async def write(call: ApiCall) -> HTTPResponse:
    """Keep one's own draft; one without text is removed."""
    body = body_as(call.request, DraftBody)
    conversation_id = await conversation_of(call, call.conversation_id)
    kept = await call.library.drafts.write(
        Draft(
            agent=call.who.account.account_id,
            conversation_id=conversation_id,
            text=body.text,
            mode=body.mode,
            reply_to=body.reply_to,
        ),
        version=None if body.version is UNSET else body.version,
    )
    return json_answer(draft_view(conversation_id, kept))


async def drop(call: ApiCall) -> HTTPResponse:
    """Remove one's own draft, if there is one."""
    conversation_id = await conversation_of(call, call.conversation_id)
    await call.library.drafts.drop(call.who.account.account_id, conversation_id)
    return HTTPResponse(b"", 204)


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/drafts",
        drafts,
        access="staff",
        form=Form(query=PAGING, answer=Page[DraftView]),
    ),
    ApiRoute("GET", THIS, draft, access="staff", form=Form(answer=DraftView)),
    ApiRoute(
        "PUT",
        THIS,
        write,
        access="staff",
        form=Form(body=DraftBody, answer=DraftView),
        max_body=256 * 1024,
    ),
    ApiRoute("DELETE", THIS, drop, access="staff", form=Form(status=204)),
)
