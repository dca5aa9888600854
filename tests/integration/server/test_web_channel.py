"""The web channel over a real WebSocket, and the page's headers."""

import asyncio

import aiohttp
import pytest


async def until(socket, kind):
    frames = []
    while not frames or frames[-1]["type"] != kind:
        frames.append(await socket.receive_json(timeout=5))
    return frames


async def test_a_conversation_over_a_websocket(server):
    async with server.session.ws_connect("/webhooks/web/socket") as socket:
        await socket.send_json({"type": "hello"})
        await until(socket, "synced")
        await socket.send_json({"type": "message", "id": "1", "text": "/greet", "title": "打招呼"})
        frames = await until(socket, "synced")
    shown = [(f["from"], f["text"]) for f in frames if f["type"] == "message"]
    assert shown == [("customer", "打招呼"), ("bot", "您好！想问点什么？")]


async def test_open_sockets_are_counted(server, ask):
    async with server.session.ws_connect("/webhooks/web/socket") as socket:
        await socket.send_json({"type": "hello"})
        await until(socket, "synced")
        assert "kefu_open_websockets 1.0" in (await ask("GET", "/metrics"))[2]


async def test_a_frame_that_is_far_too_long_ends_the_connection(server):
    async with server.session.ws_connect("/webhooks/web/socket") as socket:
        await socket.send_json({"type": "hello"})
        await until(socket, "synced")
        await socket.send_str("x" * 300_000)
        message = await socket.receive(timeout=5)
    assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
    assert socket.close_code == 1009


async def test_a_socket_and_a_poll_see_the_same_conversation(server):
    async with server.session.post("/webhooks/web/visitors") as response:
        token = (await response.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with server.session.ws_connect("/webhooks/web/socket") as socket:
        await socket.send_json({"type": "hello", "token": token})
        await until(socket, "synced")
        body = {"id": "1", "text": "/greet"}
        async with server.session.post(
            "/webhooks/web/messages", json=body, headers=headers
        ) as response:
            assert response.status == 202
        frames = await until(socket, "synced")
    query = {"after": "0", "wait": "5"}
    async with server.session.get(
        "/webhooks/web/events", params=query, headers=headers
    ) as response:
        polled = (await response.json())["frames"]
    over_socket, polled = (
        [frame["seq"] for frame in told if frame["type"] == "message"] for told in (frames, polled)
    )
    assert over_socket == polled


async def test_a_closing_server_tells_its_sockets_to_come_back(tmp_path, credentials):
    from tests.serving import running_server

    async with aiohttp.ClientSession() as session:
        async with running_server(tmp_path, credentials=credentials) as server:
            socket = await session.ws_connect(f"{server.url}/webhooks/web/socket")
            await socket.send_json({"type": "hello"})
            await until(socket, "synced")
            closing = asyncio.create_task(socket.receive(timeout=10))
            await asyncio.sleep(0)
        await closing
        assert socket.close_code == 1001


async def test_who_does_not_close_is_cut_off(server, monkeypatch):
    monkeypatch.setattr("kefu.server.live.socket.CLOSING_SECONDS", 0)
    url = "/webhooks/web/socket"
    async with server.session.ws_connect(url, autoclose=False, autoping=False) as socket:
        await socket.send_str("no hello")
        kinds = []
        async with asyncio.timeout(5):
            while (message := await socket.receive()).type != aiohttp.WSMsgType.CLOSED:
                kinds.append(message.type)
    assert kinds[-1] in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING}


async def test_a_closing_server_answers_those_who_wait(tmp_path, credentials):
    from tests.serving import running_server

    async with aiohttp.ClientSession() as session:
        async with running_server(tmp_path, credentials=credentials) as server:
            base = f"{server.url}/webhooks/web"
            async with session.post(f"{base}/visitors") as response:
                token = (await response.json())["token"]
            headers = {"Authorization": f"Bearer {token}"}
            polling = asyncio.create_task(
                session.get(f"{base}/events", params={"after": "0", "wait": "25"}, headers=headers)
            )
            while not server.gateway._following.watched:  # noqa: ASYNC110
                await asyncio.sleep(0)
        async with asyncio.timeout(3):
            response = await polling
            assert [f["type"] for f in (await response.json())["frames"]] == ["state"]


class TestOrigins:
    @pytest.fixture
    def credentials(self):
        return {"web": {"secret": "0123456789abcdef", "allowed_origins": ["https://shop.example"]}}

    async def test_pages_of_allowed_sites_may_read_the_answers(self, ask):
        shop = {"Origin": "https://shop.example"}
        _, headers, _ = await ask("POST", "/webhooks/web/visitors", headers=shop)
        assert headers["Access-Control-Allow-Origin"] == "https://shop.example"
        wanted = {**shop, "Access-Control-Request-Headers": "authorization,x-file-name"}
        status, headers, _ = await ask("OPTIONS", "/webhooks/web/attachments", headers=wanted)
        assert (status, headers["Access-Control-Allow-Headers"]) == (
            200,
            "authorization,x-file-name",
        )

    async def test_pages_of_other_sites_may_not(self, ask):
        evil = {"Origin": "https://evil.example"}
        _, headers, _ = await ask("POST", "/webhooks/web/visitors", headers=evil)
        assert "Access-Control-Allow-Origin" not in headers

    async def test_their_sockets_are_refused(self, server):
        socket = "/webhooks/web/socket"
        async with server.session.ws_connect(socket, origin="https://evil.example") as evil:
            assert (await evil.receive_json())["code"] == "not_allowed"
        async with server.session.ws_connect(socket, origin="https://shop.example") as shop:
            await shop.send_json({"type": "hello"})
            assert (await shop.receive_json())["type"] == "welcome"
