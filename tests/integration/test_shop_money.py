"""Money and accounts, talked over with the real shop."""

from __future__ import annotations

import os
import re
from typing import Any

import aiohttp
import pytest

from tests.integration.shop_customer import Customer

TAX_NO = "91330100MA0000001F"
OTHER_TAX_NO = "91440300MA0000002P"
INVOICEABLE = "602600001007"
OWNER = "13800000003"
CHEAPER_NOW = "602600001003"


async def signed_in(customer: Customer, customer_id: str, phone: str) -> Customer:
    """Let the storefront vouch for the customer and their phone."""
    await customer.signs_in(customer_id)
    path = f"/conversations/{customer.name}/tracker/events"
    slot = {"event": "slot", "name": "customer_phone", "value": f"+86{phone}"}
    async with customer.session.post(path, json=slot) as response:
        assert response.status == 200, await response.text()
    return customer


async def messages_to(phone: str) -> list[dict[str, Any]]:
    """Return the text messages that the shop has sent to ``phone``, the newest first."""
    url = f"{os.environ['SHOP_URL']}/store/messages"
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, params={"phone": phone}) as response,
    ):
        messages: list[dict[str, Any]] = (await response.json())["messages"]
    return messages


async def code_sent_to(phone: str) -> str:
    """Return the one-time code that was sent last."""
    (newest, *_) = await messages_to(phone)
    found = re.search(r"(?<!\d)\d{6}(?!\d)", newest["text"])
    assert found, newest
    return found.group()


@pytest.fixture
async def owner(customer: Customer) -> Customer:
    """The customer who owns ``INVOICEABLE``."""
    return await signed_in(customer, "C10003", OWNER)


async def test_an_electronic_invoice_for_oneself(owner: Customer) -> None:
    await owner.says("帮我开张发票", INVOICEABLE, "电子发票")
    assert "哪个邮箱" in await owner.says("个人")
    assert "邮箱格式" in await owner.says("wang@mail")
    read_back = await owner.says("wang@mail.example")
    for part in (INVOICEABLE, "电子普通发票", "抬头：个人", "wang@mail.example"):
        assert part in read_back
    assert "开票申请已提交" in await owner.says("好的")
    assert "已经申请过电子普通发票" in await owner.says(f"{INVOICEABLE}再开一张发票")


async def test_a_company_invoice_with_a_slip_in_the_number(owner: Customer) -> None:
    await owner.says("开公司的发票", INVOICEABLE, "电子的")
    assert "税号" in await owner.says("杭州示例科技有限公司")
    assert "18 位" in await owner.says("913301")
    assert "校验位" in await owner.says("91330100MA0000001G")
    assert "I、O、S、V、Z" in await owner.says("91330100MAO000001F")
    assert "哪个邮箱" in await owner.says(TAX_NO)
    assert TAX_NO in await owner.says("cw@mail.example")


async def test_everything_said_at_once_is_not_asked_again(owner: Customer) -> None:
    asked = await owner.says(
        f"给{INVOICEABLE}开电子发票，抬头杭州示例科技有限公司，税号{TAX_NO}，发cw@mail.example"
    )
    assert "确认提交吗" in asked
    assert "抬头：杭州示例科技有限公司" in asked


async def test_an_invoice_is_corrected_midway(owner: Customer) -> None:
    await owner.says(f"给{INVOICEABLE}开公司发票，抬头杭州示例科技有限公司，税号{TAX_NO}", "电子的")
    await owner.says("cw@mail.example")
    assert "发到：b2@mail.example" in await owner.says("邮箱错了，改成b2@mail.example")
    assert "请发一下税号" in await owner.says("税号错了")
    assert OTHER_TAX_NO in await owner.says(OTHER_TAX_NO)
    assert "哪一项不对" in await owner.says("不对")
    assert "寄到哪里" in await owner.says("改成纸质的")
    assert "纸质普通发票" in await owner.says("浙江省杭州市余杭区示例路5号2栋 李女士")
    assert "7 天内寄出" in await owner.says("确认")


async def test_an_invoice_is_given_up(owner: Customer) -> None:
    await owner.says("开发票", INVOICEABLE)
    assert "没有提交任何内容" in await owner.says("算了不开了")
    await owner.says("开发票", INVOICEABLE, "电子的", "个人", "a1@mail.example")
    assert "先不开" in await owner.says("先不要")


async def test_a_guest_gives_the_number_and_its_phone_and_no_other(customer: Customer) -> None:
    assert "手机号" in await customer.says(f"{INVOICEABLE}开发票")
    assert "电子发票还是纸质发票" not in await customer.says("13800000001")
    await customer.says(INVOICEABLE)
    assert "电子发票还是纸质发票" in await customer.says(OWNER)


async def test_no_invoice_for_what_is_not_paid(customer: Customer) -> None:
    await signed_in(customer, "C10001", "13800000001")
    assert "开不了发票" in await customer.says("602600001005开票")


async def test_the_difference_is_shown_before_it_is_paid_back(customer: Customer) -> None:
    await signed_in(customer, "C10001", "13800000001")
    asked = await customer.says(f"{CHEAPER_NOW}降价了，退差价")
    assert "可以退 30 元" in asked
    assert "229" in asked
    assert "先不申请" in await customer.says("先不用")
    await customer.says(f"{CHEAPER_NOW}申请价保")
    assert "价保申请成功，差价 30 元" in await customer.says("现在申请吧")
    assert "已经申请过一次价保" in await customer.says(f"{CHEAPER_NOW}申请价保")


async def test_payment_trouble_asks_for_an_order_only_where_money_was_taken(
    customer: Customer,
) -> None:
    assert "换一种支付方式" in await customer.says("怎么都付不了款")
    assert "哪种情况" in await customer.says("支付有问题")
    assert "订单号" in await customer.says("扣了钱订单还是待付款")
    assert "原路退回" in await customer.says("没有订单号")


async def test_coupons_of_whoever_is_signed_in(customer: Customer) -> None:
    assert "没到门槛" in await customer.says("优惠券用不了")
    await signed_in(customer, "C10001", "13800000001")
    assert "您账户里能用的券" in await customer.says("看看我有什么券")
    assert "已经过期" in await customer.says("小家电券为什么用不了")
    assert "只能买服饰类" in await customer.says("[满300减40]的券买空气炸锅为什么用不了")


async def test_points_and_level(customer: Customer) -> None:
    assert "手机号" in await customer.says("查积分")
    assert "2360 积分" in await customer.says("13800000001")
    await signed_in(customer, "C10001", "13800000001")
    assert "最近的记录" in await customer.says("我还有多少积分")
    assert "银卡会员" in await customer.says("我是什么会员等级")


async def test_a_gift_card_is_looked_at_and_bound(customer: Customer) -> None:
    assert "卡号" in await customer.says("礼品卡怎么用")
    assert "OC 开头" in await customer.says("12345")
    assert "没有查到这张卡" in await customer.says("OC99999999")
    told = await customer.says("OC10000001")
    assert "余额 100 元" in told
    assert "请先登录" in told
    await signed_in(customer, "C10001", "13800000001")
    assert "绑定到您现在的账户吗" in await customer.says("绑定礼品卡OC10000001")
    assert "绑定好了" in await customer.says("好的")
    assert "到期" in await customer.says("OC10000003")


async def test_instalments_and_presales(customer: Customer) -> None:
    assert "3 期每期 400.00 元" in await customer.says("1200元分3期每期多少")
    assert "尾款" in await customer.says("定金能退吗")


async def test_a_password_is_reset_after_a_code(customer: Customer) -> None:
    assert "要我现在帮您重设吗" in await customer.says("忘记密码了")
    assert "手机号" in await customer.says("帮我重设")
    assert "138****0002" in await customer.says("13800000002")
    code = await code_sent_to("13800000002")
    assert "不对" in await customer.says(f"{(int(code) + 1) % 1_000_000:06}")
    assert "重设密码的短信已发到 138****0002" in await customer.says(code)
    (newest, *_) = await messages_to("13800000002")
    assert "重置密码" in newest["text"]


async def test_unlocking(customer: Customer) -> None:
    await signed_in(customer, "C10332", "13800000008")
    assert "要我现在帮您解锁吗" in await customer.says("账号被锁了")
    await customer.says("帮我解锁")
    assert "已经解锁" in await customer.says(await code_sent_to("13800000008"))
    await customer.says("账号被锁了")
    assert "没有被锁" in await customer.says("好")


async def test_another_phone_is_bound_after_a_code_to_the_old_one(customer: Customer) -> None:
    await signed_in(customer, "C10006", "13800000006")
    assert "138****0006" in await customer.says("把手机号换成13800000001")
    assert "换绑到 13800000001" in await customer.says(await code_sent_to("13800000006"))
    assert "换绑到 13900001234" in await customer.says("不对，是13900001234")
    assert "换好了，以后用 139****1234" in await customer.says("确认")


async def test_a_phone_of_another_account_is_refused(customer: Customer) -> None:
    await signed_in(customer, "C10331", "13800000007")
    await customer.says("换绑手机号")
    assert "新手机号" in await customer.says(await code_sent_to("13800000007"))
    assert "11 位" in await customer.says("1380000")
    assert "现在绑定的" in await customer.says("13800000007")
    await customer.says("13800000001")
    assert "另一个账户" in await customer.says("对的")


async def test_deletion_needs_a_code_and_a_yes_and_no_open_orders(customer: Customer) -> None:
    await customer.says("注销账号", OWNER)
    told = await customer.says(await code_sent_to(OWNER))
    assert "不能恢复" in told
    assert "账号保持原样" in await customer.says("先不注销了")
    assert "不能恢复" in await customer.says("还是注销账号吧")
    refused = await customer.says("确定注销")
    assert "完成之后才能注销" in refused


async def test_history_is_not_told_without_the_code(customer: Customer) -> None:
    await customer.says("导出我的全部消费记录", "13800000004")
    code = await code_sent_to("13800000004")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert "订单" not in await customer.says(wrong)
    assert "您一共下了" in await customer.says(code)


async def test_a_phone_without_an_account_is_told_so(customer: Customer) -> None:
    await customer.says("忘记密码", "好的", "13955556666")
    assert "没有注册" in await customer.says(await code_sent_to("13955556666"))
