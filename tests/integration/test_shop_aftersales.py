"""Returns, exchanges, repairs and refunds, talked over with the real shop."""

from __future__ import annotations

import os
from typing import Any

import aiohttp

from tests.integration.shop_customer import Customer
from tests.integration.shop_server import KEY

SIGNED, PHONE = "602600001001", "13800000001"
RETURNING, OF_RETURNING = "602600001008", "13800000005"
PICTURE = "https://pictures.example/seam.jpg"


async def shop(path: str, phone: str) -> dict[str, Any]:
    """Return what the shop knows, as its owner sees it."""
    headers = {"Authorization": f"Bearer {KEY}", "X-Phone": phone}
    async with (
        aiohttp.ClientSession(base_url=os.environ["SHOP_URL"], headers=headers) as session,
        session.get(path) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


async def returns_of(order_no: str, phone: str) -> list[dict[str, Any]]:
    found = (await shop(f"/api/orders/{order_no}/returns", phone))["returns"]
    return [await shop(f"/api/returns/{one['return_no']}", phone) for one in found]


async def test_a_fault_is_proven_by_a_picture_alone(customer: Customer) -> None:
    asked = await customer.says("我要退货", SIGNED, PHONE, "全部都退", "质量问题")
    assert "也可以直接发张照片" in asked
    shown = await customer.shows(PICTURE)
    assert "照片收到了" in shown
    assert "确认提交申请吗" in shown
    assert "运费我们承担" in await customer.says("确认提交")
    (made,) = await returns_of(SIGNED, PHONE)
    assert (made["service"], made["reason"], made["detail"]) == ("return", "质量问题", "见照片")
    assert made["photos"] == [PICTURE]


async def test_a_picture_sent_first_goes_with_the_application(customer: Customer) -> None:
    await customer.says("收到的衣服有个破洞")
    kept = await customer.shows(PICTURE)
    assert "照片收到了" in kept
    assert "退货、换货还是维修" in kept
    await customer.says(
        "换一件新的", SIGNED, PHONE, "卫衣", "质量问题", "后背有个洞", "同款", "确认"
    )
    (made,) = await returns_of(SIGNED, PHONE)
    assert (made["service"], made["spec"], made["photos"]) == ("exchange", "同款", [PICTURE])


async def test_only_a_picture_is_asked_about(customer: Customer) -> None:
    assert "关于什么" in await customer.shows(PICTURE)
    await customer.says("查订单")
    answer = await customer.shows("https://pictures.example/screenshot.jpg")
    assert "认不出来" in answer
    assert "订单号" in answer


async def test_whoever_has_applied_hears_how_far_it_is(customer: Customer) -> None:
    assert "手机号" in await customer.says(f"{RETURNING}我要退货")
    told = await customer.says(OF_RETURNING)
    assert "已经申请过了" in told
    assert "TH900001" in told
    assert "验收" in told
    assert len(await returns_of(RETURNING, OF_RETURNING)) == 1


async def test_the_parcel_on_its_way_back_is_told(customer: Customer) -> None:
    await customer.says("退货", SIGNED, PHONE, "都退", "尺码不合适", "好的")
    (made,) = await returns_of(SIGNED, PHONE)
    body = {"courier": "中通快递", "tracking_no": "ZTO1234567890"}
    headers = {"Authorization": f"Bearer {KEY}", "X-Phone": PHONE}
    async with aiohttp.ClientSession(os.environ["SHOP_URL"], headers=headers) as session:
        path = f"/api/returns/{made['return_no']}/parcel"
        async with session.post(path, json=body) as response:
            assert response.status == 200
    told = await customer.says("我要退货")
    assert "寄回的包裹：中通快递，单号 ZTO1234567890" in told


async def test_somebody_elses_order_is_not_found(customer: Customer) -> None:
    told = await customer.says(f"{RETURNING}我要退货", PHONE)
    assert "没有查到订单" in told
    assert "TH900001" not in told


async def test_a_return_becomes_an_exchange_midway(customer: Customer) -> None:
    await customer.says("我要退货", SIGNED, PHONE, "卫衣")
    assert "什么原因" in await customer.says("那还是换货吧")
    assert "颜色、尺码" in await customer.says("尺码不合适")
    assert "换成“L码”" in await customer.says("换成L码")
    await customer.says("确认")
    (made,) = await returns_of(SIGNED, PHONE)
    assert (made["service"], made["spec"]) == ("exchange", "L码")


async def test_another_order_midway_is_taken(customer: Customer) -> None:
    await customer.says("我要退货", SIGNED, PHONE, "T恤", "尺码不合适")
    answer = await customer.says("不对，是另一单")
    assert "订单" in answer
    assert await returns_of(SIGNED, PHONE) == []


async def test_questions_in_between_lead_back_to_the_form(customer: Customer) -> None:
    answer = await customer.says("我要退货", SIGNED, PHONE, "T恤", "超过七天还能退吗")
    assert "签收次日起 7 天内" in answer
    assert "什么原因" in answer
    answer = await customer.says("你是机器人吗")
    assert "小橙" in answer
    assert "什么原因" in answer


async def test_giving_up_submits_nothing(customer: Customer) -> None:
    await customer.says("我要换货", SIGNED, PHONE, "卫衣", "尺码不合适", "L码")
    assert "没有提交" in await customer.says("算了，不换了")
    assert await returns_of(SIGNED, PHONE) == []


async def test_a_return_is_taken_back_only_when_that_is_confirmed(customer: Customer) -> None:
    await customer.says("退货", SIGNED, PHONE, "都退", "尺码不合适", "好的")
    assert "确认撤销吗" in await customer.says("撤销退货申请")
    assert "没有撤销" in await customer.says("不用")
    assert [one["status"] for one in await returns_of(SIGNED, PHONE)] == ["submitted"]
    assert "已经撤销" in await customer.says("撤销退货申请", "是的")
    assert [one["status"] for one in await returns_of(SIGNED, PHONE)] == ["cancelled"]


async def test_what_the_warehouse_has_cannot_be_taken_back(customer: Customer) -> None:
    await customer.says("撤销退货", RETURNING, OF_RETURNING)
    assert "不能撤销" in await customer.says("确认")


async def test_an_order_without_an_application_has_nothing_to_take_back(
    customer: Customer,
) -> None:
    assert "不用撤销" in await customer.says("撤销退货申请", SIGNED, PHONE)


async def test_clothes_are_not_repaired(customer: Customer) -> None:
    answer = await customer.says("我要报修", SIGNED, PHONE)
    assert "不在保修范围" in answer
    assert await returns_of(SIGNED, PHONE) == []


async def test_whoever_is_signed_in_chooses_an_order_and_then_another(customer: Customer) -> None:
    await customer.signs_in("C10003")
    assert "602600001007" in await customer.says("我要报修")
    assert "不在保修范围" in await customer.says("602600001007")
    again = await customer.says("不对，换一个订单")
    assert "602600001012" in again
    assert "602600001004" not in again, "it has not arrived"


async def test_refunds_are_told_by_the_number_of_the_return(customer: Customer) -> None:
    told = await customer.says("TH900001退款到哪了", OF_RETURNING)
    assert "退款 499 元" in told
    assert "商品 499 元" in await customer.says("能退我多少钱")


async def test_what_would_be_paid_back_is_told_before_applying(customer: Customer) -> None:
    told = await customer.says(f"{SIGNED}全退能退多少钱", PHONE)
    assert "还没有申请退款，实付 228 元" in told


async def test_the_warranty_of_products_and_orders(customer: Customer) -> None:
    assert "保修 1 年" in await customer.says("空气炸锅保修多久")
    assert "卫衣：没有保修" in await customer.says(f"{SIGNED}保修到什么时候", PHONE)


async def test_one_of_two_items_goes_back(customer: Customer) -> None:
    asked = await customer.says("我要退货", SIGNED, PHONE)
    assert "要退哪一件" in asked
    assert "卫衣（灰色/M码）×1　159 元" in asked
    assert "什么原因" in await customer.says("T恤那件")
    read_back = await customer.says("不喜欢")
    assert "T恤（白色/M码）×1" in read_back
    assert "预计退 69 元" in read_back
    await customer.says("确认")
    (made,) = await returns_of(SIGNED, PHONE)
    assert [item["product"] for item in made["items"]] == ["T恤"]
    assert "退款 69 元" in await customer.says("能退多少钱")


async def test_the_item_is_named_at_once(customer: Customer) -> None:
    assert "什么原因" in await customer.says(f"{SIGNED}里的卫衣我要退", PHONE)
    assert "卫衣（灰色/M码）×1" in await customer.says("不想要了")


async def test_the_other_item_can_still_go_back(customer: Customer) -> None:
    await customer.says("我要退货", SIGNED, PHONE, "T恤", "不喜欢", "确认")
    asked = await customer.says("我要退货")
    assert "T恤（白色/M码）×1已经申请退货" in asked
    assert "待审核" in await customer.says("先不用")
    await customer.says("卫衣也要退", "不喜欢", "确认")
    assert len(await returns_of(SIGNED, PHONE)) == 2


async def test_what_is_no_item_is_asked_again(customer: Customer) -> None:
    await customer.says("我要退货", SIGNED, PHONE)
    answer = await customer.says("第九件")
    assert "没看出是哪一件" in answer
    assert "要退哪一件" in answer
