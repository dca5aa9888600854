"""Customers: who is it, what happened with them on all channels, and what shall be forgotten."""

from __future__ import annotations

from typing import Any

from sanic.response import HTTPResponse

from kefu.errors import RequestError
from kefu.server.answers import bad_request, json_answer, json_object, seconds, whole
from kefu.server.customer_ports import CustomerChanges, CustomerViews
from kefu.server.routes.customer_forms import (
    CustomerView,
    FieldsBody,
    HideBody,
    IdentifyBody,
    MergesView,
    PartedView,
    TimelineView,
    UndoBody,
    VisitsView,
)
from kefu.server.routes.form import Form
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

DEFAULT_LENGTH = 100
MAX_LENGTH = 500
MAX_FIELDS = 100
MAX_ADDRESS = 255
IDENTITY_KINDS = ("unionid", "user", "phone")
END_OF_TIME = 1e15


async def find(call: ApiCall) -> HTTPResponse:
    """Find a customer by a conversation, or by something they are known by."""
    views = _views(call)
    asked = {key: value for key in FINDERS if (value := call.request.args.get(key))}
    if len(asked) != 1:
        wrong = f"Ask for a customer by one of: {', '.join(FINDERS)}."
        raise bad_request(wrong, "conversation", "query")
    ((key, value),) = asked.items()
    match key:
        case "conversation":
            found = await views.at(value)
        case "user":
            found = await views.holder("user", value)
        case "unionid":
            found = await views.holder("unionid", value)
        case _:
            reference = await _changes(call).by_phone(value)
            found = None if reference is None else await views.customer(reference.customer_id)
    return json_answer(_existing(found))


FINDERS = ("conversation", "user", "unionid", "phone")


async def show(call: ApiCall) -> HTTPResponse:
    """Show a customer."""
    return json_answer(_existing(await _views(call).customer(call.parts["name"])))


async def timeline(call: ApiCall) -> HTTPResponse:
    """Show what happened with a customer, on all channels and in all merged conversations."""
    before = seconds(call.request, "before")
    entries = await _views(call).timeline(
        call.parts["name"], before=END_OF_TIME if before is None else before, limit=_length(call)
    )
    return json_answer({"entries": _existing(entries)})


async def visits(call: ApiCall) -> HTTPResponse:
    """Show the pages that a customer visited."""
    found = await _views(call).visits(call.parts["name"], limit=_length(call))
    return json_answer({"visits": _existing(found)})


async def merges(call: ApiCall) -> HTTPResponse:
    """Show how a customer came together."""
    return json_answer({"merges": _existing(await _views(call).merges(call.parts["name"]))})


async def undo(call: ApiCall) -> HTTPResponse:
    """Part two customers that were merged."""
    body = json_object(call.request)
    merge_id = body.get("merge_id")
    if not isinstance(merge_id, int) or isinstance(merge_id, bool) or merge_id >= 2**53:
        raise bad_request("'merge_id' must be the number of a merge.", "merge_id")
    found = _existing(await _views(call).merges(call.parts["name"]))
    if merge_id not in {merge["merge_id"] for merge in found}:
        raise RequestError(404, "NotFound", f"The customer has no merge {merge_id}.")
    parted = await _changes(call).undo(merge_id)
    views = _views(call)
    return json_answer(
        {
            "customer": await views.customer(call.parts["name"]),
            "parted": await views.customer(parted.customer_id),
        }
    )


async def identify(call: ApiCall) -> HTTPResponse:
    """Say what your own system knows: whom a channel's address belongs to."""
    body = json_object(call.request)
    address, kind, value = (body.get(name) for name in ("address", "kind", "value"))
    if not isinstance(address, str) or not 0 < len(address) <= MAX_ADDRESS:
        raise bad_request("'address' must be that of a customer on a channel.", "address")
    if kind not in IDENTITY_KINDS:
        raise bad_request(f"'kind' must be one of: {', '.join(IDENTITY_KINDS)}.", "kind")
    if not isinstance(value, str):
        raise bad_request("'value' must be a text.", "value")
    changes = _changes(call)
    known = await changes.identify(address, kind=kind, value=value, is_verified=True)
    return json_answer(_existing(await _views(call).customer(known.customer_id)))


async def hide(call: ApiCall) -> HTTPResponse:
    """Keep fields of a customer from agents and bot, or show them again."""
    customer = _existing(await _views(call).customer(call.parts["name"]))
    body = json_object(call.request)
    is_hidden = body.get("hidden", True)
    if not isinstance(is_hidden, bool):
        raise bad_request("'hidden' must be true or false.", "hidden")
    await _changes(call).hide(customer["conversation_id"], _fields(body), is_hidden=is_hidden)
    return await show(call)


async def forget(call: ApiCall) -> HTTPResponse:
    """Delete what a customer gave."""
    customer = _existing(await _views(call).customer(call.parts["name"]))
    await _changes(call).forget(customer["conversation_id"], _fields(json_object(call.request)))
    return await show(call)


def _views(call: ApiCall) -> CustomerViews:
    views = call.services.customer_views
    if views is None:
        raise RequestError(404, "NotFound", "This server keeps no customers.")
    return views


def _changes(call: ApiCall) -> CustomerChanges:
    changes = call.services.customers
    if changes is None:
        raise RequestError(404, "NotFound", "This server keeps no customers.")
    return changes


def _existing(found: Any) -> Any:
    if found is None:
        raise RequestError(404, "NotFound", "There is no such customer.")
    return found


def _length(call: ApiCall) -> int:
    return whole(call.request, "limit", DEFAULT_LENGTH, least=1, most=MAX_LENGTH)


def _fields(body: dict[str, Any]) -> list[str]:
    given = body.get("fields")
    fields = given if isinstance(given, list) else []
    if not 0 < len(fields) <= MAX_FIELDS or not all(isinstance(field, str) for field in fields):
        raise bad_request("'fields' must be a list of fields.", "fields")
    return fields


READ = Permission.CUSTOMER_READ
EDIT = Permission.CUSTOMER_EDIT
LENGTH = {"limit": f"how many at most; default {DEFAULT_LENGTH}, most {MAX_LENGTH}"}
SINCE = {"before": "only what is older, in seconds since the epoch", **LENGTH}
BY = dict.fromkeys(FINDERS, "who is wanted, by one of these")

ROUTES = (
    ApiRoute(
        "GET", "/api/v1/customers", find, permission=READ, form=Form(query=BY, answer=CustomerView)
    ),
    ApiRoute(
        "POST",
        "/api/v1/customers/identify",
        identify,
        form=Form(body=IdentifyBody, answer=CustomerView),
    ),
    ApiRoute(
        "GET", "/api/v1/customers/<name:str>", show, permission=READ, form=Form(answer=CustomerView)
    ),
    ApiRoute(
        "GET",
        "/api/v1/customers/<name:str>/timeline",
        timeline,
        permission=READ,
        form=Form(query=SINCE, answer=TimelineView),
    ),
    ApiRoute(
        "GET",
        "/api/v1/customers/<name:str>/visits",
        visits,
        permission=READ,
        form=Form(query=LENGTH, answer=VisitsView),
    ),
    ApiRoute(
        "GET",
        "/api/v1/customers/<name:str>/merges",
        merges,
        permission=READ,
        form=Form(answer=MergesView),
    ),
    ApiRoute(
        "POST",
        "/api/v1/customers/<name:str>/undo",
        undo,
        permission=Permission.CUSTOMER_MERGE,
        form=Form(body=UndoBody, answer=PartedView),
    ),
    ApiRoute(
        "POST",
        "/api/v1/customers/<name:str>/hide",
        hide,
        permission=EDIT,
        form=Form(body=HideBody, answer=CustomerView),
    ),
    ApiRoute(
        "POST",
        "/api/v1/customers/<name:str>/forget",
        forget,
        permission=EDIT,
        form=Form(body=FieldsBody, answer=CustomerView),
    ),
)
