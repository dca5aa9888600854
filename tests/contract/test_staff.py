"""Accounts, logins, links, attempts and the audit log on every store."""

import asyncio
from dataclasses import replace

import pytest

from kefu.errors import Conflict, StaffError
from kefu.staff.accounts import Account, Named
from kefu.staff.attempts import PER_ADDRESS, PER_LOGIN
from kefu.staff.audit import AuditEntry, Head, Verifier
from kefu.staff.changes import (
    AddAccount,
    AddInvitation,
    AddLogin,
    AddNamed,
    AdminLeft,
    ChangeAccount,
    ChangeNamed,
    DropNamed,
    EndInvitations,
    EndLogin,
    EndLogins,
    Invitation,
    NoAdmin,
    Rehash,
    SetSettings,
    UseInvitation,
)
from kefu.staff.logins import Login
from kefu.staff.permissions import Permission, Role

NOW = 1_700_000_000.0
THE_END = 2**53


def an_account(name="lin", **changes):
    return Account(
        **{
            "account_id": f"a_{name}",
            "staff_number": f"N-{name}",
            "login": name,
            "display_name": "林",
            "password_hash": "$argon2id$x",
            "created_at": NOW,
            "changed_at": NOW,
            **changes,
        }
    )


def a_login(name="lin", number=1, **changes):
    return Login(
        **{
            "login_id": f"l_{name}{number}",
            "account_id": f"a_{name}",
            "token_digest": f"digest-{name}{number}",
            "created_at": NOW,
            "seen_at": NOW + number,
            "expires_at": NOW + 100,
            "address": "192.0.2.1",
            "browser": "Firefox",
            **changes,
        }
    )


def a_link(number=1, **changes):
    return Invitation(
        **{
            "token_digest": f"link-{number}",
            "account_id": None,
            "role": Role.AGENT,
            "created_at": NOW,
            "expires_at": NOW + 100,
            **changes,
        }
    )


def an_entry(act="agent.created", **changes):
    entry = {"at": NOW + 0.1, "actor_id": "a_admin", "actor_name": "管理员", "act": act}
    return AuditEntry(**{**entry, "data": {"role": "agent", "n": 1.5}, **changes})


@pytest.fixture
def staff(storage):
    return storage.staff


async def problem_of(work):
    with pytest.raises(StaffError) as caught:
        await work
    return caught.value.problem


async def test_an_account_comes_back_as_it_was(staff):
    account = an_account(
        avatar="/a.png",
        languages=("zh", "en"),
        skills={"refund": 3},
        groups=("g_1",),
        max_sessions=8,
        role=Role.SENIOR,
        permissions=frozenset({Permission.EXPORT, Permission.AUDIT_READ}),
        settings={"theme": "dark"},
        is_demo=True,
    )
    await staff.apply([AddAccount(account)])
    assert await staff.account("a_lin") == account
    assert await staff.by_login("lin") == account
    assert await staff.account("a_nobody") is None
    assert await staff.by_login("nobody") is None


async def test_accounts_come_by_staff_number_without_the_removed_ones(staff):
    for number, name in ((3, "c"), (1, "a"), (2, "b")):
        await staff.apply([AddAccount(an_account(name, staff_number=f"100{number}"))])
    gone = replace(an_account("b"), staff_number="1002", is_active=False, is_removed=True)
    await staff.apply([ChangeAccount(gone)])
    assert [account.login for account in await staff.accounts()] == ["a", "c"]
    assert (await staff.account("a_b")).display_name == "林"
    await staff.apply([AddAccount(an_account("b", account_id="a_b2", staff_number="1002"))])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"login": "ＬＩＮ"}, "login-taken"),
        ({"login": "Lin"}, "login-taken"),
        ({"login": "wu", "staff_number": "n-LIN"}, "staff-number-taken"),
        ({"login": "wu", "staff_number": "Ｎ－ｌｉｎ".replace("－", "-")}, "staff-number-taken"),
    ],
)
async def test_login_and_number_are_unique_whatever_their_case_and_width(staff, changes, problem):
    await staff.apply([AddAccount(an_account())])
    other = an_account("wu", **changes)
    assert await problem_of(staff.apply([AddAccount(other)], an_entry())) == problem
    await staff.apply([AddAccount(an_account("wu"))])
    renamed = replace(an_account("wu"), **changes)
    assert await problem_of(staff.apply([ChangeAccount(renamed)], an_entry())) == problem
    assert await staff.head() == Head()


async def test_of_two_accounts_with_one_login_at_the_same_instant_one_is_made(staff):
    work = [
        staff.apply(
            [AddAccount(an_account("lin", account_id=f"a_{n}", staff_number=str(n)))], an_entry()
        )
        for n in range(5)
    ]
    results = await asyncio.gather(*work, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert {result.problem for result in results if result is not None} == {"login-taken"}
    assert len(await staff.accounts()) == 1


async def test_a_change_of_an_older_version_is_refused_and_changes_nothing(staff):
    await staff.apply([AddAccount(an_account())])
    await staff.apply([ChangeAccount(replace(an_account(), display_name="Lin"))])
    changed = await staff.account("a_lin")
    assert (changed.display_name, changed.version) == ("Lin", 2)
    with pytest.raises(Conflict):
        await staff.apply(
            [AddNamed(a_group()), ChangeAccount(replace(an_account(), display_name="L"))],
            an_entry(),
        )
    assert await staff.account("a_lin") == changed
    assert not await staff.named("group")
    assert await staff.head() == Head()


async def test_settings_and_new_hashes_do_not_change_the_version(staff):
    await staff.apply([AddAccount(an_account())])
    await staff.apply([SetSettings("a_lin", {"a": [1]}), Rehash("a_lin", "$argon2id$x", "new")])
    await staff.apply([Rehash("a_lin", "$argon2id$x", "late")])
    account = await staff.account("a_lin")
    assert (account.settings, account.password_hash, account.version) == ({"a": [1]}, "new", 1)


async def test_a_login_is_found_by_its_digest_until_it_ends(staff):
    await staff.apply([AddAccount(an_account())])
    await staff.apply([AddLogin(a_login(), "$argon2id$x")])
    assert await staff.signed_in("digest-lin1", NOW) == (a_login(), an_account())
    assert await staff.signed_in("digest-lin1", NOW + 100) is None
    assert await staff.signed_in("digest", NOW) is None
    await staff.see("l_lin1", seen_at=NOW + 50, expires_at=NOW + 200)
    found = await staff.signed_in("digest-lin1", NOW + 150)
    assert (found[0].seen_at, found[0].expires_at) == (NOW + 50, NOW + 200)
    await staff.apply([EndLogin("a_other", "l_lin1")])
    assert await staff.signed_in("digest-lin1", NOW)
    await staff.apply([EndLogin("a_lin", "l_lin1")])
    assert await staff.signed_in("digest-lin1", NOW) is None


async def test_nobody_signs_in_with_an_older_password_or_to_a_disabled_account(staff):
    await staff.apply([AddAccount(an_account())])
    assert await problem_of(staff.apply([AddLogin(a_login(), "older")])) == "login-failed"
    await staff.apply([AddLogin(a_login(), "$argon2id$x")])
    await staff.apply([ChangeAccount(replace(an_account(), is_active=False))])
    assert await staff.signed_in("digest-lin1", NOW) is None
    assert await staff.still_in({"l_lin1"}, NOW) == {}
    second = staff.apply([AddLogin(a_login(number=2), "$argon2id$x")])
    assert await problem_of(second) == "login-failed"


async def test_logins_are_listed_and_ended_together(staff):
    for name in ("lin", "wu"):
        await staff.apply([AddAccount(an_account(name))])
        for number in (1, 2, 3):
            await staff.apply([AddLogin(a_login(name, number), "$argon2id$x")])
    listed = await staff.logins("a_lin", NOW)
    assert [login.login_id for login in listed] == ["l_lin3", "l_lin2", "l_lin1"]
    await staff.apply([EndLogins("a_lin", but="l_lin2")])
    alive = await staff.still_in({"l_lin1", "l_lin2", "l_wu1", "l_none"}, NOW)
    assert alive == {"l_lin2": 1, "l_wu1": 1}
    await staff.drop_old(NOW + 101)
    assert await staff.logins("a_wu", NOW) == []


async def test_a_link_works_once_and_until_it_expires(staff):
    await staff.apply([AddInvitation(a_link())])
    assert await staff.invitation("link-1", NOW) == a_link()
    assert await staff.invitation("link-1", NOW + 100) is None
    assert await problem_of(staff.apply([UseInvitation("link-1", NOW + 100)])) == "link-dead"
    tries = [staff.apply([UseInvitation("link-1", NOW)], an_entry()) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert await staff.invitation("link-1", NOW) is None


async def test_a_new_link_of_an_account_kills_the_older_ones(staff):
    for number in (1, 2):
        await staff.apply([AddInvitation(a_link(number, account_id="a_lin"))])
    await staff.apply([AddInvitation(a_link(3, account_id="a_wu"))])
    assert await staff.invitation("link-1", NOW) is None
    await staff.apply([EndInvitations("a_lin")])
    assert await staff.invitation("link-2", NOW) is None
    assert await staff.invitation("link-3", NOW)
    await staff.drop_old(NOW + 101)
    assert await staff.invitation("link-3", NOW) is None


async def test_the_last_administrator_stays(staff):
    assert await problem_of(staff.apply([AdminLeft()])) == "last-admin"
    await staff.apply([NoAdmin(), AddAccount(an_account(role=Role.ADMIN, password_hash=None))])
    assert await problem_of(staff.apply([AdminLeft()])) == "last-admin"
    await staff.apply([NoAdmin(), AddAccount(an_account("wu", role=Role.ADMIN))])
    assert await problem_of(staff.apply([NoAdmin()])) == "already-set-up"
    shut = replace(an_account("wu", role=Role.ADMIN), is_active=False)
    work = staff.apply([ChangeAccount(shut), AdminLeft()], an_entry())
    assert await problem_of(work) == "last-admin"
    assert (await staff.account("a_wu")).is_active


async def test_of_several_first_administrators_at_one_instant_there_is_one(staff):
    work = [
        staff.apply([NoAdmin(), AddAccount(an_account(f"r{n}", role=Role.ADMIN))], an_entry())
        for n in range(5)
    ]
    results = await asyncio.gather(*work, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert len(await staff.accounts()) == 1


async def test_who_is_disabled_while_signing_in_is_not_in(staff):
    for number in range(10):
        name = f"lin{number}"
        await staff.apply([AddAccount(an_account(name))])
        shut = replace(an_account(name), is_active=False)
        await asyncio.gather(
            staff.apply([AddLogin(a_login(name), "$argon2id$x")], an_entry()),
            staff.apply([ChangeAccount(shut), EndLogins(f"a_{name}")], an_entry()),
            return_exceptions=True,
        )
        opened = replace(shut, is_active=True, version=2)
        await staff.apply([ChangeAccount(opened)], an_entry())
        assert await staff.still_in({f"l_{name}1"}, NOW) == {}


async def test_two_administrators_who_demote_each_other_leave_one(staff):
    for name in ("lin", "wu"):
        await staff.apply([AddAccount(an_account(name, role=Role.ADMIN))])
    work = [
        staff.apply(
            [ChangeAccount(replace(an_account(name), role=Role.AGENT)), AdminLeft()], an_entry()
        )
        for name in ("lin", "wu")
    ]
    results = await asyncio.gather(*work, return_exceptions=True)
    assert sorted(getattr(result, "problem", "done") for result in results) == [
        "done",
        "last-admin",
    ]


async def test_attempts_are_counted_and_pause_longer_and_longer(staff):
    keys = {"login:lin": PER_LOGIN, "address:192.0.2.1": PER_ADDRESS}
    for _ in range(5):
        assert await staff.count(keys, NOW) is None
    assert await staff.count(keys, NOW) == NOW + 30
    assert await staff.count(keys, NOW + 29) == NOW + 30
    assert await staff.count(keys, NOW + 30) is None
    assert await staff.count(keys, NOW + 31) == NOW + 90
    other = {"login:wu": PER_LOGIN, "address:192.0.2.1": PER_ADDRESS}
    assert await staff.count(other, NOW + 31) is None


async def test_what_was_right_is_forgiven(staff):
    keys = {"login:lin": PER_LOGIN}
    for _ in range(5):
        await staff.count(keys, NOW)
    await staff.forgive("login:lin", wholly=False)
    assert await staff.count(keys, NOW) is None
    assert await staff.count(keys, NOW) == NOW + 30
    await staff.forgive("login:lin", wholly=True)
    await staff.forgive("login:nobody", wholly=False)
    for _ in range(5):
        assert await staff.count(keys, NOW) is None


async def test_a_hundred_attempts_at_one_instant_are_a_hundred(staff):
    counts = [staff.count({"login:lin": PER_LOGIN}, NOW) for _ in range(100)]
    found = await asyncio.gather(*counts)
    assert found.count(None) == PER_LOGIN.free


async def test_counting_goes_on_while_others_forget(staff):
    async def guess(number):
        counted = await staff.count({"login:lin": PER_LOGIN}, NOW)
        if number % 3 == 0:
            await staff.forgive("login:lin", wholly=True)
        elif number % 3 == 1:
            await staff.drop_old(NOW + 1000)
        return counted

    found = await asyncio.gather(*(guess(number) for number in range(60)))
    assert all(until is None or until > NOW for until in found)


async def test_old_attempts_are_dropped(staff):
    for _ in range(5):
        await staff.count({"login:lin": PER_LOGIN}, NOW)
    await staff.drop_old(NOW + 29)
    assert await staff.count({"login:lin": PER_LOGIN}, NOW + 1)
    await staff.drop_old(NOW + 31)
    assert await staff.count({"login:lin": PER_LOGIN}, NOW + 1) is None


def a_group(name="售后", **changes):
    group = {"kind": "group", "named_id": "g_1", "name": name, "created_at": NOW}
    return Named(**{**group, **changes})


async def test_groups_and_skills_are_kept_apart(staff):
    skill = a_group("Refund", kind="skill", named_id="refund", description="退款")
    await staff.apply([AddNamed(a_group()), AddNamed(skill)])
    assert await staff.named("group") == [a_group()]
    assert await staff.named("skill") == [skill]
    twin = a_group("ｒｅｆｕｎｄ", kind="skill", named_id="x")
    assert await problem_of(staff.apply([AddNamed(twin)])) == "name-taken"
    await staff.apply([AddNamed(a_group("售前", named_id="g_2"))])
    renamed = a_group("售前")
    assert await problem_of(staff.apply([ChangeNamed(renamed)])) == "name-taken"
    await staff.apply([ChangeNamed(a_group("售后二组"))])
    assert {named.name for named in await staff.named("group")} == {"售后二组", "售前"}
    with pytest.raises(Conflict):
        await staff.apply([ChangeNamed(a_group("售后"))])


async def test_what_an_agent_has_is_not_removed(staff):
    await staff.apply([AddNamed(a_group()), AddAccount(an_account(groups=("g_1",)))])
    assert await problem_of(staff.apply([DropNamed("group", "g_1")])) == "in-use"
    await staff.apply([ChangeAccount(replace(an_account(), groups=()))])
    await staff.apply([DropNamed("group", "g_1")])
    assert await problem_of(staff.apply([DropNamed("group", "g_1")])) == "not-found"


async def test_the_audit_log_is_a_chain_that_verifies(staff):
    for number in range(5):
        await staff.apply([], an_entry(subject=f"a_{number}", at=NOW + number / 3))
    entries = await staff.written(after=0, limit=100)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert await staff.written(after=3, limit=1) == [entries[3]]
    verifier = Verifier()
    verifier.read(entries)
    verifier.end(await staff.head())
    assert verifier.wrong is None
    assert verifier.head == Head(5, entries[4].digest)


async def test_entries_written_at_one_instant_have_places_without_gaps(staff):
    await asyncio.gather(*(staff.apply([], an_entry(subject=str(n))) for n in range(20)))
    verifier = Verifier()
    verifier.read(await staff.written(after=0, limit=100))
    verifier.end(await staff.head())
    assert (verifier.wrong, verifier.head.seq) == (None, 20)


async def test_the_audit_log_is_read_by_act_and_by_who(staff):
    for act, actor, subject in (
        ("agent.created", "a_1", "a_2"),
        ("agent.changed", "a_1", "a_3"),
        ("login.begun", "a_2", "l_1"),
    ):
        await staff.apply([], an_entry(act, actor_id=actor, subject=subject))

    async def places(**wanted):
        found = await staff.newest(**{"before": THE_END, "limit": 10, **wanted})
        return [entry.seq for entry in found]

    assert await places() == [3, 2, 1]
    assert await places(before=3, limit=1) == [2]
    assert await places(act="agent.") == [2, 1]
    assert await places(who="a_2") == [3, 1]
    assert await places(act="login", who="a_1") == []
