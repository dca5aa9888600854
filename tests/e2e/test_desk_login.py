"""Signing in with a real browser, and what pages of other sites can do with its cookie: nothing."""

import http.server
import re
import threading

import pytest

PASSWORD = "correct horse 9 staple"

ASK = """async ([method, url, body, csrf]) => {
  const headers = {"Content-Type": "application/json"};
  if (csrf) headers["X-CSRF-Token"] = csrf;
  const options = {method, headers, body: body ? JSON.stringify(body) : undefined};
  const answer = await fetch(url, options);
  const text = await answer.text();
  return [answer.status, text ? JSON.parse(text) : null];
}"""

ATTACK = """async ([url, csrf]) => {
  const seen = [];
  const body = JSON.stringify({name: "planted", description: ""});
  const tries = [
    {mode: "no-cors", headers: {"Content-Type": "text/plain"}},
    {mode: "no-cors"},
    {mode: "cors", headers: {"Content-Type": "application/json", "X-CSRF-Token": csrf}},
  ];
  for (const one of tries) {
    try {
      const options = {method: "POST", credentials: "include", body, ...one};
      const answer = await fetch(url + "/api/v1/groups", options);
      seen.push(answer.type);
    } catch (error) { seen.push("refused"); }
  }
  try {
    await (await fetch(url + "/api/v1/me", {credentials: "include"})).json();
    seen.push("read");
  } catch (error) { seen.push("refused"); }
  return seen;
}"""

FORM = """url => {
  const form = document.createElement("form");
  form.method = "POST"; form.action = url + "/api/v1/logout"; form.enctype = "text/plain";
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def foreign_port():
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>x</title><body></body>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def desk(browser, mortal_kefu):
    """Return a page of the server itself, on which its first administrator is signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{mortal_kefu.url}/readyz")
    log = (mortal_kefu.folder / "run.log").read_text("utf-8")
    (token,) = re.findall(r"/desk/setup#token=([\w-]+)", log)
    body = {"token": token, "login": "root", "password": PASSWORD}
    assert page.evaluate(ASK, ["POST", "/api/v1/setup", body, ""])[0] == 201
    status, me = page.evaluate(
        ASK, ["POST", "/api/v1/login", {"login": "root", "password": PASSWORD}, ""]
    )
    assert status == 200
    yield page, me["csrf"]
    context.close()


def test_a_browser_keeps_the_login_and_no_script_sees_it(desk):
    page, csrf = desk
    assert page.evaluate("document.cookie") == ""
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "kefu_desk"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert page.evaluate(ASK, ["GET", "/api/v1/me", None, ""])[1]["csrf"] == csrf
    assert page.evaluate(ASK, ["POST", "/api/v1/groups", {"name": "售后"}, ""])[0] == 403
    assert page.evaluate(ASK, ["POST", "/api/v1/groups", {"name": "售后"}, csrf])[0] == 201
    assert page.evaluate(ASK, ["POST", "/api/v1/logout", None, csrf])[0] == 204
    assert page.evaluate(ASK, ["GET", "/api/v1/me", None, ""])[0] == 401
    assert page.context.cookies() == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_of_another_site_or_port_reaches_nothing(desk, mortal_kefu, foreign_port, host):
    """A page on another port is of the same site for cookies: the cookie goes along."""
    page, csrf = desk
    evil = page.context.new_page()
    evil.goto(f"http://{host}:{foreign_port}/")
    with evil.expect_response(lambda answer: answer.request.method == "POST") as posted:
        seen = evil.evaluate(ATTACK, [mortal_kefu.url, csrf])
    assert posted.value.status in {401, 403}
    assert seen == ["opaque", "opaque", "refused", "refused"]
    with evil.expect_navigation():
        evil.evaluate(FORM, mortal_kefu.url)
    assert "urn:kefu:problem:" in evil.content()
    status, page_of_groups = page.evaluate(ASK, ["GET", "/api/v1/groups", None, ""])
    assert (status, page_of_groups["items"]) == (200, [])
