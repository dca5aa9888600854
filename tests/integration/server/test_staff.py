"""Signing in, and the attacks on it, over the wire."""

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from urllib.parse import quote

import aiohttp
import pytest
from sanic import Sanic
from yarl import URL

from kefu.server.settings import ServerSettings
from kefu.staff.permissions import Permission, Role
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.described import check_described
from tests.serving import running_server
from tests.staffing import PASSWORD, a_staff, hired

COOKIE = "kefu_desk"
ADMIN_TOKEN = {"Authorization": "Bearer secret"}


class Browser:
    """A browser at the desk: keeps its cookie and shows the token against forged requests."""

    def __init__(self, url):
        self._url, self._jar = URL(url), aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(base_url=url, cookie_jar=self._jar)
        self.csrf = ""
        self.headers = {}
        self.close = self._session.close

    async def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.csrf and "X-CSRF-Token" not in headers:
            headers["X-CSRF-Token"] = self.csrf
        options = {} if body is None else {"json": body}
        address = path if isinstance(path, URL) else f"/api/v1/{path}"
        async with self._session.request(method, address, headers=headers, **options) as answer:
            self.headers = answer.headers
            text = await answer.text()
            body = (await answer.json(content_type=None)) if text else None
            check_described(method, str(address), answer.status, body)
            return answer.status, body

    async def sign_in(self, login="root", password=PASSWORD):
        status, body = await self.ask("POST", "login", {"login": login, "password": password})
        if status == 200:
            self.csrf = body["csrf"]
        return status, body

    @property
    def cookie(self):
        return next((one for one in self._jar if one.key == COOKIE), None)

    def steal(self, value):
        self._jar.update_cookies({COOKIE: value}, self._url)


class Desk:
    def __init__(self, server, staff, clock):
        self.server, self.staff, self.clock = server, staff, clock
        self._browsers = []

    def browser(self):
        self._browsers.append(Browser(self.server.url))
        return self._browsers[-1]

    def browser_with(self, token):
        browser = self.browser()
        browser.steal(token)
        return browser

    async def signed_in(self, login="root"):
        browser = self.browser()
        assert (await browser.sign_in(login))[0] == 200
        return browser

    async def close(self):
        for browser in self._browsers:
            await browser.close()


@asynccontextmanager
async def a_desk(tmp_path, settings=None, **options):
    staff, clock, _ = a_staff(**options)
    settings = settings or ServerSettings(enable_api=True, auth_token="secret")
    async with running_server(tmp_path, settings=settings, staff=staff) as server:
        desk = Desk(server, staff, clock)
        watching = asyncio.ensure_future(staff.watch.run())
        yield desk
        watching.cancel()
        await desk.close()


@pytest.fixture
async def desk(tmp_path):
    async with a_desk(tmp_path) as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        await hired(desk.staff, "lin")
        yield desk


def problem(body):
    assert set(body) >= {"type", "title", "status", "detail", "instance"}
    return body["type"].removeprefix("urn:kefu:problem:")


# -- signing in


async def test_who_signs_in_is_told_who_they_are_and_what_they_may_do(desk):
    browser = desk.browser()
    status, body = await browser.sign_in("ＬＩＮ")
    assert (status, body["agent"]["display_name"]) == (200, "Lin")
    assert "session.claim" in body["permissions"]
    assert "agents.manage" not in body["permissions"]
    assert (await browser.ask("GET", "me")) == (200, body)
    assert PASSWORD not in str(body)
    assert "argon2" not in str(body)


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(desk):
    browser = desk.browser()
    await browser.sign_in()
    flags = browser.headers["Set-Cookie"]
    assert "HttpOnly" in flags
    assert "SameSite=Strict" in flags
    assert "kefu_desk=" in flags
    assert "Path=/;" in flags
    assert "Domain" not in flags
    assert "Secure" not in flags
    assert browser.headers["Cache-Control"] == "no-store"


async def test_the_cookie_is_secure_where_the_desk_is_reached_by_https(tmp_path):
    async with a_desk(tmp_path, public_url="https://desk.example") as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        browser = desk.browser()
        await browser.sign_in()
        flags = browser.headers["Set-Cookie"]
        assert flags.startswith("__Host-kefu_desk=")
        assert "Secure" in flags
        assert "Path=/;" in flags
        # One that another host of the domain planted under the plain name is not looked at.
        browser = desk.browser_with(flags.partition("=")[2].partition(";")[0])
        assert (await browser.ask("GET", "me"))[0] == 401


async def test_the_cookie_is_secure_behind_a_trusted_proxy_that_speaks_https(tmp_path):
    settings = ServerSettings(trusted_proxies=1)
    async with a_desk(tmp_path, settings) as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        browser = desk.browser()
        headers = {"X_Forwarded_For": "198.51.100.1", "X_Forwarded_Proto": "https"}
        body = {"login": "root", "password": PASSWORD}
        await browser.ask("POST", "login", body, **headers)
        assert "Secure" in browser.headers["Set-Cookie"]
        (login,) = await desk.staff.signing_in.logins(
            (await desk.staff.directory.all())[0].account_id
        )
        assert login.address == "198.51.100.1"


async def test_whatever_is_wrong_the_answer_is_the_same(desk):
    await hired(desk.staff, "shut", is_active=False)
    answers = set()
    for login in ("lin", "nobody", "shut", "a b"):
        browser = desk.browser()
        status, body = await browser.sign_in(login, "wrong password")
        answers.add((status, problem(body), body["detail"], browser.headers["Content-Type"]))
        assert browser.cookie is None
    assert answers == {
        (401, "login-failed", "login or password is not right", "application/problem+json")
    }


async def test_guessing_is_slowed_down_and_says_when_to_come_back(desk):
    browser = desk.browser()
    for _ in range(5):
        assert (await browser.sign_in("lin", "wrong password"))[0] == 401
    status, body = await browser.sign_in("lin")
    assert (status, problem(body), browser.headers["Retry-After"]) == (429, "too-many", "30")
    desk.clock.advance(30)
    assert (await browser.sign_in("lin"))[0] == 200


async def test_one_password_over_many_logins_locks_the_address(desk):
    browser = desk.browser()
    for number in range(30):
        assert (await browser.sign_in(f"user{number}", PASSWORD))[0] == 401
    assert (await browser.sign_in("lin"))[0] == 429


async def test_an_address_that_is_only_claimed_is_not_believed(desk):
    browser = desk.browser()
    body = {"login": "nobody", "password": PASSWORD}
    for number in range(30):
        await browser.ask(
            "POST", "login", {**body, "login": f"u{number}"}, X_Forwarded_For=f"10.0.0.{number}"
        )
    status, _ = await browser.ask("POST", "login", body, X_Forwarded_For="10.0.1.1")
    assert status == 429


async def test_a_token_that_was_planted_is_never_taken_over(desk):
    victim, attacker = desk.browser(), await desk.signed_in("lin")
    victim.steal("planted-by-somebody-else")
    await victim.sign_in()
    assert victim.cookie.value != "planted-by-somebody-else"
    planted = attacker.cookie.value
    victim = desk.browser()
    victim.steal(planted)
    await victim.sign_in()
    assert victim.cookie.value != planted
    assert (await attacker.ask("GET", "me"))[0] == 401


async def test_signing_out_ends_the_login_and_the_cookie(desk):
    browser, other = await desk.signed_in(), await desk.signed_in()
    stolen = browser.cookie.value
    assert (await browser.ask("POST", "logout"))[0] == 204
    assert browser.cookie is None
    browser.steal(stolen)
    status, body = await browser.ask("GET", "me")
    assert (status, problem(body)) == (401, "not-signed-in")
    assert (await other.ask("GET", "me"))[0] == 200


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"login": "root"}, 400, ""),
        ({"login": 5, "password": "x"}, 400, "/login"),
        ({"login": "root", "password": ""}, 400, "/password"),
        ({"login": "x" * 201, "password": "x"}, 400, "/login"),
        ({"login": "root", "password": "x", "admin": True}, 400, ""),
        ([], 400, ""),
    ],
)
async def test_a_body_that_is_not_as_described_is_refused(desk, body, status, pointer):
    found = await desk.browser().ask("POST", "login", body)
    assert (found[0], found[1]["details"]["pointer"]) == (status, pointer)


async def test_what_is_no_json_or_too_long_is_refused(desk):
    async with desk.server.session.post("/api/v1/login", data={"login": "root"}) as answer:
        assert answer.status == 415
        assert problem(await answer.json(content_type=None)) == "unsupported-media-type"
    body = {"login": "root", "password": "x" * 70_000}
    status, found = await desk.browser().ask("POST", "login", body)
    assert (status, found["status"]) == (413, 413)


# -- forged requests


@pytest.mark.parametrize("shown", ["", "wrong", "\u00e9"])
async def test_a_request_without_the_right_csrf_token_changes_nothing(desk, shown):
    browser = await desk.signed_in()
    status, body = await browser.ask("POST", "groups", {"name": "x"}, **{"X-CSRF-Token": shown})
    assert (status, problem(body)) == (403, "csrf")
    browser.csrf = ""
    status, body = await browser.ask("POST", "groups", {"name": "x"})
    assert (status, problem(body)) == (403, "csrf")
    assert await desk.staff.naming.all("group") == []


async def test_the_csrf_token_of_another_login_is_worth_nothing(desk):
    browser, other = await desk.signed_in(), await desk.signed_in()
    browser.csrf = other.csrf
    assert problem((await browser.ask("POST", "logout"))[1]) == "csrf"
    assert (await browser.ask("GET", "me"))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": ""},
    ],
)
async def test_pages_of_other_sites_are_refused_even_with_the_right_token(desk, headers):
    browser = await desk.signed_in()
    status, body = await browser.ask("POST", "groups", {"name": "x"}, **headers)
    assert (status, problem(body)) == (403, "foreign-site")
    body = {"login": "lin", "password": PASSWORD}
    status, body = await desk.browser().ask("POST", "login", body, **headers)
    assert (status, problem(body)) == (403, "foreign-site")
    body = {"token": "x", "login": "lin", "password": PASSWORD}
    assert (await desk.browser().ask("POST", "setup", body, **headers))[0] == 403


async def test_the_desks_own_pages_are_admitted(desk):
    browser = await desk.signed_in()
    for headers in ({"Sec_Fetch_Site": "same-origin"}, {"Origin": desk.server.url}):
        status, _ = await browser.ask("PUT", "me/settings", {"settings": {}}, **headers)
        assert status == 200


# -- who may what


async def test_without_a_login_everything_is_closed(desk):
    for route in described_paths((await desk.browser().ask("GET", "openapi.json"))[1]):
        method, path, security = route
        if security:
            status, body = await desk.browser().ask(method, path.replace("{", "").replace("}", ""))
            assert status == 401, route
            assert problem(body) in {"not-signed-in", "not-authenticated"}


def described_paths(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path.removeprefix("/api/v1/"), operation["security"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "agents", {"display_name": "x"}),
        ("PUT", "agents/{id}", {"role": "admin"}),
        ("DELETE", "agents/{id}", None),
        ("POST", "agents/{id}/reset", None),
        ("GET", "agents/{id}/logins", None),
        ("POST", "groups", {"name": "x"}),
        ("POST", "skills", {"name": "x"}),
        ("GET", "audit", None),
    ],
)
async def test_an_agent_administers_nothing(desk, method, path, body):
    browser = await desk.signed_in("lin")
    _, me = await browser.ask("GET", "me")
    status, found = await browser.ask(method, path.format(id=me["agent"]["id"]), body)
    assert (status, problem(found)) == (403, "not-allowed")
    assert (await browser.ask("GET", "me"))[1]["agent"]["role"] == "agent"


async def test_an_agent_sees_colleagues_but_not_their_logins_and_rights(desk):
    browser = await desk.signed_in("lin")
    _, page = await browser.ask("GET", "agents")
    assert [agent["display_name"] for agent in page["items"]] == ["Lin", "Root"]
    assert not {"login", "permissions", "has_password"} & set(page["items"][0])
    _, page = await (await desk.signed_in()).ask("GET", "agents?q=ＬＩ&role=agent&active=true")
    assert [agent["login"] for agent in page["items"]] == ["lin"]


async def test_a_machine_reads_with_the_token_and_administers_nothing(desk):
    session = desk.server.session
    async with session.get("/api/v1/agents", headers=ADMIN_TOKEN) as answer:
        assert answer.status == 200
        assert len((await answer.json())["items"]) == 2
    async with session.post(
        "/api/v1/agents", headers=ADMIN_TOKEN, json={"display_name": "x"}
    ) as answer:
        assert answer.status == 403
    async with session.get("/api/v1/me", headers=ADMIN_TOKEN) as answer:
        assert answer.status == 401
    async with session.get("/api/v1/agents?token=wrong") as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    "settings",
    [
        ServerSettings(enable_api=True),
        ServerSettings(),
        ServerSettings(auth_token="secret"),
        ServerSettings(auth_token=""),
    ],
)
async def test_where_machines_show_no_token_they_are_nobody_to_the_staff(tmp_path, settings):
    async with a_desk(tmp_path, settings) as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        for shown in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer secret"}):
            for path in ("agents", "audit", "me", "agents?token="):
                async with desk.server.session.get(f"/api/v1/{path}", headers=shown) as answer:
                    assert answer.status == 401
        browser = await desk.signed_in()
        assert (await browser.ask("GET", "agents"))[0] == 200


async def test_customers_are_for_machines_with_the_token_and_agents_with_the_permission(desk):
    path = "customers/nobody"
    async with desk.server.session.get(f"/api/v1/{path}", headers=ADMIN_TOKEN) as answer:
        assert answer.status == 404
    assert (await (await desk.signed_in("lin")).ask("GET", path))[0] == 404
    await hired(desk.staff, "teacher", Role.TRAINER)
    assert (await (await desk.signed_in("teacher")).ask("GET", path))[0] == 403
    browser = await desk.signed_in("lin")
    assert (await browser.ask("POST", f"{path}/forget", {"fields": ["name"]}))[0] == 403
    assert (await browser.ask("GET", "deliveries"))[0] == 401
    assert (await desk.browser().ask("GET", path))[0] == 401


@pytest.mark.parametrize("shown", ["", "?token=", "?token=secret"])
async def test_where_the_api_is_off_customers_are_for_agents_only(tmp_path, shown):
    async with a_desk(tmp_path, ServerSettings(auth_token="secret")) as desk:
        await hired(desk.staff, "lin")
        assert (await desk.browser().ask("GET", f"customers/nobody{shown}"))[0] == 401
        assert (await (await desk.signed_in("lin")).ask("GET", "customers/nobody"))[0] == 404


# -- the administration


async def test_an_agent_is_invited_and_disabled_and_out_at_once(desk):
    admin, guest = await desk.signed_in(), desk.browser()
    status, made = await admin.ask("POST", "agents", {"display_name": "吴", "role": "senior"})
    assert status == 201
    base, _, token = made["invitation"]["link"].partition("/desk/setup#token=")
    assert base == desk.server.url
    status, looked = await guest.ask("POST", "setup/look", {"token": token})
    assert (status, looked["kind"], looked["role"]) == (200, "invite", "senior")
    body = {"token": token, "login": "wu", "display_name": "小吴", "password": PASSWORD}
    status, agent = await guest.ask("POST", "setup", body)
    assert (status, agent["login"]) == (201, "wu")
    status, found = await guest.ask("POST", "setup", body)
    assert (status, problem(found)) == (410, "link-dead")
    assert (await guest.sign_in("wu"))[0] == 200
    who = await desk.staff.signing_in.who(guest.cookie.value)
    with desk.staff.watch.following(who) as live:
        path = f"agents/{agent['id']}"
        status, changed = await admin.ask("PUT", path, {"is_active": False})
        assert (status, changed["is_active"]) == (200, False)
        async with asyncio.timeout(10):
            await live.out.wait()
    assert (await guest.ask("GET", "me"))[0] == 401
    assert (await guest.sign_in("wu"))[0] == 401


async def test_of_two_who_use_the_set_up_link_at_once_one_is_the_administrator(tmp_path):
    async with a_desk(tmp_path) as desk:
        link = await desk.staff.invitations.first()
        bodies = [
            {"token": link.token, "login": f"root{n}", "password": PASSWORD} for n in range(4)
        ]
        answers = await asyncio.gather(
            *(desk.browser().ask("POST", "setup", body) for body in bodies)
        )
        assert sorted(status for status, _ in answers) in (
            [201, 410, 410, 410],
            [201, 409, 409, 410],
        )
        assert [account.role for account in await desk.staff.directory.all()] == [Role.ADMIN]


async def test_a_set_up_link_that_is_too_old_is_dead(tmp_path):
    async with a_desk(tmp_path) as desk:
        link = await desk.staff.invitations.first()
        desk.clock.advance(86_400)
        body = {"token": link.token, "login": "root", "password": PASSWORD}
        status, found = await desk.browser().ask("POST", "setup", body)
        assert (status, problem(found)) == (410, "link-dead")


async def test_the_last_administrator_stays(desk):
    browser = await desk.signed_in()
    path = f"agents/{(await browser.ask('GET', 'me'))[1]['agent']['id']}"
    for method, body in (
        ("PUT", {"role": "agent"}),
        ("PUT", {"is_active": False}),
        ("DELETE", None),
    ):
        status, found = await browser.ask(method, path, body)
        assert (status, problem(found)) == (409, "last-admin")
    assert (await browser.ask("GET", "audit"))[0] == 200


async def test_a_name_with_a_script_stays_text(desk):
    browser = await desk.signed_in()
    name = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    status, made = await browser.ask("POST", "agents", {"display_name": name})
    assert (status, made["agent"]["display_name"]) == (201, name)
    await browser.ask("GET", "agents")
    assert browser.headers["Content-Type"] == "application/json"
    assert browser.headers["X-Content-Type-Options"] == "nosniff"
    status, _ = await browser.ask("GET", f"agents/{name.replace('/', '%2F')}")
    assert status == 404
    assert browser.headers["Content-Type"] == "application/problem+json"
    assert browser.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_change_of_an_older_version_is_a_conflict(desk):
    browser = await desk.signed_in()
    _, made = await browser.ask("POST", "agents", {"display_name": "吴"})
    path = f"agents/{made['agent']['id']}"
    assert (await browser.ask("PUT", path, {"max_sessions": 3, "version": 1}))[1]["version"] == 2
    status, found = await browser.ask("PUT", path, {"max_sessions": 4, "version": 1})
    assert (status, problem(found)) == (409, "conflict")
    status, found = await browser.ask("PUT", path, {"max_sessions": 101})
    assert (status, found["details"]["pointer"]) == (400, "/max_sessions")
    status, found = await browser.ask("PUT", path, {"login": "ＲＯＯＴ"})
    assert (status, problem(found)) == (409, "login-taken")


async def test_logins_are_listed_and_revoked(desk):
    here, there, admin = (
        await desk.signed_in("lin"),
        await desk.signed_in("lin"),
        await desk.signed_in(),
    )
    _, page = await here.ask("GET", "me/logins")
    assert [login["is_this"] for login in page["items"]].count(True) == 1
    (other,) = [login["id"] for login in page["items"] if not login["is_this"]]
    assert (await here.ask("DELETE", f"me/logins/{other}"))[0] == 204
    assert (await here.ask("DELETE", f"me/logins/{other}"))[0] == 404
    assert (await there.ask("GET", "me"))[0] == 401
    _, me = await here.ask("GET", "me")
    path = f"agents/{me['agent']['id']}/logins"
    _, page = await admin.ask("GET", path)
    assert (await admin.ask("DELETE", f"{path}/{page['items'][0]['id']}"))[0] == 204
    assert (await here.ask("GET", "me"))[0] == 401


async def test_a_new_password_signs_out_all_but_this_browser(desk):
    here, there = await desk.signed_in("lin"), await desk.signed_in("lin")
    before = here.cookie.value
    body = {"current": PASSWORD, "new": "another horse 7 staple"}
    status, me = await here.ask("PUT", "me/password", body)
    assert status == 200
    assert here.cookie.value != before
    assert me["csrf"] != here.csrf
    assert (await here.ask("GET", "me"))[0] == 200
    assert (await there.ask("GET", "me"))[0] == 401
    here.csrf = me["csrf"]
    status, found = await here.ask("PUT", "me/password", body)
    assert (status, problem(found)) == (403, "wrong-password")
    status, found = await here.ask("PUT", "me/password", {**body, "new": "password1234"})
    assert (status, problem(found)) == (400, "weak-password")


async def test_a_reset_gives_a_link_and_settings_are_kept(desk):
    admin, browser = await desk.signed_in(), await desk.signed_in("lin")
    status, _ = await browser.ask("PUT", "me/settings", {"settings": {"theme": "dark"}})
    assert status == 200
    _, me = await browser.ask("GET", "me")
    assert me["settings"] == {"theme": "dark"}
    status, link = await admin.ask("POST", f"agents/{me['agent']['id']}/reset")
    assert status == 201
    assert "/desk/setup#token=" in link["link"]
    assert (await browser.ask("GET", "me"))[0] == 401
    assert (await admin.ask("GET", f"agents/{me['agent']['id']}"))[1]["has_password"] is False


async def test_groups_and_skills_are_made_listed_changed_and_removed(desk):
    browser = await desk.signed_in()
    for kind in ("groups", "skills"):
        for name in ("Refund", "Delivery"):
            assert (await browser.ask("POST", kind, {"name": name}))[0] == 201
        status, found = await browser.ask("POST", kind, {"name": "ＲＥＦＵＮＤ"})
        assert (status, problem(found)) == (409, "name-taken")
        _, page = await browser.ask("GET", f"{kind}?limit=1")
        assert [one["name"] for one in page["items"]] == ["Delivery"]
        _, page = await browser.ask("GET", f"{kind}?limit=1&cursor={page['next']}")
        assert ([one["name"] for one in page["items"]], page["next"]) == (["Refund"], None)
        path = f"{kind}/{page['items'][0]['id']}"
        status, changed = await browser.ask("PUT", path, {"description": "退款", "version": 1})
        assert (status, changed["description"]) == (200, "退款")
        assert (await browser.ask("GET", path))[1] == changed
        assert (await browser.ask("DELETE", path))[0] == 204
        assert (await browser.ask("GET", path))[0] == 404


async def test_a_skill_of_any_name_has_an_address(desk):
    browser = await desk.signed_in()
    for name in ("退/换货", "VIP 客户", "50%?", "a.b:c#d"):
        status, made = await browser.ask("POST", "skills", {"name": name})
        assert status == 201
        address = URL(f"/api/v1/skills/{quote(made['id'], safe='')}", encoded=True)
        assert (await browser.ask("GET", address))[1] == made
        given = {"skills": {made["id"]: 2}}
        _, me = await browser.ask("GET", "me")
        assert (await browser.ask("PUT", f"agents/{me['agent']['id']}", given))[0] == 200
        status, found = await browser.ask("DELETE", address)
        assert (status, problem(found)) == (409, "in-use")


async def test_lists_are_read_page_by_page(desk):
    browser = await desk.signed_in()
    for number in range(7):
        await browser.ask("POST", "agents", {"display_name": f"agent {number}"})
    for path, count in (("agents", 9), ("audit", 8)):
        cursor, seen = "", []
        while cursor is not None:
            _, page = await browser.ask("GET", f"{path}?limit=4&cursor={cursor}")
            seen += [item.get("id") or item["seq"] for item in page["items"]]
            cursor = page["next"]
        assert len(seen) == len(set(seen)) == count
    for wrong in ("agents?limit=x", "agents?cursor=%00", "audit?cursor=eHg", "agents?role=boss",
                  "agents?active=1", "audit?cursor=A", "agents?cursor=%F0"):  # fmt: skip
        status, found = await browser.ask("GET", wrong)
        assert (status, problem(found)) == (400, "bad-request"), wrong


async def test_the_audit_log_names_who_what_and_from_where(desk):
    browser = await desk.signed_in()
    _, made = await browser.ask("POST", "agents", {"display_name": "吴"})
    _, page = await browser.ask("GET", f"audit?act=agent.&agent={made['agent']['id']}")
    (entry,) = page["items"]
    assert (entry["actor_name"], entry["act"], entry["address"]) == (
        "Root",
        "agent.created",
        "127.0.0.1",
    )
    assert entry["at"].endswith("Z")


async def test_secrets_are_never_logged(desk, caplog):
    with caplog.at_level(logging.DEBUG):
        browser = await desk.signed_in()
        await desk.browser().sign_in("lin", "My-Guess-4711")
        _, made = await browser.ask("POST", "agents", {"display_name": "吴"})
        token = made["invitation"]["link"].partition("#token=")[2]
        body = {"token": token, "login": "wu", "password": "weak", "x": "My-Guess-4711"}
        await desk.browser().ask("POST", "setup", body)
        await desk.browser().ask("POST", "setup", {"token": token, "password": "weak"})
    said = caplog.text + str([record.__dict__ for record in caplog.records])
    for secret in (PASSWORD, "My-Guess-4711", token, browser.cookie.value, browser.csrf):
        assert secret not in said


# -- the description


async def test_every_route_of_the_api_is_described(desk):
    _, document = await desk.browser().ask("GET", "openapi.json")
    (app,) = Sanic._app_registry.values()
    served = set()
    for route in app.router.routes:
        path = "/" + route.path
        if path.startswith("/api/v1/"):
            shape = "/".join(
                f"{{{part[1:-1].partition(':')[0]}}}" if part.startswith("<") else part
                for part in path.split("/")
            )
            served |= {(shape, method.lower()) for method in route.methods}
    described = {
        (path, method) for path, methods in document["paths"].items() for method in methods
    }
    assert served == described
    assert len(served) > 30


async def test_the_description_is_sound(desk):
    _, document = await desk.browser().ask("GET", "openapi.json")
    assert document["openapi"] == "3.1.0"
    names, schemas = set(), document["components"]["schemas"]

    def references(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref":
                    yield value
                else:
                    yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(document):
        kind, _, name = reference.removeprefix("#/components/").partition("/")
        assert name in document["components"][kind], reference
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["operationId"] not in names
            names.add(operation["operationId"])
            assert operation["summary"]
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
    me = document["paths"]["/api/v1/me"]["get"]
    assert me["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/MeView"
    }
    assert set(
        schemas["AgentView"]["properties"]["role"].get("enum", schemas.get("Role", {}).get("enum"))
    ) == set(Role)
    create = document["paths"]["/api/v1/agents"]["post"]
    assert create["x-permission"] == Permission.AGENTS_MANAGE
    assert create["security"] == [{"login": [], "csrf": []}, {"token": []}]


# -- odd texts, on every store


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def stored_desk(request, tmp_path):
    match request.param:
        case "memory":
            storage = open_memory()
        case "sqlite":
            storage = await open_sql(tmp_path / "kefu.db")
        case _:
            storage = await open_sql(request.getfixturevalue("postgres"))
    async with a_desk(tmp_path, store=storage.staff) as desk:
        await hired(desk.staff, "root", Role.ADMIN)
        yield desk
    await storage.close()


ODD = [
    "\0",
    "a\0b",
    "\ud800",
    "%00",
    "'; DROP TABLE staff_accounts; --",
    "𝒜" * 60,
    "\u202e",
    "ß" * 199,
]


@pytest.mark.parametrize("text", ODD, ids=ascii)
async def test_an_odd_text_harms_nothing(stored_desk, text):
    body = json.dumps({"login": text, "password": text})
    headers = {"Content-Type": "application/json"}
    session = stored_desk.server.session
    async with session.post("/api/v1/login", data=body, headers=headers) as answer:
        assert answer.status in {400, 401}
    body = json.dumps({"token": text, "login": text, "password": text, "display_name": text})
    async with session.post("/api/v1/setup", data=body, headers=headers) as answer:
        assert answer.status in {400, 410}
    browser = await stored_desk.signed_in()
    quoted = quote(text, safe="", errors="surrogatepass")
    for path in (
        f"agents/{quoted}",
        f"agents/{quoted}/logins",
        f"groups/{quoted}",
        f"skills/{quoted}",
    ):
        assert (await browser.ask("GET", URL(f"/api/v1/{path}", encoded=True)))[0] in {400, 404}
        assert (await browser.ask("DELETE", URL(f"/api/v1/{path}", encoded=True)))[0] in {
            400,
            404,
            405,
        }
    for query in (
        f"agents?q={quoted}",
        f"audit?act={quoted}",
        f"audit?agent={quoted}",
        f"agents?cursor={quoted}",
    ):
        assert (await browser.ask("GET", URL(f"/api/v1/{query}", encoded=True)))[0] in {200, 400}
    assert (await browser.ask("GET", "me"))[0] == 200


async def test_odd_bytes_in_headers_harm_nothing(stored_desk):
    body = json.dumps({"login": "root", "password": PASSWORD}).encode()
    request = (
        b"POST /api/v1/login HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\xfe caf\xe9\r\n"
        b"Content-Type: application/json\r\nCookie: kefu_desk=\xff\xfe\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    url = URL(stored_desk.server.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
