"""An account that is not verified: it answers when the customer writes, and at no other time."""

import pytest

from kefu.channels.wechat import official
from kefu.core.messages import Reply
from kefu.errors import ChannelError, HeldBack
from tests.integration.wechat.whole import kefu
from tests.simulators.posting import until
from tests.simulators.times import ManualTime
from tests.simulators.wechat import Account, WeChat

SEND = "message/custom/send"
ADA = "oAda"


@pytest.fixture
async def platform():
    account = Account(mode="encrypted", is_verified=False)
    async with WeChat(account, time=ManualTime(), seed=1) as simulated:
        yield simulated


@pytest.fixture(autouse=True)
def _impatient_platform(monkeypatch):
    """Let the platform cut connections at once that are not answered in time."""
    monkeypatch.setattr(official, "CUT_SECONDS", 0.0)


async def held(running, count=1):
    """Wait until so many replies were held back."""
    await until(lambda: running.counts.get("held_back", 0) >= count)
    await running.app.gateway.idle()


async def test_that_it_may_not_send_is_found_out_and_the_answer_waits(tmp_path, platform, caplog):
    async with kefu(tmp_path, platform, answer_seconds=0.1) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        assert (await customer.says("慢慢想")).outcome == "success"
        running.hearing.goes_on.set()
        await held(running)
        assert platform.api.refused[48001]
        assert await running.stored() == ["pending"]
        assert "customer-service messages" in caplog.text
        assert (await customer.says("在吗")).outcome == "answered"
        assert await running.stored() == ["sent"] * 2
    assert customer.texts == ["收到：慢慢想\n\n收到：在吗"]
    assert platform.api.calls[SEND] == 1


async def test_a_late_answer_is_given_to_the_platforms_repeat(tmp_path, platform):
    async with kefu(tmp_path, platform, answer_seconds=0.1, passive_only=True) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        push = {**customer._head(), "MsgType": "text", "Content": "慢慢想", "MsgId": 7}
        first = await platform.request(platform.signed(push))
        assert first.status == 503
        running.hearing.goes_on.set()
        await held(running)
        assert (await platform.push(ADA, push)).outcome == "answered"
        await until_sent(running, 1)
        assert running.hearing.heard == ["慢慢想"]
    assert customer.texts == ["收到：慢慢想"]
    assert platform.api.calls[SEND] == 0


async def until_sent(running, count):
    await running.app.gateway.idle()
    assert await running.stored() == ["sent"] * count


async def test_who_got_no_answer_at_all_is_told_to_write_again(tmp_path, platform):
    async with kefu(tmp_path, platform, answer_seconds=0.1, passive_only=True) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        push = await customer.says("慢慢想")
        assert [tried.status for tried in push.tries] == [503, 503, 200]
        assert "发送任意内容" in customer.texts[0]
        running.hearing.goes_on.set()
        await held(running)
        await customer.says("好了吗")
    assert customer.texts[1:] == ["收到：慢慢想\n\n收到：好了吗"]


async def test_a_notice_may_be_left_out(tmp_path, platform):
    settings = {"answer_seconds": 0.1, "passive_only": True, "late_notice": ""}
    async with kefu(tmp_path, platform, **settings) as running:
        platform.callback_url = running.url
        assert (await platform.customer(ADA).says("慢慢想")).outcome == "success"


async def test_an_answer_that_was_lost_is_given_again_whole(tmp_path, platform):
    async with kefu(tmp_path, platform, passive_only=True, answer_seconds=0.1) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        await customer.says("慢慢想")
        running.hearing.goes_on.set()
        await held(running)
        lost = await customer.says("在吗", losses=["answer", "answer"])
        assert lost.outcome == "answered"
        await customer.says("谢谢")
    assert customer.texts[1:] == ["收到：慢慢想\n\n收到：在吗", "收到：谢谢"]


async def test_what_does_not_fit_into_one_answer_waits_for_the_next(tmp_path, platform):
    async with kefu(tmp_path, platform, passive_only=True) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        await customer.says("长" * 600)
        await customer.says("一")
        await customer.says("长" * 1000)  # two messages
        await held(running)
        await customer.says("二")
        await customer.says("三")
    said = "\n\n".join(customer.texts)
    assert [len(text.encode()) <= 2048 for text in customer.texts] == [True] * len(customer.texts)
    assert said.count("长") == 1600
    assert said.index("收到：一") < said.index("收到：二") < said.index("收到：三")


async def test_held_answers_survive_a_restart(tmp_path, platform):
    customer = platform.customer(ADA)
    async with kefu(tmp_path, platform, passive_only=True, answer_seconds=0.1) as running:
        platform.callback_url = running.url
        await customer.says("慢慢想")
        running.hearing.goes_on.set()
        await held(running)
    async with kefu(tmp_path, platform, passive_only=True) as running:
        platform.callback_url = running.url
        await customer.says("还在吗")
        await until_sent(running, 2)
    assert customer.texts[1:] == ["收到：慢慢想\n\n收到：还在吗"]


async def test_other_processes_know_it_and_it_is_tried_again_after_a_day(tmp_path, platform):
    async with (
        kefu(tmp_path, platform, answer_seconds=0.1) as first,
        kefu(tmp_path, platform, answer_seconds=0.1) as second,
    ):
        platform.callback_url = first.url
        customer = platform.customer(ADA)
        await customer.says("慢慢想")
        first.hearing.goes_on.set()
        await held(first)
        platform.callback_url = second.url
        platform.time.advance(60)
        await customer.says("在吗")
        assert customer.texts == ["收到：慢慢想\n\n收到：在吗"]
        assert platform.api.calls[SEND] == 1
        platform.time.advance(86400)
        connector = next(c for c in second.app.connectors if c.name == "wechat")
        assert (await connector.left(ADA)).messages == 5


async def test_a_mini_program_cannot_be_passive(scene):
    with pytest.raises(ChannelError, match="passive_only"):
        async with scene(Account(kind="miniprogram"), passive_only=True):
            pass


async def test_typing_is_not_shown_and_nothing_is_left(scene):
    async with scene(passive_only=True) as s:
        s.door.answers_at_once = False
        await s.platform.customer(ADA).says("你好")
        assert s.platform.api.calls == {}
        assert (await s.connector.left(ADA)).messages == 0
        one = Reply(recipient_id=f"wechat-{ADA}", text="好")
        with pytest.raises(HeldBack, match="when the customer writes"):
            await s.connector.send(one, delivery_id=1, recipient=ADA)
