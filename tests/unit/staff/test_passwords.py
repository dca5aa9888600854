"""Passwords: the same work for everybody, no weak ones."""

import asyncio
import threading

import pytest

from kefu.errors import StaffError, Unavailable
from kefu.staff.common_passwords import COMMON
from kefu.staff.passwords import Passwords, check_password
from tests.staffing import PASSWORD, CountingHasher


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short9!aB", "too short"),
        ("x" * 201, "too long"),
        ("password1234", "common"),
        ("PassWord123", "common"),
        ("ｐａｓｓｗｏｒｄ１２３", "common"),
        ("welcome2031", "common"),
        ("aaaaaaabbb", "too simple"),
        ("13800138000", "too simple"),
        ("qwertyuiopas", "too simple"),
        ("zyxwvutsrqponm", "too simple"),
        ("lin-xiaoyu-1", "your name"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(password, why):
    with pytest.raises(StaffError, match=why) as caught:
        check_password(password, names=("Lin-Xiaoyu", "7"))
    assert (caught.value.problem, caught.value.status) == ("weak-password", 400)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password", [PASSWORD, "今天的天气真不错啊啊", "Tr0ub4dor&3", "linlin-7-kettles"]
)
def test_others_are_taken(password):
    check_password(password, names=("lin", "林", ""))


def test_the_common_ones_are_in_the_form_they_are_compared_in():
    assert len(COMMON) > 200
    assert all(word == word.casefold() for word in COMMON)


async def test_a_hash_is_argon2id_salted_and_right_for_one_password_only():
    passwords = Passwords()
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.is_right(first, PASSWORD)
    assert not await passwords.is_right(first, PASSWORD + " ")
    assert not await passwords.is_right("not a hash", PASSWORD)


async def test_one_character_has_one_spelling():
    passwords = Passwords(CountingHasher())
    stored = await passwords.hash("caf\u00e9 caf\u00e9 ok")
    assert await passwords.is_right(stored, "cafe\u0301 cafe\u0301 ok")


async def test_without_a_hash_the_same_work_is_done():
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    assert not await passwords.is_right(None, PASSWORD)
    assert not await passwords.is_right(None, "nobody's password")
    stored = await passwords.hash(PASSWORD)
    assert not await passwords.is_right(stored, "wrong")
    first, second, known = hasher.verified
    assert first == second
    assert (
        first.rpartition("$")[0].rpartition("$")[0] == known.rpartition("$")[0].rpartition("$")[0]
    )


async def test_a_hash_of_other_parameters_is_outdated():
    old, new = Passwords(CountingHasher()), Passwords(CountingHasher(time_cost=2))
    stored = await old.hash(PASSWORD)
    assert not old.is_outdated(stored)
    assert new.is_outdated(stored)
    assert await new.is_right(stored, PASSWORD)


class Slow(CountingHasher):
    """Waits to be told to go on."""

    def __init__(self):
        super().__init__()
        self.begun, self.go, self.running = threading.Semaphore(0), threading.Event(), 0

    def hash(self, password):
        self.running += 1
        self.begun.release()
        self.go.wait()
        self.running -= 1
        return "x"


async def test_few_are_hashed_at_a_time_and_more_than_some_do_not_wait():
    hasher = Slow()
    passwords = Passwords(hasher)
    tasks = [asyncio.ensure_future(passwords.hash(PASSWORD)) for _ in range(40)]
    for _ in range(2):
        await asyncio.to_thread(hasher.begun.acquire)
    assert hasher.running == 2
    hasher.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, Unavailable) for result in results) == 8


async def test_who_goes_away_does_not_make_room_for_more_at_a_time():
    hasher = Slow()
    passwords = Passwords(hasher)
    first = [asyncio.ensure_future(passwords.hash(PASSWORD)) for _ in range(2)]
    for _ in first:
        await asyncio.to_thread(hasher.begun.acquire)
    for task in first:
        task.cancel()
    later = asyncio.ensure_future(passwords.hash(PASSWORD))
    await asyncio.wait(first)
    assert hasher.running == 2
    hasher.go.set()
    assert await later == "x"
