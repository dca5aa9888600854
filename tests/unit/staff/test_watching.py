"""Live connections are told when their login has ended, wherever that happened."""

import asyncio
from contextlib import ExitStack

import pytest

from kefu.errors import Unavailable
from kefu.staff.accounts import actor_of
from kefu.staff.directory import Acting, everything
from kefu.staff.permissions import Permission, Role, allows
from kefu.storage.sql import open_sql
from tests.staffing import HERE, PASSWORD, a_staff, hired

BY = Acting(everything("test"))


@pytest.fixture
async def running():
    staff, clock, _ = a_staff()
    await hired(staff, "root", Role.ADMIN)
    lin = await hired(staff)
    who, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    task = asyncio.ensure_future(staff.watch.run())
    yield staff, clock, lin, who, token
    task.cancel()


async def out(followed):
    async with asyncio.timeout(10):
        await followed.out.wait()


@pytest.mark.parametrize("how", ["disabled", "removed", "reset", "signed out", "revoked"])
async def test_whoever_is_out_is_out_of_the_live_feed_as_well(running, how):
    staff, _, lin, who, token = running
    with staff.watch.following(who) as followed:
        match how:
            case "disabled":
                await staff.directory.change(BY, lin.account_id, {"is_active": False})
            case "removed":
                await staff.directory.remove(BY, lin.account_id)
            case "reset":
                await staff.directory.reset(BY, lin.account_id)
            case "signed out":
                await staff.signing_in.sign_out(token)
            case _:
                await staff.directory.end_login(BY, lin.account_id, who.login.login_id)
        await out(followed)
    assert staff.watch.count == 0


async def test_a_login_that_ended_before_the_connection_was_made_is_noticed(running):
    staff, _, lin, who, _ = running
    await staff.directory.change(BY, lin.account_id, {"is_active": False})
    with staff.watch.following(who) as followed:
        await out(followed)


async def test_a_login_that_expires_ends_its_connection(running):
    staff, clock, _, who, _ = running
    with staff.watch.following(who) as followed:
        await staff.watch.look()
        assert not followed.out.is_set()
        clock.advance(12 * 3600)
        await out(followed)


async def test_a_changed_role_is_told_and_decides_from_then_on(running):
    staff, _, lin, who, token = running
    with staff.watch.following(who) as followed:
        await staff.directory.change(BY, lin.account_id, {"role": Role.SUPERVISOR})
        async with asyncio.timeout(10):
            await followed.changed.wait()
        assert not followed.out.is_set()
        actor = (await staff.signing_in.who(token)).actor
        assert allows(actor, Permission.SESSION_LISTEN)
        assert not allows(actor_of(lin), Permission.SESSION_LISTEN)


async def test_what_another_process_does_is_noticed(tmp_path):
    path = tmp_path / "kefu.db"
    here, there = await open_sql(path), await open_sql(path)
    staff, _, _ = a_staff(here.staff)
    beside, _, _ = a_staff(there.staff)
    lin = await hired(staff)
    who, _ = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    task = asyncio.ensure_future(staff.watch.run())
    with staff.watch.following(who) as followed:
        await beside.directory.change(BY, lin.account_id, {"is_active": False})
        await out(followed)
    task.cancel()
    await here.close()
    await there.close()


async def test_a_store_that_is_away_for_long_ends_all_connections():
    staff, clock, _ = a_staff()
    await hired(staff)
    who, _ = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    await staff.watch.look()

    async def away(*_):
        raise Unavailable("away")

    with ExitStack() as stack:
        followed = [stack.enter_context(staff.watch.following(who)) for _ in range(2)]
        await staff.watch.look()
        staff.watch._store.still_in = away
        clock.advance(30)
        await staff.watch.look()
        assert not followed[0].out.is_set()
        clock.advance(1)
        await staff.watch.look()
        assert all(one.out.is_set() for one in followed)
