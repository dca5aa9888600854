"""An official account against the simulated platform; the door is a stand-in."""

import pytest

from kefu.channels.base import Flow, FlowLimits
from kefu.core.contents import Image, Link, Location, Rating, Video, Voice
from kefu.core.events import BotUttered
from kefu.core.messages import Reply
from kefu.errors import ChannelError, HeldBack, Refused
from tests.simulators.faults import Fault
from tests.simulators.wechat import Account
from tests.simulators.wechat_attacks import ATTACKS, attack
from tests.unit.channels.fakes import EchoDoor

MODES = [Account(mode=mode) for mode in ("plain", "compatible", "encrypted")]
ENCRYPTED = Account(mode="encrypted")
ADA = "oAda"
mode = pytest.mark.parametrize("account", MODES, ids=lambda account: account.mode)


def reply(text=None, **more):
    return Reply(recipient_id=f"wechat-{ADA}", text=text, **more)


async def send(scene, *replies, delivery_id=1):
    for number, one in enumerate(replies, delivery_id):
        await scene.connector.send(one, delivery_id=number, recipient=ADA)
        said = BotUttered(text=one.text, data={"buttons": list(one.buttons), "custom": one.custom})
        scene.door.commit(one.recipient_id, said)


@mode
async def test_the_address_is_checked_and_a_message_answered_in_the_response(scene, account):
    async with scene(account) as s:
        assert await s.platform.check_url()
        push = await s.platform.customer(ADA).says("你好 <&>]]>")
        assert push.outcome == "answered"
        assert s.platform.customer(ADA).texts == ["你好 <&>]]>"]
        message = s.door.messages[0]
    assert (message.conversation_id, message.sender) == (f"wechat-{ADA}", ADA)
    assert message.message_id == f"{ADA}:{push.fields['MsgId']}"
    assert s.door.confirmed == [1]


@mode
async def test_repeats_are_one_message_and_get_the_first_answer(scene, account):
    async with scene(account) as s:
        customer = s.platform.customer(ADA)
        lost = await customer.says("甲", losses=["answer", "connection"])
        assert lost.outcome == "answered"
        await customer.says("乙", overlapping=3)
        s.platform.retries_are_signed_anew = False
        await customer.says("丙", losses=["answer"])
    assert [message.text for message in s.door.messages] == ["甲", "乙", "丙"]
    assert customer.texts == ["甲", "乙", "丙"]


IN_ENCRYPTED_MODES = {
    "changed_body",
    "foreign_appid",
    "foreign_key",
    "plain_in_encrypted_mode",
    "claims_encryption",
    "bad_base64",
    "short_cipher",
}
"""They mean nothing in plain mode."""
TRIES = [
    pytest.param(account, name, id=f"{account.mode}-{name}")
    for account in MODES
    for name in sorted(ATTACKS)
    if account.mode != "plain" or name not in IN_ENCRYPTED_MODES
]


@pytest.mark.parametrize(("account", "name"), TRIES)
async def test_what_is_not_the_platforms_is_refused_and_counted(scene, account, name):
    async with scene(account) as s:
        request = attack(s.platform, name)
        tried = await s.platform.request(request)
        if name == "replayed":
            assert [message.text for message in s.door.messages] == ["attack replayed"]
            tries = [await s.platform.request(request) for _ in range(7)]
            assert tries[-1].status == 403
            assert s.counts["replayed"] > 0
            s.door.messages.clear()
        else:
            assert tried.status in (400, 403, 413)
            assert sum(s.counts.values()) == 1
        assert s.door.messages == []
        assert s.platform.api.calls == {}


async def test_a_replayed_nonce_with_another_body_is_refused(scene):
    async with scene() as s:
        request = attack(s.platform, "replayed")
        await s.platform.request(request)
        other = attack(s.platform, "replayed", openid="oSomebodyElse")
        forged = type(request)(params=request.params, body=other.body)
        assert (await s.platform.request(forged)).status == 403
        assert s.counts["replayed"] == 1


async def test_the_previous_key_is_still_read_and_answered_with(scene):
    old = "OLDdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    async with scene(ENCRYPTED, previous_encoding_aes_key=old) as s:
        customer = s.platform.customer(ADA)
        assert (await customer.says("旧", aes_key=old)).outcome == "answered"
        assert (await customer.says("新")).outcome == "answered"


async def test_every_kind_of_message_comes_in(scene):
    async with scene() as s:
        customer = s.platform.customer(ADA)
        await customer.sends_image()
        await customer.sends_voice(recognition="查一下订单")
        await customer.sends_voice()
        await customer.sends_video()
        await customer.sends_location(39.9, 116.4, "天安门")
        await customer.sends_link("https://shop.example/1", "商品", "便宜")
        await customer.sends("strange", {})
    contents = [message.content for message in s.door.messages]
    assert [type(c) for c in contents[:6]] == [Image, Voice, Voice, Video, Location, Link]
    assert contents[6] is None
    assert s.door.messages[1].text == "查一下订单"
    assert s.door.messages[4].content.label == "天安门"
    assert s.door.messages[5].content.url == "https://shop.example/1"


async def test_a_slow_bot_answers_by_the_api(scene):
    door = EchoDoor()
    door.answers_at_once = False
    async with scene(door=door) as s:
        customer = s.platform.customer(ADA)
        assert (await customer.says("你好")).outcome == "success"
        await send(s, reply("您好"))
        await s.tasks.done()
        assert s.platform.api.typing == [(ADA, "Typing")]
        assert customer.texts == ["您好"]
        assert (await s.connector.left(ADA)).messages == customer.messages_left == 4


async def test_over_the_quota_replies_are_held_until_the_customer_writes(scene):
    async with scene() as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        await send(s, *(reply(f"{n}") for n in range(5)))
        with pytest.raises(HeldBack):
            await send(s, reply("六"), delivery_id=6)
        assert s.platform.api.calls["message/custom/send"] == 5
        await customer.says("还在吗")
        assert s.door.released == [f"wechat-{ADA}"] * 2  # at first, and after the last was used
        await send(s, reply("六"), delivery_id=6)
        s.platform.time.advance(48 * 3600 + 1)
        with pytest.raises(HeldBack, match="45015"):
            await send(s, reply("七"), delivery_id=7)
    assert customer.texts == ["你好", *"01234", "还在吗", "六"]


async def test_the_platform_is_believed_when_it_counts_otherwise(scene):
    async with scene() as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        s.platform.api.faults.order("message/custom/send", Fault(errcode=45047))
        with pytest.raises(HeldBack, match="45047"):
            await send(s, reply("一"))
        assert (await s.connector.left(ADA)).messages == 0
        await customer.does("unsubscribe", {})
        assert (await s.connector.left(ADA)).messages == 0
        customer.is_following = False
        with pytest.raises(HeldBack):
            await send(s, reply("一"))


async def test_what_the_platform_will_never_take_is_refused_the_rest_tried_again(scene):
    async with scene(Account(is_verified=False), passive_only=False) as s:
        await s.platform.customer(ADA).says("你好")
        with pytest.raises(Refused, match="48001"):
            await send(s, reply("好"))
        for fault in (
            Fault(errcode=-1),
            Fault(errcode=45011),
            Fault(status=502),
            Fault(drop="after"),
        ):
            s.platform.api.faults.order("message/custom/send", fault)
            with pytest.raises(ChannelError) as error:
                await send(s, reply("好"))
            assert type(error.value) is ChannelError
        assert (await s.connector.left(ADA)).messages == 5


async def test_revoked_and_expired_tokens_are_replaced_and_the_call_made_again(scene):
    async with scene() as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        await send(s, reply("一"))
        s.platform.api.tokens.revoke()
        await send(s, reply("二"), delivery_id=2)
        s.platform.time.advance(7201)
        await send(s, reply("三"), delivery_id=3)
        assert s.platform.api.tokens.issued == 3
    assert customer.texts == ["你好", "一", "二", "三"]


async def test_a_long_reply_is_split_and_continued_where_it_stopped(scene):
    text = "".join(f"第{number}条，今天的活动。" for number in range(150))
    async with scene() as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        s.platform.api.faults.order("message/custom/send", Fault())
        s.platform.api.faults.order("message/custom/send", Fault(errcode=-1))
        with pytest.raises(ChannelError):
            await send(s, reply(text))
        await send(s, reply(text))
    pieces = customer.texts[1:]
    assert "".join(pieces) == text
    assert len(pieces) == 3
    assert max(len(piece.encode()) for piece in pieces) <= 2048


async def test_a_menu_is_tapped_numbered_or_named(scene):
    buttons = (
        {"title": "查物流", "payload": '/track{"order_no": "A1"}'},
        {"title": "转人工", "payload": "/handoff"},
    )
    async with scene() as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        for number, (text, menu_id) in enumerate([("查物流", "1"), ("2", None), ("转人工", None)]):
            await send(s, reply("要什么？", buttons=buttons), delivery_id=number)
            await customer.says(text, menu_id=menu_id)
        await customer.says("2")
        await customer.says("查物流", menu_id="1")
        await send(s, reply(custom={"type": "rating_request", "scale": 5}), delivery_id=9)
        await customer.says("⭐⭐⭐", menu_id="3")
    assert customer.texts[1] == "要什么？\n查物流\n转人工"
    said = [message.text for message in s.door.messages[1:]]
    track = '/track{"order_no": "A1"}'
    assert said == [track, "/handoff", "/handoff", "2", track, "⭐⭐⭐"]
    assert s.door.messages[-1].content == Rating(score=3)


async def test_events_are_noted_once_and_can_say_something(scene):
    async with scene(on_subscribe="/greet", on_scan="/scanned") as s:
        customer = s.platform.customer(ADA, unionid="u-1")
        assert (await customer.follows(scene="shelf-7", losses=["answer"])).outcome == "answered"
        assert (await customer.does("SCAN", {"EventKey": "shelf-8"}, "scan")).outcome == "answered"
        await customer.clicks("/menu_orders")
        await customer.views("https://shop.example/")
        await customer.does("LOCATION", {"Latitude": 1.0})
        assert (await s.connector.left(ADA)).messages == customer.messages_left == 9
        await customer.does("unsubscribe", {}, overlapping=3)
    log = s.door.logs[f"wechat-{ADA}"]
    notes = [item for item in log if isinstance(item, dict)]
    assert [(note["note"], note.get("scene")) for note in notes] == [
        ("entered", "shelf-7"),
        ("scanned", "shelf-8"),
        ("viewed", None),
        ("left", None),
    ]
    assert [m.text for m in s.door.messages] == ["/greet", "/scanned", "/menu_orders"]
    assert s.door.messages[0].metadata["scene"] == "shelf-7"


async def test_a_customer_who_floods_is_told_to_wait(scene):
    async with scene() as first:
        limits = FlowLimits(first.platform.time, sender=Flow(burst=2, per_second=1))
    async with scene(context={"limits": limits}) as s:
        customer = s.platform.customer(ADA)
        s.door.limits = limits
        outcomes = [(await customer.says(text)).tries[0].status for text in "abc"]
        assert outcomes == [200, 200, 429]
        assert s.counts["too_many"] == 1


async def test_a_door_that_is_shut_is_knocked_at_again(scene):
    async with scene() as s:
        s.door.is_down = True
        push = await s.platform.customer(ADA).says("你好")
        assert [tried.status for tried in push.tries] == [503] * 3
        s.door.is_down = False
        push = await s.platform.customer(ADA).says("你好")
        assert push.outcome == "answered"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"appid": None}, "'appid' is missing"),
        ({"secret": ""}, "'secret' is missing"),
        ({"tokken": "x"}, "unknown setting 'tokken'"),
        ({"token": 17}, "quotation marks"),
        ({"encoding_aes_key": "short"}, "43 letters"),
        ({"previous_encoding_aes_key": "x"}, "needs 'encoding_aes_key'"),
        ({"answer_seconds": 5}, "below 5"),
        ({"image_hosts": "a.example"}, "list"),
        ({"api": "ftp://x"}, "address"),
    ],
)
async def test_wrong_settings_are_named(scene, settings, problem):
    with pytest.raises(ChannelError, match=problem):
        async with scene(**settings):
            pass


async def test_an_answer_is_one_message_in_the_response_or_all_of_it_follows(scene):
    buttons = ({"title": "查物流", "payload": "/track"},)
    async with scene() as s:
        customer = s.platform.customer(ADA)
        s.door.replies = [reply("一"), reply("要什么？", buttons=buttons)]
        assert (await customer.says("你好", losses=["answer"])).outcome == "answered"
        assert s.door.confirmed == [1, 2, 1, 2]
        s.door.replies = [reply("一"), reply(custom={"type": "link", "url": "https://s.example/"})]
        assert (await customer.says("还有吗")).outcome == "success"
        s.door.replies = [reply("长" * 700)]
        assert (await customer.says("再来")).outcome == "success"
        assert s.door.handed_back == [3, 4, 5]
    assert customer.texts[0] == "一\n\n要什么？\n1. 查物流"
