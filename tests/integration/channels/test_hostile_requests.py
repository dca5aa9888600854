"""What strangers post to the platforms' addresses of a real server: refused, counted, no more."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import pytest
from yarl import URL

from kefu.clock import ManualClock
from tests.integration.wechat.whole import Running, kefu, serving
from tests.simulators.times import ManualTime
from tests.simulators.wechat import Account, WeChat
from tests.simulators.wechat_signing import seal
from tests.simulators.wecom import SimulatedWeCom
from tests.simulators.wecom_callbacks import WeComCallbacks

NOW = 1_800_000_000
ENTRANCES = {
    f"{kind}-{mode}-{form}": Account(kind=kind, mode=mode, format=form)
    for kind in ("official", "miniprogram")
    for mode in ("plain", "compatible", "encrypted")
    for form in ("xml", "json")
} | {"wecom": None}
TOKEN = "Kefu2026"


@dataclass
class Entrance:
    """An address of a channel, and what a stranger can do there."""

    running: Running
    channel: str
    signature: str
    """Name of the parameter that counts."""
    api_calls: Any

    async def request(self, method, query, body=None, **headers):
        """Return status and body."""
        text = query if isinstance(query, str) else urlencode(query)
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                method,
                URL(f"{self.running.url}?{text}", encoded=True),
                data=body,
                headers=headers,
            ) as response,
        ):
            return response.status, await response.read()

    async def raw(self, data):
        """Send bytes and return the status that they are answered with."""
        parts = urlsplit(self.running.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(data.replace(b"{path}", parts.path.encode()))
        await writer.drain()
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    def signed(self, *more, timestamp=NOW, nonce="n1"):
        """Return a query that is signed rightly."""
        joined = "".join(sorted([TOKEN, str(timestamp), nonce, *more]))
        right = hashlib.sha1(joined.encode()).hexdigest()
        return {self.signature: right, "timestamp": str(timestamp), "nonce": nonce}

    async def nothing_came_of_it(self, what):
        """Check that one request was counted as ``what``, and that nothing else happened."""
        assert self.running.counts == {what: 1}
        async with aiohttp.request("GET", f"{self.running.base}/metrics") as response:
            shown = await response.text()
        counted = f'kefu_channel_events_total{{channel="{self.channel}",event="{what}"}} 1'
        assert counted in shown
        assert await self.running.app.gateway.deliveries() == []
        assert self.running.hearing.heard == []
        assert not self.api_calls()
        self.running.app.context.counters.counts.clear()


@asynccontextmanager
async def entered(root, name):
    account = ENTRANCES[name]
    if account is None:
        async with SimulatedWeCom(clock=ManualClock(NOW), callback_token=TOKEN).serving() as wecom:
            section = {
                "corp_id": wecom.corp_id,
                "secret": wecom.secret,
                "token": TOKEN,
                "encoding_aes_key": wecom.aes_key,
                "api": wecom.url,
            }
            async with serving(root, wecom.clock, "wecom", section) as running:
                yield Entrance(running, "wecom", "msg_signature", lambda: wecom.calls)
        return
    channel = "wechat" if account.kind == "official" else "wechat_miniprogram"
    async with (
        WeChat(account, time=ManualTime(NOW), seed=1) as platform,
        kefu(root, platform, channel) as running,
    ):
        parameter = "signature" if account.mode == "plain" else "msg_signature"
        yield Entrance(running, channel, parameter, lambda: platform.api.calls)


@pytest.fixture(params=sorted(ENTRANCES))
async def entrance(request, tmp_path):
    async with entered(tmp_path, request.param) as opened:
        yield opened


def envelope(encrypted):
    return f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


async def test_bodies_that_are_too_long_are_not_read(entrance):
    head = "POST {path}?timestamp=1 HTTP/1.1\r\nHost: kefu\r\n"
    megabyte = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + megabyte
    assert await entrance.raw(chunked) == 413
    await entrance.nothing_came_of_it("too_large")
    for length in (200_000, 40 << 20, 1 << 40):
        declared = f"{head}Content-Length: {length}\r\n\r\n".encode() + b"x" * 150_000
        assert await entrance.raw(declared) == 413
        await entrance.nothing_came_of_it("too_large")


async def test_compressed_bodies_are_not_unpacked(entrance):
    bomb = gzip.compress(b"<xml>" + b"\0" * (50 << 20))
    query = entrance.signed()
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/xml"}
    status, _ = await entrance.request("POST", query, bomb, **headers)
    assert status == 400
    await entrance.nothing_came_of_it("malformed")


TIMES = [NOW * 1000, -NOW, NOW + 301, NOW - 301, 10**30, "1e9", "", "١٨٠٠٠٠٠٠٠٠", " 1"]


@pytest.mark.parametrize("name", ["official-plain-xml", "official-encrypted-xml", "wecom"])
async def test_times_that_are_none_of_now_are_refused(tmp_path, subtests, name):
    account = ENTRANCES[name] or Account()
    async with entered(tmp_path, name) as entrance:
        for timestamp in TIMES:
            with subtests.test(timestamp=timestamp):
                if name == "official-plain-xml":
                    query, body = entrance.signed(timestamp=timestamp), HELLO.encode()
                else:
                    sealed = sealed_for(entrance, account)
                    query, body = entrance.signed(sealed, timestamp=timestamp), envelope(sealed)
                status, _ = await entrance.request("POST", query, body)
                assert status == 403
                await entrance.nothing_came_of_it("stale")


HELLO = (
    "<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>oAda</FromUserName>"
    f"<CreateTime>{NOW}</CreateTime><MsgType>text</MsgType><Content>hi</Content>"
    "<MsgId>1</MsgId></xml>"
)


def sealed_for(entrance, account):
    if entrance.channel == "wecom":
        wecom = SimulatedWeCom()
        crypto = WeComCallbacks(url="", corp_id=wecom.corp_id, token=TOKEN, aes_key=wecom.aes_key)
        inner = (
            f"<xml><ToUserName>{wecom.corp_id}</ToUserName><Event>kf_msg_or_event</Event>"
            "<Token>t</Token><OpenKfId>wkAAAA</OpenKfId></xml>"
        )
        return crypto.encrypt(inner)
    return seal(account, HELLO)


async def test_nothing_is_said_back_that_was_not_signed(entrance):
    script = "<script>alert(1)</script>"
    for query in (
        {"echostr": script},
        {"echostr": script, "signature": "", "timestamp": NOW, "nonce": "n"},
        {"echostr": script, "msg_signature": "0" * 40, "timestamp": NOW, "nonce": "n"},
        f"echostr={quote(script)}&signature=%ff%fe&msg_signature=%ff&timestamp={NOW}&nonce=%ff",
    ):
        status, body = await entrance.request("GET", query)
        assert (status, b"script" in body) == (403, False)
        await entrance.nothing_came_of_it("bad_signature")


async def test_what_the_signature_does_not_cover_is_said_back_only_if_it_is_harmless(entrance):
    if entrance.channel == "wecom":
        query = entrance.signed("<script>")
    else:
        query = {**entrance.signed(), "signature": entrance.signed()[entrance.signature]}
    status, body = await entrance.request("GET", {**query, "echostr": "<script>"})
    assert (status, b"script" in body) == (400, False)
    await entrance.nothing_came_of_it("malformed")


async def test_of_a_parameter_that_comes_twice_one_value_counts_for_everything(entrance):
    right = urlencode(entrance.signed())
    wrong = f"{entrance.signature}={'0' * 40}"
    body = HELLO.encode() if entrance.signature == "signature" else envelope("QUJD")
    status, _ = await entrance.request("POST", f"{wrong}&{right}", body)
    assert status == 403
    await entrance.nothing_came_of_it("bad_signature")
    status, _ = await entrance.request("POST", f"timestamp={NOW + 5}&{right}", body)
    assert status == 403
    await entrance.nothing_came_of_it("bad_signature")


BODIES = [
    b"\xff\xfe<\0x\0m\0l\0>\0",
    b"",
    b"null",
    b"[]",
    b"{",
    b'{"MsgId": ' + b"9" * 100_000 + b"}",
    b'{"a":' * 50_000,
    b"[" * 100_000,
    b"<xml>" + b"<a>" * 9 + b"</a>" * 9 + b"</xml>",
    b"<xml>" + b"<a/>" * 3_000 + b"</xml>",
    b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x"><xml/>',
    b'<?xml version="1.0" encoding="UTF-7"?><xml/>',
    b"<xml>&#0;</xml>",
    b"<xml" + b" a='1'" * 10_000 + b"/>",
]


@pytest.mark.parametrize("name", ["official-plain-xml", "miniprogram-encrypted-json", "wecom"])
async def test_bodies_that_mean_nothing_are_refused(tmp_path, subtests, name):
    async with entered(tmp_path, name) as entrance:
        for body in BODIES:
            with subtests.test(body=body[:12]):
                status, _ = await entrance.request("POST", entrance.signed(), body)
                assert status in (400, 403, 413)
                (what,) = entrance.running.counts
                await entrance.nothing_came_of_it(what)
