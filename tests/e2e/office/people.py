"""Agents at the desk and customers on the chat page, each in a browser of their own."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

PASSWORD = "correct horse 9 staple"
SCREEN = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "reduced_motion": "reduce"}
CHAT = {"viewport": {"width": 420, "height": 780}, "locale": "zh-CN", "reduced_motion": "reduce"}
REPLY, NOTE = "回复内容", "备注内容"


class Office:
    """The API as its administrator uses it."""

    def __init__(self, url: str, log: str) -> None:
        self.url = url
        self._csrf = ""
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        (token,) = re.findall(r"/desk/setup#token=([\w-]+)", log)
        self.ask("POST", "/setup", {"token": token, "login": "root", "password": PASSWORD})
        me = self.ask("POST", "/login", {"login": "root", "password": PASSWORD})
        self._csrf = me["csrf"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-CSRF-Token": self._csrf},
        )
        try:
            with self._opener.open(request, timeout=10) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()!r}") from error
        return json.loads(said) if said else None

    def hire(self, login: str, name: str, role: str = "agent", **fields: Any) -> str:
        """Make an account with :data:`PASSWORD`; return its id."""
        made = self.ask(
            "POST",
            "/agents",
            {"login": login, "display_name": name, "role": role, "languages": ["zh"], **fields},
        )
        token = made["invitation"]["link"].partition("#token=")[2]
        body = {"token": token, "login": login, "display_name": name, "password": PASSWORD}
        self.ask("POST", "/setup", body)
        return made["agent"]["id"]

    def dismiss(self, agent_id: str) -> None:
        self.ask("DELETE", f"/agents/{agent_id}")

    def clear(self) -> None:
        """End whatever is open."""
        for review in self.ask("GET", "/reviews?state=open")["items"]:
            self.ask("POST", f"/reviews/{review['review_id']}/decide", {"decision": "approve"})
        for view in ("waiting", "all"):
            rows = self.ask("GET", f"/inbox?view={view}&limit=200")["items"]
            names = [
                row["conversation_id"] for row in rows if row["state"] in {"waiting", "assigned"}
            ]
            if names:
                self.ask("POST", "/inbox/bulk", {"conversation_ids": names, "act": "close"})

    def thread(self, conversation_id: str) -> list[dict[str, Any]]:
        name = urllib.parse.quote(conversation_id)
        return self.ask("GET", f"/conversations/{name}/thread?limit=200")["items"]


class Customer:
    """Chats."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.locator(".status[data-state=online]").wait_for()

    @property
    def conversation_id(self) -> str:
        return "web-" + self.page.evaluate("localStorage.getItem('kefu.token')").split(".")[1]

    def say(self, text: str) -> None:
        self.page.fill("#k-text", text)
        self.page.click(".send")
        self.page.locator(".log .row-mine .bubble", has_text=text).last.wait_for()

    def hears(self, text: str) -> None:
        self.page.locator(".log .row-them .bubble", has_text=text).last.wait_for()

    def is_in(self, state: str) -> None:
        self.page.locator(f".status[data-state={state}]").wait_for()

    def asks_for_human(self, words: str = "转人工") -> str:
        """Return the conversation, which is in line then or with an agent."""
        self.say(words)
        self.page.locator(".log .row-mine ~ .row-them .bubble").first.wait_for()
        return self.conversation_id


class Agent:
    """Works at the desk."""

    def __init__(self, page: Any, agent_id: str, name: str) -> None:
        self.page, self.id, self.name = page, agent_id, name

    def row(self, conversation_id: str) -> Any:
        return self.page.locator(f".pane .list-row:has([data-conversation='{conversation_id}'])")

    def open(self, conversation_id: str) -> None:
        self.page.locator(f".pane [data-conversation='{conversation_id}']").click()
        self.page.locator(".thread .message, .thread .step").first.wait_for()

    def field(self, name: str = REPLY) -> Any:
        return self.page.get_by_role("textbox", name=name)

    def has_written(self, text: str, name: str = REPLY) -> None:
        """Wait until a field holds this."""
        from playwright.sync_api import expect

        expect(self.field(name)).to_have_value(text)

    def reply(self, text: str) -> None:
        self.field().fill(text)
        self.field().press("Enter")
        self.said(text)

    def note(self, text: str) -> None:
        self.page.locator(".modes").get_by_role("button", name="私密备注").click()
        self.field(NOTE).fill(text)
        self.field(NOTE).press("Enter")
        self.message("private", text).wait_for()

    def message(self, kind: str, text: str) -> Any:
        return self.page.locator(f".thread .message.{kind}", has_text=text).last

    def said(self, text: str) -> None:
        """Wait until the server has what was said."""
        self.message("agent", text).locator("svg.tick").wait_for()

    def hears(self, text: str) -> None:
        self.message("customer", text).wait_for()

    def sees(self, text: str, where: str = ".thread") -> None:
        self.page.locator(where).get_by_text(text).last.wait_for()

    def toast(self, text: str) -> Any:
        return self.page.locator(".toast", has_text=text).last

    def press(self, act: str) -> None:
        """Press a button above the thread."""
        self.page.locator(".thread > .head").get_by_role("button", name=act, exact=True).click()

    def choose(self, act: str) -> None:
        """Choose an act from the menu above the thread."""
        self.press("更多操作")
        self.page.get_by_role("menuitem", name=act).click()

    def dialog(self, title: str) -> Any:
        return self.page.get_by_role("dialog", name=title)

    def look(self, view: str) -> None:
        """Go to a view of the list."""
        tab = self.page.locator(".tabs").get_by_role("link", name=view)
        if tab.count():
            tab.click()
            return
        self.page.get_by_role("button", name="更多视图").click()
        self.page.locator(".menu").get_by_text(view).click()

    def leave_the_list(self) -> None:
        """Take the pointer off the list: while it is there, nothing moves."""
        self.page.mouse.move(640, 300)

    def declare(self, status: str) -> None:
        self.page.get_by_role("button", name="我的状态").click()
        self.page.get_by_role("radio", name=status).click()
        self.page.get_by_role("button", name=f"我的状态：{status}").wait_for()
        self.page.keyboard.press("Escape")
