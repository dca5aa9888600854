"""A connector of the project, named by its path in credentials.yml."""

import pytest


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
