"""Notes on customers, and blocks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from sanic.response import HTTPResponse

from kefu.desk.library.blocks import Block, Blocked
from kefu.desk.library.checking import bad
from kefu.desk.library.notes import ContactNote
from kefu.desk.library.records import Kept
from kefu.errors import RequestError
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.library.calls import Description, Version, actor_of, by_of, may
from kefu.server.desk.own import SMALL
from kefu.server.routes.form import PAGING, Form, Page, as_time, body_as, paged
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.directory import not_allowed
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

READ, BLOCK = Permission.CUSTOMER_READ, Permission.CUSTOMER_BLOCK
NOTES = "/api/v1/customers/<name:str>/notes"
THIS_NOTE = f"{NOTES}/<item_id:str>"
END_OF_TIME = 10**13
Text = Annotated[str, Meta(max_length=10_000)]
Id = Annotated[str, Meta(max_length=255)]


class NoteBody(Struct, forbid_unknown_fields=True):
    """A new note."""

    text: Text


class NoteChange(Struct, forbid_unknown_fields=True):
    """What changes of a note."""

    text: Text
    version: Version | UnsetType = UNSET


class NoteView(Struct, frozen=True, kw_only=True):
    """A note on a customer."""

    id: str
    customer_id: str
    """Whom it was written about, before any merge."""
    text: str
    author: str
    """Id of an account; empty: a machine."""
    author_name: str
    may_edit: bool
    may_remove: bool
    version: int
    created_at: datetime
    changed_at: datetime


class BlockBody(Struct, forbid_unknown_fields=True):
    """Blocks a customer, or one address."""

    customer_id: Id = ""
    address: Id = ""
    until: Annotated[datetime, Meta(tz=True)] | None = None
    """Null: for good."""
    reason: Description = ""


class BlockView(Struct, frozen=True, kw_only=True):
    """Somebody who is blocked."""

    id: str
    kind: Blocked
    value: str
    """Id of a customer, or an address."""
    until: datetime | None
    is_over: bool
    reason: str
    by: str
    by_name: str
    created_at: datetime


def note_view(call: ApiCall, kept: Kept[ContactNote]) -> NoteView:
    """Return a note as it is shown."""
    note = kept.what
    is_own = note.author == actor_of(call).account_id
    return NoteView(
        id=kept.item_id,
        customer_id=note.customer,
        text=note.text,
        author=note.author,
        author_name=note.author_name,
        may_edit=is_own,
        may_remove=is_own or may(call, Permission.CUSTOMER_EDIT),
        version=kept.version,
        created_at=as_time(kept.created_at),
        changed_at=as_time(kept.changed_at),
    )


def block_view(call: ApiCall, kept: Kept[Block]) -> BlockView:
    """Return a block as it is shown."""
    block = kept.what
    return BlockView(
        id=kept.item_id,
        kind=block.kind,
        value=block.value,
        until=None if block.until is None else as_time(block.until),
        is_over=call.library.blocks.is_over(kept),
        reason=block.reason,
        by=block.by,
        by_name=block.by_name,
        created_at=as_time(kept.created_at),
    )


# -- notes


async def notes(call: ApiCall) -> HTTPResponse:
    """List the notes on a customer, the newest first."""
    found = await call.library.notes.of(await _family(call))
    page = paged(call.request, found, _newest_first, lambda kept: note_view(call, kept))
    return json_answer(page)


async def write_note(call: ApiCall) -> HTTPResponse:
    """Write a note on a customer."""
    body = body_as(call.request, NoteBody)
    customer = await _customer(call, call.parts["name"])
    kept = await call.library.notes.write(by_of(call), customer["customer_id"], body.text)
    return json_answer(note_view(call, kept), 201)


async def change_note(call: ApiCall) -> HTTPResponse:
    """Change a note that one wrote."""
    body = body_as(call.request, NoteChange)
    before = await call.library.notes.one(call.parts["item_id"], await _family(call))
    version = None if body.version is UNSET else body.version
    kept = await call.library.notes.change(by_of(call), before, body.text, version=version)
    return json_answer(note_view(call, kept))


async def remove_note(call: ApiCall) -> HTTPResponse:
    """Remove a note that one wrote, or with `customer.edit` anybody's."""
    kept = await call.library.notes.one(call.parts["item_id"], await _family(call))
    is_own = kept.what.author == actor_of(call).account_id
    if not is_own and not may(call, Permission.CUSTOMER_EDIT):
        raise not_allowed(f"this needs the permission {Permission.CUSTOMER_EDIT}")
    await call.library.notes.remove(by_of(call), kept)
    return HTTPResponse(b"", 204)


async def _customer(call: ApiCall, customer_id: str) -> dict[str, Any]:
    views = call.services.customer_views
    is_text = customer_id.isprintable() and len(customer_id) <= 255
    found = await views.customer(customer_id) if views is not None and is_text else None
    if found is None:
        raise RequestError(404, "NotFound", "There is no such customer.")
    return found


async def _family(call: ApiCall) -> set[str]:
    """Return the ids of a customer and of all who were merged into them."""
    customer = await _customer(call, call.parts["name"])
    assert call.services.customer_views is not None
    merges = await call.services.customer_views.merges(customer["customer_id"]) or []
    merged = {merge["merged"] for merge in merges if merge["undone_at"] is None}
    return {customer["customer_id"], *merged}


def _newest_first(kept: Kept[Any]) -> str:
    return f"{END_OF_TIME - kept.created_at * 1000:018.3f}{kept.item_id}"


# -- blocks


async def blocks(call: ApiCall) -> HTTPResponse:
    """List blocks, the newest first, without those that are over."""
    words = call.request.args
    customer, address, over = (words.get(name) or "" for name in ("customer", "address", "over"))
    if over and over not in {"true", "false"}:
        raise bad_request("'over' must be true or false.", "over", "query")
    found = [
        kept
        for kept in await call.library.blocks.all()
        if (over == "true" or not call.library.blocks.is_over(kept))
        and (not customer or (kept.what.kind, kept.what.value) == ("customer", customer))
        and (not address or (kept.what.kind, kept.what.value) == ("address", address))
    ]
    page = paged(call.request, found, _newest_first, lambda kept: block_view(call, kept))
    return json_answer(page)


async def block(call: ApiCall) -> HTTPResponse:
    """Block a customer, or one address, for a while or for good."""
    body = body_as(call.request, BlockBody)
    if bool(body.customer_id) == bool(body.address):
        message = "give customer_id or address, one of them"
        raise bad(message, "customer_id", why="one-of-two")
    kind: Blocked = "customer" if body.customer_id else "address"
    value = body.address
    if body.customer_id:
        value = str((await _customer(call, body.customer_id))["customer_id"])
    until = None if body.until is None else body.until.timestamp()
    kept = await call.library.blocks.block(
        by_of(call), kind, value, until=until, reason=body.reason
    )
    return json_answer(block_view(call, kept), 201)


async def end_block(call: ApiCall) -> HTTPResponse:
    """End a block."""
    await call.library.blocks.end(by_of(call), call.parts["item_id"])
    return HTTPResponse(b"", 204)


ROUTES = (
    ApiRoute(
        "GET",
        NOTES,
        notes,
        access="staff",
        permission=READ,
        form=Form(query=PAGING, answer=Page[NoteView]),
    ),
    ApiRoute(
        "POST",
        NOTES,
        write_note,
        access="staff",
        permission=READ,
        form=Form(body=NoteBody, answer=NoteView, status=201),
        max_body=SMALL,
    ),
    ApiRoute(
        "PUT",
        THIS_NOTE,
        change_note,
        access="staff",
        permission=READ,
        form=Form(body=NoteChange, answer=NoteView),
        max_body=SMALL,
    ),
    ApiRoute(
        "DELETE",
        THIS_NOTE,
        remove_note,
        access="staff",
        permission=READ,
        form=Form(status=204),
    ),
    ApiRoute(
        "GET",
        "/api/v1/blocks",
        blocks,
        access="staff",
        permission=READ,
        form=Form(
            query={
                "customer": "only blocks of this customer",
                "address": "only blocks of this address",
                "over": "`true`: also those that have ended by themselves",
                **PAGING,
            },
            answer=Page[BlockView],
        ),
    ),
    ApiRoute(
        "POST",
        "/api/v1/blocks",
        block,
        access="staff",
        permission=BLOCK,
        form=Form(body=BlockBody, answer=BlockView, status=201),
        max_body=SMALL,
    ),
    ApiRoute(
        "DELETE",
        "/api/v1/blocks/<item_id:str>",
        end_block,
        access="staff",
        permission=BLOCK,
        form=Form(status=204),
    ),
)
