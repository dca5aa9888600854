"""What a customer may still be sent."""

import asyncio

import pytest

from kefu.channels.platform.quota import Allowance, Left, QuotaLedger
from kefu.clock import ManualClock
from kefu.errors import Unavailable
from tests.unit.channels.platform.fakes import SharedState

ALLOWANCES = {"message": Allowance(5, 172800.0), "scan": Allowance(3, 60.0)}


@pytest.fixture
def clock():
    return ManualClock(1000.0)


@pytest.fixture
def state():
    return SharedState()


@pytest.fixture
def ledger(state, clock):
    return QuotaLedger(state, clock, name="wechat:wx1", allowances=ALLOWANCES)


async def test_of_a_customer_it_does_not_know_the_platform_decides(ledger):
    assert await ledger.left("ada") == Left(0, None)
    assert await ledger.take("ada")
    assert await ledger.left("ada") == Left(0, None)


async def test_a_message_allows_five_and_the_next_five_again(ledger, clock):
    assert await ledger.opened("ada", "message", act="m1")
    assert [await ledger.take("ada") for _ in range(6)] == [True] * 5 + [False]
    assert await ledger.left("ada") == Left(0, 173800.0, 5)
    assert not await ledger.opened("ada", "message", act="m1")
    assert await ledger.opened("ada", "message", act="m2")
    assert await ledger.left("ada") == Left(5, 173800.0, 5)
    clock.advance(172801)
    assert await ledger.left("ada") == Left(0, None)


async def test_the_window_that_ends_first_is_used_first(ledger, clock):
    await ledger.opened("ada", "message", act="m1")
    await ledger.opened("ada", "scan", act="s1", at=990.0)
    assert await ledger.left("ada") == Left(8, 173800.0, 8)
    for _ in range(4):
        await ledger.take("ada")
    clock.advance(51)
    assert (await ledger.left("ada")).messages == 4


async def test_what_did_not_get_out_is_given_back_and_the_platform_is_believed(ledger):
    await ledger.opened("ada", "message", act="m1")
    await ledger.take("ada")
    await ledger.give_back("ada")
    assert (await ledger.left("ada")).messages == 5
    await ledger.exhaust("ada")
    assert not await ledger.take("ada")
    await ledger.exhaust("nobody")


async def test_processes_take_no_message_twice(state, clock):
    ledgers = [QuotaLedger(state, clock, name="w", allowances=ALLOWANCES) for _ in range(4)]
    await ledgers[0].opened("ada", "message", act="m1")
    taken = await asyncio.gather(*(ledger.take("ada") for ledger in ledgers for _ in range(3)))
    assert sum(taken) == 5


async def test_lost_races_are_run_again_but_not_for_ever(ledger, state):
    state.lost_races = 3
    assert await ledger.opened("ada", "message", act="m1")
    state.lost_races = 100
    with pytest.raises(Unavailable):
        await ledger.take("ada")


async def test_what_was_held_is_due_when_a_window_opens_after_the_last_was_used_up(ledger):
    await ledger.opened("ada", "message", act="m1")
    assert await ledger.is_due("ada")
    await ledger.released("ada", 0)
    await ledger.opened("ada", "message", act="m2")
    assert not await ledger.is_due("ada")
    await ledger.exhaust("ada")
    await ledger.opened("ada", "scan", act="s1")
    await ledger.opened("ada", "message", act="m3")
    assert await ledger.is_due("ada")
    await ledger.hold("ada")
    await ledger.released("ada", 0)
    assert await ledger.is_due("ada")
    await ledger.released("ada", 1)
    assert not await ledger.is_due("ada")
    await ledger.hold("nobody")
    assert not await ledger.is_due("nobody")
