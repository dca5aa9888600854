"""Files that the settings of a pipeline name, wherever they are: dictionaries, models."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from kefu.project.settings import ComponentConfig

__all__ = ["files_below", "named_contents", "named_paths"]

MOST_FILES = 2000
"""So many files of a folder count; nothing that is read has more."""


def named_paths(pipeline: Iterable[ComponentConfig], root: Path) -> Iterator[tuple[str, Path]]:
    """Yield each text among the settings that may name a file or a folder, and where that is.

    It need not be there. What the project itself is in is nothing that is named: many settings
    are signs such as a slash.
    """
    here = Path(os.path.normpath(root.absolute()))
    around = {here, *here.parents}
    for component in pipeline:
        for value in component.settings.values():
            for name in value if isinstance(value, list) else [value]:
                if isinstance(name, str) and name.strip() and "\0" not in name:
                    path = root / name
                    if Path(os.path.normpath(path.absolute())) not in around:
                        yield name, path


def files_below(path: Path) -> list[Path]:
    """Return a file, or the files of a folder, sorted; none where there is neither.

    Raises:
        OSError: The system will not look for such a name.
    """
    if not path.is_dir():
        return [path] if path.is_file() else []
    files = (one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
    return sorted(file for file, _ in zip(files, range(MOST_FILES), strict=False))


def named_contents(pipeline: Iterable[ComponentConfig], root: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and a digest of each file that the settings name."""
    for name, path in named_paths(pipeline, root):
        try:
            for file in files_below(path):
                stat = file.stat()
                yield name, _digest(file, stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except (OSError, ValueError):
            continue  # not the name of anything that can be read


@lru_cache(maxsize=4 * MOST_FILES)
def _digest(file: Path, modified_ns: int, size: int, inode: int) -> str:
    """Return the digest of a file as it is since that time: models have hundreds of megabytes."""
    del modified_ns, size, inode
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
