"""Settings and business hours."""

import asyncio

import pytest

from kefu.desk.library.library import ProjectsDesk
from kefu.desk.library.settings import HandlingSettings
from kefu.errors import Conflict, DeskError
from tests.unit.desk.library.shelves import LIN, Shelves


async def refused(work):
    with pytest.raises(DeskError) as caught:
        await work
    return caught.value.status, caught.value.field


async def test_what_is_set_counts_and_everything_else_is_the_projects(shelves):
    told = ProjectsDesk(settings=HandlingSettings(csat=False, unanswered_seconds=60))
    library = Shelves(project=told).library
    before = await library.settings.now()
    assert (before.settings.csat, before.version, before.overrides) == (False, 0, {})
    now = await library.settings.change(LIN, {"nps": True, "unanswered_seconds": 0, "csat": None})
    assert (now.settings.nps, now.settings.unanswered_seconds, now.version) == (True, 0, 1)
    assert now.overrides == {"nps": True, "unanswered_seconds": 0}
    assert now == await library.settings.now()
    assert now.defaults.unanswered_seconds == 60
    now = await library.settings.change(LIN, {"nps": True}, version=1)
    assert (now.settings.unanswered_seconds, now.version) == (60, 2)


async def test_changes_are_told_and_what_changes_nothing_is_not(shelves, library):
    await library.settings.change(LIN, {"csat": False})
    assert await shelves.told() == {"csat": [None, False]}
    await library.settings.change(LIN, {"csat": False})
    await library.settings.change(LIN, {})
    assert await shelves.told() == {"csat": [False, None]}
    assert await shelves.acts() == ["settings.changed"] * 2


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"colour": True}, "overrides/colour"),
        ({"csat": 1}, "overrides/csat"),
        ({"csat": "true"}, "overrides/csat"),
        ({"unanswered_seconds": True}, "overrides/unanswered_seconds"),
        ({"unanswered_seconds": -1}, "overrides/unanswered_seconds"),
        ({"grace_seconds": 3_601}, "overrides/grace_seconds"),
        ({"unanswered_seconds": 604_801}, "overrides/unanswered_seconds"),
        ({"rating_hours": 0}, "overrides/rating_hours"),
    ],
)
async def test_a_setting_that_is_not_good_is_named(library, overrides, field):
    assert await refused(library.settings.change(LIN, overrides)) == (400, field)
    assert (await library.settings.now()).version == 0


async def test_of_two_who_set_something_one_is_told_to_look_again(library):
    with pytest.raises(Conflict):
        await library.settings.change(LIN, {"csat": False}, version=1)
    done = await asyncio.gather(
        library.settings.change(LIN, {"csat": False}, version=0),
        library.settings.change(LIN, {"nps": True}, version=0),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in done) == 1


async def test_a_setting_that_only_another_version_knows_is_not_looked_at(library, monkeypatch):
    await library.settings.change(LIN, {"csat": False, "nps": True})
    monkeypatch.setattr("kefu.desk.library.settings._NAMES", frozenset({"nps"}))
    now = await library.settings.now()
    assert (now.settings.csat, now.overrides) == (True, {"nps": True})


# -- hours


async def test_without_hours_it_is_always_open(library):
    now = await library.hours.of("g_1")
    assert (now.is_open, now.next_change, now.hours) == (True, None, None)
    assert (now.version, now.is_inherited) == (0, True)
    assert await library.hours.all() == []


async def test_where_nobody_set_hours_the_projects_count(shelves):
    now = shelves.clock.now()
    library = Shelves(project=ProjectsDesk(hours={"from": now + 10, "to": now + 20})).library
    for group in ("default", "g_1"):
        hours = await library.hours.of(group)
        assert (hours.is_open, hours.next_change, hours.version) == (False, now + 10, 0)
    await library.hours.set(LIN, "default", {"from": now, "to": now + 5})
    assert await library.hours.is_open("g_1")
    await library.hours.remove(LIN, "default")
    assert not await library.hours.is_open("g_1")


async def test_a_group_has_its_own_hours_or_everybodys(shelves, library):
    now = shelves.clock.now()
    await library.hours.set(LIN, "default", {"from": now + 10, "to": now + 20})
    assert not await library.hours.is_open("g_1")
    inherited = await library.hours.of("g_1")
    assert (inherited.next_change, inherited.is_inherited, inherited.version) == (
        now + 10,
        True,
        0,
    )
    own = await library.hours.set(LIN, "g_1", {"from": now, "to": now + 5})
    assert (own.is_open, own.next_change, own.version) == (True, now + 5, 1)
    assert await library.hours.of("g_1") == own
    assert [one.group for one in await library.hours.all()] == ["default", "g_1"]
    shelves.clock.advance(5)
    assert not await library.hours.is_open("g_1")
    await library.hours.remove(LIN, "g_1")
    shelves.clock.advance(5)
    assert await library.hours.is_open("g_1")
    assert (await refused(library.hours.remove(LIN, "g_1")))[0] == 404
    acts = ["hours.created", "hours.created", "hours.removed"]
    assert await shelves.acts() == acts


async def test_hours_that_are_none_are_refused_by_who_understands_them(library):
    assert await refused(library.hours.set(LIN, "default", {"x": 1})) == (400, "hours")


async def test_hours_have_versions(library):
    hours = {"from": 1.0, "to": 2.0}
    with pytest.raises(Conflict):
        await library.hours.set(LIN, "g_1", hours, version=1)
    assert (await library.hours.set(LIN, "g_1", hours, version=0)).version == 1
    with pytest.raises(Conflict):
        await library.hours.set(LIN, "g_1", hours, version=0)
    assert (await library.hours.set(LIN, "g_1", {**hours, "to": 3.0}, version=1)).version == 2


async def test_of_two_who_set_the_first_hours_one_is_told_to_look_again(library):
    done = await asyncio.gather(
        *(library.hours.set(LIN, "g_1", {"from": 1.0, "to": t}) for t in (2.0, 3.0)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) in (
        ["Conflict", "HoursNow"],
        ["HoursNow", "HoursNow"],
    )


async def test_the_hours_of_a_group_go_with_it(library):
    await library.hours.set(LIN, "g_1", {"from": 1.0, "to": 2.0})
    await library.forget_group(LIN, "g_1")
    await library.forget_group(LIN, "g_1")
    assert await library.hours.all() == []
