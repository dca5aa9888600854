"""A visitor's page and the desk: leaving the line, and leaving a message instead of waiting."""

from __future__ import annotations

import json

import pytest

from kefu.channels.humans import Standing
from kefu.channels.web.connector import WebConnector
from tests.unit.channels.fakes import FakeHumans, FakeRequest, a_context
from tests.unit.desk.office import Office, anybody


class Page:
    """A page that speaks by plain HTTP."""

    def __init__(self):
        self.office = Office()
        self.humans = FakeHumans(self.office.gateway)
        settings = {"secret": "0123456789abcdef"}
        context = a_context(self.office.gateway, clock=self.office.clock, humans=self.humans)
        self.polling = WebConnector.from_settings(settings, context).polling

    async def open(self):
        token = json.loads((await self.polling.visitor(FakeRequest())).body)["token"]
        self.headers = {"authorization": f"Bearer {token}"}
        self.address = self.polling._visitors.conversation_of(token)
        return self

    async def send(self, **frame):
        body = json.dumps(frame).encode()
        answer = await self.polling.frames(FakeRequest(headers=self.headers, body=body))
        await self.office.gateway.idle()
        return answer.status, json.loads(answer.body)

    async def session(self):
        return await self.office.session(self.address)


@pytest.fixture
async def page():
    page = await Page().open()
    await page.send(type="message", id="m1", text="pause")
    assert (await page.session()).state == "waiting"
    return page


LEFT = {"type": "leave_message", "contact": "13800000001", "text": "请回电"}


async def test_who_ends_the_chat_leaves_the_line(page):
    await page.send(type="end", id="e1")
    session = await page.session()
    assert (session.state, session.closed_by) == ("closed", "customer")
    assert await page.office.desk.waiting() == []
    assert await page.office.owner(page.address) == "bot"


async def test_who_leaves_a_message_leaves_the_line_and_is_answered_later(page):
    for _ in range(2):  # sent again, it is the same
        status, _ = await page.send(id="l1", **LEFT)
        assert status == 200
    sessions = await page.office.store.sessions_of(page.address)
    assert [(one.state, one.reason) for one in sessions] == [
        ("waiting", "left_message"),
        ("closed", sessions[1].reason),
    ]
    assert await page.office.owner(page.address) == "bot"
    lin = await page.office.hire("lin")
    await page.office.desk.serving.claim(page.address, lin, anybody)
    await page.office.says(lin, "看到了", page.address)
    assert await page.office.owner(page.address) == "agent"


async def test_where_messages_are_not_taken_instead_who_waits_goes_on_waiting(page):
    page.humans.now = Standing(takes_messages=False)
    status, answer = await page.send(id="l1", **LEFT)
    assert (status, answer["code"]) == (400, "not_allowed")
    assert (await page.session()).state == "waiting"
