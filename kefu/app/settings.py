"""What an app is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kefu.project.desk_options import DeskOptions
from kefu.project.settings import Credentials, Endpoints

__all__ = ["AppSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Where things are and which parts are wanted."""

    root: Path = Path()
    """Folder of the project."""
    model: Path | None = Path("models")
    """Archive, or folder whose newest is taken; None: begin without a model."""
    models_folder: Path | None = None
    """Folder whose word of which model answers is followed; None: only what is asked of this
    process counts."""
    endpoints: Endpoints = field(default_factory=Endpoints)
    credentials: Credentials = field(default_factory=Credentials)
    desk: DeskOptions = field(default_factory=DeskOptions)
    storage_url: str | None = None
    """Takes the place of the one in ``endpoints``."""
    workers: int = 1
    """How many processes of this machine serve the same conversations."""
    has_channels: bool = True
    """False for apps that talk to the gateway directly, such as the shell."""

    is_timed: bool = False
    """Whether it is noted in the log how long understanding each message took."""

    @property
    def state_dir(self) -> Path:
        """Folder for what has to survive a restart."""
        return self.root / "var"
