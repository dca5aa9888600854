import numpy as np
import pytest

from kefu.nlu.classifiers import correcting, svm
from kefu.nlu.classifiers.correcting import Studied, corrected
from kefu.nlu.classifiers.svm import PENALTY, train_machines
from kefu.nlu.featurizers.space import Matrix

WIDTH = 40
CLASSES = 4


def rows_of(dense):
    rows, columns = np.nonzero(dense)
    starts = np.searchsorted(rows, np.arange(len(dense) + 1))
    return Matrix(starts, columns, dense[rows, columns].astype(np.float32), dense.shape[1])


def some_texts(count, seed, *, width=WIDTH):
    """Make vectors of texts of which the first columns tell the class, mostly."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, count)
    dense = (rng.random((count, width)) < 0.15).astype(np.float32)
    dense[np.arange(count), labels] = 1.0
    noisy = rng.random(count) < 0.2
    dense[noisy, labels[noisy]] = 0.0
    dense[:, CLASSES] = 1.0
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    return dense, [f"class {number}" for number in labels.tolist()]


def trained(dense, texts, labels, seed=0):
    names = sorted(set(labels))
    classes = np.array([names.index(label) for label in labels], np.intp)
    machines = train_machines(rows_of(dense), classes, count=len(names), seed=seed)
    weights = np.concatenate((machines.weights[:, 0], machines.bias[:1]))
    return Studied(
        matrix=rows_of(dense),
        texts=texts,
        names=names,
        classes=classes,
        penalty=PENALTY,
        weights=weights,
    )


def names_of(count, first=0):
    return [f"text {first + number}" for number in range(count)]


def decisions(studied, dense):
    return np.c_[dense, np.ones(len(dense))] @ studied.weights


@pytest.fixture(scope="module", autouse=True)
def _training_goes_to_the_end():
    """Two trainings that stop early differ by more than a few rows do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(svm, "STILL", 1e-3)
        patch.setattr(svm, "MAX_EPOCHS", 400)
        yield


@pytest.fixture(scope="module")
def base():
    dense, labels = some_texts(200, 0)
    return dense, labels, trained(dense, names_of(200), labels)


def apart(one, other):
    """Return how far machines are from deciding the same, of texts that neither has seen."""
    unseen, _ = some_texts(300, 2)
    return np.abs(decisions(one, unseen) - decisions(other, unseen)).mean()


def test_the_duals_of_machines_follow_from_how_they_decide(monkeypatch):
    monkeypatch.setattr(svm, "MAX_EPOCHS", 3000)
    monkeypatch.setattr(svm, "STILL", 1e-6)
    dense, labels = some_texts(60, 0)
    studied = trained(dense, names_of(60), labels)
    duals = studied.work_out()
    signs = 2 * np.eye(CLASSES)[studied.classes] - 1
    rebuilt = np.c_[dense, np.ones(len(dense))].T @ (duals * signs)
    assert np.abs(rebuilt - studied.weights).max() < 0.1


def test_with_a_few_new_rows_it_decides_like_machines_trained_on_all(base):
    dense, labels, studied = base
    more, told = some_texts(6, 1)
    every, said = np.concatenate((dense, more)), labels + told
    names = names_of(206)
    now = corrected(studied, rows_of(every), names, said, seed=0)
    full = trained(every, names, said)
    assert apart(now, full) < 0.4 * apart(studied, full)


@pytest.mark.parametrize("gone", [{3, 50, 51, 120}, {7, 9, 30, 80}, {1, 2, 4, 5}])
def test_without_rows_that_are_gone_it_decides_like_machines_that_never_saw_them(base, gone):
    dense, labels, studied = base
    kept = [number for number in range(200) if number not in gone]
    names = [f"text {number}" for number in kept]
    said = [labels[number] for number in kept]
    now = corrected(studied, rows_of(dense[kept]), names, said, seed=0)
    full = trained(dense[kept], names, said)
    assert apart(now, full) < 0.6 * apart(studied, full)


def test_with_other_vectors_of_a_few_rows_it_decides_like_machines_trained_on_these(base):
    dense, labels, studied = base
    other = dense.copy()
    rows = [3, 40, 77, 120]
    other[rows] = np.roll(other[rows], 3, axis=1)
    now = corrected(studied, rows_of(other), names_of(200), labels, seed=0)
    full = trained(other, names_of(200), labels)
    assert apart(now, full) < 0.5 * apart(studied, full)
    touched = {studied.names[number] for number in now.touched.tolist()}
    assert touched == {labels[row] for row in rows}


def test_what_is_like_many_rows_is_the_same_by_way_of_the_columns(base, monkeypatch):
    dense, labels, studied = base
    more, told = some_texts(6, 1)
    every, found = rows_of(np.concatenate((dense, more))), []
    for most in (0, 100):
        monkeypatch.setattr(correcting, "BY_COLUMNS", most)
        found.append(corrected(studied, every, names_of(206), labels + told, seed=0).weights)
    assert found[0] == pytest.approx(found[1], abs=1e-3)


def test_what_was_added_and_taken_away_again_leaves_little_behind(base):
    dense, labels, studied = base
    more, told = some_texts(3, 5)
    every = np.concatenate((dense, more))
    there = corrected(studied, rows_of(every), names_of(203), labels + told, seed=0)
    back = corrected(there, rows_of(dense), names_of(200), labels, seed=0)
    assert apart(back, studied) < 0.4 * apart(there, studied)


def test_nothing_changed_changes_nothing(base):
    dense, labels, studied = base
    now = corrected(studied, rows_of(dense), names_of(200), labels, seed=0)
    assert now.weights.tobytes() == studied.weights.tobytes()
    assert not len(now.touched)


def test_further_columns_stand_behind_the_sparse_ones(base):
    dense, labels, studied = base
    wider = np.concatenate((dense, np.zeros((200, 5), np.float32)), axis=1)
    now = corrected(studied, rows_of(wider), names_of(200), labels, seed=0)
    assert now.weights.shape == (WIDTH + 6, CLASSES)
    assert not now.weights[WIDTH:-1].any()
    assert now.weights[-1].tolist() == studied.weights[-1].tolist()


def test_a_renamed_class_keeps_its_machine(base):
    dense, labels, studied = base
    renamed = ["other" if label == "class 2" else label for label in labels]
    now = corrected(studied, rows_of(dense), names_of(200), renamed, seed=0)
    was, new = studied.names.index("class 2"), list(now.names).index("other")
    assert now.weights[:, new].tolist() == studied.weights[:, was].tolist()


@pytest.mark.parametrize("name", ["a class", "class 1b", "z"])
def test_wherever_a_new_class_is_sorted_in_the_others_keep_their_machines(base, name):
    dense, labels, studied = base
    said = [*labels[:-1], name]
    now = corrected(studied, rows_of(dense), names_of(200), said, seed=0)
    assert now.names == sorted({*studied.names, name})
    known = [list(now.names).index(one) for one in studied.names]
    far = np.abs(decisions(now, dense)[:, known] - decisions(studied, dense)).mean()
    assert far < 0.1
    assert np.argmax(decisions(now, dense[-1:])) == list(now.names).index(name)


def test_the_other_machines_forget_a_class_that_is_gone(base):
    dense, labels, studied = base
    kept = [number for number in range(200) if labels[number] != "class 3"]
    names = [f"text {number}" for number in kept]
    said = [labels[number] for number in kept]
    assert corrected(studied, rows_of(dense[kept]), names, said, seed=0) is None
    few = [*kept, *(n for n in range(200) if labels[n] == "class 3")][: len(kept) + 10]
    less = trained(dense[few], [f"text {n}" for n in few], [labels[n] for n in few])
    now = corrected(less, rows_of(dense[kept]), names, said, seed=0)
    assert list(now.names) == ["class 0", "class 1", "class 2"]
    full = trained(dense[kept], names, said)
    unseen, _ = some_texts(300, 2)
    before = decisions(less, unseen)[:, :3]
    assert apart(now, full) < 0.6 * np.abs(before - decisions(full, unseen)).mean()


def test_much_that_has_changed_is_left_to_training(base):
    dense, labels, studied = base
    more, told = some_texts(60, 1)
    every = np.concatenate((dense, more))
    assert corrected(studied, rows_of(every), names_of(260), labels + told, seed=0) is None


def test_where_training_takes_long_much_that_has_changed_is_corrected_too(base, monkeypatch):
    monkeypatch.setattr(correcting, "MANY", 200)
    dense, labels, studied = base
    more, told = some_texts(60, 1)
    every, said = np.concatenate((dense, more)), labels + told
    now = corrected(studied, rows_of(every), names_of(260), said, seed=0)
    assert apart(now, trained(every, names_of(260), said)) < 0.4 * apart(now, studied)


def test_the_same_correction_gives_the_same_weights(base):
    dense, labels, studied = base
    more, told = some_texts(6, 1)
    every = rows_of(np.concatenate((dense, more)))
    one, two = (
        corrected(studied, every, names_of(206), labels + told, seed=4).weights for _ in range(2)
    )
    assert one.tobytes() == two.tobytes()
