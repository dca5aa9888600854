"""The people of the play: a customer on the chat page, agents at the desk; each in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["Agent", "Customer", "Pictures"]

PATIENCE = 20_000
PHONE = {"viewport": {"width": 420, "height": 780}, "locale": "zh-CN"}
SCREEN = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"}


class Pictures:
    """Numbers the screenshots, so that the folder shows what happened in its order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def take(self, page: Any, name: str) -> None:
        """Leave a picture of a page as it is now."""
        self.count += 1
        page.screenshot(path=self.folder / f"{self.count:02}-{name}.png", animations="disabled")


class Person:
    """Somebody at a browser of their own; whatever a script of the page complains of is kept."""

    def __init__(
        self, browser: Any, options: dict[str, Any], name: str, note: Callable[[str], None]
    ) -> None:
        self.name = name
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: note(f"{name}: {error}"))

    def sees(self, text: str, where: str = "body") -> None:
        """Wait until a text is on the screen."""
        self.page.locator(where).get_by_text(text).first.wait_for()


class Customer(Person):
    """Chats on the page of the server."""

    def __init__(self, browser: Any, url: str, note: Callable[[str], None]) -> None:
        super().__init__(browser, PHONE, "customer", note)
        self.page.goto(url)
        self.page.locator(".status[data-state=online]").wait_for()

    @property
    def conversation_id(self) -> str:
        """The conversation this browser is in."""
        token = self.page.evaluate("localStorage.getItem('kefu.token')")
        return "web-" + str(token).split(".")[1]

    def say(self, text: str) -> None:
        """Write a message and send it."""
        self.page.fill("#k-text", text)
        self.page.click(".send")
        self.page.locator(".log .row-mine .bubble", has_text=text).last.wait_for()

    def is_answered(self) -> None:
        """Wait until somebody has said something after the customer's words."""
        self.page.locator(".log .row-mine ~ .row-them .bubble").first.wait_for()

    def hears(self, text: str) -> None:
        """Wait until somebody has said this to the customer."""
        self.page.locator(".log .row-them .bubble", has_text=text).last.wait_for()

    def rate(self, stars: int, comment: str) -> None:
        """Give stars and a comment to the service that has ended."""
        form = self.page.locator(".rating").last
        form.locator("label").nth(stars - 1).click()
        form.locator("textarea").fill(comment)
        form.get_by_role("button", name="提交评价").click()
        self.page.locator(".rating-done").last.wait_for()


class Agent(Person):
    """Works at the desk."""

    def __init__(self, browser: Any, url: str, login: str, note: Callable[[str], None]) -> None:
        super().__init__(browser, SCREEN, login, note)
        self.url = url
        self.page.goto(f"{url}/desk/")

    def sign_in(self, password: str) -> None:
        """Sign in, and be connected."""
        self.page.locator("#login").fill(self.name)
        self.page.locator("#password").fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/desk/inbox**")
        self.page.get_by_role("button", name="我的状态：在线").wait_for()

    def close(self) -> None:
        """End the conversation that is open, without asking for a rating."""
        dialog = self.dialog("结束会话", "结束会话：")
        dialog.get_by_label("邀请客户评价").uncheck()
        dialog.get_by_role("button", name="结束会话", exact=True).click()
        dialog.wait_for(state="hidden")
        self.page.mouse.move(640, 300)

    def row(self, conversation_id: str) -> Any:
        """A conversation in the list."""
        return self.page.locator(f".pane [data-conversation='{conversation_id}']")

    def open(self, conversation_id: str) -> None:
        """Open a conversation of the list."""
        self.row(conversation_id).click()
        self.page.get_by_role("textbox", name="回复内容").wait_for()

    def reply(self, text: str) -> None:
        """Answer the customer."""
        self.page.get_by_role("textbox", name="回复内容").fill(text)
        self.page.keyboard.press("Enter")
        self.sees(text, ".message.agent")

    def note(self, text: str) -> None:
        """Write what only colleagues see."""
        self.page.get_by_role("button", name="私密备注").click()
        self.page.get_by_role("textbox", name="备注内容").fill(text)
        self.page.keyboard.press("Enter")
        self.sees(text, ".message.private")
        self.page.get_by_role("button", name="回复", exact=True).click()

    def dialog(self, act: str, title: str) -> Any:
        """Ask for an act, and return the dialog it opens."""
        self.page.locator(".head").get_by_role("button", name=act, exact=True).click()
        dialog = self.page.get_by_role("dialog", name=title)
        dialog.wait_for()
        return dialog

    def ask(self, path: str) -> Any:
        """Ask the API as the desk does, with the browser's own login."""
        answer = self.page.request.get(f"{self.url}/api/v1{path}")
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()
