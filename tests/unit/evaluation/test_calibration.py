import pytest

from kefu.evaluation.calibration import at_thresholds, calibration, histogram
from tests.unit.evaluation.results import result


def answers(right, wrong, confidence):
    return [result("a", "a", confidence)] * right + [result("a", "b", confidence)] * wrong


def test_confidence_that_means_what_it_says_has_no_error():
    assert calibration(answers(8, 2, 0.8) + answers(1, 1, 0.5)).error == pytest.approx(0)


def test_the_error_is_the_mean_distance_weighed_by_the_answers_of_each_bin():
    # 10 answers are right half of the time at 0.9, 30 always at 0.6.
    found = calibration(answers(5, 5, 0.9) + answers(30, 0, 0.6))
    assert found.error == pytest.approx((10 * 0.4 + 30 * 0.4) / 40)
    used = [(one.count, one.accuracy, one.confidence) for one in found.bins if one.count]
    assert used == [(30, 1.0, pytest.approx(0.6)), (10, 0.5, pytest.approx(0.9))]


def test_bins_cover_everything_from_0_to_1_once():
    found = calibration([*answers(1, 0, 0.0), *answers(1, 0, 1.0), *answers(0, 1, 1.0000001)])
    assert [one.count for one in found.bins] == [1, *[0] * 13, 2]
    assert found.bins[0].low == 0.0
    assert found.bins[-1].high == 1.0


def test_nothing_has_no_error():
    assert calibration([]).error == 0.0


def test_the_histogram_tells_right_from_wrong():
    found = histogram(answers(2, 1, 0.97) + answers(0, 1, 0.02))
    assert found[-1] == (2, 1)
    assert found[0] == (0, 1)
    assert sum(right + wrong for right, wrong in found) == 4


def test_a_threshold_tells_how_much_is_answered_and_how_much_of_it_is_right():
    found = at_thresholds(answers(3, 1, 0.9) + answers(1, 3, 0.4), (0.3, 0.9, 0.95))
    assert [(one.answered, one.right) for one in found] == [(8, 4), (4, 3), (0, 0)]
