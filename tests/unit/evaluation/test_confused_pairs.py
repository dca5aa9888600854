from kefu.evaluation.confused_pairs import confused_pairs
from tests.unit.evaluation.results import result


def test_pairs_are_counted_both_ways_and_the_worst_comes_first():
    some = [
        result("a", "a"),
        *[result("b", "a")] * 3,
        result("a", "b"),
        *[result("c", "a")] * 2,
    ]
    first, second = confused_pairs(some)
    assert (first.first, first.second, first.first_as_second, first.second_as_first) == (
        "b", "a", 3, 1,
    )  # fmt: skip
    assert (second.first, second.second, second.count) == ("c", "a", 2)


def test_the_n_grams_that_led_astray_are_added_up_for_each_direction():
    (pair,) = confused_pairs(
        [
            result("a", "b", grams=[("退", 0.5), ("货", 0.1), ("我", -0.4)]),
            result("a", "b", grams=[("退", 0.25)]),
            result("b", "a", grams=[("款", 0.3)]),
        ]
    )
    assert [(one.feature, one.weight, one.examples) for one in pair.to_second] == [
        ("退", 0.75, 2),
        ("货", 0.1, 1),
    ]
    assert [one.feature for one in pair.to_first] == ["款"]


def test_an_answer_that_was_not_given_is_no_pair():
    assert confused_pairs([result("a", ""), result("a", "a")]) == []
