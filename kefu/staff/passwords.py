"""Passwords: argon2id (RFC 9106), the same work for everybody, no weak ones.

Hashing takes tens of milliseconds and 64 MB, so it is done in threads, few at a time.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kefu.errors import StaffError, Unavailable
from kefu.staff.common_passwords import COMMON

__all__ = ["Hasher", "Passwords", "check_password"]

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 200
_FEWEST_CHARACTERS: Final = 5
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 32
_RUNS: Final = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)


class Hasher(Protocol):
    """Makes and checks hashes; argon2's own hasher is one."""

    def hash(self, password: str) -> str:
        """Return a salted hash."""
        ...

    def verify(self, hash: str, password: str) -> bool:  # noqa: A002 - argon2's name
        """Return True, or raise :class:`argon2.exceptions.VerificationError`."""
        ...

    def check_needs_rehash(self, hash: str) -> bool:  # noqa: A002 - argon2's name
        """Whether the hash was made with other parameters."""
        ...


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: Hasher | None = None) -> None:
        self._hasher: Hasher = hasher or PasswordHasher()
        # Of its own: work whose caller went away still counts, and nobody else waits for it.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kefu-passwords")
        self._waiting = 0
        self._lock = Lock()
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Return what is stored of ``password``."""
        return str(await self._work(self._hasher.hash, _normal(password)))

    async def is_right(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is the one that ``stored`` was made of.

        Without ``stored`` the same work is done for nothing, so that nobody can tell from the time
        whether there is such an account.
        """
        if self._nobodys is None:
            self._nobodys = str(await self._work(self._hasher.hash, "nobody's password"))
        found = await self._work(self._verify, stored or self._nobodys, _normal(password))
        return bool(found) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether ``stored`` was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, do: Any, *values: str) -> Any:
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                raise Unavailable("too many people sign in at this moment; try again")
            self._waiting += 1
        work = self._threads.submit(do, *values)
        work.add_done_callback(self._done)
        return await asyncio.wrap_future(work)

    def _done(self, _: Future[Any]) -> None:
        with self._lock:
            self._waiting -= 1


def check_password(
    password: str, *, names: Iterable[str] = (), min_length: int = MIN_LENGTH
) -> None:
    """Refuse a password that can be guessed.

    Args:
        password: What somebody chose.
        names: What they are known by; a password must not consist of that.
        min_length: Fewest characters.

    Raises:
        StaffError: It is too short, too long, common, or too simple.
    """
    text = _normal(password)
    if len(text) < min_length:
        raise _weak(f"the password is too short: take at least {min_length} characters")
    if len(text) > MAX_LENGTH:
        raise _weak(f"the password is too long: take at most {MAX_LENGTH} characters")
    plain = text.casefold()
    letters = "".join(character for character in plain if character.isalpha())
    if plain in COMMON or (letters in COMMON and len(plain) - len(letters) <= 4):
        raise _weak("the password is one of the most common ones: take another")
    if len(set(plain)) < _FEWEST_CHARACTERS or _is_run(plain) or plain.isdecimal():
        raise _weak("the password is too simple: mix several words, or letters and digits")
    for name in names:
        short = _normal(name).casefold()
        if len(short) >= 3 and len(plain.replace(short, "")) < _FEWEST_CHARACTERS:
            raise _weak("the password consists of your name: take another")


def _is_run(plain: str) -> bool:
    return any(plain in run or plain[::-1] in run for run in _RUNS)


def _normal(password: str) -> str:
    """Return one spelling: keyboards write the same character in several ways (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def _weak(message: str) -> StaffError:
    return StaffError(message, problem="weak-password", status=400)
