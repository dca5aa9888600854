"""What agents say to customers, and among themselves; the files they send; what is suggested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from sanic.response import HTTPResponse

from kefu.core.contents import (
    Content,
    File,
    Image,
    Rating,
    RatingRequest,
    Video,
    Voice,
    content_as_json,
    content_of,
)
from kefu.core.messages import AgentMessage
from kefu.core.notes import note
from kefu.desk.suggestions import Suggestion, read_suggestion_id
from kefu.errors import AttachmentRefused, DeskError, RequestError
from kefu.server.answers import bad_request, json_answer
from kefu.server.desk.calls import (
    AgentId,
    MessageId,
    actor_of,
    by_of,
    desk_of,
    guarded,
    readable,
    row_answer,
)
from kefu.server.desk.moving import NothingBody, act_route, acting
from kefu.server.desk.reach import may_answer, require
from kefu.server.desk.shapes import Item, Row
from kefu.server.routes.form import Form, body_as
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.permissions import Permission

__all__ = ["ROUTES"]

P = Permission
THIS: Final = "/api/v1/conversations/<conversation_id:str>"
LATEST: Final = 2**53
MAX_TEXT: Final = 10_000
MOST_MENTIONS: Final = 20
LOOKS_AT: Final = 30
"""So many items of a thread tell what the customer asked last."""
MULTIPART: Final = "multipart/form-data"
_LINKS: Final = ("http://", "https://", "/", "miniprogram://")
_LINK_FIELDS: Final = frozenset({"url", "image", "thumbnail"})

Text = Annotated[str, Meta(max_length=MAX_TEXT)]


class MessageBody(Struct, forbid_unknown_fields=True):
    """What is said to the customer: words, a content, or both."""

    message_id: MessageId
    """The sender's own: sending it again is safe."""
    text: Text = ""
    content: dict[str, Any] | None = None
    """See docs/reference/messages.md."""
    reply_to: Annotated[int, Meta(ge=1, le=LATEST)] | None = None
    """Place in the thread of what it answers."""


class PrivateBody(Struct, forbid_unknown_fields=True):
    """What is said to colleagues alone."""

    message_id: MessageId
    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    mentions: Annotated[list[AgentId], Meta(max_length=MOST_MENTIONS)] = []
    is_whisper: bool = False
    """To the agent whose conversation it is; needs `session.whisper`."""


class SaidShown(Struct, frozen=True):
    """It is in the log."""

    seq: int


class PlaceBody(Struct, forbid_unknown_fields=True):
    """A place in the thread."""

    seq: Annotated[int, Meta(ge=1, le=LATEST)]


class AttachmentShown(Struct, frozen=True, kw_only=True):
    """A file that is kept, and the content to send it as."""

    attachment: str
    url: str
    content: dict[str, Any]


class SuggestionShown(Struct, frozen=True, kw_only=True):
    """A reply that may be inserted."""

    suggestion_id: str
    kind: str
    """`faq`, `past` or `draft`."""
    text: str
    source: str
    score: float


class SuggestionsShown(Struct, frozen=True):
    """Replies that may be inserted, the best first."""

    items: list[SuggestionShown]


class UsedBody(Struct, forbid_unknown_fields=True):
    """What became of a suggestion."""

    text: Text = ""
    """As it was sent."""


async def say(call: ApiCall) -> HTTPResponse:
    """Say something to the customer."""
    body = body_as(call.request, MessageBody)
    desk, may = desk_of(call), may_answer(actor_of(call))
    conversation_id, _ = await guarded(call, may)
    content = None if body.content is None else await _content(call, conversation_id, body.content)
    message = AgentMessage(
        conversation_id=conversation_id,
        agent=by_of(call).as_json(),
        message_id=body.message_id,
        text=body.text.strip() or None,
        content=content,
        reply_to=body.reply_to,
    )
    seq = await desk.desk.speaking.say(message, by_of(call), may)
    return json_answer(SaidShown(seq))


async def _content(call: ApiCall, conversation_id: str, raw: Mapping[str, Any]) -> Content:
    """Return what an agent sends, which leads nowhere that a page must not."""
    content = content_of(raw)
    if isinstance(content, Rating | RatingRequest):
        raise bad_request("Ratings are asked for at rating_invitation.", "content")
    shown = content_as_json(content)
    if not all(link.startswith(_LINKS) for link in _links(shown)):
        raise bad_request("Addresses in a content begin with https:// or http://.", "content")
    attachment, files = shown.get("attachment"), desk_of(call).files
    if attachment is not None:
        kept = None if files is None else await files.find(attachment)
        leads_to = "" if kept is None else await desk_of(call).threads.resolve(kept.conversation_id)
        if leads_to != conversation_id:
            text = "there is no such file in this conversation; send it to /attachments first"
            raise AttachmentRefused(text, status=400, details={"why": "no-file"})
    return content


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in _LINK_FIELDS and isinstance(item, str):
                yield item
            else:
                yield from _links(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _links(item)


async def private(call: ApiCall) -> HTTPResponse:
    """Say something that only colleagues see."""
    body = body_as(call.request, PrivateBody)
    desk, actor = desk_of(call), actor_of(call)
    record = await readable(call)
    require(actor, P.SESSION_WHISPER if body.is_whisper else P.SESSION_ANSWER)
    if body.is_whisper and (record.session is None or record.session.agent_id is None):
        raise DeskError("no-session", "no agent has this conversation: nobody hears a whisper")
    people = await desk.views.people()
    unknown = [one for one in body.mentions if one not in people]
    if unknown:
        raise bad_request(f"There is no agent {unknown[0]!r}.", "mentions")
    seq = await desk.desk.speaking.note(
        record.conversation_id,
        by_of(call),
        message_id=body.message_id,
        text=body.text,
        mentions=body.mentions,
        is_whisper=body.is_whisper,
    )
    return json_answer(SaidShown(seq))


async def recall(call: ApiCall) -> HTTPResponse:
    """Take back what one said a moment ago."""
    body = body_as(call.request, PlaceBody)
    record = await readable(call)
    await desk_of(call).desk.speaking.recall(record.conversation_id, body.seq, by_of(call))
    return await row_answer(call, record.conversation_id)


async def invite_rating(call: ApiCall) -> HTTPResponse:
    """Ask the customer how the service was."""
    body_as(call.request, NothingBody)
    may = may_answer(actor_of(call))
    conversation_id, _ = await guarded(call, may)
    return await acting(
        call, desk_of(call).desk.speaking.ask_for_rating(conversation_id, by_of(call), may)
    )


# -- files


async def attach(call: ApiCall) -> HTTPResponse:
    """Keep a file, the body itself with `?name=` and `?type=`, or the part `file` of a form."""
    desk = desk_of(call)
    if desk.files is None:
        raise RequestError(404, "NotFound", "This server keeps no files.")
    conversation_id, _ = await guarded(call, may_answer(actor_of(call)))
    data, name, declared = _file_in(call)
    kept = await desk.files.put(
        data, name=name, declared_type=declared, conversation_id=conversation_id
    )
    kind, _, _ = kept.content_type.partition("/")
    number = kept.attachment_id
    match kind:
        case "image":
            content: Content = Image(attachment=number, name=kept.name)
        case "audio":
            content = Voice(attachment=number)
        case "video":
            content = Video(attachment=number)
        case _:
            content = File(attachment=number, name=kept.name, size=kept.size)
    url = desk.files.link(number)
    shown = AttachmentShown(attachment=number, url=url, content=content_as_json(content))
    return json_answer(shown, 201)


def _file_in(call: ApiCall) -> tuple[bytes, str | None, str | None]:
    request = call.request
    declared = request.headers.get("content-type", "")
    if not declared.lower().startswith(MULTIPART):
        name = request.args.get("name")
        return request.body, name, request.args.get("type") or declared or None
    is_form = "boundary=" in declared.lower()  # the framework logs what has none as its error
    found: Any = request.files.get("file") if is_form and request.files else None
    if found is None:
        raise bad_request("The form has no part 'file'.", "file")
    return found.body, found.name, found.type


# -- suggestions


async def suggestions(call: ApiCall) -> HTTPResponse:
    """Suggest replies to what the customer said last."""
    record, desk = await readable(call), desk_of(call)
    if desk.suggestions is None:
        return json_answer(SuggestionsShown([]))
    name = record.conversation_id
    page = await desk.reader.newest(name, LOOKS_AT)
    review = (await desk.views.open_reviews()).get(name)
    draft = None
    if review is not None and isinstance(review.draft.get("text"), str):
        text = review.draft["text"]
        score = review.confidence
        draft = Suggestion(kind="draft", text=text, source=review.action, score=score)
    found = await desk.suggestions.of(_asked(page.items), draft=draft)
    return json_answer(SuggestionsShown([_shown(one) for one in found]))


def _asked(items: Sequence[Item]) -> str:
    """Return what the customer said since anybody answered, or else said last."""
    words: list[str] = []
    for item in reversed(items):
        if item.kind == "customer" and isinstance(item.text, str):
            words.append(item.text)
        elif item.kind in ("agent", "bot") and words:
            break
    return "\n".join(reversed(words))


def _shown(suggestion: Suggestion) -> SuggestionShown:
    return SuggestionShown(
        suggestion_id=suggestion.suggestion_id,
        kind=suggestion.kind,
        text=suggestion.text,
        source=suggestion.source,
        score=suggestion.score,
    )


async def used(call: ApiCall) -> HTTPResponse:
    """Note that a suggestion was inserted, as what; the log keeps it for reports and training."""
    body = body_as(call.request, UsedBody)
    named = read_suggestion_id(call.parts["suggestion_id"])
    if named is None:
        raise RequestError(404, "NotFound", "There is no such suggestion.")
    conversation_id, _ = await guarded(call, may_answer(actor_of(call)))
    kind, source = named
    told = note(
        "suggestion_used",
        kind=kind,
        source=source,
        text=body.text or None,
        agent=by_of(call).as_json(),
    )
    await desk_of(call).threads.note(conversation_id, told)
    return HTTPResponse(b"", 204)


ROUTES = (
    act_route("messages", say, P.SESSION_ANSWER, MessageBody, SaidShown),
    act_route("private", private, P.SESSION_READ_MINE, PrivateBody, SaidShown),
    act_route("recall", recall, P.SESSION_ANSWER, PlaceBody, Row),
    act_route("rating_invitation", invite_rating, P.SESSION_ANSWER, NothingBody, Row),
    ApiRoute(
        "POST",
        f"{THIS}/attachments",
        attach,
        access="staff",
        permission=P.SESSION_ANSWER,
        form=Form(
            query={"name": "what the file is called", "type": "its type, where it is known"},
            answer=AttachmentShown,
            status=201,
        ),
    ),
    ApiRoute(
        "GET",
        f"{THIS}/suggestions",
        suggestions,
        access="staff",
        permission=P.SESSION_READ_MINE,
        form=Form(answer=SuggestionsShown),
    ),
    act_route("suggestions/<suggestion_id:str>/used", used, P.SESSION_ANSWER, UsedBody, None, 204),
)
