"""Demo agents: new passwords at each start, shut at a start without them."""

import pytest

from kefu.cli.desk_lines import check_demo, desk_lines
from kefu.cli.run_options import RunOptions
from kefu.errors import KefuError, StaffError
from kefu.server.settings import ServerSettings
from kefu.staff.directory import Acting, everything
from kefu.staff.permissions import Role
from tests.staffing import HERE, PASSWORD, a_staff, hired


async def test_two_agents_and_a_supervisor_get_new_passwords_at_each_start():
    staff, _, _ = a_staff()
    first = await staff.demo.open()
    assert [one.role for one in first] == [Role.AGENT, Role.AGENT, Role.SUPERVISOR]
    _, token = await staff.signing_in.sign_in(first[0].login, first[0].password, HERE)
    second = await staff.demo.open()
    assert len({one.password for one in (*first, *second)}) == 6
    assert await staff.signing_in.who(token) is None
    with pytest.raises(StaffError):
        await staff.signing_in.sign_in(first[0].login, first[0].password, HERE)
    for one in second:
        await staff.signing_in.sign_in(one.login, one.password, HERE)
        assert one.password not in repr(one)


async def test_a_start_without_them_shuts_them():
    staff, _, _ = a_staff()
    (one, *_) = await staff.demo.open()
    await hired(staff)
    assert await staff.demo.shut() == 3
    assert await staff.demo.shut() == 0
    with pytest.raises(StaffError):
        await staff.signing_in.sign_in(one.login, one.password, HERE)
    await staff.signing_in.sign_in("lin", PASSWORD, HERE)
    acts = [entry.act for entry in await staff.audit.written(after=0, limit=99)]
    assert acts.count("demo.shut") == 3


async def test_an_account_of_that_login_that_is_no_demo_is_left_alone():
    staff, _, _ = a_staff()
    mine = await hired(staff, "demo-1", Role.ADMIN)
    assert [one.login for one in await staff.demo.open()] == ["demo-2", "demo-lead"]
    assert await staff.directory.one(mine.account_id) == mine
    await staff.demo.shut()
    assert (await staff.directory.one(mine.account_id)).is_active


@pytest.mark.parametrize("is_built", [True, False])
async def test_the_start_says_when_the_workbench_is_not_built(tmp_path, monkeypatch, is_built):
    monkeypatch.setattr("kefu.server.desk_page.STATIC", tmp_path)
    if is_built:
        (tmp_path / "index.html").touch()
    staff, _, _ = a_staff()
    lines = await desk_lines(staff, "http://localhost:5005/", demo=False)
    assert any("http://localhost:5005/desk/setup#token=" in line for line in lines)
    assert any("make web" in line for line in lines) is not is_built


async def test_the_start_tells_of_the_link_until_there_is_an_administrator():
    staff, _, _ = a_staff(public_url="https://desk.example")
    lines = await desk_lines(staff, "http://localhost:5005", demo=True)
    assert sum("demo-" in line for line in lines) == 3
    (link,) = [word for line in lines for word in line.split() if "/desk/setup#token=" in word]
    assert link.startswith("https://desk.example/")
    token = link.partition("=")[2]
    await staff.invitations.use(token, PASSWORD, login="root", display_name="")
    assert await desk_lines(staff, "http://localhost:5005", demo=False) == []
    everybody = {account.login: account.is_active for account in await staff.directory.all()}
    assert everybody == {"demo-1": False, "demo-2": False, "demo-lead": False, "root": True}


def options(**changes):
    names = RunOptions.__dataclass_fields__
    given = {"workers": 1, "interface": None, "demo": True, "demo_anywhere": False, **changes}
    return RunOptions(**{name: given.get(name) for name in names})


@pytest.mark.parametrize(
    ("changes", "proxies", "interface"),
    [
        ({}, 0, "127.0.0.1"),
        ({"interface": "localhost"}, 0, "localhost"),
        ({"interface": "0.0.0.0", "demo_anywhere": True}, 0, "0.0.0.0"),
        ({"demo_anywhere": True}, 1, "127.0.0.1"),
        ({"demo": False}, 0, None),
        ({"demo": False, "interface": "0.0.0.0"}, 1, "0.0.0.0"),
    ],
)
def test_demo_agents_are_for_this_machine_unless_told_otherwise(changes, proxies, interface):
    server = ServerSettings(trusted_proxies=proxies)
    assert check_demo(options(**changes), server) == interface


@pytest.mark.parametrize(
    ("changes", "proxies", "why"),
    [
        ({"interface": "0.0.0.0"}, 0, "--demo-anywhere"),
        ({"interface": "192.0.2.1"}, 0, "192.0.2.1"),
        ({}, 1, "a proxy"),
        ({"workers": 2}, 0, "leave --workers out"),
    ],
)
def test_otherwise_the_start_is_refused(changes, proxies, why):
    with pytest.raises(KefuError, match=why):
        check_demo(options(**changes), ServerSettings(trusted_proxies=proxies))


async def test_a_demo_agent_is_like_any_other_for_who_administers():
    staff, _, _ = a_staff()
    await staff.demo.open()
    account = (await staff.directory.all())[0]
    by = Acting(everything("test"))
    changed = await staff.directory.change(by, account.account_id, {"display_name": "x"})
    assert changed.is_demo
