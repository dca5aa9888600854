"""Models small enough to be made by a test: a BERT-like one as ONNX, and one of spaCy's."""

import json
from pathlib import Path

import numpy as np

MEANINGS = {
    "money": ["refund", "money", "reimburse", "退", "款", "钱"],
    "parcel": ["parcel", "package", "shipment", "快", "递", "包"],
    "hello": ["hello", "hi", "greetings", "你", "好", "嗨"],
}
"""Words whose vectors resemble one another."""
FILLERS = ["i", "want", "my", "a", "the", "is", "where", "please", "我", "要", "##ing", "!", "。"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, *FILLERS, *(word for words in MEANINGS.values() for word in words)]
WIDTH = 16
POSITIONS = 64


def word_vectors(seed: int = 7) -> np.ndarray:
    """Make one vector a word: (words, WIDTH)."""
    rng = np.random.default_rng(seed)
    table = rng.normal(scale=0.05, size=(len(WORDS), WIDTH)).astype(np.float32)
    for axis, words in enumerate(MEANINGS.values()):
        for word in words:
            table[WORDS.index(word), axis] += 1
    return table


def write_tokenizer(folder: Path) -> None:
    """Write a WordPiece tokenizer as BERT's."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=POSITIONS)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_network(
    path: Path, *, output: str = "last_hidden_state", lengths: object = "tokens", seed: int = 7
) -> None:
    """Write embeddings of words and positions, and one round of attention."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(seed)
    query = rng.normal(scale=0.1, size=(WIDTH, WIDTH)).astype(np.float32)
    constants = {
        "words": word_vectors(seed),
        "positions": rng.normal(scale=0.01, size=(POSITIONS, WIDTH)).astype(np.float32),
        "query": query,
        "zero": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "masked": np.array(-1e4, np.float32),
        "certain": np.array(1.0, np.float32),
        "middle": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["embedded"]),
        helper.make_node("Shape", ["input_ids"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["length"]),
        helper.make_node("Range", ["zero", "length", "one"], ["places"]),
        helper.make_node("Gather", ["positions", "places"], ["placed"]),
        helper.make_node("Add", ["embedded", "placed"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "query"], ["asked"]),
        helper.make_node("Transpose", ["hidden"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["asked", "turned"], ["scores"]),
        helper.make_node("Cast", ["attention_mask"], ["seen"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["certain", "seen"], ["unseen"]),
        helper.make_node("Mul", ["unseen", "masked"], ["penalty"]),
        helper.make_node("Unsqueeze", ["penalty", "middle"], ["penalties"]),
        helper.make_node("Add", ["scores", "penalties"], ["judged"]),
        helper.make_node("Softmax", ["judged"], ["attention"], axis=-1),
        helper.make_node("MatMul", ["attention", "hidden"], ["mixed"]),
        helper.make_node("Add", ["hidden", "mixed"], [output]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", lengths])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", None, WIDTH])]
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def write_language_model(folder: Path, **more: object) -> Path:
    """Write a whole folder as ``kefu model export-onnx`` does."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder)
    write_network(folder / "model.onnx", **more)
    facts = {"model_type": "bert", "max_position_embeddings": POSITIONS}
    folder.joinpath("config.json").write_text(json.dumps(facts), "utf-8")
    return folder


TRAINED_ON = [
    ("fly to Berlin", [(7, 13, "CITY")]),
    ("go to Paris now", [(6, 11, "CITY")]),
    ("is Berlin nice", [(3, 9, "CITY")]),
    ("I am in Paris", [(8, 13, "CITY")]),
    ("hello there", []),
    ("where is my parcel", []),
]


def write_spacy_model(folder: Path) -> Path:
    """Train a spaCy model with word vectors and ner, in about a second."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(3)
    language = spacy.blank("en")
    table = word_vectors()
    for word in FILLERS + [word for words in MEANINGS.values() for word in words]:
        language.vocab.set_vector(word, table[WORDS.index(word)])
    language.add_pipe("sentencizer")
    language.add_pipe("ner")
    examples = [
        Example.from_dict(language.make_doc(text), {"entities": entities})
        for text, entities in TRAINED_ON
    ]
    optimizer = language.initialize(lambda: examples)
    for _ in range(25):
        language.update(examples, sgd=optimizer)
    language.meta.update(name="tiny", version="1.0.0")
    language.to_disk(folder)
    return folder
