"""A transformer that turns sentences into vectors, run by ONNX Runtime; needs the extra ``bert``.

One folder holds the model: ``model.onnx`` and ``tokenizer.json``, and where it comes from Hugging
Face ``config.json`` and ``tokenizer_config.json``, which say how long a text may be.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from kefu.errors import ModelError
from kefu.nlu.featurizers.space import Floats
from kefu.nlu.providers.places import read_settings
from kefu.nlu.text import without_surrogates

__all__ = ["MODEL_FILE", "TOKENIZER_FILE", "LanguageModel", "model_files", "shared_model"]

MODEL_FILE: Final = "model.onnx"
TOKENIZER_FILE: Final = "tokenizer.json"
USUAL_LIMIT = 512
MOST_CHARACTERS = 20_000
"""Behind so many characters a text is not even split into tokens."""
MOST_IN_BATCH = 32
MOST_TOKENS_IN_BATCH = 4096
"""So that a batch of long texts needs no more memory than one of short ones."""
MOST_REMEMBERED = 20_000
"""So many texts of training are not read again, in cross-validation for example."""
_OUTPUTS = ("sentence_embedding", "last_hidden_state", "token_embeddings")
_INPUTS = frozenset(("input_ids", "attention_mask", "token_type_ids", "position_ids"))
_PADDED_POSITIONS = frozenset(("roberta", "xlm-roberta", "camembert"))
"""Models that keep two positions for themselves."""


class LanguageModel:
    """A loaded model. Threads may share it.

    Args:
        folder: Where its files are.
        threads: So many threads work on one batch.

    Raises:
        ModelError: A file or a library is missing, or the files do not fit each other.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.folder = folder
        self._remembered: dict[tuple[str, int | None], dict[str, Floats]] = {}
        self._most_in_batch = 1 if _depends_on_batch(folder) else MOST_IN_BATCH
        self._tokenizer = _tokenizer(folder)
        self._session = _session(folder, threads)
        self._inputs = self._checked_inputs()
        self._output = self._chosen_output()
        self.limit = _limit(folder, self._tokenizer.truncation)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.limit)
        self.width = self._tried_width()
        self.fingerprint = _fingerprint(folder)

    def vectors(
        self, texts: Sequence[str], *, pooling: str = "mean", max_length: int | None = None
    ) -> Floats:
        """Return one vector a text: (texts, width).

        Texts of the same number of tokens are read together, so that nothing has to be padded.

        Args:
            texts: Any; what is longer than the model can read is cut.
            pooling: ``mean`` of all tokens, or the first one's by ``cls``.
            max_length: So many tokens are read, if the model can read so many.
        """
        length = min(max_length or self.limit, self.limit)
        tokens = [self._tokens(text, length) for text in texts]
        result = np.zeros((len(texts), self.width), np.float32)
        for rows in _batches([len(one) for one in tokens], self._most_in_batch):
            result[rows] = self._run([tokens[row] for row in rows], pooling)
        return result

    def remembered_vectors(
        self, texts: Sequence[str], *, pooling: str = "mean", max_length: int | None = None
    ) -> Floats:
        """Do as :meth:`vectors`, without reading again what this method has read before."""
        known = self._remembered.setdefault((pooling, max_length), {})
        if len(known) + len(texts) > MOST_REMEMBERED:
            known.clear()
        new = [text for text in dict.fromkeys(texts) if text not in known]
        read = self.vectors(new, pooling=pooling, max_length=max_length)
        known.update(zip(new, read, strict=True))
        return np.array([known[text] for text in texts], np.float32).reshape(-1, self.width)

    def _tokens(self, text: str, length: int) -> list[int]:
        encoded = self._tokenizer.encode(without_surrogates(text[:MOST_CHARACTERS]))
        ids: list[int] = encoded.ids
        if len(ids) <= length:
            return ids
        kept = ids[: length - 1]
        return [*kept, ids[-1]] if encoded.special_tokens_mask[-1] else ids[:length]

    def _run(self, tokens: list[list[int]], pooling: str) -> Floats:
        ids = np.array(tokens, np.int64)
        positions = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
        known = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
            "position_ids": positions,
        }
        fed: dict[str, Any] = {
            name: known[name].astype(kind) for name, kind in self._inputs.items()
        }
        (found,) = self._session.run([self._output], fed)
        if found.ndim == 3:
            found = found[:, 0] if pooling == "cls" else found.mean(axis=1, dtype=np.float32)
        result: Floats = found.astype(np.float32)
        return result

    def _checked_inputs(self) -> dict[str, type]:
        inputs = {one.name: one for one in self._session.get_inputs()}
        strange = sorted(set(inputs) - _INPUTS)
        if strange or "input_ids" not in inputs:
            wanted = ", ".join(strange) or "no input_ids"
            raise self._unfit(f"it wants {wanted}: it is not a BERT-like encoder")
        if any(isinstance(size, int) for size in inputs["input_ids"].shape):
            raise self._unfit(
                f"it reads texts of one length only ({inputs['input_ids'].shape}): "
                "export it with dynamic axes"
            )
        kinds = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
        return {name: kinds.get(one.type, np.int64) for name, one in inputs.items()}

    def _chosen_output(self) -> str:
        outputs: dict[str, list[Any]] = {one.name: one.shape for one in self._session.get_outputs()}
        if named := [name for name in _OUTPUTS if name in outputs]:
            return named[0]
        vectors = [
            name for name, shape in outputs.items() if len(shape) in {2, 3} and name != "logits"
        ]
        if not vectors:
            raise self._unfit(
                f"it gives {', '.join(outputs)} and no vectors: export it for feature-extraction"
            )
        return max(vectors, key=lambda name: len(outputs[name]))

    def _tried_width(self) -> int:
        """Read the longest text with the highest token: what cannot be read fails here."""
        highest = max(self._tokenizer.get_vocab().values())
        try:
            found = self._run([[highest] * self.limit], "mean")
        except _onnx_errors() as error:
            raise self._unfit(
                f"it cannot read {self.limit} tokens of {TOKENIZER_FILE}, which may belong to "
                f"another model, or the model's config.json is not beside it ({_line(error)})"
            ) from error
        if found.ndim != 2 or not np.isfinite(found).all():
            raise self._unfit("what it gives are no vectors")
        return int(found.shape[1])

    def _unfit(self, reason: str) -> ModelError:
        return ModelError(f"{(self.folder / MODEL_FILE).as_posix()} cannot be used: {reason}")


def model_files(path: Path) -> list[Path]:
    """Return ``model.onnx`` and the files beside it that large models keep their weights in."""
    return sorted(path.parent.glob(f"{path.name}*"))


def _fingerprint(folder: Path) -> str:
    """Return a fingerprint of what decides about vectors."""
    digest = hashlib.sha256()
    for path in (*model_files(folder / MODEL_FILE), folder / TOKENIZER_FILE):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


_in_use: weakref.WeakValueDictionary[tuple[str, float, int], LanguageModel] = (
    weakref.WeakValueDictionary()
)
_in_use_lock = threading.Lock()


def shared_model(folder: Path, *, threads: int) -> LanguageModel:
    """Load a model, or take the one that is in use in this process.

    Raises:
        ModelError: As :class:`LanguageModel`.
    """
    folder = folder.resolve()
    for name in (MODEL_FILE, TOKENIZER_FILE):
        if not (folder / name).is_file():
            raise ModelError(f"{name} is not in {folder.as_posix()}")
    changed = max(path.stat().st_mtime for path in model_files(folder / MODEL_FILE))
    key = (str(folder), changed, threads)
    with _in_use_lock:
        model = _in_use.get(key)
        if model is None:
            model = _in_use[key] = LanguageModel(folder, threads=threads)
        return model


def _depends_on_batch(folder: Path) -> bool:
    """Whether the model rounds by what is in a batch, so that each text has to be read alone.

    Models that were quantised to 8 bits do; a text of a customer is always read alone.
    """
    with (folder / MODEL_FILE).open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(b"DynamicQuantizeLinear") >= 0


def _batches(lengths: Sequence[int], most_in_batch: int) -> Iterator[list[int]]:
    """Yield numbers of texts of equal length; a text without tokens is in none."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        length = lengths[row]
        most = max(1, min(most_in_batch, MOST_TOKENS_IN_BATCH // max(length, 1)))
        if rows and (lengths[rows[0]] != length or len(rows) >= most):
            yield rows
            rows = []
        if length:
            rows.append(row)
    if rows:
        yield rows


def _tokenizer(folder: Path) -> Any:
    path = folder / TOKENIZER_FILE
    try:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(path))
    except ImportError as error:
        raise ModelError("tokenizers is not installed (pip install 'kefu[bert]')") from error
    except Exception as error:
        raise ModelError(f"{path.as_posix()} is no tokenizer: {_line(error)}") from error


def _session(folder: Path, threads: int) -> Any:
    path = folder / MODEL_FILE
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError("onnxruntime is not installed (pip install 'kefu[bert]')") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _onnx_errors() as error:
        raise ModelError(f"{path.as_posix()} is no ONNX model: {_line(error)}") from error


def _onnx_errors() -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises; its errors have no class of their own in common."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    found = (getattr(state, name) for name in dir(state))
    errors = [one for one in found if isinstance(one, type) and issubclass(one, Exception)]
    return (*errors, RuntimeError, ValueError)


def _limit(folder: Path, truncation: dict[str, Any] | None) -> int:
    """Return how many tokens the model can read, by its own files."""
    found = []
    config = read_settings(folder / "config.json")
    if isinstance(positions := config.get("max_position_embeddings"), int):
        found.append(positions - (2 if config.get("model_type") in _PADDED_POSITIONS else 0))
    longest = read_settings(folder / "tokenizer_config.json").get("model_max_length")
    if isinstance(longest, int):
        found.append(longest)
    if truncation and isinstance(truncation.get("max_length"), int):
        found.append(truncation["max_length"])
    usable = [limit for limit in found if 8 <= limit <= 100_000]
    return min(usable, default=USUAL_LIMIT)


def _line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
