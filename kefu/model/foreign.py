"""Names what a file is that somebody took for a model of Kefu."""

from __future__ import annotations

import tarfile
import zlib
from itertools import islice
from pathlib import Path

__all__ = ["describe_foreign"]

_MEMBERS_LOOKED_AT = 50


def describe_foreign(path: Path) -> str | None:
    """Say what kind of foreign archive ``path`` is; None when it is unknown."""
    if path.suffix == ".zip" or _starts_with(path, b"PK"):
        return "it is a zip file — models of Kefu end in .tar.gz"
    names = _member_names(path)
    if names is None:
        if not _starts_with(path, b"\x1f\x8b"):
            return "it is not a tar.gz file — models of Kefu are made by 'kefu train'"
        return None
    plain = {name.removeprefix("./") for name in names}
    if any(name == "components" or name.startswith("components/") for name in plain):
        return "it is a model of Rasa 3, which holds code — train the project with 'kefu train'"
    if any(name.split("/")[0] in ("core", "nlu", "fingerprint.json") for name in plain):
        return (
            "it is a model of Rasa 1 or 2, which holds code — train the project with 'kefu train'"
        )
    return None


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _member_names(path: Path) -> list[str] | None:
    """Names of the first members; reading stops early, so a large archive costs nothing."""
    try:
        with tarfile.open(path, "r|gz") as archive:
            return [member.name for member in islice(archive, _MEMBERS_LOOKED_AT)]
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        return None
