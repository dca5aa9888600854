"""What a reply shows, what stands for it, and which answers are understood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu.channels.showing import (
    Abilities,
    asked_in,
    contents_of,
    degraded,
    meant,
    requested_rating,
    split_text,
    text_of,
    understood,
)
from kefu.core.contents import (
    Choice,
    File,
    Image,
    Link,
    Location,
    Menu,
    OrderCard,
    ProductCard,
    Rating,
    RatingRequest,
    Voice,
)
from kefu.core.events import BotUttered, UserUttered
from kefu.core.messages import Reply
from tests.unit.channels.fakes import EchoDoor

ORDERS = Menu(
    text="哪个订单？", choices=(Choice(title="耳机", payload="/pick{'n':1}"), Choice(title="键盘"))
)
WORDS_ONLY = Abilities()


def a_reply(**content):
    return Reply(recipient_id="x", **content)


def test_a_reply_shows_its_parts_in_order():
    reply = a_reply(
        text="看看这个",
        image="https://shop.example/1.png",
        elements=({"title": "耳机", "default_action": {"url": "https://shop.example/1"}},),
        custom={"type": "order_card", "order_id": "7"},
    )
    assert contents_of(reply) == [
        "看看这个",
        Image(url="https://shop.example/1.png"),
        Link(url="https://shop.example/1", title="耳机"),
        OrderCard(order_id="7"),
    ]


def test_an_element_leads_where_the_widget_says_it_leads():
    element = {"title": "耳机", "url": "https://a.example/1", "image": "https://a.example/i"}
    assert contents_of(a_reply(elements=(element,))) == [
        Link(url="https://a.example/1", title="耳机", image="https://a.example/i")
    ]


def test_buttons_and_their_text_are_one_menu():
    reply = a_reply(text="好吗？", buttons=({"title": "好", "payload": "/affirm"},))
    assert contents_of(reply) == [
        Menu(text="好吗？", choices=(Choice(title="好", payload="/affirm"),))
    ]


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ({"type": "chart", "values": [1]}, []),
        ({"type": "chart", "title": "销量"}, ["销量"]),
        (
            {"type": "image", "payload": {"src": "https://a.example/b"}},
            [Image(url="https://a.example/b")],
        ),
        ({"type": "order_card"}, []),
        ([1], []),
    ],
)
def test_a_payload_is_a_content_or_its_words_or_nothing(payload, shown):
    assert contents_of(a_reply(custom=payload)) == shown


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ({"type": "order_card", "order_id": 1001}, OrderCard(order_id="1001")),
        (
            {"type": "product_card", "title": "耳机", "price": 199},
            ProductCard(title="耳机", price="199"),
        ),
        (
            {"type": "order_card", "order_id": "7", "items": [5]},
            OrderCard(order_id="7", items=("5",)),
        ),
        (
            {"type": "location", "latitude": "31.2", "longitude": "121.5"},
            Location(latitude=31.2, longitude=121.5),
        ),
        ({"type": "rating_request", "scale": "3"}, RatingRequest(scale=3)),
        (
            {"type": "menu", "choices": [{"title": 1, "url": "https://a.example"}]},
            Menu(choices=(Choice(title="1", url="https://a.example"),)),
        ),
    ],
)
def test_numbers_and_texts_of_numbers_are_read_as_what_belongs_there(payload, shown):
    assert contents_of(a_reply(custom=payload)) == [shown]


@pytest.mark.parametrize(
    ("reply", "message", "reason"),
    [
        ({"custom": {"type": "order_card"}}, "a reply shows nothing", "order_id"),
        ({"custom": {"blocks": []}}, "a reply shows nothing", "nothing that a customer"),
        ({"text": ""}, "a reply shows nothing", "nothing that a customer"),
        (
            {"custom": {"type": "rating_request", "scale": 99, "text": "几分？"}},
            "what a reply has is not shown",
            "scale",
        ),
    ],
)
def test_what_is_not_shown_is_logged(reply, message, reason, caplog):
    contents_of(a_reply(**reply))
    (record,) = caplog.records
    assert (record.levelname, record.message) == ("WARNING", message)
    assert record.fields["conversation_id"] == "x"
    assert reason in record.fields["reason"]


def test_reading_the_log_for_what_was_asked_warns_of_nothing(caplog):
    assert asked_in([BotUttered(text=None, data={"custom": {"type": "order_card"}})]) is None
    assert caplog.records == []


LINKS = (
    {"type": "web_url", "title": "查看", "url": "https://shop.example/1"},
    {"title": "退货", "payload": "/return"},
    {"type": "web_url", "url": "https://shop.example/2", "payload": "x"},
)


def test_the_address_of_a_link_button_stands_in_its_line():
    (menu,) = contents_of(a_reply(text="请选择", buttons=LINKS))
    assert [choice.link for choice in menu.choices] == [
        "https://shop.example/1",
        None,
        "https://shop.example/2",
    ]
    [text] = degraded(menu, WORDS_ONLY)
    assert text.split("\n") == [
        "请选择",
        "1. 查看 https://shop.example/1",
        "2. 退货",
        "3. https://shop.example/2",
    ]


def test_a_menu_becomes_a_numbered_text():
    assert degraded(ORDERS, WORDS_ONLY) == ["哪个订单？\n1. 耳机\n2. 键盘"]


def test_a_menu_with_more_choices_than_the_channel_has_is_numbered_too():
    assert degraded(ORDERS, Abilities(contents=frozenset({Menu}), choices=2)) == [ORDERS]
    assert isinstance(degraded(ORDERS, Abilities(contents=frozenset({Menu}), choices=1))[0], str)


def test_a_card_becomes_a_link_or_a_picture_and_words():
    card = ProductCard(
        title="耳机", price="¥99", image="https://a.example/i", url="https://a.example"
    )
    (link,) = degraded(card, Abilities(contents=frozenset({Link})))
    assert (link.url, link.description) == ("https://a.example", "¥99")
    picture, words = degraded(card, Abilities(contents=frozenset({Image})))
    assert picture == Image(url="https://a.example/i")
    assert words == "[商品] 耳机\n¥99\nhttps://a.example"


def test_a_place_becomes_a_map():
    (text,) = degraded(Location(latitude=31.23, longitude=121.47, label="外滩"), WORDS_ONLY)
    assert text == "[位置] 外滩\nhttps://uri.amap.com/marker?position=121.470000,31.230000"


def test_an_attachment_becomes_its_address():
    shown = degraded(File(attachment="a1", name="发票.pdf"), WORDS_ONLY, link=lambda i: f"/a/{i}")
    assert shown == ["[文件] 发票.pdf /a/a1"]


def test_a_request_to_rate_becomes_a_scale():
    (text,) = degraded(RatingRequest(), WORDS_ONLY)
    assert "1–5" in text
    assert "1–5" in text_of(RatingRequest(), "en")


def test_words_stand_for_contents_in_the_readers_language():
    assert text_of(Image()) == "[图片]"
    assert text_of(Image(), "en-GB") == "[picture]"
    assert text_of(Image(), "fr") == "[picture]"
    assert text_of(Image(), "zh-Hant") == "[图片]"
    assert text_of(Voice(recognition="我要退货")) == "我要退货"


@pytest.mark.parametrize("said", ["2", "２", "2.", "二", "第二个", "选2", "键盘", " 键盘。", "2号"])
def test_a_number_in_any_writing_and_the_title_choose(said):
    assert understood(said, ORDERS) == ORDERS.choices[1]


@pytest.mark.parametrize("said", ["3", "0", "十", "22", "", "键盘坏了", "2 2", "十十", "二二"])
def test_other_texts_choose_nothing(said):
    assert understood(said, ORDERS) is None


def test_a_title_that_is_a_number_is_a_title():
    menu = Menu(choices=(Choice(title="3"), Choice(title="2"), Choice(title="1")))
    assert understood("3", menu).title == "3"


def test_numbers_above_ten_in_chinese():
    menu = Menu(choices=tuple(Choice(title=f"项目{n}") for n in range(1, 31)))
    for said, number in {"十": 10, "十二": 12, "二十": 20, "二十一": 21}.items():
        assert understood(said, menu) == menu.choices[number - 1]


def test_a_score_answers_a_request_to_rate():
    request = RatingRequest(rating_id="r1", scale=5)
    assert understood("5分", request) == Rating(score=5, rating_id="r1")
    assert understood("6", request) is None


def test_what_was_offered_before_the_last_message_is_no_longer_offered():
    offer = BotUttered(text="?", data={"buttons": [{"title": "A"}]})
    assert asked_in([offer, BotUttered(text="再看看")]) is not None
    assert asked_in([offer, UserUttered(text="嗯")]) is None


async def test_the_offer_is_read_from_the_log():
    door = EchoDoor()
    door.commit("web-1", BotUttered(text="?", data={"buttons": [{"title": "A"}, {"title": "B"}]}))
    assert (await meant(door, "web-1", "２")).title == "B"
    assert await meant(door, "web-2", "2") is None


async def test_the_request_that_a_rating_names_is_read_from_the_log():
    door = EchoDoor()
    for name, scale in (("r1", 3), ("r2", 5)):
        custom = {"type": "rating_request", "scale": scale, "rating_id": name}
        door.commit("web-1", BotUttered(text=None, data={"custom": custom}))
    assert (await requested_rating(door, "web-1", "r1")).scale == 3
    assert await requested_rating(door, "web-1", "r3") is None


@given(st.text(max_size=400), st.integers(min_value=16, max_value=60))
def test_pieces_keep_every_character_and_the_limit(text, limit):
    text = text.encode("utf-8", "ignore").decode()
    pieces = split_text(text, limit)
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


GRAPHEMES = ["👨‍👩‍👧", "👍🏽", "🇨🇳", "é", "好", "a", "1️⃣", "。", " "]


@given(st.lists(st.sampled_from(GRAPHEMES), max_size=60))
def test_nothing_that_is_shown_as_one_is_cut(parts):
    for piece in split_text("".join(parts), 40):
        assert not unicodedata.combining(piece[0])
        assert piece[0] not in "\u200d\ufe0f\u20e3🏽"
        assert piece[-1] != "\u200d"
        assert sum("\U0001f1e6" <= c <= "\U0001f1ff" for c in piece) % 2 == 0


def test_an_address_is_not_cut_if_it_fits():
    text = "物流信息请看这里： https://shop.example/orders/12345/tracking 谢谢"
    assert any("https://shop.example/orders/12345/tracking" in p for p in split_text(text, 60))


def test_pieces_end_with_sentences():
    assert split_text("第一句话说完了。第二句话也说完了。第三句。", 60)[0].endswith("。")
