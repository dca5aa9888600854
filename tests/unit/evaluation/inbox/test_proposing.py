"""What becomes of customers' own data before a message is an example."""

import re

import pytest

from kefu.evaluation.inbox.proposing import key_of, propose, still_personal

ENTITIES = {"order_no", "phone", "email", "address", "name", "product"}


@pytest.mark.parametrize(
    ("text", "private", "source"),
    [
        ("查下订单6026112233445", "6026112233445", r"查下订单\[60260000\d{5}\]\(order_no\)"),
        ("单号SF1234567890呢", "1234567890", r"单号\[SF60260000\d\d\]\(order_no\)呢"),
        ("我手机13812345678换了", "13812345678", r"我手机\[1390000\d{4}\]\(phone\)换了"),
        ("138 1234 5678 打不通", "138 1234 5678", r"\[139 0000 \d{4}\]\(phone\) 打不通"),
        ("１３８１２３４５６７８", "１３８１２３４５６７８", r"\[1390000\d{4}\]\(phone\)"),
        ("发到a.b@qq.com吧", "a.b@qq.com", r"发到\[name@example\.com\]\(email\)吧"),
        ("地址换成浦东新区世纪大道100号可以吗", "世纪大道", r"地址换成\[幸福市.*\(address\)可以吗"),
        ("身份证110101199003071234", "110101199003071234", r"身份证602600\d+"),
        ("see https://x.cn/o?p=13812345678", "x.cn", r"see https://example\.com"),
    ],
)  # fmt: skip
def test_what_tells_who_somebody_is_gives_way(text, private, source):
    proposal = propose(text, [], ENTITIES)
    assert private not in proposal.source
    assert re.fullmatch(source, proposal.source), proposal.source
    assert still_personal(proposal.source) == ""
    assert still_personal(text) != "" or "https" in text


def test_what_the_model_found_is_annotated_and_names_are_neutral():
    text = "张伟的充电宝坏了"
    entities = [
        {"entity": "name", "value": "张伟", "start": 0, "end": 2},
        {"entity": "product", "value": "移动电源", "start": 3, "end": 6},
        {"entity": "unheard_of", "value": "坏", "start": 6, "end": 7},
    ]
    assert propose(text, entities, ENTITIES).source == (
        '[王小明](name)的[充电宝]{"entity": "product", "value": "移动电源"}坏了'
    )


def test_an_entity_keeps_its_name_where_its_value_gives_way():
    entities = [{"entity": "phone", "value": "13812345678", "start": 2, "end": 13, "role": "new"}]
    proposal = propose("换成13812345678", entities, ENTITIES)
    assert '"role": "new"' in proposal.source
    assert "13812345678" not in proposal.source


def test_a_number_that_is_annotated_as_nothing_and_a_name_are_warned_of():
    assert propose("验证码123456收不到", [], ENTITIES).warnings == ("number",)
    assert propose("我叫张小明，要退款", [], ENTITIES).warnings == ("name",)
    assert propose("我叫你退款", [], ENTITIES).warnings in {(), ("name",)}
    assert propose("这个满300减40吗", [], ENTITIES).warnings == ()


def test_brackets_and_line_ends_harm_nothing():
    proposal = propose("看[这里]\n(真的)", [], ENTITIES)
    assert proposal.source == r"看\[这里\] (真的)"


def test_messages_that_say_the_same_have_the_same_key():
    assert key_of("订单 602611112222 呢？") == key_of("订单602633334444呢")
    assert key_of("Where is my order?") == key_of("where IS my  order") == "where is my order"
    assert key_of("？！") == ""
