"""``kefu staff`` and the first start, as a user meets them."""

import json
import re

from tests.integration.command import Server, kefu, wait_until

PASSWORD = "correct horse 9 staple"


def link_in(text):
    """Return the one token that is told: in a link, or, without screens, in a request."""
    (token,) = re.findall(r"/desk/setup#token=([\w-]+)", text)
    return token


def post(server, path, **body):
    status, answer = server.call(f"/api/v1/{path}", json.dumps(body))
    return status, json.loads(answer)


def test_the_first_start_prints_a_link_that_makes_the_administrator(project):
    with Server(cwd=project) as server:
        token = link_in(server.greeting)
        status, answer = post(server, "setup", token=token, login="root", password=PASSWORD)
        assert (status, answer["role"]) == (201, "admin")
        assert post(server, "setup", token=token, login="x", password=PASSWORD)[0] == 410
        status, me = post(server, "login", login="root", password=PASSWORD)
        assert (status, me["agent"]["login"]) == (200, "root")
        assert post(server, "login", login="admin", password="admin")[0] == 401
        assert server.stop() == 0
        assert token not in server.process.stderr.read()
    with Server(cwd=project) as server:
        assert "setup" not in server.greeting
        assert post(server, "login", login="root", password=PASSWORD)[0] == 200


def test_accounts_are_kept_from_the_command_line_while_the_server_runs(project):
    project.joinpath("endpoints.yml").write_text("staff:\n  public_url: https://desk.example\n")
    with Server(cwd=project) as server:
        done = kefu("staff", "invite", "--name", "林小雨", "--role", "admin", cwd=project)
        assert (done.status, "1001  林小雨  (admin)" in done.out) == (0, True)
        assert "https://desk.example/desk/setup#token=" in done.out
        token = link_in(done.out)
        assert post(server, "setup", token=token, login="lin", password=PASSWORD)[0] == 201
        assert post(server, "login", login="lin", password=PASSWORD)[0] == 200
        done = kefu("staff", "disable", "lin", cwd=project)
        assert (done.status, "last administrator" in done.err) == (1, True)
        done = kefu("staff", "invite", "--login", "wu", "--number", "１００７", cwd=project)
        assert (done.status, link_in(done.out) != token) == (0, True)
        again = kefu("staff", "invite", "--login", "ＷＵ", cwd=project)
        assert (again.status, "login is taken" in again.err) == (1, True)
        assert post(server, "setup", token=link_in(done.out), password=PASSWORD)[0] == 201
        assert post(server, "login", login="wu", password=PASSWORD)[0] == 200
        assert kefu("staff", "disable", "１００７", cwd=project).status == 0
        wait_until(lambda: post(server, "login", login="wu", password=PASSWORD)[0] == 401)
        listed = kefu("staff", "list", cwd=project).out.splitlines()
        assert [line.split()[-1] for line in listed] == ["state", "active", "disabled"]
        reset = kefu("staff", "reset", "lin", cwd=project)
        token = link_in(reset.out)
        assert post(server, "setup", token=token, password="another horse 7")[0] == 201
        assert post(server, "login", login="lin", password=PASSWORD)[0] == 401
        missing = kefu("staff", "reset", "nobody", cwd=project)
        assert (missing.status, "kefu staff list" in missing.err) == (1, True)
    verified = kefu("staff", "audit", "--verify", cwd=project)
    assert verified.status == 0
    kept = verified.out.splitlines()[-1]
    shown = kefu("staff", "audit", "--last", "100", cwd=project).out
    assert "agent.created" in shown
    assert "command line" in shown
    for secret in (token, PASSWORD, "argon2"):
        assert secret not in shown
    assert kefu("staff", "audit", "--expect", kept, cwd=project).status == 0
    wrong = kefu("staff", "audit", "--expect", "1:" + "0" * 64, cwd=project)
    assert (wrong.status, "is another one" in wrong.err) == (1, True)


def test_demo_agents_are_there_on_demand_and_gone_without(project):
    with Server("--demo", cwd=project) as server:
        rows = [line.split() for line in server.greeting.splitlines() if "Demo agent" in line]
        assert [row[2] for row in rows] == ["demo-1", "demo-2", "demo-lead"]
        assert "from this machine only" in server.greeting
        login, password = rows[0][2], rows[0][4]
        assert post(server, "login", login=login, password=password)[0] == 200
    with Server(cwd=project) as server:
        assert "Demo agent" not in server.greeting
        assert post(server, "login", login=login, password=password)[0] == 401
    refused = kefu("run", "--demo", "-i", "0.0.0.0", "--port", "0", cwd=project)
    assert (refused.status, "--demo-anywhere" in refused.err) == (1, True)


def test_several_workers_print_one_link(project):
    with Server("--workers", "2", cwd=project) as server:
        token = link_in(server.greeting)
        status, _ = post(server, "setup", token=token, login="root", password=PASSWORD)
        assert status == 201
    refused = kefu("run", "--demo", "--workers", "2", "--port", "0", cwd=project)
    assert (refused.status, "leave --workers out" in refused.err) == (1, True)


def test_a_project_that_keeps_everything_in_memory_is_told_so(project):
    project.joinpath("endpoints.yml").write_text("tracker_store:\n  type: InMemory\n")
    done = kefu("staff", "invite", cwd=project)
    assert (done.status, "in memory" in done.err) == (1, True)
