"""The play itself: who does what, and what the log must say of it afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from examples.handoff.people import Agent, Customer, Pictures
from examples.handoff.servers import Server

__all__ = ["WANTED", "missing", "perform", "told"]

ASKED = "怎么申请退货？"
PROMISE = "您好，我是小林，我来帮您看看这件退货。"
THANKS = "好的，谢谢"
NOTE = "客户很着急，订单里有两件。"
HANDED = "退货要财务看一下，麻烦你接着办。"
DONE = "退款已经提交，一到三天到账。"
COMMENT = "很快就解决了"

# What the log must hold, in this order: kind, and what is in it.
WANTED = (
    ("customer", ASKED),
    ("bot", ""),
    ("customer", "转人工"),
    ("step", "handed_over"),
    ("step", "queued"),
    ("step", "assigned"),
    ("agent", PROMISE),
    ("customer", THANKS),
    ("private", NOTE),
    ("step", "transferred"),
    ("agent", DONE),
    ("step", "closed"),
    ("step", "rated"),
)


def perform(
    browser: Any, server: Server, pictures: Pictures, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Play everything; return the thread as the API has it then, and what scripts complained of."""
    faults: list[str] = []
    _one_at_a_time(browser, server)
    first = Agent(browser, server.url, "demo-1", faults.append)
    pictures.take(first.page, "agent-signs-in")
    first.sign_in(server.passwords["demo-1"])
    earlier = Customer(browser, server.url, faults.append)
    earlier.say("转人工")
    first.open(earlier.conversation_id)
    customer = Customer(browser, server.url, faults.append)
    _ask_the_bot(customer, pictures, say)
    _be_taken(customer, first, pictures, say)
    _talk(customer, first, pictures, say)
    second = Agent(browser, server.url, "demo-2", faults.append)
    second.sign_in(server.passwords["demo-2"])
    _transfer(customer, first, second, pictures, say)
    _close(customer, second, pictures, say)
    thread = second.ask(f"/conversations/{quote(customer.conversation_id)}/thread?limit=200")
    return thread["items"], faults


def _one_at_a_time(browser: Any, server: Server) -> None:
    """Set the desk up, and let the first agent serve one customer at a time: others wait."""
    context = browser.new_context()
    api, password = f"{server.url}/api/v1", secrets.token_urlsafe(12)
    setup = {"token": server.set_up, "login": "root", "password": password}
    assert context.request.post(f"{api}/setup", data=setup).ok
    signed_in = context.request.post(f"{api}/login", data={"login": "root", "password": password})
    headers = {"X-CSRF-Token": signed_in.json()["csrf"]}
    found = context.request.get(f"{api}/agents?q=demo-1").json()["items"]
    (agent,) = [one for one in found if one["login"] == "demo-1"]
    change = {"max_sessions": 1, "version": agent["version"]}
    address = f"{api}/agents/{agent['id']}"
    assert context.request.put(address, data=change, headers=headers).ok
    context.close()


def _ask_the_bot(customer: Customer, pictures: Pictures, say: Callable[[str], None]) -> None:
    customer.say(ASKED)
    customer.is_answered()
    pictures.take(customer.page, "customer-is-answered-by-the-bot")
    say("The customer asked the bot and was answered.")
    customer.say("转人工")
    customer.page.locator(".status[data-state=queued]").wait_for()
    customer.sees("马上轮到您", ".banner")
    pictures.take(customer.page, "customer-waits-and-sees-the-place-in-the-queue")
    say("The customer asked for a human and sees the place in the queue.")


def _be_taken(
    customer: Customer, first: Agent, pictures: Pictures, say: Callable[[str], None]
) -> None:
    pictures.take(first.page, "agent-serves-another-while-somebody-waits")
    first.close()
    first.row(customer.conversation_id).wait_for()
    pictures.take(first.page, "agent-gets-the-conversation")
    first.open(customer.conversation_id)
    first.sees("转人工摘要")
    pictures.take(first.page, "agent-opens-it")
    say("The agent was done with another customer, got the conversation and opened it.")


def _talk(customer: Customer, first: Agent, pictures: Pictures, say: Callable[[str], None]) -> None:
    first.reply(PROMISE)
    customer.hears(PROMISE)
    pictures.take(customer.page, "customer-is-answered-by-the-agent")
    customer.say(THANKS)
    first.sees(THANKS, ".message.customer")
    first.page.locator(".message.agent .tick.read").last.wait_for()
    first.note(NOTE)
    pictures.take(first.page, "agent-writes-a-private-note")
    assert not customer.page.get_by_text(NOTE).count(), "the customer sees a private note"
    say("The agent answered; the customer read it and wrote back; the agent left a private note.")


def _transfer(
    customer: Customer, first: Agent, second: Agent, pictures: Pictures, say: Callable[[str], None]
) -> None:
    dialog = first.dialog("转接", "转接：")
    dialog.get_by_role("radio", name="Alex").check()
    dialog.get_by_label("附言").fill(HANDED)
    pictures.take(first.page, "agent-transfers")
    dialog.get_by_role("button", name="转接", exact=True).click()
    dialog.wait_for(state="hidden")
    second.row(customer.conversation_id).wait_for()
    pictures.take(second.page, "colleague-gets-it")
    second.open(customer.conversation_id)
    second.sees(HANDED)
    second.sees(NOTE, ".message.private")
    second.reply(DONE)
    customer.hears(DONE)
    pictures.take(second.page, "colleague-answers")
    say("The colleague got it with the note and answered.")


def _close(
    customer: Customer, second: Agent, pictures: Pictures, say: Callable[[str], None]
) -> None:
    dialog = second.dialog("结束会话", "结束会话：")
    dialog.get_by_label("小结").select_option(label="退换货")
    dialog.get_by_label("邀请客户评价").check()
    pictures.take(second.page, "colleague-closes-with-a-code")
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    dialog.wait_for(state="hidden")
    customer.page.locator(".rating").last.wait_for()
    pictures.take(customer.page, "customer-is-asked-to-rate")
    customer.rate(5, COMMENT)
    pictures.take(customer.page, "customer-has-rated")
    second.sees("客户评价：5 分")
    pictures.take(second.page, "colleague-sees-the-rating")
    say("The colleague closed it with a code; the customer gave five stars.")


def told(item: dict[str, Any]) -> str:
    """Return one line of a thread as the list of steps shows it."""
    who = item["agent"]["name"] if item.get("agent") else ""
    what = f"{item.get('step', '')} {_shown(item.get('data') or {})}".strip()
    words = item.get("text") or what
    return f"{item['seq']:4}  {item['at'][11:19]}  {item['kind']:9} {who:10} {words}".rstrip()


def _shown(data: dict[str, Any]) -> str:
    simple = (str, int, dict)
    return "  ".join(f"{key}={value}" for key, value in data.items() if isinstance(value, simple))


def missing(items: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Return the first wanted line that is not in the log after those before it."""
    rest = iter(items)
    for kind, what in WANTED:
        if not any(_is(item, kind, what) for item in rest):
            return kind, what
    return None


def _is(item: dict[str, Any], kind: str, what: str) -> bool:
    said = item.get("step", "") if kind == "step" else item.get("text", "")
    return item["kind"] == kind and (said == what if kind == "step" else what in said)
