"""Brings replies to customers, each message once by an id of ours."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from kefu.channels.platform.calls import Answer
from kefu.channels.wecom.api import ASSISTANT, ENDED, NEW
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.sessions import Session, recipient_of, recipient_parts
from kefu.core.messages import Reply
from kefu.errors import ChannelError, HeldBack, Refused

__all__ = ["Sender", "event_msgid"]

Message = Mapping[str, Any]
"""A message in the platform's form: its msgtype, and its content under that name."""

BAD_ARGUMENT, BAD_STATE, CODE_USED = 40058, 95018, 95007
OVER_QUOTA = frozenset({95001, 95002, 45047, 45015})
NEVER = frozenset({40003, 40008, 40035, 44004, 45002, BAD_ARGUMENT})
"""Unknown customer, unknown kind, wrong or empty or too long content."""
ANSWERS_EVENTS = frozenset({"text", "msgmenu"})
MSGID = re.compile(r"(?P<delivery>k[0-9a-f]{8}-\d{1,16})-(?P<number>\d{1,2})(-(?P<attempt>\d\d?))?")
AGAIN_SECONDS = 30 * 86400.0
MOST_ATTEMPTS = 99


class Sender:
    """Sends to customers of one enterprise.

    Every message has a ``msgid`` made of this installation's name, the delivery's number and the
    message's number within it. The platform takes a msgid once; that it refuses one of ours as
    used before means that the customer has the message. After the platform has reported that one
    did not arrive, its msgid gets one more number: so it can be sent again.
    """

    def __init__(
        self,
        enterprise: Enterprise,
        translate: Callable[[Reply], Awaitable[Sequence[Message]]],
    ) -> None:
        self._enterprise = enterprise
        self._api = enterprise.api
        self._ledger = enterprise.ledger
        self._sessions = enterprise.sessions
        self._state = enterprise.context.state
        self._translate = translate
        self._installation = ""

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Send the messages that show ``reply``; return the reference they share.

        Raises:
            HeldBack: The customer must write first: no quota is left, or the session has ended.
            Refused: It will never be accepted.
            ChannelError: It failed and may be tried again.
        """
        account, customer = recipient_parts(recipient)
        if not (account and customer):
            raise Refused(f"{recipient!r} is no customer of WeCom")
        delivery = f"k{await self._installed()}-{delivery_id}"
        attempts = await self._attempts(delivery)
        messages = await self._translate(reply)
        for number, message in enumerate(messages):
            attempt = attempts.get(str(number), 0)
            msgid = f"{delivery}-{number}-{attempt}" if attempt else f"{delivery}-{number}"
            await self._send_once(account, customer, msgid, message)
        return _reference(delivery, max(attempts.values(), default=0)) if messages else None

    async def failed(self, msgid: str) -> str | None:
        """Let a message that did not arrive be sent anew; return its delivery's reference.

        None: it is not one of ours.
        """
        found = MSGID.fullmatch(msgid)
        if found is None:
            return None
        delivery, number, attempt = found["delivery"], found["number"], int(found["attempt"] or 0)
        next_one = min(attempt + 1, MOST_ATTEMPTS)
        while True:
            stored = await self._state.get(_again_key(delivery))
            attempts = {} if stored is None else msgspec.json.decode(stored.value)
            if attempts.get(number, 0) >= next_one or await self._state.change(
                _again_key(delivery),
                msgspec.json.encode({**attempts, number: next_one}).decode(),
                expected_version=0 if stored is None else stored.version,
                expires_in=AGAIN_SECONDS,
            ):
                return _reference(delivery, attempt)

    async def _attempts(self, delivery: str) -> dict[str, int]:
        """Return which attempt it is to send each message of a delivery that failed before."""
        stored = await self._state.get(_again_key(delivery))
        if stored is None:
            return {}
        return msgspec.json.decode(stored.value, type=dict[str, int])

    async def _send_once(self, account: str, customer: str, msgid: str, message: Message) -> None:
        if await self._answers_event(account, customer, msgid, message):
            return
        recipient = recipient_of(account, customer)
        # The platform takes what is one too many, and reports later that it did not arrive.
        left = await self._ledger.left(recipient)
        if not (left.messages and await self._ledger.take(recipient)):
            await self._hold(account, customer)
            raise HeldBack("no message is left before the customer writes again (5 in 48 hours)")
        try:
            answer = await self._api.send(account, customer, msgid, message)
            if answer.errcode == BAD_STATE:
                answer = await self._in_right_state(account, customer, msgid, message)
            if answer.errcode in OVER_QUOTA:
                await self._ledger.exhaust(recipient)
                await self._hold(account, customer)
            if _was_sent_before(answer):
                self._enterprise.count("sent_before")
            else:
                answer.require(held=OVER_QUOTA, refused=NEVER)
        except HeldBack:
            raise
        except ChannelError:
            await self._ledger.give_back(recipient)
            raise
        self._enterprise.count("sent")

    async def _in_right_state(
        self, account: str, customer: str, msgid: str, message: Message
    ) -> Answer:
        """Send again after seeing to it that the session is the bot's to answer.

        Raises:
            HeldBack: It has ended.
            Refused: A person has it in WeCom's own client.
        """
        state = await self._api.service_state(account, customer)
        if state == NEW:
            (await self._api.transfer(account, customer, ASSISTANT)).require()
            state = ASSISTANT
        await self._sessions.change(account, customer, state=state)
        if state == ASSISTANT:
            return await self._api.send(account, customer, msgid, message)
        if state == ENDED:
            await self._hold(account, customer)
            raise HeldBack("the session has ended; the customer must write first")
        raise Refused("somebody serves the customer in WeCom's own client, or soon will")

    async def _hold(self, account: str, customer: str) -> None:
        self._enterprise.count("held_back")
        await self._sessions.change(account, customer, has_held=True)

    async def _answers_event(
        self, account: str, customer: str, msgid: str, message: Message
    ) -> bool:
        """Send as the answer to the customer's entering, which costs no quota, if it still can be.

        The code is used for one message. Who asks with it again for the same message, after a
        crash, is told that it was used: then the message was sent.
        """
        session = await self._sessions.get(account, customer)
        if not self._may_use_code(session, msgid) or message["msgtype"] not in ANSWERS_EVENTS:
            return False
        was_tried = session.code_for == msgid
        session = await self._sessions.update(
            account,
            customer,
            lambda now: {"code_for": msgid} if self._may_use_code(now, msgid) else {},
        )
        if session.code_for != msgid:
            return False
        answer = await self._api.send_on_event(session.code, msgid, message)
        if answer.is_ok or (answer.errcode == CODE_USED and was_tried) or _was_sent_before(answer):
            self._enterprise.count("welcomed")
            return True
        return False

    def _may_use_code(self, session: Session, msgid: str) -> bool:
        is_good = bool(session.code) and self._enterprise.now() < session.code_ends
        return is_good and session.code_for in ("", msgid)

    async def _installed(self) -> str:
        """Return this database's name: another one counts its deliveries from 1 as well."""
        if not self._installation:
            await self._state.change("wecom:installation", secrets.token_hex(4), expected_version=0)
            stored = await self._state.get("wecom:installation")
            if stored is None:
                raise ChannelError("the name of this installation cannot be read")
            self._installation = stored.value
        return self._installation


def _reference(delivery: str, attempt: int) -> str:
    """Return what a delivery is known by once it was sent for the so-manieth time."""
    return f"{delivery}+{attempt}" if attempt else delivery


def _again_key(delivery: str) -> str:
    return f"wecom:again:{delivery}"


def event_msgid(event_id: str) -> str:
    """Return the id of the message that answers an event."""
    return "e" + sha256(event_id.encode()).hexdigest()[:31]


def _was_sent_before(answer: Answer) -> bool:
    """Whether the platform complains of the msgid: ours are well formed, so it knows it."""
    return answer.errcode == BAD_ARGUMENT and "msgid" in answer.errmsg.lower()
