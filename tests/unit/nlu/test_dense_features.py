"""Features that do not come from n-grams: how they stand beside them."""

import asyncio
import importlib.util

import numpy as np
import pytest

from kefu.errors import ProjectError
from kefu.nlu.classifiers.classifier import Manner, TextClassifier
from kefu.nlu.classifiers.svm import train_machines
from kefu.nlu.component import Component
from kefu.nlu.corpus import Corpus
from kefu.nlu.featurizers.space import Matrix, Vector
from kefu.nlu.message import Message
from kefu.nlu.pipeline import BuiltStep, Pipeline
from kefu.nlu.plan import plan_pipeline
from kefu.nlu.pretrained.dense import DenseFeaturizer, checked_share, unit_rows, with_dense
from kefu.nlu.segmentation import segment
from tests.unit.nlu.builders import SHOP, a_config, component, nlu_data


class Lengths(DenseFeaturizer):
    """Says whether a text is long or short."""

    def __init__(self, share=0.5):
        super().__init__(width=2, share=share)

    @classmethod
    def load(cls, config, parts, surroundings):
        return cls()

    def features(self, messages):
        rows = [[len(m.text) > 3, 0 < len(m.text) <= 3] for m in messages]
        return unit_rows(np.array(rows, np.float32))


class Ranked(Component):
    """Keeps the vector it was given."""

    def __init__(self):
        self.seen = []

    @classmethod
    def load(cls, config, parts, surroundings):
        return cls()

    def process(self, message):
        self.seen.append(message.vector)


def sparse(rows, width):
    starts = np.cumsum([0, *map(len, rows)]).astype(np.intp)
    indices = np.array([i for row in rows for i in row], np.intp)
    return Matrix(starts, indices, np.ones(len(indices), np.float32), width)


def test_rows_have_length_one_or_none():
    rows = unit_rows(np.array([[3, 4], [0, 0], [np.nan, 2], [1e-20, 0]], np.float32))
    assert rows.dtype == np.float32
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(("share", "length"), [(0.5, 1), (0.8, 2), (0.2, 0.5)])
def test_a_share_weighs_a_block_against_n_grams_of_length_one(share, length):
    message = Message(text="long enough")
    Lengths(share).process(message)
    assert np.linalg.norm(message.dense[0]) == pytest.approx(length)


@pytest.mark.parametrize("share", [0, 1, -0.5, 2, float("nan")])
def test_a_share_is_between_0_and_1(share):
    with pytest.raises(ProjectError, match="share is"):
        checked_share(component("X"), share)


def test_the_pipeline_puts_them_beside_the_n_grams():
    corpus = Corpus(nlu_data({"hi": ["hello", "hi"]}), tokenize=segment)
    reader = Ranked()
    steps = [
        BuiltStep(config=component("Lengths"), component=Lengths()),
        BuiltStep(config=component("Ranked"), component=reader, needs_vectors=True),
    ]
    asyncio.run(Pipeline(steps, corpus.space).understand("hello", {}))
    asyncio.run(Pipeline(steps[1:], corpus.space).understand("hello", {}))
    beside, alone = reader.seen
    assert beside.dense.tolist() == [1, 0]
    assert alone.dense is None
    assert np.array_equal(beside.values, alone.values)


def test_rows_of_examples_take_their_dense_columns_along():
    matrix = sparse([[0], [1], [0, 1]], 2)
    dense = np.arange(6, dtype=np.float32).reshape(3, 2)
    matrix = Matrix(matrix.starts, matrix.indices, matrix.values, 2, dense)
    assert matrix.columns == 4
    assert matrix.rows(np.array([2, 0])).dense.tolist() == [[4, 5], [0, 1]]
    assert matrix.row(1).dense.tolist() == [2, 3]


def test_dense_columns_are_learned_as_sparse_ones_would_be():
    rng = np.random.default_rng(1)
    rows = [[int(i) for i in rng.choice(8, 3, replace=False)] for _ in range(60)]
    classes = np.array([min(row) % 3 for row in rows], np.intp)
    whole = sparse(rows, 8)
    left = sparse([[i for i in row if i < 5] for row in rows], 5)
    dense = np.zeros((60, 3), np.float32)
    for number, row in enumerate(rows):
        dense[number, [i - 5 for i in row if i >= 5]] = 1
    split = Matrix(left.starts, left.indices, left.values, 5, dense)
    one, other = (train_machines(m, classes, count=3, seed=2) for m in (whole, split))
    assert np.allclose(one.weights, other.weights, atol=1e-4)
    assert np.allclose(one.decisions(whole, 0), other.decisions(split, 0), atol=1e-4)


def test_a_classifier_reads_them_and_keeps_them():
    texts = [f"{word}{n}" for word in ("a", "b") for n in range(20)]
    labels = ["left"] * 20 + ["right"] * 20
    nothing = sparse([[0]] * 40, 1)
    dense = np.repeat(np.eye(2, dtype=np.float32), 20, axis=0)
    matrix = Matrix(nothing.starts, nothing.indices, nothing.values, 1, dense)
    classifier = TextClassifier.train(
        matrix, texts, labels, examples=40, manner=Manner(out_of_scope_share=0.05), seed=1
    )
    again = TextClassifier.load(classifier.save())
    vector = Vector(np.array([0], np.intp), np.ones(1, np.float32), 1.0)
    for name, row in (("left", dense[0]), ("right", dense[-1])):
        judged = classifier.judge(with_dense(vector, [row[:1], row[1:]]), "new")
        assert judged.ranking[0][0] == name
        assert again.judge(with_dense(vector, [row]), "new").ranking == judged.ranking


def test_corpora_have_no_dense_columns_unless_asked():
    data = nlu_data(SHOP)
    plain = Corpus(data, tokenize=segment)
    assert plain.matrix.dense is None
    assert plain.matrix.columns == plain.space.width
    read = []
    dense = Corpus(
        data, tokenize=segment, dense=lambda texts: read.extend(texts) or np.ones((len(texts), 4))
    )
    assert dense.matrix.dense.shape == (dense.matrix.height, 4)
    assert read[: len(data.examples)] == dense.texts
    assert np.array_equal(dense.matrix.values, plain.matrix.values)


def test_a_featurizer_behind_the_classifier_is_left_out_with_a_warning(tmp_path, require):
    for name in ("model.onnx", "tokenizer.json"):
        tmp_path.joinpath(name).write_bytes(b"")
    for name in ("onnxruntime", "tokenizers"):
        if importlib.util.find_spec(name) is None:
            require(name)
    late = component("LanguageModelFeaturizer", model_name="bert", model_weights=str(tmp_path))
    plan = plan_pipeline(a_config("JiebaTokenizer", "DIETClassifier", late))
    assert [step.config.name for step in plan.steps] == ["JiebaTokenizer", "DIETClassifier"]
    assert [(p.code, p.severity) for p in plan.problems] == [
        ("config.featurizer-too-late", "warning")
    ]


def test_rows_put_behind_keep_their_dense_columns():
    nothing = sparse([[0]] * 2, 1)
    matrix = Matrix(nothing.starts, nothing.indices, nothing.values, 1, np.eye(2, dtype=np.float32))
    one = Vector(np.array([0], np.intp), np.ones(1, np.float32), 1.0, np.float32([3, 4]))
    longer = matrix.with_rows([one, one])
    assert (longer.height, longer.columns) == (4, 3)
    assert longer.row(3).dense.tolist() == [3, 4]
    assert longer.row(3).values.tolist() == [1]
    assert longer.row(1).dense.tolist() == [0, 1]
    assert nothing.with_rows([]).height == 2
