"""The web channel by plain HTTP, where WebSockets do not get through."""

from __future__ import annotations

import asyncio
import hashlib
import random
from dataclasses import replace
from urllib.parse import unquote

import msgspec

from kefu.channels.base import Signal, WebRequest, WebResponse, json_response
from kefu.channels.web.frames import (
    Hello,
    LeaveMessage,
    Message,
    User,
    decode_frame,
    decode_message,
)
from kefu.channels.web.origins import FOREIGN, Origins
from kefu.channels.web.reception import Caller, Frame, Reception
from kefu.channels.web.view import View
from kefu.channels.web.visitors import Visitors, cookie_of, token_in_cookie
from kefu.errors import ChannelError

__all__ = ["Polling"]

MAX_WAIT_SECONDS = 30.0
POLL_LENGTH = 200
BEARER = "bearer "
STATUS_OF = {"too_many": 429, "blocked": 403, "unavailable": 503}


class Polling:
    """Answers the channel's HTTP requests."""

    def __init__(self, reception: Reception, visitors: Visitors, origins: Origins) -> None:
        self._reception = reception
        self._door = reception.door
        self._visitors = visitors
        self._origins = origins
        self._waiting: set[asyncio.Event] = set()
        self._is_stopping = False

    def stop_waiting(self) -> None:
        """Answer all who wait for news, now and from now on: the server stops."""
        self._is_stopping = True
        for news in self._waiting:
            news.set()

    async def visitor(self, request: WebRequest) -> WebResponse:
        """Return a token: a new visitor's, or with ``known=1`` that of the cookie.

        Pages of this server get it as a cookie, too, which outlives their storage.
        """
        own = self._origins.is_own(request)
        token = token_in_cookie(request) if own and request.query.get("known") == "1" else None
        if token is None or self._visitors.conversation_of(token) is None:
            token = self._visitors.new_token()
        answer = json_response({"token": token}, 201)
        return replace(answer, headers={"Set-Cookie": cookie_of(token, request)}) if own else answer

    async def message(self, request: WebRequest) -> WebResponse:
        """Take a message; 202 when it is in the log."""
        caller = await self._caller(request)
        if isinstance(caller, WebResponse):
            return caller
        frame = decode_message(request.body, max_text=self._reception.limits.max_text)
        receipt, answers = await self._reception.take(caller, frame)
        if receipt is None:
            return _refusal(answers[-1])
        taken = {"accepted": frame.id, "seq": receipt.seq, "repeat": receipt.is_repeat}
        return json_response(taken, status=202)

    async def frames(self, request: WebRequest) -> WebResponse:
        """Do what any other frame asks for; return the frames that answer it."""
        caller = await self._caller(request)
        if isinstance(caller, WebResponse):
            return caller
        frame = decode_frame(request.body, max_text=self._reception.limits.max_text)
        if isinstance(frame, Message | LeaveMessage):
            receipt, answers = await self._reception.take(caller, frame)
            return _refusal(answers[-1]) if receipt is None else _listed(answers)
        if not isinstance(frame, Hello | User):
            return _listed(await self._reception.answer(caller, frame))
        hello = frame if isinstance(frame, Hello) else Hello(user=frame.token)
        before = caller.conversation_id
        caller, answers = await self._reception.greet(caller.token, caller.address, hello)
        if isinstance(frame, User) and answers:
            return _listed(answers)
        seq, owner = await self._standing(caller)
        moved = [{"type": "reset"}] if before != caller.conversation_id else []
        return _listed([*moved, self._reception.welcome(caller, seq=seq, owner=owner), *answers])

    async def events(self, request: WebRequest) -> WebResponse:
        """Return what is behind ``after``, first who answers; with ``wait``, wait for more.

        What is not in the log (who types, what was read) is told to those who wait.
        """
        caller = await self._caller(request)
        if isinstance(caller, WebResponse):
            return caller
        after = int(_number(request, "after"))
        wait = min(_number(request, "wait"), MAX_WAIT_SECONDS)
        mark = caller.conversation_mark
        reception, name = self._reception, caller.conversation_id
        humans = reception.context.humans
        view = View(reception.transcript, caller.address, after, humans=humans)
        view.is_elsewhere = request.query.get("conversation", mark) != mark
        last_seq, owner = await self._standing(caller)
        answering = await reception.who_answers.at(name, last_seq, owner)
        is_reset = not view.begin(name, last_seq, answering)
        if owner == "queue" and humans is not None:
            await humans.look()
        frames = [view.state(), *await self._news(caller, view, wait)]
        return json_response(
            {"frames": frames, "seq": view.cursor, "reset": is_reset, "conversation": mark}
        )

    async def _standing(self, caller: Caller) -> tuple[int, str]:
        head = await self._door.head(caller.conversation_id)
        return (0, "bot") if head is None else (head.last_seq, head.owner)

    async def _news(self, caller: Caller, view: View, wait: float) -> list[Frame]:
        """Return the frames that bring the view up to date, having waited for one."""
        news = asyncio.Event()
        frames: list[Frame] = []

        def told(signal: Signal) -> None:
            frames.extend(view.signalled(signal))
            if frames:
                news.set()

        def changed() -> None:
            frames.extend(view.changed())
            if frames:
                news.set()

        humans = self._reception.context.humans
        stop_listening = None if humans is None else humans.listen(changed)
        stop_watching = self._door.watch(caller.conversation_id, news.set, signals=told)
        self._waiting.add(news)
        try:
            async with asyncio.timeout(wait or None):
                while True:
                    news.clear()
                    passage = await self._door.passage(
                        caller.address, after=view.cursor, limit=POLL_LENGTH
                    )
                    if passage.conversation_id != caller.conversation_id:
                        break  # the next request begins anew there
                    frames += view.told(passage.entries)
                    if frames or not wait or self._is_stopping:
                        break
                    await news.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(news)
            stop_watching()
            if stop_listening is not None:
                stop_listening()
        return frames

    async def upload(self, request: WebRequest) -> WebResponse:
        """Keep a file; 201 with its id."""
        caller = await self._caller(request)
        if isinstance(caller, WebResponse):
            return caller
        attachments = self._reception.context.attachments
        if attachments is None:
            return _error(404, "not_allowed", "this server keeps no attachments")
        if not self._reception.limits.signals.admits(caller.address):
            return _error(429, "too_many", "too many files; wait a moment")
        name = request.headers.get("x-file-name")
        kept = await attachments.put(
            request.body,
            name=None if name is None else unquote(name),
            declared_type=request.headers.get("content-type"),
            conversation_id=caller.address,
        )
        known = {
            "attachment_id": kept.attachment_id,
            "name": kept.name,
            "content_type": kept.content_type,
            "size": kept.size,
            "url": attachments.link(kept.attachment_id),
        }
        return json_response(known, status=201)

    async def faq(self, request: WebRequest) -> WebResponse:
        """Return the questions that the model answers, for pages without a line to the server."""
        answers = self._reception.context.answers()
        items = [{"id": a.id, "question": a.question, "answer": a.answer} for a in answers]
        digest = hashlib.sha256(msgspec.json.encode(items)).hexdigest()[:20]
        headers = {"ETag": f'"{digest}"', "Cache-Control": "public, max-age=300"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return WebResponse(status=304, headers=headers)
        answer = json_response({"published_at": None, "items": items})
        return replace(answer, headers=headers)

    async def _caller(self, request: WebRequest) -> Caller | WebResponse:
        """Return who asks, or what to answer somebody who may not."""
        if not self._origins.admits(request):
            return _error(403, "not_allowed", FOREIGN)
        header = request.headers.get("authorization") or ""
        is_bearer = header.lower().startswith(BEARER)
        token = header[len(BEARER) :].strip() if is_bearer else None
        address = self._visitors.conversation_of(token)
        if token is None or address is None:
            return _error(401, "unknown_visitor", "get a token from /webhooks/web/visitors")
        return Caller(token, address, await self._door.resolve(address))


def _listed(frames: list[Frame]) -> WebResponse:
    return json_response({"frames": frames})


def _refusal(frame: Frame) -> WebResponse:
    code = frame["code"]
    return _error(STATUS_OF.get(code, 400), code, frame["message"])


def _error(status: int, code: str, message: str) -> WebResponse:
    answer = json_response({"code": code, "message": message}, status)
    if status not in (429, 503):
        return answer
    return replace(answer, headers={"Retry-After": str(random.randint(1, 3))})


def _number(request: WebRequest, name: str) -> float:
    text = request.query.get(name, "0")
    try:
        value = float(text)
    except ValueError as error:
        raise ChannelError(f"{name!r} must be a number") from error
    if not 0 <= value < 2**53:
        raise ChannelError(f"{name!r} must not be negative")
    return value
