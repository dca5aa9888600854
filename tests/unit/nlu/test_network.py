import numpy as np

from kefu.nlu.classifiers.network import Network, train_network
from kefu.nlu.featurizers.space import Matrix

WIDTH = 8


def both_or_none(count=400):
    """Rows whose class is whether two features are both there or both missing."""
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (count, 2))
    rows = [[2 + int(rng.integers(6)), *(i for i in (0, 1) if pair[i])] for pair in bits]
    starts = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.intp)
    indices = np.array([number for row in rows for number in row], np.intp)
    matrix = Matrix(starts, indices, np.ones(len(indices), np.float32), WIDTH)
    return matrix, (bits[:, 0] == bits[:, 1]).astype(np.intp)


def right(network, matrix, classes):
    found = [network.scores(matrix.row(row)).argmax() for row in range(matrix.height)]
    return float((np.array(found) == classes).mean())


def test_it_learns_what_no_linear_machine_can():
    matrix, classes = both_or_none()
    assert right(train_network(matrix, classes, count=2, seed=1), matrix, classes) > 0.95


def test_dense_columns_are_read():
    matrix, classes = both_or_none()
    nothing = Matrix(matrix.starts, matrix.indices * 0 + 5, matrix.values, WIDTH)
    dense = np.eye(2, dtype=np.float32)[classes]
    known = Matrix(nothing.starts, nothing.indices, nothing.values, WIDTH, dense)
    assert right(train_network(known, classes, count=2, seed=1), known, classes) == 1


def test_the_same_seed_gives_the_same_network_and_it_is_kept():
    matrix, classes = both_or_none(60)
    one, two = (train_network(matrix, classes, count=2, seed=3).save() for _ in range(2))
    assert one.keys() == two.keys()
    assert all((one[name] == two[name]).all() for name in one)
    trained = train_network(matrix, classes, count=2, seed=3)
    again = Network.load(trained.save())
    row = matrix.row(0)
    assert (again.scores(row) == trained.scores(row)).all()
