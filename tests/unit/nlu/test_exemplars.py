import numpy as np
import pytest

from kefu.nlu.classifiers.exemplars import MOST, Exemplars
from kefu.nlu.featurizers.space import Matrix, Vector


def rows(*features, width=6, dense=None):
    lengths = [len(some) for some in features]
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.intp)
    indices = np.array([number for some in features for number in some], np.intp)
    return Matrix(starts, indices, np.ones(len(indices), np.float32), width, dense)


def vector(*features, dense=None):
    values = np.full(len(features), max(len(features), 1) ** -0.5, np.float32)
    return Vector(np.array(features, np.intp), values, 1.0, dense)


def exemplars(matrix, classes, count=2):
    return Exemplars.of(matrix, np.array(classes, np.intp), count=count, seed=0)


def test_who_is_like_an_example_is_nearer_than_who_is_not():
    found = exemplars(rows([0, 1], [0, 2], [3, 4], [3, 5]), [0, 0, 1, 1])
    assert found.nearness(vector(0, 1), 0) > found.nearness(vector(0, 5), 0)
    assert found.nearness(vector(0, 5), 0) > found.nearness(vector(5), 0)
    assert found.nearness(vector(3, 4), 1) > 0 > found.nearness(vector(3, 4), 0)


def test_nearness_is_seen_against_what_is_usual_in_the_class():
    close = [[0, 1, 2]] * 30
    apart = [[3], [4], [5]] * 10
    alike = exemplars(rows(*close, [3], [4], [5]), [0] * 30 + [1] * 3)
    assert alike.nearness(vector(0, 1, 2), 0) < alike.nearness(vector(3), 1)
    assert exemplars(rows(*close, *apart), [0] * 30 + [1] * 30).nearness(vector(3), 1) < 0.2


def test_what_no_example_has_makes_a_text_less_near():
    found = exemplars(rows([0, 1], [0, 1], [2]), [0, 0, 1])
    weaker = Vector(np.array([0, 1], np.intp), np.full(2, 0.4, np.float32), 0.5)
    assert found.nearness(weaker, 0) < found.nearness(vector(0, 1), 0) - 0.2


@pytest.mark.parametrize("empty", [vector(), vector(5)])
def test_of_a_text_without_known_features_nothing_is_near(empty):
    found = exemplars(rows([0, 1], [0, 1], [2]), [0, 0, 1])
    assert found.nearness(empty, 0) < -0.5


def test_dense_features_count_and_both_are_kept():
    dense = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    found = exemplars(rows([0], [1], [2], dense=dense), [0, 0, 1])
    like = vector(5, dense=np.array([2, 0], np.float32))
    other = vector(5, dense=np.array([0, 2], np.float32))
    assert found.nearness(like, 0) > found.nearness(other, 0)
    again = Exemplars.load(found.save(), columns=8)
    for text in (like, other):
        assert again.nearness(text, 0) == pytest.approx(found.nearness(text, 0), abs=1e-6)


def test_a_class_without_examples_and_one_of_very_many_work():
    found = exemplars(rows(*([[0, 1]] * (MOST + 30))), [0] * (MOST + 30), count=3)
    assert found.save()["ends"].tolist() == [MOST, MOST, MOST]
    assert found.nearness(vector(0, 1), 2) < 0
    assert found.nearness(vector(0, 1), 0) == pytest.approx(0, abs=0.1)
