"""The trainer's inbox: real messages that were not well understood become examples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.errors import DeskError, ProjectError
from kefu.evaluation.inbox.decisions import Decision
from kefu.evaluation.inbox.groups import Group
from kefu.evaluation.inbox.inbox import InboxOrder, TrainingInbox
from kefu.evaluation.replay.replaying import Choice
from kefu.server.answers import bad_request, json_answer
from kefu.server.routes.form import Form, as_time, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

BASE: Final = "/api/v1/training/inbox"
_DAY: Final = 86_400.0
_USUAL: Final = 20
_MOST: Final = 200


class SuggestionShown(Struct, frozen=True):
    """An intent that a group may be of."""

    intent: str
    confidence: float


class TextShown(Struct, frozen=True, kw_only=True):
    """Messages that say the same, without what tells who wrote them."""

    text: str
    example: str
    """With its annotations, as it would stand in the file."""
    count: int
    warnings: list[str]
    """`name`: it may hold somebody's name; `number`: a number in it is annotated as nothing."""


class GroupShown(Struct, frozen=True, kw_only=True):
    """Messages that are alike."""

    id: str
    count: int
    last_at: datetime
    lowest_confidence: float
    why: dict[str, int]
    channels: dict[str, int]
    is_new: bool
    """It is like no example: probably a new intent."""
    suggestions: list[SuggestionShown]
    texts: list[TextShown]


class InboxShown(Struct, frozen=True, kw_only=True):
    """What there is to do."""

    groups: list[GroupShown]
    messages: int
    more: int
    """Groups that are not shown."""
    understood: int
    """Messages of which the model is sure by now."""
    below: float
    intents: list[str]
    is_watching: bool
    """What is written answers a moment later."""


class AcceptBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which intent a group is of."""

    intent: Annotated[str, Meta(min_length=1, max_length=200)]
    is_new: bool = False
    """The intent need not be there yet."""
    examples: Annotated[list[Annotated[str, Meta(max_length=2_000)]], Meta(max_length=500)] = []
    """With annotations; none: the group's most frequent text."""


class PlacedShown(Struct, frozen=True):
    """An example where it stands."""

    example: str
    file: str
    line: int


class AcceptedShown(Struct, frozen=True, kw_only=True):
    """What was written."""

    intent: str
    is_new: bool
    """No rule or story says yet what to do on the intent."""
    placed: list[PlacedShown]
    news: int | None
    """Number of the news before, to wait for the next at `/watch/news`; null: nobody watches."""


class UndoneShown(Struct, frozen=True, kw_only=True):
    """What was taken back."""

    texts: list[str]
    files: list[str]


async def inbox(call: ApiCall) -> HTTPResponse:
    """List groups of messages that nobody has decided on, those with most messages first."""
    there, order = _training(call), _order(call)
    with _files():
        view = await there.look(order)
    return json_answer(
        InboxShown(
            groups=[_shown(group) for group in view.groups],
            messages=view.messages,
            more=view.more,
            understood=view.understood,
            below=view.below,
            intents=sorted(there.intents()),
            is_watching=call.services.news is not None,
        )
    )


def _order(call: ApiCall) -> InboxOrder:
    days = _number(call, "days", 3650.0)
    limit = _number(call, "limit", _MOST)
    channel: str = call.request.args.get("channel") or ""
    since = None if days is None else call.services.clock.now() - days * _DAY
    choice = Choice(since=since, channels=frozenset(filter(None, [channel])))
    return InboxOrder(
        choice=choice,
        below=_number(call, "below", 1.0),
        most=_USUAL if limit is None else max(1, int(limit)),
    )


def _number(call: ApiCall, name: str, most: float) -> float | None:
    word: str = call.request.args.get(name) or ""
    if not word:
        return None
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise bad_request(f"'{name}' is a number from 0 to {most:g}.", name, "query")
    return number


def _shown(group: Group) -> GroupShown:
    return GroupShown(
        id=group.group_id,
        count=group.count,
        last_at=as_time(group.last_at),
        lowest_confidence=round(group.lowest, 4),
        why=dict(group.counted("why")),
        channels=dict(group.counted("channels")),
        is_new=group.is_new,
        suggestions=[
            SuggestionShown(one.intent, round(one.confidence, 4)) for one in group.suggestions
        ],
        texts=[
            TextShown(
                text=one.proposal.text,
                example=one.proposal.source,
                count=one.count,
                warnings=list(one.proposal.warnings),
            )
            for one in group.variants
        ],
    )


async def accept(call: ApiCall) -> HTTPResponse:
    """Write examples of an intent into the project's files, and settle the group with it."""
    body = body_as(call.request, AcceptBody)
    there = _training(call)
    group = await there.group(call.parts["group_id"])
    board = call.services.news
    before = None if board is None else board.state.number
    with _files():
        accepted = await there.accept(
            group, body.intent, by=_name(call), is_new=body.is_new, sources=body.examples
        )
    placed = [PlacedShown(one.source, one.file, one.line) for one in accepted.placed]
    view = AcceptedShown(intent=accepted.intent, is_new=accepted.is_new, placed=placed, news=before)
    return json_answer(view)


async def dismiss(call: ApiCall) -> HTTPResponse:
    """Take a group out of the inbox for good."""
    return await _set_aside(call, "dismissed")


async def put_off(call: ApiCall) -> HTTPResponse:
    """Take a group out of the inbox for a week."""
    return await _set_aside(call, "later")


async def _set_aside(call: ApiCall, decision: Decision) -> HTTPResponse:
    there = _training(call)
    group = await there.group(call.parts["group_id"])
    await there.set_aside(group, decision, by=_name(call))
    return HTTPResponse(b"", 204)


async def undo(call: ApiCall) -> HTTPResponse:
    """Take back what was decided on a group, and what was written."""
    with _files():
        decided = await _training(call).undo(call.parts["group_id"])
    files = sorted({one.file for one in decided if one.file})
    return json_answer(UndoneShown(texts=[one.text for one in decided], files=files))


@contextmanager
def _files() -> Iterator[None]:
    """Say of files that do not take something that they stay as they are."""
    try:
        yield
    except ProjectError as error:
        raise DeskError("not-written", str(error), status=409) from error


def _training(call: ApiCall) -> TrainingInbox:
    there = call.services.training
    if there is None:
        raise DeskError(
            "no-training",
            "this server does not run beside the project's files: start it with kefu run --watch,"
            " or use kefu inbox in a terminal",
            status=404,
        )
    return there


def _name(call: ApiCall) -> str:
    return call.acting.actor.name


_GROUP: Final = BASE + "/<group_id:str>"
_EDIT: Final = Permission.TRAINING_EDIT

ROUTES = (
    ApiRoute(
        "GET",
        BASE,
        inbox,
        access="staff",
        permission=_EDIT,
        form=Form(
            query={
                "days": "only messages of so many days",
                "channel": "only of this channel",
                "below": "confidence below which the bot was unsure; default: what it answers from",
                "limit": f"so many groups; default {_USUAL}, at most {_MOST}",
            },
            answer=InboxShown,
        ),
    ),
    ApiRoute(
        "POST",
        f"{_GROUP}/accept",
        accept,
        access="staff",
        permission=_EDIT,
        form=Form(body=AcceptBody, answer=AcceptedShown),
    ),
    ApiRoute(
        "POST", f"{_GROUP}/dismiss", dismiss, access="staff", permission=_EDIT,
        form=Form(status=204),
    ),
    ApiRoute(
        "POST", f"{_GROUP}/later", put_off, access="staff", permission=_EDIT,
        form=Form(status=204),
    ),
    ApiRoute(
        "POST", f"{_GROUP}/undo", undo, access="staff", permission=_EDIT,
        form=Form(answer=UndoneShown),
    ),
)  # fmt: skip
