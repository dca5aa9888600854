"""What customers send becomes messages."""

from types import SimpleNamespace

import pytest

from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.incoming import Incoming
from kefu.channels.wecom.sessions import Session
from kefu.channels.wecom.settings import WeComSettings
from kefu.core.contents import Rating
from tests.unit.channels.fakes import a_context
from tests.unit.channels.wecom.test_settings import GOOD


async def message(kind, body, language="zh"):
    enterprise = Enterprise(
        settings=WeComSettings.from_raw(GOOD),
        context=a_context(language=lambda: language),
        api=SimpleNamespace(calls=None),
        sessions=None,
        ledger=None,
    )
    item = {"external_userid": "wmAda", "msgid": "m1", "msgtype": kind, kind: body}
    return await Incoming(enterprise).message("wk1", item, Session())


@pytest.mark.parametrize(
    ("kind", "body", "zh", "en"),
    [
        ("image", {}, "[图片]", "[picture]"),
        ("location", {"latitude": 1, "longitude": 2}, "[位置]", "[location]"),
        ("business_card", {"userid": "a"}, "[名片]", "[business card]"),
        ("sticker", {}, "[sticker]", "[sticker]"),
    ],
)
async def test_what_stands_for_a_content_is_in_the_language_of_the_bot(kind, body, zh, en):
    assert (await message(kind, body)).text == zh
    assert (await message(kind, body, "en")).text == en


@pytest.mark.parametrize(
    ("menu_id", "content"),
    [
        ("rating:5:r1", Rating(score=5, rating_id="r1")),
        ("rating:11:r1", None),
        ("rating:9999:", None),
        ("rating:٣:r1", None),
    ],
)
async def test_a_mark_is_a_rating_if_somebody_can_give_it(menu_id, content):
    assert (await message("text", {"content": "★", "menu_id": menu_id})).content == content
