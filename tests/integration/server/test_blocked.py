"""What senders whom an agent blocked are answered, where they can be."""

from __future__ import annotations

import aiohttp
import pytest

WEBHOOK = "/webhooks/rest/webhook"


class Blocked:
    """Everybody is blocked, as long as ``is_on``."""

    is_on = True

    async def is_blocked(self, _conversation_id, _sender):
        return self.is_on


@pytest.fixture
def blocked(server):
    blocked = Blocked()
    server.gateway.block(blocked)
    return blocked


async def test_a_caller_of_the_rest_channel_is_told(server, ask, blocked):
    said = {"sender": "ada", "message": "hello"}
    status, _, body = await ask("POST", WEBHOOK, json=said)
    assert (status, "not taken" in str(body)) == (403, True)
    assert await server.gateway.head("ada") is None
    blocked.is_on = False
    assert (await ask("POST", WEBHOOK, json=said))[0] == 200


async def test_a_page_is_told_on_either_line(server, ask, blocked):
    _, _, body = await ask("POST", "/webhooks/web/visitors", token=None)
    headers = {"Authorization": f"Bearer {body['token']}"}
    said = {"id": "m1", "text": "hello"}
    path = "/webhooks/web/messages"
    status, _, body = await ask("POST", path, token=None, json=said, headers=headers)
    assert (status, body["code"]) == (403, "blocked")
    async with server.session.ws_connect("/webhooks/web/socket") as socket:
        await socket.send_json({"type": "hello"})
        await socket.send_json({"type": "message", **said})
        async for frame in socket:
            assert frame.type is aiohttp.WSMsgType.TEXT
            told = frame.json()
            if told["type"] == "error":
                break
        assert (told["code"], told["id"]) == ("blocked", "m1")
        await socket.send_json({"type": "rate", "id": "r1", "score": 5})
        told = await socket.receive_json()
        assert (told["type"], told["code"], told["id"]) == ("error", "blocked", "r1")
