"""What a transformer makes of a message, as features of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from kefu.core.parts import Parts
from kefu.errors import ModelError, ProjectError
from kefu.nlu.component import Lesson, Surroundings
from kefu.nlu.featurizers.space import Floats
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.pretrained.dense import DenseFeaturizer, checked_share, unit_rows
from kefu.nlu.providers.language_model import LanguageModel, shared_model
from kefu.nlu.providers.places import places_of
from kefu.nlu.stored import stored_json
from kefu.project.settings import ComponentConfig

__all__ = ["LanguageModelFeaturizer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the featurizer."""

    model_weights: str = ""
    """Folder with ``model.onnx`` and ``tokenizer.json``."""
    pooling: str = "mean"
    """How the vectors of tokens become one: ``mean``, or ``cls`` for the first one's."""
    share: float = 0.5
    threads: int = 1
    """So many threads work on one message."""
    max_length: int | None = None
    """So many tokens of a message are read; None: as many as the model can."""


class LanguageModelFeaturizer(DenseFeaturizer):
    """Gives one vector a message, of length 1."""

    def __init__(self, model: LanguageModel, options: Options) -> None:
        super().__init__(width=model.width, share=options.share)
        self._model = model
        self._options = options

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Load the model, which is not trained any further."""
        options = _options(config)
        folder = lesson.root / Path(options.model_weights).expanduser()
        try:
            built = cls._build(folder, options)
        except ModelError as error:
            raise ProjectError(f"{config.place}: {config.name}: {error}") from error
        lesson.summary.append(
            f"{config.name}: {built.width} numbers a message from {options.model_weights}"
        )
        return built

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Load the same model again; it is not part of what was trained."""
        del surroundings
        options = _options(config)
        saved = stored_json(parts, "model")
        places = list(places_of(options.model_weights, Path(), saved["folder"]))
        folder = next((place for place in places if place.is_dir()), None)
        if folder is None:
            raise ModelError(
                f"the language model is not here: there is no folder {places[0].as_posix()}"
            )
        built = cls._build(folder, options)
        if built.fingerprint != saved["fingerprint"]:
            raise ModelError(
                f"the language model in {folder.as_posix()} is not the one it was trained with"
            )
        return built

    @classmethod
    def _build(cls, folder: Path, options: Options) -> Self:
        return cls(shared_model(folder, threads=options.threads), options)

    @property
    def fingerprint(self) -> str:
        """Of the model's files."""
        return self._model.fingerprint

    def save(self) -> Parts:
        """Keep which model it was and where, not the model."""
        return {"model": {"folder": str(self._model.folder), "fingerprint": self.fingerprint}}

    def features(self, messages: Sequence[Message]) -> Floats:
        """Return one row a message; a blank message has none."""
        return self._read(messages, self._model.vectors)

    def example_features(self, messages: Sequence[Message]) -> Floats:
        """Return the same; cross-validation reads each example once."""
        return self._read(messages, self._model.remembered_vectors)

    def _read(self, messages: Sequence[Message], vectors: Callable[..., Floats]) -> Floats:
        rows = np.zeros((len(messages), self.width), np.float32)
        wanted = [row for row, message in enumerate(messages) if message.text.strip()]
        rows[wanted] = vectors(
            [messages[row].text for row in wanted],
            pooling=self._options.pooling,
            max_length=self._options.max_length,
        )
        return unit_rows(rows)

    def process(self, message: Message) -> Awaitable[None]:
        """Append the features, computed beside the event loop."""
        return self._append(message)

    async def _append(self, message: Message) -> None:
        rows = await asyncio.to_thread(self.features, [message])
        message.dense.append(self.weighed(rows)[0])


def _options(config: ComponentConfig) -> Options:
    options = read_options(config, Options)
    checked_share(config, options.share)
    wrong = ""
    if options.pooling not in {"mean", "cls"}:
        wrong = f"pooling is {options.pooling!r} — write mean or cls"
    elif not 1 <= options.threads <= 256:
        wrong = f"threads is {options.threads} — write a number from 1 to 256"
    elif options.max_length is not None and options.max_length < 8:
        wrong = f"max_length is {options.max_length} — write 8 or more, or remove it"
    if wrong:
        raise ProjectError(f"{config.place}: {config.name}: {wrong}")
    return options
