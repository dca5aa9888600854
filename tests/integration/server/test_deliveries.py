"""Deliveries over the HTTP API, and limits of what one address may send."""

import pytest

from kefu.channels.base import Flow, FlowLimits
from kefu.clock import ManualClock
from kefu.errors import Refused
from kefu.server.settings import ServerSettings
from tests.described import check_described
from tests.serving import running_server

TOKEN = {"Authorization": "Bearer secret"}


class Refusing:
    """A channel that refuses until it is told to take what comes."""

    def __init__(self):
        self.sent = []
        self.refuses = True

    async def send(self, reply, *, delivery_id, recipient):
        if self.refuses:
            raise Refused("the customer has blocked us")
        self.sent.append(reply.text)


@pytest.fixture
async def server(tmp_path):
    async with running_server(tmp_path) as running:
        yield running


async def says(server, text, channel="push"):
    body = {"message": text, "sender": "u1", "input_channel": channel}
    async with server.session.post("/webhooks/rest/webhook", json=body) as answer:
        assert answer.status == 200
    await server.gateway.idle()


async def test_what_was_given_up_is_listed_and_sent_again(server):
    channel = Refusing()
    server.gateway.connect("push", channel)
    await says(server, "/greet")
    listed = "/api/v1/deliveries?state=failed"
    async with server.session.get(listed) as answer:
        assert answer.status == 401
    async with server.session.get(listed, headers=TOKEN) as answer:
        found = await answer.json()
    check_described("GET", "/api/v1/deliveries", 200, found)
    dead = found["deliveries"]
    assert dead
    assert {(d["state"], d["error"], d["conversation_id"]) for d in dead} == {
        ("failed", "the customer has blocked us", "u1")
    }
    assert all(d["reply"]["text"] for d in dead if "text" in d["reply"])
    address = f"/api/v1/deliveries/{dead[0]['id']}"
    async with server.session.get(address, headers=TOKEN) as answer:
        assert await answer.json() == dead[0]
    check_described("GET", address, 200, dead[0])
    channel.refuses = False
    async with server.session.post(f"{address}/send-again", headers=TOKEN) as answer:
        assert answer.status == 202
    await server.gateway.idle()
    assert len(channel.sent) == 1
    async with server.session.post(f"{address}/send-again", headers=TOKEN) as answer:
        assert answer.status == 409
    async with server.session.get(address, headers=TOKEN) as answer:
        assert (await answer.json())["state"] == "sent"


async def test_pages_of_deliveries_follow_each_other(server):
    await says(server, "/greet", channel="rest")
    await says(server, "/greet", channel="rest")
    url = "/api/v1/deliveries?limit=1"
    async with server.session.get(url, headers=TOKEN) as answer:
        (first,) = (await answer.json())["deliveries"]
    async with server.session.get(f"{url}&after={first['id']}", headers=TOKEN) as answer:
        (second,) = (await answer.json())["deliveries"]
    assert second["id"] > first["id"]


@pytest.mark.parametrize("path", ["/api/v1/deliveries/0", "/api/v1/deliveries/abc"])
async def test_a_delivery_that_does_not_exist_is_not_found(server, path):
    async with server.session.get(path, headers=TOKEN) as answer:
        assert answer.status == 404


async def test_a_state_that_does_not_exist_is_named(server):
    async with server.session.get("/api/v1/deliveries?state=lost", headers=TOKEN) as answer:
        assert answer.status == 400
        assert "pending" in (await answer.json())["detail"]


# -- limits


def limits():
    return FlowLimits(ManualClock(), address=Flow(burst=2, per_second=1)), ServerSettings()


async def test_an_address_that_sends_too_much_is_told_when_to_come_back(tmp_path):
    flow, settings = limits()
    async with running_server(
        tmp_path, settings=settings, admits=lambda address: flow.admits("address", address)
    ) as server:
        for _ in range(2):
            async with server.session.get("/webhooks/rest/") as answer:
                assert answer.status == 200
        forged = {"X-Forwarded-For": "9.9.9.9"}
        async with server.session.get("/webhooks/rest/", headers=forged) as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "1"
        async with server.session.ws_connect("/webhooks/web/socket") as socket:
            closed = await socket.receive()
            assert closed.data == 1013
        async with server.session.get("/healthz") as answer:
            assert answer.status == 200


async def test_behind_a_trusted_proxy_the_clients_are_counted(tmp_path):
    flow, _ = limits()
    async with running_server(
        tmp_path,
        settings=ServerSettings(trusted_proxies=1),
        admits=lambda address: flow.admits("address", address),
    ) as server:
        for number in range(5):
            client = {"X-Forwarded-For": f"6.6.6.6, 10.0.0.{number}"}
            async with server.session.get("/webhooks/rest/", headers=client) as answer:
                assert answer.status == 200


async def test_a_sender_that_sends_too_much_is_refused_before_anything_is_written(tmp_path):
    flow = FlowLimits(ManualClock(), sender=Flow(burst=1, per_second=1))
    async with running_server(tmp_path, limits=flow) as server:
        await says(server, "/greet", channel="rest")
        before = await server.gateway.last_seq("u1")
        body = {"message": "hello", "sender": "u1"}
        async with server.session.post("/webhooks/rest/webhook", json=body) as answer:
            assert answer.status == 429
            assert answer.headers["Retry-After"] == "1"
        assert await server.gateway.last_seq("u1") == before


@pytest.mark.parametrize(
    "query", ["after=abc", "after=-1", "after=99999999999999999999999", "limit=-1", "limit=0"]
)
async def test_a_number_that_is_none_is_named(ask, query):
    status, _, body = await ask("GET", f"/api/v1/deliveries?{query}")
    assert (status, query.split("=")[0] in str(body)) == (400, True)
