import random

import pytest

from kefu.evaluation.metrics import report_on
from kefu.evaluation.significance import f1_difference, mcnemar


@pytest.mark.parametrize(
    ("first", "second", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 5, 1.0),
        (5, 0, 0.0625),
        (6, 0, 0.03125),
        (10, 2, 0.03857421875),
        (2, 10, 0.03857421875),
        (20, 5, 136812 / 2**25),
    ],
)
def test_mcnemar_is_the_exact_binomial_test(first, second, p_value):
    a = [True] * first + [False] * second + [True] * 7 + [False] * 3
    b = [False] * first + [True] * second + [True] * 7 + [False] * 3
    found = mcnemar(a, b)
    assert found.p_value == pytest.approx(p_value)
    assert (found.both, found.only_first, found.only_second, found.neither) == (7, first, second, 3)
    assert found.is_significant is (p_value < 0.05)


def test_mcnemar_refuses_lists_of_different_lengths():
    with pytest.raises(ValueError, match="zip"):
        mcnemar([True], [])


def answers(share, targets, seed):
    rng = random.Random(seed)
    return [target if rng.random() < share else rng.choice("abcd") for target in targets]


def test_f1_is_that_of_the_reports():
    targets = list("aabbccdd") * 5
    one, other = answers(0.6, targets, 1), answers(0.9, targets, 2)
    found = f1_difference(targets, one, other, samples=50)
    assert found.first == pytest.approx(report_on(targets, one).macro[2])
    assert found.second == pytest.approx(report_on(targets, other).macro[2])


def test_a_clear_difference_is_significant_and_none_is_not():
    targets = list("abcd") * 50
    weak, strong = answers(0.5, targets, 1), answers(0.95, targets, 2)
    found = f1_difference(targets, weak, strong, samples=400)
    assert found.is_significant
    assert found.low < found.second - found.first < found.high
    same = f1_difference(targets, weak, weak, samples=100)
    assert (same.low, same.high) == (0.0, 0.0)
    assert not same.is_significant


def test_the_same_seed_gives_the_same_interval():
    targets = list("abcd") * 10
    one, other = answers(0.6, targets, 1), answers(0.7, targets, 2)
    assert f1_difference(targets, one, other, samples=99) == f1_difference(
        targets, one, other, samples=99
    )


def test_nothing_to_compare_is_no_difference():
    assert not f1_difference([], [], []).is_significant
    assert mcnemar([], []).p_value == 1.0
