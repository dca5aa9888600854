"""What the featurizers named in a pipeline ask for, as settings of our one feature space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kefu.project.settings import ComponentConfig

__all__ = ["FeatureOptions", "feature_options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureOptions:
    """How texts become numbers.

    Lengths of n-grams are not among these: they follow the script of the training data.
    """

    lowercase: bool = True
    strip_accents: bool = False
    stop_words: tuple[str, ...] = ()
    min_examples: int = 1
    """An n-gram that fewer examples contain is left out."""
    oov_token: str | None = None
    """Stands for words that no example contains."""
    oov_words: tuple[str, ...] = ()
    """Words of the examples that are to be treated as unknown."""
    patterns: bool = False
    """Regexes and lookup tables that occur in a text are features of it."""
    patterns_case_sensitive: bool = True
    patterns_word_boundaries: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can keep; :meth:`from_json` takes it back."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FeatureOptions:
        """Build options from :meth:`as_json`'s result."""
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data.items()
        }
        return cls(**values)


def feature_options(configs: Iterable[ComponentConfig]) -> FeatureOptions:
    """Merge the settings of all featurizers of a pipeline.

    Where two disagree, the first of each kind that says something wins.
    """
    merged: dict[str, Any] = {}
    for config in configs:
        match config.name.rpartition(".")[2]:
            case "CountVectorsFeaturizer":
                found = _count_vectors(config.settings)
            case "RegexFeaturizer":
                found = _patterns(config.settings)
            case _:
                found = {}
        for key, value in found.items():
            merged.setdefault(key, value)
    return FeatureOptions(**merged)


def _count_vectors(settings: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if settings.get("lowercase") is False:
        found["lowercase"] = False
    if settings.get("strip_accents"):
        found["strip_accents"] = True
    if isinstance(settings.get("min_df"), int) and settings["min_df"] > 1:
        found["min_examples"] = settings["min_df"]
    if settings.get("analyzer", "word") != "word":
        return found
    if isinstance(settings.get("stop_words"), list):
        found["stop_words"] = tuple(str(word).lower() for word in settings["stop_words"])
    if settings.get("OOV_token"):
        found["oov_token"] = str(settings["OOV_token"]).lower()
        words = settings.get("OOV_words") or []
        found["oov_words"] = tuple(
            str(word).lower() for word in ([words] if isinstance(words, str) else words)
        )
    return found


def _patterns(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "patterns": True,
        "patterns_case_sensitive": settings.get("case_sensitive", True) is not False,
        "patterns_word_boundaries": settings.get("use_word_boundaries", True) is not False,
    }
