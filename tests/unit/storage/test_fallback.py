import pytest

from kefu.errors import Unavailable
from kefu.storage.fallback import FallbackLeases
from kefu.storage.memory.leases import MemoryLeases


class Breakable(MemoryLeases):
    """Leases of a place that can be away."""

    def __init__(self):
        super().__init__()
        self.is_away = False
        self._token = 1_700_000_000_000_000

    async def acquire(self, name, *, seconds):
        self._check()
        return await super().acquire(name, seconds=seconds)

    async def renew(self, lease, *, seconds):
        self._check()
        return await super().renew(lease, seconds=seconds)

    async def release(self, lease):
        self._check()
        await super().release(lease)

    def _check(self):
        if self.is_away:
            raise Unavailable("away")


@pytest.fixture
def first():
    return Breakable()


@pytest.fixture
def second():
    return Breakable()


@pytest.fixture
def leases(first, second):
    return FallbackLeases(first, second)


async def test_leases_come_from_the_first_place(leases, first):
    lease = await leases.acquire("a", seconds=9)
    assert await leases.acquire("a", seconds=9) is None
    assert await leases.renew(lease, seconds=9)
    await leases.release(lease)
    assert (await first.acquire("a", seconds=9)).previous == lease.token


async def test_they_come_from_the_second_while_the_first_is_away(leases, first, second):
    first.is_away = True
    lease = await leases.acquire("a", seconds=9)
    assert await second.acquire("a", seconds=9) is None
    first.is_away = False
    assert await leases.renew(lease, seconds=9), "where a lease was had it is renewed"
    await leases.release(lease)
    assert await second.acquire("a", seconds=9) is not None


async def test_a_lease_whose_place_goes_away_is_lost_and_can_be_had_anew(leases, first):
    lease = await leases.acquire("a", seconds=9)
    first.is_away = True
    assert not await leases.renew(lease, seconds=9)
    assert await leases.acquire("a", seconds=9) is not None


async def test_after_an_absence_nobody_knows_who_had_the_lease_before(leases, first):
    lease = await leases.acquire("a", seconds=9)
    await leases.release(lease)
    first.is_away = True
    other = await leases.acquire("b", seconds=9)
    await leases.release(other)
    first.is_away = False
    again = await leases.acquire("a", seconds=9)
    assert (again.token, again.previous) == (lease.token + 1, 0)


async def test_with_both_away_there_are_none(leases, first, second):
    first.is_away = second.is_away = True
    with pytest.raises(Unavailable):
        await leases.acquire("a", seconds=9)
