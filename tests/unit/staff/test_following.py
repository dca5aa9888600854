"""Whoever routes conversations is told of every account that changes."""

import logging

from kefu.errors import Unavailable
from kefu.staff.directory import Acting, everything
from kefu.staff.permissions import Role
from tests.staffing import PASSWORD, a_staff, hired

BY = Acting(everything("test"))


async def test_followers_are_told_what_is_stored():
    staff, _, _ = a_staff()
    told = []

    async def follow(account):
        assert account == await staff.audit.account(account.account_id)
        told.append((account.login, account.is_active, account.is_removed, account.max_sessions))

    staff.following.add(follow)
    await hired(staff, "root", Role.ADMIN)
    account, link = await staff.directory.create(BY, {"display_name": "林", "login": "lin"})
    await staff.invitations.use(link.token, PASSWORD, login="xiaolin", display_name="")
    await staff.directory.change(BY, account.account_id, {"max_sessions": 9})
    await staff.directory.change(BY, account.account_id, {"max_sessions": 9})
    await staff.directory.change(BY, account.account_id, {"is_active": False})
    await staff.directory.remove(BY, account.account_id)
    assert told == [
        ("lin", True, False, 5),
        ("xiaolin", True, False, 5),
        ("xiaolin", True, False, 9),
        ("xiaolin", False, False, 9),
        ("xiaolin", False, True, 9),
    ]


async def test_demo_agents_come_and_go_like_others():
    staff, _, _ = a_staff()
    told = []

    async def follow(account):
        assert account == await staff.audit.account(account.account_id)
        told.append((account.login, account.is_active))

    staff.following.add(follow)
    await staff.demo.open()
    await staff.demo.open()
    await staff.demo.shut()
    names = ["demo-1", "demo-2", "demo-lead"]
    assert told == [(name, True) for name in names * 2] + [(name, False) for name in names]


async def test_a_follower_that_cannot_take_note_keeps_nobody_from_a_change(caplog):
    staff, _, _ = a_staff()
    told = []

    async def failing(_):
        raise Unavailable("away")

    async def follow(account):
        told.append(account.login)

    staff.following.add(failing)
    staff.following.add(follow)
    lin = await hired(staff)
    with caplog.at_level(logging.WARNING):
        changed = await staff.directory.change(BY, lin.account_id, {"max_sessions": 9})
    assert (changed.max_sessions, told) == (9, ["lin"])
    assert "not taken note of" in caplog.text
