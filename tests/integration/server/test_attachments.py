"""Attachments over HTTP: signed links, nothing that runs in a browser."""

import aiohttp
import pytest

from kefu.channels.attachments import AttachmentStore
from kefu.channels.attachments.links import Links
from kefu.clock import SystemClock
from kefu.server.app import build_app
from kefu.server.services import Services
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from kefu.storage.files.memory import MemoryFiles
from kefu.storage.memory.attachments import MemoryAttachments

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(100))


@pytest.fixture
def store():
    clock = SystemClock()
    return AttachmentStore(MemoryFiles(), MemoryAttachments(), Links(b"s", clock), clock)


@pytest.fixture
async def fetch(store):
    app = build_app(Services(conversations=None, models=None, attachments=store), ServerSettings())
    with listening_socket("127.0.0.1", 0) as sock:
        async with serve(app, sock) as server, aiohttp.ClientSession() as session:

            async def get(path, method="GET", **headers):
                url = f"http://127.0.0.1:{server.port}{path}"
                async with session.request(method, url, headers=headers) as response:
                    return response.status, response.headers, await response.read()

            yield get


async def kept(store, data=PNG, name="照片.png"):
    found = await store.put(data, name=name, declared_type=None, conversation_id="c")
    return store.link(found.attachment_id)


async def test_a_picture_is_shown_in_place_and_nothing_is_guessed(store, fetch):
    status, headers, body = await fetch(await kept(store))
    assert (status, body) == (200, PNG)
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Content-Disposition"] == "inline; filename*=UTF-8''%E7%85%A7%E7%89%87.png"


async def test_a_text_is_downloaded_not_shown(store, fetch):
    _, headers, _ = await fetch(await kept(store, b"alert(1)", "a.html"))
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Disposition"].startswith("attachment;")


async def test_without_a_good_link_there_is_nothing(store, fetch):
    link = await kept(store)
    path = link.partition("?")[0]
    for wrong in (path, f"{path}?expires=9999999999&signature=x", link[:-1], "/attachments/x"):
        status, headers, body = await fetch(wrong)
        assert (status, headers["Content-Type"]) == (404, "application/problem+json")
        assert PNG not in body
        assert (await fetch(wrong, "HEAD"))[::2] == (404, b"")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, PNG[:10]),
        ("bytes=100-", 206, PNG[100:]),
        ("bytes=-5", 206, PNG[-5:]),
        ("bytes=50-9999", 206, PNG[50:]),
        ("bytes=9999-", 416, b""),
        ("bytes=9-1", 416, b""),
        ("bytes=-", 200, PNG),
        ("lines=1-2", 200, PNG),
    ],
)
async def test_a_part_is_sent_to_who_asks_for_it(store, fetch, asked, status, part):
    answer = await fetch(await kept(store), Range=asked)
    assert (answer[0], answer[2]) == (status, part)


async def test_head_tells_the_length_only(store, fetch):
    status, headers, body = await fetch(await kept(store), method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(PNG)), b"")
