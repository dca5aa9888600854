"""The shop's own pages in a real browser: buying, signing in, and the chat that knows who asks."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.e2e.stage import violations

CHEN, LI, WU = "13800000001", "13800000002", "13800000008"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 375, "height": 700}


def sign_in(page: Any, phone: str) -> None:
    page.click("a[href='/sign-in']")
    page.click(f".account:has-text('{phone}')")
    page.wait_for_selector(".order")


def say(page: Any, text: str) -> None:
    page.evaluate("Kefu.open()")
    page.fill("kefu-widget textarea", text)
    page.press("kefu-widget textarea", "Enter")


def test_products_are_searched_and_put_into_the_cart(storefront: Any) -> None:
    page = storefront()
    page.fill("input[type=search]", "羽绒")
    page.press("input[type=search]", "Enter")
    page.click(".card:has-text('羽绒服')")
    page.click("label:has-text('黑色/L码')")
    page.click("text=加入购物车")
    page.click("a[href='/cart']")
    assert page.inner_text(".cart li").replace("\n", " ").startswith("羽绒服 黑色/L码")
    assert "¥599" in page.inner_text(".sum-total")
    page.reload()
    page.wait_for_selector(".cart li")
    page.click("text=删除")
    page.wait_for_selector("text=购物车还是空的")


def test_what_is_bought_is_an_order_that_the_chat_knows(storefront: Any) -> None:
    page = storefront()
    sign_in(page, LI)
    page.goto(page.url.replace("/orders", "/product/P011"))
    page.click("text=加入购物车")
    page.click("a[href='/cart']")
    page.click(".sum .main")
    page.wait_for_selector(".order")
    number = page.inner_text(".order h2 >> nth=0")
    assert number.startswith("6028")
    say(page, f"{number} 发货了吗")
    page.wait_for_selector(f"kefu-widget [lang] >> text=/{number}.*保温杯/")


def test_coupons_are_collected_and_the_chat_knows_them(storefront: Any) -> None:
    page = storefront()
    sign_in(page, LI)
    page.click("a[href='/account']")
    page.click("button[aria-label='领取 小家电券']")
    page.wait_for_selector("h2:has-text('我的优惠券') + ul >> text=小家电券")
    say(page, "我有哪些优惠券能用")
    assert page.wait_for_selector("kefu-widget >> text=/小家电券：满 200 减 25/")


def test_the_chat_answers_about_orders_of_whoever_is_signed_in(storefront: Any) -> None:
    page = storefront()
    sign_in(page, CHEN)
    say(page, "602600001003 到哪了")
    assert page.wait_for_selector("kefu-widget >> text=到达成都转运中心")


def test_texts_show_on_the_phone_of_the_demonstration(storefront: Any, servers: Any) -> None:
    page = storefront()
    sign_in(page, CHEN)
    sent = page.request.post(
        f"{servers.shop}/api/messages",
        headers={"Authorization": f"Bearer {servers.shop_key}"},
        data={"phone": CHEN, "text": "【橙意商城】验证码 123456"},
    )
    assert sent.ok
    page.wait_for_selector(".badge.dot")
    page.click("button[aria-label*='打开演示手机']")
    page.wait_for_selector(".texts li:has-text('验证码 123456')")
    page.wait_for_selector(".badge.dot", state="detached")


def test_agents_are_told_what_a_customer_does_who_agrees(storefront: Any, servers: Any) -> None:
    page = storefront()
    sign_in(page, LI)
    page.click(".consent .small")
    say(page, "你好")
    page.wait_for_selector("kefu-widget >> text=/您好/")
    page.goto(f"{servers.shop}/product/P018")
    page.click("text=加入购物车")
    api = f"{servers.url}/api/v1/customers"
    customer = page.request.get(f"{api}?user=C10002").json()

    def visits() -> Any:
        address = f"{api}/{customer['customer_id']}/visits"
        return page.request.get(address).json()["visits"]

    deadline = time.monotonic() + 15
    while not any(one["url"].endswith("/product/P018") and one["events"] for one in visits()):
        assert time.monotonic() < deadline, visits()
        page.wait_for_timeout(50)
    (seen,) = [one for one in visits() if one["url"].endswith("/product/P018")]
    assert {"product_view", "cart_add"} <= {event["event"] for event in seen["events"]}


def test_a_guest_may_look_at_the_texts_of_a_number(storefront: Any) -> None:
    page = storefront()
    page.click("button[aria-label*='打开演示手机']")
    assert "只为演示" in page.inner_text(".phone-note")
    page.fill(".phone-form input", "12")
    page.click(".phone-form button")
    page.wait_for_selector(".texts >> text=手机号应是")


def test_a_wrong_password_is_told_so(storefront: Any) -> None:
    page = storefront("/sign-in")
    page.fill("#number", LI)
    page.fill("#password", "wrong")
    page.click("form .main")
    assert page.wait_for_selector("[role=alert]:has-text('手机号或密码不对')")


def test_the_chat_unlocks_an_account_for_whoever_has_the_code(storefront: Any) -> None:
    page = storefront("/sign-in")
    page.click(f".account:has-text('{WU}')")
    page.wait_for_selector("[role=alert]:has-text('被锁定了')")
    page.click("button[aria-label*='打开演示手机']")
    page.fill(".phone-form input", WU)
    page.click(".phone-form button")
    say(page, "账号被锁了，帮我解锁")
    page.click("kefu-widget button:has-text('帮我解锁')")
    page.wait_for_selector("kefu-widget >> text=/手机号发给我/")
    say(page, WU)
    text = page.inner_text(".texts li:has-text('验证码是')")
    (code,) = re.findall("[0-9]{6}", text)
    say(page, code)
    page.wait_for_selector("kefu-widget >> text=账号已经解锁")
    page.click(f".account:has-text('{WU}')")
    page.wait_for_selector(".order")


def test_who_signs_out_leaves_nothing(storefront: Any) -> None:
    page = storefront()
    sign_in(page, CHEN)
    page.click("nav >> text=退出")
    page.wait_for_selector("a[href='/sign-in']")
    page.goto(page.url.rstrip("/") + "/orders")
    assert page.wait_for_selector("text=登录后可以看到您的订单")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_can_be_used_by_everybody(storefront: Any, scheme: str, size: Any) -> None:
    page = storefront("/", color_scheme=scheme, viewport=size, bypass_csp=True)
    start = page.url.rstrip("/")
    sign_in(page, CHEN)
    page.goto(f"{start}/product/P012")
    page.click("text=加入购物车")
    page.click("button[aria-label*='打开演示手机']")
    assert violations(page) == []
    for path in (
        "/",
        "/?category=数码",
        "/product/P012",
        "/cart",
        "/sign-in",
        "/orders",
        "/account",
    ):
        page.goto(start + path)
        page.wait_for_selector("main > *")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_page_speaks_english(storefront: Any) -> None:
    page = storefront("/", locale="en-GB")
    assert page.inner_text("h1") == "Things that make days easier"
    page.click("text=中文")
    page.wait_for_selector("h1:has-text('过日子')")


def test_on_phones_the_question_of_consent_covers_nothing(storefront: Any) -> None:
    page = storefront("/product/P012", viewport=NARROW)
    page.wait_for_selector(".consent")
    page.click("text=加入购物车", timeout=5_000)
    page.goto(page.url.split("/product")[0] + "/cart")
    assert "偏远地区满 199 元包邮" in page.inner_text(".terms")
