"""The trainer's inbox: real messages that were not well understood become examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Final, TypeAlias, TypeVar

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.errors import DeskError, ProjectError
from kefu.evaluation.inbox.decisions import Decision
from kefu.evaluation.inbox.groups import Group, id_of
from kefu.evaluation.inbox.inbox import InboxOrder, TrainingInbox
from kefu.evaluation.inbox.selecting import Wanted
from kefu.evaluation.inbox.terms import SORTS, WHYS
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.library.calls import by_of
from kefu.server.routes.form import Form, as_time, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

BASE: Final = "/api/v1/training/inbox"
_DAY: Final = 86_400.0
_USUAL: Final = 20
_MOST: Final = 200
MAX_TEXT: Final = 200
Word = TypeVar("Word", bound=str)


class SuggestionShown(Struct, frozen=True):
    """An intent that a group may be of."""

    intent: str
    confidence: float


class TextShown(Struct, frozen=True, kw_only=True):
    """Messages that say the same, without what tells who wrote them."""

    id: str
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
    channels: list[str]
    is_watching: bool
    """What is written answers a moment later; else with the next training."""
    is_writable: bool
    """Examples can be written; else the files, or their folder, are not to be written to."""
    is_cut: bool
    """There were more messages than can be kept: the oldest are missing."""


_Texts: TypeAlias = Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=5_000)]


class SetAsideBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What of a group is set aside."""

    texts: _Texts = []
    """Ids of the texts that were shown; none: the group as it is now."""


class AcceptBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which intent a group is of."""

    intent: Annotated[str, Meta(min_length=1, max_length=200)]
    is_new: bool = False
    """The intent need not be there yet."""
    examples: Annotated[list[Annotated[str, Meta(max_length=2_000)]], Meta(max_length=500)] = []
    """With annotations; none: the group's most frequent text."""
    texts: _Texts = []
    """Ids of the texts that were shown, which are settled; none: the group as it is now."""


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
            intents=sorted(view.intents),
            channels=list(view.channels),
            is_watching=call.services.news is not None,
            is_writable=view.is_writable,
            is_cut=view.is_cut,
        )
    )


def _order(call: ApiCall) -> InboxOrder:
    days = _number(call, "days", 3650.0)
    limit = _number(call, "limit", _MOST)
    since = None if days is None else call.services.clock.now() - days * _DAY
    least, most = _number(call, "confidence_from", 1.0), _number(call, "confidence_to", 1.0)
    args = call.request.args
    return InboxOrder(
        wanted=Wanted(
            since=since,
            channels=frozenset(filter(None, args.getlist("channel", []))),
            whys=frozenset(_one_of(name, "why", WHYS) for name in args.getlist("why", [])),
            least=least or 0.0,
            most=1.0 if most is None else most,
            text=(args.get("text") or "")[:MAX_TEXT],
            intents=frozenset(filter(None, args.getlist("intent", []))),
            sort=_one_of(args.get("sort") or SORTS[0], "sort", SORTS),
        ),
        below=_number(call, "below", 1.0),
        most=_USUAL if limit is None else max(1, int(limit)),
    )


def _one_of(word: str, name: str, known: Sequence[Word]) -> Word:
    for one in known:
        if one == word:
            return one
    raise bad_request(f"'{name}' is one of {', '.join(known)}.", name, "query")


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
        channels=dict(group.counted("channel")),
        is_new=group.is_new,
        suggestions=[
            SuggestionShown(one.intent, round(one.confidence, 4)) for one in group.suggestions
        ],
        texts=[
            TextShown(
                id=id_of(one.key),
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
    board = call.services.news
    before = None if board is None else board.state.number
    with _files():
        group = await there.group(call.parts["group_id"], _order(call), frozenset(body.texts))
        accepted = await there.accept(
            group, body.intent, by=by_of(call), is_new=body.is_new, sources=body.examples
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
    body = body_as(call.request, SetAsideBody)
    there = _training(call)
    with _files():
        group = await there.group(call.parts["group_id"], _order(call), frozenset(body.texts))
    await there.set_aside(group, decision, by=by_of(call))
    return HTTPResponse(b"", 204)


async def undo(call: ApiCall) -> HTTPResponse:
    """Take back what was decided on a group, and what was written."""
    with _files():
        decided = await _training(call).undo(call.parts["group_id"], by=by_of(call))
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
            "this server cannot show the trainer's inbox: it runs without the project's files, or"
            " keeps its log in memory; use kefu inbox in a terminal beside the files",
            status=404,
        )
    return there


_QUERY: Final = {
    "days": "only messages of so many days",
    "channel": "only of this channel; may be given more than once",
    "why": f"only messages that are there for this: {', '.join(WHYS)}; may be given more than once",
    "confidence_from": "only messages of this confidence or a higher one",
    "confidence_to": "only messages of this confidence or a lower one",
    "text": "only groups with this in one of their texts",
    "intent": "only groups that this intent is suggested for; may be given more than once",
    "sort": f"which groups come first: {', '.join(SORTS)}",
    "below": "confidence below which the bot was unsure; default: what it answers from",
}
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
                **_QUERY,
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
        form=Form(query=_QUERY, body=AcceptBody, answer=AcceptedShown),
    ),
    ApiRoute(
        "POST", f"{_GROUP}/dismiss", dismiss, access="staff", permission=_EDIT,
        form=Form(query=_QUERY, body=SetAsideBody, status=204),
    ),
    ApiRoute(
        "POST", f"{_GROUP}/later", put_off, access="staff", permission=_EDIT,
        form=Form(query=_QUERY, body=SetAsideBody, status=204),
    ),
    ApiRoute(
        "POST", f"{_GROUP}/undo", undo, access="staff", permission=_EDIT,
        form=Form(answer=UndoneShown),
    ),
)  # fmt: skip
