"""The one function that decides, and who may give what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.staff.permissions import (
    MACHINE,
    ROLES,
    Actor,
    Permission,
    Role,
    Subject,
    allows,
    may_grant,
)


def an_actor(role=Role.AGENT, account_id="a_1", more=(), groups=()):
    return Actor(
        account_id=account_id,
        name="x",
        permissions=ROLES[role] | frozenset(more),
        groups=frozenset(groups),
    )


def test_every_role_is_a_set_and_an_administrator_may_do_everything():
    assert set(ROLES) == set(Role)
    assert ROLES[Role.ADMIN] == frozenset(Permission)
    assert ROLES[Role.AGENT] < ROLES[Role.SENIOR] < ROLES[Role.SUPERVISOR] < ROLES[Role.ADMIN]


@pytest.mark.parametrize("permission", [Permission.AGENTS_MANAGE, Permission.AUDIT_READ])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_administrators_manage_agents_and_read_the_audit_log(role, permission):
    assert not allows(an_actor(role), permission)
    assert allows(an_actor(role, more=[permission]), permission)


@pytest.mark.parametrize(
    ("role", "subject", "is_allowed"),
    [
        (Role.AGENT, None, True),
        (Role.AGENT, Subject(agent_id="a_1"), True),
        (Role.AGENT, Subject(agent_id="a_2", invited=frozenset({"a_1"})), True),
        (Role.AGENT, Subject(agent_id="a_2"), False),
        (Role.AGENT, Subject(agent_id="a_2", group_id="g_1"), True),
        (Role.AGENT, Subject(agent_id="a_2", group_id="g_2"), False),
        (Role.AGENT, Subject(group_id="g_2"), False),
        (Role.AGENT, Subject(group_id="g_1"), True),
        (Role.AGENT, Subject(), True),
        (Role.SENIOR, Subject(agent_id="a_2", group_id="g_2"), True),
        (Role.TRAINER, Subject(agent_id="a_2"), True),
    ],
)
def test_what_is_read_depends_on_whose_it_is(role, subject, is_allowed):
    actor = an_actor(role, groups=["g_1"])
    assert allows(actor, Permission.SESSION_READ_MINE, subject) is is_allowed


def test_the_wider_reach_includes_the_narrower_and_not_the_other_way_round():
    agent, senior = an_actor(), an_actor(Role.SENIOR)
    assert not allows(agent, Permission.SESSION_READ_ALL)
    assert not allows(agent, Permission.CANNED_EDIT_SHARED)
    assert allows(senior, Permission.CANNED_EDIT_OWN, Subject(agent_id="a_2"))
    assert not allows(agent, Permission.CANNED_EDIT_OWN, Subject(agent_id="a_2"))
    assert allows(agent, Permission.CANNED_EDIT_OWN, Subject(agent_id="a_1"))


def test_nobodys_canned_reply_is_not_everybodys_own():
    assert not allows(an_actor(), Permission.CANNED_EDIT_OWN, Subject())


def test_a_machine_reads_and_never_administers():
    machine = Actor(account_id="", name="API", permissions=MACHINE)
    assert machine.is_machine
    assert allows(machine, Permission.SESSION_READ_MINE, Subject(agent_id="a_1"))
    assert not allows(machine, Permission.AGENTS_MANAGE)
    # A machine has no id: what is nobody's is not its own for that.
    narrow = Actor(account_id="", name="", permissions=frozenset({Permission.CANNED_EDIT_OWN}))
    assert not allows(narrow, Permission.CANNED_EDIT_OWN, Subject(agent_id=""))


def test_nobody_gives_more_than_they_have():
    admin = an_actor(Role.ADMIN)
    some = an_actor(Role.SUPERVISOR, more=[Permission.AGENTS_MANAGE])
    assert may_grant(admin, ROLES[Role.ADMIN])
    assert may_grant(some, ROLES[Role.SENIOR])
    assert not may_grant(some, ROLES[Role.ADMIN])
    assert not may_grant(some, {Permission.AUDIT_READ})
    assert not may_grant(an_actor(Role.SUPERVISOR), ())


IDS = st.sampled_from(["", "a_1", "a_2", "g_1", "g_2"])
SUBJECTS = st.builds(
    Subject,
    agent_id=st.none() | IDS,
    group_id=st.none() | IDS,
    invited=st.frozensets(IDS, max_size=2),
)
PERMISSIONS = st.sampled_from(Permission)


@given(st.frozensets(PERMISSIONS), st.frozensets(PERMISSIONS), PERMISSIONS, IDS, SUBJECTS)
def test_more_permissions_never_allow_less_and_nothing_comes_of_nothing(
    some, more, asked, account_id, subject
):
    few, many = (
        Actor(account_id=account_id, name="", permissions=held, groups=frozenset({"g_1"}))
        for held in (some, some | more)
    )
    assert allows(few, asked, subject) <= allows(many, asked, subject)
    assert allows(few, asked, subject) <= allows(few, asked)
    assert allows(few, asked) <= bool(some)
    assert not may_grant(few, many.permissions - few.permissions) or more <= some
