"""Proves that a phone is the customer's: sends one-time codes and checks what is typed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import math
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from kefu.clock import Clock
from kefu.core.shared_state import StateChange
from kefu.core.verification import CodeCheck, CodeMessage, CodeSender, CodeSending, SendingStatus
from kefu.customers.codes import (
    DAY,
    Code,
    CodeLimits,
    PhoneCodes,
    Sends,
    Totals,
    checked,
    counted,
    issued,
    withdrawn,
)
from kefu.customers.phones import masked, national, normalised
from kefu.customers.ports import SharedValues
from kefu.customers.settling import until_settled
from kefu.errors import Conflict, CustomerError, StorageError
from kefu.logs import fields
from kefu.project.settings import CodeSettings

__all__ = ["CodeCounters", "Verification"]

log = logging.getLogger(__name__)

Kept = TypeVar("Kept", bound=msgspec.Struct)
Result = TypeVar("Result")

_DIGITS: Final = 6
_IN_ALL: Final = "verify:all"
_CHINESE_MOBILE: Final = re.compile(r"\+861[3-9][0-9]{9}")


@dataclass(slots=True)
class CodeCounters:
    """Counts of this process."""

    sent: int = 0
    not_sent: int = 0
    """The sender did not take them."""
    refused: int = 0
    """Asked for too soon or too often."""
    right: int = 0
    wrong: int = 0
    expired: int = 0
    used_up: int = 0
    """Guessed too often, or typed again after it was used."""


class Verification:
    """Sends codes and checks them; all processes together keep to the limits.

    Attributes:
        counters: What happened so far.
    """

    def __init__(
        self,
        *,
        sender: CodeSender,
        values: SharedValues,
        settings: CodeSettings,
        secret: Callable[[], Awaitable[str]],
        clock: Clock,
        country: str = "86",
    ) -> None:
        """Put it together.

        Args:
            sender: Carries codes.
            values: Where limits and hashes of codes are kept.
            settings: The limits.
            secret: Gives the key of the hashes.
            clock: Tells the time.
            country: Calling code of numbers that are written without one.
        """
        self._sender = sender
        self._values = values
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._country = country
        self._limits = CodeLimits(
            gap_seconds=settings.gap_seconds,
            per_hour=settings.per_hour,
            per_day=settings.per_day,
            valid_seconds=settings.valid_seconds,
            tries=settings.tries,
        )
        self.counters = CodeCounters()

    def number(self, text: str) -> str | None:
        """Return a number as people of the country write it; None when it is no mobile number."""
        try:
            number = normalised(text, country=self._country)
        except CustomerError:
            return None
        if number.startswith("+86") and not _CHINESE_MOBILE.fullmatch(number):
            return None
        return national(number, country=self._country)

    async def send(
        self, phone: str, *, conversation_id: str, step: str, language: str = "zh"
    ) -> CodeSending:
        """Send a code to ``phone``, unless that was done too lately or too often.

        Args:
            phone: As :meth:`number` returned it.
            conversation_id: Only there the code can be used.
            step: Names the step of the turn; the same step done again sends nothing again.
            language: In which the customer is told.
        """
        number = normalised(phone, country=self._country)
        try:
            return await self._send(number, conversation_id, step, language)
        except StorageError as error:
            where = fields(conversation_id=conversation_id, error=type(error).__name__)
            log.warning("a code was not sent: its limits cannot be kept", extra=where)
            return CodeSending(status="unreachable")

    async def check(self, phone: str, typed: str, *, conversation_id: str, step: str) -> CodeCheck:
        """Check a code that was typed in the conversation; right once, and only for ``phone``."""
        number = normalised(phone, country=self._country)
        try:
            key = await self._key()
            now = self._clock.now()
            conversation = _hash(key, "conversation", conversation_id)
            digest = _hash(key, number, conversation_id, typed)

            def change(known: PhoneCodes) -> tuple[PhoneCodes, CodeCheck]:
                after, verdict, left = checked(known, conversation, digest, step=step, now=now)
                until = now + self._settings.verified_seconds if verdict == "right" else 0.0
                found = CodeCheck(status=verdict, tries_left=left, verified_until=until)
                return after, found

            found = await self._change(_of_phone(key, number), PhoneCodes, change)
        except StorageError as error:
            where = fields(conversation_id=conversation_id, error=type(error).__name__)
            log.warning("a code was not checked", extra=where)
            return CodeCheck(status="unreachable")
        name = found.status
        setattr(self.counters, name, getattr(self.counters, name) + 1)
        return found

    async def _send(
        self, number: str, conversation_id: str, step: str, language: str
    ) -> CodeSending:
        key = await self._key()
        conversation = _hash(key, "conversation", conversation_id)
        here, there = f"verify:conversation:{conversation}", _of_phone(key, number)
        now = self._clock.now()
        known = await self._read(there, PhoneCodes, now)
        before = known.codes.get(conversation)
        if before is not None and before.step == step:
            return self._told("sent", number, self._limits.gap_seconds)
        # The phone is looked at first, so that who is refused there uses up nothing here.
        wait = known.sends.wait(self._limits, now)
        phone = _hash(key, "phone", number)
        wait = wait or await self._change(
            here, Sends, lambda sends: self._counted(sends, phone, now)
        )
        wait = wait or await self._counted_in_all(now, conversation_id)
        text = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        code = Code(
            digest=_hash(key, number, conversation_id, text),
            expires_at=now + self._limits.valid_seconds,
            tries_left=self._limits.tries,
            step=step,
        )
        wait = wait or await self._change(
            there, PhoneCodes, lambda known: self._issued(known, conversation, code, now)
        )
        if wait:
            self.counters.refused += 1
            is_gap = wait <= self._limits.gap_seconds
            return self._told("too_soon" if is_gap else "too_often", number, wait)
        message = CodeMessage(phone=number, code=text, minutes=self._minutes, language=language)
        if await self._carried(message, conversation_id):
            self.counters.sent += 1
            return self._told("sent", number, self._limits.gap_seconds)
        self.counters.not_sent += 1
        await self._change(
            here, Sends, lambda sends: (Sends(at=sends.at, phones=sends.phones), None)
        )
        await self._change(
            there, PhoneCodes, lambda known: (withdrawn(known, conversation, step), None)
        )
        return self._told("unreachable", number, 0.0)

    async def _carried(self, message: CodeMessage, conversation_id: str) -> bool:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                await self._sender.send(message)
        except Exception as error:  # noqa: BLE001 - a sender is foreign code
            # Its text may hold the code, so it stays out of the log.
            where = fields(conversation_id=conversation_id, error=type(error).__name__)
            log.warning("a code could not be sent", extra=where)
            return False
        return True

    def _counted(self, sends: Sends, phone: str, now: float) -> tuple[Sends, float]:
        wait = sends.wait(self._limits, now)
        if not wait and sends.is_one_too_many(phone, self._settings.phones_per_day, now):
            wait = min(sends.phones.values()) + DAY - now
        return (sends, wait) if wait else (counted(sends, now, phone), 0.0)

    async def _counted_in_all(self, now: float, conversation_id: str) -> float:
        """Count one more code of all; returns the seconds to wait at the ceiling, else 0."""
        ceilings = (self._settings.all_per_hour, self._settings.all_per_day)
        if not any(ceilings):
            return 0.0

        def change(known: Totals) -> tuple[Totals, float]:
            wait = known.wait(*ceilings, now)
            return (known, wait) if wait else (known.and_one(now), 0.0)

        wait = await self._change(_IN_ALL, Totals, change)
        if wait:
            where = fields(conversation_id=conversation_id, seconds=round(wait))
            log.error("no codes are sent: the ceiling of all codes is reached", extra=where)
        return wait

    def _issued(
        self, known: PhoneCodes, conversation: str, code: Code, now: float
    ) -> tuple[PhoneCodes, float]:
        wait = known.sends.wait(self._limits, now)
        return (known, wait) if wait else (issued(known, conversation, code, now), 0.0)

    def _told(self, status: SendingStatus, number: str, wait: float) -> CodeSending:
        shown = national(masked(number), country=self._country)
        return CodeSending(
            status=status, masked_phone=shown, minutes=self._minutes, wait_seconds=wait
        )

    @property
    def _minutes(self) -> int:
        return max(1, math.floor(self._limits.valid_seconds / 60))

    async def _key(self) -> bytes:
        return (await self._secret()).encode()

    async def _read(self, key: str, kind: type[Kept], now: float) -> Kept:
        kept = await self._values.get(key, now=now)
        return kind() if kept is None else msgspec.json.decode(kept.value, type=kind)

    async def _change(
        self, key: str, kind: type[Kept], change: Callable[[Kept], tuple[Kept, Result]]
    ) -> Result:
        """Change a value that others change as well; what is unchanged is not written."""

        async def attempt() -> Result:
            now = self._clock.now()
            kept = await self._values.get(key, now=now)
            known = kind() if kept is None else msgspec.json.decode(kept.value, type=kind)
            after, result = change(known)
            if after != known:
                text = msgspec.json.encode(after).decode()
                wanted = StateChange(key, text, 0 if kept is None else kept.version)
                if not await self._values.change(wanted, expires_at=now + DAY, now=now):
                    raise Conflict("the codes of a phone changed meanwhile")
            return result

        return await until_settled(attempt)


def _of_phone(key: bytes, number: str) -> str:
    return f"verify:phone:{_hash(key, 'phone', number)}"


def _hash(key: bytes, *parts: str) -> str:
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
