"""Replies become messages that the platform takes."""

import pytest

from kefu.channels.platform.calls import Answer, Downloaded
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.outgoing import Outgoing
from kefu.channels.wecom.settings import WeComSettings
from kefu.core.messages import Reply
from tests.unit.channels.fakes import a_context
from tests.unit.channels.wecom.test_settings import GOOD


class Api:
    calls = None

    def __init__(self):
        self.uploads = []

    async def upload(self, kind, file):
        self.uploads.append((kind, file.data))
        return Answer(call="upload", data={"media_id": f"media-{len(self.uploads)}"})

    async def fetch(self, url, *, kind):
        return Downloaded(data=url.encode(), content_type="image/png")


@pytest.fixture
def outgoing():
    return an_outgoing()


def an_outgoing(**options):
    settings = WeComSettings.from_raw({**GOOD, "image_hosts": ["cdn.example"]})
    context = a_context(**options)
    enterprise = Enterprise(
        settings=settings, context=context, api=Api(), sessions=None, ledger=None
    )
    return Outgoing(enterprise)


async def shown(outgoing, **reply):
    return await outgoing.messages(Reply(recipient_id="c", **reply))


def contents(messages):
    return [message[message["msgtype"]] for message in messages]


async def test_a_text_is_split_between_characters(outgoing):
    messages = await shown(outgoing, text="好" * 1000)
    texts = [content["content"] for content in contents(messages)]
    assert "".join(texts) == "好" * 1000
    assert all(len(text.encode()) <= 2048 for text in texts)


async def test_a_reply_with_nothing_to_show_is_no_message(outgoing):
    assert await shown(outgoing) == []


async def test_more_than_ten_choices_are_several_menus(outgoing):
    buttons = tuple({"title": f"选项{n}", "payload": f"/o{n}"} for n in range(12))
    first, second = contents(await shown(outgoing, text="选哪个？", buttons=buttons))
    assert (len(first["list"]), len(second["list"])) == (10, 2)
    assert first["head_content"] == "选哪个？"
    assert "head_content" not in second


async def test_a_question_too_long_for_a_menu_comes_before_it(outgoing):
    messages = await shown(outgoing, text="问" * 500, buttons=({"title": "好"},))
    assert [message["msgtype"] for message in messages] == ["text", "msgmenu"]


async def test_a_long_caption_is_cut_between_characters(outgoing):
    (menu,) = contents(await shown(outgoing, text="?", buttons=({"title": "长" * 60},)))
    click = menu["list"][0]["click"]
    assert click["content"] == "长" * 42
    assert click["id"].startswith("#")


async def test_a_picture_of_a_known_host_is_uploaded(outgoing):
    (picture,) = await shown(outgoing, image="https://cdn.example/a.png")
    assert picture == {"msgtype": "image", "image": {"media_id": "media-1"}}


async def test_a_picture_of_another_host_is_sent_as_its_address(outgoing):
    (text,) = contents(await shown(outgoing, image="https://elsewhere.example/a.png"))
    assert text["content"] == "[图片] https://elsewhere.example/a.png"


async def test_a_link_with_a_picture_is_a_card_and_without_one_a_text(outgoing):
    link = {"type": "link", "url": "https://shop.example/1", "title": "商品"}
    (text,) = contents(await shown(outgoing, custom=link))
    assert text["content"] == "商品\nhttps://shop.example/1"
    pictured = {**link, "image": "https://cdn.example/1.png"}
    (card,) = contents(await shown(outgoing, custom=pictured))
    assert (card["title"], card["thumb_media_id"]) == ("商品", "media-1")


async def test_a_mini_program_is_a_card(outgoing):
    link = {
        "type": "link",
        "url": "miniprogram://wx12/pages/order?id=1",
        "title": "订单",
        "image": "https://cdn.example/1.png",
    }
    (message,) = await shown(outgoing, custom=link)
    assert message["miniprogram"]["appid"] == "wx12"
    assert message["miniprogram"]["pagepath"] == "pages/order?id=1"


async def test_cards_without_an_address_are_words(outgoing):
    order = {"type": "order_card", "order_id": "A1", "title": "键盘", "status": "已发货"}
    (text,) = contents(await shown(outgoing, custom=order))
    assert text["content"] == "订单 A1 已发货\n键盘"


async def test_a_rating_is_asked_for_by_a_menu(outgoing):
    (menu,) = contents(
        await shown(outgoing, custom={"type": "rating_request", "scale": 3, "rating_id": "r1"})
    )
    assert [entry["click"]["id"] for entry in menu["list"]] == [
        "rating:3:r1",
        "rating:2:r1",
        "rating:1:r1",
    ]


async def test_the_platforms_own_form_passes_untouched(outgoing):
    raw = {"msgtype": "business_card", "business_card": {"userid": "zhangsan"}}
    assert await shown(outgoing, custom={"wecom": raw}) == [raw]


async def test_a_payload_for_another_channel_is_not_shown(outgoing):
    assert await shown(outgoing, custom={"slack": {"blocks": []}}) == []


async def test_a_card_without_an_address_keeps_its_picture(outgoing):
    card = {"type": "product_card", "title": "手机", "image": "https://cdn.example/1.png"}
    picture, text = contents(await shown(outgoing, custom=card))
    assert picture == {"media_id": "media-1"}
    assert text["content"] == "[商品] 手机"


@pytest.mark.parametrize("url", [None, "https://shop.example/1"])
async def test_nothing_of_a_long_card_is_lost(outgoing, url):
    card = {"type": "product_card", "title": "手机", "description": "好" * 1500, "url": url}
    texts = [content["content"] for content in contents(await shown(outgoing, custom=card))]
    assert sum(text.count("好") for text in texts) == 1500
    assert all(len(text.encode()) <= 2048 for text in texts)
    assert (url or "手机") in "".join(texts)


async def test_how_many_messages_a_card_is_does_not_depend_on_its_picture(outgoing):
    card = {"type": "link", "url": "https://shop.example/1", "description": "好" * 1500}
    lost = await shown(outgoing, custom={**card, "image": "https://elsewhere.example/1.png"})
    kept = await shown(outgoing, custom={**card, "image": "https://cdn.example/1.png"})
    assert len(lost) == len(kept)


@pytest.mark.parametrize(
    "custom",
    [
        {"type": "link", "url": ""},
        {"type": "link", "url": "miniprogram://wx12/"},
        {"type": "product_card", "title": ""},
        {"type": "file", "name": ""},
        {"type": "image", "url": "data:image/png;base64," + "A" * 4000},
    ],
)
async def test_empty_and_endless_fields_are_still_one_message(outgoing, custom):
    (message,) = contents(await shown(outgoing, custom=custom))
    assert 0 < len(message["content"].encode()) <= 2048


async def test_a_link_button_opens_its_address(outgoing):
    buttons = (
        {"type": "web_url", "title": "查看", "url": "https://shop.example/1"},
        {"type": "web_url", "title": "电话", "url": "tel:400123"},
    )
    (menu,) = contents(await shown(outgoing, text="?", buttons=buttons))
    assert menu["list"][0] == {
        "type": "view",
        "view": {"url": "https://shop.example/1", "content": "查看"},
    }
    assert menu["list"][1]["click"]["content"] == "电话 tel:400123"


async def test_a_footer_longer_than_a_menu_takes_follows_as_text(outgoing):
    menu = {"type": "menu", "choices": [{"title": "好"}], "footer": "注" * 500}
    first, rest = contents(await shown(outgoing, custom=menu))
    assert first["tail_content"] + rest["content"] == "注" * 500
    choiceless = {"type": "menu", "text": "问", "footer": "注"}
    said = contents(await shown(outgoing, custom=choiceless))
    assert [part["content"] for part in said] == ["问", "注"]


async def test_an_english_bot_has_english_words():
    outgoing = an_outgoing(language=lambda: "en")
    order = {"type": "order_card", "order_id": "A1"}
    (text,) = contents(await shown(outgoing, custom=order))
    assert text["content"] == "Order A1"
    (menu,) = contents(await shown(outgoing, custom={"type": "rating_request"}))
    assert menu["head_content"] == "How was our service"
