"""Whether the models that components need, and that do not come with Kefu, are on this machine."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kefu.errors import ModelError
from kefu.nlu.providers.spacy_models import find_spacy_model
from kefu.project.problems import Problem
from kefu.project.settings import ComponentConfig

__all__ = ["spacy_entity_problems", "why_no_language_model", "why_no_spacy_model"]

_NOT_ENCODERS = ("gpt", "gpt2", "xlnet")
"""Models of Rasa's that read only what stands before a word."""
_FILES = ("model.onnx", "tokenizer.json")
_HOW = "see docs/howto/use_language_models.md"


def why_no_spacy_model(settings: Mapping[str, Any], language: str, root: Path) -> str:
    """Return why a spaCy model cannot be used; empty: it can."""
    try:
        find_spacy_model(settings.get("model"), language=language, root=root)
    except ModelError as error:
        return str(error)
    return ""


def spacy_entity_problems(
    config: ComponentConfig, model: Mapping[str, Any] | None, language: str, root: Path
) -> Iterator[Problem]:
    """Yield what the extractor ``config`` cannot get from the model that SpacyNLP names."""
    written = (model or {}).get("model")
    found = find_spacy_model(written, language=language, root=root)
    if not found.finds_entities:
        yield _warning(
            config,
            "config.model-without-entities",
            f"{config.name} finds nothing: the spaCy model {written or found.name} has no ner",
            "name a model that has one, or remove the component",
        )
        return
    labels = found.entity_labels
    wanted = config.settings.get("dimensions")
    for kind in wanted if labels and isinstance(wanted, list) else ():
        if labels and kind not in labels:
            near = difflib.get_close_matches(str(kind), labels, 1)
            listed = ", ".join(sorted(labels))
            yield _warning(
                config,
                "config.unknown-dimension",
                f"the spaCy model {written or found.name} finds no {kind}",
                f"did you mean {near[0]}?" if near else f"it finds {listed}",
            )


def why_no_language_model(settings: Mapping[str, Any], root: Path) -> str:
    """Return why a language model cannot be used; empty: it can."""
    missing = [name for name in ("onnxruntime", "tokenizers") if not _is_installed(name)]
    name = str(settings.get("model_name") or "").lower()
    written = settings.get("model_weights")
    if missing:
        return f"{' and '.join(missing)} not installed (pip install 'kefu[bert]')"
    if name in _NOT_ENCODERS:
        return f"{name} is no BERT-like model; take bert, roberta or distilbert — {_HOW}"
    if not isinstance(written, str) or not written:
        return f"model_weights names no folder with {' and '.join(_FILES)} — {_HOW}"
    folder = root / Path(written).expanduser()
    if not folder.is_dir():
        return f"there is no folder {folder.as_posix()}; nothing is downloaded — {_HOW}"
    absent = [name for name in _FILES if not (folder / name).is_file()]
    if absent:
        return (
            f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not in "
            f"{folder.as_posix()} (kefu model export-onnx {written})"
        )
    return ""


def _is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _warning(config: ComponentConfig, code: str, message: str, advice: str) -> Problem:
    return Problem(
        place=config.place, severity="warning", code=code, message=message, advice=advice
    )
