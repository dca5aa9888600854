"""Leases, over memory, SQLite, PostgreSQL and Redis."""

import asyncio

import pytest

from kefu.core.leases import held
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.contract.postgres import emptied
from tests.contract.redis_server import coordination

LONG = 30.0
SHORT = 0.03


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
async def leases(request, tmp_path):
    match request.param:
        case "redis":
            async with coordination(request.getfixturevalue("redis_url")) as redis:
                yield redis.leases
            return
        case "memory":
            opened = open_memory()
        case "sqlite":
            opened = await open_sql(tmp_path / "kefu.db")
        case _:
            url = request.getfixturevalue("postgres_database")
            await emptied(url)
            opened = await open_sql(url)
    yield opened.leases
    await opened.close()


async def until_had(leases, name, seconds=LONG):
    while (lease := await leases.acquire(name, seconds=seconds)) is None:  # noqa: ASYNC110
        await asyncio.sleep(0)  # the database has no event for it
    return lease


async def test_one_holder_at_a_time(leases):
    lease = await leases.acquire("a", seconds=LONG)
    assert lease.name == "a"
    assert await leases.acquire("a", seconds=LONG) is None
    assert await leases.acquire("b", seconds=LONG) is not None
    await leases.release(lease)
    assert await leases.acquire("a", seconds=LONG) is not None


async def test_of_many_who_ask_at_once_one_has_it(leases):
    found = await asyncio.gather(*(leases.acquire("a", seconds=LONG) for _ in range(8)))
    assert sum(lease is not None for lease in found) == 1


async def test_tokens_grow_and_the_one_before_is_known_when_it_was_given_back(leases):
    first = await leases.acquire("a", seconds=LONG)
    await leases.release(first)
    second = await leases.acquire("a", seconds=SHORT)
    third = await until_had(leases, "a")
    assert first.token < second.token < third.token
    assert (first.previous, second.previous, third.previous) == (0, first.token, 0)


async def test_a_lease_ends_by_itself(leases):
    lost = await leases.acquire("a", seconds=SHORT)
    lease = await until_had(leases, "a")
    assert lease.token > lost.token
    assert not await leases.renew(lost, seconds=LONG)
    await leases.release(lost)
    assert await leases.acquire("a", seconds=LONG) is None


async def test_a_lease_that_is_renewed_lasts(leases):
    lease = await leases.acquire("a", seconds=SHORT)
    assert await leases.renew(lease, seconds=LONG)
    other = await leases.acquire("b", seconds=SHORT)
    await until_had(leases, "b")
    assert await leases.acquire("a", seconds=LONG) is None
    assert not await leases.renew(other, seconds=LONG)


async def test_what_was_given_back_cannot_be_renewed(leases):
    lease = await leases.acquire("a", seconds=LONG)
    await leases.release(lease)
    assert not await leases.renew(lease, seconds=LONG)
    await leases.release(lease)


async def test_several_are_renewed_and_given_back_at_once(leases):
    lost = await leases.acquire("lost", seconds=SHORT)
    kept = [await leases.acquire(name, seconds=LONG) for name in ("a", "b")]
    await until_had(leases, "lost")
    assert await leases.acquire("b", seconds=LONG) is None
    renewals = await leases.renew_all([kept[0], lost, kept[1]], seconds=LONG)
    assert renewals[:2] == ["kept", "lost"]
    assert renewals[2] in {"wanted", "kept"}, "a database does not know who tried"
    await leases.release_all([*kept, lost])
    for lease in kept:
        assert (await leases.acquire(lease.name, seconds=LONG)).previous == lease.token
    assert await leases.acquire("lost", seconds=LONG) is None, "that one is another's"
    assert list(await leases.renew_all([], seconds=LONG)) == []


@pytest.mark.parametrize("leases", ["memory", "redis"], indirect=True)
async def test_a_renewal_tells_that_somebody_else_wants_the_lease(leases):
    lease = await leases.acquire("a", seconds=LONG)
    assert list(await leases.renew_all([lease], seconds=LONG)) == ["kept"]
    for _ in range(2):
        assert await leases.acquire("a", seconds=LONG) is None
    assert list(await leases.renew_all([lease], seconds=LONG)) == ["wanted"]
    await leases.release(lease)
    again = await leases.acquire("a", seconds=LONG)
    assert again.previous == lease.token
    assert list(await leases.renew_all([again], seconds=LONG)) == ["kept"]


async def test_held_waits_and_keeps_its_lease_by_renewing_it(leases):
    order = []

    async def second():
        async with held(leases, "a", seconds=LONG):
            order.append("second")

    async with held(leases, "a", seconds=0.3):
        waiting = asyncio.ensure_future(second())
        other = await leases.acquire("b", seconds=0.5)  # outlasts the lease if it is not renewed
        await until_had(leases, "b")
        assert other is not None
        order.append("first")
    await waiting
    assert order == ["first", "second"]
