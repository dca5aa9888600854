"""The WeChat simulator against a server of a few lines: does it play the platform's part?"""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from tests.simulators.faults import Fault
from tests.simulators.times import ManualTime
from tests.simulators.wechat import Account, WeChat
from tests.simulators.wechat_attacks import ATTACKS, attack

ENCRYPTED = Account(mode="encrypted")
REPLY = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName>{me}</FromUserName>"
    "<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>{text}</Content></xml>"
)


class Listener:
    """A server that keeps what comes and answers what it is told to."""

    def __init__(self):
        self.answer = lambda request, body: "success"
        self.requests = []
        self.arrived = asyncio.Event()
        self.goes_on = None

    async def serve(self, request):
        body = await request.read()
        self.requests.append((request, body))
        self.arrived.set()
        if self.goes_on is not None:
            await self.goes_on.wait()
        answer = self.answer(request, body)
        return answer if isinstance(answer, web.Response) else web.Response(text=answer)


@asynccontextmanager
async def platform_and_listener(account=None, **options):
    listener = Listener()
    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/webhook", listener.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    time = options.pop("time", None) or ManualTime()
    async with WeChat(account, callback_url=url, time=time, **options) as platform:
        yield platform, listener
    if listener.goes_on is not None:
        listener.goes_on.set()
    await runner.cleanup()


async def token_of(platform, **body):
    return await post(
        platform,
        "stable_token",
        {
            "grant_type": "client_credential",
            "appid": platform.account.appid,
            "secret": platform.account.secret,
            **body,
        },
        token=None,
    )


async def post(platform, api, body, *, token, escaped=False):
    params = {"access_token": token} if token else {}
    data = json.dumps(body, ensure_ascii=escaped).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{platform.url}/cgi-bin/{api}", params=params, data=data) as response,
    ):
        return await response.json(content_type=None)


async def get(platform, api, **params):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{platform.url}/cgi-bin/{api}", params=params) as response,
    ):
        return await response.json(content_type=None)


async def send(platform, customer, text, *, token=None, escaped=False):
    token = token or (await token_of(platform))["access_token"]
    body = {"touser": customer.openid, "msgtype": "text", "text": {"content": text}}
    sent = await post(platform, "message/custom/send", body, token=token, escaped=escaped)
    return sent["errcode"]


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - any condition, not an event
            await asyncio.sleep(0)


async def test_a_push_is_signed_as_a_second_implementation_expects():
    async with platform_and_listener() as (platform, listener):
        push = await platform.customer().says("你好]]>&")
    request, body = listener.requests[0]
    query = request.query
    check_signature(platform.account.token, query["signature"], query["timestamp"], query["nonce"])
    assert "你好" in body.decode()
    assert push.outcome == "success"


@pytest.mark.parametrize("mode", ["compatible", "encrypted"])
async def test_an_encrypted_push_opens_with_a_second_implementation(mode):
    async with platform_and_listener(Account(mode=mode)) as (platform, listener):
        await platform.customer().says("你好")
    request, body = listener.requests[0]
    crypto = WeChatCrypto(platform.account.token, platform.account.aes_key, platform.account.appid)
    query = request.query
    plain = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert "你好" in plain
    assert ("你好" in body.decode()) == (mode == "compatible")


async def test_the_address_is_checked_by_its_echo():
    async with platform_and_listener() as (platform, listener):
        listener.answer = lambda request, body: request.query["echostr"]
        assert await platform.check_url()
        listener.answer = lambda request, body: "something"
        assert not await platform.check_url()


async def test_no_answer_is_tried_three_times_five_seconds_apart():
    async with platform_and_listener() as (platform, listener):
        listener.goes_on = asyncio.Event()
        customer = platform.customer()
        pushing = asyncio.ensure_future(customer.says("你好"))
        for number in range(3):
            await until(lambda n=number: len(listener.requests) == n + 1)
            await until(lambda: platform.time.sleepers == 1)
            platform.time.advance(4.9)
            assert len(listener.requests) == number + 1
            platform.time.advance(0.2)
        push = await pushing
    assert [tried.problem for tried in push.tries] == ["timeout"] * 3
    assert push.outcome == "unanswered"
    assert customer.notices
    ids = {body.split(b"<MsgId>")[1] for _, body in listener.requests}
    assert len(ids) == 1


async def test_overlapping_tries_run_at_once_and_the_last_answer_counts():
    async with platform_and_listener() as (platform, listener):
        listener.goes_on = asyncio.Event()
        pushing = asyncio.ensure_future(platform.customer().says("你好", overlapping=3))
        await until(lambda: len(listener.requests) == 3)
        listener.goes_on.set()
        push = await pushing
    assert push.outcome == "success"


@pytest.mark.parametrize("loss", ["request", "connection", "answer"])
async def test_a_lost_try_is_repeated(loss):
    async with platform_and_listener() as (platform, _listener):
        push = await platform.customer().says("你好" * 50, losses=[loss])
    assert push.outcome == "success"
    assert [bool(tried.problem) for tried in push.tries] == [True, False]


async def test_a_server_that_is_gone_gets_three_tries():
    async with platform_and_listener() as (platform, _):
        platform.callback_url = "http://127.0.0.1:9/"
        push = await platform.customer().says("你好")
    assert len(push.tries) == 3
    assert not push.is_accepted


async def test_a_passive_answer_reaches_the_customer_once():
    async with platform_and_listener() as (platform, listener):
        customer = platform.customer()
        me = platform.account.original_id
        listener.answer = lambda *_: REPLY.format(to=customer.openid, me=me, text="您好")
        push = await customer.says("你好", losses=["answer"])
    assert push.outcome == "answered"
    assert customer.texts == ["您好"]
    assert customer.received[0].how == "passive"


async def test_an_encrypted_answer_is_opened_and_a_plain_one_refused():
    async with platform_and_listener(ENCRYPTED) as (platform, listener):
        customer = platform.customer()
        account = platform.account
        crypto = WeChatCrypto(account.token, account.aes_key, account.appid)
        plain = REPLY.format(to=customer.openid, me=account.original_id, text="您好")
        listener.answer = lambda *_: crypto.encrypt_message(plain, "123", "1700000000")
        assert (await customer.says("你好")).outcome == "answered"
        listener.answer = lambda *_: plain
        assert (await customer.says("你好")).complaint == "a plain answer in encrypted mode"
        stranger = WeChatCrypto(account.token, account.aes_key, "wxother")
        listener.answer = lambda *_: stranger.encrypt_message(plain, "123", "1700000000")
        assert (await customer.says("你好")).outcome == "bad"
    assert customer.texts == ["您好"]


@pytest.mark.parametrize(
    "answer", ["Success", "<xml>", "{}", "<xml><MsgType>text</MsgType></xml>", "<a/>"]
)
async def test_what_means_nothing_puts_the_account_out_of_service(answer):
    async with platform_and_listener() as (platform, listener):
        listener.answer = lambda *_: answer
        push = await platform.customer().says("你好")
    assert push.outcome == "bad"
    assert len(push.tries) == 1


async def test_five_messages_follow_a_message_and_no_sixth():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        assert await send(platform, customer, "早") == 45015
        await customer.says("你好")
        assert [await send(platform, customer, str(n)) for n in range(6)] == [0] * 5 + [45047]
        await customer.says("你好")
        assert customer.messages_left == 5
        platform.time.advance(48 * 3600)
        assert await send(platform, customer, "晚") == 45015
    assert customer.texts == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("act", ["follows", "scans", "clicks"])
async def test_three_messages_follow_an_event_within_a_minute(act):
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await getattr(customer, act)("1")
        assert [await send(platform, customer, "x") for _ in range(4)] == [0, 0, 0, 45047]
        await getattr(customer, act)("1")
        platform.time.advance(61)
        assert await send(platform, customer, "x") == 45015


async def test_who_unfollows_cannot_be_written_to():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        await customer.unfollows()
        assert await send(platform, customer, "x") == 45015


async def test_a_text_may_have_2048_bytes():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        assert await send(platform, customer, "好" * 682 + "ab") == 0
        assert await send(platform, customer, "好" * 683) == 45002


async def test_escaped_characters_are_shown_as_they_came():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        await send(platform, customer, "您", escaped=True)
    assert customer.texts == ["\\u60a8"]


async def test_a_stable_token_stays_until_near_its_end():
    async with platform_and_listener() as (platform, _):
        first = await token_of(platform)
        assert (first["expires_in"], len(first["access_token"]) >= 500) == (7200, True)
        platform.time.advance(6800)
        again = await token_of(platform)
        assert again == {"access_token": first["access_token"], "expires_in": 400}
        platform.time.advance(150)
        last = await token_of(platform)
        customer = platform.customer()
        await customer.says("你好")
        assert await send(platform, customer, "old", token=first["access_token"]) == 0
        platform.time.advance(300)
        assert await send(platform, customer, "old", token=first["access_token"]) == 42001
        assert await send(platform, customer, "new", token=last["access_token"]) == 0
        assert await send(platform, customer, "none", token="nonsense") == 40014


async def test_a_forced_refresh_kills_the_old_token_and_is_rationed():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        first = (await token_of(platform))["access_token"]
        second = (await token_of(platform, force_refresh=True))["access_token"]
        assert second != first
        assert await send(platform, customer, "x", token=first) == 40001
        assert (await token_of(platform, force_refresh=True))["access_token"] == second
        for _ in range(19):
            platform.time.advance(30)
            await token_of(platform, force_refresh=True)
        platform.time.advance(30)
        assert (await token_of(platform, force_refresh=True))["errcode"] == 45009
        assert (await token_of(platform, secret="wrong"))["errcode"] == 40125


async def test_faults_happen_in_order_and_say_what_had_an_effect():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        faults = platform.api.faults
        faults.order("message/custom/send", Fault(drop="before"))
        faults.order("message/custom/send", Fault(drop="after"))
        faults.order("message/custom/send", Fault(errcode=45009))
        token = (await token_of(platform))["access_token"]
        for text in ("before", "after"):
            with pytest.raises(aiohttp.ClientError):
                await send(platform, customer, text, token=token)
        assert await send(platform, customer, "refused", token=token) == 45009
        assert await send(platform, customer, "well", token=token) == 0
    assert customer.texts == ["after", "well"]


async def test_an_unverified_account_may_not_send():
    async with platform_and_listener(Account(is_verified=False)) as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        assert await send(platform, customer, "x") == 48001


async def test_media_go_both_ways_and_end_after_three_days():
    async with platform_and_listener() as (platform, listener):
        customer = platform.customer()
        await customer.sends_image(b"\x89PNG picture")
        media_id = listener.requests[0][1].split(b"<MediaId><![CDATA[")[1].split(b"]")[0].decode()
        token = (await token_of(platform))["access_token"]
        form = aiohttp.FormData()
        form.add_field("media", b"RIFF", filename="a.jpg", content_type="image/jpeg")
        async with aiohttp.ClientSession(f"{platform.url}/cgi-bin/") as session:
            query = {"access_token": token, "media_id": media_id}
            async with session.get("media/get", params=query) as response:
                assert await response.read() == b"\x89PNG picture"
            query = {"access_token": token, "type": "image"}
            async with session.post("media/upload", params=query, data=form) as response:
                uploaded = await response.json(content_type=None)
        body = {"touser": customer.openid, "msgtype": "image", "image": {"media_id": ""}}
        body["image"]["media_id"] = uploaded["media_id"]
        assert (await post(platform, "message/custom/send", body, token=token))["errcode"] == 0
        platform.time.advance(73 * 3600)
        token = (await token_of(platform))["access_token"]
        await customer.says("你好")
        refused = await post(platform, "message/custom/send", body, token=token)
        assert refused["errcode"] == 40007


async def test_user_info_knows_the_unionid():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer(unionid="u-1")
        token = (await token_of(platform))["access_token"]
        info = await get(platform, "user/info", access_token=token, openid=customer.openid)
        assert (info["unionid"], info["subscribe"]) == ("u-1", 1)


async def test_typing_is_shown_to_those_who_wrote_lately():
    async with platform_and_listener() as (platform, _):
        customer = platform.customer()
        await customer.says("你好")
        token = (await token_of(platform))["access_token"]
        body = {"touser": customer.openid, "command": "Typing"}
        assert (await post(platform, "message/custom/typing", body, token=token))["errcode"] == 0
        platform.time.advance(31)
        late = await post(platform, "message/custom/typing", body, token=token)
        assert late["errcode"] == 45081
    assert platform.api.typing == [(customer.openid, "Typing")]


@pytest.mark.parametrize("mode", ["plain", "encrypted"])
@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_mini_program_pushes_in_its_format_and_takes_success_only(form, mode):
    account = Account(kind="miniprogram", format=form, mode=mode)
    async with platform_and_listener(account) as (platform, listener):
        customer = platform.customer()
        assert (await customer.enters("order-1")).outcome == "success"
        assert [await send(platform, customer, "x") for _ in range(3)] == [0, 0, 45047]
        await customer.says("你好")
        assert customer.messages_left == 5
        listener.answer = lambda *_: REPLY
        assert (await customer.says("你好")).outcome == "bad"
    assert listener.requests[0][1].startswith(b"{" if form == "json" else b"<xml>")


@pytest.mark.parametrize("mode", ["plain", "encrypted"])
@pytest.mark.parametrize("name", ATTACKS)
async def test_every_attack_is_a_request(name, mode):
    async with platform_and_listener(Account(mode=mode)) as (platform, _listener):
        sent = await platform.request(attack(platform, name))
    assert sent.status == (413 if name == "oversize" else 200) or sent.problem


async def test_the_same_seed_gives_the_same_customers_and_faults():
    drawn = []
    for _ in range(2):
        async with platform_and_listener(seed=7) as (platform, _):
            platform.api.faults.rates("token", {Fault(errcode=-1): 0.5})
            chance = [platform.api.faults.next("token") is None for _ in range(20)]
            drawn.append((platform.customer().openid, platform.message_id(), chance))
    assert drawn[0] == drawn[1]


async def test_keys_of_the_default_account_are_well_formed():
    assert len(base64.b64decode(Account().aes_key + "=")) == 32
