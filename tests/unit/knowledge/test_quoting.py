"""Which sentences are said."""

from kefu.knowledge.passages import passages_of
from kefu.knowledge.quoting import LONGEST, quoted
from kefu.knowledge.terms import terms_of
from tests.unit.knowledge.articles import a_section, an_article

FILLER = "这里说的是另外一些跟问题没有任何关系、但是写得很长很长的事情，还要再写长一点才够。"


def quote(question, *sections):
    _, (passage,) = passages_of([an_article("规则", *sections)])
    return quoted(passage, dict.fromkeys(terms_of(question), 1.0))


def test_a_short_passage_is_said_as_a_whole():
    assert quote("发货", a_section("付款后 48 小时发货。", "周末照发。")) == (
        "付款后 48 小时发货。\n周末照发。"
    )


def test_of_a_long_one_the_sentence_that_answers():
    text = f"{FILLER}{FILLER}满 99 元包邮。{FILLER}"
    assert quote("多少包邮", a_section(text)) == "满 99 元包邮。"


def test_sentences_that_say_nearly_as_much_are_said_in_their_order():
    lines = [FILLER, "换货运费您出。", FILLER, "退货运费我们出。"]
    assert quote("退货运费", a_section(*lines, kind="list")) == "换货运费您出。\n退货运费我们出。"


def test_a_sentence_that_goes_on_needs_the_one_before_it():
    text = f"{FILLER}{FILLER}可以试穿。但吊牌不能剪。"
    assert quote("吊牌", a_section(text)) == "可以试穿。但吊牌不能剪。"


def test_steps_are_said_together_with_what_announces_them():
    lines = ["1. 打开订单页。", "2. 点申请售后。", "3. 选原因提交。"]
    section = a_section(FILLER, FILLER, "申请退货的步骤：", *lines)
    assert quote("点申请售后", section) == "\n".join(["申请退货的步骤：", *lines])


def test_an_announced_list_follows():
    section = a_section(FILLER, FILLER, "不支持退的商品：", "食品", "个护")
    assert quote("哪些商品不支持退", section) == "不支持退的商品：\n食品\n个护"


def test_an_answer_is_not_longer_than_it_may_be():
    lines = [f"退货运费说明{number}：{FILLER}" for number in range(6)]
    assert len(quote("退货运费", a_section(*lines, kind="list"))) <= LONGEST
