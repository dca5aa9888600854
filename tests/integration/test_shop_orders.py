"""Orders, their changes and parcels, talked over with the running assistant and the real shop."""

from __future__ import annotations

import os
import re

import aiohttp
import pytest

from tests.integration.shop_customer import Customer

CHEN, LI, WANG, SUN = "13800000001", "13800000002", "13800000003", "13800000005"
ON_ITS_WAY, SIGNED, UNPAID = "602600001003", "602600001001", "602600001005"
"""Orders of CHEN."""
PAID = "602600001002"
"""An order of LI."""


async def code_on(phone: str) -> str:
    """Return the code that the shop sent to a phone last."""
    async with (
        aiohttp.ClientSession(base_url=os.environ["SHOP_URL"]) as session,
        session.get("/store/messages", params={"phone": phone}) as response,
    ):
        messages = (await response.json())["messages"]
    found = re.search(r"[0-9]{6}", messages[0]["text"])
    assert found is not None
    return found[0]


async def test_a_guest_is_told_of_an_order_by_number_and_phone_only(customer: Customer) -> None:
    assert "手机号" in await customer.says("帮我查下订单", ON_ITS_WAY)
    foreign = await customer.says(LI)
    assert "没有查到订单" in foreign
    assert "蓝牙耳机" not in foreign
    assert "运输中" in await customer.says(CHEN)


async def test_a_foreign_order_and_one_that_does_not_exist_are_answered_alike(
    customer: Customer,
) -> None:
    answers = []
    for number in (ON_ITS_WAY, "602699999999"):
        guest = Customer(customer.session, f"{customer.name}-{number}")
        answer = await guest.says(f"查一下订单{number}，手机号{LI}")
        answers.append(answer.replace(number, "…"))
    assert answers[0] == answers[1]
    assert "没有查到订单 …" in answers[0]


async def test_after_three_wrong_answers_a_person_is_offered(customer: Customer) -> None:
    await customer.says("查订单", "602699999999", CHEN, f"602699999998，{CHEN}")
    assert "转人工" in await customer.says(f"602699999997，{CHEN}")


async def test_who_is_signed_in_chooses_among_their_own_orders(customer: Customer) -> None:
    await customer.signs_in("C10001")
    listed = await customer.says("我最近买了什么")
    assert all(number in listed for number in (ON_ITS_WAY, SIGNED, UNPAID))
    assert "运输中" in await customer.says("第二个")
    assert "加湿器" in await customer.says("不对，是待付款的那单")
    assert "没有查到" in await customer.says(f"查订单{PAID}")


async def test_a_phone_alone_lists_orders_after_a_code(customer: Customer) -> None:
    told = await customer.says("我的快递到哪了", WANG)
    assert "验证码" in told
    assert "6026" not in told
    listed = await customer.says(await code_on(WANG))
    assert "602600001007" in listed
    assert "已签收" in await customer.says("牛仔裤那单")


async def test_an_order_is_cancelled_only_when_confirmed(customer: Customer) -> None:
    asked = await customer.says(f"取消订单{PAID}，手机号{LI}")
    assert "保温杯" in asked
    assert "确认取消吗" in asked
    assert "没有取消" in await customer.says("我再想想")
    assert "确认取消吗" in await customer.says(f"还是取消{PAID}吧")
    assert "已经取消" in await customer.says("确认")
    assert "已取消" in await customer.says(f"查一下{PAID}")
    assert "不用再取消" in await customer.says(f"取消订单{PAID}")


async def test_the_order_is_corrected_midway(customer: Customer) -> None:
    assert "加湿器" in await customer.says(f"取消{UNPAID}，手机号{CHEN}")
    assert "不能直接取消" in await customer.says(f"不对，是{ON_ITS_WAY}")


async def test_a_question_in_between_is_answered_and_asked_on(customer: Customer) -> None:
    await customer.says("取消订单", f"{PAID}，{LI}")
    answer = await customer.says("退款一般几天到账")
    assert "工作日" in answer
    assert "确认取消吗" in answer
    assert "没有取消" in await customer.says("算了")


async def test_what_is_said_again_in_a_form_is_no_riddle(customer: Customer) -> None:
    for said in ("催一下发货", "我的快递到哪了", "我要查物流"):
        assert "没理解" not in await customer.says(said)
    assert "运输中" not in await customer.says(ON_ITS_WAY)
    assert "转运中心" in await customer.says(CHEN)


async def test_an_address_is_changed_after_a_code_and_a_confirmation(customer: Customer) -> None:
    assert "手机号" in await customer.says("收货地址填错了，帮我改一下")
    assert "验证码" in await customer.says(LI)
    assert PAID in await customer.says(await code_on(LI))
    assert "新的收货地址" in await customer.says("第一个")
    assert "不完整" in await customer.says("公司")
    asked = await customer.says("江苏省南京市鼓楼区示例路9号3栋")
    assert "确认修改吗" in asked
    assert "已按您说的修改" in await customer.says("确认")


async def test_a_colour_is_changed_before_dispatch(customer: Customer) -> None:
    asked = await customer.says(f"还没发货，帮我改规格，订单{PAID}，手机号{LI}")
    assert "黑色" in asked
    assert "没有对上" in await customer.says("彩虹色的")
    assert "改成“黑色”" in await customer.says("黑色")
    assert "改好了" in await customer.says("好的")
    assert "保温杯（黑色）" in await customer.says(f"查订单{PAID}")


async def test_a_delivery_is_appointed_for_a_day_that_exists(customer: Customer) -> None:
    assert "哪一天" in await customer.says("能约个时间送吗", f"{ON_ITS_WAY}，{CHEN}")
    assert "日历上没有2月30日" in await customer.says("2月30日")
    assert "过去了" in await customer.says("昨天")
    assert "上午、下午还是晚上" in await customer.says("后天")


async def test_missing_items_are_taken_down_once(customer: Customer) -> None:
    await customer.says(f"少发了，订单{SIGNED}，手机号{CHEN}", "少了一件白色T恤")
    assert "核实单号 HS" in await customer.says("登记吧")
    await customer.says(f"少发了一件白色T恤，订单{SIGNED}")
    assert "已经登记过" in await customer.says("好的")


async def test_a_parcel_that_never_came_is_looked_for(customer: Customer) -> None:
    asked = await customer.says(f"显示签收但我没收到，订单602600001007，手机号{WANG}")
    assert "签收人：家人" in asked
    assert "核实单号 HS" in await customer.says("问过了，登记")
    other = Customer(customer.session, f"{customer.name}-2")
    told = await other.says(f"没收到货，订单{ON_ITS_WAY}，手机号{CHEN}")
    assert "还在路上" in told


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["SF000000001010到哪了", SUN], "正在派送"),
        (["SF000000001010到哪了", LI], "没有查到快递单号"),
        (["TH900001到哪了", SUN], "验收中"),
        (["取件码多少", f"{ON_ITS_WAY}，{CHEN}"], "没有放在自提点"),
        (["从广州寄到北京要几天"], "2–4 天"),
        (["where is my order", f"{ON_ITS_WAY} {CHEN}"], "运输中"),
        (["查订单", "不记得订单号了"], "验证码"),
        (["查订单", "'; DROP TABLE orders; --"], ""),
        (["查订单", "订" * 10_000], ""),
        (["查订单", "😀😀"], ""),
    ],
)
async def test_parcels_and_odd_answers(customer: Customer, said: list[str], expected: str) -> None:
    answer = await customer.says(*said)
    assert answer
    assert expected in answer
