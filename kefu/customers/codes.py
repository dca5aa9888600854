"""One-time codes of one phone, as plain data: who may have one, and whether one is right.

Nothing here can be read back: conversations and codes are known by keyed hashes only.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Literal

import msgspec

__all__ = [
    "Code",
    "CodeLimits",
    "PhoneCodes",
    "Sends",
    "Totals",
    "checked",
    "counted",
    "issued",
    "withdrawn",
]

_HOUR = 3600.0
DAY = 86400.0
"""Seconds after which a sending counts no longer."""

Verdict = Literal["right", "wrong", "expired", "used_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLimits:
    """How often codes may be asked for, and how often guessed."""

    gap_seconds: float
    per_hour: int
    per_day: int
    valid_seconds: float
    tries: int


class Sends(msgspec.Struct, frozen=True, omit_defaults=True):
    """When codes were sent: to a phone, or for a conversation."""

    at: tuple[float, ...] = ()
    """In the last day, oldest first."""
    reached_at: float = 0.0
    """When the last one was sent that reached the sender."""
    phones: dict[str, float] = {}
    """Of a conversation: hashes of the phones in the last day -> when the last one went there."""

    def is_one_too_many(self, phone: str, most: int, now: float) -> bool:
        """Whether ``phone`` would be one phone more than a conversation may name in a day."""
        others = [one for one, at in self.phones.items() if at > now - DAY and one != phone]
        return bool(most) and len(others) >= most

    def wait(self, limits: CodeLimits, now: float) -> float:
        """Return the seconds until the next one may be sent."""
        waits = [self.reached_at + limits.gap_seconds - now if self.reached_at else 0.0]
        for span, most in ((_HOUR, limits.per_hour), (DAY, limits.per_day)):
            recent = [at for at in self.at if at > now - span]
            if len(recent) >= most:
                waits.append(recent[-most] + span - now)
        return max(0.0, *waits)


class Totals(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many codes were sent in all, by hour since the epoch."""

    hours: dict[int, int] = {}

    def wait(self, per_hour: int, per_day: int, now: float) -> float:
        """Return the seconds until the next one may be sent; 0 as a ceiling is none."""
        hour = int(now // _HOUR)
        waits = [0.0]
        if per_hour and self.hours.get(hour, 0) >= per_hour:
            waits.append((hour + 1) * _HOUR - now)
        if per_day and sum(n for h, n in self.hours.items() if h > hour - 24) >= per_day:
            waits.append((min(h for h in self.hours if h > hour - 24) + 24) * _HOUR - now)
        return max(waits)

    def and_one(self, now: float) -> Totals:
        """Return these with one more."""
        hour = int(now // _HOUR)
        kept = {h: n for h, n in self.hours.items() if h > hour - 24}
        return Totals(hours={**kept, hour: kept.get(hour, 0) + 1})


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code that was sent for one conversation."""

    digest: str
    expires_at: float
    tries_left: int
    step: str
    """Which step of which turn asked for it: the same step done again sends no other."""
    is_used: bool = False
    tried: tuple[tuple[str, Verdict], ...] = ()
    """Step -> what came of it: the same step done again comes to the same."""


class PhoneCodes(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of one phone."""

    sends: Sends = Sends()
    codes: dict[str, Code] = {}
    """By the conversation that asked, so that nobody else's code is made invalid."""


def counted(sends: Sends, now: float, phone: str = "") -> Sends:
    """Return ``sends`` with one more, of a conversation to the phone with this hash."""
    phones = {one: at for one, at in sends.phones.items() if at > now - DAY}
    if phone:
        phones[phone] = now
    at = (*(at for at in sends.at if at > now - DAY), now)
    return Sends(at=at, reached_at=now, phones=phones)


def issued(known: PhoneCodes, conversation: str, code: Code, now: float) -> PhoneCodes:
    """Return ``known`` with a code, which takes the place of the conversation's last one."""
    live = {key: old for key, old in known.codes.items() if old.expires_at > now}
    return PhoneCodes(sends=counted(known.sends, now), codes={**live, conversation: code})


def withdrawn(known: PhoneCodes, conversation: str, step: str) -> PhoneCodes:
    """Return ``known`` without a code that could not be sent.

    The attempt still counts by hour and day, but another one may be made at once.
    """
    code = known.codes.get(conversation)
    if code is None or code.step != step:
        return known
    rest = {key: other for key, other in known.codes.items() if key != conversation}
    return PhoneCodes(sends=Sends(at=known.sends.at), codes=rest)


def checked(
    known: PhoneCodes, conversation: str, digest: str, *, step: str, now: float
) -> tuple[PhoneCodes, Verdict, int]:
    """Return what is kept after a code was typed, the verdict, and the tries that are left."""
    code = known.codes.get(conversation)
    if code is None or code.expires_at <= now:
        return known, "expired", 0
    before = dict(code.tried).get(step)
    if before is not None:
        return known, before, code.tries_left
    if code.is_used or code.tries_left < 1:
        return known, "used_up", 0
    is_right = hmac.compare_digest(code.digest, digest)
    left = code.tries_left if is_right else code.tries_left - 1
    verdict: Verdict = "right" if is_right else "wrong" if left else "used_up"
    after = msgspec.structs.replace(
        code, is_used=is_right, tries_left=left, tried=(*code.tried, (step, verdict))
    )
    codes = {**known.codes, conversation: after}
    return msgspec.structs.replace(known, codes=codes), verdict, left
