"""The bot's drafts: those that wait for an agent, what became of the others, and their export."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.desk.reviews import Review
from kefu.errors import DeskError
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.calls import actor_of, by_of, desk_of, word_of
from kefu.server.desk.own import SMALL
from kefu.server.desk.reach import sees
from kefu.server.desk.shapes import ReviewShown
from kefu.server.routes.form import PAGING, Form, Page, as_cursor, body_as, cursor_of, limit_of
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Actor, Permission, Subject

__all__ = ["ROUTES"]

P = Permission
MAX_TEXT: Final = 10_000
PAGE: Final = 500
MOST_EXPORTED: Final = 20_000
SEEN_AT_ONCE: Final = 1_000
LABELLED: Final = frozenset({"approved", "edited", "discarded"})
FORMATS: Final = ("yaml", "json")


class DecideBody(Struct, forbid_unknown_fields=True):
    """What shall become of a draft."""

    decision: Literal["approve", "edit", "discard"]
    text: Annotated[str, Meta(max_length=MAX_TEXT)] | None = None
    """What to say instead, when it is edited."""
    take: bool = False
    """When it is discarded: take the conversation oneself."""


def _is_seen(actor: Actor, review: Review) -> bool:
    return sees(actor, Subject(group_id=review.group_id))


async def listed(call: ApiCall) -> HTTPResponse:
    """List drafts: open ones by deadline, or decided ones, the latest first."""
    state = word_of(call, "state") or "open"
    if state not in ("open", "decided"):
        raise bad_request("'state' must be open or decided.", "state", "query")
    desk, actor, limit = desk_of(call), actor_of(call), limit_of(call.request)
    behind = cursor_of(call.request)
    if state == "open":
        everything = await desk.desk.store.reviews(is_open=True, limit=SEEN_AT_ONCE)
        found = [one for one in everything if _is_seen(actor, one)]
        places = [f"{one.deadline:017.3f} {one.review_id}" for one in found]
        rest = [one for one, at in zip(found, places, strict=True) if not behind or at > behind]
        cut = rest[:limit]
        last = f"{cut[-1].deadline:017.3f} {cut[-1].review_id}" if cut else ""
        following = as_cursor(last) if len(rest) > limit else None
    else:
        cut, following = await _decided(call, behind, limit)
    items = [await desk.views.review(review) for review in cut]
    return json_answer(Page(items=items, next=following))


async def _decided(
    call: ApiCall, behind: str | None, limit: int
) -> tuple[list[Review], str | None]:
    try:
        before = None if behind is None else float(behind)
    except ValueError as error:
        raise bad_request("'cursor' must be 'next' of a page.", "cursor", "query") from error
    store, actor = desk_of(call).desk.store, actor_of(call)
    found = await store.reviews(is_open=False, before=before, limit=limit + 1)
    cut = list(found[:limit])
    following = as_cursor(repr(cut[-1].decided_at)) if len(found) > limit else None
    return [one for one in cut if _is_seen(actor, one)], following


async def one(call: ApiCall) -> HTTPResponse:
    """Show a draft."""
    return json_answer(await desk_of(call).views.review(await _wanted(call)))


async def claim(call: ApiCall) -> HTTPResponse:
    """Say that one looks at a draft, so that nobody else need to."""
    review = await _wanted(call)
    desk = desk_of(call)
    claimed = await desk.desk.reviewing.claim(review.review_id, by_of(call))
    return json_answer(await desk.views.review(claimed))


async def decide(call: ApiCall) -> HTTPResponse:
    """Approve a draft, send something else instead, or discard it."""
    body = body_as(call.request, DecideBody)
    review, desk = await _wanted(call), desk_of(call)
    by = by_of(call)
    decided = await desk.desk.reviewing.decide(review.review_id, by, body.decision, text=body.text)
    if body.take and body.decision == "discard":
        await _take(call, review.conversation_id)
    return json_answer(await desk.views.review(decided))


async def _take(call: ApiCall, conversation_id: str) -> None:
    """Take a conversation whose draft one discarded; who was faster keeps it."""
    desk, actor = desk_of(call), actor_of(call)

    def may(session: Any) -> None:
        if session is not None and session.agent_id not in (None, actor.account_id):
            raise DeskError("not-yours", "another agent has this conversation by now")

    try:
        await desk.desk.serving.take_over(conversation_id, by_of(call), may)
    except DeskError as error:
        if error.problem != "not-yours":
            raise


async def _wanted(call: ApiCall) -> Review:
    name = call.parts["review_id"]
    is_text = name.isascii() and name.isprintable() and len(name) <= 64
    review = await desk_of(call).desk.store.review(name) if is_text else None
    if review is None or not _is_seen(actor_of(call), review):
        raise DeskError("gone", "there is no such draft", status=404)
    return review


async def export(call: ApiCall) -> HTTPResponse:
    """Give what agents decided as training material: examples of intents, and answers."""
    kind = word_of(call, "format") or "yaml"
    if kind not in FORMATS:
        raise bad_request("'format' must be yaml or json.", "format", "query")
    reviews = [review async for review in _labelled(call)]
    await call.staff.record(call.acting, "reviews.exported", "", {"count": len(reviews)})
    if kind == "json":
        items = [_as_json(review) for review in reviews]
        headers = {"Content-Disposition": 'attachment; filename="reviews.json"'}
        return json_answer({"items": items}, headers=headers)
    headers = {"Content-Disposition": 'attachment; filename="reviews.yml"'}
    return HTTPResponse(_as_yaml(reviews), 200, headers, "application/yaml; charset=utf-8")


async def _labelled(call: ApiCall) -> AsyncIterator[Review]:
    store, actor, before, count = desk_of(call).desk.store, actor_of(call), None, 0
    while page := await store.reviews(is_open=False, before=before, limit=PAGE):
        for review in page:
            if review.state in LABELLED and _is_seen(actor, review):
                yield review
                count += 1
        before = page[-1].decided_at
        if len(page) < PAGE or count >= MOST_EXPORTED or before is None:
            return


def _as_json(review: Review) -> dict[str, Any]:
    return {
        "question": review.question,
        "intent": review.intent,
        "action": review.action,
        "draft": dict(review.draft),
        "decision": review.state,
        "answer": _answer(review),
        "confidence": review.confidence,
        "parts": dict(review.parts),
        "decided_at": review.decided_at,
    }


def _answer(review: Review) -> str | None:
    """Return what was right to say; None: nothing of the bot's."""
    if review.state == "edited":
        return review.text
    said = review.draft.get("text")
    return said if review.state == "approved" and isinstance(said, str) else None


def _as_yaml(reviews: list[Review]) -> str:
    """Return examples of the intents that agents confirmed, and the answers they wrote instead."""
    examples: dict[str, dict[str, None]] = {}
    corrected: list[Review] = []
    for review in reviews:
        if review.state == "approved" and review.intent:
            examples.setdefault(review.intent, {})[" ".join(review.question.split())] = None
        elif review.state == "edited":
            corrected.append(review)
    lines = ['version: "3.1"']
    lines += ["nlu:"] if examples else []
    for intent in sorted(examples):
        lines += [f"- intent: {_quoted(intent)}", "  examples: |"]
        lines += [f"    - {_example(text)}" for text in examples[intent] if text]
    lines += ["# Agents said something else than the bot would have:"] if corrected else []
    for review in corrected:
        lines += [
            f"# - question: {_quoted(review.question)}",
            f"#   action: {_quoted(review.action)}",
            f"#   answer: {_quoted(review.text or '')}",
        ]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """Return a text as a YAML scalar on one line; JSON's strings are YAML's."""
    return msgspec.json.encode(text).decode()


def _example(text: str) -> str:
    """Return a question as an example, in which brackets would mark entities."""
    return text.replace("[", "［").replace("]", "］").replace("{", "｛").replace("}", "｝")


THIS: Final = "/api/v1/reviews/<review_id:str>"

ROUTES = (
    ApiRoute(
        "GET",
        "/api/v1/reviews",
        listed,
        access="staff",
        permission=P.REVIEW_DECIDE,
        form=Form(
            query={"state": "`open` or `decided`; default open", **PAGING},
            answer=Page[ReviewShown],
        ),
    ),
    ApiRoute(
        "GET",
        "/api/v1/reviews/export",
        export,
        access="staff",
        permission=P.EXPORT,
        form=Form(query={"format": "`yaml` or `json`; default yaml"}),
    ),
    ApiRoute(
        "GET",
        THIS,
        one,
        access="staff",
        permission=P.REVIEW_DECIDE,
        form=Form(answer=ReviewShown),
    ),
    ApiRoute(
        "POST",
        f"{THIS}/claim",
        claim,
        access="staff",
        permission=P.REVIEW_DECIDE,
        form=Form(answer=ReviewShown),
        max_body=SMALL,
    ),
    ApiRoute(
        "POST",
        f"{THIS}/decide",
        decide,
        access="staff",
        permission=P.REVIEW_DECIDE,
        form=Form(body=DecideBody, answer=ReviewShown),
        max_body=SMALL,
    ),
)
