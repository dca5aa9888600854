"""What a reply becomes on WeChat."""

import pytest

from kefu.channels.wechat.outgoing import parts_of, passive_fields
from kefu.core.contents import Choice
from kefu.core.messages import Reply


def parts(text=None, **reply):
    return [
        (part.msgtype, part.as_text())
        for part in parts_of(Reply(recipient_id="c", text=text, **reply))
    ]


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        (
            {"type": "product_card", "title": "手机", "price": "¥99", "url": "https://s/1"},
            [("news", "手机\n¥99\nhttps://s/1")],
        ),
        ({"type": "product_card", "title": "手机"}, [("text", "手机")]),
        (
            {"type": "order_card", "order_id": "A1", "status": "已发货", "items": ["手机"]},
            [("text", "订单 A1\n已发货\n手机")],
        ),
        (
            {"type": "location", "latitude": 39.9, "longitude": 116.4, "label": "门店"},
            [
                (
                    "text",
                    "[位置] 门店\nhttps://uri.amap.com/marker?position=116.400000,39.900000",
                )
            ],
        ),
        ({"type": "rating", "score": 2, "comment": "一般"}, [("text", "[评分] 2 一般")]),
        ({"type": "file", "name": "a.pdf"}, [("file", "[文件] a.pdf")]),
        ({"text": "给别的渠道的"}, [("text", "给别的渠道的")]),
        ({"blocks": []}, []),
        ("一句话", [("text", "一句话")]),
    ],
)
def test_a_content_becomes_what_the_channel_has(custom, expected):
    assert parts(custom=custom) == expected


def test_everything_in_a_reply_is_sent_in_order():
    element = {"title": "商品", "default_action": {"url": "https://s/1"}}
    sent = parts("看", image="https://s/1.png", elements=(element,), attachment="附言")
    assert sent == [
        ("text", "看"),
        ("image", "[图片] https://s/1.png"),
        ("news", "商品\nhttps://s/1"),
        ("text", "附言"),
    ]


def test_a_rating_is_asked_for_by_stars():
    [part] = parts_of(Reply(recipient_id="c", custom={"type": "rating_request", "scale": 3}))
    assert part.choices[2] == Choice(title="⭐⭐⭐", payload="3")
    assert part.msgtype == "msgmenu"


def test_more_choices_than_a_menu_has_room_for_are_a_numbered_text():
    buttons = tuple({"title": f"选{n}", "payload": f"/p{n}"} for n in range(1, 13))
    [part] = parts_of(Reply(recipient_id="c", text="选", buttons=buttons))
    assert part.msgtype == "text"
    assert part.as_text().endswith("12. 选12")


def test_only_what_fits_is_an_answer_in_the_response():
    [menu] = parts_of(Reply(recipient_id="c", text="问", buttons=({"title": "甲"},)))
    assert passive_fields(menu) == {"MsgType": "text", "Content": "问\n1. 甲"}
    [card] = parts_of(
        Reply(recipient_id="c", custom={"type": "link", "url": "https://s/", "title": "店"})
    )
    assert passive_fields(card)["Articles"]["item"]["Title"] == "店"
    [file] = parts_of(Reply(recipient_id="c", custom={"type": "file", "name": "x"}))
    assert passive_fields(file) is None


def test_a_card_that_leads_nowhere_keeps_its_picture():
    card = {"type": "product_card", "title": "手机", "image": "https://s/1.png"}
    assert parts(custom=card) == [("image", "[图片] https://s/1.png"), ("text", "手机")]


def test_a_page_of_a_mini_program_is_no_address_to_read():
    link = {"type": "link", "url": "miniprogram://wx12/pages/a", "title": "订单"}
    assert parts(custom=link) == [("miniprogrampage", "[小程序] 订单")]
    untitled = {"type": "link", "url": "miniprogram://wx12/pages/a"}
    assert parts(custom=untitled) == [("miniprogrampage", "[小程序]")]


def test_addresses_stand_below_a_menu_and_are_nothing_to_tap():
    buttons = (
        {"title": "退货", "payload": "/return"},
        {"type": "web_url", "title": "查看", "url": "https://s/1"},
    )
    [menu] = parts_of(Reply(recipient_id="c", text="问", buttons=buttons))
    assert menu.content["list"] == [{"id": "1", "content": "退货"}]
    assert menu.content["tail_content"] == "查看：https://s/1"
    assert menu.as_text() == "问\n1. 退货\n2. 查看 https://s/1"


def test_addresses_alone_are_a_text():
    button = {"type": "web_url", "title": "查看", "url": "https://s/1"}
    assert parts("问", buttons=(button,)) == [("text", "问\n1. 查看 https://s/1")]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"custom": {"type": "order_card", "order_id": "A1"}}, "Order A1"),
        ({"custom": {"type": "file", "name": "a.pdf"}}, "[file] a.pdf"),
        (
            {"custom": {"type": "rating_request", "scale": 2}},
            "How was our service:\n1. ⭐\n2. ⭐⭐",
        ),
    ],
)
def test_an_english_bot_has_english_words(reply, said):
    [part] = parts_of(Reply(recipient_id="c", **reply), "en")
    assert part.as_text() == said


def test_the_head_of_a_menu_is_in_the_language_of_the_bot():
    reply = Reply(recipient_id="c", buttons=({"title": "A"},))
    assert parts_of(reply, "en")[0].content["head_content"] == "Please choose:"
    assert parts_of(reply, "zh")[0].content["head_content"] == "请选择："
