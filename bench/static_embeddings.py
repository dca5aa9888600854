"""Makes the word embeddings that come with Kefu from a BERT-like sentence encoder.

    python -m bench.static_embeddings FOLDER

FOLDER holds ``model.safetensors``, ``config.json`` and ``vocab.txt`` of an English encoder. What
comes with Kefu is made of sentence-transformers/all-MiniLM-L6-v2 (Apache License 2.0). Each piece
of a word goes through the encoder alone; the means of its output, less what all have in common,
are the embeddings (Tulkens & van Dongen, Model2Vec, 2024; Mu & Viswanath, All-but-the-Top, 2018).
Pieces are weighed by how rare they are, for which their place in the vocabulary stands.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from kefu.nlu.pretrained.static import TABLE

SPECIAL = 999
"""Pieces before this one are no words."""
COMMON_PARTS = 2
"""So many principal components are what all pieces have in common."""
WIDTH = 128
STEP = 256
WORD = re.compile("(##)?([a-z]+|[0-9])")


class Encoder:
    """The forward pass of a BERT-like model for texts of three pieces."""

    def __init__(self, folder: Path) -> None:
        self.config = json.loads((folder / "config.json").read_text("utf-8"))
        self._tensors = _tensors(folder / "model.safetensors")

    def means(self, pieces: np.ndarray) -> np.ndarray:
        """Return the mean of the outputs for each piece between [CLS] and [SEP]."""
        edges = np.ones_like(pieces)
        ids = np.stack([101 * edges, pieces, 102 * edges], 1)
        x = self["embeddings.word_embeddings.weight"][ids]
        x = x + self["embeddings.position_embeddings.weight"][:3]
        x = x + self["embeddings.token_type_embeddings.weight"][0]
        x = self._normal(x, "embeddings.LayerNorm")
        for number in range(self.config["num_hidden_layers"]):
            x = self._layer(x, f"encoder.layer.{number}.")
        return x.mean(1)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._tensors[name]

    def _layer(self, x: np.ndarray, at: str) -> np.ndarray:
        heads = self.config["num_attention_heads"]
        shape = (*x.shape[:2], heads, x.shape[2] // heads)
        names = ("query", "key", "value")
        q, k, v = (
            self._linear(x, f"{at}attention.self.{n}").reshape(shape).transpose(0, 2, 1, 3)
            for n in names
        )
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(shape[3])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (scores / scores.sum(-1, keepdims=True)) @ v
        seen = seen.transpose(0, 2, 1, 3).reshape(x.shape)
        x = x + self._linear(seen, f"{at}attention.output.dense")
        x = self._normal(x, f"{at}attention.output.LayerNorm")
        inner = _gelu(self._linear(x, f"{at}intermediate.dense"))
        x = x + self._linear(inner, f"{at}output.dense")
        return self._normal(x, f"{at}output.LayerNorm")

    def _linear(self, x: np.ndarray, at: str) -> np.ndarray:
        flat = x.reshape(-1, x.shape[-1]) @ self[f"{at}.weight"].T + self[f"{at}.bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def _normal(self, x: np.ndarray, at: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * self[f"{at}.weight"] + self[f"{at}.bias"]


def _gelu(x: np.ndarray) -> np.ndarray:
    # Abramowitz & Stegun 7.1.26 stands for the error function; off by less than 2e-7.
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    terms = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    tail = sum(c * t ** (n + 1) for n, c in enumerate(terms)) * np.exp(-z * z)
    return x * 0.5 * (1 + np.sign(x) * (1 - tail))


def _tensors(path: Path) -> dict[str, np.ndarray]:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + size])
    body = memoryview(data)[8 + size :]
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            values = np.frombuffer(body[start:end], np.float32)
            found[name.removeprefix("bert.")] = values.reshape(entry["shape"])
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    vocabulary = (folder / "vocab.txt").read_text("utf-8").splitlines()
    encoder = Encoder(folder)
    steps = range(0, len(vocabulary), STEP)
    rows = np.concatenate(
        [encoder.means(np.arange(s, min(s + STEP, len(vocabulary)))) for s in steps]
    )
    store(vocabulary, rows)


def store(vocabulary: list[str], rows: np.ndarray) -> None:
    """Write the table: int8, with one scale a piece."""
    rows = rows - rows.mean(0)
    _, _, parts = np.linalg.svd(rows[SPECIAL::3], full_matrices=False)
    rows = rows @ parts[COMMON_PARTS : COMMON_PARTS + WIDTH].T
    rows /= np.sqrt(rows.std(0))
    place = np.arange(len(vocabulary))
    rows *= (np.log(1 + np.maximum(place - SPECIAL + 4, 1)) ** 2)[:, None]
    kept = [n for n, piece in enumerate(vocabulary) if WORD.fullmatch(piece)]
    scales = np.abs(rows[kept]).max(1) / 127
    whole = np.round(rows[kept] / scales[:, None]).astype(np.int8)
    scales = (scales / scales.max()).astype(np.float32)
    pieces = np.frombuffer("\n".join(vocabulary[n] for n in kept).encode(), np.uint8)
    np.savez_compressed(TABLE, pieces=pieces, values=whole, scales=scales)
    print(f"{len(kept)} pieces, {TABLE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
