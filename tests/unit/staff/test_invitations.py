"""One-time links: once, for a day, for one of two who try."""

import asyncio

import pytest

from kefu.errors import StaffError
from kefu.staff.directory import Acting, everything
from kefu.staff.permissions import Role
from tests.staffing import HERE, PASSWORD, a_staff, hired

BY = Acting(everything("test"))


async def problem_of(work):
    with pytest.raises(StaffError) as caught:
        await work
    return caught.value.problem


def use(staff, token, login="root", password=PASSWORD, name=""):
    return staff.invitations.use(token, password, login=login, display_name=name)


async def test_the_first_link_makes_an_administrator_and_then_there_is_none():
    staff, _, _ = a_staff()
    link = await staff.invitations.first()
    looked = await staff.invitations.look(link.token)
    assert (looked.kind, looked.role) == ("setup", Role.ADMIN)
    account = await use(staff, link.token, "Root", name="<b>管理员</b>")
    assert (account.role, account.login, account.display_name, account.staff_number) == (
        Role.ADMIN,
        "Root",
        "<b>管理员</b>",
        "1001",
    )
    await staff.signing_in.sign_in("root", PASSWORD, HERE)
    assert await staff.invitations.first() is None
    assert link.token not in repr(link)


async def test_a_link_that_was_used_is_dead():
    staff, _, _ = a_staff()
    link = await staff.invitations.first()
    other = await staff.invitations.first()
    await use(staff, link.token)
    assert await problem_of(use(staff, link.token, "second")) == "link-dead"
    assert await problem_of(use(staff, other.token, "second")) == "already-set-up"
    assert await problem_of(staff.invitations.look(other.token)) == "already-set-up"
    assert len(await staff.directory.all()) == 1


async def test_a_link_expires_after_a_day():
    staff, clock, _ = a_staff()
    link = await staff.invitations.first()
    clock.advance(86399)
    await staff.invitations.look(link.token)
    clock.advance(1)
    assert await problem_of(use(staff, link.token)) == "link-dead"
    assert await problem_of(staff.invitations.look(link.token)) == "link-dead"


@pytest.mark.parametrize("token", ["", "x", "x" * 1000, "\udcff"])
async def test_what_is_no_link_is_dead(token):
    staff, _, _ = a_staff()
    assert await problem_of(use(staff, token)) == "link-dead"


async def test_of_several_who_use_a_link_at_once_one_succeeds():
    staff, _, _ = a_staff()
    link = await staff.invitations.first()
    tries = [use(staff, link.token, f"root{number}") for number in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(await staff.directory.all()) == 1


async def test_of_two_set_up_links_used_at_once_one_succeeds():
    staff, _, _ = a_staff()
    links = [await staff.invitations.first() for _ in range(2)]
    tries = [use(staff, link.token, f"root{number}") for number, link in enumerate(links)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [getattr(result, "problem", "done") for result in results].count("done") == 1
    assert len(await staff.directory.all()) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"password": "short"}, "weak-password"),
        ({"password": "root root root"}, "weak-password"),
        ({"login": "a b"}, "bad-login"),
        ({"login": "ＬＩＮ"}, "login-taken"),
        ({"name": "\x1b[2J"}, "bad-text"),
    ],
)
async def test_a_link_is_not_used_up_by_a_mistake(given, problem):
    staff, _, _ = a_staff()
    await hired(staff)
    link = await staff.invitations.first()
    assert await problem_of(use(staff, link.token, **given)) == problem
    await use(staff, link.token)


async def test_an_invited_agent_chooses_login_name_and_password():
    staff, _, _ = a_staff()
    account, link = await staff.directory.create(BY, {"display_name": "林", "role": Role.SENIOR})
    looked = await staff.invitations.look(link.token)
    assert (looked.kind, looked.role, looked.login) == ("invite", Role.SENIOR, "1001")
    await use(staff, link.token, "lin", name="小林")
    who, _ = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    assert (who.account.account_id, who.account.display_name) == (account.account_id, "小林")
    assert who.account.role is Role.SENIOR


async def test_a_reset_link_changes_the_password_and_nothing_else():
    staff, _, _ = a_staff()
    await hired(staff, "root", Role.ADMIN)
    account = (await staff.directory.all())[0]
    _, token = await staff.signing_in.sign_in("root", PASSWORD, HERE)
    link = await staff.directory.reset(BY, account.account_id)
    assert (await staff.invitations.look(link.token)).kind == "reset"
    await use(staff, link.token, "evil", "another horse 7", "Evil")
    after = await staff.directory.one(account.account_id)
    assert (after.login, after.display_name) == ("root", "Root")
    assert await staff.signing_in.who(token) is None
    await staff.signing_in.sign_in("root", "another horse 7", HERE)


async def test_the_link_of_a_disabled_or_removed_account_is_dead():
    staff, _, _ = a_staff()
    for what in ("disable", "remove"):
        account, link = await staff.directory.create(BY, {"display_name": "林"})
        if what == "disable":
            await staff.directory.change(BY, account.account_id, {"is_active": False})
        else:
            await staff.directory.remove(BY, account.account_id)
        assert await problem_of(use(staff, link.token, "lin")) == "link-dead"
