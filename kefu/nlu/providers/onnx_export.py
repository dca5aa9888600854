"""From a model's folder of Hugging Face to the folder that LanguageModelFeaturizer reads.

What can be taken over is copied. Only where there is no ``model.onnx`` yet is the network itself
converted, by PyTorch, which is needed on the machine that converts and nowhere else.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kefu.errors import ModelError, ProjectError
from kefu.nlu.providers.language_model import (
    MODEL_FILE,
    TOKENIZER_FILE,
    LanguageModel,
    model_files,
)
from kefu.nlu.providers.places import read_settings

__all__ = ["CONVERTER", "Exported", "export_language_model"]

CONVERTER: Final = ("torch", "transformers", "onnx")
"""What converting needs besides Kefu."""
_READY = (MODEL_FILE, f"onnx/{MODEL_FILE}")
"""Where a folder may have a model that is converted already."""
_FACTS = ("config.json", "tokenizer_config.json")
_OPSET = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    folder: Path
    was_converted: bool
    """False: the folder had an ONNX model already."""
    megabytes: float
    width: int | None = None
    """Numbers a message; None where the extra ``bert`` is missing, so that nothing was tried."""
    limit: int | None = None
    """Most tokens of a message."""
    notes: list[str] = field(default_factory=list)


def export_language_model(source: Path, target: Path, *, command: str) -> Exported:
    """Write ``model.onnx``, ``tokenizer.json`` and what says how long texts may be.

    Args:
        source: Local folder of the model; nothing is downloaded.
        target: Folder to write; files in it are replaced.
        command: How this was asked for, to be said again where something has to be installed.

    Raises:
        ProjectError: Something is missing; the text says what to do on which machine.
    """
    if not source.is_dir():
        raise ProjectError(
            f"there is no folder {source.as_posix()} — download the model into it first, on a "
            f"machine that may: hf download NAME --local-dir {source.as_posix()}"
        )
    ready = next((source / name for name in _READY if (source / name).is_file()), None)
    if ready is None:
        _check_convertible(source, command)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".export-") as name:
        draft = Path(name)
        _write_tokenizer(source, draft)
        if ready is None:
            _convert(source, draft / MODEL_FILE)
        else:
            for file in model_files(ready):
                shutil.copyfile(file, draft / file.name)
        for fact in _FACTS:
            if (source / fact).is_file():
                shutil.copyfile(source / fact, draft / fact)
        exported = _tried(draft, target, was_converted=ready is None)
        for file in draft.iterdir():
            file.replace(target / file.name)
    return exported


def _check_convertible(source: Path, command: str) -> None:
    if not (source / "config.json").is_file():
        raise ProjectError(
            f"{source.as_posix()} is no model of Hugging Face: it has neither config.json nor "
            f"{MODEL_FILE}"
        )
    missing = [name for name in CONVERTER if importlib.util.find_spec(name) is None]
    if missing:
        raise ProjectError(
            f"converting {source.as_posix()} needs {', '.join(missing)}, once and on any machine "
            "— there, in an environment of its own:\n"
            f"    python -m pip install 'kefu[bert]' {' '.join(CONVERTER)}\n"
            f"    {command}\n"
            "then copy the folder here; nothing of this is needed where the bot runs"
        )


def _write_tokenizer(source: Path, draft: Path) -> None:
    if (source / TOKENIZER_FILE).is_file():
        shutil.copyfile(source / TOKENIZER_FILE, draft / TOKENIZER_FILE)
        return
    words = source / "vocab.txt"
    if not words.is_file():
        raise ProjectError(
            f"{source.as_posix()} has neither {TOKENIZER_FILE} nor vocab.txt — save the tokenizer "
            "there with transformers: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    if importlib.util.find_spec("tokenizers") is None:
        raise ProjectError("tokenizers is not installed — pip install 'kefu[bert]'")
    _berts_tokenizer(words, read_settings(source / "tokenizer_config.json")).save(
        str(draft / TOKENIZER_FILE)
    )


def _berts_tokenizer(words: Path, settings: dict[str, Any]) -> Any:
    """Build what BERT was published with: a list of word pieces, one a line."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: n for n, word in enumerate(words.read_text("utf-8").splitlines())}
    first, last = settings.get("cls_token", "[CLS]"), settings.get("sep_token", "[SEP]")
    unknown = settings.get("unk_token", "[UNK]")
    absent = [word for word in (first, last, unknown) if word not in vocabulary]
    if absent:
        raise ProjectError(f"{words.as_posix()} is no vocabulary of BERT: {absent[0]} is not in it")
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer(
        lowercase=settings.get("do_lower_case", True) is not False,
        strip_accents=settings.get("strip_accents"),
        handle_chinese_chars=settings.get("tokenize_chinese_chars", True) is not False,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(first, vocabulary[first]), (last, vocabulary[last])],
    )
    return tokenizer


def _convert(source: Path, path: Path) -> None:
    import torch
    import transformers

    try:
        network = transformers.AutoModel.from_pretrained(
            str(source), local_files_only=True, attn_implementation="eager"
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ProjectError(f"{source.as_posix()} cannot be read as a model: {error}") from error

    class Encoder(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        """The network with one result: a vector for each token."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.network(input_ids=input_ids, attention_mask=attention_mask)[0]

    ids = torch.ones((2, 8), dtype=torch.int64)
    texts = {0: "batch", 1: "tokens"}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Encoder().eval(),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["last_hidden_state"],
            dynamic_axes={
                "input_ids": texts,
                "attention_mask": texts,
                "last_hidden_state": texts,
            },
            opset_version=_OPSET,
            dynamo=False,
        )


def _tried(draft: Path, target: Path, *, was_converted: bool) -> Exported:
    size = sum(file.stat().st_size for file in draft.iterdir()) / 1e6
    try:
        model = LanguageModel(draft)
    except ModelError as error:
        if "not installed" not in str(error):
            raise ProjectError(str(error).replace(draft.as_posix(), target.as_posix())) from error
        return Exported(
            folder=target,
            was_converted=was_converted,
            megabytes=size,
            notes=[f"not tried out, because {error}"],
        )
    return Exported(
        folder=target,
        was_converted=was_converted,
        megabytes=size,
        width=model.width,
        limit=model.limit,
    )
