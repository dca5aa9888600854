"""One act on many conversations: each by itself, so that one which cannot be done stops none."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.desk.people import Person
from kefu.errors import Conflict, DeskError, KefuError, StaffError
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.calls import AgentId, Words, actor_of, by_of, desk_of
from kefu.server.desk.marking import LabelIds, changing_labels, known_labels
from kefu.server.desk.moving import CloseBody, WrapUp, closing
from kefu.server.desk.own import SMALL
from kefu.server.desk.reach import may_act, may_assign, may_read, require
from kefu.server.routes.form import Form, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

P = Permission
MOST: Final = 200

Act = Literal["close", "label", "assign", "snooze", "read"]


class BulkBody(Struct, forbid_unknown_fields=True):
    """What to do with which conversations."""

    conversation_ids: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=255)]],
        Meta(min_length=1, max_length=MOST),
    ]
    act: Act
    add: LabelIds = []
    remove: LabelIds = []
    agent_id: AgentId | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    wrap_up: WrapUp | None = None
    invite_rating: bool = False
    """Whether the customers whose conversations are closed are asked how it was."""
    note: Words = ""


class FailedShown(Struct, frozen=True):
    """One that could not be done."""

    conversation_id: str
    problem: dict[str, Any]
    """`type`, `status`, `detail` and `details`, as a request for it alone had been answered."""


class BulkShown(Struct, frozen=True):
    """What was done."""

    done: list[str]
    failed: list[FailedShown]


async def bulk(call: ApiCall) -> HTTPResponse:
    """Close, label, assign, snooze or read many conversations."""
    body = body_as(call.request, BulkBody)
    await _check(call, body)
    by, done, failed = by_of(call), list[str](), list[FailedShown]()
    for conversation_id in dict.fromkeys(body.conversation_ids):
        try:
            await _act(call, body, conversation_id, by)
        except (DeskError, StaffError, Conflict) as error:
            failed.append(FailedShown(conversation_id, _problem(error)))
        else:
            done.append(conversation_id)
    if done and body.act in ("close", "assign"):
        data = {"count": len(done), "conversations": done[:20], "agent": body.agent_id or ""}
        await call.staff.record(call.acting, f"session.bulk_{body.act}", "", data)
    return json_answer(BulkShown(done, failed))


async def _check(call: ApiCall, body: BulkBody) -> None:
    match body.act:
        case "assign":
            require(actor_of(call), P.SESSION_ASSIGN)
            if body.agent_id is None:
                raise bad_request("'assign' needs 'agent_id'.", "agent_id")
        case "label":
            if not body.add and not body.remove:
                raise bad_request("'label' needs 'add' or 'remove'.", "add")
            await known_labels(call, body.add)
        case "close" | "snooze" | "read":
            pass


async def _act(call: ApiCall, body: BulkBody, conversation_id: str, by: Person) -> None:
    desk, actor = desk_of(call), actor_of(call)
    serving = desk.desk.serving
    match body.act:
        case "close":
            ending = CloseBody(body.wrap_up, body.invite_rating, body.note)
            await closing(call, conversation_id, ending)
        case "label":
            await changing_labels(call, conversation_id, body.add, body.remove)
        case "assign":
            agent_id = body.agent_id or ""
            await serving.assign(conversation_id, agent_id, by, may_assign(actor), body.note)
        case "snooze":
            until = None if body.until is None else body.until.timestamp()
            may = may_act(actor, P.SESSION_ANSWER, P.SESSION_ASSIGN)
            await serving.snooze(conversation_id, until, by, may)
        case "read":
            record = await desk.views.record(await desk.threads.resolve(conversation_id))
            may_read(actor)(record.session)
            await serving.read(record.conversation_id, record.last_seq, by)


def _problem(error: KefuError) -> dict[str, Any]:
    name, status, details = "conflict", 409, dict[str, Any]()
    if isinstance(error, DeskError | StaffError):
        name, status, details = error.problem, error.status, error.details
    more = {"details": details} if details else {}
    return {"type": f"urn:kefu:problem:{name}", "status": status, "detail": str(error), **more}


ROUTES = (
    ApiRoute(
        "POST",
        "/api/v1/inbox/bulk",
        bulk,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(body=BulkBody, answer=BulkShown),
        max_body=SMALL,
    ),
)
