"""What the routes of the desk have in common."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta
from sanic.response import HTTPResponse

from kefu.desk.people import Person
from kefu.desk.rows import RowRecord
from kefu.desk.serving import May
from kefu.desk.sessions import ServiceSession
from kefu.errors import DeskError
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.reach import person_of, sees, subject_of
from kefu.server.desk.services import DeskServices
from kefu.server.routes.table import ApiCall
from kefu.staff.permissions import Actor

__all__ = [
    "AgentId",
    "MessageId",
    "Words",
    "actor_of",
    "by_of",
    "desk_of",
    "guarded",
    "place_of",
    "readable",
    "row_answer",
    "word_of",
]

MAX_NAME: Final = 255
MAX_WORD: Final = 64

Words = Annotated[str, Meta(max_length=2_000)]
MessageId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
AgentId = Annotated[str, Meta(min_length=1, max_length=MAX_WORD)]


def desk_of(call: ApiCall) -> DeskServices:
    """Return the desk; its routes are served only where there is one."""
    desk: DeskServices = call.request.app.ctx.desk
    return desk


def actor_of(call: ApiCall) -> Actor:
    """Return who asks."""
    assert call.admitted is not None
    return call.admitted.actor


def by_of(call: ApiCall) -> Person:
    """Return who asks, as colleagues and customers are shown them."""
    avatar = call.admitted.who.account.avatar if call.admitted and call.admitted.who else ""
    return person_of(actor_of(call), avatar)


def word_of(call: ApiCall, name: str, *, most: int = MAX_WORD) -> str:
    """Return a parameter of the query; empty: it was not given.

    Raises:
        RequestError: It is too long, or no text for a database (400).
    """
    word: str = call.request.args.get(name) or ""
    if len(word) > most or "\0" in word or not _is_whole(word):
        raise bad_request(f"'{name}' has at most {most} characters.", name, "query")
    return word


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


async def place_of(call: ApiCall) -> str:
    """Return the id of the conversation that the path names.

    Raises:
        DeskError: It cannot be the name of one (404).
    """
    name = call.conversation_id
    if not 0 < len(name) <= MAX_NAME or "\0" in name or not _is_whole(name):
        raise _no_such()
    return await desk_of(call).threads.resolve(name)


async def readable(call: ApiCall) -> RowRecord:
    """Return the conversation that the path names, if whoever asks may read it.

    Raises:
        DeskError: There is none that they may read (404).
    """
    record = await desk_of(call).views.record(await place_of(call))
    if not sees(actor_of(call), subject_of(record.session)):
        raise _no_such()
    return record


def _no_such() -> DeskError:
    return DeskError("gone", "there is no such conversation", status=404)


async def row_answer(call: ApiCall, conversation_id: str) -> HTTPResponse:
    """Answer with a conversation as it stands in the list now."""
    desk = desk_of(call)
    drafts = await desk.drafts_of(actor_of(call).account_id)
    record = await desk.views.record(conversation_id)
    has_draft = record.conversation_id in drafts
    return json_answer(await desk.views.shown(record, has_draft=has_draft))


async def guarded(call: ApiCall, may: May) -> tuple[str, ServiceSession | None]:
    """Return the conversation that the path names with its session, if ``may`` lets it be acted on.

    For acts that the desk does not guard itself.
    """
    conversation_id = await place_of(call)
    record = await desk_of(call).views.record(conversation_id)
    may(record.session)
    return conversation_id, record.session
