import pytest

from kefu.evaluation.metrics import report_on

TARGETS = ["a", "a", "a", "b", "b", "c"]
GIVEN = ["a", "a", "b", "b", "c", "c"]


def test_precision_recall_and_f1_of_each_label() -> None:
    report = report_on(TARGETS, GIVEN)
    a, b, c = (report.labels[name] for name in "abc")
    assert (a.precision, a.recall, a.support) == (1.0, 2 / 3, 3)
    assert (b.precision, b.recall, b.support) == (0.5, 0.5, 2)
    assert (c.precision, c.recall, c.support) == (0.5, 1.0, 1)
    assert a.f1 == pytest.approx(0.8)


def test_averages_over_the_labels() -> None:
    report = report_on(TARGETS, GIVEN)
    assert report.accuracy == pytest.approx(4 / 6)
    assert report.macro[0] == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert report.weighted[1] == pytest.approx((3 * 2 / 3 + 2 * 0.5 + 1) / 6)
    assert report.micro.f1 == pytest.approx(4 / 6)


def test_confusions_come_most_frequent_first() -> None:
    report = report_on(["a"] * 5, ["b", "c", "c", "b", "c"])
    assert report.labels["a"].confused_with == (("c", 3), ("b", 2))
    assert report.labels["a"].f1 == 0.0


def test_labels_that_are_never_right_have_no_row() -> None:
    assert list(report_on(["a", "a"], ["a", "z"]).labels) == ["a"]


def test_a_left_out_label_counts_for_accuracy_only() -> None:
    report = report_on(["none", "none", "city"], ["none", "city", "city"], leave_out=("none",))
    assert list(report.labels) == ["city"]
    assert report.accuracy == pytest.approx(2 / 3)
    assert (report.micro.precision, report.micro.recall) == (0.5, 1.0)


def test_the_report_file_has_rasas_shape() -> None:
    content = report_on(TARGETS, GIVEN).to_json()
    assert content["a"] == {
        "precision": 1.0,
        "recall": 2 / 3,
        "f1-score": pytest.approx(0.8),
        "support": 3,
        "confused_with": {"b": 1},
    }
    assert set(content) == {"a", "b", "c", "accuracy", "macro avg", "weighted avg", "micro avg"}


def test_nothing_to_score_is_no_error() -> None:
    report = report_on([], [])
    assert (report.accuracy, report.macro, report.labels) == (0.0, (0.0, 0.0, 0.0), {})
