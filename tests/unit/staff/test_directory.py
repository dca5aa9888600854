"""The administration: who may change what, and what is written down of it."""

import pytest

from kefu.errors import Conflict, StaffError
from kefu.staff.accounts import actor_of
from kefu.staff.audit import Verifier
from kefu.staff.directory import Acting, everything
from kefu.staff.permissions import Permission, Role
from tests.staffing import HERE, PASSWORD, a_staff, hired

ALL = Acting(everything("test"), "192.0.2.9")
THE_END = 2**53


@pytest.fixture
async def office():
    staff, _, _ = a_staff()
    admin = await hired(staff, "root", Role.ADMIN)
    return staff, admin, Acting(actor_of(admin), "192.0.2.1")


async def problem_of(work):
    with pytest.raises(StaffError) as caught:
        await work
    return caught.value.problem


async def acts(staff):
    return [(e.act, e.subject) for e in await staff.audit.newest(before=THE_END, limit=100)]


async def test_a_new_agent_has_a_number_and_no_password(office):
    staff, admin, by = office
    account, link = await staff.directory.create(by, {"display_name": "林小雨"})
    assert (account.staff_number, account.login, account.role) == ("1001", "1001", Role.AGENT)
    assert account.password_hash is None
    second, _ = await staff.directory.create(by, {"display_name": "吴"})
    assert second.staff_number == "1002"
    (_, entry) = await staff.audit.newest(before=THE_END, limit=2)
    assert (entry.actor_id, entry.act, entry.subject) == (
        admin.account_id,
        "agent.created",
        account.account_id,
    )
    assert link.token not in str(entry)


async def test_who_takes_no_conversations_is_made_so_and_what_is_empty_is_as_usual(office):
    staff, _, by = office
    given = {"display_name": "陈班长", "max_sessions": 0, "skills": {}, "avatar": ""}
    account, _ = await staff.directory.create(by, given)
    assert account.max_sessions == 0
    usual, _ = await staff.directory.create(by, {"display_name": "吴", "languages": ()})
    assert (usual.max_sessions, usual.languages) == (5, account.languages)


async def test_a_change_tells_what_was_and_what_is(office):
    staff, _, by = office
    lin = await hired(staff)
    changed = await staff.directory.change(
        by, lin.account_id, {"display_name": "小林", "max_sessions": 8}, version=1
    )
    assert (changed.display_name, changed.version) == ("小林", 2)
    (entry,) = await staff.audit.newest(before=THE_END, limit=1)
    assert entry.data == {"display_name": ["Lin", "小林"], "max_sessions": [5, 8]}
    with pytest.raises(Conflict):
        await staff.directory.change(by, lin.account_id, {"max_sessions": 1}, version=1)
    assert await staff.directory.change(by, lin.account_id, {"max_sessions": 8}) == changed
    assert len(await staff.audit.newest(before=THE_END, limit=9)) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"login": "a b"}, "bad-login"),
        ({"login": "ＲＯＯＴ"}, "login-taken"),
        ({"staff_number": "N-Root"}, "staff-number-taken"),
        ({"staff_number": "一"}, "bad-staff-number"),
        ({"display_name": "\u202e"}, "bad-text"),
        ({"avatar": "javascript:alert(1)"}, "bad-avatar"),
        ({"languages": ("x",)}, "bad-agent"),
        ({"skills": {"refund": 3}}, "bad-agent"),
        ({"groups": ("g_1",)}, "bad-agent"),
        ({"max_sessions": 101}, "bad-agent"),
    ],
)
async def test_what_is_not_good_is_refused_and_nothing_changes(office, given, problem):
    staff, _, by = office
    lin = await hired(staff)
    assert await problem_of(staff.directory.change(by, lin.account_id, given)) == problem
    assert await staff.directory.one(lin.account_id) == lin
    assert await problem_of(staff.directory.create(by, {"display_name": "x", **given})) == problem
    assert await acts(staff) == []


async def test_skills_and_groups_are_those_that_there_are(office):
    staff, _, by = office
    lin = await hired(staff)
    group = await staff.naming.create(by, "group", "售后", "")
    await staff.naming.create(by, "skill", "Refund", "退款")
    given = {"skills": {"refund": 3}, "groups": (group.named_id, group.named_id)}
    changed = await staff.directory.change(by, lin.account_id, given)
    assert (changed.skills, changed.groups) == ({"refund": 3}, (group.named_id,))
    given = {"skills": {"refund": 6}}
    assert await problem_of(staff.directory.change(by, lin.account_id, given)) == "bad-agent"
    assert await problem_of(staff.naming.remove(by, "skill", "refund")) == "in-use"
    assert await problem_of(staff.naming.create(by, "skill", "ＲＥＦＵＮＤ", "")) == "name-taken"
    skill = await staff.naming.one("skill", "refund")
    assert await problem_of(staff.naming.change(by, skill, name="Money")) == "skill-renamed"
    renamed = await staff.naming.change(by, skill, name="REFUND", version=1)
    assert (renamed.name, renamed.named_id) == ("REFUND", "refund")
    with pytest.raises(Conflict):
        await staff.naming.change(by, renamed, description="x", version=1)
    await staff.directory.change(by, lin.account_id, {"skills": {}, "groups": ()})
    await staff.naming.remove(by, "skill", "refund")
    await staff.naming.remove(by, "group", group.named_id)
    assert await problem_of(staff.naming.one("skill", "refund")) == "not-found"


async def test_who_is_disabled_is_out_and_comes_back_with_the_same_password(office):
    staff, _, by = office
    lin = await hired(staff)
    _, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    await staff.directory.change(by, lin.account_id, {"is_active": False})
    assert await staff.signing_in.who(token) is None
    assert await problem_of(staff.signing_in.sign_in("lin", PASSWORD, HERE)) == "login-failed"
    assert await problem_of(staff.directory.reset(by, lin.account_id)) == "disabled"
    await staff.directory.change(by, lin.account_id, {"is_active": True})
    assert await staff.signing_in.who(token) is None
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)


@pytest.mark.parametrize("given", [{"role": Role.SUPERVISOR}, {"is_active": False}])
async def test_the_last_administrator_cannot_be_demoted_or_disabled(office, given):
    staff, admin, by = office
    await hired(staff, "shut", Role.ADMIN, is_active=False)
    await hired(staff, "invited", Role.ADMIN, password_hash=None)
    assert await problem_of(staff.directory.change(by, admin.account_id, given)) == "last-admin"
    assert (await staff.directory.one(admin.account_id)).is_ruling
    await hired(staff, "second", Role.ADMIN)
    await staff.directory.change(by, admin.account_id, given)


async def test_the_last_administrator_cannot_be_removed(office):
    staff, admin, by = office
    assert await problem_of(staff.directory.remove(by, admin.account_id)) == "last-admin"
    await hired(staff, "second", Role.ADMIN)
    await staff.directory.remove(by, admin.account_id)


async def test_who_is_removed_leaves_a_name_and_frees_the_login(office):
    staff, _, by = office
    lin = await hired(staff)
    _, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    await staff.directory.remove(by, lin.account_id)
    assert await staff.signing_in.who(token) is None
    gone = await staff.directory.one(lin.account_id)
    assert (gone.display_name, gone.is_removed, gone.password_hash) == ("Lin", True, None)
    for work in (
        staff.directory.remove(by, lin.account_id),
        staff.directory.change(by, lin.account_id, {"is_active": True}),
        staff.directory.reset(by, lin.account_id),
    ):
        assert await problem_of(work) == "not-found"
    await hired(staff)


async def test_nobody_touches_an_account_that_may_do_more(office):
    staff, admin, _ = office
    lead = await hired(
        staff, "lead", Role.SUPERVISOR, permissions=frozenset({Permission.AGENTS_MANAGE})
    )
    by, lin = Acting(actor_of(lead)), await hired(staff)
    for work in (
        staff.directory.change(by, admin.account_id, {"display_name": "x"}),
        staff.directory.reset(by, admin.account_id),
        staff.directory.remove(by, admin.account_id),
        staff.directory.end_login(by, admin.account_id, "l_1"),
        staff.directory.change(by, lin.account_id, {"role": Role.ADMIN}),
        staff.directory.change(by, lead.account_id, {"role": Role.ADMIN}),
        staff.directory.change(
            by, lin.account_id, {"permissions": frozenset({Permission.AUDIT_READ})}
        ),
        staff.directory.create(by, {"display_name": "x", "role": Role.ADMIN}),
    ):
        assert await problem_of(work) == "not-allowed"
    await staff.directory.change(by, lin.account_id, {"role": Role.SENIOR})
    assert await acts(staff) == [("agent.changed", lin.account_id)]


async def test_a_reset_signs_out_voids_the_password_and_gives_a_link(office):
    staff, _, by = office
    lin = await hired(staff)
    _, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    first = await staff.directory.reset(by, lin.account_id)
    assert await staff.signing_in.who(token) is None
    assert await problem_of(staff.signing_in.sign_in("lin", PASSWORD, HERE)) == "login-failed"
    second = await staff.directory.reset(by, lin.account_id)
    assert await problem_of(staff.invitations.look(first.token)) == "link-dead"
    assert (await staff.invitations.look(second.token)).kind == "invite"


async def test_the_only_administrator_keeps_the_password_until_the_link_is_used(office):
    staff, admin, _ = office
    link = await staff.directory.reset(ALL, admin.account_id)
    await staff.signing_in.sign_in("root", PASSWORD, HERE)
    await staff.invitations.use(link.token, "another horse 7", login="", display_name="")
    assert await problem_of(staff.signing_in.sign_in("root", PASSWORD, HERE)) == "login-failed"
    await staff.signing_in.sign_in("root", "another horse 7", HERE)
    await hired(staff, "second", Role.ADMIN)
    await staff.directory.reset(ALL, admin.account_id)
    work = staff.signing_in.sign_in("root", "another horse 7", HERE)
    assert await problem_of(work) == "login-failed"


async def test_a_link_that_was_given_for_less_is_dead_when_the_account_may_do_more(office):
    staff, _, by = office
    account, link = await staff.directory.create(by, {"display_name": "林"})
    await staff.directory.change(by, account.account_id, {"display_name": "小林"})
    await staff.invitations.look(link.token)
    await staff.directory.change(by, account.account_id, {"role": Role.ADMIN})
    assert await problem_of(staff.invitations.look(link.token)) == "link-dead"


async def test_others_logins_are_ended_one_by_one(office):
    staff, _, by = office
    lin = await hired(staff)
    who, token = await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    assert await problem_of(staff.directory.end_login(by, lin.account_id, "l_x")) == "not-found"
    await staff.directory.end_login(by, lin.account_id, who.login.login_id)
    assert await staff.signing_in.who(token) is None


async def test_every_act_is_in_a_log_that_verifies_and_holds_no_secret(office):
    staff, _, by = office
    account, link = await staff.directory.create(by, {"display_name": "林"})
    await staff.invitations.use(link.token, PASSWORD, login="lin", display_name="小林")
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    await staff.directory.change(by, account.account_id, {"role": Role.SENIOR})
    await staff.directory.reset(by, account.account_id)
    await staff.directory.remove(by, account.account_id)
    entries = await staff.audit.written(after=0, limit=100)
    assert [entry.act for entry in entries] == [
        "agent.created",
        "password.reset",
        "login.begun",
        "agent.changed",
        "agent.reset",
        "agent.removed",
    ]
    verifier = Verifier()
    verifier.read(entries)
    verifier.end(await staff.audit.head())
    assert verifier.wrong is None
    for secret in (link.token, PASSWORD, "argon2"):
        assert secret not in str(entries)
