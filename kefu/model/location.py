"""Where models lie, and which of them is the newest."""

from __future__ import annotations

from pathlib import Path

from kefu.errors import ModelError

__all__ = ["SUFFIX", "find_model", "latest_model", "models_in"]

SUFFIX = ".tar.gz"


def find_model(path: Path) -> Path:
    """Return the archive that ``path`` names: itself, or the newest in the folder it names.

    Raises:
        ModelError: There is none.
    """
    if path.is_dir():
        newest = latest_model(path)
        if newest is None:
            raise ModelError(f"there is no trained model in {path}/ — run 'kefu train' first")
        return newest
    if not path.exists():
        raise ModelError(f"there is no model at {path} — run 'kefu train' first, or check --model")
    return path


def latest_model(folder: Path) -> Path | None:
    """Return the archive in ``folder`` that was written last, by name among equals."""
    return next(reversed(models_in(folder)), None)


def models_in(folder: Path) -> list[Path]:
    """Return all archives in ``folder``, the one that was written last at the end."""
    archives = [item for item in folder.glob(f"*{SUFFIX}") if not item.name.startswith(".")]
    return sorted(archives, key=lambda item: (item.stat().st_mtime_ns, item.name))
