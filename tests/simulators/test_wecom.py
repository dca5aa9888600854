"""The simulated WeCom keeps the rules of the real one; a stand-in for Kefu listens."""

import asyncio
import io
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException

from kefu.clock import ManualClock
from tests.simulators.platform_api import Fault
from tests.simulators.posting import until
from tests.simulators.wecom import SimulatedWeCom

ADA = "wm-ada"


@pytest.fixture
async def wecom():
    async with SimulatedWeCom(clock=ManualClock()).serving() as platform:
        yield platform


@pytest.fixture
async def call(wecom):
    async with aiohttp.ClientSession(base_url=wecom.url) as session:

        async def call(path, *, access=None, **body):
            params = {"access_token": access or wecom.issue_token()}
            async with session.post(f"/cgi-bin/{path}", params=params, json=body) as response:
                return await response.json(content_type=None)

        call.session = session
        yield call


@asynccontextmanager
async def listening(*answers):
    """Listen for callbacks; answer each with the next of ``answers`` (a status, or an event)."""
    got, left = [], list(answers)

    async def take(request):
        got.append((dict(request.query), await request.read()))
        answer = left.pop(0) if left else 200
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = 200
        return web.Response(status=answer, text=request.query.get("echostr", ""))

    app = web.Application()
    app.router.add_route("*", "/hook", take)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got
    await runner.cleanup()


def send(call, msgid=None, text="好", **more):
    extra = {} if msgid is None else {"msgid": msgid}
    body = {"touser": ADA, "open_kfid": "wkAAAA", "msgtype": "text", "text": {"content": text}}
    return call("kf/send_msg", **{**body, **extra, **more})


async def test_tokens_are_given_expire_and_are_revoked(wecom, call):
    query = {"corpid": wecom.corp_id, "corpsecret": wecom.secret}
    async with call.session.get("/cgi-bin/gettoken", params=query) as response:
        token = (await response.json())["access_token"]
    async with call.session.get(
        "/cgi-bin/gettoken", params={**query, "corpsecret": "x"}
    ) as refused:
        assert (await refused.json())["errcode"] == 40001
    assert wecom.issue_token() == token
    state = {"open_kfid": "wkAAAA", "external_userid": ADA}
    wecom.log_message(ADA, "text", {"content": "在吗"})
    assert (await call("kf/service_state/get", access=token, **state))["service_state"] == 0
    wecom.clock.advance(7201)
    assert (await call("kf/service_state/get", access=token, **state))["errcode"] == 42001
    wecom.revoke_tokens()
    assert (await call("kf/service_state/get", access=token, **state))["errcode"] == 40014


async def test_a_pull_goes_on_from_its_cursor_even_past_an_empty_page(wecom, call):
    for number in range(5):
        wecom.log_message(ADA, "text", {"content": str(number)})
    wecom.page_size, wecom.empty_pages = 2, 1
    token, cursor, texts, pages = wecom.new_callback_token(), "", [], []
    while True:
        page = await call("kf/sync_msg", open_kfid="wkAAAA", token=token, cursor=cursor)
        pages.append((len(page["msg_list"]), page["has_more"]))
        texts += [item["text"]["content"] for item in page["msg_list"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert pages == [(0, 1), (2, 1), (2, 1), (1, 0)]
    assert texts == ["0", "1", "2", "3", "4"]


async def test_what_the_api_sent_is_not_pulled_and_three_days_are_kept(wecom, call):
    wecom.log_message(ADA, "text", {"content": "旧"})
    wecom.clock.advance(2 * 86400)
    wecom.log_message(ADA, "text", {"content": "新"})
    assert (await send(call))["errcode"] == 0
    wecom.clock.advance(86400 + 1)
    page = await call("kf/sync_msg", open_kfid="wkAAAA", token=wecom.new_callback_token())
    assert [item["text"]["content"] for item in page["msg_list"]] == ["新"]


async def test_pulls_without_a_token_are_throttled_and_too_many_at_once_refused(wecom, call):
    pull = [await call("kf/sync_msg", open_kfid="wkAAAA") for _ in range(10)]
    assert [p["errcode"] for p in pull] == [0] * 9 + [45009]
    token = wecom.new_callback_token()
    assert (await call("kf/sync_msg", open_kfid="wkAAAA", token=token))["errcode"] == 45009
    wecom.clock.advance(61)
    assert (await call("kf/sync_msg", open_kfid="wkAAAA", token=token))["errcode"] == 0
    wecom.max_pulls, wecom.gates["pulling"] = 1, asyncio.Event()
    pulls = [
        asyncio.ensure_future(call("kf/sync_msg", open_kfid="wkAAAA", token=token)) for _ in "ab"
    ]
    await until(lambda: wecom.most_pulls_at_once == 2)
    wecom.gates["pulling"].set()
    assert sorted(p["errcode"] for p in await asyncio.gather(*pulls)) == [0, 45033]


async def test_a_msgid_counts_once_and_only_in_the_allowed_states(wecom, call):
    wecom.log_message(ADA, "text", {"content": "在吗"})
    assert (await send(call, "kefu-1"))["msgid"] == "kefu-1"
    assert (await send(call, "kefu-1"))["errcode"] == 40058
    assert (await send(call, "kefu 2"))["errcode"] == 40058
    assert (await send(call, text="长" * 683))["errcode"] == 45002
    assert (await send(call, msgtype="music", music={}))["errcode"] == 40008
    assert wecom.texts(ADA) == ["好"]
    wecom.session(ADA).state = 3
    assert (await send(call, "kefu-3"))["errcode"] == 95018


async def test_more_than_five_messages_are_taken_but_reported_as_failed(wecom, call):
    wecom.log_message(ADA, "text", {"content": "在吗"})
    assert {(await send(call, text=str(n)))["errcode"] for n in range(6)} == {0}
    assert wecom.texts(ADA) == ["0", "1", "2", "3", "4"]
    wecom.clock.advance(48 * 3600 + 1)
    assert (await send(call, text="晚"))["errcode"] == 0
    page = await call("kf/sync_msg", open_kfid="wkAAAA", token=wecom.new_callback_token())
    events = [item["event"] for item in page["msg_list"] if item["msgtype"] == "event"]
    assert [event["fail_type"] for event in events] == [6, 4]
    wecom.log_message(ADA, "text", {"content": "还在"})
    wecom.refuses_over_quota = True
    assert [(await send(call, text=f"b{n}"))["errcode"] for n in range(6)] == [0] * 5 + [95001]
    assert wecom.doubled() == []


async def test_a_welcome_code_works_once_within_twenty_seconds(wecom, call):
    await wecom.customer_enters(ADA, scene="shop", scene_param="order=1")
    page = await call("kf/sync_msg", open_kfid="wkAAAA", token=wecom.new_callback_token())
    event = page["msg_list"][0]["event"]
    welcome = {"code": event["welcome_code"], "msgtype": "text", "text": {"content": "欢迎"}}
    assert event["scene_param"] == "order=1"
    assert (await call("kf/send_msg_on_event", **welcome))["errcode"] == 0
    assert (await call("kf/send_msg_on_event", **welcome))["errcode"] == 95007
    assert wecom.texts(ADA) == ["欢迎"]
    await wecom.customer_enters(ADA)
    page = await call("kf/sync_msg", open_kfid="wkAAAA", token=wecom.new_callback_token())
    assert "welcome_code" not in page["msg_list"][-1]["event"]


async def test_states_change_by_the_rules_and_people_must_be_receiving(wecom, call):
    wecom.log_message(ADA, "text", {"content": "人工"})
    who = {"open_kfid": "wkAAAA", "external_userid": ADA}
    trans = "kf/service_state/trans"
    human = {**who, "service_state": 3}
    assert (await call(trans, **human, servicer_userid="lisi"))["errcode"] == 95014
    assert (await call(trans, **human, servicer_userid="zhangsan"))["msg_code"]
    assert (await call(trans, **who, service_state=1))["errcode"] == 95018
    assert (await call("kf/service_state/get", **who))["servicer_userid"] == "zhangsan"
    page = await call("kf/sync_msg", open_kfid="wkAAAA", token=wecom.new_callback_token())
    assert page["msg_list"][-1]["event"]["change_type"] == 1


async def test_media_go_up_and_come_down_within_their_limits(wecom, call):
    async def upload(data):
        form = aiohttp.FormData()
        form.add_field("media", io.BytesIO(data), filename="a.png", content_type="image/png")
        params = {"access_token": wecom.issue_token(), "type": "image"}
        async with call.session.post("/cgi-bin/media/upload", params=params, data=form) as response:
            return await response.json()

    assert (await upload(b"x" * ((2 << 20) + 1)))["errcode"] == 40006
    media_id = (await upload(b"\x89PNG picture"))["media_id"]
    params = {"access_token": wecom.issue_token(), "media_id": media_id}
    async with call.session.get("/cgi-bin/media/get", params=params) as response:
        assert await response.read() == b"\x89PNG picture"
        assert response.content_type == "image/png"
    async with call.session.get(
        "/cgi-bin/media/get", params={**params, "media_id": "none"}
    ) as response:
        assert (await response.json())["errcode"] == 40007


async def test_faults_come_in_their_order(wecom, call):
    wecom.log_message(ADA, "text", {"content": "在吗"})
    wecom.rate_limits["send_msg"] = (2, 60)
    wecom.fail("send_msg", Fault(kind="drop_before"), Fault(kind="drop_after"))
    for text in ("a", "b"):
        with pytest.raises(aiohttp.ClientError):
            await send(call, text=text)
    assert wecom.texts(ADA) == ["b"]
    wecom.fail("send_msg", Fault(kind="errcode", value=-1))
    assert [(await send(call, text=t))["errcode"] for t in "cde"] == [-1, 0, 45009]


async def test_a_callback_is_signed_encrypted_and_tried_three_times(wecom):
    late = asyncio.Event()
    async with listening(late, 500, 200) as (url, got):
        wecom.connect(url, deadline=0.3)
        posted = await wecom.customer_says(ADA, "你好")
        late.set()
    assert [attempt.status for attempt in posted.attempts] == [None, 500, 200]
    query, body = got[0]
    crypto = WeChatCrypto(wecom.callback_token, wecom.aes_key, wecom.corp_id)
    signed = (query["msg_signature"], query["timestamp"], query["nonce"])
    assert "kf_msg_or_event" in crypto.decrypt_message(body, *signed)
    assert got[0] == got[1] == got[2]


async def test_hostile_callbacks_are_what_they_say(wecom):
    wecom.connect("http://127.0.0.1:1/")
    hostile = wecom.callbacks.hostile()
    crypto = WeChatCrypto(wecom.callback_token, wecom.aes_key, wecom.corp_id)
    foreign = hostile["foreign corp id"]
    query = foreign.query
    with pytest.raises(InvalidCorpIdException):
        crypto.decrypt_message(
            foreign.body, query["msg_signature"], query["timestamp"], query["nonce"]
        )
    assert len(hostile["oversize"].body) > 2 << 20
    posted = await wecom.callbacks.poster.post(hostile["empty"])
    assert [attempt.status for attempt in posted.attempts] == [None] * 3
    assert posted.last.error


async def test_an_address_is_checked_and_a_connection_cut(wecom):
    async with listening() as (url, got):
        wecom.connect(url)
        answer, echo = await wecom.callbacks.check_address()
        assert answer.status == 200
        assert answer.body.decode() != echo
        callback = wecom.callbacks.callback("wkAAAA", "t")
        copies = await wecom.callbacks.poster.post_overlapping(callback)
        await wecom.callbacks.poster.post_and_hang_up(callback)
        await until(lambda: len(got) == 5)
    assert [copy.status for copy in copies] == [200] * 3
