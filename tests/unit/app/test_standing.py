"""What customers are told of the line and of who is there, through the desk."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from kefu.app.standing import HumansNow, seen_at_the_desk, seen_elsewhere
from kefu.channels.humans import Standing
from kefu.clock import ManualClock
from kefu.desk.library.settings import HandlingSettings, SettingsNow
from kefu.errors import Unavailable
from tests.unit.desk.office import Office


class Settings:
    """The desk's settings, as a test says."""

    def __init__(self):
        self.settings = HandlingSettings()

    async def now(self):
        return SettingsNow(settings=self.settings, defaults=self.settings)


class Library:
    def __init__(self):
        self.settings = Settings()


class Closed:
    """Business hours that are over."""

    def is_open(self, _now):
        return False


@pytest.fixture
def office():
    return Office()


def humans_of(office, library=None):
    told = []
    see = seen_at_the_desk(office.desk, library or Library())
    humans = HumansNow(see, lambda name, signal: told.append((name, signal.kind)), office.clock)
    office.desk.feed.listen(humans.heard)
    return humans, told


async def looks(office, humans):
    office.later(1.0)
    return await humans.look()


async def test_places_are_told_when_the_line_moves_and_only_to_those_who_moved(office):
    humans, told = humans_of(office)
    for name in ("c1", "c2", "c3"):
        await office.asks(name)
        office.later(1.0)
    now = await looks(office, humans)
    assert {name: place.position for name, place in now.places.items()} == {
        "c1": 1,
        "c2": 2,
        "c3": 3,
    }
    assert told == [(name, "place") for name in ("c1", "c2", "c3")]
    assert await looks(office, humans) == now
    assert len(told) == 3
    await office.desk.withdraw("c2", at=0.0)
    now = await looks(office, humans)
    assert (now.places["c3"].position, told[3:]) == (2, [("c2", "place"), ("c3", "place")])


async def test_nobody_looks_twice_within_a_moment(office):
    humans, _ = humans_of(office)
    await humans.look()
    await office.asks()
    assert (await humans.look()).places == {}
    assert set((await looks(office, humans)).places) == {"c1"}


async def test_what_happens_at_the_desk_is_seen_at_once(office):
    humans, _ = humans_of(office)
    tasks = [asyncio.create_task(run()) for run in (office.desk.feed.run, humans.run)]
    somebody = asyncio.Event()
    humans._tell = lambda name, _: somebody.set()
    await office.asks()
    await asyncio.wait_for(somebody.wait(), 10)
    assert set(humans.now.places) == {"c1"}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nobody_is_there_without_an_agent_and_all_hear_of_it(office):
    humans, _ = humans_of(office)
    heard = []
    stop = humans.listen(lambda: heard.append(humans.now.is_away))
    assert (await humans.look()).is_away
    agent = await office.hire("小李")
    assert not (await looks(office, humans)).is_away
    await office.desk.presence.declare(agent.id, "away")
    assert (await looks(office, humans)).is_away
    assert heard == [True, False, True]
    stop()
    await office.hire("小王")
    await looks(office, humans)
    assert len(heard) == 3


async def test_outside_business_hours_nobody_is_there():
    hours = None

    async def hours_of(_group_id):
        return hours

    office = Office(hours=hours_of)
    await office.hire("小李")
    humans, _ = humans_of(office)
    assert not (await humans.look()).is_away
    hours = Closed()
    assert (await looks(office, humans)).is_away
    await office.asks()
    assert (await looks(office, humans)).places["c1"].is_away


async def test_the_desks_settings_count(office):
    library = Library()
    humans, _ = humans_of(office, library)
    await office.asks()
    assert set((await looks(office, humans)).places) == {"c1"}
    library.settings.settings = replace(
        library.settings.settings, position_updates=False, leave_message=False
    )
    now = await looks(office, humans)
    assert (now.places, now.takes_messages) == ({}, False)


async def test_a_store_that_does_not_answer_leaves_what_was_known(office):
    humans, _ = humans_of(office)
    await office.asks()
    known = await humans.look()

    async def down():
        raise Unavailable("down")

    humans._see = down
    assert await looks(office, humans) is known


async def test_of_a_queue_elsewhere_only_the_places_are_known():
    class Queue:
        async def waiting(self, limit):
            return [{"conversation_id": "a"}, {"sender_id": "b"}][:limit]

    humans = HumansNow(seen_elsewhere(Queue()), lambda *_: None, ManualClock())
    now = await humans.look()
    assert {name: place.shown for name, place in now.places.items()} == {
        "a": (1, None, False),
        "b": (2, None, False),
    }
    assert replace(now, places={}) == Standing()
