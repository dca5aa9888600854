"""Tags of customers: put on, taken off, and which there are."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.desk.moves import tagged_told
from kefu.errors import RequestError
from kefu.server.answers import json_answer
from kefu.server.customer_ports import CustomerChanges, Tagged
from kefu.server.desk.calls import actor_of, by_of, desk_of, readable, word_of
from kefu.server.desk.own import SMALL
from kefu.server.desk.reach import may_read
from kefu.server.routes.form import PAGING, Form, body_as, limit_of
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

P = Permission
THIS: Final = "/api/v1/conversations/<conversation_id:str>"
MAX_NAME: Final = 255
Tag = Annotated[str, Meta(max_length=200)]
Tags = Annotated[list[Tag], Meta(max_length=100)]


class TagsBody(Struct, forbid_unknown_fields=True):
    """Tags to put on a customer and to take off, however they are spelt.

    A tag has up to 40 characters, a customer up to 50 tags. What others change meanwhile stays.
    """

    add: Tags = []
    remove: Tags = []


class TagsShown(Struct, frozen=True, kw_only=True):
    """The tags of a customer."""

    customer_id: str
    tags: list[str]
    """All of them, in the order in which they were put on."""
    added: list[str]
    """Those that were not there before."""
    removed: list[str]
    """Those that are not there any more."""


class TagShown(Struct, frozen=True):
    """A tag that customers have."""

    tag: str
    customers: int
    """How many have it."""


class TagsInUse(Struct, frozen=True):
    """Tags, those of most customers first."""

    items: list[TagShown]


async def change(call: ApiCall) -> HTTPResponse:
    """Put tags on a customer, and take tags off."""
    body = body_as(call.request, TagsBody)
    name, desk, views = call.parts["name"], desk_of(call), call.services.customer_views
    found = None
    if views is not None and name.isprintable() and len(name) <= MAX_NAME:
        found = await views.customer(name)
    if found is None:
        raise RequestError(404, "NotFound", "There is no such customer.")
    session = await desk.desk.store.open_session(found["conversation_id"])
    may_read(actor_of(call))(session)
    tags = _changes(call).tags
    tagged = await tags.change(found["customer_id"], add=body.add, remove=body.remove)
    return await _answer(call, tagged)


async def change_at(call: ApiCall) -> HTTPResponse:
    """Put tags on the customer of a conversation, whether they were known or not."""
    body = body_as(call.request, TagsBody)
    record = await readable(call)
    tags = _changes(call).tags
    tagged = await tags.change_at(record.conversation_id, add=body.add, remove=body.remove)
    return await _answer(call, tagged)


def _changes(call: ApiCall) -> CustomerChanges:
    if call.services.customers is None:
        raise RequestError(404, "NotFound", "This server keeps no customers.")
    return call.services.customers


async def _answer(call: ApiCall, tagged: Tagged) -> HTTPResponse:
    await _tell(call, tagged)
    return json_answer(
        TagsShown(
            customer_id=tagged.customer_id,
            tags=list(tagged.tags),
            added=list(tagged.added),
            removed=list(tagged.removed),
        )
    )


async def _tell(call: ApiCall, tagged: Tagged) -> None:
    """Let colleagues see it: in the thread, and on all screens that show the customer."""
    desk, name = desk_of(call), tagged.conversation_id
    if (tagged.added or tagged.removed) and await desk.threads.head(name) is not None:
        told = tagged_told(name, tagged.added, tagged.removed, by_of(call), desk.clock.now())
        await desk.desk.changing.apply(told)


async def in_use(call: ApiCall) -> HTTPResponse:
    """List the tags that customers have, those of most customers first."""
    changes = call.services.customers
    if changes is None:
        return json_answer(TagsInUse([]))
    found = await changes.tags.in_use(word_of(call, "q"), limit=limit_of(call.request))
    return json_answer(TagsInUse([TagShown(one.tag, one.customers) for one in found]))


ROUTES = (
    ApiRoute(
        "POST",
        f"{THIS}/tags",
        change_at,
        access="staff",
        permission=P.CUSTOMER_TAG,
        form=Form(body=TagsBody, answer=TagsShown),
        max_body=SMALL,
    ),
    ApiRoute(
        "POST",
        "/api/v1/customers/<name:str>/tags",
        change,
        access="staff",
        permission=P.CUSTOMER_TAG,
        form=Form(body=TagsBody, answer=TagsShown),
        max_body=SMALL,
    ),
    ApiRoute(
        "GET",
        "/api/v1/customer-tags",
        in_use,
        access="staff",
        permission=P.CUSTOMER_READ,
        form=Form(
            query={"q": "only tags in which this stands", "limit": PAGING["limit"]},
            answer=TagsInUse,
        ),
    ),
)
