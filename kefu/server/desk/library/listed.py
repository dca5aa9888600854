"""Lists that administrators keep, each with the same four addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from msgspec import UNSET
from sanic.response import HTTPResponse

from kefu.desk.library.records import By, Kept
from kefu.server.answers import json_answer
from kefu.server.desk.library.calls import by_of, given
from kefu.server.desk.own import SMALL
from kefu.server.routes.form import PAGING, Form, Page, body_as, paged
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["Listed", "routes_of"]

T = TypeVar("T")
Serve: TypeAlias = Callable[[ApiCall], Awaitable[HTTPResponse]]


class KeptList(Protocol[T]):
    """What keeps a list."""

    async def all(self) -> list[Kept[T]]:
        """Return all of it."""
        ...

    async def one(self, item_id: str) -> Kept[T]:
        """Return one of it."""
        ...

    async def create(self, by: By, what: T, /) -> Kept[T]:
        """Keep something new."""
        ...

    async def change(
        self, by: By, before: Kept[T], what: T, /, *, version: int | None = None
    ) -> Kept[T]:
        """Change something."""
        ...

    async def remove(self, by: By, what: Kept[T], /) -> None:
        """Remove something."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """What is particular to one list."""

    path: str
    words: str
    """For people, such as ``a label``."""
    of: Callable[[ApiCall], KeptList[T]]
    record: Callable[..., T]
    body: Any
    change: Any
    view: Any
    shown: Callable[[Kept[T]], Any]
    order: Callable[[Kept[T]], str] | None = None
    """What the list is sorted by; None: it comes in an order of its own."""
    read: Permission
    manage: Permission
    query: Mapping[str, str] = field(default_factory=dict)
    is_asked_for: Callable[[ApiCall, Kept[T]], bool] = lambda _call, _kept: True


def _listing(one: Listed[T]) -> Serve:
    async def listed(call: ApiCall) -> HTTPResponse:
        found = [kept for kept in await one.of(call).all() if one.is_asked_for(call, kept)]
        placed = [
            (f"{place:06d}" if one.order is None else one.order(kept), kept)
            for place, kept in enumerate(found)
        ]
        return json_answer(
            paged(call.request, placed, lambda pair: pair[0], lambda pair: one.shown(pair[1]))
        )

    listed.__doc__ = f"List every {one.words.split(' ', 1)[1]}."
    return listed


def _creating(one: Listed[T]) -> Serve:
    async def create(call: ApiCall) -> HTTPResponse:
        body = body_as(call.request, one.body)
        kept = await one.of(call).create(by_of(call), one.record(**given(body)))
        return json_answer(one.shown(kept), 201)

    create.__doc__ = f"Keep {one.words}."
    return create


def _changing(one: Listed[T]) -> Serve:
    async def change(call: ApiCall) -> HTTPResponse:
        body: Any = body_as(call.request, one.change)
        before = await one.of(call).one(call.parts["item_id"])
        what: Any = before.what
        kept = await one.of(call).change(
            by_of(call),
            before,
            replace(what, **given(body)),
            version=None if body.version is UNSET else body.version,
        )
        return json_answer(one.shown(kept))

    change.__doc__ = f"Change {one.words}."
    return change


def _removing(one: Listed[T]) -> Serve:
    async def remove(call: ApiCall) -> HTTPResponse:
        kept = await one.of(call).one(call.parts["item_id"])
        await one.of(call).remove(by_of(call), kept)
        return HTTPResponse(b"", 204)

    remove.__doc__ = f"Remove {one.words}."
    return remove


def routes_of(one: Listed[Any]) -> tuple[ApiRoute, ...]:
    """Return the addresses of a list."""
    this = f"{one.path}/<item_id:str>"
    pages: Any = Page
    return (
        ApiRoute(
            "GET",
            one.path,
            _listing(one),
            access="staff",
            permission=one.read,
            form=Form(query={**one.query, **PAGING}, answer=pages[one.view]),
        ),
        ApiRoute(
            "POST",
            one.path,
            _creating(one),
            access="staff",
            permission=one.manage,
            form=Form(body=one.body, answer=one.view, status=201),
            max_body=SMALL,
        ),
        ApiRoute(
            "PUT",
            this,
            _changing(one),
            access="staff",
            permission=one.manage,
            form=Form(body=one.change, answer=one.view),
            max_body=SMALL,
        ),
        ApiRoute(
            "DELETE",
            this,
            _removing(one),
            access="staff",
            permission=one.manage,
            form=Form(status=204),
        ),
    )
