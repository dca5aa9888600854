"""Customers of an official account and a mini-program talk to a Kefu that is all there."""

import asyncio

import aiohttp
import pytest

from kefu.desk.library.records import By
from kefu.storage.sql.sqlite import SqliteDatabase
from tests.integration.wechat.whole import kefu
from tests.simulators.faults import Fault
from tests.simulators.posting import until
from tests.simulators.times import ManualTime
from tests.simulators.wechat import Account, WeChat
from tests.simulators.wechat_attacks import ATTACKS, attack

SEND = "message/custom/send"
ADA = "oAda"


@pytest.fixture
async def platform():
    async with WeChat(Account(mode="encrypted"), time=ManualTime(), seed=1) as simulated:
        yield simulated


async def test_a_conversation_in_the_responses(tmp_path, platform):
    async with kefu(tmp_path, platform) as running:
        platform.callback_url = running.url
        assert await platform.check_url()
        customer = platform.customer(ADA)
        await customer.says("你好")
        await customer.says("菜单")
        await customer.says("2")
        assert await running.stored() == ["sent"] * 3
        assert (await running.app.gateway.head(f"wechat-{ADA}")).last_seq > 0
    assert customer.texts == [
        "收到：你好",
        "要什么？\n1. 查物流\n2. 转人工",
        "收到：human",
    ]
    assert platform.api.calls[SEND] == 0


@pytest.mark.parametrize("settings", [{}, {"passive_only": True}])
async def test_a_blocked_customer_is_not_heard_and_the_platform_told_nothing(
    tmp_path, platform, settings
):
    async with kefu(tmp_path, platform, **settings) as running:
        platform.callback_url = running.url
        customer, app = platform.customer(ADA), running.app
        by = By(agent_id="a_1", name="Lin", address="")
        kept = await app.library.blocks.block(by, "address", ADA, until=None)
        push = await customer.says("在吗")
        assert push.outcome == "success"
        assert await app.gateway.head(f"wechat-{ADA}") is None
        assert app.measurements()["blocked_messages_total"] == 1
        await app.library.blocks.end(by, kept.item_id)
        platform.time.advance(2.0)
        await customer.says("你好")
        assert running.hearing.heard == ["你好"]
    assert customer.texts == ["收到：你好"]


async def test_repeats_are_answered_once_also_after_a_restart(tmp_path, platform):
    customer = platform.customer(ADA)
    platform.rules.tries = 2
    async with kefu(tmp_path, platform) as running:
        platform.callback_url = running.url
        lost = await customer.says("一", losses=["answer", "answer"])
        assert lost.outcome == "unanswered"
        await customer.says("二", overlapping=3)
        await customer.says("三", losses=["connection"])
        assert len(running.hearing.heard) == 3
    async with kefu(tmp_path, platform) as running:
        platform.callback_url = running.url
        again = await platform.push(ADA, lost.fields)
        assert again.answer["Content"] == "收到：一"
        assert running.hearing.heard == []
    assert customer.texts == ["收到：二", "收到：三", "收到：一"]
    assert platform.api.calls[SEND] == 0


async def test_a_slow_bot_is_acknowledged_and_answers_by_the_api_exactly_once(tmp_path, platform):
    async with kefu(tmp_path, platform, answer_seconds=0.1) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        push = await customer.says("慢慢想", losses=["answer"])
        assert [tried.body for tried in push.tries[1:]] == [b"success"]
        assert customer.texts == []
        running.hearing.goes_on.set()
        await until(lambda: customer.texts)
        again = await platform.push(ADA, push.fields)
        assert again.outcome == "success"
        await running.app.gateway.idle()
        assert await running.stored() == ["sent"]
        assert running.hearing.heard == ["慢慢想"]
        await until(lambda: platform.api.typing)
    assert customer.texts == ["收到：慢慢想"]
    assert customer.received[0].how == "api"


async def test_a_slow_bot_outlives_the_five_seconds_and_the_restart(tmp_path, platform):
    customer = platform.customer(ADA)
    async with kefu(tmp_path, platform, answer_seconds=0.1) as running:
        platform.callback_url = running.url
        assert (await customer.says("慢慢想")).outcome == "success"
        running.app.gateway.use_bot(None)
    async with kefu(tmp_path, platform) as running:
        running.hearing.goes_on.set()
        platform.time.advance(60)
        await running.app.gateway.resume()
        await running.look()
    assert customer.texts == ["收到：慢慢想"]


async def test_over_the_quota_answers_wait_for_the_next_message_in_order(tmp_path, platform):
    async with kefu(tmp_path, platform, answer_seconds=0) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        platform.rules.windows["message"] = (0, 172_800.0)
        await customer.says("零")
        await until(lambda: running.counts.get("held_back"))
        await customer.says("一")
        await until(lambda: running.counts["held_back"] == 2)
        await running.app.gateway.idle()
        platform.time.advance(3600)
        await running.look()
        assert customer.texts == []
        assert await running.stored() == ["pending"] * 2
        assert platform.api.calls[SEND] == 2
        platform.rules.windows["message"] = (5, 172_800.0)
        await customer.says("二")
        await until(lambda: len(customer.texts) == 3)
    assert customer.texts == ["收到：零", "收到：一", "收到：二"]


async def test_a_call_that_fails_is_made_again_and_one_that_never_works_is_given_up(
    tmp_path, platform
):
    async with kefu(tmp_path, platform, answer_seconds=0) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        platform.api.faults.order(SEND, Fault(drop="before"))
        platform.api.faults.order(SEND, Fault(status=502))
        await customer.says("一")
        for _ in range(2):
            await running.app.gateway.idle()
            platform.time.advance(20)
            await running.look()
        assert customer.texts == ["收到：一"]
        platform.api.faults.order(SEND, Fault(errcode=40003))
        await customer.says("二")
        await until(lambda: platform.api.refused[40003])
        await running.app.gateway.idle()
        [given_up] = await running.app.gateway.failed_deliveries()
        assert "40003" in given_up.error
        await customer.says("三")
        await until(lambda: len(customer.texts) == 2)
        assert await running.app.gateway.send_again(given_up.id)
        await until(lambda: len(customer.texts) == 3)


async def test_two_processes_fetch_one_token_and_know_each_others_messages(tmp_path, platform):
    customers = [platform.customer(f"o{number}") for number in range(8)]
    async with (
        kefu(tmp_path, platform, answer_seconds=0) as first,
        kefu(tmp_path, platform, answer_seconds=0) as second,
    ):
        urls = [first.url, second.url]

        def by_turn():
            urls.reverse()
            return urls[0]

        platform.callback_url = by_turn
        await asyncio.gather(*(c.says("你好", overlapping=2) for c in customers))
        await until(lambda: all(c.texts for c in customers))
        assert platform.api.calls["stable_token"] == 1
        platform.api.tokens.revoke()
        await asyncio.gather(*(c.says("在吗", losses=["answer"]) for c in customers))
        await until(lambda: all(len(c.texts) == 2 for c in customers))
        for running in (first, second):
            await running.app.gateway.idle()
        assert platform.api.calls["stable_token"] == 2
        assert platform.api.tokens.issued == 2
    assert all(c.texts == ["收到：你好", "收到：在吗"] for c in customers)


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - {"replayed"}))
async def test_nothing_comes_of_what_is_not_the_platforms(tmp_path, platform, name):
    async with kefu(tmp_path, platform) as running:
        platform.callback_url = running.url
        tried = await platform.request(attack(platform, name))
        assert tried.status in (400, 403, 413)
        assert sum(running.counts.values()) == 1
        assert await running.app.gateway.last_seq("wechat-oAttacker") == 0
        assert platform.api.calls == {}
        async with aiohttp.request("GET", f"{running.base}/metrics") as response:
            shown = await response.text()
        [(what, count)] = running.counts.items()
        assert f'kefu_channel_events_total{{channel="wechat",event="{what}"}} {count}' in shown
        assert (await platform.customer(ADA).says("你好")).outcome == "answered"


async def test_a_push_is_three_transactions(tmp_path, platform, monkeypatch):
    """One takes the message, with its nonce and the window it opens; then its turn; its sending."""
    async with kefu(tmp_path, platform) as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        await customer.says("一")
        await running.app.gateway.idle()
        account = running.app.connectors[0]._account
        asked = f"unionid:{account.name}:{ADA}"  # once a month
        while await account._context.state.get(asked) is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        written, write = [], SqliteDatabase.write

        async def counted(database, make):
            written.append(make)
            return await write(database, make)

        monkeypatch.setattr(SqliteDatabase, "write", counted)
        await customer.says("二")
        await running.app.gateway.idle()
        assert len(written) == 3
        connector = running.app.connectors[0]
        assert (await connector.left(ADA)).messages == 5
        assert customer.texts == ["收到：一", "收到：二"]


async def test_a_push_that_could_not_be_taken_is_no_replay_the_next_time(tmp_path, platform):
    platform.retries_are_signed_anew = False
    platform.rules.tries = 9
    async with kefu(tmp_path, platform) as running:
        platform.callback_url = running.url
        running.app.gateway.use_bot(None)
        bot, tries = running.bot, []

        async def request(signed, **more):
            tries.append(signed)
            if len(tries) == 8:
                running.app.gateway.use_bot(bot)
            return await WeChat.request(platform, signed, **more)

        platform.request = request
        assert (await platform.customer(ADA).says("你好")).outcome == "answered"
        assert [tried.status for tried in platform.pushes[0].tries] == [503] * 7 + [200]


async def test_events_and_files_reach_the_log(tmp_path, platform):
    async with kefu(tmp_path, platform, on_subscribe="欢迎我") as running:
        platform.callback_url = running.url
        customer = platform.customer(ADA, unionid="u-1")
        await customer.follows(scene="shelf-7")
        await customer.sends_image()
        await customer.does("unsubscribe", {}, overlapping=2)
        entries = (await running.app.gateway.passage(f"wechat-{ADA}")).entries
        notes = [entry.note for entry in entries if entry.note]
        [link] = [
            e.event
            for e in entries
            if e.event and getattr(e.event, "metadata", None) and "content" in e.event.metadata
        ]
        kept = await running.app.attachments.get(link.metadata["content"]["attachment"])
    assert [note["note"] for note in notes] == ["entered", "left"]
    assert notes[0]["scene"] == "shelf-7"
    assert customer.texts[0] == "收到：欢迎我"
    assert kept[0].content_type == "image/png"


async def test_a_mini_program_from_connectors_talks_too(tmp_path):
    account = Account(kind="miniprogram", mode="encrypted", format="json")
    async with (
        WeChat(account, time=ManualTime(), seed=1) as platform,
        kefu(tmp_path, platform, "wechat_miniprogram", on_enter="来了") as running,
    ):
        platform.callback_url = running.url
        customer = platform.customer(ADA)
        await customer.enters("order=7")
        await customer.says("菜单", losses=["answer"])
        await until(lambda: len(customer.texts) == 2)
        await customer.says("1")
        await until(lambda: len(customer.texts) == 3)
    assert customer.texts == ["收到：来了", "要什么？\n1. 查物流\n2. 转人工", "收到：track"]
