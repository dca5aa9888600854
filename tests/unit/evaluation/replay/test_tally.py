import random
from dataclasses import replace

from kefu.evaluation.replay.answers import Answer
from kefu.evaluation.replay.judging import Judgement
from kefu.evaluation.replay.masking import masked_difference, masked_id, masked_text
from kefu.evaluation.replay.report import About, replay_json, replay_page
from kefu.evaluation.replay.tally import EXAMPLES_KEPT, Difference, Tally, chance_of

WAS = Answer(intent="a", confidence=0.95, actions=("utter_a",), mode="answered")
IS = Answer(
    intent="b", confidence=0.8, actions=("utter_b",), mode="answered", unknown=("action_c",)
)


def difference(number, verdict="different", new=IS):
    return Difference(
        conversation_id=f"c{number}",
        seq=number,
        at=float(number),
        text=f"text {number}",
        channel="web",
        recorded=WAS,
        new=new,
        judgement=Judgement(verdict=verdict, why="another-answer"),
    )


def tallied(numbers):
    tally = Tally()
    for number in numbers:
        tally.count(difference(number), (2, 1), 0)
    return tally


def test_parts_add_up_to_the_whole_in_any_order():
    whole = tallied(range(100))
    for seed in range(3):
        numbers = list(range(100))
        random.Random(seed).shuffle(numbers)
        total = Tally()
        for first in range(0, 100, 7):
            total.merge(tallied(numbers[first : first + 7]))
        assert replay_json(total, About(model="m")) == replay_json(whole, About(model="m"))


def test_few_examples_are_kept_of_many_and_others_with_another_seed():
    kept = tallied(range(200)).ranked[0][1]
    assert kept.count == 200
    assert len(kept.shown) == EXAMPLES_KEPT
    other = Tally()
    for number in range(200):
        other.count(difference(number), (2, 1), 5)
    assert other.ranked[0][1].shown != kept.shown


def test_of_many_kinds_fewer_examples_are_kept_whatever_the_order(monkeypatch):
    monkeypatch.setattr("kefu.evaluation.replay.tally.FEWER", ((3, 2), (5, 1)))
    answers = [replace(IS, intent=f"b{kind}") for kind in range(4)]

    def some(numbers):
        tally = Tally()
        for number in numbers:
            tally.count(difference(number, new=answers[number % 4]), (2, 1), 0)
        return tally

    whole, total = some(range(80)), Tally()
    for first in (60, 20, 0, 40):
        total.merge(some(range(first, first + 20)))
    assert [len(one.shown) for _, one in whole.ranked] == [2] * 4
    assert replay_json(total, About(model="m")) == replay_json(whole, About(model="m"))


def test_rare_kinds_that_are_worse_are_on_the_page():
    tally = Tally()
    for number in range(500):
        new = replace(IS, intent=f"b{number}")
        for again in range(2):
            tally.count(difference(2 * number + again, new=new), (2, 1), 0)
    tally.count(difference(5000, "worse"), (2, 1), 0)
    page = replay_page(tally, About(model="m"))
    assert len(page["clusters"]) == 400
    assert page["left_out"] == 101
    assert page["clusters"][-1]["verdict"] == "worse"


def test_messages_whose_intent_is_known_are_counted_with_who_says_what_is_better():
    tally = Tally()
    better = Judgement(verdict="better", strength="proven", why="understood-as-corrected")
    for number, right in enumerate(("b", "b", "a", "c", "")):
        judgement = better if right == "b" else Judgement(verdict="different")
        tally.count(replace(difference(number), right=right, judgement=judgement), (2, 2), 0)
    numbers = tally.as_json()
    assert numbers["intent_known"] == {"all": 4, "then": 1, "now": 2}
    assert numbers["sources"] == {"trainers": {"better": 2}}


def test_the_same_answer_is_counted_and_not_kept():
    tally = Tally()
    tally.count(difference(1, "same", WAS), (2, 2), 0)
    assert tally.verdicts == {"same": 1}
    assert not tally.clusters


def test_a_form_that_only_goes_on_is_not_part_of_the_kind():
    asks = Answer(intent="b", actions=("utter_b", "order_form → order_no"), mode="answered")
    assert difference(1, new=asks).key[4] == "utter_b"
    alone = Answer(intent="b", actions=("order_form → order_no",), mode="answered")
    assert difference(1, new=alone).key[4] == "order_form → order_no"


def test_the_most_frequent_kind_comes_first_and_the_page_says_what_it_leaves_out(monkeypatch):
    tally = tallied(range(3))
    tally.count(difference(9, "worse"), (2, 1), 0)
    monkeypatch.setattr("kefu.evaluation.replay.report.KINDS_SHOWN", 1)
    page = replay_page(tally, About(model="m"))
    assert [cluster["count"] for cluster in page["clusters"]] == [3]
    assert page["left_out"] == 1
    assert page["bands"][2][1] == 4
    assert page["numbers"]["outcome_unknown"] == {"action_c": 4}


def test_chances_are_spread_and_always_the_same():
    chances = [chance_of(0, f"c{number}") for number in range(2_000)]
    assert chances == [chance_of(0, f"c{number}") for number in range(2_000)]
    assert 0.45 < sum(chance < 0.5 for chance in chances) / 2_000 < 0.55


def test_masking():
    for text, masked in (
        ("我手机13800138000", "我手机[phone]"),
        ("１３８００１３８０００", "[phone]"),
        ("+86 138 0013 8000 找我", "[phone] 找我"),
        ("打 010-88886666", "打 [phone]"),
        ("zhang.san@example.com.cn 收", "[e-mail] 收"),
        ("订单 JD20261129001", "订单 [id]"),
        ("身份证11010119900307123X", "身份证[id]"),
        ("卡号 6222 0212 3456 7890", "卡号 [number]"),
        ("寄到北京市朝阳区建国路88号院3号楼1201室", "[address]"),
        ("I live at 12 Baker Street", "I live at [address]"),
        ("看 https://a.example/b?c=1 吧", "看 [link] 吧"),
        ("这个路由器怎么用，买 2 件 100 元", "这个路由器怎么用，买 2 件 100 元"),
    ):
        assert masked_text(text) == masked, text


def test_a_masked_difference_names_nobody():
    secret = "13800138000"
    answer = Answer(intent="a", texts=(secret,), entities=(("phone", secret),), error=secret)
    lines = (("customer", secret),)
    one = Difference(
        conversation_id="zhang-san", seq=1, at=0.0, text=secret, channel="web", recorded=answer,
        new=answer, judgement=Judgement(verdict="different"), correction=secret, before=lines,
        after=lines,
    )  # fmt: skip
    shown = str(masked_difference(one))
    assert secret not in shown
    assert "zhang-san" not in shown
    assert masked_id("zhang-san") == masked_id("zhang-san") != masked_id("li-si")
