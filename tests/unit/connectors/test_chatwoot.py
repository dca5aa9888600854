"""The example of docs/howto/use_another_desk.md, against a server with Chatwoot's addresses."""

import json

import pytest
from aiohttp import web

from connectors.chatwoot import Chatwoot, HumanQueue
from kefu.core.events import AgentUttered
from kefu.errors import ChannelError, ProjectError, Untrusted
from tests.unit.channels.fakes import FakeRequest, a_context
from tests.unit.desk.office import Office

SECRET = "a secret of the webhook"
TOKEN = "a token"
INBOX = 4


class FakeChatwoot:
    """The part of Chatwoot's API that is used, on a port of its own."""

    def __init__(self):
        self.contacts, self.conversations, self.messages = [], [], []
        self.fails = False
        app = web.Application(middlewares=[self._checked])
        base = "/api/v1/accounts/1"
        app.router.add_get(f"{base}/contacts/search", self.search)
        app.router.add_post(f"{base}/contacts", self.add_contact)
        app.router.add_get(f"{base}/contacts/{{id}}/conversations", self.conversations_of)
        app.router.add_post(f"{base}/conversations", self.add_conversation)
        app.router.add_post(f"{base}/conversations/{{id}}/messages", self.add_message)
        app.router.add_post(f"{base}/conversations/{{id}}/toggle_status", self.toggle)
        self._runner = web.AppRunner(app)
        self.url = ""

    async def __aenter__(self):
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    @web.middleware
    async def _checked(self, request, handler):
        if self.fails:
            return web.Response(status=500)
        assert request.headers["api_access_token"] == TOKEN
        return web.json_response(await handler(request))

    async def search(self, request):
        wanted = request.query["q"]
        return {"payload": [one for one in self.contacts if wanted in one["identifier"]]}

    async def add_contact(self, request):
        given = await request.json()
        contact = {
            "id": len(self.contacts) + 1,
            "identifier": given["identifier"],
            "name": given["name"],
            "contact_inboxes": [{"source_id": "source-1", "inbox": {"id": given["inbox_id"]}}],
        }
        self.contacts.append(contact)
        return {"payload": {"contact": contact}}

    async def conversations_of(self, request):
        wanted = int(request.match_info["id"])
        return {"payload": [one for one in self.conversations if one["contact_id"] == wanted]}

    async def add_conversation(self, request):
        made = {"id": len(self.conversations) + 1, "status": "open", **await request.json()}
        assert made["source_id"] == "source-1"
        self.conversations.append(made)
        return made

    async def add_message(self, request):
        message = await request.json()
        self.messages.append(
            (int(request.match_info["id"]), message["message_type"], message["content"])
        )
        return {"id": len(self.messages)}

    async def toggle(self, request):
        found = self.conversations[int(request.match_info["id"]) - 1]
        found["status"] = (await request.json())["status"]
        return {}


@pytest.fixture
async def chatwoot():
    async with FakeChatwoot() as running:
        yield running


@pytest.fixture
def office(chatwoot):
    office = Office()
    settings = {"url": chatwoot.url, "account": 1, "inbox": INBOX, "token": TOKEN}
    office.handoffs.queue = HumanQueue.from_settings(settings, desk=office.desk)
    return office


@pytest.fixture
def webhook(office):
    return Chatwoot.from_settings({"secret": SECRET}, a_context(office.gateway))


def told(kind, *, secret=SECRET, conversation_id="c1", **body):
    customer = {"meta": {"sender": {"identifier": conversation_id}}}
    if kind == "message_created":
        body = {"conversation": customer, "sender": {"id": 7, "name": "小林"}, **body}
    else:
        body = {**customer, **body}
    raw = json.dumps({"event": kind, **body}).encode()
    return FakeRequest(body=raw, query={"secret": secret})


async def says(office, webhook, text, *, number=1, **more):
    body = {"id": number, "content": text, "message_type": "outgoing", "private": False, **more}
    await webhook.event(told("message_created", **body))
    await office.gateway.idle()


async def test_a_handoff_is_a_conversation_there_once(office, chatwoot):
    await office.writes("pause")
    await office.gateway.refeed_handoff()  # told twice
    assert [one["identifier"] for one in chatwoot.contacts] == ["c1"]
    assert [one["status"] for one in chatwoot.conversations] == ["open"]
    assert (1, "outgoing", "asked") in chatwoot.messages
    assert await office.owner() == "queue"


async def test_there_and_back(office, chatwoot, webhook):
    await office.writes("pause")
    await office.writes("在吗")
    assert chatwoot.messages[-1] == (1, "incoming", "在吗")
    await says(office, webhook, "在的")
    assert await office.owner() == "agent"
    assert office.channel.sent[-1] == "在的"
    await office.writes("谢谢")
    assert chatwoot.messages[-1] == (1, "incoming", "谢谢")
    await webhook.event(told("conversation_status_changed", status="resolved"))
    assert await office.owner() == "bot"
    await office.writes("hello")
    assert office.channel.sent[-1] == "echo: hello"
    events = [one.event for one in await office.gateway.log("c1")]
    (said,) = [one for one in events if isinstance(one, AgentUttered)]
    assert said.metadata["agent"] == {"id": "chatwoot-7", "name": "小林"}


async def test_the_same_message_told_twice_is_said_once(office, webhook):
    await office.writes("pause")
    await says(office, webhook, "在的")
    await says(office, webhook, "在的")
    assert office.channel.sent.count("在的") == 1


@pytest.mark.parametrize(
    "body", [{"private": True}, {"message_type": "incoming"}, {"conversation_id": "nobody"}]
)
async def test_what_is_not_for_the_customer_is_not_said(office, webhook, body):
    await office.writes("pause")
    sent = list(office.channel.sent)
    await says(office, webhook, "只给同事看", **body)
    assert office.channel.sent == sent


async def test_what_comes_after_it_was_given_back_is_not_said(office, webhook):
    await office.writes("pause")
    await webhook.event(told("conversation_status_changed", status="resolved"))
    sent = list(office.channel.sent)
    await says(office, webhook, "晚了")
    assert (office.channel.sent, await office.owner()) == (sent, "bot")


async def test_a_customer_who_leaves_is_done_there(office, chatwoot):
    await office.writes("pause")
    await office.writes("resume")
    assert [one["status"] for one in chatwoot.conversations] == ["resolved"]
    await office.writes("pause")
    assert [one["status"] for one in chatwoot.conversations] == ["resolved", "open"]
    assert len(chatwoot.contacts) == 1


async def test_when_it_does_not_answer_the_customer_waits_on(office, chatwoot):
    chatwoot.fails = True
    await office.writes("pause")
    assert await office.owner() == "queue"
    chatwoot.fails = False
    await office.gateway.refeed_handoff()
    assert [one["status"] for one in chatwoot.conversations] == ["open"]


async def test_a_wrong_secret_is_refused(webhook):
    with pytest.raises(Untrusted):
        await webhook.event(told("message_created", secret="another one"))


def test_settings_are_checked():
    with pytest.raises(ProjectError, match="inbox"):
        HumanQueue.from_settings({"url": "http://x", "account": 1, "token": "t"}, desk=None)
    with pytest.raises(ChannelError, match="secret"):
        Chatwoot.from_settings({}, None)
