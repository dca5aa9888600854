"""A connector of the project, named by its path in credentials.yml."""

import pytest

from connectors.plain_text import PlainText
from kefu.channels.base import Route, WebResponse
from tests.serving import running_server


@pytest.fixture
def credentials():
    return {"connectors.plain_text.PlainText": {"greeting": "欢迎光临"}}


async def test_it_is_served_below_its_own_name(ask):
    assert (await ask("GET", "/webhooks/plain_text/webhook"))[2] == "欢迎光临"
    query = {"sender": "me"}
    _, _, text = await ask("POST", "/webhooks/plain_text/webhook", params=query, data="/greet")
    assert text == "您好！想问点什么？\n1. 查物流\n"


async def test_what_it_cannot_read_is_refused(ask):
    status, _, body = await ask("POST", "/webhooks/plain_text/webhook", data=b"\xff")
    assert status == 400
    assert "UTF-8" in body["message"]


async def test_without_the_web_channel_the_front_page_is_a_line_of_text(ask):
    _, headers, body = await ask("GET", "/", headers={"Accept": "text/html"})
    assert headers["Content-Type"].startswith("text/plain")
    assert body.startswith("Hello from Kefu")


async def test_a_channel_hears_that_its_answer_was_written_and_what_was_too_large(
    tmp_path, monkeypatch
):
    heard = []

    async def serve(request):
        return WebResponse(body=b"ok", written=written)

    async def written():
        heard.append("written")

    class Listening(PlainText):
        def routes(self):
            return [
                Route(
                    method="POST",
                    path="/webhook",
                    serve=serve,
                    max_body=10,
                    too_large=lambda: heard.append("too large"),
                )
            ]

    monkeypatch.setattr("connectors.plain_text.PlainText", Listening)
    credentials = {"connectors.plain_text.PlainText": {}}
    async with running_server(tmp_path, credentials=credentials) as server:
        for body in (b"short", b"much too long a body"):
            async with server.session.post("/webhooks/plain_text/webhook", data=body) as response:
                heard.append((response.status, await response.read() if body == b"short" else b""))
    assert heard == ["written", (200, b"ok"), "too large", (413, b"")]
