"""Acts that say something about a conversation, or about its customer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.core.notes import note
from kefu.desk.library.records import By
from kefu.desk.sessions import ServiceSession
from kefu.errors import DeskError, RequestError
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.calls import actor_of, by_of, desk_of, readable, row_answer
from kefu.server.desk.moving import act_route, acting, noted
from kefu.server.desk.own import SMALL
from kefu.server.desk.reach import may_act, may_read
from kefu.server.routes.customer_forms import CustomerView
from kefu.server.routes.form import Form, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES", "LabelIds", "changing_labels", "known_labels"]

P = Permission
LATEST: Final = 2**53

Place = Annotated[int, Meta(ge=0, le=LATEST)]
LabelId = Annotated[str, Meta(min_length=1, max_length=64)]
LabelIds = Annotated[list[LabelId], Meta(max_length=20)]
Moment = Annotated[datetime, Meta(tz=True)]


class SnoozeBody(Struct, forbid_unknown_fields=True):
    """Until when to put it aside; null: no longer."""

    until: Moment | None


class LabelsBody(Struct, forbid_unknown_fields=True):
    """Ids of labels."""

    add: LabelIds = []
    remove: LabelIds = []


class PriorityBody(Struct, forbid_unknown_fields=True):
    """How urgent it is."""

    priority: Annotated[int, Meta(ge=-2, le=2)]


class PlaceBody(Struct, forbid_unknown_fields=True):
    """A place in the thread."""

    seq: Place


class ListenBody(Struct, forbid_unknown_fields=True):
    """Whether to look on without being seen."""

    on: bool


class BlockBody(Struct, forbid_unknown_fields=True):
    """Blocks the customer; with `on` false, lets them write again."""

    on: bool = True
    until: Moment | None = None
    """Null: for good."""
    reason: Annotated[str, Meta(max_length=500)] = ""


class MergeBody(Struct, forbid_unknown_fields=True):
    """The customer who is the same person."""

    other_customer_id: Annotated[str, Meta(min_length=1, max_length=255)]


async def snooze(call: ApiCall) -> HTTPResponse:
    """Put a conversation aside until some time, or until the customer writes."""
    body = body_as(call.request, SnoozeBody)
    until = None if body.until is None else body.until.timestamp()
    may = may_act(actor_of(call), P.SESSION_ANSWER, P.SESSION_ASSIGN)
    serving = desk_of(call).desk.serving
    return await acting(call, serving.snooze(call.conversation_id, until, by_of(call), may))


async def labels(call: ApiCall) -> HTTPResponse:
    """Put labels on a conversation, and take labels off."""
    body = body_as(call.request, LabelsBody)
    await known_labels(call, body.add)
    return await acting(call, changing_labels(call, call.conversation_id, body.add, body.remove))


async def known_labels(call: ApiCall, names: list[str]) -> None:
    """Refuse labels that there are not.

    Raises:
        RequestError: One is not among them (400).
    """
    library = desk_of(call).library
    if library is None or not names:
        return
    known = {kept.item_id for kept in await library.labels.all()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise bad_request(f"There is no label {unknown[0]!r}.", "add")


async def changing_labels(
    call: ApiCall, conversation_id: str, add: list[str], remove: list[str]
) -> ServiceSession:
    """Change the labels of a conversation as whoever asks."""
    may = may_act(actor_of(call), P.SESSION_ANSWER, P.SESSION_ASSIGN)
    serving = desk_of(call).desk.serving
    return await serving.label(conversation_id, add, remove, by_of(call), may)


async def priority(call: ApiCall) -> HTTPResponse:
    """Say how urgent a conversation is."""
    body = body_as(call.request, PriorityBody)
    may = may_act(actor_of(call), P.SESSION_ANSWER, P.SESSION_ASSIGN)
    serving = desk_of(call).desk.serving
    return await acting(
        call, serving.prioritise(call.conversation_id, body.priority, by_of(call), may)
    )


async def read(call: ApiCall) -> HTTPResponse:
    """Note that one has read up to a place; the customer of one's own conversation sees it."""
    body = body_as(call.request, PlaceBody)
    record = await readable(call)
    seq = min(body.seq, record.last_seq)
    await desk_of(call).desk.serving.read(record.conversation_id, seq, by_of(call))
    return HTTPResponse(b"", 204)


async def unread(call: ApiCall) -> HTTPResponse:
    """Mark what is behind a place as not read."""
    body = body_as(call.request, PlaceBody)
    may = may_act(actor_of(call), P.SESSION_ANSWER)
    serving = desk_of(call).desk.serving
    return await acting(call, serving.unread(call.conversation_id, body.seq, by_of(call), may))


async def listen(call: ApiCall) -> HTTPResponse:
    """Look on without being seen, or be seen again."""
    body = body_as(call.request, ListenBody)
    record = await readable(call)
    desk_of(call).live.listen(record.conversation_id, actor_of(call).account_id, on=body.on)
    await noted(call, "session.listened" if body.on else "session.listened_no_more")
    return await row_answer(call, record.conversation_id)


async def block(call: ApiCall) -> HTTPResponse:
    """Take no messages of a customer for a while or for good, or take them again."""
    body = body_as(call.request, BlockBody)
    record, desk, by = await readable(call), desk_of(call), by_of(call)
    if desk.library is None:
        raise RequestError(409, "Conflict", "This server keeps no blocks.")
    kind, value = await _whom(call, record.conversation_id, record.customer_id)
    blocks = desk.library.blocks
    whoever = By(agent_id=by.id, name=by.name, address=call.acting.address)
    until = None if body.until is None else body.until.timestamp()
    if body.on:
        await blocks.block(whoever, kind, value, until=until, reason=body.reason)
    else:
        for kept in await blocks.all():
            if (kept.what.kind, kept.what.value) == (kind, value):
                await blocks.end(whoever, kept.item_id)
    told = note(
        "blocked",
        agent=by.as_json(),
        on=body.on,
        until=until,
        reason=body.reason or None,
    )
    await desk.threads.note(record.conversation_id, told)
    return await row_answer(call, record.conversation_id)


async def _whom(
    call: ApiCall, conversation_id: str, customer_id: str
) -> tuple[Literal["customer", "address"], str]:
    desk = desk_of(call)
    found = None if desk.customers is None else await desk.customers.at(conversation_id)
    known = str((found or {}).get("customer_id") or customer_id)
    if known:
        return "customer", known
    head = await desk.threads.head(conversation_id)
    return "address", conversation_id if head is None else head.address or conversation_id


async def merge(call: ApiCall) -> HTTPResponse:
    """Make one customer of two, as an agent who knows that they are the same person."""
    body = body_as(call.request, MergeBody)
    changes, views = call.services.customers, call.services.customer_views
    if changes is None or views is None:
        raise RequestError(404, "NotFound", "This server keeps no customers.")
    customer_id, desk = call.parts["name"], desk_of(call)
    served = 0
    for name in (customer_id, body.other_customer_id):
        found = await views.customer(name) if name.isprintable() and len(name) < 256 else None
        if found is None:
            raise RequestError(404, "NotFound", "There is no such customer.")
        session = await desk.desk.store.open_session(found["conversation_id"])
        may_read(actor_of(call))(session)
        served += session is not None
    if served > 1:
        raise DeskError("both-served", "both have an open conversation; close one of them first")
    kept = await changes.merge(customer_id, body.other_customer_id)
    data = {"other": body.other_customer_id, "kept": kept.customer_id}
    await call.staff.record(call.acting, "customer.merged", customer_id, data)
    shown = await views.customer(kept.customer_id)
    if shown is None:
        raise DeskError("gone", "there is no such customer", status=404)
    return json_answer(shown)


ROUTES = (
    act_route("snooze", snooze, P.SESSION_ANSWER, SnoozeBody),
    act_route("labels", labels, P.SESSION_ANSWER, LabelsBody),
    act_route("priority", priority, P.SESSION_ANSWER, PriorityBody),
    act_route("read", read, P.SESSION_READ_MINE, PlaceBody, None, 204),
    act_route("unread", unread, P.SESSION_ANSWER, PlaceBody),
    act_route("listen", listen, P.SESSION_LISTEN, ListenBody),
    act_route("block", block, P.CUSTOMER_BLOCK, BlockBody),
    ApiRoute(
        "POST",
        "/api/v1/customers/<name:str>/merge",
        merge,
        access="staff",
        permission=P.CUSTOMER_MERGE,
        form=Form(body=MergeBody, answer=CustomerView),
        max_body=SMALL,
    ),
)
