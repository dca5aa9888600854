"""What the bot shows besides words, as whoever takes over from it sees it."""

import pytest
from playwright.sync_api import expect

from tests.e2e.stage import PNG

SHOP = "https://shop.example"


@pytest.fixture
def shown(people, customer):
    """Return a function that lets the bot answer, and gives the agent who then has the talk."""

    def shown(*asked, pictures=True):
        lin, chat = people.agent(), customer()
        for page in (lin.page, chat.page):
            page.context.route(
                f"{SHOP}/**",
                lambda route: (
                    route.fulfill(body=PNG, content_type="image/png")
                    if pictures
                    else route.fulfill(status=404)
                ),
            )
        for words, heard in asked:
            chat.say(words)
            chat.hears(heard)
        name = chat.conversation_id
        chat.say("转人工")
        lin.open(name)
        return lin

    return shown


ORDER = "我的订单", "您最近的订单"
MENU = "有几件", "请问是哪一件"
PICTURE = "怎么拧", "请照图里的样子拧紧"


def test_an_order_is_a_card_that_leads_to_the_shop(shown):
    lin = shown(ORDER)
    card = lin.message("bot", "您最近的订单").locator(".card-box")
    expect(card).to_contain_text("20261127000142")
    expect(card.locator(".tag")).to_have_text("已签收")
    expect(card.locator(".price")).to_have_text("¥138.00")
    expect(card.locator(".card-text")).to_have_text(
        ["保温杯 500ml 米白 ×1", "保温杯 500ml 墨绿 ×1"]
    )
    expect(card.locator("img")).to_have_js_property("complete", True)
    expect(card.locator("img")).to_have_js_property("naturalWidth", 1)
    link = card.get_by_role("link")
    expect(link).to_have_attribute("href", f"{SHOP}/orders/142")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_buttons_are_shown_as_what_the_customer_could_choose(shown):
    lin = shown(MENU)
    choices = lin.message("bot", "请问是哪一件").get_by_role("list").get_by_role("listitem")
    expect(choices).to_have_text(["保温杯", "全部订单"])
    expect(choices.get_by_role("button")).to_have_count(0)


def test_a_picture_is_enlarged_and_put_away(shown):
    lin = shown(PICTURE)
    lin.message("bot", "请照图里的样子拧紧").get_by_role("button", name="放大图片").click()
    large = lin.page.get_by_role("dialog").locator("img")
    expect(large).to_have_attribute("src", f"{SHOP}/p/lid.png")
    lin.page.keyboard.press("Escape")
    expect(large).to_have_count(0)


def test_pictures_that_are_gone_leave_words(people, shown):
    lin = shown(ORDER, PICTURE, pictures=False)
    expect(lin.message("bot", "请照图里的样子拧紧")).to_contain_text("图片")
    expect(lin.message("bot", "请照图里的样子拧紧").locator("img")).to_have_count(0)
    card = lin.message("bot", "您最近的订单").locator(".card-box")
    expect(card).to_contain_text("保温杯 500ml ×2")
    expect(card.locator("img")).to_have_count(0)
    people.errors[:] = [one for one in people.errors if SHOP not in one]
