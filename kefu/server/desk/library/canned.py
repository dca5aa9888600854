"""Canned replies: to find, to keep, to fill and to count."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from sanic.response import HTTPResponse

from kefu.core.ids import is_id
from kefu.desk.library.canned import CannedReply, Scope, search
from kefu.desk.library.checking import bad, no_such
from kefu.desk.library.filling import variables_of
from kefu.desk.library.records import Kept
from kefu.errors import StaffError
from kefu.server.answers import bad_request, flag, json_answer
from kefu.server.desk.library.calls import (
    MAX_TEXT,
    Line,
    Position,
    Version,
    actor_of,
    by_of,
    conversation_of,
    given,
    may,
)
from kefu.server.desk.own import SMALL
from kefu.server.routes.form import PAGING, Form, Page, as_time, body_as, paged
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.directory import not_allowed
from kefu.staff.permissions import Permission, Subject, allows

__all__ = ["ROUTES"]

EDIT = Permission.CANNED_EDIT_OWN
EDIT_SHARED = Permission.CANNED_EDIT_SHARED
SCOPES = ("personal", "group", "shared")
Text = Annotated[str, Meta(max_length=4000)]
Folder = Annotated[str, Meta(max_length=400)]
Conversation = Annotated[str, Meta(min_length=1, max_length=255)]


class CannedBody(Struct, forbid_unknown_fields=True):
    """A new canned reply."""

    title: Line
    text: Text
    """With variables such as `{{customer.name|亲}}`."""
    scope: Scope = "personal"
    group: Line = ""
    """Id, when the scope is `group`."""
    folder: Folder = ""
    """Path such as `售后/退款`."""
    shortcut: Line = ""
    """What is typed behind `/`."""
    language: Line = ""
    position: Position = 0


class CannedChange(Struct, forbid_unknown_fields=True):
    """What changes of a canned reply."""

    version: Version | UnsetType = UNSET
    title: Line | UnsetType = UNSET
    text: Text | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    group: Line | UnsetType = UNSET
    folder: Folder | UnsetType = UNSET
    shortcut: Line | UnsetType = UNSET
    language: Line | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class CannedView(Struct, frozen=True, kw_only=True):
    """A canned reply."""

    id: str
    title: str
    text: str
    variables: list[str]
    """Those of the text."""
    scope: Scope
    group: str
    folder: str
    shortcut: str
    language: str
    position: int
    uses: int
    used_at: datetime | None
    may_edit: bool
    """Whether who asks may change it."""
    version: int
    changed_at: datetime


class UsedBody(Struct, forbid_unknown_fields=True):
    """Says where a reply was used."""

    conversation_id: Conversation


class FillBody(Struct, forbid_unknown_fields=True):
    """A text to be filled."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    conversation_id: Conversation


class FilledView(Struct, frozen=True, kw_only=True):
    """A text with its variables filled in."""

    text: str
    missing: list[str]
    """Variables that nothing is known of; they stand in the text as they were."""


def canned_view(call: ApiCall, kept: Kept[CannedReply]) -> CannedView:
    """Return a reply as it is shown."""
    reply = kept.what
    return CannedView(
        id=kept.item_id,
        title=reply.title,
        text=reply.text,
        variables=list(variables_of(reply.text)),
        scope=reply.scope,
        group=reply.owner if reply.scope == "group" else "",
        folder=reply.folder,
        shortcut=reply.shortcut,
        language=reply.language,
        position=reply.position,
        uses=kept.uses,
        used_at=None if kept.used_at is None else as_time(kept.used_at),
        may_edit=_may_edit(call, reply),
        version=kept.version,
        changed_at=as_time(kept.changed_at),
    )


async def canned(call: ApiCall) -> HTTPResponse:
    """List canned replies: one's own, those of one's groups, and those that all share."""
    words = call.request.args
    scope, folder, language = (words.get(name) or "" for name in ("scope", "folder", "language"))
    if scope and scope not in SCOPES:
        raise bad_request(f"'scope' must be one of {', '.join(SCOPES)}.", "scope", "query")
    replies = [
        kept
        for kept in await call.library.canned.of(await _owners(call))
        if scope in ("", kept.what.scope)
        and (not folder or f"{kept.what.folder}/".startswith(f"{folder}/"))
        and (not language or kept.what.language in ("", language))
    ]
    found = search(replies, words.get("q") or "")
    page = paged(call.request, found, lambda pair: pair[0], lambda pair: canned_view(call, pair[1]))
    return json_answer(page)


async def create(call: ApiCall) -> HTTPResponse:
    """Keep a canned reply."""
    body = body_as(call.request, CannedBody)
    fields = given(body)
    reply = CannedReply(**_with_owner(call, fields, fields.pop("group")))
    await _check_edit(call, reply)
    kept = await call.library.canned.create(by_of(call), reply)
    return json_answer(canned_view(call, kept), 201)


async def change(call: ApiCall) -> HTTPResponse:
    """Change a canned reply, or give it to a group or to all."""
    body = body_as(call.request, CannedChange)
    before = await _visible(call)
    _refuse_foreign(call, before.what)
    fields = given(body)
    if "scope" in fields or "group" in fields:
        fields.setdefault("scope", before.what.scope)
        is_still = fields["scope"] == before.what.scope == "group"
        group = fields.pop("group", before.what.owner if is_still else "")
        fields = _with_owner(call, fields, group)
    reply = replace(before.what, **fields)
    await _check_edit(call, reply)
    version = None if body.version is UNSET else body.version
    kept = await call.library.canned.change(by_of(call), before, reply, version=version)
    return json_answer(canned_view(call, kept))


async def remove(call: ApiCall) -> HTTPResponse:
    """Remove a canned reply."""
    kept = await _visible(call)
    _refuse_foreign(call, kept.what)
    await call.library.canned.remove(by_of(call), kept)
    return HTTPResponse(b"", 204)


async def used(call: ApiCall) -> HTTPResponse:
    """Count that a canned reply was used in a conversation."""
    body = body_as(call.request, UsedBody)
    kept = await _visible(call)
    conversation_id = await conversation_of(call, body.conversation_id)
    await call.library.canned.used(by_of(call), kept, conversation_id)
    return HTTPResponse(b"", 204)


async def fill(call: ApiCall) -> HTTPResponse:
    """Fill the variables of a text with what is known in a conversation."""
    body = body_as(call.request, FillBody)
    conversation_id = await conversation_of(call, body.conversation_id)
    filled = await call.library.canned.fill(body.text, conversation_id, _of_agent(call))
    return json_answer(FilledView(text=filled.text, missing=list(filled.missing)))


def _of_agent(call: ApiCall) -> dict[str, str]:
    who = None if call.admitted is None else call.admitted.who
    if who is None:
        return {}
    account = who.account
    return {"agent.name": account.display_name, "agent.staff_number": account.staff_number}


def _with_owner(call: ApiCall, fields: dict[str, Any], group: str) -> dict[str, Any]:
    """Return fields with the owner that their scope asks for.

    Raises:
        DeskError: There is a group without need, or none where one is needed (400).
    """
    scope = fields["scope"]
    if (scope == "group") != bool(group):
        message = "group is the id of a group where scope is group, else empty"
        raise bad(message, "group", why="scope-group")
    owner = {"personal": actor_of(call).account_id, "group": group, "shared": ""}[scope]
    return {**fields, "owner": owner}


async def _owners(call: ApiCall) -> set[str]:
    """Return whose replies somebody sees."""
    actor = actor_of(call)
    owners = {"", actor.account_id, *actor.groups}
    if flag(call.request, "all_groups") and may(call, EDIT_SHARED):
        owners |= {group.named_id for group in await call.staff.naming.all("group")}
    return owners


async def _visible(call: ApiCall) -> Kept[CannedReply]:
    """Return the reply of the path.

    Raises:
        DeskError: There is none, or it is another agent's own (404).
    """
    kept = await call.library.canned.one(call.parts["item_id"])
    actor, reply = actor_of(call), kept.what
    is_seen = {
        "personal": reply.owner == actor.account_id,
        "group": reply.owner in actor.groups or may(call, EDIT_SHARED),
        "shared": True,
    }[reply.scope]
    if not is_seen:
        raise no_such("canned reply")
    return kept


def _may_edit(call: ApiCall, reply: CannedReply) -> bool:
    subject = Subject(
        agent_id=reply.owner if reply.scope == "personal" else None,
        group_id=reply.owner if reply.scope == "group" else None,
    )
    return allows(actor_of(call), EDIT, subject)


def _refuse_foreign(call: ApiCall, reply: CannedReply) -> None:
    if not _may_edit(call, reply):
        raise not_allowed(f"this needs the permission {EDIT_SHARED}")


async def _check_edit(call: ApiCall, reply: CannedReply) -> None:
    """Refuse what somebody may not keep like that.

    Raises:
        StaffError: They may not (403).
        DeskError: There is no such group (400).
    """
    _refuse_foreign(call, reply)
    if reply.scope != "group":
        return
    try:
        if not is_id(reply.owner, "g"):
            raise bad("group is the id of a group", "group", why="gone-group")
        await call.staff.naming.one("group", reply.owner)
    except StaffError as error:
        raise bad("there is no such group", "group", why="gone-group") from error


ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/canned",
        canned,
        access="staff",
        form=Form(
            query={
                "q": "what is looked for in shortcut, title, folder and text; the best first",
                "scope": "only `personal`, `group` or `shared` ones",
                "folder": "only those in this folder, or below it",
                "language": "only those of this language, or of any",
                "all_groups": "`true`: those of other groups, too, for who edits shared ones",
                **PAGING,
            },
            answer=Page[CannedView],
        ),
    ),
    ApiRoute(
        "POST",
        "/api/v1/canned",
        create,
        access="staff",
        permission=EDIT,
        form=Form(body=CannedBody, answer=CannedView, status=201),
        max_body=SMALL,
    ),
    ApiRoute(
        "POST",
        "/api/v1/canned/fill",
        fill,
        access="staff",
        permission=Permission.CUSTOMER_READ,
        form=Form(body=FillBody, answer=FilledView),
        max_body=256 * 1024,
    ),
    ApiRoute(
        "PUT",
        "/api/v1/canned/<item_id:str>",
        change,
        access="staff",
        permission=EDIT,
        form=Form(body=CannedChange, answer=CannedView),
        max_body=SMALL,
    ),
    ApiRoute(
        "DELETE",
        "/api/v1/canned/<item_id:str>",
        remove,
        access="staff",
        permission=EDIT,
        form=Form(status=204),
    ),
    ApiRoute(
        "POST",
        "/api/v1/canned/<item_id:str>/used",
        used,
        access="staff",
        form=Form(body=UsedBody, status=204),
        max_body=SMALL,
    ),
)
