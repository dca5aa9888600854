"""Products, complaints, praise, compensation and feelings, talked over with the real shop."""

from __future__ import annotations

from tests.integration.shop_customer import Customer


async def test_a_complaint_is_taken_down_read_back_and_registered(customer: Customer) -> None:
    first = await customer.says("我要投诉")
    assert "抱歉" in first
    assert "哪方面" in first
    assert "哪个订单" in await customer.says("快递配送")
    assert "经过" in await customer.says("602600001003")
    assert "希望我们怎么解决" in await customer.says("快递员把箱子摔地上还骂人")
    assert "手机号" in await customer.says("让他道歉")
    read_back = await customer.says("13800000001")
    for part in ("快递配送", "602600001003", "摔地上", "让他道歉"):
        assert part in read_back
    done = await customer.says("确认提交")
    assert "TS" in done
    assert "抱歉" not in done


async def test_a_complaint_is_corrected_before_it_is_handed_in(customer: Customer) -> None:
    await customer.says("我要投诉客服", "昨天的客服挂我电话，问了三遍都不理人")
    await customer.says("给我道歉就行", "13800000002")
    assert "希望我们怎么解决" in await customer.says("改诉求")
    assert "补一张券" in await customer.says("补一张券")
    assert "TS" in await customer.says("对，提交吧")


async def test_a_complaint_without_an_order_needs_none(customer: Customer) -> None:
    await customer.says("我要投诉", "商品质量")
    assert "经过" in await customer.says("没有")


async def test_a_complaint_about_a_foreign_order_is_not_registered_for_it(
    customer: Customer,
) -> None:
    await customer.says("我要投诉", "快递配送", "602600001003", "一直不送货，电话也不接")
    await customer.says("尽快送来")
    answer = await customer.says("13800000002")
    assert "TS" not in answer
    assert "不一致" in answer


async def test_a_complaint_is_given_up(customer: Customer) -> None:
    await customer.says("我要投诉", "客服态度")
    assert "没有提交" in await customer.says("算了不投诉了")
    await customer.says("我要投诉", "客服态度", "客服说话阴阳怪气的", "道歉就行", "13800000002")
    assert "不登记" in await customer.says("不用了")


async def test_a_question_in_the_middle_of_a_complaint_is_answered(customer: Customer) -> None:
    await customer.says("我要投诉", "客服态度")
    answer = await customer.says("客服几点下班")
    assert "22:00" in answer
    assert "经过" in answer


async def test_sorry_is_said_once(customer: Customer) -> None:
    assert "抱歉" in await customer.says("我要投诉")
    assert "抱歉" not in await customer.says("不用了", "算了", "我要投诉")


async def test_who_is_signed_in_gets_a_late_order_compensated_once(customer: Customer) -> None:
    await customer.signs_in("C10003")
    offered = await customer.says("602600001004超过48小时没发货，我要赔偿")
    assert "15 元无门槛优惠券" in offered
    assert "BC" in await customer.says("好的")
    again = await customer.says("602600001004没发货要补偿")
    assert "已经给您补偿过" in again
    assert "BC" not in again


async def test_what_the_order_does_not_show_is_not_compensated(customer: Customer) -> None:
    await customer.signs_in("C10002")
    answer = await customer.says("602600001002没发货，赔钱")
    assert "看不出" in answer
    assert "转人工" in answer


async def test_a_guest_proves_who_it_is_by_order_and_phone(customer: Customer) -> None:
    assert "哪件事" in await customer.says("我要补偿")
    assert "订单号" in await customer.says("超过 48 小时没发货")
    assert "手机号" in await customer.says("602600001004")
    assert "不一致" in await customer.says("13800000002")
    assert "15 元" in await customer.says("13800000003")
    assert "先不补" in await customer.says("不用了")


async def test_what_the_policy_does_not_name_goes_to_a_human(customer: Customer) -> None:
    await customer.signs_in("C10002")
    assert "转人工" in await customer.says("我要补偿", "就是想要一点")


async def test_praise_reaches_the_shop(customer: Customer) -> None:
    await customer.signs_in("C10001")
    assert "同事" in await customer.says("我要表扬你们客服，特别耐心")


async def test_customers_are_greeted_by_name(customer: Customer) -> None:
    await customer.signs_in("C10002")
    assert "李先生" in await customer.says("你好")


async def test_insults_meet_calm_then_a_limit_then_a_human(customer: Customer) -> None:
    calm = await customer.says("傻逼")
    assert "生气" in calm or "消消气" in calm
    assert "好好说话" in await customer.says("你去死吧")
    assert "同事" in await customer.says("一群废物")
    assert await customer.says("在吗") == ""


async def test_whoever_speaks_of_suicide_hears_of_help_and_gets_a_human(
    customer: Customer,
) -> None:
    answer = await customer.says("我不想活了")
    assert "12356" in answer
    assert "120" in answer
    assert "转人工" in answer
    assert await customer.says("在吗") == ""


async def test_a_danger_comes_before_everything_even_in_a_form(customer: Customer) -> None:
    answer = await customer.says("我要退货", "充电宝充电的时候起火了")
    assert "119" in answer
    assert "订单号" not in answer


async def test_products_are_explained_and_compared(customer: Customer) -> None:
    assert "不要机洗" in await customer.says("羽绒服怎么洗")
    assert "鸭绒" in await customer.says("羽绒服是什么材质的")
    compared = await customer.says("蓝牙耳机和充电宝哪个好")
    assert "199" in compared
    assert "129" in compared
    assert "哪两款" in await customer.says("/restart", "这两款有什么区别")


async def test_promotions_have_the_dates_of_the_shop(customer: Customer) -> None:
    assert "6月1日–6月20日" in await customer.says("618什么时候开始")
    assert "11月1日–11月11日" in await customer.says("双十一从哪天开始")


async def test_the_real_thing_is_promised_with_its_origin(customer: Customer) -> None:
    assert "假一赔三" in await customer.says("你们家是正品吗")
