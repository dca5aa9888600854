"""Sensitive words: the list of them, and what a text holds of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from sanic.response import HTTPResponse

from kefu.desk.library.records import Kept
from kefu.desk.library.watchwords import Action, Side, folded, masked, severest
from kefu.desk.library.words import SensitiveWord, Sides, order
from kefu.server.answers import json_answer
from kefu.server.desk.library.calls import MAX_TEXT, Line, Version
from kefu.server.desk.library.listed import Listed, routes_of
from kefu.server.routes.form import Form, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]


class WordBody(Struct, forbid_unknown_fields=True):
    """A new sensitive word."""

    word: Line
    action: Action = "warn"
    side: Sides = "both"
    """Whose texts are looked at."""
    category: Line = ""


class WordChange(Struct, forbid_unknown_fields=True):
    """What changes of a sensitive word."""

    version: Version | UnsetType = UNSET
    word: Line | UnsetType = UNSET
    action: Action | UnsetType = UNSET
    side: Sides | UnsetType = UNSET
    category: Line | UnsetType = UNSET


class WordView(Struct, frozen=True, kw_only=True):
    """A sensitive word."""

    id: str
    word: str
    action: Action
    side: Sides
    category: str
    version: int


class CheckBody(Struct, forbid_unknown_fields=True):
    """A text to look at."""

    text: Annotated[str, Meta(max_length=MAX_TEXT)]
    side: Side = "agent"
    """Who wrote it."""


class HitView(Struct, frozen=True, kw_only=True):
    """Where a word stands in a text."""

    start: int
    """In characters (code points), from 0."""
    end: int
    """Behind the last."""
    word: str
    category: str
    action: Action


class CheckView(Struct, frozen=True, kw_only=True):
    """What a text holds."""

    hits: list[HitView]
    action: Action | None
    """The most severe one; null: nothing was found."""
    masked: str
    """The text with stars where it is to be masked."""


def word_view(kept: Kept[SensitiveWord]) -> WordView:
    """Return a word as it is shown."""
    word = kept.what
    return WordView(
        id=kept.item_id,
        word=word.word,
        action=word.action,
        side=word.side,
        category=word.category,
        version=kept.version,
    )


def _is_asked_for(call: ApiCall, kept: Kept[SensitiveWord]) -> bool:
    wanted, category = (call.request.args.get(name) or "" for name in ("q", "category"))
    return folded(wanted) in folded(kept.what.word) and category in ("", kept.what.category)


async def check(call: ApiCall) -> HTTPResponse:
    """Look for sensitive words in a text."""
    body = body_as(call.request, CheckBody)
    hits = await call.library.words.check(body.text, body.side)
    shown = [
        HitView(
            start=hit.start, end=hit.end, word=hit.word, category=hit.category, action=hit.action
        )
        for hit in hits
    ]
    return json_answer(CheckView(hits=shown, action=severest(hits), masked=masked(body.text, hits)))


WORDS = Listed(
    path="/api/v1/words",
    words="a sensitive word",
    of=lambda call: call.library.words,
    record=SensitiveWord,
    body=WordBody,
    change=WordChange,
    view=WordView,
    shown=word_view,
    order=order,
    read=Permission.WORDS_MANAGE,
    manage=Permission.WORDS_MANAGE,
    query={"q": "part of the word", "category": "only words of that category"},
    is_asked_for=_is_asked_for,
)

ROUTES = (
    *routes_of(WORDS),
    ApiRoute(
        "POST",
        "/api/v1/words/check",
        check,
        access="staff",
        form=Form(body=CheckBody, answer=CheckView),
        max_body=256 * 1024,
    ),
)
