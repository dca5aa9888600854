import numpy as np
import pytest

from kefu.nlu.classifiers.svm import PENALTY, HoldOut, train_machines
from kefu.nlu.featurizers.space import Matrix


def _data(count=120, width=30, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    dense = (rng.random((count, width)) < 0.15).astype(np.float32)
    dense[np.arange(count), labels] = 1.0
    noisy = rng.random(count) < 0.2
    dense[noisy, labels[noisy]] = 0.0
    dense[:, classes] = 1.0
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    rows, columns = np.nonzero(dense)
    starts = np.searchsorted(rows, np.arange(count + 1))
    return dense, Matrix(starts, columns, dense[rows, columns], width), labels


def _loss(dense, signs, weights):
    """The primal objective that the trainer is to minimise, the bias being a weight too."""
    padded = np.c_[dense, np.ones(len(dense))]
    margins = np.maximum(0, 1 - signs * (padded @ weights))
    return 0.5 * weights @ weights + PENALTY * (margins**2).sum()


def _minimum(dense, signs):
    """Newton's method on the same objective."""
    padded = np.c_[dense, np.ones(len(dense))].astype(np.float64)
    weights = np.zeros(padded.shape[1])
    for _ in range(50):
        active = signs * (padded @ weights) < 1
        rows = padded[active]
        bend = np.eye(len(weights)) + 2 * PENALTY * rows.T @ rows
        weights = np.linalg.solve(bend, 2 * PENALTY * rows.T @ signs[active])
    return weights


def test_the_weights_come_close_to_the_minimum_of_the_loss():
    dense, matrix, labels = _data()
    machines = train_machines(matrix, labels, count=4, seed=1)
    for number in range(4):
        signs = np.where(labels == number, 1.0, -1.0)
        found = np.append(machines.weights[:, 0, number], machines.bias[0, number])
        best = _loss(dense, signs, _minimum(dense, signs))
        assert best <= _loss(dense, signs, found) <= 1.02 * best


def test_the_same_seed_gives_the_same_weights():
    _, matrix, labels = _data()
    first, second = (train_machines(matrix, labels, count=4, seed=3) for _ in range(2))
    assert first.weights.tobytes() == second.weights.tobytes()


def test_a_model_knows_nothing_of_what_was_held_out():
    _, matrix, labels = _data()
    fold = np.arange(matrix.height) % 2
    group = np.array([1, -1, -1, -1])
    hold_out = HoldOut(fold=fold, group=group, count=2)
    machines = train_machines(matrix, labels, count=4, seed=1, hold_out=hold_out)
    kept = np.flatnonzero((fold != 1) & (group[labels] != 1))
    alone = train_machines(matrix.rows(kept), labels[kept], count=4, seed=1)
    together = machines.decisions(matrix, 2)
    assert np.corrcoef(together.ravel(), alone.decisions(matrix, 0).ravel())[0, 1] > 0.97
    assert (together[:, 0] < 0).all()


def test_the_main_model_does_not_depend_on_held_out_models():
    _, matrix, labels = _data()
    hold_out = HoldOut(fold=np.arange(matrix.height) % 4, group=np.arange(4), count=4)
    with_others = train_machines(matrix, labels, count=4, seed=1, hold_out=hold_out)
    alone = train_machines(matrix, labels, count=4, seed=1)
    for one, other in zip(
        with_others.decisions(matrix, 0), alone.decisions(matrix, 0), strict=True
    ):
        assert one == pytest.approx(other, abs=0.15)


def test_a_class_gets_more_weight_where_it_is_much_rarer_than_others():
    _, matrix, labels = _data(count=300)
    first = np.flatnonzero(labels == 0)
    others = np.flatnonzero(labels != 0)

    def found(examples):
        kept = np.concatenate((others, first[:examples]))
        machines = train_machines(matrix.rows(kept), labels[kept], count=4, seed=1)
        return (machines.decisions(matrix.rows(first), 0).argmax(1) == 0).sum()

    largest = np.bincount(labels[others]).max()
    assert found(largest // 12) >= found(largest // 9)
