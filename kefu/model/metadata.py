"""What a model archive says of itself. Nothing in it depends on when or where it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from kefu import __version__
from kefu.errors import ModelError

__all__ = ["FORMAT_VERSION", "ModelMetadata", "Training"]

FORMAT_VERSION = 1
"""Raised whenever archives of older versions of Kefu cannot be read any more."""

Training = Literal["both", "nlu", "core"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMetadata:
    """Facts about a trained model."""

    fingerprint: str
    """Of everything that was read to train it: same fingerprint, same model."""
    language: str = "en"
    assistant_id: str = ""
    training: Training = "both"
    """Whether the model understands (nlu), decides (core) or does both."""
    kefu_version: str = __version__
    counts: Mapping[str, int] = field(default_factory=dict, compare=False)
    """How much the model learned from: examples, intents, stories ..."""

    @property
    def model_id(self) -> str:
        """Short name of the content, as written into the metadata of events."""
        return self.fingerprint[:32]

    def to_json(self) -> dict[str, Any]:
        """Return the content of the archive's first member."""
        return {"format": FORMAT_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, raw: Any) -> ModelMetadata:
        """Check and convert the content of an archive's first member.

        Raises:
            ModelError: The content is not that of a model this version can read.
        """
        version = raw.get("format") if isinstance(raw, dict) else None
        if not isinstance(version, int):
            raise ModelError("its description is damaged — train the model again")
        if version > FORMAT_VERSION:
            made_by = raw.get("kefu_version", "a newer version")
            raise ModelError(
                f"it was made by Kefu {made_by} (format {version}); this is Kefu {__version__}"
                f" (format {FORMAT_VERSION}) — update Kefu, or train the model again"
            )
        try:
            return cls(
                fingerprint=_text(raw, "fingerprint"),
                language=_text(raw, "language"),
                assistant_id=_text(raw, "assistant_id"),
                training=_training(raw["training"]),
                kefu_version=_text(raw, "kefu_version"),
                counts=dict(raw["counts"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError("its description is damaged — train the model again") from error


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _training(value: Any) -> Training:
    for known in get_args(Training):
        if value == known:
            checked: Training = known
            return checked
    raise ValueError(value)
