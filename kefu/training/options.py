"""What a training is told besides the project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kefu.model.metadata import Training
from kefu.training.cache import DEFAULT_FOLDER

__all__ = ["TrainingOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """What ``kefu train``'s options say."""

    out: Path = Path("models")
    model_name: str | None = None
    """Name of the archive; None: made from the time and two words."""
    what: Training = "both"
    force: bool = False
    """Train everything, even what has not changed."""
    dry_run: bool = False
    """Only find out what would be trained."""
    augmentation: int | None = None
    """How many conversations to glue together for the learned policies; None: the default."""
    seed: int | None = None
    """For everything random; None: the default, always the same."""
    allow_missing_components: bool = False
    keep_nlu_data: bool = False
    """Put the NLU training data into the archive."""
    cache_folder: Path | None = DEFAULT_FOLDER
    """None: nothing is cached."""
