"""Customer-service messages of a mini-program against the simulated platform."""

import pytest

from kefu.core.contents import Image
from kefu.core.events import BotUttered
from kefu.core.messages import Reply
from kefu.errors import HeldBack
from tests.simulators.faults import Fault
from tests.simulators.wechat import Account
from tests.simulators.wechat_attacks import attack
from tests.unit.channels.fakes import EchoDoor

ADA = "oAda"
ACCOUNTS = [
    Account(kind="miniprogram", mode=mode, format=form)
    for mode in ("plain", "compatible", "encrypted")
    for form in ("xml", "json")
]
MINE = ACCOUNTS[-1]
account = pytest.mark.parametrize("account", ACCOUNTS, ids=lambda a: f"{a.mode}-{a.format}")


async def send(scene, reply, delivery_id=1):
    await scene.connector.send(reply, delivery_id=delivery_id, recipient=ADA)
    said = BotUttered(text=reply.text, data={"buttons": list(reply.buttons)})
    scene.door.commit(reply.recipient_id, said)


def reply(text=None, **more):
    return Reply(recipient_id=f"wechat_miniprogram-{ADA}", text=text, **more)


@account
async def test_a_message_is_acknowledged_once_it_is_taken_and_answered_by_the_api(scene, account):
    async with scene(account) as s:
        assert await s.platform.check_url()
        customer = s.platform.customer(ADA)
        push = await customer.says("你好", losses=["answer"])
        assert push.outcome == "success"
        await send(s, reply("您好"))
        await s.tasks.done()
    assert customer.texts == ["您好"]
    assert customer.received[0].how == "api"
    assert s.platform.api.typing == [(ADA, "Typing")]
    [message] = s.door.messages
    assert message.conversation_id == f"wechat_miniprogram-{ADA}"
    assert message.input_channel == "wechat_miniprogram"


@account
async def test_entering_allows_two_messages_within_a_minute(scene, account):
    async with scene(account, on_enter="/greet") as s:
        customer = s.platform.customer(ADA)
        await customer.enters("order=7", overlapping=2)
        await send(s, reply("欢迎"), 1)
        await send(s, reply("要什么？"), 2)
        with pytest.raises(HeldBack):
            await send(s, reply("三"), 3)
        await customer.says("你好")
        await send(s, reply("三"), 3)
        assert (await s.connector.left(ADA)).messages == customer.messages_left == 4
    assert customer.texts == ["欢迎", "要什么？", "三"]
    notes = [item for item in s.door.logs[f"wechat_miniprogram-{ADA}"] if isinstance(item, dict)]
    assert [(note["note"], note["from"]) for note in notes] == [("entered", "order=7")]
    assert [m.text for m in s.door.messages] == ["/greet", "你好"]


async def test_pictures_and_cards_of_the_mini_program_come_in(scene):
    async with scene(MINE) as s:
        customer = s.platform.customer(ADA)
        await customer.sends_image()
        await customer.sends_page("新品", "pages/item?id=1")
    picture, page = s.door.messages
    assert isinstance(picture.content, Image)
    assert page.text == "[小程序] 新品"
    assert page.metadata["page_path"] == "pages/item?id=1"


async def test_cards_become_links_and_menus_numbered_texts(scene):
    card = {
        "type": "link",
        "url": "https://shop.example/1",
        "title": "新品",
        "image": "https://x/1",
    }
    buttons = ({"title": "查物流", "payload": "/track"}, {"title": "转人工", "payload": "/handoff"})
    async with scene(MINE) as s:
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        await send(s, reply(custom=card), 1)
        await send(s, reply("要什么？", buttons=buttons), 2)
        await customer.says("2")
    assert [got.kind for got in customer.received] == ["link", "text"]
    assert customer.received[0].body["url"] == "https://shop.example/1"
    assert customer.texts[1] == "要什么？\n1. 查物流\n2. 转人工"
    assert s.door.messages[-1].text == "/handoff"


async def test_pages_of_the_mini_program_are_cards_and_others_are_named(scene):
    own, other = (
        {"type": "product_card", "title": "新品", "url": f"miniprogram://{appid}/pages/item?id=1"}
        for appid in (MINE.appid, "wx0000000000000000")
    )
    async with scene(MINE, image_hosts=["127.0.0.1"]) as s:
        media_id = s.platform.api.keep("video", b"\x89PNG\r\n\x1a\n", "image/png")
        pictured = {"image": f"{s.platform.url}/video/{media_id}"}
        customer = s.platform.customer(ADA)
        await customer.says("你好")
        await send(s, reply(custom={**own, **pictured}), 1)
        await send(s, reply(custom={**other, **pictured}), 2)
        await send(s, reply(custom=own), 3)
    page, *texts = customer.received
    assert page.kind == "miniprogrampage"
    assert (page.body["title"], page.body["pagepath"]) == ("新品", "pages/item?id=1")
    assert [text.body["content"] for text in texts] == ["[小程序] 新品", "[小程序] 新品"]


async def test_what_stands_for_a_picture_is_in_the_language_of_the_bot(scene):
    async with scene(MINE, context={"language": lambda: "en"}) as s:
        customer = s.platform.customer(ADA)
        await customer.sends_image()
        await customer.sends_page("New", "pages/item?id=1")
        await send(s, reply(custom={"type": "order_card", "order_id": 1001}))
    assert [message.text for message in s.door.messages] == ["[picture]", "[mini-program] New"]
    assert customer.texts == ["Order 1001"]


@pytest.mark.parametrize(
    "name", ["wrong_signature", "stale", "foreign_appid", "oversize", "not_utf8", "no_sender"]
)
async def test_what_is_not_the_platforms_is_refused_and_counted(scene, name):
    async with scene(MINE) as s:
        tried = await s.platform.request(attack(s.platform, name))
        assert tried.status in (400, 403, 413)
        assert sum(s.counts.values()) == 1
        assert s.door.messages == []


async def test_a_door_that_is_shut_is_knocked_at_again_and_typing_may_fail(scene):
    door = EchoDoor()
    door.is_down = True
    async with scene(MINE, door=door) as s:
        assert not (await s.platform.customer(ADA).says("你好")).is_accepted
        door.is_down = False
        s.platform.api.faults.order("message/custom/typing", Fault(errcode=45080))
        assert (await s.platform.customer(ADA).says("你好")).is_accepted
